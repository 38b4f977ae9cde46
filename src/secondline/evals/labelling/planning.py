"""Label plans: which answers are labelled, by whom, and the chance with which each was chosen, settled before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from secondline.core.canonical import digest
from secondline.core.declared.part import Part
from secondline.core.errors import SpecError
from secondline.evals.cases.sampling import allocated, order
from secondline.evals.grading.table import Row
from secondline.evals.labelling.showing import sealed, shown

DOUBLE = 0.25
LEAST = 2
"""Labels that a cell gives at least."""
WEIGHTS: Mapping[str, float] = {"pass": 1.0, "fail": 1.0, "unscored": 0.5}
"""How labels are shared among verdicts: fails are rare, and specificity rests on them."""
Key = tuple[str, str]
Cell = tuple[str, str]
Design = Literal["by verdict and stratum", "by verdict", "suggested"]
GOES_BY: Mapping[Design, tuple[str, ...]] = {
    "by verdict and stratum": ("verdict", "stratum"),
    "by verdict": ("verdict",),
    "suggested": ("severity", "margin", "stratum", "chances of earlier plans"),
}
"""What the draw of each design looks at: never at what a person said."""


class Task(Part):
    """One answer to be labelled by one criterion. ``outcome`` and ``stratum`` are its cell; raters never see them.

    ``chance`` is the probability with which this plan chose the answer; ``raters`` are the one or two who label it;
    ``seal`` is the digest of what they are shown.
    """

    id: str
    trace: str
    criterion: str
    outcome: str
    stratum: str
    chance: float
    raters: tuple[str, ...]
    seal: str

    @property
    def key(self) -> Key:
        """Trace and criterion."""
        return self.trace, self.criterion


class Count(Part):
    """One cell of a plan: how many answers it holds, and how many of them are labelled."""

    outcome: str
    stratum: str
    frame: int
    taken: int


class Plan(Part):
    """A label plan: seed, design, cells, the chance of every answer that could be chosen, and the tasks it chose."""

    seed: int
    design: Design
    criterion: str
    cells: tuple[Count, ...]
    chances: Mapping[str, float]
    tasks: tuple[Task, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of all it says."""
        return digest(self.model_dump(mode="json"))

    @property
    def chances_digest(self) -> str:
        """The SHA-256 of the chances alone."""
        return digest(dict(self.chances))

    @property
    def raters(self) -> tuple[str, ...]:
        """Everybody who labels, in order."""
        return tuple(sorted({name for task in self.tasks for name in task.raters}))

    def of(self, rater: str) -> list[Task]:
        """Return the tasks of a rater, in an order of their own."""
        return sorted((t for t in self.tasks if rater in t.raters), key=lambda t: order(self.seed, f"{rater} {t.id}"))


def planned(
    rows: Iterable[Row],
    n: int,
    *,
    seed: int,
    raters: Sequence[str],
    double: float = DOUBLE,
    weights: Mapping[str, float] = WEIGHTS,
) -> Plan:
    """Plan *n* labels over graded answers of one criterion, by verdict and stratum, with recorded chances.

    Labels are shared among verdicts as *weights* say by outcome; within a verdict, strata share by size. Each cell
    gives at least two, at most all it holds; where that is more than *n* the draw is by verdict alone. Every answer of
    a cell has the same chance. A share *double* is labelled by two raters, chosen by the seed within cells.

    Raises:
        SpecError: there are fewer answers than labels, no rater, or one rater for double labels.
    """
    found = gradable(rows)
    held = _held(found, by_stratum=True)
    design: Design = "by verdict and stratum"
    if _needed(held) > n:
        held, design = _held(found, by_stratum=False), "by verdict"
    sizes = {cell: len(some) for cell, some in held.items()}
    _sound(n, held, raters, double)
    taken = _cells(n, sizes, weights)
    tasks: list[Task] = []
    for cell, some in sorted(held.items()):
        first = sorted(some, key=lambda row: order(seed, f"{row.id} {row.criterion}"))[: taken[cell]]
        twice = round(double * len(first)) if len(first) > 1 else 0
        for place, row in enumerate(first):
            tasks.append(task_of(row, cell, taken[cell] / sizes[cell], seed, raters, len(tasks), twice=place < twice))
    chances = {row.id: taken[cell] / sizes[cell] for cell, some in held.items() for row in some}
    return assembled(seed, design, sizes, taken, chances, tasks)


