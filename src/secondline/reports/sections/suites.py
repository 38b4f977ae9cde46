"""Suites: what was asked of a generative system, and its answers in the order in which suites were declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from secondline.core.declared.genai import Criterion, Suite
from secondline.core.declared.scorers import OWN, USUAL
from secondline.core.evidence import Evidence
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Table
from secondline.reports.view import View, detail, estimate_of

HEAD = ("Suite and criterion", "Measured", "Of", "Limit", "Outcome")


def blocks(view: View) -> Iterator[Block | None]:
    """Yield the suites with their sizes, and whether those are enough."""
    genai = view.spec.genai
    if genai is None:
        return
    rows = tuple(_suite(view, name, genai.suites[name]) for name in suites_of(view))
    head = ("Suite", "Cases", "Asked each", "Answers", "Answers which questions", "Not one may fail")
    yield Table("t-genai-suites", "Suites", head, "lrrrll", rows, (0.14, 0.08, 0.1, 0.09, 0.44, 0.15))
    note = "Measured is what there is over what is needed: of cases, clusters or labels, whichever is scarcest."
    yield from asked(view, ("genai.sample_size",), "t-genai-size", "Whether there are enough cases, by suite", note)


def _suite(view: View, name: str, suite: Suite) -> tuple[Cell, ...]:
    genai = view.spec.genai
    criteria = genai.of_suite(name) if genai else {}
    sizes = view.first("genai.sample_size", name)
    cases = detail(sizes).get("have", {}).get("cases")
    calls = view.first("genai.failed_calls", name)
    answers = detail(calls).get("calls")
    purposes = dict.fromkeys(view.title(own(criteria[name])).removesuffix(".") for name in sorted(criteria))
    return (
        Cell(name), Cell(f"{cases:,.0f}" if cases is not None else "", sizes.id if sizes else None),
        Cell(words.count(suite.replicates, "time") if suite.replicates > 1 else "once"),
        Cell(f"{answers:,.0f}" if answers is not None else ""), Cell(words.sentence("; ".join(purposes))),
        Cell("yes" if suite.critical else "no", tone="" if suite.critical else "muted"),
    )  # fmt: skip


def own(criterion: Criterion) -> str:
    """Return the check that a criterion's verdicts answer."""
    return criterion.check or OWN.get(criterion.scorer, USUAL)


def measured_of(view: View, names: Iterable[str]) -> list[Evidence]:
    """Return the answers with a number to the questions *names*, in the order of the suites and their criteria."""
    order = suites_of(view)
    found = [e for name in names for e in view.answers(f"genai.{name}") if e.outcome.estimate]

    def place(evidence: Evidence) -> tuple[int, str]:
        suite = evidence.subject.population
        return (order.index(suite) if suite in order else len(order), evidence.subject.column or "")

    return sorted(found, key=place)


def suites_of(view: View) -> tuple[str, ...]:
    """Return the suites in the order in which they were declared, which the run remembers and its record does not."""
    genai = view.spec.genai
    return tuple(name for name in view.facts if genai and name in genai.suites)


def grader(view: View, evidence: Evidence) -> str:
    """Return who graded the answers of a criterion: the scorer, or the judge."""
    genai = view.spec.genai
    criterion = genai.criteria.get(evidence.subject.column or "") if genai else None
    if criterion is None:
        return ""
    return f"judge {criterion.judge}" if criterion.judge else "code"


def asked(view: View, codes: Sequence[str], id_: str, caption: str, note: str = "") -> Iterator[Block]:
    """Yield a table of the answers of *codes*, one row a suite and criterion; nothing where none has a number."""
    found = [e for code in codes for e in view.answers(code) if e.outcome.estimate]
    rows = tuple(
        (Cell(view.title(e.code)), Cell(e.subject.text), tables.measured(e), Cell(f"{estimate_of(e).n:,.0f}"),
         Cell(words.limit(e.limit, e.unit) or "none set", tone="" if e.limit else "muted"), words.outcome_cell(e))
        for e in found
    )  # fmt: skip
    if len({row[0].text for row in rows}) == 1:
        told = f"{words.sentence(rows[0][0].text)} {note}".strip()
        yield Table(id_, caption, HEAD, "lrrll", tuple(row[1:] for row in rows), (0.34, 0.28, 0.1, 0.16, 0.12),
                    folded=len(rows) > tables.LONG, note=told)  # fmt: skip
    elif rows:
        yield Table(id_, caption, ("Question", *HEAD), "llrrll", rows, (0.3, 0.2, 0.2, 0.08, 0.12, 0.1),
                    folded=len(rows) > tables.LONG, note=note)  # fmt: skip
