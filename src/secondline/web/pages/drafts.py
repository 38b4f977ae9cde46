"""Drafts: the sections that a program drafted of a run, and every sentence for a person to decide on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from secondline.assist.deciding import decide, decided, edit, exhibits_of, keep, owed
from secondline.assist.drafting import draft
from secondline.assist.exhibits import Exhibit, Exhibits
from secondline.assist.explaining import called, explained
from secondline.assist.lexicon import REQUIRED
from secondline.assist.plans import plan_of, plans_of
from secondline.assist.problems import MEANING
from secondline.core.errors import OutOfTurn, SpecError
from secondline.core.evidence import Run
from secondline.govern.act import ACTS
from secondline.govern.roles import SECOND_LINE
from secondline.web.pages.records import about
from secondline.web.pages.runs import opened, run_of
from secondline.web.routes import SIGNED_IN, deed, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Table, View

SECTIONS = (
    Column("title", "Section", sortable=False), Column("passage", "Passage", "record", "passage", sortable=False),
    Column("writer", "Drafted by", sortable=False), Column("decided", "Decided", sortable=False),
    Column("adverse", "Adverse, told", sortable=False), Column("state", "State", "state", sortable=False),
)  # fmt: skip
SENTENCES = tuple(
    Column(name, sortable=False) for name in ("number", "said", "decision", "by", "origin", "kind", "problems")
)
EDITED, LONGEST, TOLD = "edited", 1200, 90


@page("/drafts/{id}", may=SIGNED_IN, name="drafts")
def sections(seen: Seen) -> View:
    """Show the sections of a run's report that can be drafted: which are, and how far people decided on them."""
    doc, run = opened(seen)
    exhibits = exhibits_of(seen.ledger, run, seen.look, seen.today)
    newest = _newest(seen, run.id)
    plans = plans_of(exhibits)
    rows = [{"id": p.id, "title": p.title, **_progress(newest.get(p.id), len(p.adverse(exhibits)))} for p in plans]
    free = [plan for plan in plans if newest.get(plan.id, {}).get("state") != "drafted"]
    context = {"doc": doc, "stale": exhibits.stale, "free": free, "works": _works(seen, "passage.drafted")}
    return View("drafts/sections.html", context, Table("Sections", SECTIONS, rows, total=len(rows)))


def _newest(seen: Seen, run: str) -> dict[str, dict[str, Any]]:
    """Return the newest passage of each section that was not dropped."""
    found = seen.look.find("passage", run=run)
    return {str(doc["section"]): doc for doc in found if doc["state"] != "dropped"}


def _progress(doc: Mapping[str, Any] | None, adverse: int) -> dict[str, Any]:
    if doc is None:
        return {"passage": "", "writer": "", "decided": "", "adverse": f"{adverse} to tell" if adverse else "",
                "state": ""}  # fmt: skip
    must = owed(doc)
    told = sum(one.state == "told" for one in must)
    return {
        "passage": doc["id"], "writer": "templates" if doc["writer"] == "template" else doc["writer"],
        "decided": f"{len(doc.get('decisions', {}))} of {len(doc.get('sentences', ()))}",
        "adverse": f"{told} of {len(must)}" if must else "nothing adverse", "state": doc["state"],
    }  # fmt: skip


def _works(seen: Seen, act: str) -> bool:
    return seen.may(ACTS[act]) and not seen.as_of


@deed("/drafts/{id}", may=SECOND_LINE, name="draft-section")
def begin(seen: Seen, typed: dict[str, str]) -> str:
    """Draft a section by templates and put it on record; a language model is asked from the command line only."""
    _, run = opened(seen)
    plan = plan_of(typed.get("section", "")[:LONGEST])
    before = _newest(seen, run.id).get(plan.id)
    if before and before["state"] == "drafted":
        raise OutOfTurn(f"{before['id']} drafts {plan.title} already. Decide on it, or drop it to draft anew.")
    made = draft(plan, exhibits_of(seen.ledger, run))
    return seen.href("passage", keep(seen.ledger, made, seen.visitor.id, via=seen.visitor.via).id)


@page("/passages/{id}", may=SIGNED_IN, shows="passage", name="passage")
def passage(seen: Seen) -> View:
    """Show a drafted passage: each sentence, what stands behind it, and what a person decided on it."""
    return _shown(seen)


def _shown(seen: Seen, typed: Mapping[str, str] | None = None, error: str = "", status: int = 200) -> View:
    doc = seen.need("passage", seen.path["id"])
    run = run_of(seen, str(doc["run"]))
    exhibits = exhibits_of(seen.ledger, run, seen.look, seen.today)
    sentences = list(_sentences(seen, doc, run, exhibits))
    must = [_told(seen, run, exhibits, one) for one in owed(doc)]
    left = sum(not one["decision"] for one in sentences)
    context = {
        "doc": doc, "run": run, "title": plan_of(str(doc["section"])).title, "sentences": sentences, "must": must,
        "left": left, "ready": not left and all(one["state"] == "told" for one in must), "stale": exhibits.stale,
        "works": doc["state"] == "drafted" and _works(seen, "passage.decided"), "longest": LONGEST,
        "typed": typed or {}, "error": error, **about(seen, "passage", str(doc["id"])),
    }  # fmt: skip
    rows = [{c.name: one[c.name] for c in SENTENCES} for one in sentences]
    return View("drafts/passage.html", context, Table("Sentences", SENTENCES, rows), data=doc, status=status)


