"""Evaluations of generative systems: results, attacks and judges of a run, and every answer with its verdicts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from secondline.core.errors import UnknownRecord
from secondline.core.evidence import Evidence, Run
from secondline.core.format import number
from secondline.evals.grading.table import Row
from secondline.evals.kept import Answer, Kept, asked
from secondline.evals.nouns import Case, Message
from secondline.reports import blocks
from secondline.reports.pictures import genai as pictures
from secondline.reports.sections import attacks, judges
from secondline.reports.sections.genai import QUALITY
from secondline.reports.sections.suites import measured_of
from secondline.reports.view import View as Written
from secondline.reports.view import estimate_of
from secondline.reports.words import sentence
from secondline.web.charts import Chart, drawn
from secondline.web.pages.runs import opened
from secondline.web.quoting import pieces, spans_of
from secondline.web.rendering import markup
from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Filter, Table, View
from secondline.workflow.evaluating import kept_of
from secondline.workflow.judges import state_of
from secondline.workflow.witnessing import witness_of

PAGE, SHORT = 50, 110
OUTCOMES = ("fail", "pass", "unscored", "error")
RESULTS = (
    Column("suite", "Suite", sortable=False), Column("criterion", "Criterion", "link", sortable=False),
    Column("asks", "Question", sortable=False), Column("value", "Value", "number", sortable=False),
    Column("low", "Low", "number", sortable=False), Column("high", "High", "number", sortable=False),
    Column("n", "Of", "number", sortable=False), Column("outcome", "Outcome", "state", sortable=False),
)  # fmt: skip
ANSWERS = (
    Column("case", "Case", "link", sortable=False), Column("suite", "Suite", sortable=False),
    Column("criterion", "Criterion", sortable=False), Column("outcome", "Verdict", "state", sortable=False),
    Column("severity", "Severity", "number", sortable=False), Column("stratum", "Stratum", sortable=False),
    Column("by", "Graded by", sortable=False), Column("question", "Asked", sortable=False),
    Column("answer", "Answered", sortable=False), Column("reason", "Reason", sortable=False),
    Column("attempt", "Attempt", "number", sortable=False),
)  # fmt: skip
GRADES = tuple(
    Column(n, sortable=False) for n in ("criterion", "verdict", "value", "by", "reason", "quote", "label", "second")
)
SHOWN_AS = {"pass": "passed", "fail": "failed", "unscored": "unscored", "error": "errored"}


def evaluation(seen: Seen) -> tuple[dict[str, Any], Run, Kept | None]:
    """Return the run of a generative system with what was kept of its answers (None where that is gone).

    Raises:
        UnknownRecord: there is no such run, or it is of a model that does not generate.
    """
    doc, run = opened(seen)
    if run.plan.spec.genai is None:
        raise UnknownRecord(f"Run {doc['id']} is of a model that answers nothing, so it has no answers to show.")
    return doc, run, kept_of(seen.ledger.folder, run.plan_digest)


@page("/evaluations/{id}", may=SIGNED_IN, name="evaluation")
def results(seen: Seen) -> View:
    """Show how a generative system answered: criteria by suite, attacks by family, and whether its judges may grade."""
    doc, run, kept = evaluation(seen)
    written = Written(run, witness=witness_of(seen.ledger.folder, run))
    every = [e for code in written.codes("genai") for e in written.answers(code)]
    found = [e for e in every if e.outcome.estimate]
    table = Table("Every number", RESULTS, [_result(seen, written, e) for e in found], total=len(found))
    parts = (
        ("criteria", "Pass rates", _shown([pictures.criteria(written, QUALITY)])),
        ("attacks", "Attacks and harms", _shown(attacks.blocks(written))),
        ("judges", "The judges", _shown(judges.blocks(written))),
    )
    counts = {word: sum(e.outcome.kind == word for e in every) for word in ("passed", "failed", "inconclusive")}
    context = {"doc": doc, "run": run, "kept": kept, "sections": parts, "counts": counts,
               "cards": _cards(seen, run), "criteria": len(measured_of(written, QUALITY))}  # fmt: skip
    return View("evaluations/one.html", context, table)


def _cards(seen: Seen, run: Run) -> list[dict[str, Any]]:
    """Return the judges' cards of a system as they stand today, the newest first, each with what it says of a judge."""
    found = seen.look.find("judge", model=run.plan.spec.model)
    return [card | {"now": state_of(card, seen.today)} for card in reversed(found)]


