"""Recourse agrees with brute force on small grids, and never leaves what a person can do."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import credit
from secondline.core.estimate import Estimate, Undefined
from secondline.core.spec import ModelSpec
from secondline.measures import recourse as measures
from secondline.models.deciding import Deciding
from secondline.models.model import Model
from secondline.models.recourse import Recourse, Search, levers, recourse, search

GRID = 4


def brute(deciding: Deciding, columns: Any, what: Any) -> Any:
    """Return the least cost over every combination of grid places of at most two features."""
    looking = Search(deciding, columns, what)
    best = np.full(looking.size, np.inf)
    choices = [[-1, *range(len(grid))] for grid in what.grids]
    rows = np.arange(looking.size)
    for places in product(*choices):
        moved = [j for j, p in enumerate(places) if p >= 0]
        if not 1 <= len(moved) <= 2:
            continue
        cost = sum(looking.cost(rows, j, np.full(looking.size, places[j])) for j in moved)
        margins = looking.margins(rows, np.tile(np.array(places), (looking.size, 1)))
        best = np.where(deciding.approves(margins), np.minimum(best, cost), best)
    return best


@pytest.mark.parametrize("bend", [0.0, 1.5])
def test_one_and_two_features_are_searched_exhaustively(bend: float) -> None:
    """On grids of five values, of which every stride is tried, the cost is brute force's, for a line and a product."""
    model = credit.logistic(
        lambda c: c["debt"] + 0.5 * c["late"] - 0.8 * c["income"] + bend * c["debt"] * c["late"], tuple(credit.BETA)
    )
    draw = np.random.default_rng(3)
    columns = {name: draw.integers(0, 5, 200).astype(float) - 2 for name in credit.BETA}
    spec = credit.spec(reasons={"changes": {name: {} for name in credit.BETA}})
    deciding, what = Deciding.of(model, spec), levers(model, columns, spec, GRID)
    declined = ~deciding.approved(model.score(columns))
    rows = {name: values[declined] for name, values in columns.items()}
    _, cost, _ = search(deciding, rows, what)
    wanted = brute(deciding, rows, what)
    two = np.isfinite(wanted)
    assert two.mean() > 0.8
    # Pairs go the way that is better alone and skip a stride of four, so that they may cost more, and never less.
    assert (cost[two] >= wanted[two]).all()
    assert (cost[two] == wanted[two]).mean() > (0.97 if bend == 0 else 0.9)


def run(model: Model, spec: ModelSpec, columns: Any = None) -> Recourse:
    rows = credit.sample(credit.drawn() if columns is None else columns, model)
    found = recourse(model, rows, rows, spec)
    assert isinstance(found, Recourse)
    return found


def test_what_is_found_is_approved() -> None:
    """The artefact, asked again, approves every change; with all of three inputs in reach everyone has one."""
    found = run(credit.line(), credit.spec())
    assert np.isfinite(found.cost).all()
    assert found.valid.all()
    estimate = measures.recourse(found)
    assert isinstance(estimate, Estimate)
    assert (estimate.value, estimate.detail["refused when asked again"]) == (1.0, 0)
    assert "was taken to be in reach" in estimate.warnings[0]


def test_declared_ways_bounds_and_immutables_are_kept() -> None:
    """Only income may change, only upwards, and not beyond 1: the change is within, and few have one."""
    spec = credit.spec(reasons={"changes": {"income": {"max": 1.0, "direction": "increasing"}, "debt": {}},
                                "immutable": ["debt"]})  # fmt: skip
    columns = credit.drawn()
    model = credit.line()
    what = levers(model, columns, spec)
    assert what.names == ("income",)
    assert what.grids[0].max() <= 1.0
    found = run(model, spec, columns)
    assert (found.steps >= 0).all()
    assert 0.05 < found.valid.mean() < 0.8
    # By hand: a row has recourse when its margin with income at the greatest value of the grid is below the cut-off.
    declined = np.flatnonzero(model.score(columns) >= 0.5)[:500]
    top = what.grids[0].max()
    within = {name: values[declined] for name, values in columns.items()}
    could = (model.score(within | {"income": np.full(len(declined), top)}) < 0.5) & (within["income"] < top)
    assert np.array_equal(found.valid, could)


def test_more_than_two_features_are_changed_where_two_are_not_enough() -> None:
    """Six small inputs on the worst of their grid need more than two changes, each taken back as far as it goes."""
    names = tuple("abcdef")
    model = credit.line(dict.fromkeys(names, 1.0), intercept=3.0)
    columns = {name: np.tile(np.array([-1.0, -0.5, 0.0, 0.5, 1.0]), 4) for name in names}
    found = run(model, credit.spec(), columns)
    hard = found.changed > 2
    assert hard.any()
    assert found.valid.all()
    # Each step lowers the margin by one half, from m to below 0: the cheapest is floor(2 m) + 1 steps.
    declined = model.score(columns) >= 0.5
    margin = 3.0 + 6 * columns["a"][declined]
    assert found.cost[hard] == pytest.approx(np.floor(2 * margin + 1e-9)[hard] + 1)


def test_no_one_to_help_and_nothing_to_change() -> None:
    """No declined row, or no feature in reach, is a reason and not a share."""
    model = credit.line({"debt": 1.0})
    low = credit.sample({"debt": np.full(20, -5.0)}, model)
    assert isinstance(recourse(model, low, low, credit.spec()), Undefined)
    rows = credit.sample(credit.drawn(("debt",)), model)
    fixed = credit.spec(reasons={"immutable": ["debt"]})
    found = recourse(model, rows, rows, fixed)
    assert isinstance(found, Undefined)
    assert found.because == "no feature of the model can be changed"


def test_a_missing_value_is_left_alone() -> None:
    """Nobody can move a value that is not there; the other inputs still can."""
    model = credit.logistic(lambda c: c["debt"] + np.where(np.isnan(c["late"]), 1.0, c["late"]), ("debt", "late"))
    columns = credit.drawn(("debt", "late"), 100) | {"late": np.full(100, np.nan)}
    spec = credit.spec(reasons={"changes": {"late": {}, "debt": {}}})
    reference = credit.sample(credit.drawn(("debt", "late")))
    found = recourse(model, credit.sample(columns), reference, spec)
    assert isinstance(found, Recourse)
    assert (found.steps[:, found.names.index("late")] == 0).all()
    assert found.valid.any()
