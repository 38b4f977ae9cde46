"""Spending: one budget for a plan, dealt to lines, levels and runs, and kept by quiet plans whatever the looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from govern.watchhouse import WatchHouse
from monitor.simulated import line, rate, rates, value
from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate
from secondline.govern.records.filing import Metric
from secondline.monitor.evidence import clustering, increment, null_of
from secondline.monitor.looking import look, renewed
from secondline.monitor.planning import dealt, dealt_anew
from secondline.monitor.readings import Reading
from secondline.monitor.spending import budget_of, spent

FACTS: dict[str, Any] = {"metric": "live.override_rate", "amber": 0.05, "red": 0.08, "action": "investigate"}


def test_parts_of_levels_and_runs_add_up_to_the_line() -> None:
    """Two levels and every run there can be spend the line's budget together, and no more."""
    mine = line(budget=0.06)
    assert mine.part(0) == pytest.approx(0.015)
    assert 2 * sum(mine.part(run) for run in range(5_000)) == pytest.approx(0.06, rel=1e-3)
    assert line(budget=0.06, red=None).part(0) == pytest.approx(0.03)


def test_a_budget_is_dealt_by_weight_to_lines_that_spend() -> None:
    """A count without error and ADWIN take no part; edited parts are dealt anew in proportion."""
    lines = [Metric.model_validate({**FACTS, "test": test}) for test in ("sequential", "window", "exact", "adwin")]
    found = dealt(lines, 0.10, [3.0, 1.0, 1.0, 1.0])
    assert [m.budget for m in found] == pytest.approx([0.075, 0.025, 0.05, 0.05])
    form = dealt_anew({"budget": 0.02, "metrics": [{**FACTS, "budget": 0.3}, {**FACTS, "budget": 0.1}]})
    assert [m["budget"] for m in form["metrics"]] == pytest.approx([0.015, 0.005])
    assert dealt_anew({"metrics": [FACTS]}) == {"metrics": [FACTS]}


def test_lines_beyond_the_plan_s_budget_are_refused(tmp_path: Path) -> None:
    """When it is revised as when it is drafted; within it, or without one, it is taken."""
    house = WatchHouse(tmp_path)
    with pytest.raises(SpecError, match=r"grants a false-alarm budget of 0\.05 a year, and its 2 lines have 0\.1"):
        house.do("monitoring.revised", "own", "MP-1", budget=0.05)
    house.do("monitoring.revised", "own", "MP-1", budget=0.10)
    assert house.get("monitoring", "MP-1")["budget"] == 0.10
    with pytest.raises(SpecError, match="Deal it out anew"):
        house.do("monitoring.drafted", "own", model="pd-retail", metrics=[FACTS, FACTS, FACTS], budget=0.10)


def test_what_is_spent_follows_runs_and_windows() -> None:
    """A first run spends half of a line's part, a second two thirds; a window line spends by its windows."""
    mine, stream = line(budget=0.06), list(rates(1, 40, moved=30))
    found = look(mine, stream, {})
    assert spent(mine, found, stream, "2026") == pytest.approx(0.03)
    assert spent(mine, found, stream, "2027") == 0.0
    again = look(mine, stream, renewed(found.held, "2026"))
    assert spent(mine, again, stream, "2026") == pytest.approx(0.04)
    alone = line(budget=0.06, test="window", looks=365)
    assert spent(alone, look(alone, stream, {}), stream, "2026") == pytest.approx(0.06 * 40 / 365)
    exact = line(budget=0.06, test="exact")
    assert spent(exact, look(exact, stream, {}), stream, "2026") == 0.0
    whole = budget_of({"budget": 0.2}, [again], stream, "2026")
    assert (whole.one, whole.granted) == (True, 0.2)
    assert whole.left == pytest.approx(0.16)
    own = budget_of(None, [again], stream, "2026")
    assert (own.one, own.granted) == (False, 0.06)


def test_a_later_run_asks_for_more_evidence_and_a_changed_plan_begins_anew() -> None:
    """After a closed alarm the bar is higher; another level or part is another null, on the windows still to come."""
    mine, stream = line(budget=0.06), list(rates(1, 40, moved=30))
    held = look(mine, stream, {}).held
    fresh = look(mine, [*stream, *(rate(40 + d, 60, 500) for d in range(20))], renewed(held, "2026"))
    assert fresh.status == "red"
    assert fresh.held["levels"]["red"]["watch"]["decided"]["alpha"] == pytest.approx(mine.part(1))
    other = look(line(budget=0.06, red=0.09), stream, held)
    assert other.held["levels"]["red"] == {"after": held["levels"]["red"]["watch"]["decided"]["through"]}
    assert other.held["levels"]["amber"] == held["levels"]["amber"]


def test_rows_in_clusters_count_for_less() -> None:
    """A rate whose interval knows its accounts adds as much evidence as so many single rows; a plain one as itself."""
    plain = rate(0, 60, 500).measured
    assert isinstance(plain, Estimate)
    assert clustering(plain) == pytest.approx(1.0)
    mid, half = (plain.high + plain.low) / 2, (plain.high - plain.low)  # type: ignore[operator]  # it has both
    wide = plain.model_copy(update={"low": mid - half, "high": mid + half})
    assert clustering(wide) == pytest.approx(4.0)
    null = null_of(plain, 0.05, above=True, shift=0.02, alpha=0.05)
    assert null is not None
    one, four = increment(null, plain), increment(null, wide)
    assert one is not None
    assert four == pytest.approx([x / 4 for x in one])


def test_adwin_finds_a_change_that_a_level_agrees_with() -> None:
    """Quiet it is green, without thirty windows undecided, after a step beyond the level red, within it not."""
    mine = line("live.mean_latency", test="adwin", amber=30.0, red=50.0, min_n=0)
    rng = np.random.default_rng(2)
    quiet = [value(day, 20 + rng.normal(0, 1), 0.3, metric="live.mean_latency") for day in range(90)]
    step = [value(90 + day, 60 + rng.normal(0, 1), 0.3, metric="live.mean_latency") for day in range(60)]
    assert look(mine, quiet, {}).status == "green"
    assert "30 windows" in look(mine, quiet[:20], {}).wants
    assert look(mine, [*quiet, *step], {}).status == "red"
    near = [replace(r, measured=r.measured.model_copy(update={"value": 25.0, "low": 24.4, "high": 25.6})) for r in step]
    assert look(mine, [*quiet, *near], {}).status == "green"


def quiet_plan(seed: int) -> bool:
    """Return whether a plan of six lines at its own levels alarms in fifty days; a budget of a tenth is dealt."""
    chance, held = np.random.default_rng(seed), dict[int, dict[str, Any]]()
    lines = dealt([line(f"live.m{i}", red=None).metric for i in range(6)], 0.10, [3, 1, 1, 1, 1, 1])
    readings: list[list[Reading]] = [[] for _ in lines]
    for day in range(50):
        for i in range(len(lines)):
            readings[i].append(rate(day, int(chance.binomial(500, 0.05)), 500, metric=f"live.m{i}"))
    for i, metric in enumerate(lines):
        found = look(line(f"live.m{i}", red=None, budget=metric.budget), readings[i], held.get(i, {}))
        if found.status in {"amber", "red"}:
            return True
    return False


@pytest.mark.slow
def test_quiet_plans_stay_within_one_budget() -> None:
    """Of 40 plans of six lines, each at the very edge of its null, at most a tenth raise any alarm at all."""
    assert sum(quiet_plan(seed) for seed in range(40)) <= 4