def _result(seen: Seen, written: Written, e: Evidence) -> dict[str, Any]:
    estimate = estimate_of(e)
    shown = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {
        "suite": e.subject.population, "criterion": e.subject.column or e.code, "asks": written.title(e.code),
        "href": seen.url(f"/runs/{written.run.id}/{e.id}"), "n": int(estimate.n),
        **{k: number(v, e.unit) if v is not None else "" for k, v in shown.items()},
        "outcome": e.outcome.kind.replace("_", "-") if e.limit else "reported",
    }  # fmt: skip


def _shown(some: Iterable[blocks.Block | None]) -> list[dict[str, Any]]:
    """Return blocks of the report as a template draws them: the page says what the report says, in the same words."""
    made: list[dict[str, Any]] = []
    for block in some:
        match block:
            case blocks.Chart():
                made.append({"kind": "chart", "chart": _picture(block), "caption": block.caption})
            case blocks.Table():
                made.append({"kind": "table", "table": block})
            case blocks.Paragraph():
                made.append({"kind": "text", "spans": block.spans})
            case blocks.Bullets():
                made.append({"kind": "bullets", "items": block.items})
            case _:
                continue
    return made


def _picture(block: blocks.Chart) -> Chart:
    """Return a chart of the report for a page, on which marks lead nowhere."""
    made = drawn(block.spec, (), block.alt)
    return replace(made, svg=markup(re.sub(r"</?a\b[^>]*>", "", str(made.svg))))


@page("/evaluations/{id}/answers", may=SIGNED_IN, name="answers")
def answers(seen: Seen) -> View:
    """List the graded answers, the failed ones first, narrowed by suite, criterion, verdict and stratum."""
    doc, run, kept = evaluation(seen)
    rows = kept.rows if kept else ()
    wanted = {name: seen.text(name) for name in ("suite", "criterion", "stratum")}
    outcome = seen.choice("outcome", OUTCOMES)
    fits = [r for r in rows if _fits(r, wanted, outcome)]
    fits.sort(key=lambda r: (OUTCOMES.index(r.grade.outcome), -r.case.severity))
    start = seen.number("after")
    some = fits[start : start + PAGE] if seen.format == "html" else fits
    more = str(start + PAGE) if seen.format == "html" and len(fits) > start + PAGE else ""
    table = Table("Graded answers", ANSWERS, [_row(seen, run, r) for r in some], next=more, filters=_filters(rows),
                  total=len(fits), empty=_empty(kept))  # fmt: skip
    return View("evaluations/answers.html", {"doc": doc, "kept": kept}, table)


def _empty(kept: Kept | None) -> str:
    if kept is None:
        return "The answers are not kept beside this ledger, so only the numbers of the run are known."
    return "No answer is like that."


def _fits(row: Row, wanted: dict[str, str], outcome: str) -> bool:
    held = {"suite": row.case.suite, "criterion": row.criterion, "stratum": row.case.stratum}
    return (not outcome or row.grade.outcome == outcome) and all(not v or held[k] == v for k, v in wanted.items())


def _filters(rows: Iterable[Row]) -> tuple[Filter, ...]:
    listed = list(rows)
    named = (
        ("suite", "Suite", dict.fromkeys(r.case.suite for r in listed)),
        ("criterion", "Criterion", dict.fromkeys(r.criterion for r in listed)),
        ("stratum", "Stratum", sorted({r.case.stratum for r in listed if r.case.stratum})),
    )
    verdicts = Filter("outcome", "Verdict", tuple((o, SHOWN_AS[o]) for o in OUTCOMES), "choice")
    return (*(Filter(n, t, tuple((v, v) for v in values), "choice") for n, t, values in named), verdicts)


