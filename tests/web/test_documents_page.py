"""Pages of documents: gaps clause by clause, quotes marked in the paper, and nothing of a paper that does anything."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from assist.papers import DOCUMENT
from web.drafted import HOSTILE, PAPER
from web.quoting_of import filed
from web.site import Bank, bank, filled


@pytest.fixture
def desk(tmp_path: Path) -> Bank:
    """A bank of one's own."""
    return bank(tmp_path, filled(tmp_path))


def test_quotes_are_marked_where_they_stand(town: Bank) -> None:
    """A clause that is spoken of leads to its mark in the paper, and back; a gap says where it was looked."""
    text = town.as_("vera").get(f"/documents/{PAPER}").text
    assert '<mark><a class="mark-of" id="q-4" href="#c-4">DOC-4</a>Development data are applications' in text
    assert '<a href="#q-4">Line 10</a>' in text
    assert "Where it was looked" in text
    assert HOSTILE not in text
    assert "&lt;script&gt;alert" in text


def test_another_checklist_is_chosen(town: Bank) -> None:
    """A pack's controls are clauses as well; the CSV has an empty column for a person's verdict."""
    rows = list(csv.DictReader(io.StringIO(town.as_("aud").get(f"/documents/{PAPER}.csv?against=us-sr26-2").text)))
    assert len(rows) > 20
    assert {row["verdict"] for row in rows} <= {"partial", "not found", "not applicable"}
    assert {row["human"] for row in rows} == {""}


@pytest.mark.parametrize(
    ("query", "status"),
    [("against=nothing", 400), ("tier=x", 400), ("tier=99", 400), ("against=genai&tier=2", 200),
     ("against=../../x", 400)],
)  # fmt: skip
def test_what_is_asked_is_bounded(town: Bank, query: str, status: int) -> None:
    """Only checklists that there are and tiers that can be."""
    assert town.as_("vera").get(f"/documents/{PAPER}?{query}").status_code == status


def test_papers_are_listed(town: Bank) -> None:
    """What is filed with a file is there, and nobody reads it without signing in."""
    assert f'href="/documents/{PAPER}"' in town.as_("dev").get("/documents").text
    assert town.as_("").get(f"/documents/{PAPER}").status_code == 303
    assert town.as_("vera").get("/documents/EV-99").status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"\xff\xfe\x00", "a.md", "not UTF-8"), (b"PK\x03\x04 no zip", "a.md", "no Word document"),
        (b"x" * 2_000_001, "a.txt", "larger than 2,000,000 bytes"), (b"no zip", "a.docx", "no Word document"),
    ],
)  # fmt: skip
def test_a_paper_that_cannot_be_read_says_why(desk: Bank, content: bytes, name: str, says: str) -> None:
    """Not text, a Word file that is none, too large: told as a page, not as an error of ours."""
    id_ = filed(desk.ledger, content, name)
    answer = desk.as_("vera").get(f"/documents/{id_}")
    assert answer.status_code == 422
    assert says in answer.text


def test_a_paper_without_a_file_is_none(desk: Bank) -> None:
    """Evidence that only notes where something lies cannot be held against anything."""
    doc: dict[str, Any] = {"kind": "minutes", "title": "Minutes", "on": "2026-08-01", "note": "In the archive."}
    id_ = desk.ledger.act("evidence.filed", "olga", "", doc).id
    assert desk.as_("vera").get(f"/documents/{id_}").status_code == 404
    assert id_ not in desk.as_("vera").get("/documents.csv").text


def test_a_long_paper_is_cut_where_it_is_shown(desk: Bank) -> None:
    """All of it is read; what lies beyond the bound is not shown."""
    id_ = filed(desk.ledger, (DOCUMENT + "\n\n" + "word " * 70_000).encode(), "long.md")
    text = desk.as_("vera").get(f"/documents/{id_}").text
    assert "The first 300,000 characters are shown" in text
    assert len(text) < 600_000


def test_reading_is_noted(desk: Bank) -> None:
    """Who read a filed document is kept beside the ledger, as for every filed document."""
    id_ = filed(desk.ledger, DOCUMENT.encode(), "model.md")
    desk.as_("aud").get(f"/documents/{id_}")
    assert any((read["id"], read["person"]) == (id_, "aud") for read in desk.site.access.reads())


def test_suggestions_stand_beside_an_open_finding(town: Bank) -> None:
    """What a finding lacks or may duplicate is told where it is worked on, and changes nothing."""
    before = town.ledger.records.need("finding", "F-5")
    text = town.as_("vera").get("/findings/F-5").text
    assert "Worth a look" in text
    assert "they change nothing" in text
    assert 'href="/findings/F-6"' in text.partition('id="hints"')[2].partition("</section>")[0]
    assert town.ledger.records.need("finding", "F-5") == before
