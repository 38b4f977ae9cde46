"""Overfit: what a model explains of rows it has not seen, less what it explains of those it was built on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.tables import Sample, ScoreTable
from secondline.stats import intervals, power
from secondline.stats.calibration import loss, scored

_TINY = 2.0**-52
ROLES = ("out-of-sample", "out-of-time")


@dataclass(frozen=True, slots=True)
class Explained:
    """The share of the outcome's uncertainty that a score explains, and its standard error."""

    value: float
    se: float
    log_loss: float


def explained(table: ScoreTable) -> Explained:
    """Return McFadden's R2, ``1 - log-loss / log-loss of predicting the observed rate for all``.

    The standard error is that of the influence function ``-(l - L) / H + L / H^2 ln((1 - r) / r) (y - r)`` with l a
    row's loss, L its mean, r the rate and H its entropy: both the loss and the rate are estimates. Source: McFadden
    (1974), in Frontiers in Econometrics.
    """
    total = float(table.weight.sum())
    rate, mean = float(table.event_weight.sum()) / total, math.fsum(table.log_loss) / total
    entropy = -rate * math.log(rate) - (1 - rate) * math.log(1 - rate)
    p = np.clip(table.score, _TINY, 1.0 - _TINY)
    pull = mean / entropy**2 * math.log((1 - rate) / rate)
    of_event = -(-np.log(p) - mean) / entropy + pull * (1 - rate)
    of_other = -(-np.log1p(-p) - mean) / entropy - pull * rate
    squares = table.event_weight_sq * of_event**2 + (table.weight_sq - table.event_weight_sq) * of_other**2
    return Explained(1 - mean / entropy, math.sqrt(max(math.fsum(squares), 0.0)) / total, mean)


def lost(reference: ScoreTable, current: ScoreTable, facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Share of uncertainty explained (McFadden's R2) on the reference less that on the current population.

    Log-loss itself moves with the default rate; R2 divides that out. Independent samples, normal interval; ``p_value``
    is one-sided, H0: nothing was lost. ``detail`` has log-loss and Brier score of both sides, and the optimism to
    expect: a model of k free parameters fitted by maximum likelihood on n rows has a mean log-loss about k / n lower
    there than on new rows (Akaike 1973), here with k the number of features plus one; trees and searched models have
    more. Not applicable to points; undefined when a side has no rows or one class. *facts* are the
    reference's. Sources: McFadden (1974); Akaike (1973); EBA supervisory handbook on IRB validation (2023).
    """
    for table in (reference, current):
        if (none := scored.unusable(table) or scored.one_class(table)) is not None:
            return none
    was, now = explained(reference), explained(current)
    value, se = was.value - now.value, math.hypot(was.se, now.se)
    low, high = intervals.normal(value, se, level)
    k = len(facts.features) + 1
    detail: dict[str, object] = {
        "reference": was.value, "current": now.value, "log-loss": [was.log_loss, now.log_loss],
        "log-loss gap": now.log_loss - was.log_loss, "expected optimism": k / reference.n, "parameters": k,
        "brier": [b.value if isinstance(b, Estimate) else None for b in map(loss.brier, (reference, current))],
    }  # fmt: skip
    return Estimate(
        value=value, low=low, high=high, level=level, method="normal, independent samples", n=current.n,
        events=current.n_events, p_value=float(sps.norm.sf(value / se)) if se > 0 else float(value <= 0),
        mde=power.mde(se, alpha=1 - level, sides=1) if se > 0 else None, mde_unit="R2 lost", detail=detail,
    )  # fmt: skip


def unseen(roles: Mapping[str, str], *, level: float = 0.95) -> Estimate:
    """Count of the two kinds of unseen rows, out-of-sample and out-of-time, that no population claims to be.

    A count of declarations: no interval. ``detail`` lists the populations of each kind. Source: EBA supervisory
    handbook on IRB validation (2023), which asks for both.
    """
    found = {kind: [name for name, role in roles.items() if role == kind] for kind in ROLES}
    missing = [kind for kind, names in found.items() if not names]
    return Estimate(
        value=len(missing), level=level, method="declared roles counted, no rows",
        detail={kind: ", ".join(names) or "none" for kind, names in found.items()},
    )  # fmt: skip


def not_later(rows: Sample, reference: Sample, *, level: float = 0.95) -> Measured:
    """Share of rows dated no later than the last row of the reference.

    Wilson's interval on a sample, none where every row was seen; of a sampled reference the last row is the last of its
    sample, so that the share errs on the low side. Undefined without dated rows on both sides.
    """
    mine, theirs = rows.finite("@time"), reference.finite("@time")
    if not (len(mine) and len(theirs)):
        return Undefined(because="there are no dated rows to compare", n=rows.size, needed="rows with a time")
    hits, n = int((mine <= theirs.max()).sum()), len(mine)
    span = intervals.wilson(hits, n, level) if rows.size < rows.total else None
    return Estimate(
        value=hits / n, low=span.low if span else None, high=span.high if span else None, level=level,
        method="Wilson" if span else "every row", n=n, events=hits,
    )  # fmt: skip
