"""Projecting: what a window's measures of fraud come to once all labels have come, by the delays of earlier ones.

Frauds that were alerted and frauds that were missed are confirmed at different speeds, and so are types of label: each
has a lag curve of its own where there are enough of it, else one of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables._arrays import FloatArray, IntArray
from secondline.monitor.decided import decided, lost_of
from secondline.monitor.forget import must_be_kept
from secondline.monitor.parts import DAY
from secondline.monitor.sampling import drawn, sampled
from secondline.monitor.watched import watched
from secondline.stats.monitoring import lags, maturity
from secondline.stats.monitoring.maturity import Projected

if TYPE_CHECKING:
    from secondline.monitor.readings import Window
    from secondline.monitor.state import State

ENOUGH = 30
"""Labels below which a side or a type of label has no lag curve of its own."""
FEWEST = 10
"""Labels below which nothing is projected."""
BASIS_POINTS = 10_000.0
NOTHING_LATER = "it is assumed that no label comes later than {} days, the longest delay that could be seen"


@dataclass(frozen=True, slots=True)
class Come:
    """Frauds known at an instant, grouped: type of label, whether alerted, whether it went through, day, days late."""

    kind: Any
    alerted: Any
    through: Any
    day: IntArray
    lag: IntArray
    count: FloatArray
    value: FloatArray
    lost: FloatArray

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True, slots=True)
class Past:
    """The decisions of a model up to a day, by day, and the frauds known of them."""

    first: int
    today: int
    n: FloatArray
    alerts: FloatArray
    volume: FloatArray
    passed: FloatArray
    """Money of what was not declined."""
    come: Come

    def rows(self, window: Window) -> slice:
        """Return which days are the window's."""
        return slice(max(window.start // DAY - self.first, 0), max(-(-window.end // DAY) - self.first, 0))

    @property
    def ages(self) -> IntArray:
        """How many lags of each day are wholly known."""
        return np.arange(len(self.n), 0, -1, dtype=np.int64)


def past(state: State, window: Window, known: int) -> Past | None:
    """Return what was known at an instant of all decisions of a model (one version, or all); None without any."""
    spec = watched(state, window.model).spec
    today = (known + 1) // DAY - 1
    parts = [p for p in state.parts("decision", window.model) if window.version in {"", p.version} and p.day <= today]
    if not parts:
        return None
    with decided(state, spec, parts, window.model, known) as con:
        days = con.execute(
            "SELECT day, count(*), count(*) FILTER (WHERE alerted), sum(amount), "
            "coalesce(sum(amount) FILTER (WHERE through), 0) FROM d GROUP BY day ORDER BY day"
        ).fetchall()
        come = con.execute(
            f"SELECT l.kind, alerted, through, day, greatest(l.first // {DAY} - day, 0) AS lag, "  # noqa: S608 - our names
            f"count(*), sum(d.amount), sum({lost_of(spec)}) "
            f"FROM d JOIN l ON l.decision = d.id WHERE l.value = 1 AND l.first // {DAY} <= {today} "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    return _past(days, come, today) if days else None


def _past(days: list[Any], come: list[Any], today: int) -> Past:
    first = int(days[0][0])
    sums: Any = np.zeros((4, today - first + 1))
    for day, *held in days:
        sums[:, day - first] = held
    columns: list[Any] = [np.array(column) for column in zip(*come, strict=True)] or [np.empty(0)] * 8
    flags = [columns[0].astype(str), *(c.astype(bool) for c in columns[1:3])]
    whole, sizes = [c.astype(np.int64) for c in columns[3:5]], [c.astype(float) for c in columns[5:]]
    return Past(first, today, sums[0], sums[1], sums[2], sums[3], Come(*flags, *whole, *sizes))


@dataclass(frozen=True, slots=True)
class _Side:
    """Some of the frauds (by a mask), in a measure of each, of a window among all that is past."""

    past: Past
    window: Window
    mask: Any
    by: str

    def curve(self, mask: Any) -> lags.Curve | Undefined:
        come, counted = self.past.come, self.by == "count"
        found = lags.Lags.of(
            come.day[mask], come.lag[mask], today=self.past.today, first=self.past.first,
            longest=self.past.today - self.past.first, amount=getattr(come, self.by)[mask],
        )  # fmt: skip
        return lags.curve(lags.Lags(found.counts, found.ages, counted=counted), tail=0.0)

    def ultimate(self, mask: Any, curve: lags.Curve | Undefined) -> Projected | Undefined:
        if isinstance(curve, Undefined):
            return curve
        come, rows = self.past.come, self.past.rows(self.window)
        inside = mask & (come.day - self.past.first >= rows.start) & (come.day - self.past.first < rows.stop)
        exposure = self.past.n if self.by == "count" else self.past.volume
        known = float(getattr(come, self.by)[inside].sum())
        return maturity.ultimate(known, curve, self.past.ages[rows], exposure[rows])

    def _number(self, mask: Any) -> float:
        return float(self.past.come.count[mask].sum())

    def _kinds(self) -> Iterator[Any]:
        """Yield a mask for each type of label that there are enough of, and one for all others together."""
        come = self.past.come
        big = [k for k in np.unique(come.kind) if self._number(self.mask & (come.kind == k)) >= ENOUGH]
        yield from (self.mask & (come.kind == k) for k in big)
        rest = self.mask & ~np.isin(come.kind, big)
        if rest.any() or not big:
            yield rest

    def projected(self) -> Projected | Undefined:
        """Return the ultimate: by type of label where each can be told, else of all types on one curve."""
        come = self.past.come
        whole = self.mask if self._number(self.mask) >= ENOUGH else np.ones(len(come), dtype=bool)
        if self._number(whole) < FEWEST:
            because = f"{self._number(whole):,.0f} frauds have become known, too few for a curve of their delays"
            return Undefined(because=because, n=self._number(whole), needed=f"{FEWEST} labelled frauds")
        parts = []
        for mask in self._kinds():
            enough = self._number(mask) >= ENOUGH
            part = self.ultimate(mask, self.curve(mask if enough else whole))
            if isinstance(part, Undefined):
                return self.ultimate(self.mask, self.curve(whole))
            parts.append(part)
        return maturity.total(parts)


def _side(past: Past, window: Window, mask: Any, by: str) -> Projected | Undefined:
    return _Side(past, window, mask, by).projected()


def _detection(by: str) -> Callable[[Past, Window], Measured]:
    def of(past: Past, window: Window) -> Measured:
        caught, missed = (_side(past, window, m, by) for m in (past.come.alerted, ~past.come.alerted))
        for one in (caught, missed):
            if isinstance(one, Undefined):
                return one
        return maturity.share_of(caught, missed)  # type: ignore[arg-type]  # neither is undefined

    return of


def _false_positives(past: Past, window: Window) -> Measured:
    caught = _side(past, window, past.come.alerted, "count")
    if isinstance(caught, Undefined):
        return caught
    alerts = float(past.alerts[past.rows(window)].sum())
    return ratio_of(maturity.rate(caught, alerts))


def ratio_of(precision: Measured) -> Measured:
    """Return false alerts for one true one from the share of true alerts: ``(1 - p) / p``, the ends exchanged."""
    if not isinstance(precision, Estimate):
        return precision
    if precision.value <= 0:
        return Undefined(because="no alert is fraud: the ratio has no end", n=precision.n, needed="a true alert")
    least = 1.0 / max(precision.n, 2.0)
    value, low, high = (
        (1.0 - p) / p for p in (precision.value, min(precision.high or 1.0, 1.0), max(precision.low or 0.0, least))
    )
    return precision.model_copy(update={
        "value": value, "low": low, "high": high,
        "detail": {name: kept for name, kept in precision.detail.items() if name != "se"}
        | {"precision": precision.value},
    })  # fmt: skip


def _loss(past: Past, window: Window) -> Measured:
    lost = _side(past, window, past.come.through, "lost")
    if isinstance(lost, Undefined):
        return lost
    return maturity.rate(lost, float(past.passed[past.rows(window)].sum()), scale=BASIS_POINTS)


PROJECTABLE: dict[str, Callable[[Past, Window], Measured]] = {
    "fraud.detection_rate": _detection("count"), "fraud.value_detection": _detection("value"),
    "fraud.false_positive_ratio": _false_positives, "fraud.loss_bps": _loss,
}  # fmt: skip
"""Checks whose number can be projected to the labels that will have come."""


def projected(state: State, window: Window, code: str, known: int) -> Measured:
    """Return what a check of a window will say once all labels have come, with the interval of that figure.

    Known labels count as they stood at the instant; those still to come are projected by lag curves of all earlier
    decisions. A report that is withdrawn later was counted until then.

    Raises:
        SpecError: the check cannot be projected.
    """
    if code not in PROJECTABLE:
        raise SpecError(f"{code} cannot be projected. Can be: {', '.join(PROJECTABLE)}, live.event_rate.")
    if window.segment:
        return Undefined(because="one level of a segment is not projected by itself", kind="not-applicable")
    must_be_kept(state, window)
    found = state.once(("past", window.model, window.version, known), lambda: past(state, window, known))
    if found is None or not found.n[found.rows(window)].sum():
        return Undefined(because="no decision of the model is in this window", needed="decisions")
    measured = PROJECTABLE[code](found, window)
    if not isinstance(measured, Estimate):
        return measured
    said, rows = NOTHING_LATER.format(found.today - found.first), found.rows(window)
    inside = (found.come.day - found.first >= rows.start) & (found.come.day - found.first < rows.stop)
    frauds = float(found.come.count[inside].sum())
    n = frauds if code in {"fraud.detection_rate", "fraud.value_detection"} else float(found.n[rows].sum())
    detail = measured.detail | {"by": "value" if code in {"fraud.value_detection", "fraud.loss_bps"} else "count"}
    whole = measured.model_copy(
        update={"n": n, "events": frauds, "detail": detail, "warnings": (*measured.warnings, said)}
    )
    return sampled(whole, state.once(("drawn", window, code, known), lambda: drawn(state, window, code, known)))
