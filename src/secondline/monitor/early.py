"""Early: what can be said of performance before labels have come: projected to those that will, or without any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables._arrays import FloatArray
from secondline.monitor.cases import cases
from secondline.monitor.forget import first_kept
from secondline.monitor.labels import Triangle, triangle
from secondline.monitor.projecting import ratio_of
from secondline.monitor.readings import Window
from secondline.monitor.sampling import EFFECT, Drawn, drawn, sampled
from secondline.monitor.watched import Watched, watched
from secondline.stats import intervals
from secondline.stats.discrimination.auc import auc
from secondline.stats.monitoring import lags, maturity, reweighted
from secondline.stats.monitoring import unlabelled as without

if TYPE_CHECKING:
    from secondline.monitor.state import State

DAY = 86_400_000_000
EVENT_RATE, DELAY, REWEIGHTED = "live.event_rate", "live.label_delay", "live.reweighted_auc"
ESTIMABLE: dict[str, without.Metric] = {
    "discrimination.auc": "auc", "fraud.detection_rate": "recall", "fraud.value_detection": "recall",
    "fraud.false_positive_ratio": "precision", EVENT_RATE: "rate",
}  # fmt: skip
"""What can be expected of calibrated scores alone, by the code of the check it is an estimate of."""
FEWEST = 10
"""Days of decisions below which a lag curve says nothing."""
GROWN = 0.95
"""Share of labels known from which on past cases are taken as labelled."""
MOST = 50_000
"""Cases of either side that a discriminator is fitted to."""


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
    error = state.once(("drawn", window, EVENT_RATE, known), lambda: drawn(state, window, EVENT_RATE, known))
    if not projected:
        return _known(events, float(n.sum()), error)
    curve = _curve(found, tail)
    if isinstance(curve, Undefined):
        return curve
    whole = maturity.ultimate(events, curve, ages, n)
    if isinstance(whole, Undefined):
        return whole
    measured = maturity.rate(whole, float(n.sum()))
    return sampled(measured, error) if isinstance(measured, Estimate) else measured


def _known(events: float, n: float, error: Drawn | None) -> Measured:
    """Return an event rate by Wilson's interval of as many rows as the accounts are worth."""
    p = min(events, n) / n
    plain = p * (1.0 - p) / n
    effect = max(error.se**2 / plain, 1.0) if error is not None and plain > 0 else 1.0
    low, high = intervals.wilson(p * n / effect, n / effect)
    method = "Wilson" if effect == 1.0 else "Wilson, at the design effect of accounts"
    return Estimate(value=p, low=low, high=high, n=n, events=p * n, method=method, detail={EFFECT: effect})


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

    The recalibration rests on labelled cases of the model's use before the window, as old as 95 % of their labels
    take, or on its reference where those are too few. Undefined where even recalibrated scores are no
    probabilities, and where the same estimate of those labelled cases is wrong. Right only as long as a score means
    what it meant then. ``live.reweighted_auc`` is another estimate: the AUC of the labelled cases, weighted to the
    window's mix of inputs.

    Raises:
        SpecError: the check cannot be estimated so.
    """
    if code == REWEIGHTED:
        return _reweighted(state, window, known)
    if code not in ESTIMABLE:
        able = ", ".join([*ESTIMABLE, REWEIGHTED])
        raise SpecError(f"{code} cannot be estimated without labels. Can be: {able}.")
    kept = watched(state, window.model)
    if kept.spec.score.kind != "probability" or kept.spec.score.direction == "lower-is-riskier":
        return Undefined(because="the score is no probability of the event", kind="not-applicable")
    cut = cut_of(kept.spec)
    if cut is None and ESTIMABLE[code] in {"recall", "precision"}:
        return Undefined(because="model.yaml states no threshold", kind="not-applicable")
    return _expected(state, kept, window, code, 1.0 if cut is None else cut, known)


def _expected(state: State, kept: Watched, window: Window, code: str, cut: float, known: int) -> Measured:
    money = kept.spec.fraud.amount if kept.spec.fraud else kept.spec.score.column
    past, label = _labelled(state, kept, window, known, (kept.spec.score.column, money))
    metric, score, valued = ESTIMABLE[code], past[:, 0], code == "fraud.value_detection"
    recalibration = without.Recalibration.of(score, label)
    if isinstance(recalibration, Undefined):
        return recalibration
    refused = without.misfit(recalibration, score, label) or without.proof(
        metric, score, cut, label, recalibration, worth=past[:, 1] if valued else None
    )
    if refused is not None:
        return refused
    now = cases(state, window, known, columns=list(dict.fromkeys((kept.spec.score.column, money, "live_arm"))))
    use = np.isin(now["live_arm"].to_numpy(zero_copy_only=False), ("champion", "control"))
    worth = _numbers(now, money)[use] if valued else None
    here = _numbers(now, kept.spec.score.column)[use]
    found = without.performance(metric, here, cut, recalibration, worth=worth)
    return ratio_of(found) if metric == "precision" else found


def cut_of(spec: ModelSpec) -> float | None:
    """Return the score from which on a case is alerted: the threshold of `fraud`, or where approval ends."""
    if spec.fraud is not None and spec.fraud.threshold is not None:
        return float(spec.fraud.threshold)
    return None if spec.decision is None else spec.decision.approve_below


def _labelled(
    state: State, kept: Watched, window: Window, known: int, columns: tuple[str, ...]
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return columns and labels of the cases that were labelled before a window, else of the reference."""
    label = str(kept.spec.columns.label)
    end = min(window.start, known - _grown(state, window, known) * DAY) if kept.absent.means == "good" else window.start
    first = max(end - 365 * DAY, first_kept(state, window.model))
    before = Window(window.model, window.version, first, max(end, first))
    named = list(dict.fromkeys((*columns, label)))
    past: Any = cases(state, before, known, columns=named)
    found = _numbers(past, label)
    few = min(float((found == 1).sum()), float((found == 0).sum())) < without.FEW
    if few:
        import pyarrow.parquet as pq

        past = pq.read_table(state.folder / kept.reference, columns=named)
    return np.column_stack([_numbers(past, name) for name in columns]), _numbers(past, label)


