"""Histories: the rows of one entity that pass one filter, in order of time, and what a window of them says."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from secondline.core.declared.velocity import SECOND, Condition, Velocities, Velocity
from secondline.core.errors import DataError

LEAST_CUT = 32
"""Expired rows that gather before they are cut off: cutting moves the rest."""
EXACT = frozenset({"sum", "mean", "ratio"})


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the state reads it: decimals in whole units."""

    key: int | str
    at: int
    given: Mapping[str, Any]
    units: dict[str, int | None]

    def value(self, column: str) -> Any:
        """Return the value of a column as histories keep it: units, or as given; NaN is unknown."""
        if column in self.units:
            return self.units[column]
        value = self.given.get(column)
        if value is not None and not isinstance(value, (int, float, str)):
            raise DataError(f"Row {self.key!r}: {column!r} is {value!r}; a number, a text or nothing is needed.")
        return None if value != value else value  # noqa: PLR0124 - NaN alone differs from itself


@dataclass(slots=True)
class History:
    """The rows of one entity in order of (time, key), column by column.

    ``sums`` and ``known`` are running totals of the columns that are added: the total of rows i to j is
    ``sums[j] - sums[i]``, exactly, because they are whole numbers.
    """

    at: list[int] = field(default_factory=list)
    keys: list[int | str] = field(default_factory=list)
    values: list[list[Any]] = field(default_factory=list)
    sums: dict[int, list[int]] = field(default_factory=dict)
    known: dict[int, list[int]] = field(default_factory=dict)

    def total(self) -> None:
        """Add up anew."""
        for i in self.sums:
            self.sums[i] = [0, *accumulate(value or 0 for value in self.values[i])]
            self.known[i] = [0, *accumulate(value is not None for value in self.values[i])]

    def cut(self, oldest: int) -> None:
        """Forget the rows before *oldest*, once enough of them have gathered."""
        n = bisect_left(self.at, oldest)
        if n < LEAST_CUT or 2 * n < len(self.at):
            return
        columns: list[list[Any]] = [self.keys, *self.values, *self.sums.values(), *self.known.values()]
        for column in columns:
            del column[:n]
        del self.at[:n]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A feature as it is asked of a row: plain values, because reading a declaration's costs more than the answer."""

    names: tuple[str, ...]
    kind: str
    window: int
    column: str
    place: int
    """Where the column is kept; -1 for none and for the time."""
    scale: float | None
    current: bool


class Track:
    """All features of one entity and one filter."""

    def __init__(self, said: Velocities, features: list[Velocity]) -> None:
        """Note which columns are kept, which are added, and how far back."""
        first = features[0]
        self.entity, self.where, self.time = first.entity, first.where, said.time
        self.columns = sorted({f.column for f in features if f.column and f.column != said.time})
        self.added = sorted({self.columns.index(f.column or "") for f in features if f.aggregate in EXACT})
        self.windows = sorted({f.window for f in features})
        self.reach = self.windows[-1] + said.late
        self.plan = [self._asked(feature, said) for feature in features]
        self.alone = self.entity[0] if len(self.entity) == 1 else None
        self.histories: dict[Any, History] = {}

    def _asked(self, feature: Velocity, said: Velocities) -> _Asked:
        column = feature.column or ""
        place = self.columns.index(column) if column in self.columns else -1
        scale = float(10 ** said.decimals[column]) if column in said.decimals else None
        return _Asked(feature.names, feature.aggregate, feature.window, column, place, scale, feature.current)

    def add(self, row: Row, newest: int) -> None:
        """Count a row, if it passes."""
        if self.where and not _passes(row, self.where):
            return
        who = self._who(row)
        # Put last, so that the first ones are those that were idle longest.
        history = self.histories.pop(who, None) or self._begun()
        self.histories[who] = history
        new = [row.value(column) for column in self.columns]
        if not history.at or (row.at, row.key) > (history.at[-1], history.keys[-1]):
            self._append(history, row, new)
        else:
            place = bisect_left(list(zip(history.at, history.keys, strict=True)), (row.at, row.key))
            history.at.insert(place, row.at)
            history.keys.insert(place, row.key)
            for column, value in zip(history.values, new, strict=True):
                column.insert(place, value)
            history.total()
        history.cut(newest - self.reach)

    def answer(self, row: Row, found: dict[str, Any]) -> None:
        """Write the values of every feature for a row into *found*."""
        history = self.histories.get(self._who(row)) or NOTHING
        end = bisect_left(history.at, row.at)
        starts = {window: bisect_left(history.at, row.at - window, 0, end) for window in self.windows}
        passes = not self.where or _passes(row, self.where)
        for asked in self.plan:
            start = starts[asked.window]
            if asked.kind == "lag":
                _look_back(asked, history, row, start, end, found)
            else:
                found[asked.names[0]] = _value(asked, history, row, start, end, mine=asked.current and passes)

    def sweep(self, newest: int, most: int) -> None:
        """Forget up to so many entities that were idle for longer than any window reaches."""
        for _ in range(most):
            who = next(iter(self.histories), None)
            if who is None or self.histories[who].at[-1] >= newest - self.reach:
                return
            del self.histories[who]

    def rows(self) -> int:
        """Return how many rows are held."""
        return sum(len(history.at) for history in self.histories.values())

    def kept(self) -> list[Any]:
        """Return all that `restore` needs, in order."""
        return [
            [list(who) if isinstance(who, tuple) else [who], h.at, h.keys, h.values]
            for who, h in self.histories.items()
        ]

    def restore(self, rows: list[tuple[list[Any], list[int], list[int | str], list[list[Any]]]]) -> None:
        """Take back what `kept` gave."""
        for who, at, keys, values in rows:
            history = self._begun()
            if {len(keys), *map(len, values)} - {len(at)} or len(values) != len(self.columns):
                raise DataError("The rows of this state are not whole. Build it again from the stream.")
            history.at, history.keys, history.values = at, keys, values
            history.total()
            self.histories[who[0] if self.alone else tuple(who)] = history

    def _who(self, row: Row) -> Any:
        if self.alone is not None:
            one = row.given.get(self.alone)
            if one is not None:
                return one
        who = tuple(row.given.get(name) for name in self.entity)
        if None in who:
            raise DataError(
                f"Row {row.key!r} has no {self.entity[who.index(None)]!r}; a feature needs it of every row."
            )
        return who

    def _begun(self) -> History:
        return History(
            values=[[] for _ in self.columns], sums={i: [0] for i in self.added}, known={i: [0] for i in self.added}
        )

    def _append(self, history: History, row: Row, new: list[Any]) -> None:
        history.at.append(row.at)
        history.keys.append(row.key)
        for i, value in enumerate(new):
            history.values[i].append(value)
        for i in self.added:
            history.sums[i].append(history.sums[i][-1] + (new[i] or 0))
            history.known[i].append(history.known[i][-1] + (new[i] is not None))


