"""Pairs: the shares of two populations over the same cells, with the sizes that carry their sampling error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from secondline.core.errors import MergeError
from secondline.core.estimate import Undefined
from secondline.core.tables import GroupTable, Histogram
from secondline.core.tables._arrays import FloatArray, floats
from secondline.stats.weights import effective_n

FEW = 5.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Shares of the reference (p) and the current population (q) over the cells that either of them fills.

    ``n`` and ``m`` are their sizes: Kish's effective ones when rows are weighted. ``rows`` counts the current rows.
    """

    labels: tuple[str, ...]
    p: FloatArray
    q: FloatArray
    n: float
    m: float
    rows: int
    weighted: bool = False

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.labels)

    @property
    def noise(self) -> float:
        """``1/n + 1/m``: the scale of the difference that sampling alone makes."""
        return 1.0 / self.n + 1.0 / self.m

    @property
    def pooled(self) -> FloatArray:
        """Shares of both populations taken as one."""
        return (self.n * self.p + self.m * self.q) / (self.n + self.m)

    def method(self, name: str) -> str:
        """Return the name of a method, and that it ran on effective sizes when it did."""
        return f"{name}, Kish's effective sizes" if self.weighted else name

    def sparse(self) -> tuple[str, ...]:
        """Return a warning when cells are so thin that any distribution theory is rough."""
        thin = int((self.pooled * min(self.n, self.m) < FEW).sum())
        text = f"{thin} of {self.cells} bins expect fewer than {FEW:g} rows in the smaller population"
        return (text,) if thin else ()


def of(reference: Histogram, current: Histogram) -> Pair | Undefined:
    """Return the pair of two histograms cut alike: every cell counts, missing values and unknown levels too."""
    if reference.bins != current.bins:
        raise MergeError.different("histograms", "bins", reference.bins.column, current.bins.column)
    sizes = [effective_n(float(h.weight.sum()), float(h.weight_sq.sum())) for h in (reference, current)]
    weighted = any((h.weight != h.rows).any() or (h.weight_sq != h.rows).any() for h in (reference, current))
    found = from_weights(reference.bins.labels, reference.weight, current.weight, (sizes[0], sizes[1]))
    if isinstance(found, Undefined):
        return found
    return Pair(found.labels, found.p, found.q, found.n, found.m, int(current.rows.sum()), weighted)


def group_size(table: GroupTable) -> float:
    """Return the effective number of all rows of a group table.

    Squares of weights are known only for labelled rows: all rows are scaled by those rows' design effect, where
    there are any.
    """
    labelled = float(table.labelled.sum())
    known = effective_n(float(table.label_weight.sum()), float(table.weight_sq.sum()))
    return float(table.rows.sum()) * (known / labelled if labelled else 1.0)


def spread(levels: tuple[str, ...], known: tuple[str, ...], values: Any) -> FloatArray:
    """Return *values* of the *known* levels in the order of *levels*, 0 where a level is not known."""
    place = dict(zip(known, values, strict=True))
    return floats([place.get(level, 0.0) for level in levels])


def from_weights(labels: tuple[str, ...], a: FloatArray, b: FloatArray, sizes: tuple[float, float]) -> Pair | Undefined:
    """Return the pair of two arrays of weights by cell, cells empty in both left out."""
    if min(*sizes, float(a.sum()), float(b.sum())) <= 0.0:
        which = "reference" if sizes[0] <= 0.0 or a.sum() <= 0.0 else "current"
        return Undefined(because=f"the {which} population has no rows here", needed="rows in both populations")
    keep = np.flatnonzero((a > 0) | (b > 0))
    names = tuple(labels[i] for i in keep)
    p, q = a[keep] / a.sum(), b[keep] / b.sum()
    return Pair(names, p, q, sizes[0], sizes[1], round(sizes[1]))


def one_cell(pair: Pair) -> Undefined | None:
    """Return why nothing can differ: all rows of both populations fall in one bin."""
    because = f"all rows of both populations fall in one bin, {pair.labels[0]}, so nothing can be compared"
    return Undefined(because=because, kind="not-applicable", n=pair.rows) if pair.cells == 1 else None
