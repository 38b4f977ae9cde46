"""Evaluating: ask the generative system, have its answers graded, and hand the graded answers over as populations.

What came of it lies beside the runs of the plan, so that pages and reports can show any answer: traces, judgements and
the tables themselves. What was paid for is kept as it comes, and asked for only once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import secondline.checks  # noqa: F401 - importing the room registers every check
from secondline.core.canonical import digest
from secondline.core.check import CHECKS
from secondline.core.declared.genai import GenAI
from secondline.core.declared.graded import ANCHORS, REVIEWS
from secondline.core.errors import DataError, ModelError, SpecError, UnknownCheck, near
from secondline.core.evidence import CardOnRecord
from secondline.core.spec import ModelSpec
from secondline.frames.collect import Progress, quiet

if TYPE_CHECKING:
    from secondline.evals.grading.table import Labels, Row
    from secondline.evals.kept import Kept
    from secondline.evals.nouns import Case, Judgement, Trace
    from secondline.evals.runner import Progress as Told
    from secondline.evals.targets.opening import Way

FOLDER, KEPT = "evaluations", "kept.sqlite"
LONGEST = 4_000
"""Characters of an answer that its table keeps, for statistics that compare answers."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation made: a table a population, the answers, what judges said, and the configuration's parts.

    Tables are of Arrow, as `evals.grading.table` makes them. ``rows`` are the graded answers with their reasons, and
    ``labels`` what people said of them; ``asks`` is what each criterion asks of an answer, in words. ``cards`` is how
    the cards of the judges stood on record.
    """

    tables: Mapping[str, Any]
    traces: tuple[Trace, ...]
    judgements: tuple[Judgement, ...]
    config: Mapping[str, str]
    rows: tuple[Row, ...] = ()
    labels: Labels = field(default_factory=dict)
    asks: Mapping[str, str] = field(default_factory=dict)
    cards: tuple[CardOnRecord, ...] = ()


def evaluate(
    spec: ModelSpec, base: Path, folder: Path | None, *, allow_code: bool = False, progress: Progress = quiet
) -> Evaluated:  # fmt: skip
    """Ask the system of *spec* all its suites, grade the answers, and return the tables of its populations.

    *folder* is where answers are kept (None: nowhere): asked again with the same configuration they cost nothing.

    Raises:
        SpecError: the declaration, a case, a rubric or a criterion is wrong.
        Refused: the system or a judge is code, and nobody allowed it to run.
        DataError: a file cannot be read, or the run ended before every case was asked (it goes on when run again).
        ModelError: the endpoint refuses every call.
    """
    from secondline.evals.components import fingerprint
    from secondline.evals.runner import ask

    genai = genai_of(spec)
    sound(genai, base)
    _allowed(genai, base, allow_code=allow_code)
    cases = read_cases(genai, base)
    with _place(folder) as kept:
        ran = ask(genai, cases, base, kept / KEPT, allow_code=allow_code, tell=_telling(spec.model, progress))
        if ran.left:
            raise DataError(
                f"{len(ran.traces):,} of {len(ran.turns) + len(ran.left):,} cases were asked, then the run ended: "
                f"{ran.because}. What was answered is kept: run it again to go on."
            )
        answers: dict[str, list[Trace]] = {name: [] for name in genai.suites}
        for turn, trace in zip(ran.turns, ran.traces, strict=True):
            answers[turn.case.suite].append(trace)
        judging = _Judging(genai, base, kept, allow_code, progress)
        judgements = judging.all_of(cases, answers)
        labels = _labels(genai, base, ran.traces)
        rows = _rows(genai, cases, answers, judgements)
        tables = _tables(rows, labels, answers) | judging.anchors()
    if genai.reviews:
        from secondline.evals.reviews import read

        tables[REVIEWS] = read(base / genai.reviews)
    every = tuple(row for some in rows.values() for row in some)
    return Evaluated(tables, ran.traces, tuple(judgements), fingerprint(genai, base), every, labels, _asks(genai, base))


def genai_of(spec: ModelSpec) -> GenAI:
    """Return the generative part of a study.

    Raises:
        DataError: it has none.
    """
    if spec.genai is None:
        raise DataError(f"{spec.model} has no `genai` part, so there is no system to ask.")
    return spec.genai


def sound(genai: GenAI, base: Path) -> None:
    """Say what is wrong with criteria and judges before the system is asked: answers cost money.

    Raises:
        SpecError: a scorer, a parameter, a check or a rubric is wrong.
    """
    from secondline.evals.grading.registry import scorer_of
    from secondline.evals.judging.rubrics import rubric

    for name, criterion in genai.criteria.items():
        if criterion.scorer:
            scorer_of(criterion.scorer).merged(criterion.params)
        _answers(name, criterion.check)
    for name, judge in genai.judges.items():
        said = rubric(base / judge.rubric)
        if judge.target.kind == "words" and said.each != "claim":
            raise SpecError(f"The judge {name!r} goes by words, which judge claims: its rubric needs `each: claim`.")
    for name, risk in genai.risks.items():
        if unknown := [code for code in risk.checks if code not in CHECKS]:
            raise UnknownCheck(
                f"The risk {name!r} names a check that does not exist. {UnknownCheck.among(unknown[0], CHECKS)}"
            )


def _answers(criterion: str, code: str) -> None:
    """Say that a criterion names a check that takes no verdicts: they would answer nothing, and nobody would know."""
    known = [check.code for check in CHECKS.values() if check.over == "criterion"]
    if code and code not in known:
        raise SpecError(
            f"Criterion {criterion!r} names the check {code!r}, which takes no verdicts of a criterion. "
            f"{near(code, known, 'Leave `check` out for the usual one of its scorer.')}"
        )


def _allowed(genai: GenAI, base: Path, *, allow_code: bool) -> None:
    from secondline.evals.targets.callable import Callable

    for judge in genai.judges.values():
        if judge.target.kind == "callable":
            Callable(judge.target, "", "", base, allowed=allow_code)


def kept_in(store: Path, spec: ModelSpec) -> Path:
    """Return the folder below *store* where the answers of a system are kept as they come, whatever the plan."""
    return store / FOLDER / digest([spec.model])[:16]


def read_cases(genai: GenAI, base: Path) -> dict[str, tuple[Case, ...]]:
    """Return the cases of every suite, each with the name of its suite.

    Raises:
        DataError: a file cannot be read or holds no case.
        SpecError: a case is not one.
    """
    from secondline.evals.cases.reading import read

    return {
        name: tuple(case.model_copy(update={"suite": name}) for case in read(base / suite.cases, name).cases)
        for name, suite in genai.suites.items()
    }


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with TemporaryDirectory(prefix="secondline-evaluation-") as scratch:
        yield Path(scratch)


def _telling(model: str, progress: Progress) -> Any:
    def tell(told: Told) -> None:
        progress(f"asking {model}", told.done, told.of)

    return tell


def _labels(genai: GenAI, base: Path, traces: Sequence[Trace]) -> Labels:
    from secondline.evals.labelling.filed import read

    return read([base / name for name in genai.labels], traces)


def _asks(genai: GenAI, base: Path) -> dict[str, str]:
    """Return what each criterion asks of an answer: the instructions of its judge's rubric, or what its rule is."""
    from secondline.evals.grading.registry import scorer_of
    from secondline.evals.judging.rubrics import rubric

    return {
        name: rubric(base / genai.judges[c.judge].rubric).instructions if c.judge else scorer_of(c.scorer).about
        for name, c in genai.criteria.items()
    }


