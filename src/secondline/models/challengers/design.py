"""A design matrix: numbers standardised, with a flag for missing ones, and texts as one column a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from secondline.models.challengers.given import MISSING, OTHER, Columns, Given, coded, levels_of
from secondline.models.model import Floats


@dataclass(frozen=True, slots=True)
class Number:
    """A standardised number; ``flagged`` when missing values have a column of their own."""

    name: str
    mean: float
    spread: float
    flagged: bool

    @staticmethod
    def of(name: str, values: Floats, weight: Floats) -> Number:
        """Return the number with the weighted mean and standard deviation of its known values."""
        known = ~np.isnan(values)
        mean = float(np.average(values[known], weights=weight[known])) if known.any() else 0.0
        spread = float(np.sqrt(np.average((values[known] - mean) ** 2, weights=weight[known]))) if known.any() else 0.0
        return Number(name, mean, spread or 1.0, bool((~known).any()))

    def columns(self, values: Floats) -> list[Floats]:
        """Return the standardised number, at the mean (0) where missing, and the flag where there is one."""
        missing = np.isnan(values)
        scaled = np.where(missing, 0.0, (values - self.mean) / self.spread)
        return [scaled, missing.astype(np.float64)] if self.flagged else [scaled]

    @property
    def terms(self) -> list[str]:
        """The names of the columns."""
        return [self.name, f"{self.name} = {MISSING}"] if self.flagged else [self.name]


@dataclass(frozen=True, slots=True)
class Text:
    """A text with the values that have a column; all others share one, and so do missing ones."""

    name: str
    levels: tuple[str, ...]

    @property
    def size(self) -> int:
        """Columns, those for others and for missing texts included."""
        return len(self.levels) + 2

    @property
    def terms(self) -> list[str]:
        """The names of the columns."""
        return [f"{self.name} = {level}" for level in (*self.levels, OTHER, MISSING)]


@dataclass(frozen=True, slots=True)
class Design:
    """How columns become a matrix."""

    numbers: tuple[Number, ...]
    texts: tuple[Text, ...]

    @staticmethod
    def of(given: Given) -> Design:
        """Learn means, spreads and texts from the rows given."""
        columns = given.columns.items()
        numbers = tuple(Number.of(n, v, given.weight) for n, v in columns if v.dtype != object)
        return Design(numbers, tuple(Text(n, levels_of(v)) for n, v in columns if v.dtype == object))

    def standardised(self, columns: Columns) -> Floats:
        """Return the numbers and their flags side by side."""
        parts = [part for number in self.numbers for part in number.columns(columns[number.name])]
        rows = len(next(iter(columns.values())))
        return np.column_stack(parts) if parts else np.empty((rows, 0))

    def matrix(self, columns: Columns) -> Floats:
        """Return numbers, flags and one column of zeros and ones for each text."""
        codes = [np.eye(text.size)[coded(columns[text.name], text.levels)] for text in self.texts]
        return np.hstack([self.standardised(columns), *codes])

    @property
    def terms(self) -> list[str]:
        """The names of the matrix's columns."""
        named = [number.terms for number in self.numbers] + [text.terms for text in self.texts]
        return [term for terms in named for term in terms]
