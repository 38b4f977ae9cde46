"""Taking: from events in a state to the readings of the lines, of use as of performance, each window once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from govern.house import House
from monitor.streams import DAY, FIRST, MODEL, decisions, labels, take, watching
from secondline.core.errors import SpecError, UnknownCheck
from secondline.core.estimate import Estimate, Undefined
from secondline.events.log import DECISIONS, LABELS
from secondline.events.shapes import Decision, Override
from secondline.govern.records.filing import Metric
from secondline.monitor import taking
from secondline.monitor.early import delay, estimated, event_rate
from secondline.monitor.kept import told
from secondline.monitor.lines import Line, day_of
from secondline.monitor.live import MEASURES, Approved, live
from secondline.monitor.readings import Window
from secondline.monitor.state import State
from secondline.monitor.taking import take as take_readings
from secondline.monitor.taking import wanted, windows
from secondline.monitor.traffic import traffic
from secondline.monitor.windows import refresh

DAYS = 12
WHOLE = Window(MODEL, "1", FIRST * DAY, (FIRST + DAYS) * DAY)


def line(metric: str, **more: Any) -> Line:
    """Return a daily line of the model."""
    return Line("MP-1", MODEL, Metric.model_validate({"metric": metric, "frequency": "daily", "red": 0.5, **more}))


def dressed(one: Decision, i: int) -> Decision:
    """Return a decision with what a gateway says of it."""
    return msgspec.structs.replace(
        one, use="U-9" if i % 100 == 0 else "U-1", caller="pos", latency=150_000 if i % 50 == 0 else 9_000,
        digest="abc" if one.at < (FIRST + 6) * DAY else "def", threshold="T-1",
    )  # fmt: skip


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """A state with twelve days of traffic, its labels and some overrides."""
    return filled(tmp_path_factory.mktemp("state"))


def filled(folder: Path) -> State:
    """Return a new state with that traffic."""
    opened = State.open(folder)
    watching(opened)
    made = [dressed(one, i) for i, one in enumerate(decisions(1_800, days=DAYS))]
    said: dict[str, Any] = {"model": MODEL, "to": "decline"}
    overrides = [Override(id=f"o-{one.id}", at=one.at + 5, decision=one.id, **said) for one in made[:90]]
    take(opened, DECISIONS, made)
    take(opened, LABELS, [*labels(made), *overrides])
    refresh(opened)
    return opened


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A ledger with nothing of the model in it."""
    return House(tmp_path_factory.mktemp("ledger"))


def test_traffic_counts_each_decision_once(state: State) -> None:
    """All decisions, by arm and by use; overrides, slow ones and the busiest day."""
    found = traffic(state, WHOLE)
    assert (found.n, found.overridden, found.slow, found.timed) == (1_800, 90, 36, 1_800)
    assert found.count(use="U-9") == 18
    assert sum(found.over("arm").values()) == 1_800
    assert found.most >= 1_800 / DAYS
    assert found.before == frozenset()
    later = traffic(state, replace(WHOLE, start=(FIRST + 6) * DAY))
    assert later.before == {("1", "T-1", "abc")}
    assert traffic(state, Window(MODEL, "1", 0, DAY)).n == 0


def _value(found: Any) -> float:
    assert isinstance(found, Estimate), found
    return found.value


def test_measures_of_use_are_what_the_traffic_says(state: State) -> None:
    """Each by hand, with what is approved beside it."""
    found = traffic(state, WHOLE)
    allowed = Approved(frozenset({"U-1"}), {"1": frozenset({"abc"})}, 300.0)
    said = {code: one.of(found, allowed) for code, one in MEASURES.items()}
    scored = sum(
        n for (arm, d), n in found.over("arm", "digest").items() if d == "def" and arm in {"champion", "control"}
    )
    refused = found.count(arm="refused")
    assert _value(said["live.override_rate"]) == pytest.approx(90 / (1_800 - refused))
    assert _value(said["live.slow_share"]) == pytest.approx(0.02)
    assert _value(said["live.refused_share"]) == pytest.approx(refused / 1_800)
    assert _value(said["live.unapproved_uses"]) == 18 - found.count(use="U-9", arm="refused")
    assert _value(said["live.foreign_versions"]) == scored
    assert _value(said["live.volume_share"]) == pytest.approx(found.most / 300)
    assert _value(said["live.callers"]) == 1
    assert isinstance(said["live.new_dependencies"], Undefined)
    later = traffic(state, replace(WHOLE, start=(FIRST + 6) * DAY))
    assert _value(MEASURES["live.new_dependencies"].of(later, allowed)) == 1
    free = MEASURES["live.volume_share"].of(found, Approved())
    assert isinstance(free, Undefined)
    assert free.kind == "not-applicable"


def test_nothing_is_measured_of_nothing(state: State, house: House) -> None:
    """Without decisions each measure says so; an unknown one is named."""
    empty = Window(MODEL, "1", 0, DAY)
    assert all(isinstance(live(state, house.ledger.records, empty, code), Undefined) for code in MEASURES)
    with pytest.raises(UnknownCheck, match="overide"):
        live(state, house.ledger.records, empty, "live.overide_rate")
    with pytest.raises(SpecError, match="cannot be estimated"):
        estimated(state, WHOLE, "discrimination.ks", WHOLE.end)


