"""Runs: every answer of a validation run, one number whole with its SQL, and the report."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from secondline.assist.entering import entered, finished
from secondline.core.check import Check
from secondline.core.errors import SpecError, UnknownRecord
from secondline.core.evidence import Evidence, Run
from secondline.core.format import number
from secondline.core.outcome import KINDS
from secondline.core.parts import parts_of
from secondline.govern.record import find_record
from secondline.ledger.store import Ledger
from secondline.reports.draft import draft
from secondline.web.pages.records import about
from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, File, Filter, Table, View, listed
from secondline.workflow.store import check_of
from secondline.workflow.witnessing import witness_of
from secondline.workflow.write import rendered

PAGE = 100
LIST = (
    Column("id", "Run", "record", "run"), Column("model", "Model", "record", "model"), Column("version", "Version"),
    Column("finished_at", "Finished", "date"), Column("failed", "Failed", "number"), Column("grade", "Grade", "number"),
)  # fmt: skip
ANSWERS = (
    Column("id", "Answer", "link", sortable=False), Column("code", "Check", sortable=False),
    Column("subject", "About", sortable=False), Column("value", "Value", "number", sortable=False),
    Column("low", "Low", "number", sortable=False), Column("high", "High", "number", sortable=False),
    Column("n", "Rows", "number", sortable=False), Column("outcome", "Outcome", "state", sortable=False),
    Column("because", "Because", sortable=False),
)  # fmt: skip
MEDIA = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@page("/runs", may=SIGNED_IN, name="runs")
def runs(seen: Seen) -> View:
    """List the recorded runs, newest first."""
    table = listed(seen, "run", LIST, filters=(Filter("model", "Model"), Filter("version", "Version")),
                   order="finished_at", descending=True)  # fmt: skip
    return View("records/list.html", {"kind": find_record("run")}, table)


@lru_cache(maxsize=16)
def _run(ledger: Ledger, digest: str, id_: str) -> Run:
    """Return a run; the digest of its record makes the memory of it exact."""
    del digest
    return ledger.run(id_)


def run_of(seen: Seen, id_: str) -> Run:
    """Return a run that another record names."""
    return opened(replace(seen, path={**seen.path, "id": id_}))[1]


def opened(seen: Seen) -> tuple[dict[str, Any], Run]:
    """Return the run that the address names: its record, and the run itself."""
    doc = seen.need("run", seen.path["id"])
    return doc, _run(seen.ledger, f"{doc['digest']} {doc['seq']}", str(doc["id"]))


@page("/runs/{id}", may=SIGNED_IN, shows="run", name="run")
def one(seen: Seen) -> View:
    """Show one run: what was read, every answer to filter, the findings it proposes, the opinion."""
    doc, run = opened(seen)
    family, outcome = seen.text("family"), seen.choice("outcome", KINDS)
    families = sorted({e.code.partition(".")[0] for e in run.evidence})
    fits = [e for e in run.evidence if _fits(e, family, outcome)]
    start = seen.number("after")
    some = fits if seen.format != "html" else fits[start : start + PAGE]
    more = str(start + PAGE) if len(fits) > start + PAGE and seen.format == "html" else ""
    filters = (Filter("family", "Family", tuple((f, f) for f in families), "choice"),
               Filter("outcome", "Outcome", tuple((k, k.replace("_", " ")) for k in KINDS), "choice"))  # fmt: skip
    table = Table(
        "Answers", ANSWERS, [_answer(seen, run, e) for e in some], next=more, filters=filters, total=len(fits)
    )
    counts = {k: sum(e.outcome.kind == k for e in run.evidence) for k in KINDS}
    context = {"doc": doc, "run": run, "counts": counts, **about(seen, "run", doc["id"])}
    return View("runs/one.html", context, table)


def _fits(e: Evidence, family: str, outcome: str) -> bool:
    return (not family or e.code.startswith(f"{family}.")) and (not outcome or e.outcome.kind == outcome)


def _answer(seen: Seen, run: Run, e: Evidence) -> dict[str, Any]:
    estimate = e.outcome.estimate
    shown = {"value": estimate.value, "low": estimate.low, "high": estimate.high} if estimate else {}
    return {
        "id": e.id, "href": seen.url(f"/runs/{run.id}/{e.id}"), "code": e.code, "subject": e.subject.text,
        **{k: number(v, e.unit) if v is not None else "" for k, v in shown.items()},
        "n": int(estimate.n) if estimate and estimate.n else None, "outcome": e.outcome.kind.replace("_", "-"),
        "because": e.outcome.because,
    }  # fmt: skip


@page("/runs/{id}/report/{format}", may=SIGNED_IN, formats=("html",), name="report")
def report(seen: Seen) -> View:
    """Give the report of a run: shown shut in when it is HTML, saved when it is Word or PDF."""
    doc, run = opened(seen)
    kind = seen.path["format"]
    if kind not in MEDIA:
        raise UnknownRecord.of("form of the report", kind, MEDIA)
    name = "" if kind == "html" else f"{doc['id']}.{kind}"
    return View(file=File(_report(seen.ledger, run, kind), MEDIA[kind], name=name))


@lru_cache(maxsize=8)
def _report_of(digest: str, kind: str, text: str, passages: str, folder: Path) -> bytes:
    del digest
    run = Run.model_validate_json(text)
    value = entered(draft(run, witness=witness_of(folder, run)), json.loads(passages))
    return rendered(value, f".{kind}")


def _report(ledger: Ledger, run: Run, kind: str) -> bytes:
    passages = json.dumps(finished(ledger, run))
    return _report_of(run.digest(), kind, run.model_dump_json(by_alias=True), passages, ledger.folder)


def _known(code: str) -> Check | None:
    """Return the check of an answer; None when the installed release no longer has it, or a plug-in is missing."""
    try:
        return check_of(code)
    except SpecError:
        return None


def _title(run: Run, code: str) -> str:
    return next((c.title for c in run.plan.checks if c.code == code), code)


def _answers(seen: Seen, run: Run, e: Evidence) -> str:
    """Return the address of the answers that a number of a generative system is measured on; of others nothing."""
    genai = run.plan.spec.genai
    if genai is None or e.subject.population not in genai.suites:
        return ""
    by = {"criterion": e.subject.column} if e.subject.column in genai.criteria else {}
    return seen.url(f"/evaluations/{run.id}/answers", suite=e.subject.population, **by)


@page("/runs/{id}/{key}", may=SIGNED_IN, name="evidence")
def evidence(seen: Seen) -> View:
    """Show one number whole: estimate, limit and its source, data, SQL, and how to repeat it."""
    doc, run = opened(seen)
    key = seen.path["key"]
    found = next((e for e in run.evidence if e.id == key), None)
    if found is None:
        raise UnknownRecord.of("answer", key, [e.id for e in run.evidence][:200])
    data = [p for p in run.populations if p.name in {found.subject.population, found.subject.reference}]
    queries = parts_of(found.queries, run.queries)
    context = {"doc": doc, "e": found, "check": _known(found.code), "title": _title(run, found.code),
               "queries": queries, "data": data, "run": run, "number": number,
               "answers": _answers(seen, run, found)}  # fmt: skip
    return View("runs/evidence.html", context, data=found.model_dump(mode="json"))
