"""Key counts and first/last times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.tables._arrays import IntArray, as_json, same

HASH_SPACE = 2.0**63


@dataclass(frozen=True, slots=True, eq=False)
class KeyCounts:
    """How often each key occurs, by 63-bit key hash, for hashes below ``threshold`` (a theta sketch; 2^63 keeps all).

    ``rows`` counts every row and ``null_rows`` those whose key has a null part. ``duplicated`` is the exact number of
    rows beyond the first of their key when the engine counted it over one population, None after ``+`` of partial
    sketches. Distinct hashes stand for distinct keys: n keys collide with probability at most n^2 / 2^64.
    """

    rows: int
    null_rows: int
    hashes: npt.NDArray[np.uint64]
    counts: IntArray
    threshold: float = HASH_SPACE
    duplicated: int | None = None

    def __add__(self, other: KeyCounts) -> KeyCounts:
        """Return the counts of the union of rows, kept at the smaller threshold."""
        threshold = min(self.threshold, other.threshold)
        hashes = np.concatenate([self.hashes, other.hashes])
        counts = np.concatenate([self.counts, other.counts])
        keep = hashes.astype(np.float64) < threshold if threshold < HASH_SPACE else np.ones(len(hashes), dtype=bool)
        unique, place = np.unique(hashes[keep], return_inverse=True)
        summed = np.bincount(place, weights=counts[keep], minlength=len(unique)).astype(np.int64)
        exact = int((summed - 1).sum()) if threshold >= HASH_SPACE else None
        return KeyCounts(self.rows + other.rows, self.null_rows + other.null_rows, unique, summed, threshold, exact)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable; use core.canonical.digest

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain JSON values, without the hashes (they identify entities)."""
        return {key: value for key, value in as_json(self).items() if key not in {"hashes", "counts"}}


@dataclass(frozen=True, slots=True)
class FirstLast:
    """The first and last instant of a time column (ISO 8601, None when empty), its rows and its nulls."""

    rows: int
    nulls: int
    first: str | None
    last: str | None

    def __add__(self, other: FirstLast) -> FirstLast:
        """Return the first and last of the union of rows."""
        firsts = [t for t in (self.first, other.first) if t is not None]
        lasts = [t for t in (self.last, other.last) if t is not None]
        first, last = min(firsts, default=None), max(lasts, default=None)
        return FirstLast(self.rows + other.rows, self.nulls + other.nulls, first, last)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)