def _row(seen: Seen, run: Run, r: Row) -> dict[str, Any]:
    said = r.trace.text if r.trace else ""
    cut = (lambda text: text) if seen.format != "html" else _short
    address = seen.url(f"/evaluations/{run.id}/answers/{r.id}") if r.id else seen.url(f"/evaluations/{run.id}")
    return {
        "case": r.case.name, "href": address, "suite": r.case.suite, "criterion": r.criterion,
        "outcome": SHOWN_AS[r.grade.outcome], "severity": r.case.severity, "stratum": r.case.stratum, "by": r.by,
        "question": cut(asked(r.case, r.trace)), "answer": cut(said), "reason": cut(r.grade.reason),
        "attempt": r.trace.replicate + 1 if r.trace else 1,
    }  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT].rsplit(' ', 1)[0]} …"


@page("/evaluations/{id}/answers/{key}", may=SIGNED_IN, name="answer")
def one(seen: Seen) -> View:
    """Show one answer whole: the conversation, the passages, what was done on the way, and each verdict."""
    doc, _, kept = evaluation(seen)
    if kept is None:
        raise UnknownRecord("The answers of this run are not kept beside this ledger.")
    answer = kept.answer(seen.path["key"])
    rows = [_grade(kept, row) for row in answer.rows]
    passages = answer.trace.retrieved if answer.trace and answer.trace.retrieved else answer.case.context
    done = [{"name": t.name, "arguments": _json(t.arguments), "result": _json(t.result), "error": t.error,
             "writes": t.writes} for t in (answer.trace.tools if answer.trace else ())]  # fmt: skip
    context = {
        "doc": doc, "answer": answer, "rows": rows, "passages": passages, "tools": done,
        "others": _others(seen, doc["id"], kept, answer.case),
        "pieces": pieces(answer.text, spans_of(kept, answer)), "reference": _json(answer.case.reference),
        "state": _json(answer.trace.state if answer.trace else None), "json": _json,
        "claims": [one for row in answer.rows for one in row.grade.details.get("each", ())],
        "disguise": answer.trace.details.get("disguise", "") if answer.trace else "", "turns": _turns(answer),
    }  # fmt: skip
    return View("evaluations/answer.html", context, Table("Verdicts", GRADES, rows, total=len(rows)))


def _turns(answer: Answer) -> Sequence[Message]:
    """Return what was said before the answer: the case's turns, or those of its disguise (`evals.pursuing`)."""
    if answer.trace is None or "disguise" not in answer.trace.details:
        return answer.case.turns
    said = answer.trace.messages
    return said[:-1] if said and said[-1].role == "assistant" else said


def _others(seen: Seen, run: str, kept: Kept, case: Case) -> list[dict[str, str]]:
    """Return the other side of a pair: the benign twin of an attack, the same question in other words."""
    found = {
        (r.case.side, r.case.name): seen.url(f"/evaluations/{run}/answers/{r.id}")
        for r in reversed(kept.rows)
        if case.pair and r.id and (r.case.suite, r.case.pair) == (case.suite, case.pair) and r.case.name != case.name
    }
    return [{"side": side, "case": name, "href": address} for (side, name), address in sorted(found.items())]


def _grade(kept: Kept, row: Row) -> dict[str, Any]:
    said = kept.labels.get((row.id, row.criterion))
    people = {1.0: "pass", 0.0: "fail"}
    return {
        "criterion": row.criterion, "verdict": SHOWN_AS[row.grade.outcome], "value": row.grade.value, "by": row.by,
        "reason": sentence(row.grade.reason), "quote": kept.quotes.get((row.id, row.criterion), ""),
        "label": people.get(said.label, "") if said and said.label is not None else "",
        "second": people.get(said.second, "") if said and said.second is not None else "",
    }  # fmt: skip


def _json(value: Any) -> str:
    if value in (None, "", {}, []):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
