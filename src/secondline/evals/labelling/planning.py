"""Label plans: which answers are labelled, by whom, and the probability with which each was chosen, settled before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from secondline.core.canonical import digest
from secondline.core.declared.part import Part
from secondline.core.errors import SpecError
from secondline.evals.cases.making import chance
from secondline.evals.cases.sampling import allocated, order
from secondline.evals.grading.table import Row
from secondline.evals.labelling.showing import sealed, shown

DOUBLE = 0.25
Key = tuple[str, str]
Cell = tuple[str, str]


class Task(Part):
    """One answer to be labelled by one criterion. ``outcome`` and ``stratum`` are its cell; raters never see them.

    ``chance`` is the probability with which the answer was chosen; ``raters`` are the one or two who label it; ``seal``
    is the digest of what they are shown.
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
    """A label plan: the seed, the cells, and the tasks. It is kept as JSON, and in the ledger before a label exists."""

    seed: int
    cells: tuple[Count, ...]
    tasks: tuple[Task, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of all it says."""
        return digest(self.model_dump(mode="json"))

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
    least: int = 2,
    weights: Mapping[str, float] | None = None,
) -> Plan:
    """Plan *n* labels over graded answers of one criterion, by verdict and stratum, with recorded probabilities.

    Half of the labels go to each verdict (fails are rare, and specificity rests on them), or as *weights* say by
    outcome (``pass``, ``fail``, ``unscored``); within a verdict, strata share by size. Each cell gives at least
    *least*, at most all it holds. A share *double* is labelled by two raters, chosen by the seed within cells.

    Raises:
        SpecError: there are fewer answers than labels, no rater, or one rater for double labels.
    """
    held: dict[Cell, list[Row]] = {}
    for row in rows:
        if row.trace is not None and row.grade.outcome != "error":
            held.setdefault((row.grade.outcome, row.case.stratum), []).append(row)
    sizes = {cell: len(found) for cell, found in held.items()}
    _sound(n, sizes, raters, double, least)
    taken = _cells(n, sizes, weights or {"pass": 1.0, "fail": 1.0, "unscored": 0.5}, least)
    tasks: list[Task] = []
    for cell, found in sorted(held.items()):
        first = sorted(found, key=lambda row: order(seed, f"{row.id} {row.criterion}"))[: taken[cell]]
        twice = round(double * len(first)) if len(first) > 1 else 0
        for place, row in enumerate(first):
            tasks.append(_task(row, cell, taken[cell] / sizes[cell], seed, raters, len(tasks), twice=place < twice))
    tasks.sort(key=lambda t: order(seed, t.id))
    return _plan(seed, sizes, taken, tasks)


def _plan(seed: int, sizes: Mapping[Cell, int], taken: Mapping[Cell, int], tasks: Sequence[Task]) -> Plan:
    counts = [Count(outcome=c[0], stratum=c[1], frame=n, taken=taken.get(c, 0)) for c, n in sorted(sizes.items())]
    return Plan(seed=seed, cells=tuple(counts), tasks=tuple(tasks))


def _sound(n: int, sizes: Mapping[Cell, int], raters: Sequence[str], double: float, least: int) -> None:
    needed = sum(min(least, size) for size in sizes.values())
    if not raters or len(set(raters)) < len(raters):
        raise SpecError("A label plan needs raters, each named once.")
    if double > 0 and len(raters) < 2:  # noqa: PLR2004 - two label what is labelled twice
        raise SpecError("Double labels need two raters. Name a second, or plan none.")
    if not 0 <= double <= 1:
        raise SpecError(f"The share of double labels must lie between 0 and 1; got {double}.")
    if not needed <= n <= sum(sizes.values()):
        raise SpecError(
            f"A plan of {n} labels over {sum(sizes.values())} answers in {len(sizes)} cells needs {needed} to "
            f"{sum(sizes.values())}."
        )


def _cells(n: int, sizes: Mapping[Cell, int], weights: Mapping[str, float], least: int) -> dict[Cell, int]:
    by_verdict: dict[str, int] = {}
    for (verdict, _), size in sizes.items():
        by_verdict[verdict] = by_verdict.get(verdict, 0) + size
    wanted = {cell: weights.get(cell[0], 1.0) * size / by_verdict[cell[0]] for cell, size in sizes.items()}
    names = {str(i): cell for i, cell in enumerate(sorted(sizes))}
    shared = allocated(
        n, {k: max(wanted[c], 1e-9) for k, c in names.items()}, {k: sizes[c] for k, c in names.items()}, least
    )
    return {names[k]: count for k, count in shared.items()}


def _task(row: Row, cell: Cell, probability: float, seed: int, raters: Sequence[str], at: int, *, twice: bool) -> Task:
    first = raters[at % len(raters)]
    second = raters[(at + 1 + at // len(raters) % max(len(raters) - 1, 1)) % len(raters)]
    name = digest([seed, row.id, row.criterion])[:12]
    return Task(
        id=name, trace=row.id, criterion=row.criterion, outcome=cell[0], stratum=cell[1], chance=probability,
        raters=(first, second) if twice else (first,), seal=sealed(name, shown(row)),
    )  # fmt: skip


def suggested(
    rows: Iterable[Row], labelled: Iterable[Key], n: int, *, seed: int, raters: Sequence[str], floor: float = 0.1
) -> Plan:
    """Suggest the next *n* labels: low margin, high severity, slices with few labels; with recorded probabilities.

    Each answer has a weight: severity x margin x cover. Margin is 2 where the judge was unsure (unscored, or a value
    within 0.2 of one half), else 1; cover is one over the root of one plus the labels of its stratum. Answers are drawn
    by systematic sampling with probability proportional to weight, of which a share *floor* is spread evenly, so that
    none is without a chance and estimates by ``chance`` stay unbiased. Weights use which answers were labelled, never
    what was said of them.

    Raises:
        SpecError: there are fewer than *n* answers without a label, or no rater.
    """
    done = set(labelled)
    found = [r for r in rows if r.trace is not None and r.grade.outcome != "error"]
    open_ = sorted((r for r in found if (r.id, r.criterion) not in done), key=lambda r: (r.id, r.criterion))
    if not raters or not 0 < n <= len(open_):
        raise SpecError(
            f"There are {len(open_)} answers without a label and {len(raters)} raters; {n} cannot be suggested."
        )
    covered: dict[str, int] = {}
    for row in found:
        covered[row.case.stratum] = covered.get(row.case.stratum, 0) + ((row.id, row.criterion) in done)
    weights = [r.case.severity * _margin(r) / (1 + covered[r.case.stratum]) ** 0.5 for r in open_]
    mean = sum(weights) / len(weights)
    chances = inclusion([(1 - floor) * w + floor * mean for w in weights], n)
    chosen = systematic(chances, chance(seed, "suggest", len(open_)))
    tasks = [
        _task(open_[i], (open_[i].grade.outcome, open_[i].case.stratum), chances[i], seed, raters, at, twice=False)
        for at, i in enumerate(chosen)
    ]
    cells: Counter[Cell] = Counter((r.grade.outcome, r.case.stratum) for r in open_)
    return _plan(seed, cells, Counter((t.outcome, t.stratum) for t in tasks), tasks)


def _margin(row: Row) -> float:
    value = row.grade.value
    unsure = row.grade.outcome == "unscored" or (value is not None and abs(value - 0.5) < 0.2)  # noqa: PLR2004 - said above
    return 2.0 if unsure else 1.0


def inclusion(weights: Sequence[float], n: int) -> list[float]:
    """Return probabilities of inclusion in proportion to weights that add up to *n*, none above 1.

    What would be above 1 is certain, and the others share the rest. Source: Saerndal, Swensson and Wretman, Model
    Assisted Survey Sampling (1992), 3.6.2.
    """
    certain: set[int] = set()
    while True:
        total = sum(w for i, w in enumerate(weights) if i not in certain)
        left = n - len(certain)
        over = {i for i, w in enumerate(weights) if i not in certain and left * w >= total} if total > 0 else set()
        if not over:
            break
        certain |= over
    return [1.0 if i in certain else left * w / total for i, w in enumerate(weights)]


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


def combined(*chances: float) -> float:
    """Return the probability that at least one of several waves chose an answer: 1 - product of (1 - chance)."""
    missed = 1.0
    for one in chances:
        missed *= 1 - one
    return 1 - missed
