"""Evasion: how far inputs must be moved before the decision turns, as a person who games the rule would move them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from secondline.core.declared.reasons import Change
from secondline.core.declared.reasons import Reasons as Declared
from secondline.core.estimate import Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models.deciding import Deciding, held, picked
from secondline.models.drivers import withheld_features
from secondline.models.model import Columns, Floats, Model
from secondline.models.reasons import Places

ROWS = 500
"""Declined rows attacked."""
BUDGETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Budgets in units of the interquartile range, summed over the features moved."""
PAIRED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Controls:
    """Features a person controls: the unit of each (its interquartile range), its grain, bounds and way."""

    names: tuple[str, ...]
    unit: Floats
    grain: Floats
    low: Floats
    high: Floats
    way: Places
    stated: bool


@dataclass(frozen=True, slots=True, eq=False)
class Evasion:
    """What small changes did to declined rows.

    ``cheapest`` is the least budget tried that turns a row with one feature or two (infinite where none does), and
    ``by`` the feature that did (place in ``names``, -1 for none; of a pair the one that moves the score more).
    ``all_at_once`` is the least budget when every controlled feature is moved by it. ``cliffs`` is, by feature, the
    largest fall of the margin for the least budget over all rows. ``scored`` counts rows the model scored.
    """

    names: tuple[str, ...]
    budgets: tuple[float, ...]
    cheapest: Floats
    by: Places
    all_at_once: Floats
    cliffs: Floats
    declined: int
    scored: int
    stated: bool


def controls(model: Model, reference: Columns, spec: ModelSpec) -> Controls:
    """Return the features a person controls.

    Those under ``reasons: changes`` where they are declared, else every number that is neither immutable nor
    withheld. The unit is the interquartile range of the reference, or where that is 0 its standard deviation; a
    constant is left out. The grain is the declared one, else the smallest gap between two values where there are at
    most 1,000 of them, else 0.
    """
    declared = spec.reasons or Declared()
    fixed = {*declared.immutable, *withheld_features(spec)}
    found: list[tuple[str, float, float, float, float, int]] = []
    for name in model.features:
        values = reference.get(name)
        outside = bool(declared.changes) and name not in declared.changes
        if name in fixed or outside or values is None or values.dtype == object:
            continue
        change, finite = declared.changes.get(name, Change()), values[np.isfinite(values)]
        distinct = np.unique(finite)
        if len(distinct) < 2:  # noqa: PLR2004 - a constant moves nothing
            continue
        low, high = np.quantile(finite, [0.25, 0.75])
        unit = float(high - low) or float(finite.std())
        grain = change.grain or (float(np.diff(distinct).min()) if len(distinct) <= 1_000 else 0.0)  # noqa: PLR2004 - a lattice
        floor = float(distinct[0]) if change.min is None else change.min
        ceiling = float(distinct[-1]) if change.max is None else change.max
        found.append((name, unit, grain, floor, ceiling, change.way))
    names = tuple(line[0] for line in found)
    numbers = np.array([line[1:] for line in found], dtype=np.float64).reshape(len(found), 5)
    units, grains, floors, ceilings, ways = numbers.T
    return Controls(names, units, grains, floors, ceilings, ways.astype(np.int64), stated=bool(declared.changes))


class Attack:
    """Attempts on the declined rows of a table; it counts what it asks."""

    def __init__(self, deciding: Deciding, columns: Columns, what: Controls) -> None:
        """Attack the rows of *columns* through the controls of *what*."""
        self.deciding, self.controls = deciding, what
        self.rows = held(deciding.model, columns)
        self.size = len(next(iter(self.rows.values())))
        self.scored = 0

    def moved(self, feature: int, way: int, budget: float) -> Floats:
        """Return a column moved by *budget* units, in whole grains (rounded down) and within bounds.

        NaN where the budget does not pay for one grain or the way is closed: then nothing is tried.
        """
        held_ = self.controls
        values = self.rows[held_.names[feature]]
        if held_.way[feature] * way < 0:
            return np.full(self.size, np.nan)
        reach, grain = budget * held_.unit[feature], held_.grain[feature]
        if grain > 0:
            reach = np.floor(reach / grain + 1e-9) * grain
        target = np.clip(values + way * reach, held_.low[feature], held_.high[feature])
        return np.where((target - values) * way > 0, target, np.nan)

    def margins(self, moves: dict[int, Floats]) -> Floats:
        """Score all rows with columns replaced, infinite where a replacement is NaN."""
        asked, open_ = dict(self.rows), np.ones(self.size, dtype=bool)
        for feature, values in moves.items():
            asked[self.controls.names[feature]] = values
            open_ &= np.isfinite(values)
        found = np.full(self.size, np.inf)
        if open_.any():
            found[open_] = self.ask(picked(asked, open_))
        return found

    def ask(self, columns: Columns) -> Floats:
        """Score rows, count them, and return their margins; infinite where there is no score."""
        found = self.deciding.margins(columns)
        self.scored += len(found)
        return np.nan_to_num(found, nan=np.inf)


