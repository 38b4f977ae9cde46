"""What the statistics of graded answers share: which rows are scored, the items they are of, and what is told of them.

A row is one answer graded once. An item is a case, whatever how often it was asked: sizes are of items, and an item
asked several times counts by its mean. Rows without a verdict stay out of the number and are told, with the bounds
they leave.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.declared.scorers import COMPARED
from secondline.core.estimate import Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Graded
from secondline.core.tables.graded import TRIAGE
from secondline.stats.clusters import Floats, Ratio, ratio

FEW_CLUSTERS = 20
BAD = frozenset({"timeout", "error"})
"""What becomes of a call that gives no answer to judge."""
DECLINED = frozenset({"refused", "blocked-in", "blocked-out"})
Codes = npt.NDArray[np.int64]


def codes(texts: npt.NDArray[Any]) -> Codes:
    """Return a number for each text, equal where texts are."""
    return np.unique(texts.astype(str), return_inverse=True)[1].astype(np.int64)


def totals(values: Floats | npt.NDArray[np.bool_], place: Codes) -> Floats:
    """Return the sum of values in each place (0 up)."""
    size = int(place.max()) + 1 if len(place) else 0
    return np.asarray(np.bincount(place, np.asarray(values, dtype=np.float64), size), dtype=np.float64)


def scored(graded: Graded) -> Graded:
    """Return the rows with a verdict."""
    return graded.where(np.isfinite(graded.number("verdict")))


def nothing(graded: Graded, what: str = "answer has a verdict") -> Undefined:
    """Return why there is no number, where no row can be counted."""
    rows = len(graded)
    because = f"no {what}" + (f" of {rows:,} graded" if rows else "")
    kind = "too-few" if rows else "not-applicable"
    return Undefined(because=because, kind=kind, n=float(rows), needed="answers that can be graded" if rows else "")


def accounted(graded: Graded) -> dict[str, Any]:
    """Return how many rows were scored, why the others were not, and the bounds of the pass rate they leave.

    ``worst`` counts every unscored row as failed and ``best`` as passed (Manski's bounds).
    """
    verdict = graded.number("verdict")
    known, rows = np.isfinite(verdict), len(verdict)
    passed, missing = float(np.nansum(verdict)), int((~known).sum())
    status, outcome = graded["status"][~known], graded["outcome"][~known]
    reasons = [s if s in BAD else o if o in {"unscored", "error"} else "no verdict"
               for s, o in zip(status.tolist(), outcome.tolist(), strict=True)]  # fmt: skip
    told = {"rows": rows, "scored": rows - missing, "unscored": missing, "share": missing / rows if rows else 0.0}
    bounds = {"worst": passed / rows, "best": (passed + missing) / rows} if rows else {}
    return told | {"why": {reason: reasons.count(reason) for reason in sorted(set(reasons))}, **bounds}


@dataclass(frozen=True, slots=True)
class Items:
    """Cases with the mean of their values over replicates, the cluster of each, and how many rows they are of."""

    case: npt.NDArray[Any]
    mean: Floats
    rows: Floats
    cluster: Codes

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1 if len(self.cluster) else 0

    @property
    def alone(self) -> bool:
        """Whether each item is a cluster of its own and was asked once, so that rows are independent."""
        return self.clusters == len(self.mean) and bool((self.rows == 1).all())

    @property
    def ratio(self) -> Ratio | None:
        """The mean over items with its cluster-robust standard error."""
        return ratio(totals(self.mean, self.cluster), totals(np.ones(len(self.mean)), self.cluster))


def items(graded: Graded, column: str = "verdict") -> Items:
    """Return the items of the rows in which *column* has a number, with its mean over their replicates."""
    values = graded.number(column)
    known = np.isfinite(values)
    kept = graded.where(known)
    names, first, place = np.unique(kept["case"].astype(str), return_index=True, return_inverse=True)
    rows = totals(np.ones(len(place)), place)
    mean = totals(values[known], place) / rows if len(rows) else rows
    return Items(names.astype(object), mean, rows, codes(kept["cluster"][first]))


def compared_column(graded: Graded, spec: ModelSpec) -> str:
    """Return the column in which answers are held against each other: ``verdict``, or ``value`` for some scorers.

    Those scorers only say what an answer amounts to (its key, its tone) and leave the comparison to the statistic.
    """
    named = spec.genai.criteria.get(first(graded, "criterion")) if spec.genai else None
    return "value" if named and named.scorer in COMPARED else "verdict"


def few(clusters: int, rows: float) -> tuple[str, ...]:
    """Return the warning that few clusters deserve; none where each item stands alone."""
    if clusters >= FEW_CLUSTERS or clusters >= rows:
        return ()
    return (f"only {clusters} clusters: intervals of clustered answers are reliable from about {FEW_CLUSTERS}",)


def permutations(values: Floats, times: int, seed: int, cells: int = 2_000_000) -> Iterator[Floats]:
    """Yield *times* random orders of values as the rows of matrices of about *cells* numbers."""
    draw = np.random.default_rng(seed)
    most = max(cells // max(len(values), 1), 1)
    for done in range(0, times, most):
        yield draw.permuted(np.tile(values, (min(most, times - done), 1)), axis=1)


def calls(graded: Graded) -> Graded:
    """Return one row for each call (case and replicate), whatever number of criteria graded its answer."""
    both = np.array([f"{c}\x00{r:g}\x00{s}" for c, r, s in zip(
        graded["case"], graded.number("replicate"), graded["suite"], strict=True)], dtype=object)  # fmt: skip
    _, first = np.unique(both.astype(str), return_index=True)
    chosen = np.zeros(len(graded), dtype=bool)
    chosen[first] = True
    return graded.where(chosen)


def first(graded: Graded, column: str) -> str:
    """Return the text that most rows have in *column*; empty without rows."""
    if not len(graded):
        return ""
    names, counts = np.unique(graded[column].astype(str), return_counts=True)
    return str(names[int(np.argmax(counts))])


def judged(graded: Graded) -> bool:
    """Whether a judge graded these answers, if only to sort them."""
    return first(graded, "scorer") in {"judge", TRIAGE}
