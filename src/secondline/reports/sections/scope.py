"""Section 3, scope and plan: what was asked, by which limits, fixed when, and what that does to false alarms."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.declared.graded import ANCHORS, APPROVED, REVIEWS
from secondline.core.evidence import GRADES, OpinionRule, PlannedCheck
from secondline.core.format import number
from secondline.reports import pictures, words
from secondline.reports.blocks import Block, Cell, Placeholder, Ref, Section, Table
from secondline.reports.view import View

OVER = {
    "population": "each population",
    "comparison": "each comparison with the reference",
    "segment": "each level of each segment",
    "segment_column": "each segment column",
    "band": "each score band",
    "period": "each month",
    "feature": "each feature",
    "shift": "each feature, compared with the reference",
    "key": "each entity key",
    "rule": "each row rule",
    "required": "each column that has a role",
    "claim": "each column with a claimed direction",
    "protected": "each protected column",
    "input": "each column the artefact may read",
    "challenger": "each challenger",
    "criterion": "each criterion of each suite",
}


def section(view: View) -> Section:
    """Return the section."""
    parts = (
        Section("plan", "3.1", "The plan", tuple(_plan(view))),
        Section("multiplicity", "3.2", "Many questions at once", tuple(_multiplicity(view))),
        Section("deviations", "3.3", "Deviations and omissions", tuple(_deviations(view))),
    )
    blocks = (
        _populations(view),
        Placeholder("State what is out of scope, and where you rely on tests of the developer.", id="scope"),
        pictures.outcomes(view),
    )
    return Section("scope", "3", "Scope and plan", blocks, parts)


def _populations(view: View) -> Table:
    if view.spec.genai:
        return _answers(view)
    rows = tuple(
        (
            Cell(facts.name),
            Cell(facts.role),
            Cell(view.spec.populations[facts.name].description if facts.name in view.spec.populations else ""),
            Cell(f"{facts.rows:,}"),
            Cell("" if facts.events is None else f"{facts.events:,}"),
        )
        for facts in view.run.populations
    )
    head = ("Population", "Role", "Description", "Rows", "Events")
    return Table("t-populations", "Populations", head, "lllrr", rows, (0.16, 0.16, 0.44, 0.12, 0.12))


def _answers(view: View) -> Table:
    """Return the populations of a generative system: graded answers by suite, and what judges and reviewers said."""
    rows = tuple(
        (Cell(facts.name), Cell(_held(view, facts.name)), Cell(f"{facts.rows:,}")) for facts in view.run.populations
    )
    note = "One row for each case, each time it was asked, and each criterion."
    head = ("Population", "What it holds", "Rows")
    return Table("t-populations", "Populations", head, "llr", rows, (0.25, 0.6, 0.15), note=note)


def _held(view: View, name: str) -> str:
    if name.startswith(ANCHORS):
        return f"what the judge {name.removeprefix(ANCHORS)} says of its anchors, now and when they were labelled"
    if name == REVIEWS:
        return "what reviewers let out or stopped, of answers with seeded errors"
    if name == APPROVED:
        return "graded answers of the approved configuration"
    criteria = view.spec.genai.of_suite(name) if view.spec.genai else {}
    return f"graded answers, by {words.listed(sorted(criteria), 6)}"


def _plan(view: View) -> Iterator[Block]:
    plan = view.plan
    packs = words.listed([f"{pack.title} {pack.version}" for pack in plan.packs])
    yield words.text(
        f"The plan holds {words.count(len(plan.checks), 'check')}, answered "
        f"{words.count(len(view.run.evidence), 'time')}, with limits from "
        f"{packs} and from {view.declared_in}. It was recorded at {view.run.fixed_at}, before rows were read, "
        f"under the digest {view.run.plan_digest[:12]}. Every planned check has an answer, and no answer was "
        f"dropped. Intervals are at {100 * plan.confidence:g} % "
        "unless an answer says otherwise."
    )
    yield _rules(plan.opinion_rules)
    yield _checks(view)


def _rules(rules: tuple[OpinionRule, ...]) -> Table:
    rows = tuple(
        (Cell(f"{i}"), Cell(_rule(rule)), Cell(f"{rule.grade} of 4, {GRADES[rule.grade]}"))
        for i, rule in enumerate(rules, 1)
    )
    note = "The first line that holds decides the proposal."
    return Table(
        "t-rules",
        "From findings to opinion: the declared rule",
        ("", "When", "Proposed grade"),
        "rll",
        rows,
        (0.05, 0.5, 0.45),
        note=note,
    )


def _rule(rule: OpinionRule) -> str:
    if rule.unanswered:
        return "a gate is inconclusive or errored"
    if rule.severity is None:
        return "otherwise"
    return f"at least {words.count(rule.count, 'finding')} of severity {rule.severity} or worse"


def _checks(view: View) -> Table:
    rows = tuple(_check(planned) for planned in view.plan.checks)
    head = ("Check", "Claim", "Asked of", "Role", "Limit", "On breach", "Limit set by", "Source")
    widths = (0.15, 0.2, 0.13, 0.06, 0.12, 0.08, 0.11, 0.15)
    return Table(
        "t-checks", "Planned checks, with limits and their sources", head, "llllllll", rows, widths, folded=True
    )


def _check(planned: PlannedCheck) -> tuple[Cell, ...]:
    rule = planned.limit
    breach = (rule.severity if planned.finding_on_breach else "no finding") if rule else ""
    return tuple(
        Cell(text)
        for text in (
            planned.code,
            planned.title,
            OVER.get(planned.over, planned.over),
            planned.role,
            words.limit(rule) or "none, reported only",
            breach,
            planned.limit_from,
            words.authority(rule) if rule else "",
        )
    )


def _multiplicity(view: View) -> Iterator[Block]:
    roles = [planned.role for planned in view.plan.checks]
    family = "each check" if view.plan.multiplicity == "check" else "all checks of a role together"
    yield words.text(
        f"The plan asks many questions, so some false alarms are certain without control. "
        f"{words.sentence(words.count(roles.count('gate'), 'gate'))[:-1]} "
        f"decide: their p-values are adjusted by Holm's method over {family}. "
        f"{words.sentence(words.count(roles.count('screen'), 'screen'))[:-1]} "
        f"search: Benjamini and Hochberg's method. "
        f"{words.sentence(words.count(roles.count('report'), 'check'))[:-1]} only report. "
        "Each answer states its looks: how many answers shared its control."
    )
    yield words.text(_expected(view))
    yield words.text(
        "Runs are not corrected for one another: each validation of the same model is a new look at it.", style="note"
    )


def _expected(view: View) -> str:
    tests = [
        c.limit.p_at_least for c in view.plan.checks if c.role == "gate" and c.limit and c.limit.p_at_least is not None
    ]
    intervals = sum(
        e.outcome.estimate is not None
        and e.outcome.estimate.low is not None
        and e.limit is not None
        and e.limit.p_at_least is None
        for e in view.run.evidence
    )
    tail = (1 - view.plan.confidence) / 2
    return (
        f"Were every tested claim true, no more than {sum(tests):.3g} of the {words.count(len(tests), 'gate')} "
        f"judged by p-value would be "
        f"expected to raise a false alarm. {words.sentence(words.count(intervals, 'answer'))[:-1]} are judged by an "
        f"interval: one whose true value "
        f"lies exactly on its limit fails falsely in at most {number(tail, 'rate')} of cases, and one whose true "
        f"value lies well inside hardly ever."
    )


def _deviations(view: View) -> Iterator[Block]:
    if view.run.deviations:
        yield words.text("Deviations from the plan:")
        yield words.bullets([(words.sentence(deviation),) for deviation in view.run.deviations])
    else:
        yield words.text("The plan was carried out as recorded; no deviation was entered.")
    skipped = [planned for planned in view.plan.checks if planned.skipped]
    if skipped:
        rows = tuple((Cell(c.code), Cell(c.title), Cell(words.sentence(c.skipped))) for c in skipped)
        caption = f"Checks left out by {view.declared_in}"
        yield Table("t-skipped", caption, ("Check", "Claim", "Reason given"), "lll", rows, (0.22, 0.38, 0.4))
    yield words.text(
        "What could not be asked for want of a column or a limit is listed in ", Ref("limitations"), ".", style="note"
    )
