"""Power, sample sizes and smallest detectable effects: what these data could have shown.

``sides`` is 1 or 2; ``alpha`` the false-alarm rate of the test; ``power`` its chance to detect. Sizes are returned
unrounded; take the next whole number. Two-sided power counts the near tail only, as R does.
"""

from __future__ import annotations

import math
from functools import cache

from scipy import stats
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr, ndtri


def mde(se: float, *, alpha: float = 0.05, power: float = 0.8, sides: int = 2) -> float:
    """Return the smallest effect that an estimate with standard error *se* detects with *power*: ``(z_a + z_b) se``."""
    return (_z_alpha(alpha, sides) + float(ndtri(power))) * se


def _z_alpha(alpha: float, sides: int) -> float:
    return -float(ndtri(alpha / sides))


def two_proportions_power(n1: float, n2: float, p1: float, p2: float, *, alpha: float = 0.05, sides: int = 2) -> float:
    """Return the power of the test that two independent rates are equal, at *p1* and *p2*.

    The pooled variance holds under the null and the separate ones otherwise; with n1 = n2 it is R's power.prop.test.

    >>> round(two_proportions_power(50, 50, 0.50, 0.75), 3)
    0.74
    """
    pooled = (n1 * p1 + n2 * p2) / (n1 + n2)
    null = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    true = math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    gap = abs(p1 - p2) - _z_alpha(alpha, sides) * null
    return float(ndtr(gap / true)) if true > 0 else float(gap > 0)


def two_proportions_n(
    p1: float, p2: float, *, ratio: float = 1.0, power: float = 0.8, alpha: float = 0.05, sides: int = 2
) -> float:
    """Return the rows n1 needed to tell *p1* from *p2* when n2 = *ratio* n1; infinite when they are equal.

    >>> round(two_proportions_n(0.50, 0.75, power=0.90), 1)
    76.7
    """
    if p1 == p2:
        return math.inf
    pooled = (p1 + ratio * p2) / (1 + ratio)
    null = math.sqrt(pooled * (1 - pooled) * (1 + 1 / ratio))
    true = math.sqrt(p1 * (1 - p1) + p2 * (1 - p2) / ratio)
    return ((_z_alpha(alpha, sides) * null + float(ndtri(power)) * true) / (p1 - p2)) ** 2


def mde_two_proportions(
    p: float, n1: float, n2: float, *, alpha: float = 0.05, power: float = 0.8, sides: int = 2
) -> float:
    """Return the smallest rise from a common rate *p* in the first group that the test detects; 1 - p when none is."""

    def short(gap: float) -> float:
        return two_proportions_power(n1, n2, p + gap, p, alpha=alpha, sides=sides) - power

    room = 1.0 - p
    return float(brentq(short, 0.0, room)) if room > 0 and short(0.0) < 0 < short(room) else room


def mde_rate(p: float, n: float, *, alpha: float = 0.05, power: float = 0.8, sides: int = 1) -> float:
    """Return the smallest excess over a given rate *p* that *n* rows detect; 1 - p when none is.

    Normal approximation with the variance of the null and of the alternative: ``gap = z_a s(p) + z_b s(p + gap)``.
    """
    if n <= 0:
        return 1.0 - p

    def short(gap: float) -> float:
        return gap - (_z_alpha(alpha, sides) * _sd(p, n) + float(ndtri(power)) * _sd(p + gap, n))

    room = 1.0 - p
    return float(brentq(short, 0.0, room)) if short(room) > 0 > short(0.0) else room


def _sd(p: float, n: float) -> float:
    return math.sqrt(max(p * (1 - p), 0.0) / n)


def two_means_power(n: float, effect: float, *, alpha: float = 0.05, sides: int = 2) -> float:
    """Return the power of Student's two-sample test with *n* rows a group; *effect* in standard deviations.

    >>> round(two_means_power(20, 1.0), 7)
    0.8689528
    """
    df = 2.0 * (n - 1.0)
    critical = float(stats.t.isf(alpha / sides, df))
    return float(stats.nct.sf(critical, df, math.sqrt(n / 2.0) * abs(effect)))


