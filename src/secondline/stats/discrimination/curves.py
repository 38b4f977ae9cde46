"""Cumulative counts along the score, and the curves drawn from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from secondline.core.estimate import Undefined
from secondline.core.tables import ScoreTable
from secondline.core.tables._arrays import FloatArray

POINTS = 200


@dataclass(frozen=True, slots=True)
class Split:
    """A score table seen as two samples: weights of events and of non-events by ascending score."""

    events: FloatArray
    rest: FloatArray
    n_events: float
    n_rest: float


def split(table: ScoreTable) -> Split | Undefined:
    """Return the two samples, or why there are not two."""
    events, rest = table.event_weight, table.weight - table.event_weight
    total = float(table.event_weight.sum()), float(rest.sum())
    if not table.n:
        return Undefined(because="no row has both a score and a known outcome", needed="scored rows with outcomes")
    if table.n_events in {0, table.n}:
        only = "no events" if table.n_events == 0 else "only events"
        because = f"there are {only} among {table.n:,} rows, so nothing can be ranked"
        return Undefined(because=because, n=table.n, events=table.n_events, needed="rows of both classes")
    return Split(events, np.maximum(rest, 0.0), *total)


def roc(samples: Split) -> list[list[float]]:
    """Return the ROC curve from (0, 0) to (1, 1), thinned to about POINTS points; ties are straight pieces."""
    return thinned(_from_top(samples.rest) / samples.n_rest, _from_top(samples.events) / samples.n_events)


def cap(samples: Split) -> list[list[float]]:
    """Return the cumulative accuracy profile: share of events caught against share of all, riskiest first."""
    everyone = samples.events + samples.rest
    return thinned(_from_top(everyone) / everyone.sum(), _from_top(samples.events) / samples.n_events)


def _from_top(values: FloatArray) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(values[::-1])])


def thinned(x: FloatArray, y: FloatArray) -> list[list[float]]:
    """Return the points of a curve, at most about POINTS of them, both ends kept exactly."""
    if len(x) > POINTS:
        keep = np.unique(np.concatenate([np.searchsorted(x, np.linspace(0, 1, POINTS)), [0, len(x) - 1]]))
        keep = keep[keep < len(x)]
        x, y = x[keep], y[keep]
    return [[min(float(a), 1.0), min(float(b), 1.0)] for a, b in zip(x, y, strict=True)]