def test_windows_follow_the_calendar() -> None:
    """Days from the first, weeks from a Monday, months from their first; only whole ones that are over."""
    first, until = date(2026, 4, 7), date(2026, 7, 2)

    def starts(frequency: str) -> list[str]:
        found = windows(line("x", frequency=frequency), first, until)
        return [day_of(w.start).isoformat() for w in found]

    assert starts("daily")[:2] == ["2026-04-07", "2026-04-08"]
    assert starts("weekly")[:2] == ["2026-04-13", "2026-04-20"]
    assert starts("monthly") == ["2026-05-01", "2026-06-01"]
    assert starts("quarterly") == []
    assert starts("yearly") == []
    assert len(starts("daily")) == (until - first).days


def test_a_line_reads_each_window_when_it_is_old_enough() -> None:
    """With thirty days of lag a window waits; it is wanted as known on its day, and the newest again as of now."""
    mine, first = line("discrimination.auc", lag_days=30), date(1970, 1, 1) + timedelta(days=FIRST)
    now = (FIRST + 35) * DAY
    found = wanted(mine, [], first, now)
    due = [w for w in found if w.known != now]
    assert [w.window.start // DAY - FIRST for w in due] == [0, 1, 2, 3]
    assert all(w.known == w.window.end + 30 * DAY for w in due)
    assert [w.window.start // DAY - FIRST for w in found if w.known == now] == [4, *range(29, 35)]
    assert wanted(line("live.override_rate"), [], first, (FIRST + 2) * DAY)[0].known == (FIRST + 1) * DAY


def test_lines_are_read_once_and_kept(state: State, house: House) -> None:
    """Checks, measures of use, projected and estimated: each line gets its days; the second time nothing is new."""
    lines = [
        line("live.override_rate"), line("stability.score_psi"), line("live.event_rate", basis="projected", lag_days=1),
        line("discrimination.auc", basis="estimated"), line("nonsense.check"),
    ]  # fmt: skip
    now = (FIRST + DAYS) * DAY
    found, troubles = take_readings(state, house.ledger.records, lines[:3], now, version="1")
    count = {metric: len({r.window for r in found if r.metric == metric}) for metric in {r.metric for r in found}}
    assert (count["live.override_rate"], count["stability.score_psi"], count["live.event_rate"]) == (12, 12, 12)
    assert troubles == []
    again, _ = take_readings(state, house.ledger.records, lines[:3], now, version="1")
    assert len(again) == len(found)
    _, troubles = take_readings(state, house.ledger.records, lines[4:], now, version="1")
    assert len(troubles) == 1
    assert "nonsense.check" in troubles[0]
    psi = next(r for r in found if r.metric == "stability.score_psi")
    assert isinstance(psi.measured, Estimate)
    assert len(psi.measured.detail["bins"]) > 2


def test_what_is_early_is_marked_and_near(state: State) -> None:
    """The projected rate lies above the known one of young cases; the estimated AUC near the one on labels."""
    young = replace(WHOLE, start=(FIRST + 8) * DAY)
    known = event_rate(state, young, WHOLE.end, projected=False)
    ultimate = event_rate(state, young, WHOLE.end, projected=True)
    assert _value(ultimate) > _value(known)
    auc = estimated(state, young, "discrimination.auc", WHOLE.end)
    assert isinstance(auc, (Estimate, Undefined))
    if isinstance(auc, Estimate):
        assert auc.detail["estimate"] is True
    assert isinstance(delay(state, young, (FIRST + 20) * DAY), (Estimate, Undefined))
    assert isinstance(event_rate(state, young, (FIRST + 3) * DAY, projected=True), Undefined)


@pytest.fixture(scope="module", autouse=True)
def closed(state: State) -> Iterator[None]:
    """Let go of the database at the end."""
    yield
    state.close()


def test_a_folder_is_needed(tmp_path: Path) -> None:
    """A state without events has no readings and no troubles."""
    opened = State.open(tmp_path)
    watching(opened)
    assert take_readings(opened, House(tmp_path / "l").ledger.records, [line("live.override_rate")], FIRST * DAY) == (
        [],
        [],
    )
    opened.close()


def test_a_measure_that_breaks_is_told_and_leaves_the_others(
    state: State, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line whose measure raises is named with what broke; the line after it is read."""

    def broken(held: State, records: Any, one: Any) -> Any:
        if one.line.metric.metric == "live.mean_score":
            raise ValueError("math domain error")
        return real(held, records, one)

    real = taking.read
    monkeypatch.setattr(taking, "read", broken)
    lines = [line("live.mean_score"), line("live.mean_latency")]
    readings, troubles = take_readings(state, house.ledger.records, lines, (FIRST + DAYS) * DAY, version="1")
    assert [trouble.split(" (")[0] for trouble in troubles] == ["live.mean_score broke"]
    assert {r.metric for r in readings if r.metric.startswith("live.mean")} == {"live.mean_latency"}


def test_lines_read_together_say_what_each_says_alone(tmp_path: Path, house: House) -> None:
    """Checks of one window are asked by one question, and every reading is the one that its line alone would get."""
    state = filled(tmp_path / "state")
    codes = ("stability.psi:amount", "stability.psi", "discrimination.auc", "calibration.actual_expected")
    lines, records = [line(code, lag_days=3, min_n=10) for code in codes], house.ledger.records
    now = (FIRST + DAYS) * DAY
    alone = [
        reading
        for one in lines
        for lacking in wanted(one, [], day_of(FIRST * DAY), now, "1")
        for reading in taking.read(state, records, lacking)
    ]
    before = len(state.readings(MODEL))
    found, troubles = take_readings(state, records, lines, now, version="1")
    assert not troubles
    assert len({r.metric for r in alone}) >= len(codes)
    said = [{(r.window, r.metric, r.known, told(r.measured)) for r in some} for some in (alone, found[before:])]
    assert said[0] == said[1]
