"""The Word report: real styles, captions and links, a bank's template, and the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn

from reports.sample_draft import hostile_draft, sample_draft
from reports.sample_run import sample_run
from secondline.core.errors import SpecError
from secondline.reports import docx, layout
from secondline.reports.blocks import Section
from secondline.reports.draft import draft

DRAFT = sample_draft()
CONTENT = docx.render(DRAFT)


def read(content: bytes) -> Any:
    """Open the bytes as Word would."""
    return Document(io.BytesIO(content))


def xml(content: bytes) -> str:
    """Return the main part."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return package.read("word/document.xml").decode()


def styles_used(document: Any) -> set[str]:
    """Return the names of the styles of all paragraphs, those in tables too."""
    named = {style.style_id: style.name for style in document.styles}
    found = document.element.body.iter(qn("w:pStyle"))
    return {named[style.get(qn("w:val"))] for style in found}


def test_real_styles() -> None:
    """Every paragraph has a style that exists; headings, captions and lists are Word's own."""
    used = styles_used(read(CONTENT))
    assert {"Title", "Heading 1", "Heading 2", "Heading 3", "Caption", "List Bullet", "toc 1"} <= used
    assert {"Secondline Cell", "Secondline Ask", "Secondline Code", "Secondline Lead"} <= used


def test_every_section_is_in_the_contents_and_has_its_heading() -> None:
    """Headings in reading order; those of the first two levels in the table of contents."""
    document = read(CONTENT)
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    entries = [
        p for p in document.element.body.iter(qn("w:p")) if p.xpath("./w:pPr/w:pStyle[starts-with(@w:val,'toc')]")
    ]
    sections = list(layout.walk(DRAFT.sections))
    assert [h.split("\u2002")[-1] for h in headings[: len(sections)]] == [s.title for _, s in sections]
    assert len(entries) == sum(level <= 2 for level, _ in sections)


def test_links_lead_somewhere() -> None:
    """Every link and cross-reference names a bookmark that exists, and bookmarks are unique."""
    body = xml(CONTENT)
    marks = re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', body)
    targets = set(re.findall(r'w:anchor="([^"]+)"', body)) | set(re.findall(r"REF (\w+) ", body))
    assert targets
    assert targets <= set(marks)
    assert len(marks) == len(set(marks))
    assert all(len(name) <= 40 for name in marks)


def test_captions_number_themselves() -> None:
    """Table and figure numbers are fields, in order, and match what the references print."""
    body = xml(CONTENT)
    tables = sum(type(b).__name__ == "Table" for b in layout.blocks(DRAFT))
    assert len(re.findall("SEQ Table", body)) == tables
    assert all(label in body for label in ("REF at_",))


def test_pictures_say_what_they_show() -> None:
    """Each chart has its words beside it for those who cannot see it."""
    described = re.findall(r'<wp:docPr [^>]*descr="([^"]+)"', xml(CONTENT))
    assert described
    assert all("Band 3" in words for words in described)


def test_wide_tables_lie_on_their_side() -> None:
    """A table of fourteen columns gets a landscape page, and the pages after it stand upright again."""
    document = read(CONTENT)
    sides = [section.orientation for section in document.sections]
    assert sides.count(1) == 1
    assert sides[-1] == 0
    tops = list(document.element.body.iter(qn("w:tblHeader")))
    assert len(tops) >= 3


def test_the_same_draft_gives_the_same_bytes() -> None:
    """And nothing of the clock is in the file."""
    assert docx.render(sample_draft()) == CONTENT
    with zipfile.ZipFile(io.BytesIO(CONTENT)) as package:
        assert {info.date_time[0] for info in package.infolist()} == {2000}
    facts = read(CONTENT).core_properties
    assert (facts.title, facts.created) == (DRAFT.title, layout.dated(DRAFT))


def test_hostile_text_is_only_text() -> None:
    """Markup, control characters and endless words change nothing but themselves."""
    document = read(docx.render(hostile_draft()))
    assert document.paragraphs
    assert "\x00" not in xml(docx.render(hostile_draft()))


@pytest.mark.parametrize("suffix", ["docx", "dotx"])
def test_a_banks_template_restyles_it(tmp_path: Path, suffix: str) -> None:
    """Its heading colour, margins and header stay; its text does not; styles it lacks are added."""
    template: Any = Document()
    template.add_paragraph("Text of the template")
    template.styles["Heading 1"].font.name = "Bank Sans"
    template.sections[0].header.paragraphs[0].text = "A bank's header"
    path = tmp_path / f"bank.{suffix}"
    template.save(str(path))
    if suffix == "dotx":
        with zipfile.ZipFile(path) as package:
            parts = {name: package.read(name) for name in package.namelist()}
        kind = b"wordprocessingml.document.main"
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(kind, b"wordprocessingml.template.main")
        with zipfile.ZipFile(path, "w") as package:
            for name, content in parts.items():
                package.writestr(name, content)
    document = read(docx.render(DRAFT, path))
    assert document.styles["Heading 1"].font.name == "Bank Sans"
    assert document.sections[0].header.paragraphs[0].text == "A bank's header"
    assert "Text of the template" not in "".join(p.text for p in document.paragraphs)
    assert "Secondline Cell" in {style.name for style in document.styles}


def test_what_is_no_template_is_refused(tmp_path: Path) -> None:
    """With what to give instead."""
    path = tmp_path / "bank.dotx"
    path.write_bytes(b"not a zip file")
    with pytest.raises(SpecError, match=r"cannot be used as a Word template.*Give a \.docx or \.dotx"):
        docx.render(DRAFT, path)


def test_a_whole_run() -> None:
    """A real draft has every evidence record as a bookmark, each query once, and no section lost."""
    made = draft(sample_run())
    body = xml(docx.render(made))
    assert len(re.findall(r'w:name="evidence_', body)) == len({note.id for note in made.evidence})
    assert len(re.findall(r'w:name="query_', body)) == len(layout.queries(made))
    assert body.count("To be completed by the") >= 10


def test_an_empty_draft() -> None:
    """A draft with one empty section is still a document."""
    bare = replace(DRAFT, sections=(Section("s", "1", "Only"),), evidence=(), watermark="")
    assert [p.text for p in read(docx.render(bare)).paragraphs if p.style.name == "Heading 1"] == ["1\u2002Only"]
