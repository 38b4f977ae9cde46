"""A table of coefficients as data: ``{"intercept": -2.1, "coefficients": {"age": 0.03}, "link": "logit"}``.

Parameters of statsmodels load as they are: ``{"params": dict(fit.params), "link": "logit"}``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from secondline.core.errors import ModelError
from secondline.models import exact
from secondline.models.loaders import Floats, Loaded, named

LINKS: dict[str, Callable[[Any], Any]] = {
    "logit": special.expit,
    "probit": special.ndtr,
    "cloglog": lambda total: -np.expm1(-np.exp(total)),
    "log": np.exp,
    "identity": lambda total: total,
}
"""From the linear predictor to the mean, by the name statsmodels gives the link (in any case)."""
CONSTANTS = frozenset({"const", "Intercept", "(Intercept)"})
_LEVEL = re.compile(r"(?:C\()?(?P<column>[^()\[\]]+?)\)?\[(?:T\.)?(?P<level>.+)\]")


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient: of a column, or of the rows where a column of text has one value."""

    column: str
    level: str | None
    beta: float


def load(content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load coefficients, and apply the inverse of ``link``: logit (the default), probit, cloglog, log or identity.

    ``offset`` names a column that is added with coefficient 1, and ``exposure`` one whose logarithm is. Under
    ``params``, names are read as statsmodels writes them: ``const`` and ``Intercept`` are the constant, and
    ``C(region)[T.north]`` is 1 where region is north. A missing value makes the score missing (NaN); so does a
    category that ``levels`` does not list, where it is given for the column. Without it, a category that has no
    coefficient counts as the baseline.
    """
    table = json.loads(content)
    table = table if isinstance(table, dict) else {}
    link = str(table.get("link", "logit")).lower()
    if link not in LINKS:
        raise ModelError(f"its link is {link!r}; known are {', '.join(LINKS)}")
    intercept, terms = terms_of(table)
    offset, exposure = table.get("offset"), table.get("exposure")
    own = list(dict.fromkeys([*(t.column for t in terms), *(str(name) for name in (offset, exposure) if name)]))
    features = named(own, options)
    column_of = dict(zip(own, features, strict=True))
    levels = {str(k): frozenset(map(str, v)) for k, v in (table.get("levels") or {}).items()}

    def parts(columns: dict[str, Any]) -> Floats:
        given = {name: columns[theirs] for name, theirs in column_of.items()}
        sums = {name: np.zeros(len(values)) for name, values in given.items()}
        for term in terms:
            sums[term.column] = sums[term.column] + term.beta * _values(
                given[term.column], term, levels.get(term.column)
            )
        if offset:
            sums[offset] = sums[offset] + _numbers(given[offset], offset)
        if exposure:
            with np.errstate(divide="ignore", invalid="ignore"):
                sums[exposure] = sums[exposure] + np.log(_numbers(given[exposure], exposure))
        return np.column_stack(list(sums.values()))

    def predict(columns: dict[str, Any]) -> Floats:
        total = intercept + sum(parts(columns).T)
        with np.errstate(over="ignore"):
            return np.asarray(LINKS[link](total), dtype=np.float64)

    scale = {"logit": "log-odds", "identity": "score"}.get(link)
    explain = exact.by_terms(parts, intercept, scale) if scale else None
    return Loaded(features, predict, {"link": link, "terms": len(terms)}, explain)


def terms_of(table: Mapping[str, Any]) -> tuple[float, list[Term]]:
    """Return the constant and the terms, of ``coefficients`` (names are columns) or of ``params`` (statsmodels').

    Raises:
        ModelError: there are none, or one is no finite number.
    """
    theirs = "params" in table
    given = table.get("params" if theirs else "coefficients")
    if not isinstance(given, dict) or not given:
        raise ModelError("the JSON holds no `coefficients` (or `params`), so it is not a table of coefficients")
    values = {str(name): _finite(name, value) for name, value in given.items()}
    intercept = _finite("intercept", table.get("intercept", 0.0))
    if not theirs:
        return intercept, [Term(name, None, beta) for name, beta in values.items()]
    intercept += sum(beta for name, beta in values.items() if name in CONSTANTS)
    return intercept, [_term(name, beta) for name, beta in values.items() if name not in CONSTANTS]


def _term(name: str, beta: float) -> Term:
    found = _LEVEL.fullmatch(name)
    return Term(found["column"], found["level"], beta) if found else Term(name, None, beta)


def _finite(name: Any, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ModelError(f"the coefficient of {name!r} is {value!r}; a finite number is needed")
    return float(value)


def _values(values: Any, term: Term, levels: frozenset[str] | None) -> Floats:
    if term.level is None:
        return _numbers(values, term.column)
    if values.dtype != object:
        values = np.array([None if v != v else f"{v:g}" for v in values], dtype=object)  # noqa: PLR0124 - NaN
    known = np.array([v is not None and (levels is None or v in levels) for v in values], dtype=bool)
    return np.where(known, (values == term.level).astype(np.float64), np.nan)


def _numbers(values: Any, name: str) -> Floats:
    if values.dtype == object:
        raise ModelError(f"it takes numbers, and {name!r} holds text; encode it as it was for training")
    return np.asarray(values, dtype=np.float64)
