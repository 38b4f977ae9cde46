"""Pass rates from a judge's verdicts on all answers and a person's labels on some: four corrections.

Let f be the judge's verdict and y the person's label. The judge's own rate estimates ``(Se + Sp - 1) theta + 1 - Sp``
and is biased wherever Se + Sp < 2. Each function here returns the person's rate, theta = E[y], with an interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from secondline.stats import intervals
from secondline.stats.clusters import Floats, effective_size, ratio, t_of
from secondline.stats.genai.labelled import Labelled, calibrated, cell_rates, design_effect
from secondline.stats.genai.rows import codes, totals
from secondline.stats.intervals import Interval, z_of
from secondline.stats.weights import effective_counts

DRAWS, SEED = 20_000, 20_261_126
SMALL = 30
LABELS_ALONE = "labels alone"
"""How the method of a rate begins that rests on people's labels and no judge's verdict."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected rate with its interval, how it was made, and what it rests on."""

    value: float
    span: Interval
    method: str
    detail: dict[str, Any] = field(default_factory=dict)


def human_only(rows: Labelled, level: float, *, exact: bool = False) -> Corrected | None:
    """Return the rate of the labels alone, each weighed by one over its chance; None without a label.

    Clopper and Pearson's interval (below 30 labels, or *exact*), else Wilson's, at the effective size of the weights
    and clusters. The verdicts enter only where chances are not known (`labelled`).
    """
    known = rows.known
    if not known.any():
        return None
    weight, place = rows.weight[known], codes(rows.cluster[known])
    both = ratio(totals(weight * rows.y[known], place), totals(weight, place))
    if both is None:
        return None
    n = float(known.sum())
    plain = both.clusters == n and bool(np.ptp(weight) <= 1e-9 * weight.max())
    size = n if plain else effective_size(both, n, level)
    form = intervals.clopper_pearson if exact or n < SMALL else intervals.wilson
    share = min(max(both.value, 0.0), 1.0)
    name = "Clopper-Pearson" if form is intervals.clopper_pearson else "Wilson"
    return Corrected(share, form(share * size, size, level), f"{LABELS_ALONE}, {name}", {"effective labels": size})


def by_verdict(rows: Labelled, level: float, *, draws: int = DRAWS) -> Corrected:
    """Return the rate post-stratified by verdict, with Jeffreys' posteriors at the effective number of rows.

    ``theta = w_1 g_1 + w_0 g_0``: w_v is the share of verdict v among all rows and g_v the person's pass rate within
    it, labels weighed by one over their chances. Interval: quantiles of *draws* draws of w and g from
    ``Beta(count + 1/2, rest + 1/2)``, every count divided by the design effect of the influence values
    ``psi = g(f) - theta + (y - g(f)) / chance``. It is the efficient estimator for a binary judge (Chen et al. 2026,
    arXiv:2601.05420); dividing by the design effect follows Korn and Graubard (1998), and the two together are this
    house's own: coverage is simulated in the tests. A verdict without a label counts as unknown (0.5, wide).
    """
    rate, guess = cell_rates(rows)
    value = float(guess.mean())
    effect = design_effect(by_verdict_influence(rows), rows.cluster, level)
    draw = np.random.default_rng(SEED)
    ones = float(rows.f.sum())
    share = _posterior(draw, ones / effect, (len(rows) - ones) / effect, draws)
    parts, counts = [], {}
    for verdict in (0, 1):
        mine = rows.known & (rows.f == verdict)
        weight = rows.weight[mine]
        passed, n = effective_counts(
            float((weight * rows.y[mine]).sum()), float(weight.sum()), float((weight**2).sum())
        )
        counts[verdict] = {"labels": int(mine.sum()), "passed": float(rows.y[mine].sum()), "rate": float(rate[verdict])}
        parts.append(_posterior(draw, passed / effect, (n - passed) / effect, draws))
    theta = share * parts[1] + (1.0 - share) * parts[0]
    tail = (1.0 - level) / 2.0
    low, high = (float(q) for q in np.quantile(theta, [tail, 1.0 - tail]))
    # Jeffreys' convention: where nothing failed (or passed) the end is the edge itself.
    low, high = (0.0 if value <= 0 else min(low, value)), (1.0 if value >= 1 else max(high, value))
    detail = {"design effect": effect if math.isfinite(effect) else None, "judge passed": ones,
              "when the judge passes": counts[1], "when the judge fails": counts[0]}  # fmt: skip
    method = f"by verdict, Jeffreys at the effective size, {draws:,} draws"
    return Corrected(value, Interval(low, high), method, detail)


def by_verdict_influence(rows: Labelled) -> Floats:
    """Return how much each row moves the rate by verdict: ``psi = g(f) - theta + (y - g(f)) / chance``."""
    _, guess = cell_rates(rows)
    return np.asarray(guess - guess.mean() + calibrated(rows, rows.f) * (np.nan_to_num(rows.y) - guess))


def human_influence(rows: Labelled) -> Floats:
    """Return how much each row moves the rate of the labels alone: ``N (y - theta) w / sum w``, 0 without a label."""
    weighed = float(rows.weight.sum())
    y = np.nan_to_num(rows.y)
    theta = float((rows.weight * y).sum()) / weighed
    return np.asarray(len(rows) * rows.weight * (y - theta) / weighed)


def _posterior(draw: np.random.Generator, hits: float, rest: float, draws: int) -> Floats:
    return np.asarray(draw.beta(max(hits, 0.0) + 0.5, max(rest, 0.0) + 0.5, draws))


