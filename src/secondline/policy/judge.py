"""Judge: a measured number against a limit, with three honest answers: passed, failed, or cannot tell yet."""

from __future__ import annotations

import math
from collections.abc import Iterator

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.format import bound, comparable, interval, number, p_text
from secondline.core.limit import SEVERITIES, Limit, Severity
from secondline.core.outcome import Failed, Inconclusive, NotApplicable, Outcome, Passed

TOO_MANY = 1e9


def judge(measured: Measured, limit: Limit | None, p_adjusted: float | None = None, unit: str = "") -> Outcome:
    """Return the outcome of a measured number under a limit.

    The whole interval inside the limit passes, the whole interval outside fails, and one that straddles it is
    inconclusive and says about how many rows would decide. A value on the limit is inside it. A p-value limit fails
    when the adjusted p-value is below it; otherwise it passes, unless the smallest detectable effect exceeds
    ``detect``.
    """
    if isinstance(measured, Undefined):
        return _undefined(measured)
    if limit is None:
        return NotApplicable(estimate=measured, because="no limit is set: reported only")
    if limit.p_at_least is not None:
        return _by_p(measured, limit, limit.p_at_least, p_adjusted)
    return _by_range(measured, limit, unit)


def _undefined(measured: Undefined) -> Outcome:
    if measured.kind == "not-applicable":
        return NotApplicable(because=measured.because)
    return Inconclusive(because=measured.because, needed=measured.needed, detail=measured.detail)


def _by_p(estimate: Estimate, limit: Limit, alpha: float, p_adjusted: float | None) -> Outcome:
    p = p_adjusted if p_adjusted is not None else estimate.p_value
    if p is None:
        return Inconclusive(
            estimate=estimate, because="the measure gives no p-value here, so this limit cannot judge it"
        )
    adjusted = " after multiplicity control" if p_adjusted is not None and p_adjusted != estimate.p_value else ""
    if p < alpha:
        said = f"{p_text(p)}{adjusted} is below {alpha:g}"
        return Failed(estimate=estimate, because=said, severity=_severity(estimate, limit))
    if limit.detect is not None and estimate.mde is not None and estimate.mde > limit.detect:
        found, wanted = comparable(estimate.mde, limit.detect), number(limit.detect)
        factor = estimate.mde / limit.detect
        return Inconclusive(
            estimate=estimate,
            because=f"not rejected ({p_text(p)}), but these data only detect {found} {estimate.mde_unit}, not {wanted}",
            needed=_more(factor, estimate.n),
        )
    return Passed(estimate=estimate, because=f"{p_text(p)}{adjusted}, not below {alpha:g}")


def _by_range(estimate: Estimate, limit: Limit, unit: str) -> Outcome:
    point = limit.judge_on == "value" or estimate.low is None or estimate.high is None
    low, high = (estimate.value, estimate.value) if point else (_known(estimate.low), _known(estimate.high))
    floor, ceiling = limit.bounds
    floor, ceiling = (-math.inf if floor is None else floor), (math.inf if ceiling is None else ceiling)
    inside, outside = floor <= low and high <= ceiling, high < floor or low > ceiling
    if inside:
        return Passed(estimate=estimate, because=_said(estimate, limit, unit, point=point, verb="is"))
    if outside:
        because = _said(estimate, limit, unit, point=point, verb="is not")
        return Failed(estimate=estimate, because=because, severity=_severity(estimate, limit))
    return Inconclusive(
        estimate=estimate,
        because=_said(estimate, limit, unit, point=point, verb="may or may not be"),
        needed=_needed(estimate, (floor, ceiling), (low, high)),
    )


def _known(end: float | None) -> float:
    return math.nan if end is None else end


def _said(estimate: Estimate, limit: Limit, unit: str, *, point: bool, verb: str) -> str:
    """Say the comparison with enough digits that it can be seen."""
    edge = _nearest(estimate.value, limit)
    value = comparable(estimate.value, edge, unit)
    span = ""
    if not point and estimate.low is not None and estimate.high is not None:
        span = f" {interval(estimate.low, estimate.high, unit, [edge])}"
    return f"{value}{span} {verb} {_rule(limit, unit)}"


def _nearest(value: float, limit: Limit) -> float:
    edges = [edge for edge in limit.bounds if edge is not None]
    return min(edges, key=lambda edge: abs(edge - value))


def _rule(limit: Limit, unit: str) -> str:
    floor, ceiling = (None if b is None else bound(b, unit) for b in limit.bounds)
    if floor is not None and ceiling is not None:
        return f"within [{floor}, {ceiling}]"
    return f"at least {floor}" if floor is not None else f"at most {ceiling}"


def _severity(estimate: Estimate, limit: Limit) -> Severity:
    """Return the severity of a breach, raised when the value is beyond a further bound."""
    reached = [
        severity for severity in SEVERITIES if severity in limit.worse and _beyond(estimate.value, limit, severity)
    ]
    return min([limit.severity, *reached], key=SEVERITIES.index)


def _beyond(value: float, limit: Limit, severity: Severity) -> bool:
    further = limit.worse[severity]
    floor, ceiling = limit.bounds
    if ceiling is not None and further >= ceiling:
        return value > further
    if floor is not None and further <= floor:
        return value < further
    # A p-value limit: the further bound is an absolute size of the effect.
    return abs(value) > further


def _needed(estimate: Estimate, limits: tuple[float, float], interval: tuple[float, float]) -> str:
    """Say how many times the data would decide, did the value stay where it is: widths shrink with the root of n."""
    gaps = list(_gaps(estimate.value, limits, interval))
    if not gaps:
        return ""
    distance, width = min(gaps)
    if distance <= 0:
        return "the value lies on the limit: no amount of data of this kind would decide it"
    # Where nothing happened the bound is about 3 / n: it shrinks with n itself, not with its root.
    clean = estimate.events == 0 and estimate.value == 0
    return _more(math.sqrt(width / distance) if clean else width / distance, estimate.n)


def _gaps(value: float, limits: tuple[float, float], interval: tuple[float, float]) -> Iterator[tuple[float, float]]:
    for limit in limits:
        if math.isfinite(limit) and interval[0] <= limit <= interval[1]:
            width = value - interval[0] if limit < value else interval[1] - value
            yield abs(value - limit), width


def _more(narrower: float, n: float) -> str:
    rows = n * narrower * narrower
    if not math.isfinite(rows) or rows > TOO_MANY:
        return "more data than can be had: the value is too close to the limit"
    size = 10 ** max(int(math.log10(max(rows, 1))) - 1, 0)
    return f"about {math.ceil(rows / size) * size:,} rows like these would decide it (there are {n:,.0f})"
