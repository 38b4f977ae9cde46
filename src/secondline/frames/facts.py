"""Facts: rows, ranges, fingerprint and the bottom-k sample of a population, all from one scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.canonical import digest
from secondline.core.errors import DataError
from secondline.core.evidence import PopulationFacts
from secondline.core.tables import Sample
from secondline.frames import relation as at
from secondline.frames.engines import HASH_METHODS, row_hash
from secondline.frames.relation import Relation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

SAMPLE_ROWS = 100_000
HASH_SPACE = 1 << 63
LOW_HALF = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Found:
    """What the first query of a population found: its facts and the range of its score."""

    facts: PopulationFacts
    score_low: float | None
    score_high: float | None
    score_distinct: int


@dataclass(frozen=True, slots=True)
class FirstScan(Found):
    """What is known of a population before any reduction: the facts and the bottom-k sample."""

    sample: Sample


def scan(relation: Relation) -> ir.Table:
    """Return the one-row query that yields facts and fingerprint of a population."""
    table = hashed(relation)
    return table.aggregate(rows=table.count(), **_hash_sums(table), **_role_facts(relation, table))


def sample_query(relation: Relation, rows: int, sample_rows: int = SAMPLE_ROWS) -> ir.Table:
    """Return the query of the rows that the bottom-k sample of *rows* rows is taken from."""
    table = hashed(relation)
    chosen = table.filter(table["@hash"] <= _threshold(rows, sample_rows))
    return chosen.select("@hash", *sampled_columns(relation))


def hashed(relation: Relation) -> ir.Table:
    """Return the table with the hash of each row beside it, as ``@hash``."""
    return relation.table.mutate(**{"@hash": row_hash(relation.table, hashed_columns(relation))})


def hashed_columns(relation: Relation) -> tuple[str, ...]:
    """The columns a fingerprint covers: all of the source's, or of a very wide one those that the study uses."""
    if len(relation.types) <= at.MOST_COLUMNS:
        return tuple(relation.types)
    return tuple(sorted({*relation.features, *(r for r in relation.roles)}))


def sampled_columns(relation: Relation) -> tuple[str, ...]:
    """The columns a sample carries: features, other columns with a role, and the roles under their ``@`` names."""
    return (*relation.features, *relation.others, *sorted(relation.roles - {at.GRADE, at.PREVIOUS}))


def _threshold(rows: int, sample_rows: int) -> int:
    """A hash below which at least *sample_rows* of *rows* fall, but for one chance in a billion."""
    if rows <= sample_rows:
        return HASH_SPACE - 1
    enough = sample_rows + 6.5 * np.sqrt(sample_rows) + 50
    return min(HASH_SPACE - 1, int(HASH_SPACE * (enough / rows)))


def _hash_sums(table: ir.Table) -> dict[str, Any]:
    # Halves keep the sums of two billion rows inside 64 bits.
    return {"hash_low": (table["@hash"] & LOW_HALF).sum(), "hash_high": (table["@hash"] >> 32).sum()}


def _role_facts(relation: Relation, table: ir.Table) -> dict[str, Any]:
    score = table[at.SCORE]
    finite = score.abs() <= np.finfo(np.float64).max
    facts: dict[str, Any] = {
        "score_missing": (score.isnull() | ~finite).sum(),
        "score_low": score.min(where=finite),
        "score_high": score.max(where=finite),
        "score_distinct": score.approx_nunique(),
    }
    if at.LABEL in relation.roles:
        label = table[at.LABEL]
        facts |= {
            "events": (label == 1).sum(),
            "label_missing": label.isnull().sum(),
            "label_bad": (label.notnull() & (label != 0) & (label != 1)).sum(),
            "label_low": label.min(),
            "label_high": label.max(),
        }
    if relation.weighted:
        weight = table[at.WEIGHT]
        usable = weight.notnull() & (weight >= 0) & (weight <= np.finfo(np.float64).max)
        facts |= {"weight_total": weight.sum(where=usable), "weight_bad": (weight.isnull() | ~usable).sum()}
    if at.TIME in relation.roles:
        facts |= {"time_first": table[at.TIME].min(), "time_last": table[at.TIME].max()}
    return facts


