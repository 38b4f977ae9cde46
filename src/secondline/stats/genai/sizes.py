"""Sizes: how many cases show a difference between two configurations, or that harm is rare."""

from __future__ import annotations

import math

from scipy.special import ndtri

from secondline.stats.power import mde, zero_failures_n

PLANNED = (0.03, 0.01, 0.005, 0.001)


def paired_n(
    detect: float, variance: float, *, noise_a: float = 0.0, noise_b: float = 0.0, replicates: int = 1,
    effect: float = 1.0, alpha: float = 0.05, power: float = 0.8, sides: int = 2,
) -> float:  # fmt: skip
    """Return the cases that a paired comparison needs to detect a difference, unrounded; infinite for none.

    ``n = (z_{1-a} + z_b)^2 (w^2 + (s_A^2 + s_B^2) / K) / d^2`` times the design *effect*: w^2 is the *variance* of the
    difference of the two item means and s^2 the *noise* of one answer around its item's mean, shared by K
    *replicates*. Source: Miller (2024), arXiv:2411.00640.

    >>> [math.ceil(paired_n(0.05, binary_variance(0.85, r))) for r in (0, 0.5, 0.7)]
    [801, 401, 241]
    """
    if detect == 0:
        return math.inf
    spread = variance + (noise_a + noise_b) / replicates
    return mde(math.sqrt(spread), alpha=alpha, power=power, sides=sides) ** 2 / detect**2 * effect


def binary_variance(rate: float, correlation: float) -> float:
    """Return the variance of the difference of two verdicts on one case: ``2 p (1 - p) (1 - r)`` at one rate p."""
    return 2.0 * rate * (1.0 - rate) * (1.0 - correlation)


def paired_power(detect: float, variance: float, n: float, *, alpha: float = 0.05, sides: int = 2) -> float:
    """Return the chance that *n* pairs whose differences vary by *variance* show a difference of *detect*."""
    from scipy.special import ndtr

    if variance <= 0:
        return 1.0 if detect else alpha
    return float(ndtr(abs(detect) / math.sqrt(variance / n) + float(ndtri(alpha / sides))))


def zero_failure_table(confidence: float = 0.95) -> dict[str, int]:
    """Return how many clean trials show that harm is rarer than a rate: ``n = ln(1 - confidence) / ln(1 - rate)``.

    >>> zero_failure_table()
    {'3%': 99, '1%': 299, '0.5%': 598, '0.1%': 2995}
    """
    return {f"{100 * rate:g}%": zero_failures_n(rate, confidence=confidence) for rate in PLANNED}
