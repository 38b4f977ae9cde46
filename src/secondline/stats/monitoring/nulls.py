"""What a stream is watched for: null hypotheses whose evidence is a function of sums.

Each null says which sums of rows it needs (``increment``) and what e-value they amount to (``log_e``). Sums add over
rows, days and partitions, so the state of a process is small, mergeable, and can be restated. Under the null the
e-value is a non-negative supermartingale that starts at 1: the chance that it ever reaches 1/alpha is at most alpha
(Ville 1939). ``log_e`` takes one row of sums, or a matrix of them. ``spent`` is the chance that the bounds of an
estimated baseline are wrong; 0 when the null is known.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np
from scipy.special import betaincc, betaincinv, betaln, log_ndtr, logsumexp

from secondline.core.errors import SpecError
from secondline.core.tables._arrays import FloatArray

Sides = Literal["both", "rise", "fall"]
BASELINE_SHARE = 1.0 / 11.0
"""The part of the budget that pays for the uncertainty of a baseline: the threshold then rises by a tenth."""


class Null(Protocol):
    """A hypothesis that the stream is as it should be."""

    @property
    def spent(self) -> float:
        """The chance that the null, taken from a baseline, does not hold for that baseline."""
        ...

    @property
    def size(self) -> int:
        """How many sums an increment has."""
        ...

    def log_e(self, sums: FloatArray) -> FloatArray:
        """Return the logarithm of the e-value of each row of *sums*."""
        ...

    def rows(self, sums: FloatArray) -> float:
        """Return how many rows (or windows) one row of *sums* stands for."""
        ...


def required(statement: bool, why: str) -> None:
    """Refuse a null that cannot be meant."""
    if not statement:
        raise SpecError(why)


def both(rise: FloatArray, fall: FloatArray, sides: Sides) -> FloatArray:
    """Return the log e-value of the *sides* watched: the mean of two e-values is one."""
    if sides == "rise":
        return rise
    return fall if sides == "fall" else np.asarray(np.logaddexp(rise, fall) - math.log(2.0))


@dataclass(frozen=True, slots=True)
class RateWithin:
    """The chance of an event, given the past, lies in [low, high] for every row.

    Against a rise the likelihood ratio to *high* is averaged over rates above it, with weights of a Beta law around
    *high* whose standard deviation is *shift*, the smallest change that matters (Robbins' mixture). With s events of
    n rows ``E = B(a+s, b+n-s) I(a+s, b+n-s) / (B(a, b) I(a, b) high^s (1-high)^(n-s))``, I the upper tail of the Beta
    law beyond *high*; against a fall the same with events and non-events exchanged. Exact for every sample size.
    Source: Robbins (1970), Annals of Mathematical Statistics 41; Howard et al. (2021), Annals of Statistics 49.
    """

    low: float
    high: float
    shift: float
    sides: Sides = "both"
    spent: float = 0.0

    def __post_init__(self) -> None:
        """Refuse bounds that are no rates."""
        required(0.0 < self.low <= self.high < 1.0, f"A rate's bounds must satisfy 0 < low <= high < 1; got {self}.")
        required(self.shift > 0.0, "The shift that matters must be above 0.")

    @staticmethod
    def of_baseline(
        events: float, n: float, *, shift: float, alpha: float, tolerance: float = 0.0, sides: Sides = "both"
    ) -> RateWithin:
        """Return the null that the rate is a baseline's, of which *events* of *n* rows are known.

        The bounds are Clopper and Pearson's at confidence 1 - alpha/11, widened by *tolerance*; the eleventh of the
        budget is charged to the process, whose threshold rises by a tenth.
        """
        required(0 <= events <= n and n > 0, f"A baseline needs rows, and events among them; got {events} of {n}.")
        spent = alpha * BASELINE_SHARE
        tail = spent / (2.0 if sides == "both" else 1.0)
        low = float(betaincinv(events, n - events + 1.0, tail)) if events > 0 else 0.0
        high = float(betaincinv(events + 1.0, n - events, 1.0 - tail)) if events < n else 1.0
        edge = 1e-12
        bounds = max(low - tolerance, edge), min(high + tolerance, 1.0 - edge)
        return RateWithin(*bounds, shift=shift, sides=sides, spent=spent)

    @property
    def size(self) -> int:
        """Rows and events."""
        return 2

    def increment(self, events: float, n: float) -> tuple[float, ...]:
        """Return the sums of a window: *events* of *n* rows."""
        required(0 <= events <= n, f"There cannot be {events} events among {n} rows.")
        return float(n), float(events)

    def log_e(self, sums: FloatArray) -> FloatArray:
        """Return the logarithm of the e-value of each row of *sums*."""
        n, s = sums[..., 0], sums[..., 1]
        return both(_beyond(s, n - s, self.high, self.shift), _beyond(n - s, s, 1.0 - self.low, self.shift), self.sides)

    def rows(self, sums: FloatArray) -> float:
        """Return the rows counted."""
        return float(sums[..., 0])


def _beyond(hits: FloatArray, rest: FloatArray, edge: float, shift: float) -> FloatArray:
    """Return the log mixture of likelihood ratios of rates above *edge* to *edge*."""
    weight = max(edge * (1.0 - edge) / shift**2 - 1.0, 2.0)
    a, b = weight * edge, weight * (1.0 - edge)
    with np.errstate(divide="ignore"):
        # Far below the edge the tail underflows: evidence of nothing, on the safe side.
        tails = np.log(betaincc(a + hits, b + rest, edge)) - np.log(betaincc(a, b, edge))
    ratio = betaln(a + hits, b + rest) - betaln(a, b) - hits * math.log(edge) - rest * math.log1p(-edge)
    return np.asarray(ratio + tails)


_BETS = 0.9 / 3.0 ** np.arange(8)


@dataclass(frozen=True, slots=True)
class MeanWithin:
    """The mean of a bounded value, given the past, lies in [low, high] for every row; values lie in [floor, ceiling].

    A gambler who bets the share lambda of his capital on a rise multiplies it by ``1 + lambda (x - high)`` a row, which
    is fair or worse under the null. The e-value is the mean capital over eight lambdas from 0.9 of the largest
    possible down by threes, for a rise and a fall. Sums are rows, total, and the logarithm of each capital. Exact for
    every sample size and law; the range must hold, and a value outside it is refused. Source: Waudby-Smith and Ramdas
    (2024), JRSS B 86, 1 (a mixture over constant bets).
    """

    low: float
    high: float
    floor: float = 0.0
    ceiling: float = 1.0
    sides: Sides = "both"
    spent: float = 0.0

    def __post_init__(self) -> None:
        """Refuse bounds outside the range."""
        inside = self.floor < self.low <= self.high < self.ceiling
        required(inside, f"A mean's bounds must satisfy floor < low <= high < ceiling; got {self}.")

    @property
    def size(self) -> int:
        """Rows, total and sixteen capitals."""
        return 2 + 2 * len(_BETS)

    def increment(self, values: FloatArray) -> tuple[float, ...]:
        """Return the sums of rows; NaN takes no part, a value outside the range is refused."""
        x = np.asarray(values, dtype=np.float64)
        x = x[~np.isnan(x)]
        inside = bool(np.all((x >= self.floor) & (x <= self.ceiling)))
        required(inside, f"Values must lie between {self.floor} and {self.ceiling}.")
        up = _BETS / (self.high - self.floor)
        down = _BETS / (self.ceiling - self.low)
        capitals = [math.fsum(np.log1p(b * (x - self.high))) for b in up]
        capitals += [math.fsum(np.log1p(b * (self.low - x))) for b in down]
        return float(len(x)), math.fsum(x), *capitals

    def log_e(self, sums: FloatArray) -> FloatArray:
        """Return the logarithm of the e-value of each row of *sums*."""
        k = len(_BETS)
        return both(_mean(sums[..., 2 : 2 + k]), _mean(sums[..., 2 + k :]), self.sides)

    def rows(self, sums: FloatArray) -> float:
        """Return the rows counted."""
        return float(sums[..., 0])


def _mean(logs: FloatArray) -> FloatArray:
    return np.asarray(logsumexp(logs, axis=-1) - math.log(logs.shape[-1]))


_TILTS = 0.02 * 2.0 ** np.arange(7)
CLIP = 1e-6


@dataclass(frozen=True, slots=True)
class CalibratedWithin:
    """Each row's odds of an event are its predicted odds times a factor in [1/factor, factor]; factor 1: calibrated.

    With y the outcome and p the prediction (moved by the factor), ``E = mean over l of prod exp(l y) / (1 - p + p
    exp(l))`` over tilts l of the log-odds from 0.02 up by twos to 1.28, for a rise and a fall: observed against
    predicted with the known law of each row, exact for every sample size. Predictions nearer 0 or 1 than 1e-6 are
    moved there. Sums are rows, events, the sums of p and p (1 - p), and the logarithm of each denominator. Rows of
    one prediction may be given once with their count; the mean prediction of a narrow cell is on the safe side, as
    the logarithm is concave. Errors that cancel between high and low scores are not seen: watch bands for those.
    Source: Howard et al. (2020), Probability Surveys 17, 257; Ville's inequality.
    """

    factor: float = 1.0
    sides: Sides = "both"
    spent: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a factor below 1."""
        required(self.factor >= 1.0, "The factor on the odds that is tolerated must be at least 1.")

    @property
    def size(self) -> int:
        """Rows, events, two sums of predictions and fourteen denominators."""
        return 4 + 2 * len(_TILTS)

    def increment(self, predicted: FloatArray, events: FloatArray, n: FloatArray | None = None) -> tuple[float, ...]:
        """Return the sums of rows with a prediction each, or of groups of *n* rows; NaN takes no part."""
        p, y = np.asarray(predicted, dtype=np.float64), np.asarray(events, dtype=np.float64)
        count = np.ones_like(p) if n is None else np.asarray(n, dtype=np.float64)
        use = ~(np.isnan(p) | np.isnan(y)) & (count > 0)
        p, y, count = np.clip(p[use], CLIP, 1.0 - CLIP), y[use], count[use]
        required(bool(np.all((y >= 0) & (y <= count))), "Events cannot be below 0 or above the rows of their group.")
        rise, fall = _moved(p, self.factor), _moved(p, 1.0 / self.factor)
        logs = [float(count @ np.log1p(rise * math.expm1(t))) for t in _TILTS]
        logs += [float(count @ np.log1p(fall * math.expm1(-t))) for t in _TILTS]
        return float(count.sum()), float(y.sum()), float(count @ p), float(count @ (p * (1.0 - p))), *logs

    def log_e(self, sums: FloatArray) -> FloatArray:
        """Return the logarithm of the e-value of each row of *sums*."""
        s, k = sums[..., 1:2], len(_TILTS)
        rise, fall = _TILTS * s - sums[..., 4 : 4 + k], -_TILTS * s - sums[..., 4 + k :]
        return both(_mean(rise), _mean(fall), self.sides)

    def rows(self, sums: FloatArray) -> float:
        """Return the rows counted."""
        return float(sums[..., 0])


def _moved(p: FloatArray, factor: float) -> FloatArray:
    return p * factor / (1.0 - p + p * factor)


@dataclass(frozen=True, slots=True)
class WindowsWithin:
    """A statistic of independent windows (an AUC, a share of value detected) has a mean in [low, high].

    Window t reports a value with standard error se_t, normal about its mean. Against a rise, with ``V = sum 1/se^2``
    and ``S = sum (value - high)/se^2``, likelihood ratios are averaged over rises with a half-normal law of scale
    *shift*: ``E = 2 (1 + shift^2 V)^(-1/2) exp(S^2 shift^2 / (2 (1 + shift^2 V))) Phi(S shift / (1 + shift^2
    V)^(1/2))``. As exact as the normal law of a window: give windows with twenty events or more. Source: Robbins
    (1970); Howard et al. (2021), proposition 6 (one-sided normal mixture).
    """

    low: float
    high: float
    shift: float
    sides: Sides = "both"
    spent: float = 0.0

    def __post_init__(self) -> None:
        """Refuse bounds in the wrong order."""
        ordered = math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high
        required(ordered, f"The bounds must be finite, and low at most high; got {self}.")
        required(self.shift > 0.0, "The shift that matters must be above 0.")

    @staticmethod
    def of_baseline(
        value: float, se: float, *, shift: float, alpha: float, tolerance: float = 0.0, sides: Sides = "both"
    ) -> WindowsWithin:
        """Return the null that windows have the mean of a baseline estimate, known with standard error *se*.

        The bounds are normal ones at confidence 1 - alpha/11, widened by *tolerance*.
        """
        from scipy.special import ndtri

        required(se >= 0.0, "A standard error cannot be negative.")
        spent = alpha * BASELINE_SHARE if se > 0 else 0.0
        reach = tolerance - se * float(ndtri(spent / (2.0 if sides == "both" else 1.0))) if se > 0 else tolerance
        return WindowsWithin(value - reach, value + reach, shift=shift, sides=sides, spent=spent)

    @property
    def size(self) -> int:
        """Windows, precision and weighted total."""
        return 3

    def increment(self, value: float, se: float) -> tuple[float, ...]:
        """Return the sums of one window."""
        required(
            se > 0.0 and math.isfinite(value), f"A window needs a finite value and an se above 0; got {value}, {se}."
        )
        return 1.0, 1.0 / se**2, value / se**2

    def log_e(self, sums: FloatArray) -> FloatArray:
        """Return the logarithm of the e-value of each row of *sums*."""
        v, total = sums[..., 1], sums[..., 2]
        return both(_half(total - self.high * v, v, self.shift), _half(self.low * v - total, v, self.shift), self.sides)

    def rows(self, sums: FloatArray) -> float:
        """Return the windows counted."""
        return float(sums[..., 0])


def _half(s: FloatArray, v: FloatArray, scale: float) -> FloatArray:
    wide = 1.0 + scale**2 * v
    z = s * scale / np.sqrt(wide)
    return np.asarray(math.log(2.0) - np.log(wide) / 2.0 + z * z / 2.0 + log_ndtr(z))


def as_json(null: Any) -> dict[str, Any]:
    """Return a null as plain JSON values, with the name of its kind."""
    return {"kind": type(null).__name__} | asdict(null)
