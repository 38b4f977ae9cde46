"""Design matrices: group indicators beside controls, numbers standardised, texts as indicators, gaps flagged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.tables import Sample
from secondline.stats.fairness.groups import Floats, Mask

MOST_LEVELS = 20
SINGULAR = 1e-9


@dataclass(frozen=True, slots=True)
class Design:
    """A full-rank matrix: an intercept, controls, then one indicator for each group but the control.

    ``dropped`` are control columns that others determine; ``determined`` are groups that the controls determine.
    """

    matrix: Floats
    groups: tuple[str, ...]
    dropped: tuple[str, ...]
    determined: tuple[str, ...]

    def column(self, group: str) -> int:
        """Return the place of a group's indicator."""
        return int(self.matrix.shape[1]) - len(self.groups) + self.groups.index(group)


def design(rows: Sample, controls: Sequence[str], groups: Sequence[tuple[str, Mask]], keep: Mask) -> Design:
    """Return the design of the rows to *keep*; a column that those before it determine is dropped and named."""
    parts: list[tuple[str, Floats]] = [("", np.ones(int(keep.sum())))]
    for name in controls:
        parts += [(said, values) for said, values in encoded(name, rows.columns[name][keep])]
    parts += [(name, mask[keep].astype(np.float64)) for name, mask in groups]
    first = len(parts) - len(groups)
    kept = _independent(np.column_stack([values for _, values in parts]))
    dropped = tuple(said for i, (said, _) in enumerate(parts) if i not in kept and i < first)
    determined = tuple(said for i, (said, _) in enumerate(parts) if i not in kept and i >= first)
    names = tuple(said for i, (said, _) in enumerate(parts) if i in kept and i >= first)
    return Design(
        np.column_stack([values for i, (_, values) in enumerate(parts) if i in kept]), names, dropped, determined
    )


def encoded(name: str, values: npt.NDArray[Any]) -> list[tuple[str, Floats]]:
    """Return a column as numbers: standardised with a flag for missing, or its commonest levels as indicators."""
    if values.dtype == object:
        counts = Counter(values.tolist())
        common = sorted(counts, key=lambda v: (-counts[v], str(v)))[: MOST_LEVELS + 1]
        return [(f"{name} = {v}", np.array([u == v for u in values], dtype=np.float64)) for v in common[1:]]
    known = np.isfinite(values)
    if not known.any():
        return []
    spread = float(values[known].std()) or 1.0
    numbers = np.where(known, (np.where(known, values, 0.0) - values[known].mean()) / spread, 0.0)
    told = [(name, numbers)]
    return told if known.all() else [*told, (f"{name} missing", (~known).astype(np.float64))]


def _independent(matrix: Floats) -> set[int]:
    """Return the columns that are no combination of those before them (Gram-Schmidt, twice, relative to their size)."""
    basis = np.empty((len(matrix), 0))
    kept: set[int] = set()
    for i in range(matrix.shape[1]):
        column = matrix[:, i]
        size = float(np.linalg.norm(column))
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        left = float(np.linalg.norm(rest))
        if size > 0 and left > SINGULAR**0.5 * size:
            kept.add(i)
            basis = np.column_stack([basis, rest / left])
    return kept
