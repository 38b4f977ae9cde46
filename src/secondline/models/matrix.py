"""Matrix: columns of numbers that lie side by side in one array.

A case need not be taken apart and put together again on its way to a graph that takes a matrix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

from secondline.models.model import Floats


class Matrix(Mapping[str, Floats]):
    """Columns by name, in the order of ``names``; ``array`` holds a row a case. A column is a view of it."""

    __slots__ = ("array", "names")

    def __init__(self, names: tuple[str, ...], array: Floats) -> None:
        self.names, self.array = names, array

    def __getitem__(self, name: str) -> Floats:
        """Return one column."""
        try:
            return self.array[:, self.names.index(name)]
        except ValueError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        """Go through the names in order."""
        return iter(self.names)

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self.names)

    def rows(self) -> list[list[float]] | None:
        """Return the rows as plain numbers, or None where one is missing, infinite, or too large to be added up."""
        found: list[list[float]] = self.array.tolist()
        return found if isfinite(sum(map(sum, found))) else None
