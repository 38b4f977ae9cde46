"""Questions: how the checks of a plan multiply over populations, features, segments, bands and months."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from secondline.core import needs
from secondline.core.check import Check, find
from secondline.core.evidence import Plan, PlannedCheck
from secondline.core.needs import BAND, PERIOD
from secondline.core.spec import ModelSpec
from secondline.core.subject import Subject
from secondline.frames.collect import Collected
from secondline.frames.relation import Relation, named_columns
from secondline.frames.rules import rule_ids
from secondline.frames.wants import Want, want
from secondline.workflow import suites
from secondline.workflow.made import sides, underlying

GENAI = "genai"
LEVELLED = frozenset({"segment", "band", "period"})
SIMULTANEOUS = LEVELLED | {"feature", "shift", "segment_column", "claim", "input", "protected", "challenger"}
# Parts of model.yaml a check may require beside roles of columns, and what is said where one is absent.
DECLARED = {
    "artefact": "model.yaml names no `artefact` to open",
    "decision": "model.yaml states no `decision` rule",
    "challengers": "model.yaml asks for no challengers: write `challengers: [scorecard, logistic]` to have them fitted",
    "reproduce": "model.yaml does not say under `reproduce` how the model was built",
    "alternatives": "model.yaml asks for no search under `alternatives`",
    "genai": "model.yaml has no `genai` part",
    "genai.anchor": "assistant.yaml names no approved answers under `genai: anchor`",
    "genai.attacker": "assistant.yaml names no `attacker` for any suite under `genai: suites`",
    "genai.guarded": "assistant.yaml names no component of kind `guardrail` under `genai: components`",
    "genai.judges": "assistant.yaml names no judge under `genai: judges`",
    "genai.reviews": "assistant.yaml names no reviewers' verdicts under `genai: reviews`",
    "fraud": "model.yaml has no `fraud` part",
    "fraud.control": "model.yaml names no control arm under `fraud: control`",
    "fraud.declined": "model.yaml names no column under `fraud: declined`",
    "fraud.known_at": "model.yaml does not say under `fraud: known-at` when a fraud became known",
    "fraud.rules": "model.yaml names no `fraud: rules`",
    "fraud.scheme": "model.yaml names no columns under `fraud: scheme`",
    "fraud.serving.fallback": "model.yaml names no column under `fraud: serving: fallback`",
    "fraud.serving.latency": "model.yaml names no column under `fraud: serving: latency`",
    "fraud.trained_to": "model.yaml does not say under `fraud: trained-to` where training data end",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One planned check about one subject; ``absent`` says why it cannot arise, if it cannot."""

    planned: PlannedCheck
    check: Check
    subject: Subject
    absent: str = ""

    @property
    def wants(self) -> Mapping[str, Want]:
        """The statistics the measure takes, by name."""
        return {name: want(need, self.subject) for name, need in self.check.measure.needs.items()}


def before_data(plan: Plan, relations: Mapping[str, Relation]) -> list[Question]:
    """Return every question that can be told before rows are read; levels of segments are filled in afterwards."""
    return [question for planned in plan.checks for question in _of_check(planned, plan.spec, relations)]


def wanted(questions: list[Question], reference: str) -> set[Want]:
    """Return the statistics all questions rest on, and those that tell which levels there are."""
    asked = {w for q in questions if not q.absent for asked in q.wants.values() for w in underlying(asked, reference)}
    levels = {w for q in questions if not q.absent and q.check.over in LEVELLED for w in _level_wants(q.subject)}
    return asked | levels


def after_data(questions: list[Question], collected: Collected) -> list[Question]:
    """Return the questions with one for each level found, in the reference or the population in question."""
    return [known for question in questions for known in _levels(question, collected)]


def _of_check(planned: PlannedCheck, spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Question]:
    check = find(planned.code)
    reason = planned.skipped or _missing_roles(check, spec) or _nothing_to_compare(check, spec)
    graded = check.family == GENAI
    found = suites.subjects(check, spec) if graded else _EXPAND[check.over](spec, relations)
    subjects = [] if reason else list(found)
    if not subjects:
        nothing = suites.nothing(check) if graded else _EMPTY[check.over]
        yield Question(planned, check, Subject(population=spec.reference_name), reason or nothing)
        return
    for subject in subjects:
        yield Question(planned, check, subject)


def _missing_roles(check: Check, spec: ModelSpec) -> str:
    for part, absent in DECLARED.items():
        if part in check.requires and not _declared(spec, part):
            return absent
    columns = [role for role in check.requires if role not in DECLARED]
    missing = [role for role in columns if not getattr(spec.columns, role.replace("-", "_"), None)]
    named = " or ".join(f"`{role.replace('_', '-')}`" for role in missing)
    return f"model.yaml names no {named} column" if missing else ""


def _declared(spec: ModelSpec, part: str) -> bool:
    if part == "artefact":
        return spec.artefact is not None and spec.artefact.open
    found: object = spec
    for name in part.split("."):
        found = getattr(found, name, None)
    return bool(found)


