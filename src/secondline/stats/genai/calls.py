"""Calls: what became of them, how long they took, what they cost, and what was recorded. One call counts once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Graded
from secondline.stats import intervals
from secondline.stats.clusters import Mask, ratio, t_of
from secondline.stats.genai.rates import interval_of
from secondline.stats.genai.rows import BAD, Items, calls, codes, few, items, totals
from secondline.stats.order import quantile

NONE = Undefined(because="there are no calls", kind="not-applicable")


def _shares(graded: Graded, hit: Mask) -> Items:
    """Return cases with the share of their calls that *hit*."""
    marked = Graded({**graded.columns, "value": hit.astype(np.float64)})
    return items(marked, "value")


def _rate(graded: Graded, hit: Mask, level: float, detail: dict[str, Any]) -> Estimate:
    found = _shares(graded, hit)
    span, method, size = interval_of(found, level)
    value, n = float(found.mean.mean()), float(len(found.mean))
    return Estimate(value=value, low=min(span.low, value), high=max(span.high, value), level=level, method=method, n=n,
                    events=float(found.mean.sum()), detail=detail | {"effective cases": size, "calls": len(graded)},
                    warnings=few(found.clusters, n))  # fmt: skip


def _counted(texts: Any) -> dict[str, int]:
    names, counts = np.unique(np.asarray(texts).astype(str), return_counts=True)
    return {str(name) or "none": int(count) for name, count in zip(names, counts, strict=True)}


def failed_calls(graded: Graded, *, level: float = 0.95) -> Measured:
    """Share of calls that gave no answer: timed out, or failed. Over cases; Wilson's interval (`interval_of`)."""
    asked = calls(graded)
    if not len(asked):
        return NONE
    hit = np.isin(asked["status"].astype(str), list(BAD))
    return _rate(asked, hit, level, {"status": _counted(asked["status"])})


STOPPED = ("blocked-in", "blocked-out")


def guardrails(graded: Graded, *, level: float = 0.95) -> Measured:
    """Share of calls that a guardrail stopped: the question before the system saw it, or the answer before it went out.

    Over cases, as `failed_calls`, which are left out: they say nothing of a guardrail. ``detail`` has attacks and
    harmless questions (benign ones, edge cases and twins) apart, each with an interval, and how many were stopped
    before and after. Undefined where no call came through.
    """
    asked = calls(graded)
    came = asked.where(~np.isin(asked["status"].astype(str), list(BAD)))
    if not len(came):
        return NONE
    kind, side = came["kind"].astype(str), came["side"].astype(str)
    harmless = np.isin(kind, ["benign", "edge", "counterfactual"]) | (side == "twin")
    parts = {"harmless": harmless, "attacks": (kind == "adversarial") & ~harmless}
    told = {name: _stopped(came.where(mask), level) for name, mask in parts.items() if mask.any()}
    counts = _counted(came["status"])
    when = {"before": counts.get(STOPPED[0], 0), "after": counts.get(STOPPED[1], 0)}
    return _rate(came, _is_stopped(came), level, {"stopped": when, **told})


def _is_stopped(came: Graded) -> Mask:
    return np.asarray(np.isin(came["status"].astype(str), STOPPED))


def _stopped(came: Graded, level: float) -> dict[str, float | None]:
    found = _rate(came, _is_stopped(came), level, {})
    return {"value": found.value, "low": found.low, "high": found.high, "cases": found.n}


def latency(graded: Graded, *, level: float = 0.95, share: float = 0.95) -> Measured:
    """The response time in milliseconds that *share* of the calls keep (p95), between order statistics.

    ``detail`` has further points, and tokens and cost a call. Undefined without response times, or with too few for an
    upper end.
    """
    asked = calls(graded)
    times = asked.number("latency_ms")
    if not np.isfinite(times).any():
        return Undefined(because="no call has a response time", kind="not-applicable")
    found = quantile(times, share, level, "call", "response times")
    if isinstance(found, Undefined):
        return found
    more = {f"mean {name}": float(np.nanmean(values)) for name in ("cost", "tokens")
            if np.isfinite(values := asked.number(name)).any()}  # fmt: skip
    return found.model_copy(update={"detail": found.detail | more})


def cost(graded: Graded, *, level: float = 0.95) -> Measured:
    """Mean cost of a call, in the currency of the study; ``detail`` has the total and the dearest call.

    Interval: ``mean +- t se`` over clusters of cases. Undefined where no call says what it cost.
    """
    asked = calls(graded)
    asked = asked.where(np.isfinite(asked.number("cost")))
    if not len(asked):
        return Undefined(because="no call says what it cost", kind="not-applicable")
    values, place = asked.number("cost"), codes(asked["cluster"])
    found = ratio(totals(values, place), totals(np.ones(len(place)), place))
    value, n = float(values.mean()), float(len(values))
    known = found is not None and found.clusters > 1
    reach = t_of(level, found.clusters - 1) * found.se if found is not None and known else 0.0
    span = intervals.Interval(max(value - reach, 0.0), value + reach)
    return Estimate(value=value, low=span.low if known else None, high=span.high if known else None, level=level, n=n,
                    method="cluster-robust (CR1) with Student's t" if known else "mean",
                    detail={"total": float(values.sum()), "dearest": float(values.max())})  # fmt: skip


def traced(graded: Graded, *, level: float = 0.95, fields: Sequence[str] = ("trace", "returned_model")) -> Measured:  # noqa: ARG001 - a count of the calls delivered has no interval
    """Share of answered calls whose record is whole: every one of *fields* is there. No interval: calls delivered.

    ``detail`` counts what is missing, field by field. Undefined without an answered call.
    """
    asked = calls(graded)
    asked = asked.where(~np.isin(asked["status"].astype(str), list(BAD)))
    if not len(asked):
        return NONE
    held = {name: asked[name].astype(str) != "" for name in fields}
    whole = np.logical_and.reduce(list(held.values())) if held else np.ones(len(asked), dtype=bool)
    return Estimate(value=float(whole.mean()), method="count", n=float(len(asked)), events=float((~whole).sum()),
                    detail={"missing": {name: int((~there).sum()) for name, there in held.items()}})  # fmt: skip


def returned_models(graded: Graded, *, level: float = 0.95) -> Measured:  # noqa: ARG001 - a count has no interval
    """How many models answered, by the name and fingerprint that the provider gave: one, if nothing was swapped.

    Undefined where the provider names neither.
    """
    asked = calls(graded)
    both = zip(asked["returned_model"].tolist(), asked["fingerprint"].tolist(), strict=True)
    told = np.array([f"{model} {fingerprint}".strip() for model, fingerprint in both], dtype=object)
    told = told[told.astype(str) != ""]
    if not len(told):
        return Undefined(because="the provider names neither a model nor a fingerprint", kind="not-applicable")
    names = _counted(told)
    return Estimate(value=float(len(names)), method="count", n=float(len(told)), detail={"calls": names})


def unscored(graded: Graded, *, level: float = 0.95) -> Measured:
    """Share of answers that came but could not be scored: the grader failed, not the system. Over cases.

    Calls that failed are counted elsewhere. Such answers are no failures of the system and no passes either: the
    bounds they leave stand in ``detail`` of the rate. Undefined where no call was answered.
    """
    asked = graded.where(~np.isin(graded["status"].astype(str), list(BAD)))
    if not len(asked):
        return Undefined(because="no call was answered", kind="not-applicable")
    hit = ~np.isfinite(asked.number("verdict")) & ~np.isfinite(asked.number("value"))
    return _rate(asked, hit, level, {"outcome": _counted(asked["outcome"][hit])})
