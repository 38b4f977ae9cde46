"""Scored rows: probability, outcome and weight of each, and the probabilities with the overall level put right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondline.core.tables import Sample

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
EDGE = 1e-9
STEPS = 50


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Rows with a probability *p*, an outcome *y* (0 or 1) and a weight *w* whose mean is 1.

    ``level`` are the probabilities after one shift in log-odds that makes their weighted sum that of the outcomes:
    what is wrong everywhere alike is no weakness of a region.
    """

    p: Floats
    y: Floats
    w: Floats
    level: Floats

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.p)

    def at(self, rows: npt.NDArray[np.intp] | Flags) -> Scored:
        """Return some of the rows, their overall level as it was."""
        return Scored(self.p[rows], self.y[rows], self.w[rows], self.level[rows])


def scored(p: Floats, y: Floats, w: Floats | None = None) -> Scored:
    """Return rows ready to be searched; *p* is kept within 1e-9 of its ends."""
    p = np.clip(p, EDGE, 1 - EDGE)
    weight = np.ones(len(p)) if w is None else np.asarray(w / w.mean(), dtype=np.float64)
    return Scored(p, y, weight, levelled(p, y, weight))


def log_odds(p: Floats) -> Floats:
    """Return the log-odds of probabilities."""
    return np.asarray(np.log(p) - np.log1p(-p))


def expit(odds: Floats) -> Floats:
    """Return the probabilities of log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -700, 700))))


def levelled(p: Floats, y: Floats, w: Floats) -> Floats:
    """Return *p* shifted in log-odds so that ``sum w p = sum w y``; unchanged where only one class was seen."""
    odds, wanted = log_odds(p), float(w @ y)
    if not 0 < wanted < float(w.sum()):
        return p
    shift = 0.0
    for _ in range(STEPS):
        moved = expit(odds + shift)
        gap = wanted - float(w @ moved)
        if abs(gap) <= 1e-10 * wanted:
            break
        # Newton's step, held to one unit so that a bad start cannot throw it out.
        shift += float(np.clip(gap / float(w @ (moved * (1 - moved))), -1, 1))
    return np.clip(expit(odds + shift), EDGE, 1 - EDGE)


def usable(rows: Sample) -> tuple[Floats, Floats, Floats, Flags]:
    """Return score, outcome and weight of the rows that have all three, and which rows those are."""
    score = np.asarray(rows.columns["@score"], dtype=np.float64)
    label = np.asarray(rows.columns["@label"], dtype=np.float64)
    weight = rows.weight
    keep = np.isfinite(score) & np.isfinite(label) & np.isfinite(weight) & (weight > 0)
    return score[keep], label[keep], weight[keep], keep


def probabilities(score: Floats, y: Floats, w: Floats, *, probability: bool) -> Floats:
    """Return the scores as probabilities: as they are, or points through the logistic line that fits the outcomes.

    The line (intercept and slope, by Newton's method on standardised scores) gives points the level they lack, so that
    regions are judged against what the score says of them relative to others.
    """
    if probability:
        return np.clip(score, EDGE, 1 - EDGE)
    spread = float(score.std())
    z = (score - score.mean()) / spread if spread > 0 else np.zeros(len(score))
    design = np.column_stack([np.ones(len(z)), z])
    beta = np.zeros(2)
    for _ in range(STEPS):
        p = expit(design @ beta)
        hessian = design.T @ (design * (w * p * (1 - p))[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (w * (y - p)))
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:  # noqa: PLR2004 - converged
            break
    return np.clip(expit(design @ beta), EDGE, 1 - EDGE)
