"""Schema: whether what a caller sends is what the model reads, said so that the caller can mend it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.errors import near
from secondline.core.spec import Domain, ModelSpec
from secondline.gateway.asked import Turned
from secondline.models.matrix import Matrix

SHOWN = 3
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a model: those it must have, those of them that are text, others it may have, and domains."""

    features: tuple[str, ...]
    texts: frozenset[str]
    known: frozenset[str]
    domains: Mapping[str, Domain]

    def cases(self, columns: Mapping[str, npt.NDArray[Any]], rows: int) -> list[dict[str, Any]]:
        """Return the cases a row each, missing values as None.

        Raises:
            Turned: 422, with every column that is missing, unknown, of the wrong type, or outside its domain.
        """
        whole: Iterable[Iterable[Any]] | None = None
        if isinstance(columns, Matrix) and columns.names == self.features:
            whole = columns.rows()
        if whole is None:
            self._names(columns)
            whole = zip(*[self._values(name, columns[name], rows) for name in columns], strict=True)
        names = tuple(columns)
        cases = [dict(zip(names, row, strict=True)) for row in whole]
        checked = [name for name in names if name in self.domains] if self.domains else ()
        if problems := [p for name in checked for p in self._domain(name, [case[name] for case in cases])]:
            more = f" And {len(problems) - SHOWN} more." if len(problems) > SHOWN else ""
            raise Turned(UNPROCESSABLE, "outside-domain", " ".join(problems[:SHOWN]) + more)
        return cases

    def _names(self, columns: Mapping[str, Any]) -> None:
        if lacking := [name for name in self.features if name not in columns]:
            shown = ", ".join(lacking[:8]) + (", ..." if len(lacking) > 8 else "")  # noqa: PLR2004 - enough to see
            raise Turned(UNPROCESSABLE, "missing-input", f"Inputs are missing: {shown}.")
        for name in columns:
            if name not in self.known:
                hint = near(name, self.known, "See the model's metadata for its inputs.")
                raise Turned(UNPROCESSABLE, "unknown-input", f"{name[:80]!r} is no input of this model. {hint}")

    def _values(self, name: str, column: npt.NDArray[Any], rows: int) -> list[Any]:
        if column.shape != (rows,):
            raise Turned(UNPROCESSABLE, "wrong-shape", f"{name!r} has the shape {column.shape}, not ({rows},).")
        values: list[Any] = column.tolist()
        if column.dtype == np.float64 and name not in self.texts and math.isfinite(sum(values)):
            return values  # nothing is missing and nothing infinite: by far the most frequent case
        kinds = set(map(type, values))
        if name in self.texts:
            if not kinds <= {str, type(None)}:
                raise Turned(UNPROCESSABLE, "wrong-type", f"{name!r} is text, and holds numbers.")
            return values
        if name in self.features and not kinds <= {float, int, bool, type(None)}:
            raise Turned(UNPROCESSABLE, "wrong-type", f"{name!r} is a number, and holds text.")
        if float in kinds:
            values = [None if isinstance(v, float) and math.isnan(v) else v for v in values]
            if any(isinstance(v, float) and math.isinf(v) for v in values):
                raise Turned(UNPROCESSABLE, "not-finite", f"{name!r} holds an infinite number.")
        return values

    def _domain(self, name: str, values: list[Any]) -> list[str]:
        domain = self.domains[name]
        for row, value in enumerate(values):
            if why := _outside(domain, value):
                return [f"{name!r} {why} (case {row})."]
        return []


def _outside(domain: Domain, value: Any) -> str:
    if value is None:
        return "" if domain.nullable else "may not be missing"
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and domain.min is not None and value < domain.min:
        return f"is {value:g}, below {domain.min:g}"
    if number and domain.max is not None and value > domain.max:
        return f"is {value:g}, above {domain.max:g}"
    if number and domain.type == "integer" and value != int(value):
        return f"is {value:g}, which is not whole"
    if domain.values is not None and value not in domain.values:
        return f"is {str(value)[:40]!r}, which is not among its values"
    return ""


def schema_of(spec: ModelSpec, features: tuple[str, ...], texts: frozenset[str], also: frozenset[str]) -> Schema:
    """Return the schema of a version: its features, and what rules, conditions and shadows read beside them."""
    knock_outs = (rule.column for rule in spec.reasons.knock_outs.values()) if spec.reasons else ()
    known = frozenset((*features, *knock_outs, *also, *spec.columns.segments))
    return Schema(features, texts, known, {name: d for name, d in spec.domains.items() if name in known})
