"""Section 9 of a generative system: what was asked of what, how it answered, and what the answers are worth."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import Evidence
from secondline.core.format import interval, number, p_text
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Section, Table
from secondline.reports.pictures import genai as pictures
from secondline.reports.sections import attacks, judges, suites, system
from secondline.reports.sections.suites import asked, grader, measured_of, suites_of
from secondline.reports.view import View, detail, estimate_of

QUALITY = (
    "task_quality", "grounded", "citations", "numeric", "classification", "retrieval", "abstain", "upheld", "trace",
)  # fmt: skip
"""Questions whose answer is a share of answers that pass."""


def section(view: View) -> Section:
    """Return section 9 of a generative system."""
    parts = (
        ("system", "The system under test", system.system),
        ("suites", "What was asked", suites.blocks),
        ("results", "Results by suite and criterion", _results),
        ("attacks", "Attacks and harms", attacks.blocks),
        ("judges", "The judges", judges.blocks),
        ("fairness", "Equal treatment", _fairness),
        ("consistency", "Consistency and robustness", _consistency),
        ("drift", "Change, drift and calls", _drift),
        ("oversight", "Human oversight", _oversight),
        ("risks", "The twelve risks of NIST AI 600-1", system.risks),
        ("quoted", "Failed answers", _quoted),
    )
    made = ((id_, title, tuple(block for block in part(view) if block)) for id_, title, part in parts)
    sections = tuple(
        Section(f"outcomes-{id_}", f"9.{i}", title, blocks) for i, (id_, title, blocks) in enumerate(made, 1)
    )
    return Section("outcomes", "9", "Outcomes analysis", (), sections)


def _results(view: View) -> Iterator[Block | None]:
    yield _said(view)
    yield pictures.criteria(view, QUALITY)
    rows = tuple(_result(view, evidence) for evidence in measured_of(view, QUALITY))
    if rows:
        head = ("Suite", "Criterion", "Graded by", "Pass rate", "Of", "Limit", "Outcome")
        note = (
            "Of: answers / clusters. Intervals are at the effective size of the clusters: answers about one document "
            "are not so many answers. A judge's rate is the corrected one; section 9.5 has it beside the naive one."
        )
        yield Table("t-genai-results", "Share of answers that pass", head, "lllrrll", rows, note=note)
    if weak := _weak(view):
        yield weak
    silent = [code for code in view.codes("genai") if not _told(view, code)]
    if silent:
        yield words.text("The other questions have no number here, since no suite asks them or nothing was recorded:")
        yield words.bullets([(f"{view.title(code)} ({code}).",) for code in silent])


def _told(view: View, code: str) -> bool:
    return any(e.outcome.estimate for e in view.answers(code))


def _said(view: View) -> Block:
    """Say how the questions fell, and where the system failed worst."""
    every = [e for code in view.codes("genai") for e in view.answers(code)]
    failed = [e for e in every if e.outcome.kind == "failed"]
    places = dict.fromkeys(e.subject.population for e in failed)
    where = f" Something failed in {words.listed(list(places), 6)}." if failed else " Nothing failed."
    return words.text(
        f"{words.sentence(words.count(len(every), 'answer'))[:-1]}: {words.listed(words.fallen(every))}.{where}"
    )


def _result(view: View, e: Evidence) -> tuple[Cell, ...]:
    clusters = detail(e).get("clusters")
    return (
        Cell(e.subject.population), Cell(e.subject.column or ""), Cell(grader(view, e)), tables.measured(e),
        Cell(f"{estimate_of(e).n:,.0f}" + ("" if clusters is None else f" / {clusters:,.0f}")),
        Cell(words.limit(e.limit, e.unit) or "none set", tone="" if e.limit else "muted"), words.outcome_cell(e),
    )  # fmt: skip


def _weak(view: View) -> Table | None:
    found = [e for e in measured_of(view, ("weak_slices",)) if detail(e).get("weakest")]
    rows = tuple(
        (Cell(e.subject.population), Cell(e.subject.column or ""), Cell(detail(e)["weakest"]), tables.measured(e),
         Cell(f"{detail(e).get('searched', 0):,}"), words.outcome_cell(e))
        for e in found
    )  # fmt: skip
    head = ("Suite", "Criterion", "Weakest slice", "Short of the rest by", "Searched", "Outcome")
    note = "Intervals hold for all slices that were searched."
    return Table("t-genai-weak", "Where it is weakest", head, "lllrrl", rows, (0.14, 0.13, 0.28, 0.23, 0.1, 0.12),
                 note=note) if rows else None  # fmt: skip


def _fairness(view: View) -> Iterator[Block | None]:
    found = measured_of(view, ("bias_persona",))
    if not found:
        yield words.text("Not evidenced: no suite asks the same of different people.",
                         *words.why_not(view, ("genai.bias_persona",)))  # fmt: skip
        return
    rows = tuple(
        (Cell(e.subject.column or "", e.id), Cell(one["attribute"]), Cell(f"{one['pairs']:,}"),
         Cell(f"{one['templates']:,}"), Cell(words.percent(one["first passes"])),
         Cell(words.percent(one["second passes"])), Cell(number(one["difference"])),
         Cell(interval(one["low"], one["high"])), _p(one["p after Holm"]))
        for e in found for one in detail(e).get("attributes", ())
    )  # fmt: skip
    head = ("Criterion", "Attribute", "Pairs", "Templates", "First", "Second", "Difference", "Interval", "p, Holm")
    note = (
        "A question is asked twice, with nothing changed but who asks. Intervals hold for all attributes at once; "
        "templates are the clusters. An interval that straddles zero and is wide shows no difference and no equality."
    )
    yield Table("t-genai-personas", "The same question from different people", head, "llrrrrrlr", rows,
                (0.1, 0.13, 0.08, 0.11, 0.1, 0.1, 0.12, 0.16, 0.1), note=note)  # fmt: skip
    yield from asked(view, ("genai.bias_persona",), "t-genai-fair", "Equal treatment, held against its limit")


def _p(p: float) -> Cell:
    return Cell(p_text(p).removeprefix("p = ").removeprefix("p "))


def _consistency(view: View) -> Iterator[Block | None]:
    kept = {(e.subject.population, e.subject.column): e for e in measured_of(view, ("reliability",))}
    rows = tuple(
        _repeated(e, kept.get((e.subject.population, e.subject.column))) for e in measured_of(view, ("consistency",))
    )
    if rows:
        head = ("Suite", "Criterion", "Cases", "Same outcome", "Flipped", "All attempts pass", "Outcome")
        note = (
            "Same outcome: of two attempts at one case. Flipped: the share of cases with both outcomes. All attempts "
            "pass: pass^k, the share of cases that pass in each of k attempts."
        )
        yield Table("t-genai-repeated", "The same question asked again", head, "llrrrrl", rows,
                    (0.14, 0.13, 0.08, 0.22, 0.1, 0.21, 0.12), note=note)  # fmt: skip
    moved = measured_of(view, ("robustness", "ablation", "upheld"))
    yield from asked(view, tuple(dict.fromkeys(e.code for e in moved)), "t-genai-robust",
                      "Disturbed, challenged, and with parts taken away")  # fmt: skip
    if not rows and not moved:
        yield words.text("Not evidenced: no question was asked again or disturbed.")


def _repeated(e: Evidence, kept: Evidence | None) -> tuple[Cell, ...]:
    flipped = detail(e).get("flip rate")
    held = Cell("")
    if kept is not None:
        held = Cell(f"{words.measured(kept)}, k = {detail(kept).get('k', '')}", kept.id)
    return (
        Cell(e.subject.population), Cell(e.subject.column or ""), Cell(f"{estimate_of(e).n:,.0f}"), tables.measured(e),
        Cell("" if flipped is None else words.percent(flipped)), held, words.outcome_cell(e),
    )  # fmt: skip


def _drift(view: View) -> Iterator[Block | None]:
    change = ("genai.version_regress", "genai.new_harm", "genai.equality")
    if view.spec.genai and view.spec.genai.anchor is None:
        yield words.text(
            "Not evidenced: assistant.yaml names no approved answers (`genai: anchor`), so that this configuration is "
            "held against no earlier one."
        )
    yield from asked(view, change, "t-genai-change", "Against the approved configuration")
    yield _calls(view)
    yield _unscored(view)


CALLS = ("returned_model", "logged", "failed_calls", "latency", "cost")


def _calls(view: View) -> Table:
    """Return one row a suite: how many calls, which models answered, what was kept, what failed, how long it took."""
    rows = []
    for suite in suites_of(view):
        models, *rest = (view.first(f"genai.{name}", suite) for name in CALLS)
        named = words.listed(sorted(detail(models).get("calls", {})), 3) if models else ""
        rows.append((
            Cell(suite), Cell(named, models.id if models else None, "bad" if models and _failed(models) else ""),
            *(_plain(e) for e in rest),
        ))  # fmt: skip
    head = ("Suite", "What answered", "Calls traced", "Calls failed", "p95, ms", "Cost")
    note = "A call is traced when its trace and the model that answered are kept. Cost is in the currency of prices."
    return Table("t-genai-calls", "Calls: who answered, what failed, how long it took", head, "llrrrr", tuple(rows),
                 (0.16, 0.28, 0.12, 0.18, 0.16, 0.1), note=note)  # fmt: skip


def _failed(e: Evidence) -> bool:
    return e.outcome.kind == "failed"


def _plain(e: Evidence | None) -> Cell:
    """Return a number with its interval, toned by its outcome; empty where nothing was measured."""
    if e is None:
        return Cell("none", tone="muted")
    return Cell(words.measured(e), e.id, "bad" if _failed(e) else "")


def _unscored(view: View) -> Block:
    """Return the criteria by which some answers could not be graded; a sentence where all could."""
    every = measured_of(view, ("unscored",))
    some = [e for e in every if estimate_of(e).value > 0]
    if not some:
        return words.text("Every answer could be graded by each of its criteria.")
    rows = tuple(
        (Cell(e.subject.population), Cell(e.subject.column or ""), tables.measured(e), Cell(f"{estimate_of(e).n:,.0f}"),
         Cell(words.limit(e.limit, e.unit) or "none set", tone="" if e.limit else "muted"), words.outcome_cell(e))
        for e in some
    )  # fmt: skip
    head = ("Suite", "Criterion", "Could not be graded", "Of", "Limit", "Outcome")
    note = (
        f"Everywhere else, in {len(every) - len(some)} of {len(every)} places, all answers were graded. One that could "
        "not be graded is told here, and never counted as a failure."
    )
    return Table("t-genai-unscored", "Answers that could not be graded", head, "llrrll", rows,
                 (0.18, 0.16, 0.26, 0.1, 0.16, 0.14), note=note)  # fmt: skip


def _oversight(view: View) -> Iterator[Block | None]:
    found = view.first("genai.human_effect")
    if found is None:
        yield words.text("Not evidenced: no reviewer was given seeded errors to find.",
                         *words.why_not(view, ("genai.human_effect",)))  # fmt: skip
        return
    told = detail(found)
    alarms = told.get("false alarms")
    yield words.text(
        "Reviewers were given answers with seeded errors among right ones. They caught ", words.figure(found),
        f" of {estimate_of(found).n:,.0f} seeded errors"
        + (f" and raised {words.percent(alarms)} of the right answers as wrong." if alarms is not None else "."),
    )  # fmt: skip
    rows = tuple(
        (Cell(what), Cell(str(one["of"]), found.id), Cell(f"{one['cases']:,}"), Cell(f"{one['failed']:,}"))
        for what, key in (("kind of error", "stratum"), ("severity", "severity"), ("reviewer", "reviewer"))
        for one in told.get(f"missed by {key}", ())
    )
    if rows:
        head = ("By", "Which", "Seeded errors", "Missed")
        yield Table("t-genai-missed", "Seeded errors missed", head, "llrr", rows, (0.25, 0.35, 0.2, 0.2))
    yield from asked(view, ("genai.human_effect",), "t-genai-oversight", "Oversight, held against its limit")


def _quoted(view: View) -> Iterator[Block | None]:
    held = view.witness
    if not held.quoted:
        yield words.text("No failed answer is quoted: the answers are not at hand where this report was written, or "
                         "none failed.")  # fmt: skip
        return
    yield words.text(
        f"{len(held.quoted)} of {words.count(held.failed, 'failed verdict')}: of each criterion the gravest first. "
        "They show what a failure looks like and not how often it happens. What is quoted was written by the system or "
        "its attackers, and nothing in it is a statement of this report."
    )
    rows = tuple(
        (Cell(f"{q.suite}, {q.case}"), Cell(q.criterion), Cell(str(q.severity)), Cell(q.question), Cell(q.answer),
         Cell(words.sentence(q.reason)))
        for q in held.quoted
    )  # fmt: skip
    head = ("Suite and case", "Criterion", "Severity", "Asked", "Answered", "Failed because")
    yield Table("t-genai-quoted", "Failed answers", head, "llrlll", rows, (0.12, 0.1, 0.08, 0.23, 0.27, 0.2))
