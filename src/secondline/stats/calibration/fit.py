"""Goodness of fit: Hosmer and Lemeshow's test by band and Spiegelhalter's test along the score."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import ndtr

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import GroupTable, ScoreTable
from secondline.stats import power
from secondline.stats.calibration import rates, scored
from secondline.stats.calibration.jeffreys import RELATIVE
from secondline.stats.calibration.rates import Rates

FEW = 5.0


def hosmer_lemeshow(groups: GroupTable, *, level: float = 0.95, in_sample: bool = False) -> Measured:
    """Hosmer and Lemeshow's chi-square over bands.

    H0: in each of g bands the true rate is the mean prediction p_g. The value is ``sum((O_g - E_g)^2 / (N_g p_g (1
    - p_g)))``, chi-square with g degrees of freedom on data the model was not fitted to, and g - 2 with
    *in_sample*. Weighted rows enter as Kish's effective counts. ``mde`` is the smallest common shift of all rates,
    as a share of each prediction, found with 80 % power. No interval: the statistic grows with the rows and
    measures no effect. With many rows it always rejects; read the slope beside it. Bands that expect fewer than
    five events or non-events make the p-value rough and are counted in the warnings. Undefined when a band's
    prediction is exactly 0 or 1 or no degree of freedom is left. Source: Hosmer and Lemeshow (1980), Communications
    in Statistics A 9.
    """
    whole = rates.of(groups)
    if isinstance(whole, Undefined):
        return whole
    found = list(rates.each(groups))
    if any(not 0.0 < band.predicted < 1.0 for band in found):
        return Undefined(because="a band's mean prediction is exactly 0 or 1", n=whole.rows, events=whole.event_rows)
    df = len(found) - (2 if in_sample else 0)
    if df < 1:
        because = f"{len(found)} bands leave no degree of freedom in sample"
        return Undefined(because=because, n=whole.rows, events=whole.event_rows, needed="at least three bands")
    value = math.fsum(_contribution(band) for band in found)
    spread = math.fsum(band.n * band.predicted / (1.0 - band.predicted) for band in found)
    return Estimate(
        value=value,
        level=level,
        method=whole.method(f"chi-square with {df} degrees of freedom"),
        n=whole.rows,
        events=whole.event_rows,
        p_value=float(stats.chi2.sf(value, df)),
        mde=math.sqrt(power.chi_square_noncentrality(df, alpha=1.0 - level) / spread),
        mde_unit=RELATIVE,
        detail={"df": df, "bands": _bands(groups, found, level)},
        warnings=_sparse(found),
    )


def _contribution(band: Rates) -> float:
    return band.n * band.gap**2 / (band.predicted * (1.0 - band.predicted))


def _bands(groups: GroupTable, found: list[Rates], level: float) -> list[dict[str, Any]]:
    rows = rates.bands(groups, level)
    return [row | {"contribution": _contribution(band)} for row, band in zip(rows, found, strict=True)]


def _sparse(found: list[Rates]) -> tuple[str, ...]:
    sparse = sum(band.n * min(band.predicted, 1.0 - band.predicted) < FEW for band in found)
    text = f"{sparse} of {len(found)} bands expect fewer than {FEW:g} events or non-events, so the p-value is rough"
    return (text,) if sparse else ()


def spiegelhalter(scores: ScoreTable, *, level: float = 0.95) -> Measured:
    """Spiegelhalter's z: is the Brier score what the predictions themselves lead one to expect?

    H0: each event has exactly its predicted probability. With prediction p, outcome y and weight w the value is ``Z
    = sum(w (y - p)(1 - 2p)) / sqrt(sum(w^2 (1 - 2p)^2 p (1 - p)))``, standard normal under H0; the p-value is
    two-sided. Above zero, small rates are too low or large ones too high. No interval: Z grows with the rows.
    ``mde`` is the common shift of all rates, as a share of each prediction, found with 80 % power. The numerator is
    exact on any table; on a grid the denominator takes each cell at its mean score and ``bound`` is what that can
    move Z. Undefined without predictions strictly between 0 and 1 and off one half. Source: Spiegelhalter (1986),
    Statistics in Medicine 5, 421.
    """
    if (unusable := scored.unusable(scores)) is not None:
        return unusable
    p = scores.score
    gap = math.fsum(scores.event_weight - scores.score_weight - 2.0 * (scores.score_event - scores.score_sq))
    variance = float(np.sum(scores.weight_sq * (1.0 - 2.0 * p) ** 2 * p * (1.0 - p)))
    if variance <= 0.0:
        because = "every prediction is 0, 1 or one half, where the test has no spread"
        return Undefined(because=because, n=scores.n, events=scores.n_events)
    z, bound = gap / math.sqrt(variance), 0.0
    if scores.cell:
        # |d/dp (1 - 2p)^2 p (1 - p)| <= 1 on [0, 1]: a score is less than one cell from its cell's mean.
        bound = abs(z) * scores.cell * float(scores.weight_sq.sum()) / (2.0 * variance)
    shifted = abs(math.fsum(scores.score_weight - 2.0 * scores.score_sq))
    return Estimate(
        value=z,
        level=level,
        method="standard normal",
        n=scores.n,
        events=scores.n_events,
        p_value=2.0 * float(ndtr(-abs(z))),
        bound=bound,
        mde=power.mde(math.sqrt(variance) / shifted, alpha=1.0 - level) if shifted > 0 else None,
        mde_unit=RELATIVE,
    )
