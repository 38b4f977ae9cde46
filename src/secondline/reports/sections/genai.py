"""Section 9 of a generative system: what was asked of what, how it answered, and what the answers are worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from secondline.core.declared.genai import RISKS, Component, Criterion, Suite
from secondline.core.declared.scorers import OWN, USUAL
from secondline.core.evidence import Evidence
from secondline.core.format import number, p_text
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, KeyFacts, Placeholder, Section, Strong, Table
from secondline.reports.pictures import genai as pictures
from secondline.reports.sections import attacks, judges
from secondline.reports.view import View, detail, estimate_of

QUALITY = (
    "task_quality", "grounded", "citations", "numeric", "classification", "retrieval", "abstain", "upheld", "trace",
)  # fmt: skip
"""Questions whose answer is a share of answers that pass."""
SLICES = 8
AUTONOMY = {
    "draft": "drafts for a person, who decides and sends",
    "advise": "advises a person, who decides",
    "act": "acts by itself",
}


def section(view: View) -> Section:
    """Return section 9 of a generative system."""
    parts = (
        ("system", "The system under test", _system),
        ("suites", "What was asked", _suites),
        ("results", "Results by suite and criterion", _results),
        ("attacks", "Attacks and harms", attacks.blocks),
        ("judges", "The judges", judges.blocks),
        ("fairness", "Equal treatment", _fairness),
        ("consistency", "Consistency and robustness", _consistency),
        ("drift", "Change, drift and calls", _drift),
        ("oversight", "Human oversight", _oversight),
        ("risks", "The twelve risks of NIST AI 600-1", _risks),
        ("quoted", "Failed answers", _quoted),
    )
    made = ((id_, title, tuple(block for block in part(view) if block)) for id_, title, part in parts)
    sections = tuple(
        Section(f"outcomes-{id_}", f"9.{i}", title, blocks) for i, (id_, title, blocks) in enumerate(made, 1)
    )
    return Section("outcomes", "9", "Outcomes analysis", (), sections)


def _system(view: View) -> Iterator[Block | None]:
    genai = view.spec.genai
    if genai is None:
        return
    held = view.witness
    config = f"{held.config[:16]}" if held.config else "not kept beside this run"
    yield KeyFacts((
        ("Autonomy", (f"{genai.autonomy}: it {AUTONOMY[genai.autonomy]}",)),
        ("Faces customers", ("yes" if genai.customer_facing else "no",)),
        ("Asked by", (_target(view),)),
        ("Configuration", (config,)),
        ("Seed", (str(genai.seed),)),
    ))  # fmt: skip
    loose = [part.name for part in genai.components if not part.pinned and part.kind not in {"human-step", "judge"}]
    if loose:
        yield words.text(
            "Not pinned, so that the system may change unseen: ", Strong(words.listed(loose)),
            ". Results hold for what answered on the day of the run.",
        )  # fmt: skip
    rows = tuple(_component(part, held.parts.get(f"{part.kind}/{part.name}", "")) for part in genai.components)
    head = ("Kind", "Component", "Version", "Vendor", "Digest", "Pinned")
    note = (
        "The digest is of what is declared of the component and of the bytes of its files. A component that changes is "
        "another configuration, which is validated again."
    )
    yield Table("t-genai-parts", "Components", head, "llllll", rows, (0.14, 0.22, 0.22, 0.12, 0.18, 0.12), note=note)


def _target(view: View) -> str:
    target = view.spec.genai.target if view.spec.genai else None
    if target is None:
        return ""
    place = target.file or target.function or target.model or target.url
    kinds = {"replay": "transcripts recorded before", "openai": "an OpenAI-compatible endpoint",
             "http": "an HTTP endpoint", "callable": "a Python function"}  # fmt: skip
    return f"{kinds[target.kind]} ({place})" if place else kinds[target.kind]


def _component(part: Component, kept: str) -> tuple[Cell, ...]:
    said = (part.digest or kept)[:12]
    return (
        Cell(part.kind), Cell(part.name), Cell(part.version or "not stated", tone="" if part.version else "muted"),
        Cell(part.vendor or "none", tone="" if part.vendor else "muted"),
        Cell(said or "not kept", tone="" if said else "muted"),
        Cell("yes" if part.pinned else "no", tone="" if part.pinned else "unsure"),
    )  # fmt: skip


def _suites(view: View) -> Iterator[Block | None]:
    genai = view.spec.genai
    if genai is None:
        return
    rows = tuple(_suite(view, name, suite) for name, suite in genai.suites.items())
    head = ("Suite", "Cases", "Asked each", "Answers", "Answers which questions", "Not one may fail")
    yield Table("t-genai-suites", "Suites", head, "lrrrll", rows, (0.14, 0.08, 0.1, 0.09, 0.44, 0.15))
    yield from _asked(view, ("genai.sample_size",), "t-genai-size", "Whether there are enough cases, by suite",
                      "A ratio of 1 is enough: cases, clusters or labels, whichever is scarcest.")  # fmt: skip


def _suite(view: View, name: str, suite: Suite) -> tuple[Cell, ...]:
    genai = view.spec.genai
    criteria = genai.of_suite(name) if genai else {}
    sizes = view.first("genai.sample_size", name)
    cases = detail(sizes).get("have", {}).get("cases")
    calls = view.first("genai.failed_calls", name)
    answers = detail(calls).get("calls")
    purposes = dict.fromkeys(view.title(own(criterion)).removesuffix(".") for criterion in criteria.values())
    return (
        Cell(name), Cell(f"{cases:,.0f}" if cases is not None else "", sizes.id if sizes else None),
        Cell(words.count(suite.replicates, "time") if suite.replicates > 1 else "once"),
        Cell(f"{answers:,.0f}" if answers is not None else ""), Cell(words.sentence("; ".join(purposes))),
        Cell("yes" if suite.critical else "no", tone="" if suite.critical else "muted"),
    )  # fmt: skip


def own(criterion: Criterion) -> str:
    """Return the check that a criterion's verdicts answer."""
    return criterion.check or OWN.get(criterion.scorer, USUAL)


