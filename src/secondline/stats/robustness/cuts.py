"""Cuts: how a column is divided into cells, so that regions of rows can be searched and said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
BINS, FINE = 10, 6
LEVELS = 14
"""Levels of a text column that get a cell of their own; the rest share one."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cut:
    """The cells of one column: half-open bins of numbers, ``edges[i - 1] < x <= edges[i]``, or the levels of a text.

    The cell after the ordinary ones holds missing values (NaN, None). Infinities fall in the outermost bins. A text
    column has one more ordinary cell, for every level that is not listed. Edges are values that occur, so that a
    monotone change of scale moves no row to another cell. ``only`` are the values that are alone in their bin.
    """

    name: str
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    text: bool = False
    only: Mapping[int, float] | None = None

    @property
    def size(self) -> int:
        """Ordinary cells."""
        return len(self.levels) + 1 if self.text else len(self.edges) + 1

    def codes(self, values: npt.NDArray[Any]) -> Codes:
        """Return the cell of each value; ``size`` for a missing one."""
        if self.text:
            return _level_codes(values, self.levels)
        numbers = np.asarray(values, dtype=np.float64)
        found = np.searchsorted(np.asarray(self.edges), numbers, side="left").astype(np.int64)
        found[np.isnan(numbers)] = self.size
        return found

    def spans(self) -> list[Span]:
        """Return the cells and runs of cells that make a region of one column: first and last code.

        Runs of bins but not all of them, single levels, the missing, and all that are not missing.
        """
        k = self.size
        if self.text:
            return [(i, i) for i in range(k + 1)]
        runs = [(i, j) for i in range(k) for j in range(i, k) if (i, j) != (0, k - 1)]
        return [*runs, (k, k), (0, k - 1)]

    def coarse(self) -> list[Span]:
        """Return the spans that a region of two columns is made of.

        Of more than six bins, runs that touch neither end start and stop at every second edge: what is gained by finer
        ones is less than what so many more looks would cost.
        """
        k = self.size
        if self.text or k <= FINE:
            return self.spans()
        return [(i, j) for i, j in self.spans() if i == 0 or j >= k - 1 or (i % 2 == 0 and j % 2 == 1)]

    def matrix(self, spans: Sequence[Span]) -> npt.NDArray[np.float64]:
        """Return which codes (across) each span (down) holds."""
        held = np.zeros((len(spans), self.size + 1))
        for i, (low, high) in enumerate(spans):
            held[i, low : high + 1] = 1.0
        return held

    def words(self, span: Span) -> str:
        """Return a span as a reader says it, such as ``income <= 20,000`` or ``region = north``."""
        low, high = span
        if low == self.size:
            return f"{self.name} is missing"
        if self.text:
            return f"{self.name} = {self.levels[low]}" if low < len(self.levels) else f"{self.name} is another level"
        bottom = self.edges[low - 1] if low else None
        top = self.edges[high] if high < len(self.edges) else None
        if low == high and top is not None and self.only and high in self.only:
            return f"{self.name} = {said(self.only[high])}"
        if bottom is None:
            return f"{self.name} is known" if top is None else f"{self.name} <= {said(top)}"
        return f"{self.name} > {said(bottom)}" if top is None else f"{said(bottom)} < {self.name} <= {said(top)}"

    def condition(self, span: Span) -> dict[str, Any]:
        """Return a span as a machine reads it: column, and above, at_most, equals or missing."""
        low, high = span
        if low == self.size:
            return {"column": self.name, "missing": True}
        if self.text:
            known = low < len(self.levels)
            return {"column": self.name, **({"equals": self.levels[low]} if known else {"none_of": list(self.levels)})}
        above = {"above": self.edges[low - 1]} if low else {}
        below = {"at_most": self.edges[high]} if high < len(self.edges) else {}
        return {"column": self.name, "missing": False, **above, **below}


def said(value: float) -> str:
    """Return a number with the digits a reader of a condition needs.

    >>> said(50000.0), said(0.123456), said(-2.0)
    ('50,000', '0.1235', '-2')
    """
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:,.4g}"  # noqa: PLR2004 - digits of a double


def cut(name: str, values: npt.NDArray[Any], bins: int = BINS) -> Cut | None:
    """Return the cut of a column at the quantiles of *values*; None where there is nothing to tell apart."""
    if values.dtype == object:
        return _by_level(name, values)
    numbers = np.asarray(values, dtype=np.float64)
    finite = np.sort(numbers[np.isfinite(numbers)])
    if not len(finite):
        return None
    unique = np.unique(finite)
    if len(unique) == 1 and len(finite) == len(numbers):
        return None
    if len(unique) <= bins:
        edges = unique[:-1]
    else:
        places = np.ceil(np.arange(1, bins) * len(finite) / bins).astype(int) - 1
        edges = np.unique(finite[places])
        edges = edges[edges < unique[-1]]
    return Cut(name, edges=tuple(float(e) for e in edges), only=_alone(unique, edges))


def _alone(unique: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]) -> dict[int, float]:
    values = np.bincount(np.searchsorted(edges, unique, side="left"), minlength=len(edges) + 1)
    return {int(i): float(edges[i]) for i in np.flatnonzero(values == 1) if i < len(edges)}


def _by_level(name: str, values: npt.NDArray[Any]) -> Cut | None:
    known = [str(v) for v in values.tolist() if v is not None]
    if not known:
        return None
    levels, counts = np.unique(np.array(known), return_counts=True)
    if len(levels) == 1 and len(known) == len(values):
        return None
    order = sorted(range(len(levels)), key=lambda i: (-int(counts[i]), str(levels[i])))[:LEVELS]
    return Cut(name, levels=tuple(str(levels[i]) for i in order), text=True)


def _level_codes(values: npt.NDArray[Any], levels: Sequence[str]) -> Codes:
    place = {level: i for i, level in enumerate(levels)}
    place_of: dict[Any, int] = {None: len(levels) + 1}
    texts = values.tolist()
    for text in set(texts) - {None}:
        place_of[text] = place.get(str(text), len(levels))
    return np.array([place_of[text] for text in texts], dtype=np.int64)
