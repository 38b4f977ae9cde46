"""Recourse: the cheapest change, within what a person can do, that the model approves."""

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
from secondline.models.deciding import Deciding, Mask, held, picked
from secondline.models.drivers import withheld_features
from secondline.models.model import Columns, Floats, Model
from secondline.models.reasons import Places

ROWS = 500
"""Declined rows searched; each takes hundreds of scores."""
GRID = 20
"""Quantile steps from the least to the greatest value of the reference."""
PAIRED = 4
"""Features that move a row most, of which pairs are tried."""
STRIDES = (1, 2, 3, 5, 8, 13, 20)
MOST_CHANGED = 6


@dataclass(frozen=True, slots=True, eq=False)
class Levers:
    """What can be changed: for each feature its grid of values, rising, and which way it may go.

    ``ways`` holds 1 where a feature may only rise, -1 where it may only fall, 0 where either.
    """

    names: tuple[str, ...]
    grids: tuple[Floats, ...]
    ways: tuple[int, ...]
    stated: bool


@dataclass(frozen=True, slots=True, eq=False)
class Recourse:
    """What was found for each declined row searched.

    ``cost`` is in quantile steps (NaN where nothing was found), ``changed`` how many features were changed,
    ``steps`` by which signed number of steps each (rows by features), ``valid`` whether the artefact, asked again,
    approves. ``scored`` counts the rows the model was asked to score.
    """

    names: tuple[str, ...]
    cost: Floats
    changed: Places
    steps: Places
    valid: Mask
    declined: int
    scored: int
    stated: bool
    grid: int


def levers(model: Model, reference: Columns, spec: ModelSpec, grid: int = GRID) -> Levers:
    """Return what can be changed, with up to *grid* + 1 observed quantiles within declared bounds.

    Where model.yaml declares ``reasons: changes`` only those features can; else every number that is neither
    immutable nor withheld. A feature with fewer than two values on its grid cannot be changed.
    """
    declared = spec.reasons or Declared()
    fixed = {*declared.immutable, *withheld_features(spec)}
    names, grids, ways = [], [], []
    for name in model.features:
        values = reference.get(name)
        if name in fixed or values is None or values.dtype == object:
            continue
        if declared.changes and name not in declared.changes:
            continue
        change = declared.changes.get(name, Change())
        finite = values[np.isfinite(values)]
        steps = np.unique(np.quantile(finite, np.linspace(0, 1, grid + 1), method="nearest")) if len(finite) else finite
        low = -np.inf if change.min is None else change.min
        high = np.inf if change.max is None else change.max
        steps = steps[(steps >= low) & (steps <= high)]
        if len(steps) > 1:
            names.append(name)
            grids.append(np.asarray(steps, dtype=np.float64))
            ways.append(change.way)
    return Levers(tuple(names), tuple(grids), tuple(ways), stated=bool(declared.changes))


class Search:
    """A search over the rows of a table for changes that the model approves; it counts what it asks."""

    def __init__(self, deciding: Deciding, columns: Columns, what: Levers) -> None:
        """Search the rows of *columns* with the levers of *what*."""
        self.deciding, self.levers = deciding, what
        self.rows = held(deciding.model, columns)
        self.size = len(next(iter(self.rows.values())))
        self.scored = 0
        # The place a value has among the steps; between two steps it counts as the lower one and a half.
        self.place = [
            (np.searchsorted(g, self.rows[n], side="left") + np.searchsorted(g, self.rows[n], side="right") - 1) / 2
            for n, g in zip(what.names, what.grids, strict=True)
        ]

    def margins(self, at: Places, table: Places) -> Floats:
        """Score the rows *at* with each feature (across) moved to the grid place in *table*; -1 leaves it."""
        asked = picked(self.rows, at)
        for j, (name, grid) in enumerate(zip(self.levers.names, self.levers.grids, strict=True)):
            place = table[:, j]
            asked[name] = np.where(place >= 0, grid[np.maximum(place, 0)], asked[name])
        self.scored += len(at)
        return np.nan_to_num(self.deciding.margins(asked), nan=np.inf) if len(at) else np.empty(0)

    def still(self, rows: int) -> Places:
        """Return a table that leaves every feature of *rows* rows where it is."""
        return np.full((rows, len(self.levers.names)), -1, dtype=np.int64)

    def cost(self, rows: Places, feature: int, place: Places) -> Floats:
        """Return the quantile steps from the value of each row to a grid place; infinite the wrong way."""
        own = self.place[feature][rows]
        known = np.isfinite(self.rows[self.levers.names[feature]][rows])
        away, way = place - own, self.levers.ways[feature]
        wrong = (away * way < 0) if way else np.zeros(len(rows), dtype=bool)
        return np.where(wrong | ~known | (away == 0), np.inf, np.maximum(np.abs(away), 1.0))

    def single(self, feature: int) -> tuple[Floats, Floats]:
        """Return, for every row and grid place of a feature, the margin it leads to and what it costs."""
        count = len(self.levers.grids[feature])
        rows, place = np.repeat(np.arange(self.size), count), np.tile(np.arange(count), self.size)
        table = self.still(len(rows))
        table[:, feature] = place
        margins = self.margins(rows, table).reshape(self.size, count)
        return margins, self.cost(rows, feature, place).reshape(self.size, count)


