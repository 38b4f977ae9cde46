"""Suites: which suite and criterion of a generative system each check is asked of."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from secondline.core.check import Check
from secondline.core.declared.genai import Criterion, GenAI
from secondline.core.declared.graded import ANCHORS, REVIEWS
from secondline.core.declared.scorers import OWN, USUAL
from secondline.core.spec import ModelSpec
from secondline.core.subject import Subject

HARMS = frozenset(f"genai.{name}" for name in ("injection", "leak", "conduct", "toxic", "tool", "autonomy"))
QUALITY = frozenset(f"genai.{name}" for name in ("task_quality", "grounded", "citations", "numeric", "classification"))
Asked = Callable[[GenAI, str, Criterion], bool]


def own(criterion: Criterion) -> str:
    """Return the check that a criterion's verdicts answer: the one it names, its scorer's own, or that of quality."""
    return criterion.check or OWN.get(criterion.scorer, USUAL)


def _judged(_: GenAI, __: str, criterion: Criterion) -> bool:
    return bool(criterion.judge)


def _repeated(genai: GenAI, suite: str, _: Criterion) -> bool:
    return genai.suites[suite].replicates > 1


def _anchored(genai: GenAI, suite: str, _: Criterion) -> bool:
    return genai.anchor is not None and genai.anchor.suite == suite


def _attacked(genai: GenAI, suite: str, criterion: Criterion) -> bool:
    attacker = genai.suites[suite].attacker
    return attacker is not None and genai.criteria[attacker.criterion] is criterion


def _answers(*codes: str) -> Asked:
    return lambda _, __, criterion: own(criterion) in codes


# Checks that look at verdicts which answer another check: when they do.
ALSO: dict[str, Asked] = {
    "genai.judge_validity": _judged,
    "genai.judge_agreement": _judged,
    "genai.judge_bias": _judged,
    "genai.consistency": _repeated,
    "genai.reliability": _repeated,
    "genai.version_regress": _anchored,
    "genai.new_harm": _anchored,
    "genai.persistence": _attacked,
    "genai.over_refusal": _answers("genai.abstain"),
    "genai.harm": _answers(*HARMS),
    "genai.weak_slices": _answers(*QUALITY),
    "genai.unscored": lambda *_: True,
}


def subjects(check: Check, spec: ModelSpec) -> Iterator[Subject]:
    """Yield the suites (and criteria) that a check of a generative system is asked of; none without a `genai` part."""
    genai = spec.genai
    if genai is None:
        return
    if check.over == "criterion":
        for suite in genai.suites:
            for name, criterion in genai.of_suite(suite).items():
                if own(criterion) == check.code or (check.code in ALSO and ALSO[check.code](genai, suite, criterion)):
                    yield _subject(spec, suite, name)
        return
    for population in _populations(check.code, spec, genai):
        yield _subject(spec, population)


def _populations(code: str, spec: ModelSpec, genai: GenAI) -> list[str]:
    names = list(spec.populations)
    match code:
        case "genai.risks":
            return [spec.reference_name]
        case "genai.human_effect":
            return [name for name in names if name == REVIEWS]
        case "genai.judge_drift":
            return [name for name in names if name.startswith(ANCHORS)]
        case "genai.equality":
            return [genai.anchor.suite] if genai.anchor else []
        case _:
            return [name for name in names if name in genai.suites]


def _subject(spec: ModelSpec, population: str, criterion: str | None = None) -> Subject:
    reference = spec.reference_name if population != spec.reference_name else None
    return Subject(population=population, reference=reference, column=criterion)


def nothing(check: Check) -> str:
    """Return why a check of a generative system is asked of nothing."""
    if check.over == "criterion":
        return f"no criterion of a suite has verdicts that answer {check.code}"
    return "no suite holds what it looks at"
