"""Claims: what the documentation says the model is, beside what the artefact is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import Claims

KEPT, BROKEN, OPEN = "holds", "does not hold", "cannot be told"
_ESTIMATORS = {
    "LogisticRegression": "logistic-regression", "LinearRegression": "linear-regression", "DecisionTree": "tree",
    "GradientBoosting": "boosted-trees", "HistGradientBoosting": "boosted-trees", "LGBM": "boosted-trees",
    "XGB": "boosted-trees", "CatBoost": "boosted-trees", "RandomForest": "forest", "ExtraTrees": "forest",
    "MLP": "neural-network",
}  # fmt: skip
_FORMATS = {"lightgbm": {"boosted-trees"}, "xgboost": {"boosted-trees"}, "catboost": {"boosted-trees"},
            "scorecard": {"scorecard", "logistic-regression"}}  # fmt: skip
Line = tuple[str, str, str]
"""What is claimed, what was found, and which of KEPT, BROKEN and OPEN that makes it."""


def kinds(name: str, form: str, facts: Mapping[str, Any]) -> set[str]:
    """Return the kinds of model an artefact is seen to be, none when that cannot be told."""
    if form in _FORMATS:
        return _FORMATS[form]
    if form == "linear":
        return {"logistic-regression" if facts.get("link") == "logit" else "linear-regression"}
    called = str(facts.get("estimator", name))
    return {kind for start, kind in _ESTIMATORS.items() if called.startswith(start)}


def held(
    claims: Claims, name: str, form: str, features: Sequence[str], facts: Mapping[str, Any],
    *, sign: int = 1, method: str | None = None, level: float = 0.95,
) -> Measured:  # fmt: skip
    """Count of claims about the artefact itself that do not hold.

    They are its type, what it reads (by name or number), its trees, its terms, the directions it was constrained to
    and how reasons are found. *sign* is -1 where a higher score means less risk, because claimed directions are of
    risk. A direction that the artefact does not enforce is no broken claim: a sweep tests it row by row. A claim that
    the artefact cannot answer is listed as such and not counted. A count: no interval. Not applicable without claims.
    """
    lines = [*_kind(claims, name, form, facts), *_inputs(claims, features), *_numbers(claims, facts),
             *_directions(claims, features, facts, sign), *_reasons(claims, method)]  # fmt: skip
    if not lines:
        return Undefined(because="model.yaml makes no claim about the artefact itself", kind="not-applicable")
    broken = [line for line in lines if line[2] == BROKEN]
    told = sum(line[2] != OPEN for line in lines)
    left = len(lines) - told
    return Estimate(
        value=len(broken), level=level, method="claims compared one by one", n=told, events=len(broken),
        detail={"claims": [{"claim": c, "found": f, "verdict": v} for c, f, v in lines]},
        warnings=(f"the artefact does not tell {left} of {len(lines)} claims",) if left else (),
    )  # fmt: skip


def _verdict(holds: bool) -> str:
    return KEPT if holds else BROKEN


def _kind(claims: Claims, name: str, form: str, facts: Mapping[str, Any]) -> Iterator[Line]:
    if claims.type is not None:
        seen = kinds(name, form, facts)
        found = " or ".join(sorted(seen)) or f"a model of format {form}"
        yield f"it is of type {claims.type}", found, _verdict(claims.type in seen) if seen else OPEN


def _inputs(claims: Claims, features: Sequence[str]) -> Iterator[Line]:
    if isinstance(claims.inputs, int):
        yield f"it reads {claims.inputs} inputs", f"it reads {len(features)}", _verdict(claims.inputs == len(features))
    elif claims.inputs is not None:
        more, fewer = sorted(set(features) - set(claims.inputs)), sorted(set(claims.inputs) - set(features))
        parts = [f"it also reads {', '.join(more)}"] * bool(more) + [f"it does not read {', '.join(fewer)}"] * bool(
            fewer
        )
        yield f"it reads the {len(claims.inputs)} inputs listed", "; ".join(parts) or "those", _verdict(not parts)


def _numbers(claims: Claims, facts: Mapping[str, Any]) -> Iterator[Line]:
    for what in ("trees", "terms"):
        if (said := getattr(claims, what)) is not None:
            found = facts.get(what)
            yield f"it has {said} {what}", f"{found} {what}" if found is not None else "not stated", (
                OPEN if found is None else _verdict(found == said))  # fmt: skip


def _directions(claims: Claims, features: Sequence[str], facts: Mapping[str, Any], sign: int) -> Iterator[Line]:
    built: Mapping[str, int] = facts.get("monotone") or {}
    slope = facts.get("calibration", {}).get("slope", 1.0)
    turned = sign * (-1 if slope < 0 else 1)
    for column, way in claims.monotone.items():
        claim = f"risk is {way} in {column}"
        if column not in features:
            yield claim, "the artefact does not read it", BROKEN
        elif column in built:
            real = "increasing" if built[column] * turned > 0 else "decreasing"
            yield claim, f"built to be {real}", _verdict(real == way)
        elif "monotone" in facts:
            yield claim, "the artefact was not constrained to it", OPEN


def _reasons(claims: Claims, method: str | None) -> Iterator[Line]:
    if claims.reason_method is not None:
        found = f"`reasons` declares {method}" if method else "`reasons` declares no method"
        yield f"reasons are found by {claims.reason_method}", found, (
            OPEN if method is None else _verdict(claims.reason_method == method))  # fmt: skip
