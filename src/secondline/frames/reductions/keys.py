"""Keys, times and co-moments: reductions that are queries of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.tables import CoMoments, FirstLast, KeyCounts, Sample
from secondline.core.tables._arrays import floats
from secondline.core.tables.keys import HASH_SPACE
from secondline.frames.engines import row_hash
from secondline.frames.relation import Relation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

KEYS_KEPT = 1_000_000


def key_query(relation: Relation, columns: tuple[str, ...], rows: int) -> ir.Table:
    """Return one row: counts over all keys, and the hash and count of the keys below the sketch's threshold."""
    import ibis

    table = relation.table.filter(_complete(relation, columns))
    hashed = table.select(**{"@key": row_hash(table, columns)})
    keys = hashed.group_by("@key").aggregate(**{"@rows": hashed.count()})
    kept = ibis.struct({"key": keys["@key"], "rows": keys["@rows"]}).collect(
        where=keys["@key"] <= int(threshold(rows)) - 1
    )
    return keys.aggregate(keys=keys.count(), rows=keys["@rows"].sum(), kept=kept)


def threshold(rows: int) -> float:
    """Return the hash below which keys are kept: all of them up to KEYS_KEPT rows."""
    return HASH_SPACE if rows <= KEYS_KEPT else float(int(HASH_SPACE * (KEYS_KEPT / rows)))


def _complete(relation: Relation, columns: tuple[str, ...]) -> Any:
    present = relation.table[columns[0]].notnull()
    for column in columns[1:]:
        present = present & relation.table[column].notnull()
    return present


def key_counts(answer: pa.Table, total: int) -> KeyCounts:
    """Turn the answer to *key_query* into a record."""
    rows, keys = answer["rows"][0].as_py() or 0, answer["keys"][0].as_py() or 0
    listed = answer["kept"].combine_chunks().flatten()
    hashes = listed.field(0).to_numpy(zero_copy_only=False).astype(np.uint64) if len(listed) else np.empty(0, np.uint64)
    counts = listed.field(1).to_numpy(zero_copy_only=False).astype(np.int64) if len(listed) else np.empty(0, np.int64)
    order = np.argsort(hashes)
    return KeyCounts(total, total - rows, hashes[order], counts[order], threshold(total), rows - keys)


def overlap(current: KeyCounts, reference: KeyCounts) -> KeyCounts:
    """Return the keys of *current* that *reference* also has, by hash, at the smaller threshold."""
    limit = min(current.threshold, reference.threshold)
    shared = np.isin(current.hashes, reference.hashes)
    if limit < HASH_SPACE:
        shared &= current.hashes.astype(np.float64) < limit
    return KeyCounts(current.rows, current.null_rows, current.hashes[shared], current.counts[shared], limit, None)


def time_query(relation: Relation, column: str) -> ir.Table:
    """Return one row: first, last, rows and nulls of a time column."""
    value = relation.table[column]
    return relation.table.aggregate(
        rows=relation.table.count(), nulls=value.isnull().sum(), first=value.min(), last=value.max()
    )


def first_last(answer: pa.Table) -> FirstLast:
    """Turn the answer to *time_query* into a record."""
    first, last = answer["first"][0].as_py(), answer["last"][0].as_py()
    return FirstLast(
        answer["rows"][0].as_py(),
        answer["nulls"][0].as_py() or 0,
        first.isoformat() if first else None,
        last.isoformat() if last else None,
    )


def co_moments(sample: Sample, columns: tuple[str, ...]) -> CoMoments:
    """Return the co-moments of the sample's complete rows; a 100,000-row sample settles a correlation to 0.01."""
    if not columns:
        return CoMoments((), 0, 0.0, floats([]), floats(np.zeros((0, 0))))
    values = np.column_stack([np.asarray(sample.columns[c], dtype=np.float64) for c in columns])
    weight = sample.weight
    keep = np.isfinite(values).all(axis=1) & (weight > 0)
    values, weight = values[keep], weight[keep]
    total = float(weight.sum())
    mean = (weight @ values) / total if total else np.zeros(len(columns))
    centred = values - mean
    return CoMoments(columns, len(values), total, floats(mean), floats((centred * weight[:, None]).T @ centred))