NOTHING = History()


def tracks(said: Velocities) -> list[Track]:
    """Return one track for each entity and filter that the features name."""
    groups: dict[str, list[Velocity]] = {}
    for feature in said.features:
        groups.setdefault(repr((feature.entity, sorted(feature.where.items()))), []).append(feature)
    return [Track(said, features) for features in groups.values()]


def _value(asked: _Asked, history: History, row: Row, start: int, end: int, *, mine: bool) -> Any:
    """Return what the rows from *start* to *end* say, and the row itself where it is *mine* to count."""
    kind = asked.kind
    if kind == "count":
        return end - start + mine
    if kind == "since-last":
        return float(row.at - history.at[end - 1]) / SECOND if end > start else None
    own = row.value(asked.column)
    counted = mine and own is not None
    if kind in EXACT:
        total, known = (own or 0, 1) if counted else (0, 0)
        if end > start:
            sums, seen = history.sums[asked.place], history.known[asked.place]
            total, known = total + sums[end] - sums[start], known + seen[end] - seen[start]
        return _divided(kind, total, known, own, asked.scale or 1.0)
    window = history.values[asked.place][start:end] if end > start else []
    if counted:
        window.append(own)
    if None in window:
        window = [value for value in window if value is not None]
    return len(set(window)) if kind == "distinct" else _extreme(asked, window, own, row)


def _extreme(asked: _Asked, window: list[Any], own: Any, row: Row) -> Any:
    if isinstance(own, str):
        raise DataError(f"Row {row.key!r}: {asked.column!r} is {own!r}; {asked.kind} needs a number.")
    if not window:
        return None
    extreme = max(window) if asked.kind == "max" else min(window)
    return float(extreme) / asked.scale if asked.scale else extreme


def _look_back(asked: _Asked, history: History, row: Row, start: int, end: int, found: dict[str, Any]) -> None:
    for i, name in zip(range(end - 1, start - 1, -1), asked.names, strict=False):
        if asked.place < 0:
            found[name] = float(row.at - history.at[i]) / SECOND
        else:
            value = history.values[asked.place][i]
            found[name] = float(value) / asked.scale if asked.scale and value is not None else value


def _divided(kind: str, total: int, known: int, own: int | None, scale: float) -> float | None:
    if kind == "sum":
        return float(total) / scale
    if kind == "mean":
        return float(total) / float(known) / scale if known else None
    return float(own * known) / float(total) if own is not None and total else None


def _passes(row: Row, where: Mapping[str, Condition]) -> bool:
    return all(condition.holds(row.given.get(column)) for column, condition in where.items())
