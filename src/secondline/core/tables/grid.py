"""Grid: one numeric column counted in equal steps, with its moments and its odd values: what a picture of it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from secondline.core.errors import MergeError
from secondline.core.tables._arrays import IntArray, as_json, same
from secondline.core.tables.moments import Moments


@dataclass(frozen=True, slots=True)
class Steps:
    """How a column is cut: ``bins`` half-open steps [edge(i), edge(i + 1)), and the fences of outliers.

    ``width`` is a round number; the first edge is ``first`` times it. Edges are the doubles nearest to their decimal
    values (3 / 10, not 3 times 0.1), so that a value of 0.3 lies in the step that begins at 0.3.
    """

    column: str
    first: float
    width: float
    bins: int
    fences: tuple[float, float]

    @property
    def per(self) -> float:
        """Steps in a unit, where a step is shorter than one."""
        return float(round(1.0 / self.width))

    def edge(self, i: int) -> float:
        """Return where step *i* begins."""
        return (self.first + i) * self.width if self.width >= 1 else (self.first + i) / self.per

    @property
    def low(self) -> float:
        """Where the first step begins."""
        return self.edge(0)

    @property
    def high(self) -> float:
        """Where the last step ends."""
        return self.edge(self.bins)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Counts of one numeric column: ``rows`` has the finite values below the first step, those in each, and above.

    ``missing``, ``nan``, ``low_infinity`` and ``high_infinity`` count the rest of the rows. ``zeros``, ``negatives``
    and ``beyond`` (below and above the fences) count finite values; ``moments`` are theirs.
    """

    steps: Steps
    rows: IntArray
    missing: int
    nan: int
    low_infinity: int
    high_infinity: int
    zeros: int
    negatives: int
    beyond: tuple[int, int]
    moments: Moments

    def __add__(self, other: Grid) -> Grid:
        """Return the grid of the union of rows; both must be cut alike."""
        if self.steps != other.steps:
            raise MergeError.different("grids", "steps", repr(self.steps), repr(other.steps))
        return Grid(
            self.steps,
            self.rows + other.rows,
            self.missing + other.missing,
            self.nan + other.nan,
            self.low_infinity + other.low_infinity,
            self.high_infinity + other.high_infinity,
            self.zeros + other.zeros,
            self.negatives + other.negatives,
            (self.beyond[0] + other.beyond[0], self.beyond[1] + other.beyond[1]),
            self.moments + other.moments,
        )

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable; use core.canonical.digest

    @property
    def finite(self) -> int:
        """Rows with a finite value."""
        return int(self.rows.sum())

    @property
    def infinite(self) -> int:
        """Rows with an infinite value."""
        return self.low_infinity + self.high_infinity

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)