def read(relation: Relation, answer: pa.Table, role: str) -> Found:
    """Turn the answer to *scan* into facts, refusing data that no statistic could use.

    Raises:
        DataError: no rows, labels other than 0 and 1, unusable weights, or no weight at all.
    """
    row = {name: answer[name][0].as_py() for name in answer.column_names}
    _refuse(relation, row)
    notes = list(relation.source.notes)
    if len(relation.types) > at.MOST_COLUMNS:
        notes.append(
            f"the fingerprint covers the {len(hashed_columns(relation)):,} columns used of {len(relation.types):,}"
        )
    engine = relation.source.engine
    facts = PopulationFacts(
        name=relation.name,
        role=role,
        source=relation.source.origin,
        engine=engine,
        rows=row["rows"],
        columns=relation.types,
        features=relation.features,
        fingerprint=fingerprint(relation, row),
        fingerprint_method=HASH_METHODS[engine],
        label_missing=row.get("label_missing") or 0,
        score_missing=row["score_missing"] or 0,
        weight_total=row.get("weight_total"),
        events=row.get("events"),
        time_first=_instant(row.get("time_first")),
        time_last=_instant(row.get("time_last")),
        notes=tuple(notes),
    )
    return Found(facts, row["score_low"], row["score_high"], row["score_distinct"] or 0)


def _instant(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def fingerprint(relation: Relation, row: Mapping[str, Any]) -> str:
    """Return the fingerprint of a population from its rows and the sums of the halves of their hashes."""
    covered = hashed_columns(relation)
    schema = {c: relation.types.get(c, "float64") for c in covered}
    sums = {"rows": row["rows"], "low": int(row["hash_low"] or 0), "high": int(row["hash_high"] or 0)}
    return digest({"method": HASH_METHODS[relation.source.engine], "schema": schema, **sums})


def _refuse(relation: Relation, row: dict[str, Any]) -> None:
    name = relation.name
    if not row["rows"]:
        raise DataError(f"Population {name!r} is empty: it has no rows. Check the path, the query and its filters.")
    if row.get("label_bad"):
        raise DataError(
            f"Population {name!r}: the label holds values other than 0 and 1 in {row['label_bad']:,} of "
            f"{row['rows']:,} rows (from {row['label_low']:g} to {row['label_high']:g}). "
            f"Recode it so that 1 marks the event and 0 its absence."
        )
    if row.get("weight_bad"):
        raise DataError(
            f"Population {name!r}: the weight is missing, negative or not finite in {row['weight_bad']:,} of "
            f"{row['rows']:,} rows. Weights must be numbers of 0 or more."
        )
    if relation.weighted and not row.get("weight_total"):
        raise DataError(
            f"Population {name!r}: the weights add up to zero, so there is nothing to weigh. Check the weight column."
        )


def sampled(relation: Relation, answer: pa.Table, total: int, k: int = SAMPLE_ROWS) -> Sample:
    """Turn the answer to *sample_query* into the sample of *total* rows."""
    hashes = answer["@hash"].to_numpy().astype(np.uint64)
    order = np.argsort(hashes, kind="stable")
    if len(order) > k:
        order = order[: int(np.searchsorted(hashes[order], hashes[order][k - 1], side="right"))]
    columns = {c: column_values(answer[c].combine_chunks())[order] for c in sampled_columns(relation)}
    return Sample(k, total, hashes[order], columns)


def column_values(array: Any) -> np.ndarray[Any, Any]:
    """Return a column as a model sees it: float64 with NaN for null, or objects that are str or None."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_temporal(array.type):
        micros = pc.cast(pc.cast(array, pa.timestamp("us")), pa.int64())
        return np.asarray(pc.cast(micros, pa.float64()).to_numpy(zero_copy_only=False)) / 1e6
    if pa.types.is_boolean(array.type):
        array = pc.cast(array, pa.string())
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        # Through a dictionary: to_numpy() of texts imports pandas and makes one object a row.
        coded = pc.dictionary_encode(array, null_encoding="encode")
        levels = np.array([*coded.dictionary.to_pylist(), None], dtype=object)[:-1]
        return np.asarray(levels[coded.indices.to_numpy(zero_copy_only=False)])
    return np.asarray(pc.cast(array, pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