def gradable(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that a person can grade: those with an answer, whose grade is no error."""
    return [row for row in rows if row.trace is not None and row.grade.outcome != "error"]


def _held(rows: Iterable[Row], *, by_stratum: bool) -> dict[Cell, list[Row]]:
    held: dict[Cell, list[Row]] = {}
    for row in rows:
        held.setdefault((row.grade.outcome, row.case.stratum if by_stratum else ""), []).append(row)
    return held


def _needed(held: Mapping[Cell, Sequence[Row]]) -> int:
    return sum(min(LEAST, len(some)) for some in held.values())


def assembled(
    seed: int, design: Design, sizes: Mapping[Cell, int], taken: Mapping[Cell, int], chances: Mapping[str, float],
    tasks: Sequence[Task],
) -> Plan:  # fmt: skip
    """Return a plan of its parts; tasks come in the order of the seed."""
    counts = [Count(outcome=c[0], stratum=c[1], frame=n, taken=taken.get(c, 0)) for c, n in sorted(sizes.items())]
    ordered = tuple(sorted(tasks, key=lambda t: order(seed, t.id)))
    return Plan(seed=seed, design=design, criterion=ordered[0].criterion, cells=tuple(counts),
                chances=dict(sorted(chances.items())), tasks=ordered)  # fmt: skip


def _sound(n: int, held: Mapping[Cell, Sequence[Row]], raters: Sequence[str], double: float) -> None:
    answers = sum(len(some) for some in held.values())
    named(raters)
    if double > 0 and len(raters) < 2:  # noqa: PLR2004 - two label what is labelled twice
        raise SpecError("Double labels need two raters. Name a second, or plan none.")
    if not 0 <= double <= 1:
        raise SpecError(f"The share of double labels must lie between 0 and 1; got {double}.")
    if not max(_needed(held), 1) <= n <= answers:
        raise SpecError(
            f"A plan of {n} labels over {answers} answers in {len(held)} cells needs {_needed(held)} to {answers}."
        )


def named(raters: Sequence[str]) -> None:
    """Say what is wrong with the names of raters.

    Raises:
        SpecError: there is none, or one is there twice.
    """
    if not raters or len(set(raters)) < len(raters):
        raise SpecError("A label plan needs raters, each named once.")


def _cells(n: int, sizes: Mapping[Cell, int], weights: Mapping[str, float]) -> dict[Cell, int]:
    by_verdict: dict[str, int] = {}
    for (verdict, _), size in sizes.items():
        by_verdict[verdict] = by_verdict.get(verdict, 0) + size
    wanted = {cell: weights.get(cell[0], 1.0) * size / by_verdict[cell[0]] for cell, size in sizes.items()}
    names = {str(i): cell for i, cell in enumerate(sorted(sizes))}
    shared = allocated(
        n, {k: max(wanted[c], 1e-9) for k, c in names.items()}, {k: sizes[c] for k, c in names.items()}, LEAST
    )
    return {names[k]: count for k, count in shared.items()}


def task_of(
    row: Row, cell: Cell, probability: float, seed: int, raters: Sequence[str], at: int, *, twice: bool
) -> Task:  # fmt: skip
    """Return the task of an answer that is chosen as the *at*-th; raters take turns."""
    first = raters[at % len(raters)]
    second = raters[(at + 1 + at // len(raters) % max(len(raters) - 1, 1)) % len(raters)]
    name = digest([seed, row.id, row.criterion])[:12]
    return Task(
        id=name, trace=row.id, criterion=row.criterion, outcome=cell[0], stratum=cell[1], chance=probability,
        raters=(first, second) if twice else (first,), seal=sealed(name, shown(row)),
    )  # fmt: skip


def combined(chances: Iterable[float]) -> float:
    """Return the probability that at least one of several independent draws chose an answer: 1 - product (1 - p)."""
    chosen = 0.0
    for one in chances:
        chosen += one * (1 - chosen)
    return chosen


def chance_of(plans: Iterable[Plan], key: Key) -> float:
    """Return the chance with which an answer was chosen by any of several plans, as each of them recorded it."""
    trace, criterion = key
    return combined(plan.chances.get(trace, 0.0) for plan in plans if plan.criterion == criterion)