def _grown(state: State, window: Window, known: int) -> int:
    """Return the days after which the share GROWN of labels has come; all there are where nobody can say."""
    found = triangle(state, window.model, known, version=window.version).get("")
    curve = _curve(found, 0.0) if found is not None and len(found.decisions) >= FEWEST else None
    if not isinstance(curve, lags.Curve):
        return known // DAY
    return int(np.argmax(curve.shares >= GROWN)) + 1


def _reweighted(state: State, window: Window, known: int) -> Measured:
    """Return the AUC of labelled cases, weighted to the window's mix of numeric inputs and of the score."""
    kept = watched(state, window.model)
    numeric = {name for name, kind in kept.types.items() if kind.split("(")[0] in NUMERIC}
    columns = (kept.spec.score.column, *(c for c in kept.spec.columns.features or () if c in numeric))
    old, label = _labelled(state, kept, window, known, columns)
    now = cases(state, window, known, columns=[*columns, "live_arm"])
    use = np.isin(now["live_arm"].to_numpy(zero_copy_only=False), ("champion", "control"))
    new = np.column_stack([_numbers(now, name)[use] for name in columns])
    if not len(new) or not len(old):
        return Undefined(because="there are no cases on one of the sides", needed="cases")
    draw = np.random.default_rng(0)
    old_rows, new_rows = (draw.permutation(len(x))[:MOST] for x in (old, new))
    old, label, new = old[old_rows], label[old_rows], new[new_rows]
    middle = np.nan_to_num(np.nanmedian(np.where(np.isfinite(old), old, np.nan), axis=0))
    weights = reweighted.by_discriminator(*(np.where(np.isfinite(x), x, middle) for x in (old, new)))
    sign = -1.0 if kept.spec.score.direction == "lower-is-riskier" else 1.0
    return reweighted.performance(auc, sign * old[:, 0], label, weights)


NUMERIC = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "UTINYINT",
                     "USMALLINT", "UINTEGER", "UBIGINT"})  # fmt: skip


def _numbers(table: Any, name: str) -> FloatArray:
    """Return a column of a table as doubles, NaN where there is no number."""
    return np.asarray(table[name].cast("float64").to_numpy(zero_copy_only=False), dtype=np.float64)
