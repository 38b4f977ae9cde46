"""Adjusted p-values: what is left of each when many questions were asked at once.

Each function takes p-values in any order and returns the adjusted ones in that order; comparing them with alpha
controls the error rate named, at alpha. No p-values give none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from secondline.core.tables._arrays import FloatArray


def bonferroni(p_values: Sequence[float]) -> list[float]:
    """Multiply by the number of questions: controls the chance of any false alarm. Holm is never worse."""
    return _listed(np.asarray(p_values, dtype=np.float64) * len(p_values))


def holm(p_values: Sequence[float]) -> list[float]:
    """Control the chance of any false alarm, under any dependence. Source: Holm (1979), Scand. J. Statistics 6.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order, p = _sorted(p_values)
    steps = np.maximum.accumulate(p * np.arange(len(p), 0, -1))
    return _listed(_back(order, steps))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Control the expected share of false alarms among alarms, for independent or positively dependent questions.

    Source: Benjamini and Hochberg (1995), JRSS B 57, 289.

    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    order, p = _sorted(p_values)
    steps = p * len(p) / np.arange(1, len(p) + 1)
    return _listed(_back(order, np.minimum.accumulate(steps[::-1])[::-1]))


def benjamini_yekutieli(p_values: Sequence[float]) -> list[float]:
    """Control the expected share of false alarms among alarms under any dependence.

    Source: Benjamini and Yekutieli (2001), Annals of Statistics 29, 1165.
    """
    order, p = _sorted(p_values)
    ranks = np.arange(1, len(p) + 1)
    steps = p * len(p) * np.sum(1.0 / ranks) / ranks
    return _listed(_back(order, np.minimum.accumulate(steps[::-1])[::-1]))


def _sorted(p_values: Sequence[float]) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], FloatArray]:
    p = np.asarray(p_values, dtype=np.float64)
    if not np.all((p >= 0) & (p <= 1)):
        raise ValueError("p-values must lie between 0 and 1")
    order = np.argsort(p, kind="stable")
    return order, p[order]


def _back(order: np.ndarray[tuple[int], np.dtype[np.intp]], steps: FloatArray) -> FloatArray:
    back = np.empty_like(steps)
    back[order] = steps
    return back


def _listed(p_values: FloatArray) -> list[float]:
    return [float(p) for p in np.minimum(p_values, 1.0)]
