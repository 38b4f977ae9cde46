"""Blocked: what is true of all traffic though what was blocked has no outcome, told by the control arm.

Each case that was let through had a known chance of that: 1 where the model approved, the control arm's elsewhere.
Weighted by its inverse, those seen stand for all. What had no chance at all (*unreachable*) widens the interval.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables._arrays import FloatArray
from secondline.monitor.decided import alert_of
from secondline.monitor.labels import join_labels
from secondline.monitor.lens import BY_MODEL, ROWS, looking, quoted
from secondline.monitor.rows import load
from secondline.monitor.watched import watched
from secondline.monitor.windows import parts_within
from secondline.stats.monitoring import selection

if TYPE_CHECKING:
    from secondline.monitor.readings import Window
    from secondline.monitor.state import State

FEWEST = 30
"""Labelled cases of the control arm below which it speaks for nothing."""


@dataclass(frozen=True, slots=True)
class Arms:
    """The traffic of a window: of what was let through and has a label, its outcome, chance, and whether alerted.

    ``total`` cases by the model, of which ``blocked``, and ``unreachable`` without any chance of being let through.
    """

    label: FloatArray
    chance: FloatArray
    alerted: FloatArray
    total: float
    blocked: float
    unreachable: float

    @property
    def control(self) -> int:
        """Labelled cases that were let through at random."""
        return int((self.chance < 1.0).sum())

    @property
    def refused(self) -> Undefined | None:
        """Why nothing can be told of blocked traffic: nobody to speak for it, or too few."""
        if self.total <= 0 or not len(self.label):
            return Undefined(because="no case that was let through has a label", needed="labelled cases")
        if self.blocked > 0 and self.control < FEWEST:
            because = f"{self.blocked:,.0f} cases were blocked and {self.control} of their kind were let through"
            needed = f"a control arm with {FEWEST} labelled cases in the window"
            return Undefined(because=because, n=self.control, needed=needed)
        return None

    def detail(self) -> dict[str, Any]:
        """Return the size of the arm and how far it reaches, as numbers a reader can check."""
        arm = self.chance < 1.0
        return {
            "control arm": self.control, "frauds in the arm": int(self.label[arm].sum()),
            "smallest chance": float(self.chance.min()), "blocked": int(self.blocked),
            "never let through": self.unreachable / self.total,
        }  # fmt: skip


def arms(state: State, window: Window, known: int) -> Arms:
    """Return the traffic of a window that the model decided, with the labels known at an instant."""
    kept = watched(state, window.model)
    label, score = (quoted(name) for name in (str(kept.spec.columns.label), kept.spec.score.column))
    with looking(state, kept) as lens:
        join_labels(lens, state, state.parts("label", kept.model), known)
        load(lens, state, parts_within(state, window), known, window=window)
        rows = lens.run(
            f"SELECT label, chance, {alert_of(kept.spec)}, decision <> 'decline', count(*) FROM ("  # noqa: S608 - our names
            f"SELECT {label} AS label, live_chance AS chance, live_arm AS arm, live_decision AS decision, "
            f"{score} AS score FROM {ROWS} WHERE live_arm IN {BY_MODEL}) d GROUP BY ALL ORDER BY ALL"
        )
    return _arms(rows)


def _arms(rows: list[Any]) -> Arms:
    seen = [r for r in rows if r[3] and r[0] is not None and r[1]]
    count = [int(r[4]) for r in seen]
    label, chance, alerted = (np.repeat(np.array([float(r[i]) for r in seen]), count) for i in (0, 1, 2))
    total, blocked, never = (
        float(sum(r[4] for r in some)) for some in (rows, [r for r in rows if not r[3]], [r for r in rows if not r[1]])
    )
    return Arms(label, chance, alerted, total, blocked, never)


def _event_rate(found: Arms) -> Measured:
    share = found.unreachable / found.total
    return selection.rate(found.label, found.chance, total=found.total - found.unreachable, unreachable=share)


def _bias(found: Arms) -> Measured:
    return selection.bias(found.label, found.chance)


def _among(event: float, what: str) -> Callable[[Arms], Measured]:
    def of(found: Arms) -> Measured:
        mine = found.label == event
        if not mine.any():
            return Undefined(because=f"no {what} has been let through", needed=what)
        return selection.rate(found.alerted[mine], found.chance[mine])

    return of


def _precision(found: Arms) -> Measured:
    mine = found.alerted > 0
    if not mine.any():
        return Undefined(because="no alert was let through", needed="a control arm")
    return selection.rate(found.label[mine], found.chance[mine])


UNBIASED: dict[str, Callable[[Arms], Measured]] = {
    "live.unbiased_event_rate": _event_rate, "live.blocked_bias": _bias,
    "live.unbiased_detection": _among(1.0, "fraud"), "live.unbiased_false_positives": _among(0.0, "genuine case"),
    "live.unbiased_precision": _precision,
}  # fmt: skip
"""Event rate of all traffic; naive rate less that; alerted share of frauds and of genuine cases; share of alerts that
are fraud."""


def unbiased(state: State, window: Window, code: str, known: int) -> Measured:
    """Return a measure of all traffic of a window, blocked or not, weighted by chances of having been let through.

    The labels must be mature. Undefined where something was blocked and fewer than thirty labelled cases were let
    through at random: then nobody speaks for what was blocked.
    """
    found = state.once(("arms", window, known), lambda: arms(state, window, known))
    if (refused := found.refused) is not None:
        return refused
    measured = UNBIASED[code](found)
    if not isinstance(measured, Estimate):
        return measured
    share = found.unreachable / found.total
    more = (
        (f"{share:.1%} of traffic is never let through, and nothing is known of it",)
        if share > 0 and code != "live.unbiased_event_rate" else ()
    )  # fmt: skip
    return measured.model_copy(
        update={"detail": measured.detail | found.detail(), "warnings": (*measured.warnings, *more)}
    )
