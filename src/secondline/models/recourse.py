"""Recourse: the cheapest change, within what a person can do, that the model approves."""

from __future__ import annotations

from dataclasses import dataclass
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

ROWS = 300
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
            ways.append({"increasing": 1, "decreasing": -1, None: 0}[change.direction])
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

    def margins(self, at: Places, moves: list[tuple[Any, Any]]) -> Floats:
        """Score the rows *at*, with each (feature, grid place) of *moves* set; a place of -1 leaves the value."""
        asked = picked(self.rows, at)
        for feature, place in moves:
            name, grid = self.levers.names[feature], self.levers.grids[feature]
            asked[name] = np.where(place >= 0, grid[np.maximum(place, 0)], asked[name])
        self.scored += len(at)
        return self.deciding.margins(asked)

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
        margins = self.margins(rows, [(feature, place)]).reshape(self.size, count)
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
    places = np.full((looking.size, len(what.names)), -1, dtype=np.int64)
    if not (what.names and looking.size):
        return places, best, 0
    lowest, better = _singles(looking, best, places)
    _pairs(looking, best, places, lowest, better)
    for row in np.flatnonzero(~np.isfinite(best)):
        _greedy(looking, int(row), best, places)
    return places, best, looking.scored


def _singles(looking: Search, best: Floats, places: Places) -> tuple[Floats, Places]:
    """Try each feature alone; return the least margin each leads to and the way that is better."""
    count = len(looking.levers.names)
    lowest, better = np.full((looking.size, count), np.inf), np.zeros((looking.size, count), dtype=np.int64)
    for j in range(count):
        margins, cost = looking.single(j)
        reach = np.where(np.isfinite(cost) & np.isfinite(margins), margins, np.inf)
        lowest[:, j] = reach.min(axis=1)
        better[:, j] = np.sign(np.argmin(reach, axis=1) - looking.place[j]).astype(np.int64)
        found = np.where(looking.deciding.approves(reach), cost, np.inf)
        _keep(best, places, found.min(axis=1), {j: np.argmin(found, axis=1)})
    return lowest, better


def _keep(best: Floats, places: Places, cost: Floats, moved: dict[int, Places], rows: Any = slice(None)) -> None:
    """Take what costs less than the best so far."""
    cheaper = cost < best[rows]
    at = np.arange(len(best))[rows][cheaper]
    best[at] = cost[cheaper]
    places[at] = -1
    for feature, place in moved.items():
        places[at, feature] = place[cheaper]


def _pairs(looking: Search, best: Floats, places: Places, lowest: Floats, better: Places) -> None:
    top = np.argsort(lowest, axis=1, kind="stable")[:, :PAIRED]
    width = top.shape[1]
    combos = [(a, b) for a in range(width) for b in range(a + 1, width)]
    for a, b in combos:
        for first, second in sorted({tuple(pair) for pair in top[:, [a, b]].tolist()}):
            rows = np.flatnonzero((top[:, a] == first) & (top[:, b] == second))
            _pair(looking, best, places, better, rows, first, second)


def _pair(looking: Search, best: Floats, places: Places, better: Places, rows: Places, first: int, second: int) -> None:
    strides = np.array(STRIDES)
    tries = len(strides) ** 2
    one, two = np.repeat(strides, len(strides)), np.tile(strides, len(strides))
    down = np.repeat(rows, tries)
    place_one = _stepped(looking, better, first, down, np.tile(one, len(rows)))
    place_two = _stepped(looking, better, second, down, np.tile(two, len(rows)))
    cost = np.full(len(down), np.inf)
    inside = (place_one >= 0) & (place_two >= 0)
    cost[inside] = looking.cost(down[inside], first, place_one[inside]) + looking.cost(
        down[inside], second, place_two[inside]
    )
    ask = np.flatnonzero(cost < best[down])
    if not len(ask):
        return
    margins = looking.margins(down[ask], [(first, place_one[ask]), (second, place_two[ask])])
    price = np.full(len(down), np.inf)
    price[ask] = np.where(looking.deciding.approves(np.nan_to_num(margins, nan=np.inf)), cost[ask], np.inf)
    table = price.reshape(len(rows), tries)
    pick = np.argmin(table, axis=1)
    at = np.arange(len(rows)) * tries + pick
    _keep(best, places, table.min(axis=1), {first: place_one[at], second: place_two[at]}, rows)


def _stepped(looking: Search, better: Places, feature: int, rows: Places, stride: Places) -> Places:
    """Return the grid place *stride* steps from a row's value the better way, -1 where the grid ends before."""
    way, own = better[rows, feature], looking.place[feature][rows]
    start = np.where(way > 0, np.floor(own), np.ceil(own))
    place = start + way * stride
    fine = (way != 0) & (place >= 0) & (place < len(looking.levers.grids[feature]))
    return np.where(fine, place, -1).astype(np.int64)


def _greedy(looking: Search, row: int, best: Floats, places: Places) -> None:
    """Change one feature after another where it lowers the margin most, then take back what was not needed."""
    count = len(looking.levers.names)
    chosen = np.full(count, -1, dtype=np.int64)
    prices = [looking.cost(np.full(len(g), row), j, np.arange(len(g))) for j, g in enumerate(looking.levers.grids)]
    reach = [np.flatnonzero(np.isfinite(price)) for price in prices]
    for _ in range(min(MOST_CHANGED, count)):
        options = [(j, int(p)) for j in range(count) if chosen[j] < 0 for p in reach[j]]
        if not options:
            return
        margins = np.nan_to_num(_asked(looking, row, [_with(chosen, j, p) for j, p in options]), nan=np.inf)
        j, p = options[int(np.argmin(margins))]
        chosen = _with(chosen, j, p)
        if looking.deciding.approves(margins[[int(np.argmin(margins))]])[0]:
            chosen = _taken_back(looking, row, chosen)
            best[row] = sum(float(prices[j][chosen[j]]) for j in np.flatnonzero(chosen >= 0))
            places[row] = chosen
            return


def _with(chosen: Places, feature: int, place: int) -> Places:
    found = chosen.copy()
    found[feature] = place
    return found


def _asked(looking: Search, row: int, options: list[Places]) -> Floats:
    table = np.stack(options)
    return looking.margins(np.full(len(options), row), [(j, table[:, j]) for j in range(table.shape[1])])


def _taken_back(looking: Search, row: int, chosen: Places) -> Places:
    """Move each change back towards the row's value, the last made first, as far as the row stays approved."""
    for j in np.flatnonzero(chosen >= 0)[::-1]:
        own = looking.place[j][row]
        way = 1 if chosen[j] > own else -1
        end = int(np.floor(own) if way < 0 else np.ceil(own))
        options = [_with(chosen, int(j), p) for p in range(int(chosen[j]), end, -way) if p != own] + [
            _with(chosen, int(j), -1)
        ]
        fine = looking.deciding.approves(np.nan_to_num(_asked(looking, row, options), nan=np.inf))
        # The furthest back of the run that is approved without a gap: the last option leaves the value alone.
        last = int(np.argmin(fine)) - 1 if not fine.all() else len(options) - 1
        if last >= 0:
            chosen = options[last]
    return chosen


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
