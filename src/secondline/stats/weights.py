"""Sampling weights: what a weighted sample is worth in unweighted rows."""

from __future__ import annotations


def effective_n(weight: float, weight_sq: float) -> float:
    """Return Kish's effective sample size ``(sum w)^2 / sum w^2``; the number of rows when all weights are equal.

    Zero without weight. Source: Kish (1965), Survey Sampling, 11.2.

    >>> effective_n(weight=6.0, weight_sq=12.0)
    3.0
    """
    return weight * weight / weight_sq if weight_sq > 0 else 0.0


def effective_counts(event_weight: float, weight: float, weight_sq: float) -> tuple[float, float]:
    """Return (events, n) as an unweighted sample of Kish's size with the same event rate would count them.

    The pair goes into any binomial interval or test; without weights it is the plain counts. (0, 0) without weight.

    >>> effective_counts(event_weight=2.0, weight=6.0, weight_sq=12.0)
    (1.0, 3.0)
    """
    n = effective_n(weight, weight_sq)
    return (event_weight / weight * n, n) if n > 0 else (0.0, 0.0)
