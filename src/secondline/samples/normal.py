"""The normal distribution with nothing but numpy: this room draws millions of rows and brings no scipy."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_REACH = 9.0
_CELLS = 1 << 17


@cache
def _table() -> tuple[Floats, Floats]:
    x = np.linspace(-_REACH, _REACH, _CELLS + 1)
    return x, np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in x])


def cdf(x: Floats) -> Floats:
    """Return the standard normal distribution function, to 6e-10 (and to 5e-8 of itself down to x = -6).

    Read off a table of 131,073 exact values by straight lines, several times faster than computing each.
    """
    at, exact = _table()
    return np.interp(x, at, exact)


def density(x: Floats) -> Floats:
    """Return the standard normal density."""
    return np.asarray(np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi), dtype=np.float64)


def probability(x: float) -> float:
    """Return the distribution function of one number, exactly."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def quantile(p: float) -> float:
    """Return the x below which a share *p* of a standard normal lies."""
    return NormalDist().inv_cdf(p)