def ppi(rows: Labelled, level: float, *, tuning: float | None = None) -> Corrected:
    """Return the power-tuned prediction-powered mean (PPI++), for a judge that gives numbers.

    ``theta = lambda mean_N(f) + mean_n(y - lambda f)`` over N rows without and n with a label, with
    ``lambda = Cov(y, f) / ((1 + n / N) Var f)`` cut to [0, 1] unless *tuning* gives it, and
    ``Var = lambda^2 Var(f) / N + Var(y - lambda f) / n``. Labels must be a random sample of the rows. With clusters the
    variance is multiplied by the design effect of the influence values and Student's t; without, it is the normal
    interval of the ppi-python package. Source: Angelopoulos, Duchi and Zrnic (2023), arXiv:2311.01453.
    """
    known = rows.known
    f, y, rest = rows.f[known], rows.y[known], rows.f[~known]
    n, others = len(f), len(rest)
    if not others:
        tuned = 0.0
    elif tuning is None:
        spread = float(np.var(rows.f, ddof=1))
        shared = float(np.mean((y - y.mean()) * (f - f.mean())))
        tuned = min(max(shared / ((1 + n / others) * spread), 0.0), 1.0) if spread > 0 else 0.0
    else:
        tuned = tuning
    error = y - tuned * f
    value = tuned * float(rest.mean() if others else 0.0) + float(error.mean())
    variance = (tuned**2 * float(rest.var()) / others if others else 0.0) + float(error.var()) / n
    influence = np.zeros(len(rows))
    influence[known] = (error - error.mean()) / n
    influence[~known] = tuned * (rest - (rest.mean() if others else 0.0)) / max(others, 1)
    clustered = rows.clusters < len(rows)
    effect = design_effect(influence, rows.cluster, level) if clustered else 1.0
    reach = z_of(level) * math.sqrt(variance * effect) if math.isfinite(effect) else math.inf
    span = Interval(value - reach, value + reach)
    return Corrected(value, span, "PPI++", {"lambda": tuned, "design effect": effect, "labels": n, "others": others})


def horvitz_thompson(rows: Labelled, level: float) -> Corrected:
    """Return ``mean(f) + mean(xi (y - f) / chance)``, with known chances of labels: right under any sampling plan.

    xi is 1 for labelled rows. Interval: cluster-robust (CR1) with Student's t. The other corrections are cases of it;
    it is for plans they do not fit, and too narrow where only a few labels differ from the judge. Source: Horvitz and
    Thompson (1952), JASA 47; Kim (2026), arXiv:2605.16354.
    """
    psi = rows.f + rows.weight * (np.nan_to_num(rows.y) - rows.f)
    both = ratio(totals(psi, rows.cluster), totals(np.ones(len(psi)), rows.cluster))
    value = float(psi.mean())
    reach = t_of(level, both.clusters - 1) * both.se if both and both.clusters > 1 else math.inf
    return Corrected(value, Interval(value - reach, value + reach), "Horvitz-Thompson, CR1 with Student's t",
                     {"standard error": both.se if both and both.clusters > 1 else None})  # fmt: skip


def rogan_gladen(
    passed: float, n: float, kept: float, good: float, caught: float, bad: float, level: float = 0.95
) -> Corrected | None:
    """Return the rate of *passed* verdicts of *n* corrected by sensitivity and specificity of another, labelled set.

    Of *good* answers there the judge passed *kept*, and of *bad* ones it failed *caught*. The estimate is
    ``(p + Sp - 1) / (Se + Sp - 1)``, cut to [0, 1]. Interval of Lee et al.: with ``p~ = (n p + z^2/2) / (n + z^2)``,
    ``Sp~ = (caught + 1) / (bad + 2)`` and ``Se~`` alike, ``theta~ + shift +- z se``. It tolerates a calibration set
    with another pass rate, if Se and Sp are the same in both. None where Se + Sp is not above 1: the judge tells
    nothing. Source: Rogan and Gladen (1978), Am. J. Epidemiology 107; Lee et al. (2026), arXiv:2511.21140.
    """
    if min(n, good, bad) <= 0 or kept / good + caught / bad <= 1.0:
        return None
    z = z_of(level)
    p = (passed + z * z / 2) / (n + z * z)
    se, sp = (kept + 1) / (good + 2), (caught + 1) / (bad + 2)
    youden = se + sp - 1
    if youden <= 0:
        return None
    theta = (p + sp - 1) / youden
    of_bad, of_good = sp * (1 - sp) / (bad + 2), se * (1 - se) / (good + 2)
    shift = 2 * z * z * (-(1 - theta) * of_bad + theta * of_good)
    spread = math.sqrt(p * (1 - p) / (n + z * z) + (1 - theta) ** 2 * of_bad + theta**2 * of_good) / youden
    low, high = (min(max(theta + shift + side * z * spread, 0.0), 1.0) for side in (-1, 1))
    plain = min(max((passed / n + caught / bad - 1) / (kept / good + caught / bad - 1), 0.0), 1.0)
    detail = {"sensitivity": kept / good, "specificity": caught / bad, "adjusted": theta, "shift": shift}
    return Corrected(plain, Interval(min(low, plain), max(high, plain)), "Rogan-Gladen, interval of Lee et al.", detail)


def allocation(labels: float, rate: float, sensitivity: float, specificity: float) -> tuple[float, float]:
    """Return how many of *labels* should go to good and to bad answers of a calibration set, unrounded.

    ``m_1 = m / (1 + (1 / p - 1) sqrt((1 - Sp) / (1 - Se)))`` at the judge's pass *rate* p; the rest is m_0. Source: Lee
    et al. (2026), arXiv:2511.21140.
    """
    if sensitivity >= 1.0:
        return (0.0, labels) if specificity < 1.0 else (labels * rate, labels * (1 - rate))
    good = labels / (1 + (1 / rate - 1) * math.sqrt((1 - specificity) / (1 - sensitivity)))
    return good, labels - good
