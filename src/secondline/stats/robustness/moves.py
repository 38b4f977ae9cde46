"""Moves: what changes in the score, its ranking and the decisions when inputs go missing or move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import Decision
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.soundness import auc_lost

Floats = npt.NDArray[np.float64]
NO_ANSWER = "the model gives no score where this input is missing"
COSTS = 0.01


@dataclass(frozen=True, slots=True)
class Change:
    """The change of the mean score over the same rows, relative to the mean before, with its interval."""

    value: float
    low: float
    high: float
    before: float
    after: float
    n: int


def change(before: Floats, after: Floats, weight: Floats, level: float) -> Change | None:
    """Return the weighted mean of *after* less that of *before*, over |mean before|, where both are finite.

    The interval is normal over paired rows, the mean before taken as known. None without two such rows or with a mean
    of nought, of which nothing can be a share.
    """
    keep = np.isfinite(before) & np.isfinite(after) & (weight > 0)
    b, a, w = before[keep], after[keep], weight[keep]
    if len(b) < 2 or not (base := abs(float(w @ b / w.sum()))):  # noqa: PLR2004 - a spread needs two rows
        return None
    gap = a - b
    mean = float(w @ gap / w.sum())
    se = float(np.sqrt(np.sum((w * (gap - mean)) ** 2)) / w.sum())
    low, high = intervals.normal(mean, se, level)
    return Change(mean / base, low / base, high / base, float(w @ b / w.sum()), float(w @ a / w.sum()), len(b))


def flipped(before: Floats, after: Floats, weight: Floats, decision: Decision | None, sign: float) -> float | None:
    """Return the (weighted) share of rows whose decision changes; None where model.yaml states no rule."""
    if decision is None:
        return None
    keep = np.isfinite(before) & np.isfinite(after) & (weight > 0)
    one, two = (decision.approves(sign * s[keep]) for s in (before, after))
    return float(weight[keep] @ (one != two) / weight[keep].sum()) if keep.any() else None


def outage(
    before: Floats, everywhere: Floats, partly: Floats, rows: Sample, share: float, *, level: float = 0.95
) -> Measured:
    """AUC lost when one input is missing in every row.

    DeLong's paired interval. ``detail`` adds the mean score before and after, its relative change with a paired normal
    interval, and the same for rows of which a random share lost the input. Not applicable where the model then gives no
    score; undefined with one class.
    """
    if not np.isfinite(everywhere).any():
        return Undefined(because=NO_ANSWER, kind="not-applicable", n=rows.size)
    found = auc_lost(before, [everywhere], rows, level=level)
    some = auc_lost(before, [partly], rows, level=level)
    if isinstance(found, Undefined):
        return found
    w = rows.weight
    whole, part = change(before, everywhere, w, level), change(before, partly, w, level)
    detail: dict[str, Any] = {
        "before": found.detail["before"], "after": found.detail["after"],
        "mean score": _told(whole), "unanswered": float(np.mean(~np.isfinite(everywhere))),
        "random share": share, "AUC lost at random share": some.value if isinstance(some, Estimate) else None,
        "mean score at random share": _told(part),
    }  # fmt: skip
    return found.model_copy(update={"detail": detail, "method": "DeLong, paired"})


def _told(found: Change | None) -> dict[str, float] | None:
    return None if found is None else {
        "before": found.before, "after": found.after, "change": found.value, "low": found.low, "high": found.high,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Steps:
    """What moving one input did: scores after each step (down) of the rows (across), and over a grid of its values."""

    step: float
    mean_input: float
    before: Floats
    steps: tuple[int, ...]
    after: Floats
    clipped: Floats
    grid: Floats
    swept: Floats


def sensitivity(
    moved: Steps, weight: Floats, decision: Decision | None, sign: float, *, level: float = 0.95
) -> Measured:
    """Relative change of the mean score when one input moves by one step, the way that changes it more.

    A step is the interquartile range over 1.349, within the range seen; of a flag, its other value. Paired normal
    interval; the way is chosen among two, so the interval is at Bonferroni's level. ``detail`` has every step with the
    share of decisions changed and of rows that met the end of the range, the elasticity (relative change of the mean
    score over relative change of the mean input, by the two single steps) and the cliff: the largest change of the mean
    score between neighbouring points of the grid, as a share of the mean score and of the curve's whole range.
    Undefined where nothing moves. Source: SR 26-2, sensitivity; PRA SS1/23, principle 3.3.
    """
    each = 1 - (1 - level) / 2
    found = {k: change(moved.before, scores, weight, each) for k, scores in zip(moved.steps, moved.after, strict=True)}
    single = [c for k, c in found.items() if abs(k) == 1 and c is not None]
    if not single:
        return Undefined(because="the mean score is nought or unknown, so no change can be a share of it",
                         kind="not-applicable")  # fmt: skip
    most = max(single, key=lambda c: abs(c.value))
    rows = [
        {"step": k, **(_told(found[k]) or {}), "clipped": float(clip),
         "decisions changed": flipped(moved.before, after, weight, decision, sign)}
        for k, after, clip in zip(moved.steps, moved.after, moved.clipped, strict=True)
    ]  # fmt: skip
    return Estimate(
        value=most.value, low=most.low, high=most.high, level=level, method="paired normal", n=most.n,
        detail={"step": moved.step, "moves": rows, "elasticity": _elasticity(moved, found),
                "cliff": _cliff(moved, most.before)},
    )  # fmt: skip


def _elasticity(moved: Steps, found: dict[int, Change | None]) -> float | None:
    up, down = found.get(1), found.get(-1)
    if up is None or down is None or moved.mean_input == 0:
        return None
    return float((up.value - down.value) / (2 * moved.step / moved.mean_input))


def _cliff(moved: Steps, base: float) -> dict[str, float] | None:
    """Return where the mean curve jumps most between neighbouring grid points."""
    known = np.isfinite(moved.swept).all(axis=0)
    if len(moved.grid) < 2 or not known.any() or not base:  # noqa: PLR2004 - a jump has two ends
        return None
    curve = moved.swept[:, known].mean(axis=1)
    jumps = np.diff(curve)
    i = int(np.abs(jumps).argmax())
    spread = float(curve.max() - curve.min())
    return {
        "from": float(moved.grid[i]), "to": float(moved.grid[i + 1]), "change": float(jumps[i] / abs(base)),
        "of range": float(abs(jumps[i]) / spread) if spread > 0 else 0.0,
    }  # fmt: skip


def joint(
    before: Floats, names: Sequence[str], after: Floats, alone: Floats, weight: Floats, decision: Decision | None,
    sign: float, *, level: float = 0.95,
) -> Measured:  # fmt: skip
    """Relative change of the mean score when inputs move together, in the worst of the moves tried.

    Tried are every input by one step the way that raises risk, every input the other way, and one standard deviation
    either way along the first principal components of the inputs, so that moves which the data know as common are
    among them. Paired normal interval at Bonferroni's level over the moves. ``detail`` has every move with the share of
    decisions changed, and beside the first what the single moves add up to: more together than that is interaction.
    Source: Federal Reserve SR 11-7 (2011), on varying inputs simultaneously.
    """
    each = 1 - (1 - level) / max(len(names), 1)
    found = [(name, change(before, scores, weight, each), scores) for name, scores in zip(names, after, strict=True)]
    known = [(name, c, s) for name, c, s in found if c is not None]
    if not known:
        return Undefined(because="the mean score is nought or unknown, so no change can be a share of it",
                         kind="not-applicable")  # fmt: skip
    name, most, _ = max(known, key=lambda f: abs(f[1].value))
    moves = [{"move": n, **(_told(c) or {}), "decisions changed": flipped(before, s, weight, decision, sign)}
             for n, c, s in known]  # fmt: skip
    return Estimate(
        value=most.value, low=most.low, high=most.high, level=level, method="paired normal, all moves at once",
        n=most.n,
        detail={"move": name, "moves": moves, "single moves add up to": float(alone.sum() / abs(most.before))},
    )  # fmt: skip


def noise_curve(
    before: Floats, after: Sequence[Sequence[Floats]], scales: Sequence[float], rows: Sample, *, level: float = 0.95
) -> Measured:
    """AUC lost at the largest of several sizes of noise, with the whole curve.

    Noise is normal, as a share of each number's interquartile range over 1.349; each point is the mean over repeats on
    the same rows, with the interval of ``soundness.noise``. ``detail`` holds the curve and the size at which 0.01 of
    AUC is lost, by straight lines between points (None when less is lost). Undefined with one class.
    """
    points: list[dict[str, float]] = []
    last: Measured = Undefined(because="no size of noise was tried", kind="not-applicable")
    for scale, scores in zip(scales, after, strict=True):
        last = auc_lost(before, scores, rows, level=level)
        if isinstance(last, Undefined):
            return last
        points.append({"scale": scale, "lost": last.value, "low": last.low or 0.0, "high": last.high or 0.0,
                       "change of score": last.detail["mean change of score"]})  # fmt: skip
    if isinstance(last, Undefined):
        return last
    sizes, lost = [0.0, *(p["scale"] for p in points)], [0.0, *(p["lost"] for p in points)]
    return last.model_copy(update={"detail": {"curve": points, "costs 0.01 at": _reached(sizes, lost, COSTS),
                                              "before": last.detail["before"]}})  # fmt: skip


def _reached(sizes: Sequence[float], lost: Sequence[float], at: float) -> float | None:
    for i in range(1, len(sizes)):
        if lost[i] >= at > lost[i - 1]:
            return sizes[i - 1] + (at - lost[i - 1]) / (lost[i] - lost[i - 1]) * (sizes[i] - sizes[i - 1])
    return None
