"""Relations: a population's table with its roles resolved to columns that every reduction can count on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from secondline.core.declared.fairness import CONTROLS
from secondline.core.declared.fraud import AMOUNT
from secondline.core.errors import DataError, MissingColumn
from secondline.core.spec import ModelSpec
from secondline.frames.engines import copied
from secondline.frames.sources import Source

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import ibis.expr.types as ir

MOST_COLUMNS = 1_000
"""Above this many columns a population is narrowed to those the study uses."""
SCORE, LABEL, WEIGHT = "@score", "@label", "@weight"
CHALLENGER, OVERRIDE, EXPOSURE = "@challenger", "@override", "@exposure"
PRODUCTION = "@production"
TIME, OBSERVED = "@time", "@observed-at"
GRADE, PREVIOUS = "@grade", "@previous-grade"


@dataclass(frozen=True, slots=True)
class Relation:
    """A population ready to be reduced.

    ``table`` has every source column under its own name plus the roles as ``@`` columns: ``@score`` (higher is
    riskier), ``@label`` (1, 0 or null), ``@weight`` (only when one is named), and the rest where named.
    """

    name: str
    source: Source
    table: ir.Table
    features: tuple[str, ...]
    types: dict[str, str]
    weighted: bool
    probability: bool
    entity: tuple[str, ...] = ()
    roles: frozenset[str] = field(default_factory=frozenset)
    others: tuple[str, ...] = ()
    """Columns with a role that are neither features nor times nor keys, such as segments."""

    def numeric(self, column: str) -> bool:
        """Whether *column* is cut by edges rather than by levels."""
        return is_number(self.table.schema()[column])

    def require(self, column: str, role: str) -> None:
        """Raise MissingColumn when the data lack *column*."""
        if column not in self.table.columns:
            raise MissingColumn.among(column, self.name, self.types, role)


def is_number(dtype: dt.DataType) -> bool:
    """Whether values of this type are cut by edges."""
    return bool(dtype.is_numeric() and not dtype.is_boolean())


def relate(source: Source, spec: ModelSpec) -> Relation:
    """Resolve the roles of *spec* on an opened source; every column named must exist and have a usable type."""
    table = source.table
    types = {name: str(dtype) for name, dtype in table.schema().items()}
    if odd := [c for c in table.columns if c.startswith("@")]:
        raise DataError(
            f"Population {source.name!r} has a column {odd[0]!r}; names that begin with @ are reserved. Rename it."
        )
    _check_named(source.name, types, spec)
    features = _features(source.name, table, spec)
    if len(types) > MOST_COLUMNS:
        table = _narrowed(source, spec, features)
    added = dict(_roles(source.name, table, spec))
    return Relation(
        name=source.name,
        source=source,
        table=table.mutate(**added) if added else table,
        features=features,
        types=types,
        weighted=WEIGHT in added,
        probability=spec.score.kind == "probability",
        entity=spec.columns.entity,
        roles=frozenset(added),
        others=_others(table, spec, features),
    )


def _narrowed(source: Source, spec: ModelSpec, features: tuple[str, ...]) -> ir.Table:
    """Return the columns the study uses, copied out once: thousands of columns take each query seconds to bind."""
    rules = " ".join(rule.holds for rule in spec.rules)
    used = {*features, *spec.domains, *(column for _, column in named_columns(spec))}
    kept = [column for column in source.table.columns if column in used or column in rules]
    return copied(source.table.select(*kept), source.table.get_name())


def named_columns(spec: ModelSpec) -> list[tuple[str, str]]:
    """Return every (role, column) that model.yaml names, features included."""
    columns = spec.columns
    single = (
        "label", "weight", "time", "exposure", "grade", "previous_grade", "challenger", "override", "production",
        "observed_at",
    )  # fmt: skip
    pairs = [("score", spec.score.column)]
    pairs += [(role.replace("_", "-"), getattr(columns, role)) for role in single if getattr(columns, role)]
    for role in ("entity", "segments", "protected", "features"):
        pairs += [(role, column) for column in getattr(columns, role) or ()]
    reasons = [("reasons", column) for column in (spec.reasons.columns if spec.reasons else ())]
    fraud = spec.fraud.columns() if spec.fraud else ()
    return [*pairs, *spec.fairness.columns(), *fraud, *reasons]


def _check_named(population: str, types: dict[str, str], spec: ModelSpec) -> None:
    for role, column in named_columns(spec):
        if column not in types:
            raise MissingColumn.among(column, population, types, role)


def _roles(population: str, table: ir.Table, spec: ModelSpec) -> list[tuple[str, Any]]:
    columns, score = spec.columns, spec.score
    sign = -1.0 if score.direction == "lower-is-riskier" else 1.0

    def number(column: str, role: str) -> Any:
        return _number(population, table, column, role)

    def risk(column: str, role: str) -> Any:
        return _signed(number(column, role), sign)

    def instant(column: str, role: str) -> Any:
        return _time(population, table, column, role)

    def text(column: str, _: str) -> Any:
        return table[column].cast("string")

    named: list[tuple[str, str | None, str, Callable[[str, str], Any]]] = [
        (SCORE, score.column, "score", risk),
        (LABEL, columns.label, "label", lambda column, _: _label(population, table, column)),
        (WEIGHT, columns.weight, "weight", number),
        (CHALLENGER, columns.challenger, "challenger", risk),
        (OVERRIDE, columns.override, "override", risk),
        (PRODUCTION, columns.production, "production", risk),
        (EXPOSURE, columns.exposure, "exposure", number),
        (TIME, columns.time, "time", instant),
        (OBSERVED, columns.observed_at, "observed-at", instant),
        (GRADE, columns.grade, "grade", text),
        (PREVIOUS, columns.previous_grade, "previous-grade", text),
    ]
    return [(name, read(column, role)) for name, column, role, read in named if column]


def _signed(value: Any, sign: float) -> Any:
    return value if sign > 0 else value * sign


def _number(population: str, table: ir.Table, column: str, role: str) -> Any:
    value = table[column]
    if not (is_number(value.type()) or value.type().is_boolean()):
        raise DataError(
            f"Population {population!r}: the {role} column {column!r} is of type {value.type()}, but must be a number."
        )
    return value.cast("float64")


def _label(population: str, table: ir.Table, column: str) -> Any:
    value = table[column]
    if not (is_number(value.type()) or value.type().is_boolean()):
        raise DataError(
            f"Population {population!r}: the label column {column!r} is of type {value.type()}, but must hold 0 and 1 "
            f"(or false and true), where 1 marks the event. Recode it, for instance in a SQL query."
        )
    return value.cast("float64") if value.type().is_floating() else value.cast("int16")


def _time(population: str, table: ir.Table, column: str, role: str) -> Any:
    value = table[column]
    if not value.type().is_temporal() or value.type().is_time():
        raise DataError(
            f"Population {population!r}: the {role} column {column!r} is of type {value.type()}, but must be "
            f"a date or a timestamp. Text often hides mixed time zones: convert it where they are known."
        )
    return value.cast("timestamp")


def _features(population: str, table: ir.Table, spec: ModelSpec) -> tuple[str, ...]:
    if spec.columns.features is not None:
        for column in spec.columns.features:
            _usable(population, table, column)
        return spec.columns.features
    taken = {column for role, column in named_columns(spec) if role not in {"segments", "protected", CONTROLS, AMOUNT}}
    taken |= set(spec.columns.ignore) | set(spec.columns.protected) | set(spec.claims.excluded)
    return tuple(c for c, t in table.schema().items() if c not in taken and _kind(t) is not None)


def _others(table: ir.Table, spec: ModelSpec, features: tuple[str, ...]) -> tuple[str, ...]:
    named = {column for role, column in named_columns(spec) if role not in {"time", "observed-at", "entity"}}
    schema = table.schema()
    return tuple(sorted(c for c in named - set(features) if _kind(schema[c]) is not None))


def _kind(dtype: dt.DataType) -> str | None:
    if is_number(dtype):
        return "number"
    return "level" if dtype.is_string() or dtype.is_boolean() else None


def _usable(population: str, table: ir.Table, column: str) -> None:
    if _kind(table.schema()[column]) is None:
        raise DataError(
            f"Population {population!r}: the feature {column!r} is of type {table.schema()[column]}; features are "
            f"numbers, text or booleans. Convert it or leave it out of `features`."
        )
