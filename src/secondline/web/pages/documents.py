"""Documents: filed papers held against a checklist; what is quoted is marked in the paper, the rest is a gap."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from secondline.assist.checklists import Checklist, checklist
from secondline.assist.passages import Document, document
from secondline.assist.review import Reviewed, review, tally
from secondline.core.errors import DataError, SpecError, UnknownRecord
from secondline.ledger.store import Ledger
from secondline.policy import questionnaires
from secondline.policy.packs import load_pack, pack_names
from secondline.web.quoting import anchored
from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Table, View

MOST_BYTES, UNPACKED, SHOWN, RECENT = 2_000_000, 20_000_000, 300_000, 200
"""Bytes of a paper that is read here, of a Word document unpacked, characters that are shown, and papers listed."""
FIRST = "documentation"
PAPERS = (
    Column("id", "Document", "link", sortable=False), Column("title", "Title", sortable=False),
    Column("model", "Model", "record", "model", sortable=False), Column("kind", "Shows", sortable=False),
    Column("on", "Of", "date", sortable=False), Column("file", "File", sortable=False),
)  # fmt: skip
GAPS = tuple(
    Column(name, title, "state" if name == "verdict" else "text", sortable=False)
    for name, title in (
        ("clause", "Clause"), ("requirement", "Requirement"), ("verdict", "Verdict"), ("because", "Because"),
        ("quote", "Quote"), ("line", "Line"), ("human", "Your verdict"),
    )
)  # fmt: skip


@page("/documents", may=SIGNED_IN, name="documents")
def papers(seen: Seen) -> View:
    """List the newest filed papers that have a file; each can be held against a checklist."""
    newest = seen.look.page("evidence", {"state": "filed"}, order="id", descending=True, limit=RECENT).rows
    found = [doc for row in newest if (doc := seen.look.get("evidence", str(row["id"])))]
    rows = [{**{c.name: doc.get(c.name, "") for c in PAPERS}, "href": seen.url(f"/documents/{doc['id']}")}
            for doc in found if doc.get("object")]  # fmt: skip
    empty = "No document is filed yet. File one as evidence, as text, Markdown or Word."
    return View("documents/list.html", {}, Table("Documents", PAPERS, rows, empty=empty, total=len(rows)))


@page("/documents/{id}", may=SIGNED_IN, name="document")
def paper(seen: Seen) -> View:
    """Show what a paper shows of each clause of a checklist, by its words, with the quotes marked in the paper."""
    doc = seen.need("evidence", seen.path["id"])
    against, tier = seen.choice("against", lists(seen.today), FIRST), seen.number("tier", 0, high=9)
    digest = str(doc.get("object") or "")
    if not digest:
        raise UnknownRecord(f"{doc['id']} was filed without a file, so there is nothing to read.")
    read, asked, found = _reviewed(seen.ledger, digest, str(doc.get("file") or doc["id"]), against, seen.today, tier)
    quotes = [(one.quote.start, one.quote.end, one.clause.id) for one in found if one.quote]
    rows = [_row(one) for one in found]
    context = {
        "doc": doc, "asked": asked, "found": found, "counts": tally(found), "against": against,
        "tier": tier, "lists": [(name, _title(name, seen.today)) for name in lists(seen.today)],
        "places": {one.clause.id: place for place, one in enumerate(found, 1)},
        "pieces": anchored(read.text[:SHOWN], quotes), "cut": len(read.text) > SHOWN, "shown": SHOWN,
    }  # fmt: skip
    return View("documents/one.html", context, Table("Clauses", GAPS, rows, total=len(rows)))


def _row(one: Reviewed) -> dict[str, Any]:
    plain = one.plain()
    return {**{c.name: plain.get(c.name) for c in GAPS}, "human": ""}


@lru_cache(maxsize=64)
def lists(day: str) -> tuple[str, ...]:
    """Return what a paper can be held against on a day: questionnaires, and packs that ask for controls."""
    return (*questionnaires.names(), *(name for name in pack_names() if _asks(name, day)))


def _asks(name: str, day: str) -> bool:
    try:
        return bool(load_pack(name, day).selection())
    except SpecError:  # not in force yet, or not any more
        return False


def _title(name: str, day: str) -> str:
    return questionnaires.load(name).title if name in questionnaires.names() else load_pack(name, day).title


@lru_cache(maxsize=16)
def _reviewed(
    ledger: Ledger, digest: str, name: str, against: str, day: str, tier: int
) -> tuple[Document, Checklist, list[Reviewed]]:
    content = ledger.objects.get(digest)
    if len(content) > MOST_BYTES:
        raise DataError(f"{name} is larger than {MOST_BYTES:,} bytes: `secondline assist review` reads it.")
    read, asked = document(name, content, most_unpacked=UNPACKED), checklist(against, day)
    return read, asked, review(read, asked, tier or None)