def two_means_n(effect: float, *, power: float = 0.8, alpha: float = 0.05, sides: int = 2) -> float:
    """Return the rows a group (at least 2) Student's test needs to detect *effect* standard deviations; infinite for 0.

    >>> round(two_means_n(1.0, power=0.90), 3)
    22.021
    """
    if effect == 0:
        return math.inf
    guess = 2.0 * (mde(1.0, alpha=alpha, power=power, sides=sides) / effect) ** 2

    def short(n: float) -> float:
        return two_means_power(n, effect, alpha=alpha, sides=sides) - power

    return 2.0 if short(2.0) >= 0 else float(brentq(short, 2.0, guess + 10.0))


@cache
def chi_square_noncentrality(df: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the non-centrality that a chi-square test with *df* degrees of freedom detects.

    >>> round(chi_square_noncentrality(1), 3)
    7.849
    """
    critical = float(stats.chi2.isf(alpha, df))

    def short(parameter: float) -> float:
        return float(stats.ncx2.sf(critical, df, parameter)) - power

    return float(brentq(short, 1e-9, 4.0 * critical + 40.0))


def hanley_mcneil_se(auc: float, events: float, nonevents: float) -> float:
    """Return the standard error of an AUC expected from its size alone (negative-exponential scores).

    For planning, before scores exist. Source: Hanley and McNeil (1982), Radiology 143, 29.
    """
    q1, q2 = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = auc * (1 - auc) + (events - 1) * (q1 - auc**2) + (nonevents - 1) * (q2 - auc**2)
    return math.sqrt(max(spread, 0.0) / (events * nonevents))


def auc_power(auc: float, events: float, nonevents: float, *, alpha: float = 0.05, sides: int = 2) -> float:
    """Return the power to tell *auc* from 0.5 under binormal scores.

    Source: Obuchowski, Lieber and Wians (2004), Clinical Chemistry 50, 1118; as R pROC's power.roc.test.
    """
    a2, kappa = 2.0 * float(ndtri(auc)) ** 2, nonevents / events
    null = 0.0099 * 8 * (1 + 1 / kappa)
    true = 0.0099 * math.exp(-a2 / 2) * ((5 * a2 + 8) + (a2 + 8) / kappa)
    gap = math.sqrt(events) * abs(auc - 0.5) - _z_alpha(alpha, sides) * math.sqrt(null)
    return float(ndtr(gap / math.sqrt(true)))


def zero_failures_n(rate: float, *, confidence: float = 0.95) -> int:
    """Return how many rows without a failure show, at *confidence*, that the failure rate is below *rate*.

    Smallest n with ``(1 - rate)^n <= 1 - confidence``.

    >>> zero_failures_n(0.05), zero_failures_n(0.01), zero_failures_n(0.01, confidence=0.99)
    (59, 299, 459)
    """
    # A result that is whole but for rounding is whole.
    return math.ceil(math.log(1 - confidence) / math.log1p(-rate) - 1e-9)


def zero_failures_of(population: int, failures: int, *, confidence: float = 0.95) -> int:
    """Return how many rows drawn without replacement, all good, show fewer than *failures* among *population*.

    Smallest n with ``C(N - D, n) / C(N, n) <= 1 - confidence`` (hypergeometric).

    >>> zero_failures_of(400, 20)
    55
    """
    good, target = population - failures, math.log(1 - confidence)
    low, high = 0, good + 1
    while low < high:
        n = (low + high) // 2
        if n > good or _log_all_good(population, good, n) <= target + 1e-12:
            high = n
        else:
            low = n + 1
    return low


def _log_all_good(population: int, good: int, n: int) -> float:
    bad = population - good
    return float(gammaln(good + 1) - gammaln(good - n + 1) + gammaln(good + bad - n + 1) - gammaln(population + 1))


def zero_failures_bound(n: float, *, confidence: float = 0.95) -> float:
    """Return the failure rate that *n* rows without a failure rule out at *confidence*: about 3 / n at 95 %."""
    return -math.expm1(math.log(1 - confidence) / n) if n > 0 else 1.0