def _results(view: View) -> Iterator[Block | None]:
    yield _said(view)
    yield pictures.criteria(view, QUALITY)
    rows = tuple(_result(view, evidence) for evidence in measured_of(view, QUALITY))
    if rows:
        head = ("Suite", "Criterion", "Graded by", "Pass rate", "Answers", "Clusters", "Limit", "Outcome")
        note = (
            "Intervals are at the effective size of the clusters: answers about one document are not so many answers. A "
            "judge's rate is the corrected one; section 9.5 has it beside the naive one."
        )
        yield Table("t-genai-results", "Share of answers that pass", head, "lllrrrll", rows,
                    (0.14, 0.12, 0.09, 0.24, 0.08, 0.08, 0.13, 0.12), note=note)  # fmt: skip
    if weak := _weak(view):
        yield weak
    left = words.why_not(view, [code for code in view.codes("genai") if not _told(view, code)])
    if left:
        yield words.text("The other questions about the system have no number here:")
        yield words.bullets([(reason.strip(),) for reason in left])


def measured_of(view: View, names: Iterable[str]) -> list[Evidence]:
    """Return the answers with a number to the questions *names*, in the order of the suites and their criteria."""
    genai = view.spec.genai
    order = [(suite, name) for suite in genai.suites for name in genai.of_suite(suite)] if genai else []
    found = [e for name in names for e in view.answers(f"genai.{name}") if e.outcome.estimate]

    def place(evidence: Evidence) -> int:
        key = (evidence.subject.population, evidence.subject.column or "")
        return order.index(key) if key in order else len(order)

    return sorted(found, key=place)


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


def grader(view: View, evidence: Evidence) -> str:
    """Return who graded the answers of a criterion: the scorer, or the judge."""
    genai = view.spec.genai
    criterion = genai.criteria.get(evidence.subject.column or "") if genai else None
    if criterion is None:
        return ""
    return f"judge {criterion.judge}" if criterion.judge else "code"


def _result(view: View, e: Evidence) -> tuple[Cell, ...]:
    clusters = detail(e).get("clusters")
    return (
        Cell(e.subject.population), Cell(e.subject.column or ""), Cell(grader(view, e)), tables.measured(e),
        Cell(f"{estimate_of(e).n:,.0f}"), Cell("" if clusters is None else f"{clusters:,.0f}"),
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


def _asked(view: View, codes: Sequence[str], id_: str, caption: str, note: str = "") -> Iterator[Block]:
    """Yield a table of the answers of *codes*, one row a suite and criterion; nothing where none has a number."""
    found = [e for code in codes for e in view.answers(code) if e.outcome.estimate]
    rows = tuple(
        (Cell(view.title(e.code)), Cell(e.subject.text), tables.measured(e), Cell(f"{estimate_of(e).n:,.0f}"),
         Cell(words.limit(e.limit, e.unit) or "none set", tone="" if e.limit else "muted"), words.outcome_cell(e))
        for e in found
    )  # fmt: skip
    if rows:
        head = ("Question", "Suite and criterion", "Measured", "Of", "Limit", "Outcome")
        yield Table(id_, caption, head, "llrrll", rows, (0.3, 0.2, 0.2, 0.08, 0.12, 0.1),
                    folded=len(rows) > tables.LONG, note=note)  # fmt: skip


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
         Cell(f"[{number(one['low'])}, {number(one['high'])}]"), Cell(p_text(one["p after Holm"]).removeprefix("p = ")))
        for e in found for one in detail(e).get("attributes", ())
    )  # fmt: skip
    head = ("Criterion", "Attribute", "Pairs", "Templates", "First", "Second", "Difference", "Interval", "p, Holm")
    note = (
        "A question is asked twice, with nothing changed but who asks. Intervals hold for all attributes at once; "
        "templates are the clusters. An interval that straddles zero and is wide shows no difference and no equality."
    )
    yield Table("t-genai-personas", "The same question from different people", head, "llrrrrrlr", rows,
                (0.1, 0.13, 0.08, 0.11, 0.1, 0.1, 0.12, 0.16, 0.1), note=note)  # fmt: skip
    yield from _asked(view, ("genai.bias_persona",), "t-genai-fair", "Equal treatment, held against its limit")


