"""Sampling: how far a window's figure lies from the truth behind it by chance alone, accounts being drawn whole.

A projected figure's interval is about the figure that the window will end with. What a watch tests is the rate behind
it, of which the window is a sample too: frauds come in runs on one card, so that accounts are drawn, not rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from secondline.core.estimate import Estimate
from secondline.monitor.decided import decided, lost_of
from secondline.monitor.evidence import se_of
from secondline.monitor.watched import watched
from secondline.monitor.windows import parts_within
from secondline.stats.clusters import ratio
from secondline.stats.intervals import z_of

if TYPE_CHECKING:
    from secondline.core.spec import ModelSpec
    from secondline.monitor.readings import Reading, Window
    from secondline.monitor.state import State

FRAUD = "(f.value IS NOT NULL)"
SAMPLING, EFFECT = "sampling_se", "design effect"
CLUSTERED = frozenset({"calibration", "discrimination"})
"""Families whose measures take rows one by one; those of fraud know their accounts."""


def _ratio(code: str, spec: ModelSpec) -> tuple[str, str, float]:
    """Return the numerator and the denominator of a figure, of one row, in SQL, and its scale."""
    caught = f"{FRAUD} AND alerted"
    return {
        "fraud.detection_rate": (f"({caught})::INT", f"{FRAUD}::INT", 1.0),
        "fraud.value_detection": (f"({caught})::INT * d.amount", f"{FRAUD}::INT * d.amount", 1.0),
        "fraud.false_positive_ratio": (f"({caught})::INT", "alerted::INT", 1.0),
        "fraud.loss_bps": (
            f"({FRAUD} AND through)::INT * {lost_of(spec).replace('l.', 'f.')}",
            "through::INT * d.amount",
            1e4,
        ),
        "live.event_rate": (f"{FRAUD}::INT", "1", 1.0),
    }[code]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A ratio of sums over accounts, its standard error, and how many accounts are in its denominator."""

    ratio: float
    se: float
    accounts: int


def drawn(state: State, window: Window, code: str, known: int) -> Drawn | None:
    """Return the sampling error of a window's ratio, accounts being drawn; None where fewer than two are in it.

    The error is that of a ratio of sums over accounts (`stats.clusters.ratio`). A share of none or of all has the
    error of one half a row more on either side.
    """
    spec, parts = watched(state, window.model).spec, parts_within(state, window)
    if not parts:
        return None
    above, below, scale = _ratio(code, spec)
    with decided(state, spec, parts, window.model, known) as con:
        sums = con.execute(
            f"SELECT sum({above})::DOUBLE AS a, sum({below})::DOUBLE AS b "  # noqa: S608 - our names
            "FROM d LEFT JOIN (SELECT * FROM l WHERE value = 1) f ON f.decision = d.id "
            f'WHERE "at" >= {window.start} AND "at" < {window.end} GROUP BY entity ORDER BY entity'
        ).fetchnumpy()
    found = ratio(*(np.ma.filled(sums[name], 0.0).astype(np.float64) for name in ("a", "b")))
    if found is None or found.clusters < 2:  # noqa: PLR2004 - one account has no spread
        return None
    se = found.se
    if code != "fraud.loss_bps" and not 0.0 < found.value < 1.0:
        p = (found.top + 0.5) / (found.bottom + 1.0)
        se = math.sqrt(p * (1.0 - p) / found.clusters)
    return Drawn(scale * found.value, scale * se, found.clusters)


def effect(state: State, window: Window, known: int) -> float:
    """Return the design effect of a window's labels, at least 1: what an account's rows do together.

    With r = y - mean(y) it is ``sum_e (sum r)^2 / sum r^2`` over accounts e. 1 where the model names no entity.
    Source: Kish (1965), Survey Sampling, 5.4.
    """
    kept, parts = watched(state, window.model), parts_within(state, window)
    if not kept.spec.columns.entity or not parts:
        return 1.0
    with decided(state, kept.spec, parts, window.model, known) as con:
        join = "LEFT JOIN" if kept.absent.means == "good" else "JOIN"
        row = con.execute(
            f"WITH y AS (SELECT entity, coalesce(l.value, 0) AS y FROM d {join} l ON l.decision = d.id "  # noqa: S608 - our names
            f'WHERE "at" >= {window.start} AND "at" < {window.end}), '
            "r AS (SELECT entity, y - (SELECT avg(y) FROM y) AS r FROM y) "
            "SELECT sum(s * s), sum(q) FROM (SELECT sum(r) AS s, sum(r * r) AS q FROM r GROUP BY entity)"
        ).fetchone()
    together, alone = (float(x or 0.0) for x in row)
    return max(together / alone, 1.0) if alone > 0 else 1.0


def spread_out(state: State, reading: Reading) -> Reading:
    """Return a reading of labelled rows that says its standard error with rows of one account taken together.

    The measure took rows as drawn one by one; its interval stays what a validation of those rows would say.
    """
    measured = reading.measured
    family = reading.metric.partition(".")[0]
    if reading.maturity is None or family not in CLUSTERED or not isinstance(measured, Estimate):
        return reading
    if measured.low is None or measured.high is None:
        return reading
    window, known = replace(reading.window, segment="", level=""), reading.known
    found = state.once(("effect", window, known), lambda: effect(state, window, known))
    error = se_of(measured) * math.sqrt(found)
    told = {EFFECT: found, SAMPLING: error, "se": error}
    return replace(reading, measured=measured.model_copy(update={"detail": measured.detail | told}))


def sampled(estimate: Estimate, found: Drawn | None) -> Estimate:
    """Return a projected estimate that says its standard error about the truth as well: projection and sampling.

    False alerts for one true one are ``(1 - p) / p`` of the share p that was drawn: their error is that of p over p^2.
    """
    if found is None or estimate.low is None or estimate.high is None:
        return estimate
    precision = estimate.detail.get("precision")
    error = found.se / precision**2 if precision else found.se
    projection = (estimate.high - estimate.low) / (2.0 * z_of(estimate.level))
    told = {SAMPLING: error, "se": math.hypot(error, projection), "accounts": found.accounts}
    return estimate.model_copy(update={"detail": estimate.detail | told})
