"""Answered: what a system was asked and how it was graded, read again from what an evaluation kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from secondline.core.declared.genai import GenAI
from secondline.core.errors import DataError, SpecError, near
from secondline.core.estimate import Estimate
from secondline.core.spec import ModelSpec
from secondline.core.tables.graded import COLUMNS, Graded
from secondline.evals.cards import JudgeCard
from secondline.evals.grading.table import Row
from secondline.evals.keeping import Kept
from secondline.evals.labelling import Label
from secondline.evals.nouns import Settled
from secondline.frames.collect import Progress, quiet
from secondline.ledger.store import Ledger
from secondline.workflow.evaluating import FOLDER, evaluate, genai_of, keep, kept_in, read_cases
from secondline.workflow.validate import plan_for

SAID: Mapping[float, Literal["pass", "fail"]] = {1.0: "pass", 0.0: "fail"}


@dataclass(frozen=True, slots=True)
class Answered:
    """The graded answers of a system, suite by suite, and the labels of people, by trace and criterion."""

    genai: GenAI
    base: Path
    kept: Kept
    rows: Mapping[str, tuple[Row, ...]]
    labels: Mapping[tuple[str, str], Settled]

    def of(self, suite: str = "", criterion: str = "", outcome: str = "") -> Iterator[Row]:
        """Yield the graded answers of a suite, a criterion and an outcome; of all where one is not named.

        Raises:
            SpecError: there is no such suite or criterion.
        """
        for name, known in ((suite, self.genai.suites), (criterion, self.genai.criteria)):
            if name and name not in known:
                raise SpecError(f"assistant.yaml declares no {name!r}. {near(name, known)} It has: {', '.join(known)}.")
        for name, rows in self.rows.items():
            if suite in {"", name}:
                yield from (
                    row for row in rows
                    if criterion in {"", row.criterion} and outcome in {"", row.grade.outcome}
                )  # fmt: skip


def ask(
    spec: ModelSpec, base: Path, store: Path, actor: str, *, allow_code: bool = False, progress: Progress = quiet
) -> Kept:  # fmt: skip
    """Put the plan on record, ask the system all its suites, have the answers graded, and keep them; judge nothing.

    A validation of the same configuration then asks nothing again.

    Raises:
        SecondlineError: as `evaluating.evaluate` raises.
    """
    from secondline.evals.keeping import read

    genai_of(spec)
    plan = plan_for(spec, base)
    Ledger.open(store).record_plan(plan, actor)
    folder = store / FOLDER / plan.digest()[:16]
    keep(evaluate(spec, base, kept_in(store, spec), allow_code=allow_code, progress=progress), folder)
    return read(folder)


def answered(spec: ModelSpec, base: Path, store: Path) -> Answered:
    """Return the graded answers of the newest evaluation of this configuration; nothing is asked.

    Answers are graded anew by the scorers of today; judges' verdicts are those on record.

    Raises:
        SpecError: the declaration or a case is wrong.
        DataError: this configuration was not asked, or what was kept cannot be read.
    """
    from secondline.evals.components import fingerprint
    from secondline.evals.keeping import latest, read
    from secondline.evals.labelling.filed import read as labels_in

    genai = genai_of(spec)
    place = latest(store / FOLDER, fingerprint(genai, base))
    if place is None:
        raise DataError(
            f"{spec.model} was not asked yet in its present configuration. Run `secondline evals ask` first, with the "
            "same --store."
        )
    kept, cases = read(place), read_cases(genai, base)
    labels = labels_in([base / name for name in genai.labels], kept.traces)
    return Answered(genai, base, kept, {name: _rows(genai, name, cases[name], kept) for name in genai.suites}, labels)


def _rows(genai: GenAI, suite: str, cases: Sequence[Any], kept: Kept) -> tuple[Row, ...]:
    from secondline.evals.grading.table import rows

    mine = kept.of_suite(suite)
    traces = [trace for trace in kept.traces if trace.id in mine]
    return tuple(rows(cases, traces, genai.of_suite(suite), [j for j in kept.judgements if j.trace in mine]))


def cards(found: Answered, judge: str, on: date) -> list[JudgeCard]:
    """Return the card of a judge for each criterion that it grades, with its figures by slice.

    Raises:
        SpecError: there is no such judge, or it grades nothing.
        DataError: no answer that it graded has a label.
    """
    genai = found.genai
    if judge not in genai.judges:
        raise SpecError(
            f"assistant.yaml declares no judge {judge!r}. {near(judge, genai.judges)} It has: "
            f"{', '.join(genai.judges) or 'none'}."
        )
    graded = [name for name, criterion in genai.criteria.items() if criterion.judge == judge]
    if not graded:
        raise SpecError(f"No criterion names the judge {judge!r}, so it has nothing to be calibrated on.")
    return [_card(found, judge, criterion, on) for criterion in graded]


def _card(found: Answered, judge: str, criterion: str, on: date) -> JudgeCard:
    from secondline.evals.cards import anchor_digest, card, read_anchors
    from secondline.evals.judging.rubrics import rubric

    declared, rows = found.genai.judges[judge], list(found.of(criterion=criterion))
    made = [j for j in found.kept.judgements if j.judge == judge and j.criterion == criterion]
    anchors = anchor_digest(read_anchors(found.base / declared.anchors)) if declared.anchors else ""
    return card(
        judge, rubric(found.base / declared.rubric), rows, made, _labels(found, criterion), on=on, days=declared.days,
        family=declared.family, anchors=anchors, figures=figures(rows, found.labels),
    )  # fmt: skip


def _labels(found: Answered, criterion: str) -> list[Label]:
    """Return settled labels as those of a first and a second rater: who they were is in the sheets."""
    made = []
    for (trace, of_), said in found.labels.items():
        for rater, verdict in (("first", said.label), ("second", said.second)):
            if of_ == criterion and verdict is not None:
                made.append(Label(task=trace, trace=trace, criterion=of_, rater=rater, verdict=SAID[verdict]))
    return made


def figures(rows: Sequence[Row], labels: Mapping[tuple[str, str], Settled]) -> dict[str, Any]:
    """Return what a judge's card says in numbers: Youden's J with both its parts by slice, agreement, eligibility."""
    from secondline.evals.grading.table import table
    from secondline.stats.genai import agreement, cards, estimates

    made = table(rows, labels)
    graded = Graded.of(**{name: made[name].to_pylist() for name in COLUMNS})
    fit, because = cards.eligible(graded)
    told: dict[str, Any] = {"eligible": fit, "because": because}
    for name, measure in (
        ("youden", cards.youden), ("agreement", agreement.judge_agreement), ("rate", estimates.rate)
    ):  # fmt: skip
        said = measure(graded)
        told[name] = (
            {"value": said.value, "low": said.low, "high": said.high, "detail": dict(said.detail),
             "method": said.method, "warnings": list(said.warnings)}
            if isinstance(said, Estimate) else {"undefined": said.because, "needed": said.needed}
        )  # fmt: skip
    return told
