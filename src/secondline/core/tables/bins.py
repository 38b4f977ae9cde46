"""Bins: how a column is cut, fixed by the reference population and never by the data under test."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

MISSING = "(missing)"
NAN = "(not a number)"
LOW_INFINITY = "(-inf)"
HIGH_INFINITY = "(+inf)"
OTHER = "(other)"


@dataclass(frozen=True, slots=True)
class Bins:
    """The cut of one column.

    A numeric column has ``edges`` e1 < ... < ek and k + 1 bins: bin 0 is x <= e1, bin i is e_i < x <= e_(i+1), the last
    is x > ek. A categorical column has ``levels``. Special cells follow the bins: missing, NaN, -inf and +inf for
    numbers; other (a level the reference did not have) and missing for categories. They are bins like any other: a
    shift into them is a shift.
    """

    column: str
    edges: tuple[float, ...] | None = None
    levels: tuple[str, ...] | None = None

    @property
    def numeric(self) -> bool:
        """Whether the column is cut by edges."""
        return self.edges is not None

    @property
    def size(self) -> int:
        """Number of ordinary bins, special cells not counted."""
        return len(self.edges) + 1 if self.edges is not None else len(self.levels or ())

    @property
    def specials(self) -> tuple[str, ...]:
        """The special cells that follow the ordinary bins, in order."""
        return (MISSING, NAN, LOW_INFINITY, HIGH_INFINITY) if self.numeric else (OTHER, MISSING)

    @property
    def labels(self) -> tuple[str, ...]:
        """A readable name per cell, special cells included."""
        return (*self._ordinary(), *self.specials)

    def _ordinary(self) -> tuple[str, ...]:
        if self.edges is None:
            return self.levels or ()
        if not self.edges:
            return ("all values",)
        text = [f"{edge:.6g}" for edge in self.edges]
        middle = [f"({low}, {high}]" for low, high in pairwise(text)]
        return (f"<= {text[0]}", *middle, f"> {text[-1]}")
