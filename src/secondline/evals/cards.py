"""Judge cards: what a judge was calibrated on, and for how long; and the anchors it grades again in every run.

The figures of a card (sensitivity, specificity, agreement between humans, eligibility) are computed elsewhere and
handed over; here is what they are of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from secondline.core.canonical import canonical, digest
from secondline.core.declared.part import Names, Part
from secondline.core.errors import DataError
from secondline.evals.grading.table import Row
from secondline.evals.judging.asking import Target, judged
from secondline.evals.judging.rubrics import Rubric
from secondline.evals.labelling.settling import Label, set_digest
from secondline.evals.nouns import Case, Judgement, Trace
from secondline.policy.documents import typed

FEWEST = 5
"""Labels that a stratum or language needs before a card says that it holds there."""


class JudgeCard(Part):
    """What a judge's figures rest on: its rubric, prompt and model, the labels, where they were taken, until when.

    ``strata`` and ``languages`` are those with enough labels; elsewhere the judge is not calibrated. ``counts`` are
    labels by verdict of the judge and stratum. ``figures`` are what was computed from them.
    """

    judge: str
    criterion: str
    rubric: str
    rubric_version: str
    prompt: str
    model: str
    fingerprint: str = ""
    family: str = ""
    labels: str
    n: int = Field(ge=0)
    doubled: int = Field(ge=0)
    counts: dict[str, int] = Field(default={})
    strata: Names = ()
    languages: Names = ()
    anchors: str = ""
    made: date
    expires: date
    figures: dict[str, Any] = Field(default={})

    @property
    def digest(self) -> str:
        """The SHA-256 of all it says."""
        return digest(self.model_dump(mode="json"))


def card(
    name: str, rubric: Rubric, rows: Iterable[Row], judgements: Sequence[Judgement], labels: Sequence[Label], *,
    on: date, days: int, family: str = "", anchors: str = "", figures: Mapping[str, Any] | None = None,
) -> JudgeCard:  # fmt: skip
    """Make the card of a judge from its judgements and the labels of the same answers; it expires after *days*.

    Raises:
        DataError: nothing was labelled that the judge graded, or its judgements are by several prompts or models.
    """
    by = {j.trace: j for j in judgements if j.calls}
    prompts, models = {j.prompt for j in by.values()}, {j.model for j in by.values()}
    if len(prompts) > 1 or len(models) > 1:
        raise DataError(
            f"The judgements of {name!r} are by {len(prompts)} prompts and {len(models)} models; a card is of one."
        )
    known = {row.id: row for row in rows}
    labelled = [x for x in labels if x.trace in by and x.trace in known and x.verdict != "unsure"]
    traces = list(dict.fromkeys(x.trace for x in labelled))
    if not traces:
        raise DataError(f"No answer that {name!r} graded has a label. Label some by a plan first.")
    cells = [f"{by[t].outcome} / {known[t].case.stratum}" for t in traces]
    raters = [len({x.rater for x in labelled if x.trace == t and not x.adjudicated}) for t in traces]
    first = by[traces[0]]
    return JudgeCard(
        judge=name, criterion=rubric.criterion, rubric=rubric.digest, rubric_version=rubric.version,
        prompt=first.prompt,
        model=first.model, fingerprint=first.fingerprint, family=family, labels=set_digest(labelled), n=len(traces),
        doubled=sum(n > 1 for n in raters), counts={c: cells.count(c) for c in sorted(set(cells))},
        strata=_enough(known[t].case.stratum for t in traces),
        languages=_enough(known[t].case.language for t in traces),
        anchors=anchors, made=on, expires=on + timedelta(days=days), figures=dict(figures or {}),
    )  # fmt: skip


def _enough(values: Iterable[str]) -> tuple[str, ...]:
    listed = list(values)
    return tuple(v for v in sorted(set(listed)) if listed.count(v) >= FEWEST)


def void(
    card: JudgeCard, on: date, *, rubric: Rubric | None = None, model: str = "", fingerprint: str = ""
) -> list[str]:
    """Return why a card no longer holds: expired, or another prompt, model or fingerprint; empty where it does."""
    reasons = []
    if on > card.expires:
        reasons.append(f"The card expired on {card.expires}.")
    if rubric is not None and rubric.prompt != card.prompt:
        reasons.append(f"The prompt (rubric {rubric.version}) is not the card's (rubric {card.rubric_version}).")
    if model and model != card.model:
        reasons.append(f"The judge's model is {model!r}; the card is of {card.model!r}.")
    if fingerprint and card.fingerprint and fingerprint != card.fingerprint:
        reasons.append("The provider's fingerprint of the judge's model has changed.")
    return reasons


def uncovered(card: JudgeCard, rows: Iterable[Row]) -> dict[str, int]:
    """Return how many graded answers lie where the card does not hold, by stratum or language."""
    found: dict[str, int] = {}
    for row in rows:
        for kind, value, held in (
            ("stratum", row.case.stratum, card.strata),
            ("language", row.case.language, card.languages),
        ):
            if value not in held:
                found[f"{kind} {value}"] = found.get(f"{kind} {value}", 0) + 1
    return found


class Anchor(Part):
    """An answer with a human's label and the judge's verdict on it at calibration: graded again in every run."""

    case: Case
    trace: Trace
    label: Literal["pass", "fail"]
    verdict: Literal["pass", "fail", "unscored"]


@dataclass(frozen=True, slots=True)
class Rescored:
    """Anchors graded again: for each the label, the verdict of before and the one of now (1, 0, None unscored).

    ``moved`` are the anchors whose verdict changed. Whether that is more than chance is for McNemar's test to say.
    """

    labels: tuple[float, ...]
    before: tuple[float | None, ...]
    now: tuple[float | None, ...]
    moved: tuple[str, ...]
    anchors: str


NUMBER: Mapping[str, float | None] = {"pass": 1.0, "fail": 0.0}


async def rescored(rubric: Rubric, target: Target, anchors: Sequence[Anchor], *, concurrency: int = 8) -> Rescored:
    """Have a judge grade its anchors again and return its verdicts beside those of before."""
    made = await judged(rubric, target, [(a.case, a.trace) for a in anchors], concurrency=concurrency)
    now = tuple(NUMBER.get(j.outcome) for j in made)
    before = tuple(NUMBER.get(a.verdict) for a in anchors)
    moved = tuple(a.case.name for a, b, n in zip(anchors, before, now, strict=True) if b != n)
    return Rescored(tuple(NUMBER[a.label] or 0.0 for a in anchors), before, now, moved, anchor_digest(anchors))


def anchor_digest(anchors: Iterable[Anchor]) -> str:
    """Return the SHA-256 of a set of anchors, whatever their order."""
    return digest(sorted(digest(a.model_dump(mode="json")) for a in anchors))


def write_anchors(path: Path, anchors: Iterable[Anchor]) -> None:
    """Write anchors as JSON lines."""
    lines = (canonical(a.model_dump(mode="json", exclude_defaults=True)) for a in anchors)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def read_anchors(path: Path) -> list[Anchor]:
    """Read anchors from JSON lines.

    Raises:
        DataError: the file cannot be read, is empty, or a line is not JSON.
        SpecError: a line is no anchor.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        found = [
            typed(Anchor, json.loads(x), f"{path.name}, line {n}", {}) for n, x in enumerate(lines, 1) if x.strip()
        ]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise DataError(f"Cannot read the anchors of {path.name}: {error}.") from error
    if not found:
        raise DataError(f"{path.name} holds no anchor.")
    return found