def search(deciding: Deciding, columns: Columns, what: Levers) -> tuple[Places, Floats, int]:
    """Return the grid place each feature is moved to (-1: left), the cost in steps, and the rows scored.

    Every value of the grid is tried for one feature. Then pairs of the four features that move the row most, at steps
    of 1, 2, 3, 5, 8, 13 and 20 the better way, where they cost less than the best so far. Rows still without a way
    are changed feature by feature, each time the one that lowers the margin most for up to six features, and what was
    changed is then taken back as far as the model still approves.
    """
    looking = Search(deciding, columns, what)
    best = np.full(looking.size, np.inf)
    places = looking.still(looking.size)
    if not (what.names and looking.size):
        return places, best, 0
    lowest, better = _singles(looking, best, places)
    _pairs(looking, best, places, lowest, better)
    _greedy(looking, best, places)
    return places, best, looking.scored


def _singles(looking: Search, best: Floats, places: Places) -> tuple[Floats, Places]:
    """Try each feature alone; return the least margin each leads to and the way that is better."""
    count = len(looking.levers.names)
    lowest, better = np.full((looking.size, count), np.inf), np.zeros((looking.size, count), dtype=np.int64)
    for j in range(count):
        margins, cost = looking.single(j)
        reach = np.where(np.isfinite(cost), margins, np.inf)
        lowest[:, j] = reach.min(axis=1)
        better[:, j] = np.sign(np.argmin(reach, axis=1) - looking.place[j]).astype(np.int64)
        found = np.where(looking.deciding.approves(reach), cost, np.inf)
        table = looking.still(looking.size)
        table[:, j] = np.argmin(found, axis=1)
        _keep(best, places, np.arange(looking.size), found.min(axis=1), table)
    return lowest, better


def _keep(best: Floats, places: Places, rows: Places, cost: Floats, table: Places) -> None:
    """Take, for each row, the first of the cheapest that costs less than the best so far."""
    order = np.lexsort((np.arange(len(rows)), cost, rows))
    first = order[np.unique(rows[order], return_index=True)[1]] if len(rows) else order
    cheaper = first[cost[first] < best[rows[first]]]
    best[rows[cheaper]] = cost[cheaper]
    places[rows[cheaper]] = table[cheaper]


def _pairs(looking: Search, best: Floats, places: Places, lowest: Floats, better: Places) -> None:
    """Try pairs of the features that move each row most, all pairs of one rank together."""
    top = np.argsort(lowest, axis=1, kind="stable")[:, :PAIRED]
    strides = np.array(STRIDES)
    one, two = np.repeat(strides, len(strides)), np.tile(strides, len(strides))
    for a, b in combinations(range(top.shape[1]), 2):
        rows, tables, costs = [], [], []
        for first, second in sorted({tuple(pair) for pair in top[:, [a, b]].tolist()}):
            mine = np.flatnonzero((top[:, a] == first) & (top[:, b] == second))
            down = np.repeat(mine, len(one))
            table = looking.still(len(down))
            table[:, first] = _stepped(looking, better, first, down, np.tile(one, len(mine)))
            table[:, second] = _stepped(looking, better, second, down, np.tile(two, len(mine)))
            down, table = _inside(down, table, first, second)
            cost = looking.cost(down, first, table[:, first]) + looking.cost(down, second, table[:, second])
            ask = cost < best[down]
            rows.append(down[ask])
            tables.append(table[ask])
            costs.append(cost[ask])
        at, table, cost = np.concatenate(rows), np.concatenate(tables), np.concatenate(costs)
        fine = looking.deciding.approves(looking.margins(at, table))
        _keep(best, places, at[fine], cost[fine], table[fine])


def _inside(rows: Places, table: Places, first: int, second: int) -> tuple[Places, Places]:
    whole = (table[:, first] >= 0) & (table[:, second] >= 0)
    return rows[whole], table[whole]


def _stepped(looking: Search, better: Places, feature: int, rows: Places, stride: Places) -> Places:
    """Return the grid place *stride* steps from a row's value the better way, -1 where the grid ends before."""
    way, own = better[rows, feature], looking.place[feature][rows]
    start = np.where(way > 0, np.floor(own), np.ceil(own))
    place = start + way * stride
    fine = (way != 0) & (place >= 0) & (place < len(looking.levers.grids[feature]))
    return np.where(fine, place, -1).astype(np.int64)


