"""Wired: checks of fraud on windows, projected, estimated and freed of what blocking hides, on a drawn card stream."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from govern.house import House
from monitor.scene import ARM, BEGUN, CUT, MODEL, Cards, frauds, share
from monitor.streams import DAY
from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Undefined
from secondline.monitor import measuring
from secondline.monitor.blocked import UNBIASED, arms, unbiased
from secondline.monitor.early import ESTIMABLE, estimated
from secondline.monitor.lines import lines_of
from secondline.monitor.measuring import history, measure
from secondline.monitor.memory import Brief
from secondline.monitor.planning import propose
from secondline.monitor.projecting import PROJECTABLE, projected
from secondline.monitor.readings import Reading, Window
from secondline.monitor.state import State
from secondline.monitor.taking import take as take_readings
from secondline.monitor.watching import Watched, watch
from secondline.monitor.windows import refresh
from secondline.samples.cardstream import Scene

LATE = 49
"""Days of live decisions after which the model sees nothing of fraud any more."""
END = LATE + 35


@pytest.fixture(scope="module")
def cards() -> Cards:
    """A stream of 120 cards of which much is fraud."""
    return Cards(Scene(cards=120, days=BEGUN + END + 2, drift=None, fraud=0.03, seed=3), harmed=BEGUN + LATE)


@pytest.fixture(scope="module")
def state(cards: Cards, tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A state that has taken all of it in; frauds that were declined are confirmed too, by those who call."""
    opened = cards.state(tmp_path_factory.mktemp("state"), BEGUN + END, blocked=True)
    refresh(opened)
    yield opened
    opened.close()


def weeks(cards: Cards, first: int, last: int) -> Window:
    """Return the window of some live days."""
    return Window(MODEL, "", (cards.first + first) * DAY, (cards.first + last) * DAY)


def value(found: Any) -> float:
    """Return the number of an estimate."""
    assert isinstance(found, Estimate), found
    return found.value


def test_every_check_of_fraud_is_asked_of_a_window(cards: Cards, state: State) -> None:
    """Each gives a number or says why not, from the stream's own columns; none fails."""
    codes = [planned.code for planned in cards.study().plan().checks if planned.code.startswith("fraud.")]
    window = weeks(cards, 14, 21)
    found = {r.metric: r for r in measure(state, MODEL, window, codes, window.end + 40 * DAY)}
    assert len(found) == len(codes) == 24
    numbers = {code for code, r in found.items() if isinstance(r.measured, Estimate)}
    assert numbers >= {
        "fraud.value_detection", "fraud.detection_rate", "fraud.false_positive_ratio", "fraud.loss_bps",
        "fraud.decline_rate", "fraud.alert_rate", "fraud.label_maturity", "fraud.latency", "fraud.net_benefit",
    }  # fmt: skip
    reasons = [r.measured for r in found.values() if isinstance(r.measured, Undefined)]
    assert all(one.kind == "not-applicable" for one in reasons), reasons
    assert found["fraud.fallback"].measured.because == "a stream tells it by live.fallback_share"  # type: ignore[union-attr]
    rows = (cards.day >= BEGUN + 14) & (cards.day < BEGUN + 21)
    declined = (cards.score >= CUT) & ~cards.control
    assert value(found["fraud.decline_rate"].measured) == pytest.approx(float(declined[rows].mean()))


def test_a_young_window_has_a_number_and_its_maturity(cards: Cards, state: State) -> None:
    """Known to date is told though labels are young; the share known rises, and each reading is kept."""
    window = weeks(cards, 35, 42)
    found = [measure(state, MODEL, window, ["fraud.detection_rate"], window.end + age * DAY)[0] for age in (5, 40)]
    young, old = (r.maturity or 0.0 for r in found)
    assert 0.0 < young < old <= 1.0
    assert found[0].measured.events is not None
    assert found[1].measured.events is not None
    state.keep(found)
    (restated,) = history(state, MODEL, "fraud.detection_rate")
    assert [r.known for r in restated.readings] == [r.known for r in found]


def test_projections_of_a_young_window_cover_what_comes(cards: Cards, state: State) -> None:
    """Ten days after the window the interval of each holds what its labels say at the end; both are near."""
    window = weeks(cards, 21, 42)
    for code in PROJECTABLE:
        early = projected(state, window, code, window.end + 10 * DAY)
        (late,) = measure(state, MODEL, window, [code], (cards.first + END) * DAY)
        assert isinstance(early, Estimate), early
        assert early.low is not None
        assert early.high is not None
        # Reports that are withdrawn later counted until then.
        assert early.low * 0.9 <= value(late.measured) <= early.high * 1.05, code
        assert "it is assumed that no label comes later" in " ".join(early.warnings)


def test_what_cannot_be_projected_is_said(cards: Cards, state: State) -> None:
    """Another check, one level of a segment, a window without decisions, and too few labels."""
    window = weeks(cards, 28, 35)
    with pytest.raises(SpecError, match="cannot be projected"):
        projected(state, window, "stability.psi", window.end)
    level = Window(MODEL, "", window.start, window.end, "channel", "online")
    assert projected(state, level, "fraud.loss_bps", window.end).kind == "not-applicable"  # type: ignore[union-attr]
    assert isinstance(projected(state, Window(MODEL, "", 0, DAY), "fraud.loss_bps", window.end), Undefined)
    first = weeks(cards, 0, 1)
    few = projected(state, first, "fraud.detection_rate", first.end)
    assert isinstance(few, Undefined)
    assert "too few" in few.because


