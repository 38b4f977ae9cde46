"""How long labels take: the share F(d) of eventual labels that have come d lags after the decision.

Only labels that came are seen, so a young case shows short lags only (right truncation). Estimates that forget this
say labels come sooner than they do. Looking back from the longest lag mends it: among labels of cases old enough to
show lag k, which share of those within k came exactly at k? That is the reverse-time hazard, and its product is the
chain ladder. Source: Lagakos, Barraj and De Gruttola (1988), Biometrika 75, 515; Mack (1991), ASTIN Bulletin 21.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from secondline.core.errors import MergeError, SpecError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables._arrays import FloatArray, IntArray, as_json, floats, ints, same
from secondline.stats import intervals

BLOCKS = 12
FEW = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Lags:
    """Labels by cohort (row) and lag (column), oldest cohort first; ``ages[i]`` lags of cohort i are wholly known.

    Give one for each type of label, since types come at speeds of their own. *counted* is False where the sums are
    amounts, not counts: their dispersion may then be any number, in the amount's unit.
    """

    counts: FloatArray
    ages: IntArray
    counted: bool = True

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit and negative counts; what lies beyond an age is not known and is not read."""
        counts, ages = floats(self.counts), ints(self.ages)
        if counts.ndim != 2 or counts.shape[0] != len(ages):  # noqa: PLR2004 - cohorts by lags
            raise SpecError(f"Lags need one age for each cohort; got counts of {counts.shape} and {len(ages)} ages.")
        seen = np.arange(counts.shape[1]) < ages[:, None]
        if np.any(counts[seen] < 0) or np.isnan(counts[seen]).any():
            raise SpecError("Labels within the age of their cohort must be numbers of at least 0.")
        object.__setattr__(self, "counts", floats(np.where(seen, counts, 0.0)))
        object.__setattr__(self, "ages", ints(np.minimum(ages, counts.shape[1])))

    @staticmethod
    def of(
        cohort: IntArray, lag: IntArray, *, today: int, first: int, longest: int, amount: FloatArray | None = None
    ) -> Lags:
        """Return the lags of labels: whole days of decision and of waiting; *today* is the last whole day known.

        Cohorts run from *first* to *today*. Labels before *first*, beyond lag *longest* (counted from 0) or after
        today are left out; a label cannot come before its decision.
        """
        made, wait = np.asarray(cohort, dtype=np.int64), np.asarray(lag, dtype=np.int64)
        if np.any(wait < 0):
            raise SpecError("A label cannot be known before its decision: a lag is negative.")
        use = (made >= first) & (made + wait <= today) & (wait <= longest)
        size = (max(today - first + 1, 0), longest + 1)
        weight = None if amount is None else np.asarray(amount, dtype=np.float64)[use]
        cells = np.bincount((made[use] - first) * size[1] + wait[use], weights=weight, minlength=size[0] * size[1])
        ages = today - np.arange(first, first + size[0]) + 1
        return Lags(cells.reshape(size).astype(np.float64), ages, counted=amount is None)

    def __add__(self, other: Lags) -> Lags:
        """Return the labels of both: parts of the same cohorts as known on the same day."""
        if self.counts.shape != other.counts.shape or not np.array_equal(self.ages, other.ages):
            raise MergeError.different("lags", "cohorts", str(self.counts.shape), str(other.counts.shape))
        return Lags(self.counts + other.counts, self.ages, self.counted and other.counted)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable

    @property
    def known(self) -> FloatArray:
        """Labels known of each cohort."""
        return np.asarray(self.counts.sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The share of eventual labels that have come within each lag, and how well it is known.

    ``shares[d]`` is F(d), labels that come with a lag of at most d, of those that come within the longest lag observed.
    ``tail`` is the share thought to come later still: an assumption, None when none was stated. ``steps[d]`` is the
    variance that lag d adds to log F of every smaller lag (Greenwood's, times ``dispersion``). ``n`` labels.
    """

    shares: FloatArray
    steps: FloatArray
    dispersion: float
    n: float
    tail: float | None = None
    counted: bool = True

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable

    def at(self, age: Any) -> FloatArray:
        """Return F for cases of which *age* lags are wholly known: 0 at age 0; the tail, if stated, is taken off."""
        ages = np.clip(np.asarray(age, dtype=np.int64), 0, len(self.shares))
        return np.asarray(np.concatenate([[0.0], self.shares])[ages] * (1.0 - (self.tail or 0.0)))

    def relative_variance(self, age: int) -> float:
        """Return the variance of log F at *age*: what all later lags add."""
        return float(self.steps[max(min(age, len(self.steps)), 0) :].sum())

    def maturity(self, age: int, *, level: float = 0.95) -> Measured:
        """Share of eventual labels known of cases of which *age* lags are wholly known, normal on the logit scale."""
        value, top = float(self.at(age)), 1.0 - (self.tail or 0.0)
        warnings = () if self.tail is not None else ("nothing is said of labels later than the longest lag observed",)
        within = value / top
        se = within * math.sqrt(max(self.relative_variance(age), 0.0))
        low, high = intervals.logit_normal(within, se, level) if 0 < within < 1 and se > 0 else (within, within)
        return Estimate(
            value=value, low=low * top, high=high * top, level=level, n=self.n, warnings=warnings,
            method="reverse-time hazard, Greenwood" if self.counted else "chain ladder, Greenwood",
            detail={"dispersion": self.dispersion, "tail": self.tail, "longest": len(self.shares) - 1},
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)

    @staticmethod
    def from_json(state: dict[str, Any]) -> Curve:
        """Return the curve that `to_json` wrote."""
        held: dict[str, Any] = state | {"shares": floats(state["shares"]), "steps": floats(state["steps"])}
        return Curve(**held)


def curve(lags: Lags, *, tail: float | None = None) -> Curve | Undefined:
    """Lag curve from right-truncated labels.

    With D_k the labels of lag k and N_k those of lags up to k, both of cohorts old enough to show k, ``r_k = D_k /
    N_k`` and ``F(d) = prod over k > d of (1 - r_k)``: the chain ladder's 1 / (f_d f_(d+1) ...). The variance of log
    F(d) is ``dispersion * sum over k > d of r_k / (N_k (1 - r_k))``; half a label, spread over the lags, is added to
    each D_k there, so that lags without labels are not thought certain. The dispersion is Pearson's, over at most
    twelve blocks of cohorts by twelve bands of lags, at least 1 for counts. *tail* is the share thought to come after
    the longest lag observed. Undefined without labels. Source: Lagakos et al. (1988); Mack (1991).
    """
    if tail is not None and not 0.0 <= tail < 1.0:
        raise SpecError(f"The tail is a share of at least 0 and below 1; got {tail}.")
    came, within = _hazards(lags)
    used = int(np.flatnonzero(within > 0)[-1]) + 1 if np.any(within > 0) else 0
    if not used:
        return Undefined(because="no label has come yet", needed="cohorts with labels")
    came, within = came[:used], within[:used]
    r = np.where(within > 0, came / np.where(within > 0, within, 1.0), 0.0)
    r[0] = 0.0
    shares = np.append(np.cumprod((1.0 - r)[:0:-1])[::-1], 1.0)
    spread = _dispersion(lags, r)
    unit = spread if not lags.counted else 1.0
    pseudo = np.minimum(came + unit * 0.5 / used, within * (1.0 - 1e-9))
    steps = np.where(within > 0, spread * pseudo / np.maximum(within * (within - pseudo), 1e-300), 0.0)
    steps[0] = 0.0
    return Curve(floats(shares), floats(steps), spread, float(lags.counts.sum()), tail, lags.counted)


def _hazards(lags: Lags, rows: Any = slice(None)) -> tuple[FloatArray, FloatArray]:
    """Return D_k and N_k over some cohorts."""
    counts = lags.counts[rows]
    seen = np.arange(counts.shape[1]) < lags.ages[rows][:, None]
    return counts.sum(axis=0), (np.cumsum(counts, axis=1) * seen).sum(axis=0)


def _dispersion(lags: Lags, r: FloatArray) -> float:
    """Return Pearson's chi-square of blocks of cohorts by bands of lags, over its degrees of freedom."""
    total = lags.counts.sum(axis=0)[: len(r)]
    open_ = (r > 0) & (r < 1)
    if not open_.any():
        return 1.0
    heap = np.cumsum(np.where(open_, total, 0.0))
    band = np.minimum((heap / heap[-1] * BLOCKS * 0.999999).astype(int), BLOCKS - 1)
    cohorts = np.array_split(np.arange(len(lags.ages)), min(BLOCKS, len(lags.ages)))
    chi, cells = 0.0, 0
    for block in cohorts:
        came, within = (x[: len(r)] for x in _hazards(lags, block))
        gap, variance = came - within * r, within * r * (1.0 - r)
        gaps, spread = (np.bincount(band[open_], weights=x[open_], minlength=BLOCKS) for x in (gap, variance))
        chi += float((gaps[spread > 0] ** 2 / spread[spread > 0]).sum())
        cells += int(np.count_nonzero(spread > 0))
    df = cells - len(np.unique(band[open_]))
    found = chi / df if df > 0 else 1.0
    return max(found, 1.0) if lags.counted else max(found, 1e-300)


def drift(lags: Lags, split: int, *, level: float = 0.95) -> Measured:
    """Whether labels of cohorts from row *split* on come as fast as those before.

    In reverse time, the labels that came at each lag among those within it are compared as by the log-rank test:
    ``O = sum D_k`` of the new cohorts against ``E = sum N_k r_k`` with the pooled r_k, variance hypergeometric times
    the dispersion. The value is O / E: above 1, the new labels come later, and a projection from older cohorts is too
    low. H0: both have one lag curve; two-sided. A curve that drifts should be estimated from the new cohorts only.
    Undefined when fewer than five labels are expected beyond lag 0 on either side. Source: Mantel (1966); Kalbfleisch
    and Lawless (1991), Statistica Sinica 1, 19.
    """
    old, new = _hazards(lags, slice(0, split)), _hazards(lags, slice(split, None))
    # Lag 0 has no hazard to compare: all labels within it came at it.
    came, within = (np.asarray(a + b)[1:] for a, b in zip(old, new, strict=True))
    mine, others = new[1][1:], old[1][1:]
    both = (mine > 0) & (others > 0)
    r = came[both] / within[both]
    observed, expected = float(new[0][1:][both].sum()), float((mine[both] * r).sum())
    if expected < FEW or float((others[both] * r).sum()) < FEW:
        return Undefined(because="too few labels to compare lags", n=expected, needed="five late labels on either side")
    pooled = curve(lags)
    spread = pooled.dispersion if isinstance(pooled, Curve) else 1.0
    room = np.maximum(within[both] - 1.0, 1.0)
    variance = spread * float((mine[both] * others[both] / within[both] * r * (1.0 - r) * within[both] / room).sum())
    z = (observed - expected) / math.sqrt(variance) if variance > 0 else 0.0
    ratio = observed / expected
    reach = math.exp(min(intervals.z_of(level) * math.sqrt(variance) / max(expected, 1.0), 50.0))
    return Estimate(
        value=ratio,
        low=ratio / reach,
        high=ratio * reach,
        level=level,
        method="reverse-time log-rank",
        n=float(lags.counts.sum()),
        events=observed,
        p_value=float(2.0 * ndtr(-abs(z))),
        detail={"z": z, "expected": expected, "split": split},
        warnings=() if abs(z) < intervals.z_of(level) else ("labels come at another speed than before",),
    )