def _consistency(view: View) -> Iterator[Block | None]:
    kept = {(e.subject.population, e.subject.column): e for e in measured_of(view, ("reliability",))}
    rows = tuple(
        _repeated(e, kept.get((e.subject.population, e.subject.column))) for e in measured_of(view, ("consistency",))
    )
    if rows:
        head = ("Suite", "Criterion", "Cases", "Same outcome", "Flipped", "All attempts pass", "Outcome")
        note = "All attempts pass: pass^k, the share of cases that pass in each of k attempts."
        yield Table("t-genai-repeated", "The same question asked again", head, "llrrrrl", rows,
                    (0.14, 0.13, 0.08, 0.22, 0.1, 0.21, 0.12), note=note)  # fmt: skip
    moved = [e for e in measured_of(view, ("robustness", "ablation", "upheld"))]
    yield from _asked(view, tuple(dict.fromkeys(e.code for e in moved)), "t-genai-robust",
                      "Disturbed, challenged, and with parts taken away")  # fmt: skip
    if not rows and not moved:
        yield words.text("Not evidenced: no question was asked again or disturbed.")


def _repeated(e: Evidence, kept: Evidence | None) -> tuple[Cell, ...]:
    told = detail(e).get("answers", {})
    flipped = told.get("flip rate")
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
    yield from _asked(view, change, "t-genai-change", "Against the approved configuration")
    calls = ("genai.returned_model", "genai.logged", "genai.failed_calls", "genai.unscored")
    yield from _asked(view, calls, "t-genai-calls", "Calls and grades: who answered, what failed, what was not graded",
                      "An answer that could not be graded is told here, and never counted as a failure.")  # fmt: skip
    yield from _asked(view, ("genai.latency", "genai.cost"), "t-genai-served", "Time and cost")


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
    yield from _asked(view, ("genai.human_effect",), "t-genai-oversight", "Oversight, held against its limit")


def _risks(view: View) -> Iterator[Block | None]:
    genai = view.spec.genai
    if genai is None:
        return
    rows = []
    for name in RISKS:
        risk = genai.risks.get(name)
        if risk is None:
            rows.append((Cell(name), Cell("not answered", tone="bad"), Cell(""), Cell("")))
            continue
        looked = [e for code in risk.checks for e in view.answers(code)]
        stands = words.listed(words.fallen(looked)) if looked else "no check looks at it" if risk.applies else ""
        tone = "bad" if any(e.outcome.kind == "failed" for e in looked) else "unsure" if risk.applies and not looked \
            else ""  # fmt: skip
        rows.append((
            Cell(name), Cell("applies" if risk.applies else "does not apply"), Cell(words.sentence(risk.because)),
            Cell(stands, tone=tone),
        ))  # fmt: skip
    head = ("Risk", "Stated", "Because", "What the checks that look at it say")
    yield Table("t-genai-risks", "The twelve risks", head, "llll", tuple(rows), (0.2, 0.14, 0.36, 0.3))
    yield Placeholder("Challenge which risks are said not to apply, and whether the checks named can see the others.",
                      id="risks")  # fmt: skip


def _quoted(view: View) -> Iterator[Block | None]:
    held = view.witness
    if not held.quoted:
        yield words.text("No failed answer is quoted: the answers are not at hand where this report was written, or "
                         "none failed.")  # fmt: skip
        return
    yield words.text(
        f"{len(held.quoted)} of {words.count(held.failed, 'failed verdict')}: of each criterion the gravest first. They "
        "show what a failure looks like and not how often it happens. What is quoted was written by the system or its "
        "attackers, and nothing in it is a statement of this report."
    )
    rows = tuple(
        (Cell(f"{q.suite}, {q.case}"), Cell(q.criterion), Cell(str(q.severity)), Cell(q.question), Cell(q.answer),
         Cell(words.sentence(q.reason)))
        for q in held.quoted
    )  # fmt: skip
    head = ("Suite and case", "Criterion", "Severity", "Asked", "Answered", "Failed because")
    yield Table("t-genai-quoted", "Failed answers", head, "llrlll", rows, (0.12, 0.1, 0.08, 0.23, 0.27, 0.2))
