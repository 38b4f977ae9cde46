"""Reproduction: does what was built again, or what runs elsewhere, score and decide as the champion does?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats import intervals, power, soundness
from secondline.stats.discrimination.paired import versus_challenger
from secondline.stats.fairness.groups import decisions

Floats = npt.NDArray[np.float64]
BINS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """Scores of the same rows by the champion and by the model built again, and what is known of the building."""

    champion: Floats
    again: Floats
    facts: dict[str, Any]


def rebuilt(refit: Refit, rows: Sample, spec: ModelSpec, *, level: float = 0.95, tolerance: float = 1e-6) -> Measured:
    """Share of rows whose score the refit does not give again: |champion - refit| > *tolerance*.

    Counted as score parity is: a row scored by one side only differs; every row of a small population has no sampling
    error, a sample has Clopper and Pearson's interval. ``detail`` holds the largest difference, whether the files are
    identical, the decisions changed, how installed versions differ from the lock, and the scores binned. A warning
    says when versions differ. Undefined without rows. Source: EBA supervisory handbook on IRB validation (2023), 35a.
    """
    found = soundness.differing(refit.champion, refit.again, rows.total, level=level, tolerance=tolerance)
    if isinstance(found, Undefined):
        return found
    changed = decisions_differ(rows, refit.champion, refit.again, spec, level=level)
    detail = found.detail | refit.facts | {"binned": binned(refit.champion, refit.again)}
    if isinstance(changed, Estimate):
        detail["decisions changed"] = changed.events
    other = refit.facts.get("other versions") or {}
    warned = [f"{len(other)} installed packages are not of the version that the lock names"] if other else []
    return found.model_copy(update={"detail": detail, "warnings": (*found.warnings, *warned)})


def rebuilt_auc(refit: Refit, rows: Sample, *, level: float = 0.95) -> Measured:
    """AUC of the model built again less the champion's, on the same rows.

    DeLong's paired variance, normal interval; exactly 0 with no width when the order of all rows is the same. What a
    refit must keep when its scores cannot be the same in every digit. Undefined with one class. Source: DeLong, DeLong
    and Clarke-Pearson (1988).
    """
    if "@label" not in rows.columns:
        return Undefined(because="model.yaml names no label", kind="not-applicable", n=rows.size)
    found = versus_challenger(_with(rows, {"@score": refit.again, "@challenger": refit.champion}), level=level)
    if isinstance(found, Undefined):
        return found
    known = {"champion": found.detail["challenger"], "refit": found.detail["champion"], "se": found.detail["se"]}
    return found.model_copy(update={"detail": known})


def _with(rows: Sample, columns: dict[str, Floats]) -> Sample:
    return replace(rows, columns=rows.columns | columns)


def decisions_differ(rows: Sample, one: Floats, other: Floats, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Share of rows on which two scores lead to different decisions under the declared rule.

    A row that only one of them can decide differs. Unweighted: each case counts once, but rows of weight 0 do not.
    With no difference among n rows the interval ends at the zero-defect bound ``1 - (1 - level)^(1/n)``, about 3 / n,
    which says what these rows rule out in use; else it is Clopper and Pearson's. Not applicable without a decision
    rule; undefined when nothing can be decided. Sources: EBA supervisory handbook on IRB validation (2023), 85b; Hanley
    and Lippman-Hand (1983), JAMA 249, 1743.
    """
    if spec.decision is None:
        return Undefined(because="model.yaml states no `decision` rule", kind="not-applicable", n=rows.size)
    first, decided = decisions(_with(rows, {"@score": one}), spec)
    second, known = decisions(_with(rows, {"@score": other}), spec)
    n, hits = int((decided | known).sum()), int(((first != second) | (decided != known)).sum())
    if not n:
        return Undefined(because="no row can be decided", needed="rows with a score")
    span = intervals.clopper_pearson(hits, n, level)
    high = span.high if hits else power.zero_failures_bound(n, confidence=level)
    return Estimate(
        value=hits / n, low=span.low, high=high, level=level, n=n, events=hits,
        method="Clopper-Pearson" if hits else "zero-defect bound",
        detail={"approved by one and not by the other": int((first & ~second & known).sum()),
                "declined by one and not by the other": int((~first & decided & second).sum()),
                "decided by one only": int((decided != known).sum())},
    )  # fmt: skip


def binned(champion: Floats, again: Floats) -> list[dict[str, float]]:
    """Return both scores in bins of equal size by the champion's.

    Means, and the champion's mean moved by the differences between which the middle 90 % of the bin's rows lie.
    """
    keep = np.isfinite(champion) & np.isfinite(again)
    order = np.argsort(champion[keep], kind="stable")
    parts = [part for part in np.array_split(order, min(BINS, len(order) or 1)) if len(part)]
    mine, theirs = champion[keep], again[keep]
    gap = theirs - mine
    return [
        {"champion": float(mine[part].mean()), "refit": float(theirs[part].mean()), "rows": len(part),
         "low": float(mine[part].mean() + np.quantile(gap[part], 0.05)),
         "high": float(mine[part].mean() + np.quantile(gap[part], 0.95))}
        for part in parts
    ]  # fmt: skip
