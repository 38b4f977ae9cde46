"""Evasion finds exactly the rows that a line lets through, and keeps to budgets, grains and bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import credit
from secondline.core.estimate import Estimate, Undefined
from secondline.measures import evasion as measures
from secondline.models.deciding import Deciding
from secondline.models.evasion import BUDGETS, Attack, Evasion, controls, evasion


def run(model: Any, columns: Any, **reasons: Any) -> Evasion:
    rows = credit.sample(columns, model)
    found = evasion(model, rows, rows, credit.spec(reasons=reasons))
    assert isinstance(found, Evasion)
    return found


def test_of_one_input_the_least_budget_is_known() -> None:
    """A line of slope 1 turns a row when the budget times the interquartile range exceeds its margin."""
    columns, model = credit.drawn(("debt",), 400), credit.line({"debt": 1.0})
    found = run(model, columns)
    low, high = np.quantile(columns["debt"], [0.25, 0.75])
    margin = columns["debt"][columns["debt"] >= 0]
    wanted = [min((b for b in BUDGETS if b * (high - low) > m), default=np.inf) for m in margin]
    assert found.cheapest.tolist() == wanted
    assert found.all_at_once.tolist() == wanted


def test_moving_everything_does_at_least_as_much() -> None:
    """All inputs by a budget each turn every row that one input or two within it turn."""
    found = run(credit.line(), credit.drawn())
    assert (found.all_at_once <= found.cheapest).all()
    assert (found.all_at_once < found.cheapest).any()


def test_a_cliff_is_found() -> None:
    """A step of three in the margin just where a value passes zero turns rows for the least budget."""
    columns = credit.drawn(("debt", "late"), 2_000)
    steep = credit.logistic(lambda c: 3.0 * (c["debt"] >= 0) - 1.5 + 0.1 * c["late"], ("debt", "late"))
    smooth = run(credit.line({"debt": 1.0, "late": 0.1}), columns)
    found = run(steep, columns)
    assert found.cliffs[found.names.index("debt")] == pytest.approx(3.0)
    assert smooth.cliffs.max() < 0.05
    shown = measures.evasion(found, budget=0.05)
    assert isinstance(shown, Estimate)
    assert next(iter(shown.detail["features"])) == "debt"
    near = columns["debt"][columns["debt"] >= 0][:500]
    low, high = np.quantile(columns["debt"], [0.25, 0.75])
    assert shown.value == pytest.approx(np.mean(near < 0.05 * (high - low)), abs=0.01)


def test_grains_ways_and_bounds_are_kept() -> None:
    """A count moves by whole units, a value only its way and within its bounds; immutable inputs not at all."""
    columns = {"count": np.tile(np.arange(20.0), 30), "cash": np.linspace(0, 1, 600), "age": np.linspace(20, 70, 600)}
    reasons = {"changes": {"count": {}, "cash": {"direction": "increasing", "max": 0.9}}, "immutable": ["age"]}
    model = credit.line({"count": 0.1, "cash": -1.0, "age": 0.0})
    what = controls(model, columns, credit.spec(reasons=reasons))
    assert what.names == ("count", "cash")
    assert what.grain[0] == 1.0
    trying = Attack(Deciding.of(model, credit.spec()), columns, what)
    # A tenth of the interquartile range of 9.5 buys no whole unit.
    assert np.isnan(trying.moved(0, -1, 0.1)).all()
    moved = trying.moved(0, -1, 0.25)
    assert set(np.unique(columns["count"] - moved)[:2].tolist()) <= {1.0, 2.0}
    assert np.isnan(trying.moved(1, -1, 0.5)).all()
    assert np.nanmax(trying.moved(1, 1, 0.5)) == 0.9


def test_no_row_and_no_lever() -> None:
    """Nobody declined, or nothing a person can move, is not applicable."""
    model = credit.line({"debt": 1.0})
    low = credit.sample({"debt": np.full(20, -5.0)}, model)
    assert isinstance(evasion(model, low, low, credit.spec()), Undefined)
    rows = credit.sample(credit.drawn(("debt",)), model)
    assert isinstance(evasion(model, rows, rows, credit.spec(reasons={"immutable": ["debt"]})), Undefined)


def test_budgets_are_judged_as_asked() -> None:
    """The share grows with the budget, and the value is that of the budget asked for."""
    found = run(credit.line(), credit.drawn())
    for budget in (0.05, 0.5):
        shown = measures.evasion(found, budget=budget)
        assert isinstance(shown, Estimate)
        line = next(line for line in shown.detail["curve"] if line["budget"] == budget)
        assert (shown.value, shown.low, shown.high) == (line["share"], line["low"], line["high"])
        shares = [line["share"] for line in shown.detail["curve"]]
        assert shares == sorted(shares)
