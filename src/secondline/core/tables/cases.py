"""Accounts and cases: common transactions as sums by account, rare ones (fraud, alert, decline, rule) one by one.

Everything that depends on the order of events within an account, such as what was saved after the first alert, is
worked out from the cases. Both records add over any partition of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.tables._arrays import FloatArray, floats, same

SUMS = (
    "rows", "weight", "value", "labelled", "labelled_value", "unpriced", "arm", "arm_weight", "arm_value", "timed",
    "late", "served", "fallback",
)  # fmt: skip
"""Of each account: ``rows`` and ``weight`` w; ``value`` w a of the amount a; both where the label is known;
``unpriced`` rows without a finite amount (they count as 0); in the control arm with chance p and a known label: rows
``arm``, ``arm_weight`` w / p, ``arm_value`` w a / p; rows with a response time, those beyond the time-out, rows that
say whether a fallback decided, and those where it did."""
VALUES = (
    "time", "alerted_at", "known_at", "amount", "weight", "label", "alert", "model", "declined", "rule", "recovered",
    "chance",
)  # fmt: skip
"""Of each case: instants in seconds since 1970 (NaN where there is none), money, the weight, flags (1 or 0; label NaN
where unknown), and the chance of the control arm (NaN outside it)."""


@dataclass(frozen=True, slots=True, eq=False)
class AccountSums:
    """Sums by account (by 63-bit hash, those below ``threshold``); ``columns`` are those of SUMS.

    ``unknown`` counts rows without an account: they are in no sum. ``first`` and ``last`` are the first and last
    instant of all rows, in seconds since 1970 (NaN without a time column).
    """

    keys: npt.NDArray[np.uint64]
    columns: dict[str, FloatArray]
    threshold: float
    unknown: int
    first: float
    last: float

    def __add__(self, other: AccountSums) -> AccountSums:
        """Return the sums of the union of rows, kept at the smaller threshold."""
        threshold = min(self.threshold, other.threshold)
        keys = np.concatenate([self.keys, other.keys])
        keep = keys.astype(np.float64) < threshold
        unique, place = np.unique(keys[keep], return_inverse=True)
        columns = {
            name: floats(np.bincount(place, np.concatenate([self[name], other[name]])[keep], len(unique)))
            for name in SUMS
        }
        first, last = np.fmin(self.first, other.first), np.fmax(self.last, other.last)
        return AccountSums(unique, columns, threshold, self.unknown + other.unknown, float(first), float(last))

    def __getitem__(self, name: str) -> FloatArray:
        """Return one sum of every account."""
        return self.columns[name]

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable

    def total(self, name: str) -> float:
        """Return one sum over all accounts."""
        return float(self.columns[name].sum())

    def to_json(self) -> dict[str, Any]:
        """Return totals as plain JSON values, without the hashes (they identify accounts)."""
        return {"accounts": len(self.keys), "unknown": self.unknown} | {name: self.total(name) for name in SUMS}


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Rare transactions one by one, in the order of account and time; ``columns`` are those of VALUES."""

    keys: npt.NDArray[np.uint64]
    columns: dict[str, FloatArray]
    threshold: float

    @staticmethod
    def of(keys: npt.NDArray[np.uint64], columns: dict[str, FloatArray], threshold: float) -> Cases:
        """Return cases in their one order, whatever order they came in."""
        order = np.lexsort((*(columns[name] for name in reversed(VALUES)), keys))
        return Cases(keys[order], {name: columns[name][order] for name in VALUES}, threshold)

    def __add__(self, other: Cases) -> Cases:
        """Return the cases of the union of rows, kept at the smaller threshold."""
        threshold = min(self.threshold, other.threshold)
        keys = np.concatenate([self.keys, other.keys])
        keep = keys.astype(np.float64) < threshold
        columns = {name: np.concatenate([self.columns[name], other.columns[name]])[keep] for name in VALUES}
        return Cases.of(keys[keep], columns, threshold)

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, name: str) -> FloatArray:
        """Return one value of every case."""
        return self.columns[name]

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable

    def where(self, kept: npt.NDArray[np.bool_]) -> Cases:
        """Return some of the cases."""
        return Cases(self.keys[kept], {name: values[kept] for name, values in self.columns.items()}, self.threshold)

    def to_json(self) -> dict[str, Any]:
        """Return how many there are; the cases themselves stay out of records."""
        return {"cases": len(self), "frauds": int((self.columns["label"] == 1).sum())}