def _greedy(looking: Search, best: Floats, places: Places) -> None:
    """Change one feature after another where it lowers the margin most, then take back what was not needed."""
    lost = np.flatnonzero(~np.isfinite(best))
    sizes = [len(grid) for grid in looking.levers.grids]
    feature, place = np.repeat(np.arange(len(sizes)), sizes), np.concatenate([np.arange(size) for size in sizes])
    price = np.concatenate(
        [looking.cost(np.repeat(lost, k), j, np.tile(np.arange(k), len(lost))).reshape(len(lost), k)
         for j, k in enumerate(sizes)], axis=1,
    )  # fmt: skip
    chosen, active = looking.still(len(lost)), np.arange(len(lost))
    for _ in range(min(MOST_CHANGED, len(sizes))):
        open_ = np.isfinite(price[active]) & (chosen[active][:, feature] < 0)
        down, option = np.nonzero(open_)
        table = chosen[active[down]]
        table[np.arange(len(down)), feature[option]] = place[option]
        margins = np.full(open_.shape, np.inf)
        margins[down, option] = looking.margins(lost[active[down]], table)
        pick, going = np.argmin(margins, axis=1), open_.any(axis=1)
        chosen[active[going], feature[pick[going]]] = place[pick[going]]
        done = going & looking.deciding.approves(margins.min(axis=1))
        _settle(looking, lost[active[done]], chosen[active[done]], best, places)
        active = active[going & ~done]
        if not len(active):
            return


def _settle(looking: Search, rows: Places, chosen: Places, best: Floats, places: Places) -> None:
    """Move each change back towards the row's value as far as the row stays approved, and keep what is left."""
    for j in range(chosen.shape[1])[::-1]:
        mine = np.flatnonzero(chosen[:, j] >= 0)
        ways = [_back(int(chosen[i, j]), float(looking.place[j][rows[i]])) for i in mine]
        at = np.repeat(mine, [len(way) for way in ways])
        table = chosen[at]
        table[:, j] = [step for way in ways for step in way]
        fine = looking.deciding.approves(looking.margins(rows[at], table))
        for i, way in zip(mine, ways, strict=True):
            kept = fine[at == i]
            # The furthest back of the run that is approved without a gap.
            run = len(kept) if kept.all() else int(np.argmin(kept))
            chosen[i, j] = way[run - 1] if run else chosen[i, j]
    every = np.arange(chosen.shape[1])
    costs = [sum(float(looking.cost(rows[[i]], j, chosen[[i], j])[0]) for j in every[chosen[i] >= 0])
             for i in range(len(rows))]  # fmt: skip
    best[rows], places[rows] = costs, chosen


def _back(place: int, own: float) -> list[int]:
    """Return the grid places between a change and the row's value, nearer and nearer, and -1: no change."""
    way = 1 if place > own else -1
    end = int(np.floor(own) if way < 0 else np.ceil(own))
    return [*(p for p in range(place - way, end, -way) if p != own), -1]


def recourse(model: Model, rows: Sample, reference: Sample, spec: ModelSpec) -> Recourse | Undefined:
    """Search the first declined rows of a population for the cheapest change that is approved."""
    deciding = Deciding.of(model, spec)
    scores = model.score(held(model, rows.columns), rows.size)
    declined = np.flatnonzero(np.isfinite(scores) & ~deciding.approved(scores))
    if not len(declined):
        return Undefined(because="no row is declined", kind="not-applicable", n=rows.size)
    what = levers(model, reference.columns, spec)
    if not what.names:
        return Undefined(because="no feature of the model can be changed", kind="not-applicable", n=len(declined))
    few = picked(rows.columns, declined[:ROWS])
    places, cost, scored = search(deciding, few, what)
    found = np.isfinite(cost)
    changed = _applied(held(model, few), what, places)
    valid = found & deciding.approved(model.score(changed))
    steps = np.zeros(places.shape, dtype=np.int64)
    looking = Search(deciding, few, what)
    for j in range(len(what.names)):
        away = np.where(places[:, j] >= 0, places[:, j] - looking.place[j], 0.0)
        steps[:, j] = np.where(places[:, j] >= 0, np.sign(away) * np.maximum(np.abs(away), 1), 0).astype(np.int64)
    return Recourse(
        what.names, np.where(found, cost, np.nan), (places >= 0).sum(axis=1), steps, valid, len(declined),
        scored + len(cost), what.stated, GRID,
    )  # fmt: skip


def _applied(columns: dict[str, Any], what: Levers, places: Places) -> dict[str, Any]:
    changed = dict(columns)
    for j, (name, grid) in enumerate(zip(what.names, what.grids, strict=True)):
        at = places[:, j]
        changed[name] = np.where(at >= 0, grid[np.maximum(at, 0)], columns[name])
    return changed
