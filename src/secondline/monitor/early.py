"""Early: what can be said of performance before labels have come: projected to those that will, or without any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.errors import SpecError
from secondline.core.estimate import Measured, Undefined
from secondline.monitor.cases import cases
from secondline.monitor.forget import first_kept
from secondline.monitor.labels import Triangle, triangle
from secondline.monitor.readings import Window
from secondline.monitor.watched import watched
from secondline.stats.monitoring import lags, maturity
from secondline.stats.monitoring import unlabelled as without

if TYPE_CHECKING:
    from secondline.monitor.state import State

DAY = 86_400_000_000
EVENT_RATE, DELAY = "live.event_rate", "live.label_delay"
ESTIMABLE = {"discrimination.auc": "auc"}
FEWEST = 10
"""Days of decisions below which a lag curve says nothing."""


def _curve(found: Triangle, tail: float | None) -> lags.Curve | Undefined:
    return lags.curve(lags.Lags(found.counts, found.ages), tail=tail)


def event_rate(state: State, window: Window, known: int, *, projected: bool, tail: float = 0.0) -> Measured:
    """Events per decision of a window: known to date, or projected to those that will have come.

    The lag curve is of all labels known then; *tail* is the share thought to come after its longest lag.
    """
    found = triangle(state, window.model, known, version=window.version).get("")
    if found is None or len(found.decisions) < FEWEST:
        return Undefined(because=f"there are fewer than {FEWEST} days of decisions", needed=f"{FEWEST} days")
    rows = slice(max(window.start // DAY - found.first, 0), max(window.end // DAY - found.first, 0))
    n, ages = found.decisions[rows].astype(float), found.ages[rows]
    events = float(sum(row[:age].sum() for row, age in zip(found.counts[rows], ages, strict=True)))
    if n.sum() <= 0:
        return Undefined(because="no decision of the model is in this window", needed="decisions")
    if not projected:
        return _known(events, float(n.sum()))
    curve = _curve(found, tail)
    if isinstance(curve, Undefined):
        return curve
    whole = maturity.ultimate(events, curve, ages, n)
    return whole if isinstance(whole, Undefined) else maturity.rate(whole, float(n.sum()))


def _known(events: float, n: float) -> Measured:
    from secondline.core.estimate import Estimate
    from secondline.stats import intervals

    low, high = intervals.wilson(min(events, n), n)
    return Estimate(value=min(events, n) / n, low=low, high=high, n=n, events=min(events, n), method="Wilson")


def matured(state: State, window: Window, known: int) -> float | None:
    """Return the share of a window's eventual labels that had come by an instant; None where nobody can say."""
    found = triangle(state, window.model, known, version=window.version).get("")
    if found is None or len(found.decisions) < FEWEST:
        return None
    curve = _curve(found, 0.0)
    rows = slice(max(window.start // DAY - found.first, 0), max(window.end // DAY - found.first, 0))
    n = found.decisions[rows].astype(float)
    if isinstance(curve, Undefined) or n.sum() <= 0:
        return None
    return float(np.clip((n * curve.at(found.ages[rows])).sum() / n.sum(), 0.0, 1.0))


def delay(state: State, window: Window, known: int) -> Measured:
    """How much later the labels of the window's cases come than those of cases before it: 1 is as fast."""
    found = triangle(state, window.model, known, version=window.version).get("")
    if found is None:
        return Undefined(because="no label has come yet", needed="labels")
    split = window.start // DAY - found.first
    if not 0 < split < len(found.ages):
        return Undefined(because="there are no cases before this window", needed="an earlier period")
    return lags.drift(lags.Lags(found.counts, found.ages), split)


def estimated(state: State, window: Window, code: str, known: int) -> Measured:
    """What a check would say of a window whose labels have not come: expected from recalibrated scores.

    The recalibration rests on labelled cases of the model's use before the window, or of its reference where those
    are too few. Right only as long as a score means what it meant then.

    Raises:
        SpecError: the check cannot be estimated so.
    """
    if code not in ESTIMABLE:
        raise SpecError(f"{code} cannot be estimated without labels. Can be: {', '.join(ESTIMABLE)}.")
    kept = watched(state, window.model)
    if kept.spec.score.kind != "probability":
        return Undefined(because="the score is no probability", kind="not-applicable")
    recalibration = _recalibrated(state, window, known)
    if isinstance(recalibration, Undefined):
        return recalibration
    score = _column(state, window, known, kept.spec.score.column)
    return without.performance(ESTIMABLE[code], score, 0.5, recalibration)  # type: ignore[arg-type]  # its own words


def _recalibrated(state: State, window: Window, known: int) -> without.Recalibration | Undefined:
    kept = watched(state, window.model)
    columns = [kept.spec.score.column, str(kept.spec.columns.label)]
    before = Window(window.model, window.version, first_kept(state, window.model), window.start)
    past = cases(state, before, known, columns=columns)
    score, label = (np.asarray(past[name].to_numpy(zero_copy_only=False), dtype=np.float64) for name in columns)
    found = without.Recalibration.of(score, label)
    if not isinstance(found, Undefined):
        return found
    import pyarrow.parquet as pq

    held: Any = pq.read_table(state.folder / kept.reference, columns=columns)
    score, label = (np.asarray(held[name].to_numpy(zero_copy_only=False), dtype=np.float64) for name in columns)
    return without.Recalibration.of(score, label)


def _column(state: State, window: Window, known: int, name: str) -> Any:
    found = cases(state, window, known, columns=[name])
    return np.asarray(found[name].to_numpy(zero_copy_only=False), dtype=np.float64)
