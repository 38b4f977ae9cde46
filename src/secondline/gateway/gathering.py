"""Gathering: the rows of many requests that one model scores together, as it takes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.gateway.asked import Asked
from secondline.models.matrix import Matrix

Column = npt.NDArray[Any]
Rows = Sequence[tuple[Asked, Sequence[int]]]
"""Requests, each with the places of the cases that are wanted of it."""


def gathered(wanted: Rows, names: tuple[str, ...], texts: Collection[str] = ()) -> Mapping[str, Column]:
    """Return these columns over all rows.

    Raises:
        KeyError: a request lacks one.
    """
    parts = []
    for asked, rows in wanted:
        columns = asked.columns
        if not isinstance(columns, Matrix) or columns.names != names:
            return {name: _column(wanted, name, text=name in texts) for name in names}
        parts.append(columns.array if len(rows) == asked.rows else columns.array[rows])
    return Matrix(names, parts[0] if len(parts) == 1 else np.concatenate(parts))


def _column(wanted: Rows, name: str, *, text: bool) -> Column:
    """Return one column over all rows; numbers that came as objects become numbers."""
    parts = []
    for asked, rows in wanted:
        column = asked.columns[name]
        parts.append(column if len(rows) == asked.rows else column[rows])
    found = parts[0] if len(parts) == 1 else np.concatenate(parts)
    if found.dtype == object and not text and not any(isinstance(v, str) for v in found):
        found = np.array([np.nan if v is None else v for v in found], dtype=np.float64)
    return found
