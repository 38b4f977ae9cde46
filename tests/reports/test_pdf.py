"""The PDF report: the same bytes, every section and number in it, links that lead somewhere, and nothing evaluated."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader

from reports.sample_draft import hostile_draft, sample_draft
from reports.sample_run import sample_run
from secondline.reports import layout, pdf
from secondline.reports.draft import draft

DRAFT = sample_draft()


@pytest.fixture(scope="module")
def content() -> bytes:
    """Typeset the small draft once."""
    return pdf.render(DRAFT)


def read(content: bytes) -> Any:
    """Open a PDF."""
    return PdfReader(io.BytesIO(content))


def text(content: bytes) -> str:
    """Return all words of a PDF, line breaks as spaces."""
    return " ".join("\n".join(page.extract_text() for page in read(content).pages).split())


def outline(items: Any) -> list[str]:
    """Return the bookmarks, flat."""
    return [title for item in items for title in (outline(item) if isinstance(item, list) else [item.title])]


def test_the_same_draft_gives_the_same_bytes(content: bytes) -> None:
    """And the date in the file is the run's."""
    assert pdf.render(sample_draft()) == content
    assert read(content).metadata.title == DRAFT.title
    assert read(content).metadata.creation_date.date() == layout.dated(DRAFT).date()


def test_every_section_is_in_the_outline(content: bytes) -> None:
    """A reader's side bar lists the sections in order."""
    titles = outline(read(content).outline)
    wanted = [section.title for _, section in layout.walk(DRAFT.sections)]
    assert [next(t for t in titles if t.endswith(w)) for w in wanted]
    places = [min(i for i, t in enumerate(titles) if t.endswith(w)) for w in wanted]
    assert places == sorted(places)


def test_the_words_are_there(content: bytes) -> None:
    """Numbers, captions, placeholders, findings and evidence."""
    words = text(content)
    for said in ("0.782", "Table 1", "Figure 1", "F-1", "Predicted against observed by band"):
        assert said in words
    assert "State whether the intended use has changed" in words
    assert all(note.id in words for note in DRAFT.evidence)


def test_links_lead_to_pages(content: bytes) -> None:
    """Numbers link inside the file, and nowhere outside it."""
    reader = read(content)
    links = [note.get_object() for page in reader.pages for note in page.get("/Annots", ())]
    assert len(links) > 10
    assert not [link for link in links if link.get("/A", {}).get("/S") == "/URI"]


def test_it_can_be_archived_and_read_aloud(content: bytes) -> None:
    """It is tagged, has a language, and says which standards it follows."""
    root = read(content).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    assert b"pdfaid" in content
    assert b"pdfuaid" in content


def test_hostile_text_is_only_text() -> None:
    """Markup is printed, not run; a character without a glyph prints as its code point."""
    words = text(pdf.render(hostile_draft('#eval("1+1") $x$ @ref <lab> 你 \x07')))
    assert '#eval("1+1") $x$ @ref <lab>' in words
    assert "U+4F60" in words


def test_a_whole_run() -> None:
    """All nineteen sections and every evidence record of a real draft."""
    made = draft(sample_run())
    words = text(pdf.render(made))
    assert all(" ".join(section.title.split()) in words for section in made.sections)
    assert all(note.id in words for note in made.evidence)


def test_an_empty_draft() -> None:
    """A draft without evidence is still a document."""
    assert pdf.render(replace(DRAFT, sections=(), evidence=(), watermark="")).startswith(b"%PDF-")