def attack(deciding: Deciding, columns: Columns, what: Controls) -> tuple[Floats, Places, Floats, Floats, int]:
    """Return the cheapest budget and its feature, the budget for all features at once, cliffs, and rows scored.

    For each budget every feature is moved up and down alone; then, of the three features that moved a row most, each
    two by half the budget; then all features at once, each the way that lowered the margin alone.
    """
    trying = Attack(deciding, columns, what)
    start = trying.ask(trying.rows)
    size, count = trying.size, len(what.names)
    cheapest, by = np.full(size, np.inf), np.full(size, -1, dtype=np.int64)
    together, cliffs = np.full(size, np.inf), np.zeros(count)
    for budget in BUDGETS:
        least, best = _each(trying, budget)
        if budget == BUDGETS[0]:
            fall = np.where(np.isfinite(least), start[:, np.newaxis] - least, 0.0)
            cliffs = np.maximum(fall.max(axis=0, initial=0.0), 0.0)
        lowest = least.min(axis=1)
        turned = ~np.isfinite(cheapest) & deciding.approves(lowest)
        cheapest[turned], by[turned] = budget, np.argmin(least, axis=1)[turned]
        _twos(trying, budget, least, best, cheapest, by)
        both = _everything(trying, budget, least, best, start)
        together[~np.isfinite(together) & deciding.approves(both)] = budget
    return cheapest, by, np.minimum(together, cheapest), cliffs, trying.scored


def _each(trying: Attack, budget: float) -> tuple[Floats, Places]:
    """Return for each row and feature the least margin of the two ways, and the way."""
    count = len(trying.controls.names)
    least, best = np.full((trying.size, count), np.inf), np.zeros((trying.size, count), dtype=np.int64)
    for j in range(count):
        up, down = (trying.margins({j: trying.moved(j, way, budget)}) for way in (1, -1))
        least[:, j] = np.minimum(up, down)
        best[:, j] = np.where(up <= down, 1, -1)
    return least, best


def _shift(trying: Attack, budget: float, feature: int, best: Places) -> Floats:
    up, down = (trying.moved(feature, way, budget) for way in (1, -1))
    return np.where(best[:, feature] > 0, up, down)


def _twos(trying: Attack, budget: float, least: Floats, best: Places, cheapest: Floats, by: Places) -> None:
    """Move two features by half the budget each, on the rows that nothing has turned; all pairs of one rank at once."""
    order = np.argsort(least, axis=1, kind="stable")[:, :PAIRED]
    half = np.stack([_shift(trying, budget / 2, j, best) for j in range(least.shape[1])], axis=1)
    down = np.arange(trying.size)
    for a, b in combinations(range(order.shape[1]), 2):
        pair = order[:, [a, b]]
        open_ = ~np.isfinite(cheapest) & np.isfinite(half[down[:, np.newaxis], pair]).all(axis=1)
        if not open_.any():
            continue
        asked = dict(trying.rows)
        for j, name in enumerate(trying.controls.names):
            asked[name] = np.where((pair == j).any(axis=1) & open_, half[:, j], asked[name])
        turned = down[open_][trying.deciding.approves(trying.ask(picked(asked, open_)))]
        cheapest[turned], by[turned] = budget, order[turned, a]


def _everything(trying: Attack, budget: float, least: Floats, best: Places, start: Floats) -> Floats:
    """Move every controlled feature that lowers the margin alone by the whole budget, and return the margins."""
    asked: dict[str, Any] = dict(trying.rows)
    for j, name in enumerate(trying.controls.names):
        values = _shift(trying, budget, j, best)
        helps = np.isfinite(values) & (least[:, j] < start)
        asked[name] = np.where(helps, values, asked[name])
    return trying.ask(asked)


def evasion(model: Model, rows: Sample, reference: Sample, spec: ModelSpec) -> Evasion | Undefined:
    """Attack the first declined rows of a population with small changes."""
    deciding = Deciding.of(model, spec)
    scores = model.score(held(model, rows.columns), rows.size)
    declined = np.flatnonzero(np.isfinite(scores) & ~deciding.approved(scores))
    if not len(declined):
        return Undefined(because="no row is declined", kind="not-applicable", n=rows.size)
    what = controls(model, reference.columns, spec)
    if not what.names:
        return Undefined(
            because="no feature of the model is a person's to move", kind="not-applicable", n=len(declined)
        )
    found = attack(deciding, picked(rows.columns, declined[:ROWS]), what)
    cheapest, by, together, cliffs, scored = found
    return Evasion(what.names, BUDGETS, cheapest, by, together, cliffs, len(declined), scored, what.stated)
