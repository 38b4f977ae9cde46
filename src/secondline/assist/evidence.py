"""Evidence: the exhibits of a sealed run and of the open findings, with derived numbers made by code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from secondline.assist.exhibits import Exhibit, Exhibits, Field, Role
from secondline.assist.lexicon import ALIASES, JUDGEMENT, VOCABULARY
from secondline.core.evidence import GRADES, Evidence, Finding, PopulationFacts, Run
from secondline.core.limit import Limit
from secondline.core.outcome import Failed, Inconclusive
from secondline.reports import words
from secondline.reports.view import View, tally

ADVERSE = frozenset({"failed", "inconclusive", "errored"})
GRAVE = frozenset({"critical", "major", "medium"})
TAKEN = frozenset({"low", "high", "level", "n", "events", "p", "alpha", "limit", "about", "title", "outcome", "rule"})
"""Names of other fields, so that no value is called by them."""


def gather(run: Run, findings: Sequence[Mapping[str, Any]] | None = None, *, stale: str = "") -> Exhibits:
    """Return the exhibits of *run*.

    *findings* are the records of the model's open findings; None when there is no ledger, and then those that the run
    proposes count. *stale* says why the run may not be reported on any more (a later run, another artefact).
    """
    view = View(run)
    answers = [_answer(view, evidence) for evidence in run.evidence]
    items = [_model(view), *map(_population, count(1), run.populations), *answers, *_found(run, findings)]
    items += [_rule(run), *_numbered(_calcs(view, answers))]
    named = {e.code for e in run.evidence}
    without = {c.code: c.skipped or "no answer is on record" for c in run.plan.checks if c.code not in named}
    return Exhibits(run.id, view.spec.model, tuple(items), stale, without)


def handle(source: str) -> str:
    """Return the id that slots use for a record: ``E-12`` is E12.

    >>> handle("E-12"), handle("F-3")
    ('E12', 'F3')
    """
    return re.sub(r"[^A-Za-z0-9]", "", source)


def main_field(code: str) -> str:
    """Return the name of the field that holds a check's number: the end of its code.

    >>> main_field("discrimination.auc"), main_field("data.missing-rate"), main_field("use.level")
    ('auc', 'missing_rate', 'level_value')
    """
    leaf = re.sub(r"\W", "_", code.rpartition(".")[2]).lower()
    return f"{leaf}_value" if leaf in TAKEN else leaf


def _answer(view: View, evidence: Evidence) -> Exhibit:
    main = main_field(evidence.code)
    fields = {"about": Field(evidence.subject.text, "label"), "title": Field(view.title(evidence.code), "heading")}
    fields |= dict(_numbers(evidence, main))
    fields |= {name: Field(text, name) for name, text in _texts(evidence) if text}
    rule = evidence.limit
    return Exhibit(
        handle(evidence.id), "answer", evidence.id, fields, evidence.code, main if main in fields else "",
        queries=evidence.queries, names=_names(view, evidence), outcome=evidence.outcome.kind,
        adverse=evidence.outcome.kind in ADVERSE, higher=_higher(rule),
    )  # fmt: skip


def _numbers(evidence: Evidence, main: str) -> Iterator[tuple[str, Field]]:
    estimate, unit = evidence.outcome.estimate, evidence.unit
    if estimate is None:
        return
    given: list[tuple[str, Role, float | None, str]] = [
        (main, "value", estimate.value, unit),
        ("low", "low", estimate.low, unit), ("high", "high", estimate.high, unit),
        ("level", "level", estimate.level if estimate.low is not None else None, "rate"),
        ("n", "n", estimate.n or None, "rows"), ("events", "events", estimate.events, "count"),
        ("p", "p", evidence.p_adjusted if evidence.p_adjusted is not None else estimate.p_value, ""),
        ("mde", "mde", estimate.mde, ""), *_limits(evidence.limit, unit),
        ("alpha", "alpha", _alpha(evidence), ""),
    ]  # fmt: skip
    yield from ((name, Field(float(value), role, of)) for name, role, value, of in given if value is not None)


def _limits(rule: Limit | None, unit: str) -> Iterator[tuple[str, Role, float | None, str]]:
    if rule is None:
        return
    if rule.within is not None:
        yield "limit_low", "limit_low", rule.within[0], unit
        yield "limit_high", "limit_high", rule.within[1], unit
        return
    yield "limit", "limit", rule.at_least if rule.at_least is not None else rule.at_most, unit


def _alpha(evidence: Evidence) -> float | None:
    if evidence.limit and evidence.limit.p_at_least is not None:
        return evidence.limit.p_at_least
    estimate = evidence.outcome.estimate
    return None if estimate is None or estimate.p_value is None else round(1 - estimate.level, 12)


def _texts(evidence: Evidence) -> Iterator[tuple[Role, str]]:
    outcome = evidence.outcome
    yield "outcome", words.outcome(evidence)
    yield "because", words.sentence(outcome.because)
    yield "rule", words.limit(evidence.limit, evidence.unit)
    yield "severity", outcome.severity if isinstance(outcome, Failed) else ""
    yield "needed", words.sentence(outcome.needed) if isinstance(outcome, Inconclusive) else ""


def _higher(rule: Limit | None) -> bool | None:
    if rule is None or (rule.at_least is None) == (rule.at_most is None):
        return None
    return rule.at_least is not None


def _names(view: View, evidence: Evidence) -> frozenset[str]:
    """The words that may call this answer by name in free text: its measure, population and column."""
    leaf = evidence.code.rpartition(".")[2]
    role = view.facts[evidence.subject.population].role if evidence.subject.population in view.facts else ""
    said = " ".join([leaf, *ALIASES.get(leaf, ()), role, evidence.subject.text, evidence.subject.reference or ""])
    return frozenset(re.findall(r"[a-z]+", said.lower())) - VOCABULARY


def _population(number: int, facts: PopulationFacts) -> Exhibit:
    fields = {"name": Field(facts.name, "label"), "rows": Field(float(facts.rows), "n", "rows")}
    if facts.events is not None:
        fields["events"] = Field(float(facts.events), "events", "count")
    texts: tuple[tuple[str, Role, str | None], ...] = (
        ("role", "kind", facts.role), ("first", "first", facts.time_first), ("last", "last", facts.time_last),
    )  # fmt: skip
    fields |= {name: Field(str(text), role) for name, role, text in texts if text}
    said = re.findall(r"[a-z]+", f"{facts.name} {facts.role}".lower())
    return Exhibit(f"P{number}", "population", facts.name, fields, names=frozenset(said) - VOCABULARY)


def _model(view: View) -> Exhibit:
    spec = view.spec
    texts: tuple[tuple[str, Role, str], ...] = (
        ("name", "label", spec.title or spec.model), ("version", "version", str(spec.version)),
        ("developer", "developer", spec.developer), ("owner", "owner", spec.owner),
        ("kind", "kind", str(spec.purpose.kind) if spec.purpose else ""),
    )  # fmt: skip
    return Exhibit("M1", "model", spec.model, {name: Field(text, role) for name, role, text in texts if text})


def _found(run: Run, findings: Sequence[Mapping[str, Any]] | None) -> Iterator[Exhibit]:
    if findings is None:
        yield from (_proposed(finding) for finding in run.findings if finding.status != "closed")
        return
    yield from (_recorded(doc) for doc in findings)


def _proposed(finding: Finding) -> Exhibit:
    doc = finding.model_dump(mode="json")
    return _finding(finding.id, {**doc, "state": finding.status})


def _recorded(doc: Mapping[str, Any]) -> Exhibit:
    return _finding(str(doc["id"]), doc)


def _finding(id_: str, doc: Mapping[str, Any]) -> Exhibit:
    texts: tuple[tuple[str, Role, Any], ...] = (
        ("name", "label", id_), ("severity", "severity", doc.get("severity")),
        ("statement", "statement", words.sentence(str(doc.get("statement") or ""))),
        ("effect", "effect", words.sentence(str(doc.get("effect") or ""))),
        ("status", "status", doc.get("state")), ("due", "due", doc.get("due")), ("owner", "owner", doc.get("owner")),
    )  # fmt: skip
    fields = {name: Field(str(text), role) for name, role, text in texts if text}
    rests = tuple(str(e).rpartition("/")[2] for e in doc.get("evidence") or ())
    grave = str(doc.get("severity")) in GRAVE
    return Exhibit(handle(id_), "finding", id_, fields, str(doc.get("code") or ""), sources=rests, adverse=grave)


def _rule(run: Run) -> Exhibit:
    opinion = run.opinion
    text = GRADES[opinion.grade]
    fields = {
        "name": Field(f"{opinion.status.capitalize()} opinion", "label"),
        "grade": Field(float(opinion.grade), "grade", "count"),
        "meaning": Field(text, "statement"),
    }
    if opinion.because:
        fields["because"] = Field(words.sentence(opinion.because), "because")
    implied = frozenset(re.findall("[a-z]+", text.lower())) & JUDGEMENT
    return Exhibit("R1", "rule", run.id, fields, implies=implied)


Calc = tuple[str, Role, float, str, tuple[str, ...], str]
"""What a derived number is called, its role, value and unit, what it is made of, and the code it belongs to."""


def difference(label: str, a: Exhibit, b: Exhibit) -> Calc | None:
    """Return *b* less *a*, where both hold a number of the same unit; only code makes such numbers."""
    one, other = _main(a), _main(b)
    if one is None or other is None or one.unit != other.unit:
        return None
    return label, "difference", _float(other) - _float(one), one.unit, (a.source, b.source), a.code


def _main(item: Exhibit) -> Field | None:
    return item.fields.get(item.main)


def _float(field: Field) -> float:
    return float(field.value)


def _calcs(view: View, answers: Sequence[Exhibit]) -> Iterator[Calc]:
    """Yield the counts of answers by family and outcome, shifts of a measure between populations, and event rates."""
    for family in ("", *view.families):
        mine = [e for e in view.run.evidence if not family or e.code.startswith(f"{family}.")]
        for outcome, number in tally(mine).items():
            label = f"{words.OUTCOME[outcome]} answers{f' on {family}' if family else ''}"
            ids = tuple(e.id for e in mine if e.outcome.kind == outcome)
            yield label.capitalize(), "value", float(number), "count", ids, f"{family or 'all'}.{outcome}"
    for a, b in pairs(view, answers):
        made = difference(f"{a.fields['title'].value} ({a.fields['about'].value} to {b.fields['about'].value})", a, b)
        if made:
            yield made
    for facts in view.run.populations:
        if facts.events is not None and facts.rows and facts.weight_total is None:
            yield f"Events by rows of {facts.name}", "ratio", facts.events / facts.rows, "rate", (facts.name,), ""


def pairs(view: View, answers: Sequence[Exhibit]) -> Iterator[tuple[Exhibit, Exhibit]]:
    """Yield each measure of a whole population on the reference with the same on the newest population."""
    whole = {e.id: e for e in view.run.evidence if not (e.subject.column or e.subject.segment)}
    by_code: dict[str, dict[str, Exhibit]] = {}
    for item in answers:
        if item.main and item.source in whole:
            by_code.setdefault(item.code, {}).setdefault(whole[item.source].subject.population, item)
    for found in by_code.values():
        if view.reference != view.latest and view.reference in found and view.latest in found:
            yield found[view.reference], found[view.latest]


def _numbered(calcs: Iterable[Calc]) -> Iterator[Exhibit]:
    for number, (label, role, value, unit, sources, code) in enumerate(calcs, 1):
        name = {"value": "count"}.get(role, role)
        fields = {"label": Field(label, "label"), name: Field(value, role, unit)}
        yield Exhibit(f"C{number}", "calc", f"C-{number}", fields, code, name, sources)