def _sentences(seen: Seen, doc: Mapping[str, Any], run: Run, exhibits: Exhibits) -> Iterator[dict[str, Any]]:
    for number, drafted in enumerate(doc.get("sentences", ()), 1):
        decision = doc.get("decisions", {}).get(str(number), {})
        now = decided(doc, number)
        behind = explained(now, exhibits)
        shown = decision if decision.get("decision") == EDITED else drafted
        yield {
            "number": number, "said": shown["said"], "pieces": list(_pieces(seen, run, shown)), "text": now.text,
            "drafted": drafted["said"] if shown is decision else "", "decision": decision.get("decision", ""),
            "by": decision.get("by", ""), "on": decision.get("on", ""), "why": decision.get("why", ""),
            "distance": decision.get("distance", 0), "origin": drafted["origin"], "kind": drafted["kind"],
            "judge": drafted["text"] == REQUIRED, "predicates": behind.predicates,
            "values": [(v, list(_places(seen, run, v.item)) if v.item else []) for v in behind.values],
            "problems": [f"{p.code}: {MEANING[p.code]} ({p.what})" for p in behind.problems],
        }  # fmt: skip


def _pieces(seen: Seen, run: Run, shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a sentence in pieces, each with the address of the evidence that it comes from, or nothing."""
    text, at = str(shown["said"]), 0
    for start, end, source in shown.get("links", ()):
        yield text[at:start], ""
        yield text[start:end], seen.url(f"/runs/{run.id}/{source}")
        at = end
    yield text[at:], ""


def _places(seen: Seen, run: Run, item: Exhibit) -> Iterator[tuple[str, str]]:
    """Yield the names and addresses of what an exhibit comes from."""
    answers = {e.id for e in run.evidence}
    if item.kind == "finding" and seen.look.get("finding", item.source):
        yield item.source, seen.href("finding", item.source)
    elif item.kind == "model":
        yield item.source, seen.href("model", item.source)
    else:
        some = item.sources if item.kind == "calc" else (item.source,)
        found = [source for source in some if source in answers][:8]
        yield from ((source, seen.url(f"/runs/{run.id}/{source}")) for source in found)
        if not found:
            yield f"run {run.id}", seen.href("run", run.id)


def _told(seen: Seen, run: Run, exhibits: Exhibits, one: Any) -> dict[str, Any]:
    item = next((x for x in exhibits.items if x.source == one.source), None)
    places = list(_places(seen, run, item)) if item else [(one.source, "")]
    said = _named(item) if item else "no longer on record"
    return {"places": places, "said": said, "state": one.state, "sentences": one.sentences}


def _named(item: Exhibit) -> str:
    """Return what an adverse record is: of a finding, its severity and what it states."""
    if item.kind != "finding":
        return called(item)
    severity, statement = (str(item.fields[name].value) for name in ("severity", "statement"))
    return f"{severity}: {statement[:TOLD]}{'…' if len(statement) > TOLD else ''}"


@deed("/passages/{id}", may=SECOND_LINE, name="decide-sentence")
def decision(seen: Seen, typed: dict[str, str]) -> str | View:
    """Keep what a person decides on one sentence: as drafted, in other words, or not at all; nothing typed is lost."""
    doc = seen.need("passage", seen.path["id"])
    text, what = typed.get("sentence", ""), typed.get("decision", "")
    number = int(text) if text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004 - more digits than any number
    try:
        _decide(seen, str(doc["id"]), number, what, typed)
    except (SpecError, OutOfTurn) as error:
        if not 1 <= number <= len(doc.get("sentences", ())):
            raise
        return _shown(seen, {**typed, "at": str(number)}, str(error), 409 if isinstance(error, OutOfTurn) else 422)
    after = seen.ledger.records.need("passage", str(doc["id"]))
    left = [n for n in range(1, len(after["sentences"]) + 1) if str(n) not in after.get("decisions", {})]
    following = next((n for n in left if n > number), left[0] if left else 0)
    return f"{seen.href('passage', str(doc['id']))}#{f's-{following}' if following else 'finish'}"


def _decide(seen: Seen, id_: str, number: int, what: str, typed: Mapping[str, str]) -> None:
    reason = typed.get("reason", "")
    if what == EDITED:
        words = typed.get("text", "").replace("\r\n", "\n")
        edit(seen.ledger, id_, number, words, seen.visitor.id, reason=reason, via=seen.visitor.via)
    elif what in {"accepted", "rejected"}:
        decide(seen.ledger, id_, number, what, seen.visitor.id, reason=reason, via=seen.visitor.via)
    else:
        raise SpecError("Accept the sentence, edit it, or reject it with a reason.")
