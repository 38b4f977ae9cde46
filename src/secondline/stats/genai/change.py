"""Change: the same cases answered by two configurations, and cases that should be answered alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Graded
from secondline.stats.clusters import Floats
from secondline.stats.genai.differences import corrected_difference
from secondline.stats.genai.pairs import Pairs, difference_interval, effect_of, mcnemar, of_cases, of_sides
from secondline.stats.genai.rates import one_sided
from secondline.stats.genai.rows import codes, few, items, judged
from secondline.stats.genai.sizes import paired_n
from secondline.stats.intervals import clopper_pearson
from secondline.stats.power import two_proportions_power

SHUFFLES, SEED = 5_000, 20_261_126
GRAVE = 4


def noninferiority(graded: Graded, approved: Graded, *, level: float = 0.95, margin: float = 0.05) -> Measured:
    """Pass rate of this configuration less that of the approved one, on the cases that both answered.

    Each end of the interval is a one-sided bound at *level* (`difference_interval`), so a lower end above minus the
    margin shows that nothing worse than the margin was lost. ``p_value``: McNemar's exact, for verdicts of single
    answers; with clusters, the share of 5,000 sign changes of whole clusters with a mean as far from 0. ``detail`` has
    the table of pairs, cases lost and won, approved cases that were not asked again, what the test would say without
    pairs, and the cases that a difference of *margin* would need. A judge's verdicts are corrected on both sides by
    people's labels (`corrected_difference`). Undefined without a common case, and for a judge that no person checked on
    both sides.
    """
    if judged(graded) or judged(approved):
        return _by_judges(graded, approved, level)
    pairs = of_cases(graded, approved)
    if not len(pairs):
        return Undefined(because="no case was answered and graded on both sides", n=float(len(graded)),
                         needed="the same cases in both tables")  # fmt: skip
    asked = len(items(graded).mean)
    left = asked - len(pairs)
    dropped = len(set(items(approved).case.tolist()) - set(graded["case"].astype(str).tolist()))
    extra = {"cases of this run without a partner": left, "approved cases left out": dropped,
             "lost": _named(pairs, pairs.b > pairs.a), "won": _named(pairs, pairs.a > pairs.b)}  # fmt: skip
    found = compared(pairs, level, margin)
    warned = [f"{left:,} cases have no partner among the approved answers"] if left else []
    warned += [f"{dropped:,} cases of the approved answers were not asked again"] if dropped else []
    return found.model_copy(update={"detail": found.detail | extra, "warnings": (*found.warnings, *warned)})


def _by_judges(a: Graded, b: Graded, level: float, joined: str = "case", names: tuple[str, str] = ("new", "approved")
               ) -> Measured:  # fmt: skip
    """Return the corrected difference of two sides that a judge graded; both must be graded alike."""
    if len(a) and len(b) and judged(a) != judged(b):
        return Undefined(because="a judge graded one side and a rule or a person the other, so they do not compare",
                         n=float(len(a)), needed="both sides graded in the same way")  # fmt: skip
    return corrected_difference(a, b, level=level, joined=joined, names=names)


def _side(graded: Graded, names: Sequence[str]) -> Graded:
    return graded.where((graded["pair"].astype(str) != "") & np.isin(graded["side"].astype(str), list(names)))


def _named(pairs: Pairs, mask: Any) -> dict[str, Any]:
    return {"cases": int(mask.sum()), "first": [str(name) for name in pairs.name[mask][:20]]}


def compared(pairs: Pairs, level: float, margin: float) -> Estimate:
    """Return the difference A minus B with one-sided ends at *level*, its test, and what pairing gains."""
    d = pairs.a - pairs.b
    span, method = difference_interval(pairs, one_sided(level))
    n, value = float(len(d)), float(d.mean())
    both, only_a, only_b, neither = pairs.table
    alone = float(pairs.a.var() + pairs.b.var())
    variance = float(d.var(ddof=1)) if n > 1 else 0.0
    needed = paired_n(margin, variance, effect=max(effect_of(pairs, level), 1.0), sides=1) if variance else None
    return Estimate(
        value=value, low=max(span.low, -1.0), high=min(span.high, 1.0), level=one_sided(level), n=n,
        method=f"{method}; each end one-sided at {level:.0%}", p_value=p_of(pairs),
        detail={"A": float(pairs.a.mean()), "B": float(pairs.b.mean()), "both passed": both, "only A": only_a,
                "only B": only_b, "neither": neither, "clusters": pairs.clusters,
                "mid-p": mcnemar(only_a, only_b, mid=True) if pairs.binary else None,
                "variance saved by pairing": alone / float(d.var()) if d.any() else None,
                "pairs for the margin": needed if needed is None or math.isfinite(needed) else None},
        warnings=few(pairs.clusters, n),
    )  # fmt: skip


def p_of(pairs: Pairs) -> float:
    """Return the p-value that both sides pass alike: exact for verdicts that stand alone, else by signs of clusters."""
    _, only_a, only_b, _ = pairs.table
    if pairs.binary and pairs.clusters == len(pairs):
        return mcnemar(only_a, only_b)
    return sign_changes(pairs.a - pairs.b, pairs)


def sign_changes(d: Floats, pairs: Pairs) -> float:
    """Return the p-value of a mean difference of 0 under random signs of whole clusters (seeded, 5,000 of them)."""
    if not d.any():
        return 1.0
    sums = np.bincount(pairs.cluster, d)
    sums = sums[sums != 0]
    signs = np.random.default_rng(SEED).integers(0, 2, (SHUFFLES, len(sums))) * 2 - 1
    return float((1 + (np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9).sum()) / (1 + SHUFFLES))


def new_harm(graded: Graded, approved: Graded, *, level: float = 0.95, grave: int = GRAVE) -> Measured:  # noqa: ARG001 - a count of cases delivered has no interval
    """Cases of severity *grave* or more that the approved configuration passed and this one fails: a bare count.

    A case fails where any replicate does. Undefined where no such case was answered on both sides.
    """
    both = []
    for side in (graded, approved):
        rows = side.where(side.number("severity") >= grave)
        found = items(rows)
        both.append(dict(zip(found.case.tolist(), (found.mean == 1).tolist(), strict=True)))
    common = sorted(both[0].keys() & both[1].keys())
    if not common:
        return Undefined(because=f"no case of severity {grave} or more was answered on both sides",
                         kind="not-applicable")  # fmt: skip
    lost = [case for case in common if both[1][case] and not both[0][case]]
    return Estimate(value=float(len(lost)), method="count", n=float(len(common)), events=float(len(lost)),
                    detail={"cases": [str(case) for case in lost[:50]], "severity": grave})  # fmt: skip


def robustness(graded: Graded, *, level: float = 0.95, margin: float = 0.05) -> Measured:
    """Pass rate of the disturbed side of each pair less that of its plain side (`compared`).

    The plain side is the first in alphabetical order (`a`); the other holds a paraphrase, typing errors, another
    order, another language. ``detail`` has the share of pairs whose verdict flips, which can be high where the rates
    agree; a judge's verdicts are corrected on both sides (`corrected_difference`). Undefined without a pair of two
    graded cases.
    """
    pairs = of_sides(graded)
    if not len(pairs):
        return NO_PAIRS
    if judged(graded):
        plain, *other = sorted(set(graded["side"].astype(str).tolist()) - {""})
        return _by_judges(_side(graded, other), _side(graded, [plain]), level, "pair", ("disturbed", "plain"))
    turned = Pairs(pairs.name, pairs.b, pairs.a, pairs.cluster)
    found = compared(turned, level, margin)
    flipped = float(((pairs.a > 0.5) != (pairs.b > 0.5)).sum())  # noqa: PLR2004 - most replicates
    span = clopper_pearson(flipped, len(pairs), level)
    flips = {"flipped": flipped, "flip rate": flipped / len(pairs), "low": span.low, "high": span.high}
    return found.model_copy(update={"detail": found.detail | {"A is": "disturbed", "flips": flips}})


WITH, WITHOUT = ("gold", "with", "a"), ("none", "without", "b")
NO_PAIRS = Undefined(because="no two graded cases of this suite form a pair", kind="not-applicable")


def ablation(graded: Graded, *, level: float = 0.95, margin: float = 0.05) -> Measured:
    """Pass rate with the part less the rate without it: does the answer rest on what the system retrieves?

    Of each pair, the side with the part is called `gold`, `with` or `a`, and the side without it `none`, `without` or
    `b`. ``detail`` has the rate of every side, such as that with distracting passages; a judge's verdicts are corrected
    on both sides (`corrected_difference`). Undefined without a pair.
    """
    pairs = of_sides(graded, sides=(WITH, WITHOUT))
    if not len(pairs):
        return NO_PAIRS
    if judged(graded):
        return _by_judges(_side(graded, WITH), _side(graded, WITHOUT), level, "pair", ("with", "without"))
    found = compared(pairs, level, margin)
    names = sorted(set(graded["side"].astype(str).tolist()) - {""})
    each = {name: items(graded.where(graded["side"] == name)).mean for name in names}
    rates = {name: float(mean.mean()) for name, mean in each.items() if len(mean)}
    return found.model_copy(update={"detail": found.detail | {"A is": "with the part", "rates": rates}})


def unpaired_power(rate: float, n: float, detect: float) -> float:
    """Return the power that *n* cases a side would have without pairs, to show a rise of *detect* from *rate*."""
    return two_proportions_power(n, n, min(rate + detect, 1.0), rate)


def judge_drift(graded: Graded, *, level: float = 0.95) -> Measured:
    """Change of a judge's verdicts on its anchor answers: share passed now less share passed when it was approved.

    ``verdict`` is the one of now and ``value`` the one on record (1 or 0). Exact McNemar; the interval is two-sided.
    ``detail`` has its agreement with the people's labels then and now. Undefined without an anchor graded both times.
    """
    now, then = graded.number("verdict"), graded.number("value")
    known = np.isfinite(now) & np.isin(then, (0.0, 1.0))
    if not known.any():
        return Undefined(because="no anchor was graded both times", kind="not-applicable")
    kept = graded.where(known)
    pairs = Pairs(kept["case"], now[known], then[known], codes(kept["cluster"]))
    span, method = difference_interval(pairs, level)
    both, only_a, only_b, neither = pairs.table
    label = kept.number("label")
    told = np.isfinite(label)
    right = {when: float((side == label)[told].mean()) for when, side in (("now", pairs.a), ("then", pairs.b))
             if told.any()}  # fmt: skip
    return Estimate(
        value=float((pairs.a - pairs.b).mean()), low=span.low, high=span.high, level=level, method=method,
        n=float(len(pairs)), events=only_a + only_b, p_value=p_of(pairs),
        detail={"passed both times": both, "only now": only_a, "only then": only_b, "never": neither,
                "agreement with people": right or None,
                "no longer graded": int((np.isfinite(then) & ~np.isfinite(now)).sum())},
    )  # fmt: skip