def _nothing_to_compare(check: Check, spec: ModelSpec) -> str:
    against = check.over in {"comparison", "shift"} or any(
        "reference" in sides(need) for need in check.measure.needs.values()
    )
    return "there is only one population, so there is nothing to compare" if against and not spec.current_names else ""


def _level_wants(subject: Subject) -> list[Want]:
    groups = needs.Groups(by=subject.segment)
    return [(name, groups) for name in {subject.population, subject.reference or subject.population}]


def _levels(question: Question, collected: Collected) -> Iterator[Question]:
    if question.absent or question.check.over not in LEVELLED:
        yield question
        return
    # Months belong to their own population; segments and bands of the reference must not vanish from the current one.
    shared = question.check.over != "period"
    found = {level for w in _level_wants(question.subject) if shared or w[0] == question.subject.population
             for level in collected.levels(w)}  # fmt: skip
    for level in sorted(found):
        subject = question.subject.model_copy(update={"level": level})
        yield Question(question.planned, question.check, subject)


def _reference(spec: ModelSpec, population: str) -> str | None:
    return spec.reference_name if population != spec.reference_name else None


def _populations(spec: ModelSpec, _: Mapping[str, Relation]) -> Iterator[Subject]:
    for name in spec.populations:
        yield Subject(population=name, reference=_reference(spec, name))


def _comparisons(spec: ModelSpec, _: Mapping[str, Relation]) -> Iterator[Subject]:
    for name in spec.current_names:
        yield Subject(population=name, reference=spec.reference_name)


def _segmented(*columns: str) -> Callable[[ModelSpec, Mapping[str, Relation]], Iterator[Subject]]:
    def expand(spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Subject]:
        names = columns or tuple(dict.fromkeys((*spec.columns.segments, *spec.columns.protected)))
        for subject in _populations(spec, relations):
            for column in names:
                yield subject.model_copy(update={"segment": column})

    return expand


def _features(spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Subject]:
    for subject in _populations(spec, relations):
        for column in relations[subject.population].features:
            yield subject.model_copy(update={"column": column})


def _shifts(spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Subject]:
    known = set(relations[spec.reference_name].features)
    for subject in _comparisons(spec, relations):
        for column in relations[subject.population].features:
            if column in known:
                yield subject.model_copy(update={"column": column})


def _keys(spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Subject]:
    return _populations(spec, relations) if spec.columns.entity else iter(())


def _rules(spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Subject]:
    for subject in _populations(spec, relations):
        for rule in rule_ids(spec):
            yield subject.model_copy(update={"column": rule})


def _required(spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Subject]:
    roles = {"features", "override", "challenger", "production", "previous-grade", "reasons"}
    columns = dict.fromkeys(
        column
        for role, column in named_columns(spec)
        if role not in roles and not role.startswith(("fairness", "fraud"))
    )
    for subject in _populations(spec, relations):
        for column in columns:
            yield subject.model_copy(update={"column": column})


def _claims(spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Subject]:
    for subject in _populations(spec, relations):
        for column in spec.claims.monotone:
            if column in relations[subject.population].types:
                yield subject.model_copy(update={"column": column})


def _protected(spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Subject]:
    for subject in _populations(spec, relations):
        for column in spec.columns.protected:
            yield subject.model_copy(update={"column": column})


def _challengers(spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Subject]:
    """Challengers are fitted on the reference, so they are judged on every population but that."""
    for subject in _comparisons(spec, relations):
        for name in spec.challengers:
            yield subject.model_copy(update={"column": name})


def _inputs(spec: ModelSpec, relations: Mapping[str, Relation]) -> Iterator[Subject]:
    """Features, and columns with a role that a model may also read."""
    also = (*([spec.columns.exposure] if spec.columns.exposure else []), *spec.columns.segments)
    for subject in _populations(spec, relations):
        for column in dict.fromkeys((*relations[subject.population].features, *also)):
            yield subject.model_copy(update={"column": column})


_EXPAND: dict[str, Callable[[ModelSpec, Mapping[str, Relation]], Iterator[Subject]]] = {
    "population": _populations,
    "comparison": _comparisons,
    "segment": _segmented(),
    "segment_column": _segmented(),
    "band": _segmented(BAND),
    "period": _segmented(PERIOD),
    "feature": _features,
    "shift": _shifts,
    "key": _keys,
    "rule": _rules,
    "required": _required,
    "claim": _claims,
    "input": _inputs,
    "protected": _protected,
    "challenger": _challengers,
}
_EMPTY = dict.fromkeys(_EXPAND, "there is nothing of this kind in the study") | {
    "segment": "model.yaml names no `segments` and no `protected` columns",
    "segment_column": "model.yaml names no `segments` and no `protected` columns",
    "protected": "model.yaml names no `protected` columns",
    "challenger": DECLARED["challengers"],
    "input": "the populations have no columns a model could read",
    "feature": "the populations have no features beside the columns that have a role",
    "shift": "the populations share no features",
    "key": "model.yaml names no `entity` column",
    "claim": "model.yaml makes no claim under `claims: monotone`",
    "rule": "model.yaml declares no `rules` and no `domains`",
}