def _rows(
    genai: GenAI, cases: Mapping[str, Sequence[Case]], answers: Mapping[str, Sequence[Trace]],
    judgements: Sequence[Judgement],
) -> dict[str, list[Row]]:  # fmt: skip
    from secondline.evals.grading.table import rows

    found = {}
    for name in genai.suites:
        mine = {trace.id for trace in answers[name]}
        said = [one for one in judgements if one.trace in mine]
        found[name] = list(rows(cases[name], answers[name], genai.of_suite(name), said))
    return found


def _tables(
    rows: Mapping[str, Sequence[Row]], labels: Labels, answers: Mapping[str, Sequence[Trace]]
) -> dict[str, Any]:
    from secondline.evals.grading.table import table

    return {name: _with_answers(table(some, labels), answers[name]) for name, some in rows.items()}


def _with_answers(table: Any, traces: Sequence[Trace]) -> Any:
    texts = {trace.id: trace.text[:LONGEST] for trace in traces}
    return table.append_column("answer", [[texts.get(one, "") for one in table["trace"].to_pylist()]])


@dataclass(frozen=True, slots=True)
class _Judging:
    """The judges of a system, each asked as any target is, with answers kept in a file of its own."""

    genai: GenAI
    base: Path
    kept: Path
    allow_code: bool
    progress: Progress

    def all_of(self, cases: Mapping[str, Sequence[Case]], answers: Mapping[str, Sequence[Trace]]) -> list[Judgement]:
        """Return what the judges say of every answer of the suites whose criteria they grade."""
        found: list[Judgement] = []
        for suite, said in answers.items():
            by = {case.name: case for case in cases[suite]}
            pairs = [(by[trace.case], trace) for trace in said]
            for name, criterion in self.genai.of_suite(suite).items():
                if criterion.judge:
                    self.progress(f"judging {suite}: {name}", 0, len(pairs))
                    found += self._asked(criterion.judge, pairs, name)
        return found

    def _asked(self, judge: str, pairs: Sequence[tuple[Case, Trace]], criterion: str) -> list[Judgement]:
        from secondline.evals.judging.asking import judged
        from secondline.evals.judging.rubrics import rubric
        from secondline.evals.line import Stopped
        from secondline.evals.runner import finished
        from secondline.evals.targets.opening import opened

        declared = self.genai.judges[judge]
        said = rubric(self.base / declared.rubric)

        async def work() -> list[Judgement]:
            async with opened(declared.target, self._way(judge)) as target:
                most = declared.target.limits.concurrency
                return await judged(said, target.target, pairs, name=judge, criterion=criterion, concurrency=most)

        try:
            return finished(work())
        except Stopped as stop:
            raise DataError(
                f"The judge {judge!r} has not graded every answer by {criterion!r}: {stop.because}. "
                "Answers and verdicts so far are kept: run it again to go on."
            ) from stop
        except ModelError as error:
            raise ModelError(f"The judge {judge!r} grades nothing. {error}") from error

    def _way(self, judge: str) -> Way:
        from secondline.evals.targets.opening import Way

        declared = self.genai.judges[judge]
        config = digest(declared.target.model_dump(mode="json", exclude={"limits", "key"}))
        place = self.kept / f"judge-{judge}.sqlite"
        return Way(self.base, place, config, declared.target.system, self.genai.seed, self.allow_code)

    def anchors(self) -> dict[str, Any]:
        """Return for each judge with anchors their table: its verdicts now, on record (``value``), and the label."""
        from secondline.evals.cards import NUMBER, read_anchors
        from secondline.evals.grading.table import Row, table
        from secondline.evals.nouns import Settled

        found = {}
        for name, declared in self.genai.judges.items():
            if not declared.anchors:
                continue
            held = read_anchors(self.base / declared.anchors)
            self.progress(f"anchors of {name}", 0, len(held))
            made = self._asked(name, [(a.case, a.trace) for a in held], name)
            rows = [
                Row(a.case, a.trace, a.trace.id, name, "judge", replace(j.grade, value=NUMBER.get(a.verdict)))
                for a, j in zip(held, made, strict=True)
            ]
            labels = {(a.trace.id, name): Settled(NUMBER[a.label]) for a in held}
            found[f"{ANCHORS}{name}"] = table(rows, labels)
        return found


def keep(evaluated: Evaluated, folder: Path) -> None:
    """Write what an evaluation made into *folder*: cases, traces, grades and judgements as JSON lines, and tables.

    Each file is written beside and then put in its place, so that nothing is ever half there.
    """
    from secondline.evals import kept
    from secondline.evals.keeping import keep as put

    folder.mkdir(parents=True, exist_ok=True)
    kept.keep(folder, evaluated.rows, evaluated.labels, evaluated.asks)
    put(folder, evaluated.tables, evaluated.traces, evaluated.judgements, evaluated.config)


def kept_of(store: Path, plan: str) -> Kept | None:
    """Return the evaluation that was made for the plan of this digest, None where none is kept in *store*.

    Raises:
        DataError: what was kept cannot be read.
    """
    from secondline.evals.kept import read

    return read(store / FOLDER / plan[:16])
