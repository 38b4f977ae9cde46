"""Sampling: the error a watch goes by holds though frauds come in runs on one card, where rows one by one would not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from monitor.streams import DAY, FIRST, MODEL, decisions, fresh, take
from secondline.core.estimate import Estimate
from secondline.events.log import DECISIONS, LABELS
from secondline.events.shapes import Decision, Label
from secondline.monitor.early import EVENT_RATE, event_rate
from secondline.monitor.evidence import clustering, se_of
from secondline.monitor.projecting import projected
from secondline.monitor.readings import Reading, Window
from secondline.monitor.sampling import EFFECT, SAMPLING, drawn, effect, sampled, spread_out
from secondline.monitor.state import State

WEEKS, RUN, CAUGHT = 40, 4, 0.5
KNOWN = (FIRST + 7 * WEEKS + 20) * DAY


def stream() -> tuple[list[Decision], list[Label]]:
    """Forty quiet weeks: frauds come in runs of four on one card, and a run is caught whole or not at all."""
    rng = np.random.default_rng(5)
    made, said = [], []
    for i, one in enumerate(decisions(12_000, seed=3, days=7 * WEEKS)):
        plain = msgspec.structs.replace(one, entity=f"g{i % 3000}", decision="approve", arm="champion", chance=1.0)
        made.append(plain)
    for number in range(16 * WEEKS):
        day = FIRST * DAY + int(rng.integers(0, 7 * WEEKS - 1)) * DAY
        caught = rng.random() < CAUGHT
        for k in range(RUN):
            one = msgspec.structs.replace(
                made[0], id=f"f{number}-{k}", at=day + k * 1_000_000, decided=day + k * 1_000_000 + 5,
                entity=f"stolen{number}", decision="decline" if caught else "approve",
            )  # fmt: skip
            made.append(one)
            known = one.at + int(rng.integers(1, 5 * DAY))
            said.append(
                Label(
                    id=f"l{number}-{k}", at=one.at, model=MODEL, decision=one.id, kind="dispute", value=1.0, known=known
                )
            )
    return made, said


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """A state that has taken the stream in."""
    opened = State.open(fresh(tmp_path_factory.mktemp("sampling") / "state"))
    made, said = stream()
    take(opened, DECISIONS, made)
    take(opened, LABELS, said)
    return opened


def weeks() -> list[Window]:
    """Return the weeks of the stream."""
    return [Window(MODEL, "", (FIRST + 7 * i) * DAY, (FIRST + 7 * i + 7) * DAY) for i in range(WEEKS)]


def off(found: list[Estimate], truth: float, errors: list[float]) -> float:
    """Return the mean square of how far estimates lie from the truth, in their standard errors."""
    z = np.array([(one.value - truth) / se for one, se in zip(found, errors, strict=True)])
    return float((z**2).mean())


def test_a_projected_share_is_told_with_the_error_of_accounts(state: State) -> None:
    """Over forty quiet weeks squared distances from the truth average one; with rows drawn one by one, far more."""
    found = [projected(state, w, "fraud.detection_rate", KNOWN) for w in weeks()]
    estimates = [one for one in found if isinstance(one, Estimate)]
    assert len(estimates) == WEEKS
    assert 0.6 < off(estimates, CAUGHT, [se_of(one) for one in estimates]) < 1.6
    rows = [np.sqrt(CAUGHT * (1 - CAUGHT) / one.n) for one in estimates]
    assert off(estimates, CAUGHT, rows) > 2.5


def test_an_event_rate_counts_accounts(state: State) -> None:
    """Its interval is that of fewer rows, by the design effect of runs of four, known as projected."""
    for window in weeks()[:3]:
        known = event_rate(state, window, KNOWN, projected=False)
        later = event_rate(state, window, KNOWN, projected=True)
        assert isinstance(known, Estimate)
        assert isinstance(later, Estimate)
        assert 2.5 < known.detail[EFFECT] < 4.5
        assert clustering(known) == known.detail[EFFECT]
        assert later.detail["se"] >= later.detail[SAMPLING] > 0


def test_the_design_effect_is_that_of_the_runs(state: State) -> None:
    """Runs of four among single rows have a design effect just below four; a window without cases has none."""
    assert 3.0 < effect(state, weeks()[0], KNOWN) < 4.5
    assert effect(state, Window(MODEL, "", 0, DAY), KNOWN) == 1.0


def test_readings_of_labels_say_the_error_of_accounts(state: State) -> None:
    """A calibration's error grows by the root of the effect and its interval stays; without labels nothing changes."""
    measured = Estimate(value=1.0, low=0.8, high=1.2, n=300, method="made up")
    reading = Reading(weeks()[0], "calibration.actual_expected", measured, "known", KNOWN, 1.0)
    told = spread_out(state, reading).measured
    assert isinstance(told, Estimate)
    assert (told.low, told.high) == (0.8, 1.2)
    assert told.detail["se"] == pytest.approx(se_of(measured) * np.sqrt(told.detail[EFFECT]))
    for other in (replace(reading, maturity=None), replace(reading, metric="fraud.detection_rate")):
        assert spread_out(state, other) is other


def test_a_share_of_none_has_an_error(tmp_path: Path) -> None:
    """Where nothing was caught, the error is that of half a row, never 0; a window without cases has none."""
    opened = State.open(fresh(tmp_path / "state"))
    made, said = stream()
    missed = [msgspec.structs.replace(one, decision="approve") for one in made]
    take(opened, DECISIONS, missed)
    take(opened, LABELS, said)
    week = weeks()[2]
    found = drawn(opened, week, "fraud.detection_rate", KNOWN)
    assert found is not None
    assert found.ratio == 0.0
    assert found.se > 0
    assert drawn(opened, Window(MODEL, "", 0, DAY), EVENT_RATE, KNOWN) is None
    bare = Estimate(value=0.5, n=10, method="a count")
    assert sampled(bare, found) is bare
