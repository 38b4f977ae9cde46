"""Looking: a line alarms on proof and within its budget, says what it would take, and takes late labels rightly."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from monitor.simulated import bins, exact, line, rate, rates, value, window
from secondline.core.estimate import Estimate, Undefined
from secondline.monitor.evidence import increment, kind_of, null_of, se_of
from secondline.monitor.lines import MICROS
from secondline.monitor.looking import _wider, look, renewed
from secondline.monitor.readings import Reading


def test_a_quiet_stream_raises_no_alarm() -> None:
    """Forty streams at the baseline, looked at on each of sixty days: fewer alarms than the budget lets pass."""
    found = [look(line(), list(rates(seed, 60)), {}).status for seed in range(40)]
    assert sum(status in {"amber", "red"} for status in found) <= 2


def test_a_quiet_stream_at_the_very_level_stays_within_the_budget() -> None:
    """Where the truth lies on the amber level itself, alarms come at the budget's rate at most."""
    found = [look(line(), list(rates(seed, 60, good=0.05)), {}).status for seed in range(40)]
    assert sum(status in {"amber", "red"} for status in found) <= 6


def test_a_moved_stream_alarms_soon_and_only_then() -> None:
    """Amber within days of the move, red soon after, nothing before; the state goes on from look to look."""
    held: dict[str, Any] = {}
    stream = list(rates(1, 45, moved=30))
    seen: dict[int, str] = {}
    for day in range(45):
        found = look(line(), stream[: day + 1], held)
        held = json.loads(json.dumps(found.held))
        seen[day] = found.status
    assert {seen[day] for day in range(30)} == {"green"}
    assert seen[31] in {"amber", "red"}
    assert seen[36] == "red"


def test_looking_day_by_day_is_looking_once() -> None:
    """Where the process stands does not depend on how often it was looked at."""
    stream, held = list(rates(3, 40, moved=20)), dict[str, Any]()
    for day in range(40):
        held = look(line(), stream[: day + 1], held).held
    once = look(line(), stream, {})
    again = look(line(), stream, held)
    assert (again.status, again.p_value, again.held) == (once.status, once.p_value, held)


def test_a_bare_point_beyond_a_level_is_undecided() -> None:
    """A value past amber without proof is told as undecided, with what it would take."""
    found = look(line(), [rate(0, 6, 110)], {})
    assert found.status == "undecided"
    assert "the budget asks 80 to 1" in found.wants
    few = look(line(), [rate(0, 20, 50)], {})
    assert (few.status, few.wants) == ("undecided", "100 cases; there are 50")


@pytest.mark.parametrize(
    ("readings", "wants"),
    [
        ([], "a reading of live.override_rate over 1 days"),
        ([rate(0, 1, 500, metric="other")], "a reading of live.override_rate over 1 days"),
        ([rate(0, 1, 500, basis="estimated")], "a reading of live.override_rate over 1 days"),
        ([rate(0, 1, 500, days=7)], "a reading of live.override_rate over 1 days"),
        ([rate(0, 1, 500, segment="region", level="north")], "a reading of live.override_rate over 1 days"),
        ([Reading(window(0), "live.override_rate", Undefined(because="no rows", needed="rows"), "known",
                  window(0).end)], "no rows; rows"),
    ],
)  # fmt: skip
def test_what_is_no_reading_of_the_line_is_not_read(readings: list[Reading], wants: str) -> None:
    """Another metric, basis, length of window or slice, and a number that does not exist."""
    found = look(line(), readings, {})
    assert (found.status, found.wants) == ("undecided", wants)


def test_labels_are_waited_for_and_then_count_once() -> None:
    """A window is taken with the labels known when it is as old as the line wants; earlier ones are not judged."""
    mine = line("discrimination.auc", direction="below", amber=0.75, red=0.70, baseline=0.80, lag_days=30)
    young = [value(day, 0.60, 0.01, lag=10) for day in range(5)]
    assert look(mine, young, {}).wants == "windows whose labels are 30 days old"
    old = [value(day, 0.60, 0.01, lag=30) for day in range(5)]
    assert look(mine, young + old, {}).status == "red"


def test_a_restatement_moves_the_second_line_and_no_alarm() -> None:
    """Labels that come later change what the evidence would be; what was decided stays decided, either way."""
    mine = line("discrimination.auc", direction="below", amber=0.75, red=0.70, baseline=0.80)
    good = [value(day, 0.80, 0.01) for day in range(6)]
    first = look(mine, good, {})
    assert first.status == "green"
    worse = [value(day, 0.60, 0.01, lag=40) for day in range(6)]
    found = look(mine, good + worse, first.held)
    assert (found.status, found.restated, found.p_value) == ("undecided", 6, 1.0)
    watch = found.held["levels"]["red"]["watch"]
    assert watch["decided"]["totals"] != watch["restated"]["totals"]
    assert look(mine, good + worse, found.held).restated == 0
    bad = look(mine, worse, {})
    better = [value(day, 0.80, 0.01, lag=80) for day in range(6)]
    kept = look(mine, worse + better, bad.held)
    assert (bad.status, kept.status, kept.calm) == ("red", "red", True)


