"""Skew: whether the same feature has the same value wherever it is computed.

Two comparisons: snapshots of the online side with those of the batch side (of one decision where they name it, else
of one entity at one instant), and the inputs a decision was served with against the batch side's snapshot of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from secondline.frames.engines import mapped
from secondline.monitor.engine import in_order
from secondline.monitor.labels import read_parts
from secondline.monitor.lens import quoted, text
from secondline.monitor.manifest import types_of
from secondline.monitor.parts import PLACE, Part

if TYPE_CHECKING:
    from secondline.monitor.state import State

Sides = Literal["online-batch", "served-batch"]
PLACES = ", ".join(PLACE)
RELATIVE = 1e-9
"""How far two numbers may lie apart, relative to the larger, and still be the same."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How often a feature differs: of ``compared`` pairs, those with another value, and with a value on one side only.

    ``largest`` is the largest absolute difference of two numbers, None for a feature that is no number.
    """

    feature: str
    compared: int
    different: int
    one_sided: int
    largest: float | None

    @property
    def share(self) -> float:
        """The share of pairs that do not agree."""
        return (self.different + self.one_sided) / self.compared if self.compared else 0.0


def parity(
    state: State, model: str, *, sides: Sides = "online-batch", start: int = 0, end: int = 1 << 62,
    relative: float = RELATIVE,
) -> list[Parity]:  # fmt: skip
    """Return for each feature that both sides have how often its values agree, in order of name.

    Only what lies from *start* to before *end* by event time is compared.
    """
    batch = state.parts("snapshot", model)
    other = batch if sides == "online-batch" else state.parts("decision", model)
    if not batch or not other:
        return []
    prefix = "val." if sides == "online-batch" else "in."
    left, right = _features(other, prefix), _features(batch, "val.")
    common = sorted(left.keys() & right.keys())
    con: Any = in_order()
    try:
        with mapped("The comparison of features"):
            for statement in _pairs(state, other, batch, sides, prefix, common, (start, end)):
                con.con.execute(statement)
            return [
                _parity(con, i, name, number=left[name] == right[name] == "double", relative=relative)
                for i, name in enumerate(common)
            ]
    finally:
        con.con.close()


def _features(parts: Sequence[Part], prefix: str) -> Mapping[str, str]:
    return {name.removeprefix(prefix): kind for name, kind in types_of(parts).items() if name.startswith(prefix)}


def _pairs(
    state: State, other: Sequence[Part], batch: Sequence[Part], sides: Sides, prefix: str, common: Sequence[str],
    span: tuple[int, int],
) -> Iterator[str]:  # fmt: skip
    def one(parts: Sequence[Part], prefix: str, where: str, key: str) -> str:
        columns = "".join(f", {quoted(prefix + name)} AS f{i}" for i, name in enumerate(common))
        first = f"QUALIFY row_number() OVER (PARTITION BY id ORDER BY {PLACES}) = 1"
        again = f"QUALIFY row_number() OVER (PARTITION BY k ORDER BY {PLACES}) = 1"
        chosen = f"SELECT * FROM {read_parts(state, parts)} {first}"  # noqa: S608 - our names
        return (
            f"SELECT {key} AS k, {PLACES}{columns} FROM ({chosen}) "  # noqa: S608 - our names
            f'WHERE {where} AND "at" >= {span[0]} AND "at" < {span[1]} {again}'
        )

    entity = "CASE WHEN decision <> '' THEN decision ELSE entity || '@' || \"at\" END"
    mine = (
        one(other, prefix, "source = 'online'", entity) if sides == "online-batch" else one(other, prefix, "true", "id")
    )
    theirs = one(batch, "val.", f"source = {text('batch')}", entity if sides == "online-batch" else "decision")
    columns = ", ".join(f"a.f{i} AS a{i}, b.f{i} AS b{i}" for i in range(len(common)))
    # One table at a time: DuckDB 2.0.0 loses rows where a join is of two queries that each keep a first row.
    yield f"CREATE TEMP TABLE a AS {mine}"
    yield f"CREATE TEMP TABLE b AS {theirs}"
    yield f"CREATE TEMP TABLE pairs AS SELECT {columns or '1'} FROM a JOIN b USING (k)"  # noqa: S608 - our names


def _parity(con: Any, i: int, name: str, *, number: bool, relative: float) -> Parity:
    a, b = f"a{i}", f"b{i}"
    far = f"abs({a} - {b}) > {relative} * greatest(abs({a}), abs({b}))" if number else f"{a}::VARCHAR <> {b}::VARCHAR"
    largest = f"max(abs({a} - {b}))" if number else "NULL"
    row = con.con.execute(
        f"SELECT count(*), count(*) FILTER (WHERE {far}), count(*) FILTER (WHERE ({a} IS NULL) <> ({b} IS NULL)), "  # noqa: S608 - our names
        f"{largest} FROM pairs"
    ).fetchone()
    return Parity(name, row[0], row[1], row[2], None if row[3] is None else float(row[3]))
