"""Sample: the rows with the smallest hashes. It adds exactly, so it is our quantile summary."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.tables._arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A bottom-k sample of rows: those whose 63-bit row hash is among the *k* smallest (ties at the cut are all kept).

    Which rows are kept depends on their content alone, never on their order or on a seed, and the sample of a union
    is the bottom-k of the two samples. ``total`` counts the rows sampled from. Within it a rank is off by at most
    ``sqrt(ln(2 / 0.001) / (2 k))`` with probability 0.999 (Dvoretzky-Kiefer-Wolfowitz); with every row kept it is
    exact.
    """

    k: int
    total: int
    hashes: npt.NDArray[np.uint64]
    columns: dict[str, npt.NDArray[Any]]

    def __add__(self, other: Sample) -> Sample:
        """Return the bottom-k sample of the union of rows."""
        k = min(self.k, other.k)
        hashes = np.concatenate([self.hashes, other.hashes])
        order = np.argsort(hashes, kind="stable")
        if len(order) > k:
            order = order[: int(np.searchsorted(hashes[order], hashes[order][k - 1], side="right"))]
        columns = {c: np.concatenate([self.columns[c], other.columns[c]])[order] for c in self.columns}
        return Sample(k, self.total + other.total, hashes[order], columns)

    def first(self, rows: int) -> Sample:
        """Return the sample of at most *rows* rows, those of smallest hash."""
        if self.size <= rows:
            return self
        return Sample(rows, self.total, self.hashes[:rows], {c: v[:rows] for c, v in self.columns.items()})

    @property
    def size(self) -> int:
        """Rows kept."""
        return len(self.hashes)

    @property
    def weight(self) -> FloatArray:
        """The weight of each row; 1 where none is named."""
        return np.asarray(self.columns.get("@weight", np.ones(self.size)), dtype=np.float64)

    @property
    def rank_error(self) -> float:
        """Bound on the error of a rank read from this sample, as a share; 0 when every row was kept."""
        return 0.0 if self.size >= self.total else math.sqrt(math.log(2 / 0.001) / (2 * self.size))

    def finite(self, column: str) -> FloatArray:
        """Return the finite values of a numeric column."""
        values = np.asarray(self.columns[column], dtype=np.float64)
        return values[np.isfinite(values)]

    def to_json(self) -> dict[str, Any]:
        """Return what describes the sample; its rows stay out of records."""
        return {"k": self.k, "total": self.total, "size": self.size, "rank_error": self.rank_error}
