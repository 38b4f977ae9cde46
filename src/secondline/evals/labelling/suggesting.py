"""Suggesting: which answers to label next, drawn with chances that are known before anybody labels them.

A suggestion is a draw of its own from all answers, independent of the plans before it: its chances rest on severity,
on the judge's margin and on the chances of those plans, and never on which answers they drew or what people said. So
an answer's chance to be chosen by any of them is one less the product of the misses, and weighing by it stays unbiased.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

from secondline.core.errors import SpecError
from secondline.evals.cases.making import chance
from secondline.evals.grading.table import Row
from secondline.evals.labelling.planning import Cell, Plan, assembled, chance_of, gradable, named, task_of

FLOOR = 0.1
"""Share of a suggestion that is spread evenly, so that no answer is without a chance."""
NEAR, DOUBTFUL = 0.2, 2.0
"""How near to one half a judge's number is in doubt, and how much more a doubtful answer weighs."""


def suggested(
    rows: Iterable[Row], before: Sequence[Plan], n: int, *, seed: int, raters: Sequence[str], floor: float = FLOOR
) -> Plan:
    """Suggest about *n* more labels after the plans *before*: low margin, high severity, slices with few labels.

    The weight of an answer is severity x margin x cover x fresh. Margin is 2 where the judge was unsure (unscored, or
    a value within 0.2 of one half), else 1; cover is one over the root of one plus the labels that the plans before
    were to give its stratum; fresh is the chance that none of them chose it. A share *floor* is spread evenly. Answers
    are drawn by systematic sampling with probability proportional to weight (Saerndal, Swensson and Wretman 1992,
    3.6.2), as many as bring *n* new ones in expectation: one that an earlier plan chose has its label already, and is
    no task again.

    Raises:
        SpecError: about fewer than *n* answers are left, or there is no rater.
    """
    named(raters)
    open_ = sorted(gradable(rows), key=lambda r: (r.id, r.criterion))
    chosen = {task.key for plan in before for task in plan.tasks}
    fresh = [1 - chance_of(before, (row.id, row.criterion)) for row in open_]
    if not 0 < n <= sum(fresh) + 1e-9:
        raise SpecError(f"About {sum(fresh):.0f} answers are left to label; {n} cannot be suggested.")
    chances = _bringing(n, _weights(open_, fresh, floor), fresh)
    drawn = [open_[i] for i in systematic(chances, chance(seed, "suggest", len(before), len(open_)))]
    new = [row for row in drawn if (row.id, row.criterion) not in chosen]
    if not new:
        raise SpecError("The draw met only answers that are labelled already. Suggest more of them, or another seed.")
    by = {row.id: p for row, p in zip(open_, chances, strict=True)}
    tasks = [task_of(row, _cell(row), by[row.id], seed, raters, at, twice=False) for at, row in enumerate(new)]
    sizes = Counter(_cell(row) for row in open_)
    return assembled(seed, "suggested", sizes, Counter(_cell(row) for row in new), by, tasks)


def _cell(row: Row) -> Cell:
    return row.grade.outcome, row.case.stratum


def _weights(rows: Sequence[Row], fresh: Sequence[float], floor: float) -> list[float]:
    covered: dict[str, float] = {}
    for row, left in zip(rows, fresh, strict=True):
        covered[row.case.stratum] = covered.get(row.case.stratum, 0.0) + 1 - left
    plain = [row.case.severity * _margin(row) / (1 + covered[row.case.stratum]) ** 0.5 for row in rows]
    mean = sum(plain) / len(plain)
    return [((1 - floor) * w + floor * mean) * left for w, left in zip(plain, fresh, strict=True)]


def _margin(row: Row) -> float:
    value = row.grade.value
    unsure = row.grade.outcome == "unscored" or (value is not None and abs(value - 0.5) < NEAR)
    return DOUBTFUL if unsure else 1.0


def _bringing(n: int, weights: Sequence[float], fresh: Sequence[float]) -> list[float]:
    """Return chances of the smallest draw that brings *n* answers which no plan chose before, in expectation."""
    low, high = n, sum(w > 0 for w in weights)
    while low < high:
        middle = (low + high) // 2
        enough = sum(p * f for p, f in zip(inclusion(weights, middle), fresh, strict=True)) >= n - 1e-9
        low, high = (low, middle) if enough else (middle + 1, high)
    return inclusion(weights, low)


def inclusion(weights: Sequence[float], n: int) -> list[float]:
    """Return probabilities of inclusion in proportion to weights that add up to *n*, none above 1.

    What would be above 1 is certain, and the others share the rest; what weighs nothing has none. Source: Saerndal,
    Swensson and Wretman, Model Assisted Survey Sampling (1992), 3.6.2.
    """
    certain: set[int] = set()
    while True:
        total = sum(w for i, w in enumerate(weights) if i not in certain)
        left = n - len(certain)
        if total <= 0:
            return [float(i in certain) for i in range(len(weights))]
        over = {i for i, w in enumerate(weights) if i not in certain and left * w >= total}
        if not over:
            return [1.0 if i in certain else left * w / total for i, w in enumerate(weights)]
        certain |= over


def systematic(chances: Sequence[float], random: Random) -> list[int]:
    """Return the places drawn by systematic sampling of exact probabilities, from one random start, in random order."""
    places = list(range(len(chances)))
    random.shuffle(places)
    at, start = 0.0, random.random()
    drawn: list[int] = []
    for place in places:
        before, at = at, at + chances[place]
        # One tick of start, start + 1... within a chance draws it; sums are rounded where floats are not exact.
        if int(round(at, 9) - start + 1) > int(round(before, 9) - start + 1):
            drawn.append(place)
    return drawn
