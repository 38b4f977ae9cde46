"""Keys and rows that occur twice, within a population or on both sides of a split."""

from __future__ import annotations

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import KeyCounts, Sample
from secondline.core.tables.keys import HASH_SPACE
from secondline.stats import intervals


def duplicates(keys: KeyCounts, *, level: float = 0.95) -> Measured:
    """Rows beyond the first of their key, plus rows whose key has a null part. A count of the rows delivered.

    Exact when the engine counted one population. After shards were added from partial sketches it is scaled up, with
    an interval.
    """
    if not keys.rows:
        return Undefined(because="no rows", needed="at least one row")
    extra = int((keys.counts - 1).sum())
    detail = {"null_keys": keys.null_rows, "most_of_one_key": int(keys.counts.max()) if len(keys.counts) else 0}
    if keys.duplicated is not None:
        value = float(keys.duplicated + keys.null_rows)
        detail["duplicated"] = keys.duplicated
        return Estimate(value=value, level=level, n=keys.rows, method="count of the rows delivered", detail=detail)
    scale = HASH_SPACE / keys.threshold
    low, high = (bound * scale + keys.null_rows for bound in intervals.poisson(extra, level))
    return Estimate(
        value=extra * scale + keys.null_rows, low=low, high=high, level=level, method="Poisson on a sample of keys",
        n=keys.rows, detail=detail,
    )  # fmt: skip


def shared_keys(overlap: KeyCounts, keys: KeyCounts, *, level: float = 0.95) -> Measured:
    """Share of this population's keys that the reference also has.

    Exact up to a million keys; beyond that from the keys of smallest hash, with a Wilson interval.
    """
    inside = keys.hashes if overlap.threshold >= HASH_SPACE else keys.hashes[keys.hashes < np.uint64(overlap.threshold)]
    if not len(inside):
        return Undefined(because="no row has a whole key", n=keys.rows, needed="rows with keys")
    value = len(overlap.hashes) / len(inside)
    detail = {"shared": len(overlap.hashes), "keys": len(inside), "rows": int(overlap.counts.sum())}
    if overlap.threshold >= HASH_SPACE:
        return Estimate(value=value, level=level, n=len(inside), method="count of the rows delivered", detail=detail)
    low, high = intervals.wilson(len(overlap.hashes), len(inside), level)
    method = "Wilson on a sample of keys"
    return Estimate(value=value, low=low, high=high, level=level, method=method, n=len(inside), detail=detail)


def shared_rows(reference: Sample, current: Sample, *, level: float = 0.95) -> Measured:
    """Share of current rows that are, value for value, also a row of the reference.

    Row hashes cover every column, so populations with different columns share none. Both samples keep the rows of
    smallest hash, so below the lower of the two cuts nothing is missed: the share there is an unbiased estimate, exact
    when both hold every row. Identical rows are not always an error: two accounts can agree in every column.
    """
    if not current.size or not reference.size:
        return Undefined(because="no rows", needed="rows on both sides")
    whole = [s for s in (reference, current) if s.size < s.total]
    cut = min((int(s.hashes[-1]) for s in whole), default=None)
    mine = current.hashes if cut is None else current.hashes[current.hashes <= np.uint64(cut)]
    if not len(mine):
        return Undefined(because="the samples do not meet", n=current.size, needed="larger samples")
    shared = int(np.isin(mine, reference.hashes).sum())
    low, high = intervals.wilson(shared, len(mine), level)
    return Estimate(
        value=shared / len(mine),
        low=low,
        high=high,
        level=level,
        method="Wilson",
        n=len(mine),
        detail={"shared": shared},
    )