def test_bins_are_taken_as_counts() -> None:
    """Distributions like the reference's raise nothing; one that has moved beyond the level does."""
    chance = np.random.default_rng(5)
    mine = line("stability.score_psi", amber=0.1, red=0.25, baseline=None)
    quiet = [bins(day, chance.multinomial(400, [0.25] * 4).tolist()) for day in range(30)]
    assert look(mine, quiet, {}).status == "green"
    moved = [bins(30 + day, chance.multinomial(400, [0.05, 0.10, 0.25, 0.60]).tolist()) for day in range(10)]
    assert look(mine, quiet + moved, {}).status == "red"
    assert kind_of(quiet[0].measured) == "bins"  # type: ignore[arg-type]  # an Estimate


def test_a_count_without_error_is_compared() -> None:
    """One unapproved use is one too many; none is none."""
    mine = line("live.unapproved_uses", test="exact", amber=None, red=0.0, min_n=0, baseline=None)
    assert look(mine, [exact(0, 0)], {}).status == "green"
    found = look(mine, [exact(0, 0), exact(1, 1)], {})
    assert (found.status, found.used, found.calm) == ("red", 1.0, False)


def test_a_window_line_pays_for_its_looks() -> None:
    """The same window is beyond amber at 95 % and not at the level that pays for 365 looks a year."""
    one = [value(0, 0.73, 0.009)]
    facts = {"direction": "below", "amber": 0.75, "red": 0.60, "baseline": 0.80}
    widened = look(line("discrimination.auc", test="window", **facts), one, {})
    assert (widened.status, "cases in a window" in widened.wants) == ("undecided", True)
    assert widened.shown is not None
    assert widened.shown.level == pytest.approx(1 - 0.05 / 365)
    sure = look(line("discrimination.auc", test="window", **facts), [value(0, 0.70, 0.009)], {})
    assert sure.status == "amber"


def test_evidence_begins_anew_after_a_closed_alarm() -> None:
    """The windows that raised it are not taken again; new ones are."""
    stream = list(rates(1, 40, moved=30))
    found = look(line(), stream, {})
    assert found.status == "red"
    fresh = look(line(), stream, renewed(found.held, "2026"))
    assert (fresh.p_value, fresh.used) == (1.0, 0.0)
    later = [rate(40 + day, 60, 500) for day in range(8)]
    assert look(line(), stream + later, fresh.held).status == "red"


def test_windows_that_overlap_are_taken_once() -> None:
    """A window that begins before the last one ended is left out, since they share cases."""
    mine = line(frequency="weekly")
    weeks = [rate(day, 12, 500, days=7) for day in (0, 3, 7, 10, 14)]
    assert look(mine, weeks, {}).windows == 3


def test_what_does_not_fit_a_null_adds_nothing() -> None:
    """Each null takes its own kind of reading; a spread that is not known is none."""
    a_rate, a_value = rate(0, 3, 100).measured, value(0, 0.7, 0.01).measured
    some_bins, count = bins(0, [1, 2, 3, 4]).measured, exact(0, 3).measured
    for estimate, other in ((a_rate, count), (some_bins, a_rate)):
        null = null_of(estimate, 0.1, above=True, shift=0.05, alpha=0.05)  # type: ignore[arg-type]  # Estimates
        assert null is not None
        assert increment(null, other) is None  # type: ignore[arg-type]
    assert null_of(some_bins, 0.1, above=False, shift=0.05, alpha=0.05) is None  # type: ignore[arg-type]
    assert null_of(count, 0.1, above=True, shift=0.05, alpha=0.05) is None  # type: ignore[arg-type]
    assert se_of(count) == 0.0  # type: ignore[arg-type]
    assert se_of(a_value) == 0.01  # type: ignore[arg-type]


def test_a_line_knows_its_day() -> None:
    """Windows of a calendar month count as monthly; of a fortnight they do not."""
    mine = line(frequency="monthly")
    assert all(mine.mine(rate(0, 1, 100, days=days)) for days in (28, 30, 31))
    assert not mine.mine(rate(0, 1, 100, days=14))
    assert (mine.days, mine.looks) == (30, 12)
    assert window(1).start - window(0).start == MICROS


def test_a_wider_interval_stays_on_its_own_scale() -> None:
    """An AUC's interval in log-odds is widened there and stays below one; a ratio's is widened as it is."""
    auc = Estimate(value=0.9, low=0.8, high=0.9529, method="DeLong, logit scale", n=500)
    low, high = _wider(auc, 0.9999)
    assert 0.0 < low < 0.8
    assert 0.9529 < high < 1.0
    assert list(_wider(auc, auc.level)) == pytest.approx([0.8, 0.9529])
    ratio = Estimate(value=0.95, low=0.85, high=1.05, method="Poisson", n=500)
    assert _wider(ratio, 0.9999)[1] > 1.1


def test_windows_of_few_events_are_no_evidence() -> None:
    """The error of an AUC of three frauds means nothing: however far it lies, it decides nothing, and is told why."""
    metric = "discrimination.auc"
    watched = line(metric=metric, direction="below", amber=0.9, red=0.8)
    for events, status in ((3.0, "undecided"), (40.0, "red")):
        auc = Estimate(value=0.7, low=0.69, high=0.71, n=2_000, events=events, method="DeLong")
        found = look(watched, [Reading(window(i), metric, auc, "known", window(i).end) for i in range(6)], {})
        assert found.status == status
        assert ("20 events in a window" in found.wants) is (events == 3.0)