def test_estimates_without_labels_are_marked_and_right_or_refused(cards: Cards, state: State) -> None:
    """Each is marked as an estimate and holds what was true, or is refused with why; on a harmed model none is seen."""
    window = weeks(cards, 35, 42)
    now = window.end
    rows, alert = frauds(cards, BEGUN + 35, BEGUN + 42), cards.score >= CUT
    made = {code: estimated(state, window, code, now) for code in [*ESTIMABLE, "live.reweighted_auc"]}
    for code, found in made.items():
        assert isinstance(found, (Estimate, Undefined)), code
        if isinstance(found, Estimate):
            assert found.detail["estimate"] is True
            assert any("estimate without" in text for text in found.warnings)
        else:
            assert found.because
    detection = made["fraud.detection_rate"]
    if isinstance(detection, Estimate):
        assert abs(detection.value - share(alert, rows)) < 0.25
    assert any(isinstance(found, Estimate) for found in made.values())


def test_the_control_arm_tells_of_all_traffic(cards: Cards, state: State) -> None:
    """The unbiased rate and detection hold the truth of all traffic, which the naive rate misses by far."""
    window = weeks(cards, 14, 49)
    now = window.end + 40 * DAY
    found = {code: unbiased(state, window, code, now) for code in UNBIASED}
    rows = frauds(cards, BEGUN + 14, BEGUN + 49)
    span = (cards.day >= BEGUN + 14) & (cards.day < BEGUN + 49)
    alert = cards.score >= CUT
    for code, truth in (
        ("live.unbiased_event_rate", float(rows[span].mean())), ("live.unbiased_detection", share(alert, rows)),
        ("live.unbiased_false_positives", share(alert, span & ~rows)),
        ("live.unbiased_precision", share(rows, span & alert)),
    ):  # fmt: skip
        one = found[code]
        assert isinstance(one, Estimate)
        assert (one.low or 0.0) - 0.02 <= truth <= (one.high or 1.0) + 0.02, (code, one)
    bias = found["live.blocked_bias"]
    assert isinstance(bias, Estimate)
    assert (bias.high or 0.0) < 0
    assert bias.detail["smallest chance"] == ARM
    assert bias.detail["control arm"] > 30


def test_without_a_control_arm_nobody_speaks_for_what_is_blocked(cards: Cards, state: State) -> None:
    """Too few let through at random: refused, with the size that is needed; no traffic at all, too."""
    short = weeks(cards, 14, 15)
    assert arms(state, short, short.end).control < 30
    refused = unbiased(state, short, "live.unbiased_event_rate", short.end + 40 * DAY)
    assert isinstance(refused, Undefined)
    assert "control arm with 30" in refused.needed
    assert isinstance(unbiased(state, Window(MODEL, "", 0, DAY), "live.blocked_bias", short.end), Undefined)


def test_a_window_too_large_for_its_rows_says_so(cards: Cards, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the most rows a check that needs them is not asked, and one that adds is."""
    monkeypatch.setattr(measuring, "CASES", 100)
    window = weeks(cards, 14, 16)
    rows, added = measure(state, MODEL, window, ["fraud.alert_rate", "discrimination.auc"], window.end + 40 * DAY)[::-1]
    assert isinstance(rows.measured, Undefined)
    assert "ask a shorter window" in rows.measured.because
    assert isinstance(added.measured, Estimate)


class Bank:
    """A house whose card-fraud model is watched by the lines proposed for it."""

    def __init__(self, folder: Path, state: State) -> None:
        self.house, self.state, self.memory = House(folder), state, Brief()
        self.house.do("person.added", "ada", "eye", name="Eye", kind="service", roles=["monitor"])
        self.house.model(MODEL, family="fraud")
        numbers = {"fraud.value_detection": 0.5, "fraud.detection_rate": 0.5, "fraud.false_positive_ratio": 1.5,
                   "fraud.loss_bps": 450.0, "discrimination.auc": 0.93}  # fmt: skip
        self.form = dict(propose(self.house.ledger, MODEL, baselines=numbers).form)
        kept = [m for m in self.form["metrics"] if m["metric"] == "fraud.value_detection"]
        self.form["metrics"] = kept
        self.plan = self.house.do("monitoring.drafted", "own", **self.form)
        self.house.do("monitoring.approved", "val", self.plan)

    def look(self, now: int) -> tuple[Watched, list[Reading]]:
        """Look as of an instant."""
        records = self.house.ledger.records
        lines = lines_of(records.need("monitoring", self.plan))
        readings, troubles = take_readings(self.state, records, lines, now)
        assert troubles == []
        return watch(self.house.ledger, self.memory, readings, MODEL, "eye"), readings


@pytest.mark.slow
def test_a_quiet_stream_is_calm_and_a_blind_model_is_found(cards: Cards, state: State, tmp_path: Path) -> None:
    """By the lines proposed: nothing while the model works, and red on its detection within weeks of its failure."""
    bank = Bank(tmp_path, state)
    assert sum(m["budget"] for m in bank.form["metrics"]) < bank.form["budget"]
    found, _ = bank.look((cards.first + LATE) * DAY)
    assert found.done.raised == []
    found, readings = bank.look((cards.first + END) * DAY)
    red = {one.line.metric.metric for one in found.looks if one.status in {"red", "stop"}}
    assert red == {"fraud.value_detection"}
    assert found.status == "red"
    assert {r.basis for r in readings} == {"known", "projected", "estimated"}
    assert all(r.maturity is not None for r in readings if r.basis == "projected" and isinstance(r.measured, Estimate))
    assert np.isfinite([r.measured.value for r in readings if isinstance(r.measured, Estimate)]).all()
