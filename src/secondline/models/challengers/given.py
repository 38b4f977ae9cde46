"""Given: the rows a challenger is fitted on, cleaned; and what a fit hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.models.model import Floats

Column = npt.NDArray[Any]
Columns = Mapping[str, Column]
RARE = 20
"""Rows below which a text value is counted as ``other``."""
MOST_LEVELS = 30
OTHER, MISSING = "(other)", "(missing)"


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Rows to fit on: ``label`` is 0 or 1, ``signs`` are 1 or -1 where a direction is asked.

    ``weight`` adds up to Kish's effective number of rows, so that tests and penalties see what the rows are worth.
    """

    columns: dict[str, Column]
    label: Floats
    weight: Floats
    signs: dict[str, int]
    seed: int

    @property
    def features(self) -> tuple[str, ...]:
        """The features, in order."""
        return tuple(self.columns)

    def part(self, rows: npt.NDArray[np.int64]) -> Given:
        """Return some of the rows."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Given(columns, self.label[rows], self.weight[rows], self.signs, self.seed)

    def split(self, share: float = 0.2) -> tuple[Given, Given]:
        """Return rows to fit on and an inner test sample to stop by, drawn within each class by the seed."""
        draw = np.random.default_rng(self.seed)
        held = np.zeros(len(self.label), dtype=bool)
        for outcome in (0.0, 1.0):
            rows = draw.permutation(np.flatnonzero(self.label == outcome))
            held[rows[: max(int(share * len(rows)), 1)]] = True
        return self.part(np.flatnonzero(~held)), self.part(np.flatnonzero(held))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted challenger: how it scores columns, its parameters as bytes (to be sealed), and facts about it."""

    predict: Callable[[dict[str, Column]], Floats]
    content: bytes
    facts: dict[str, Any] = field(default_factory=dict)


def cleaned(values: Column) -> Column:
    """Return numbers with infinities as missing (NaN); texts as they are."""
    if values.dtype == object:
        return values
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def varies(values: Column) -> bool:
    """Whether a column takes two values at least, a missing one counted as a value."""
    if values.dtype == object:
        return bool(len({None if value is None else str(value) for value in values.tolist()}) > 1)
    known = values[~np.isnan(values)]
    return bool(len(known)) and (len(known) < len(values) or bool((known != known[0]).any()))


def levels_of(values: Column) -> tuple[str, ...]:
    """Return the texts held by at least 20 rows, the 30 most frequent at most, in alphabetical order."""
    found, counts = np.unique([str(v) for v in values.tolist() if v is not None], return_counts=True)
    ranked = sorted(zip(counts.tolist(), found.tolist(), strict=True), key=lambda pair: (-pair[0], pair[1]))
    return tuple(sorted(name for count, name in ranked[:MOST_LEVELS] if count >= RARE))


def coded(values: Column, levels: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the place of each text among *levels*; one more for others and two more for missing ones."""
    place = {name: i for i, name in enumerate(levels)}
    missing, other = len(levels) + 1, len(levels)
    return np.array([missing if v is None else place.get(str(v), other) for v in values.tolist()], dtype=np.int64)


def sigmoid(odds: Floats) -> Floats:
    """Return the probability of log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -700.0, 700.0))))
