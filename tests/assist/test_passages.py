"""Passages: paragraphs with their places, from text, Markdown and Word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assist.papers import DOCUMENT
from secondline.assist.passages import LONGEST, Document, read
from secondline.core.errors import DataError


def test_a_document_is_cut_where_it_is_cut() -> None:
    """Each paragraph knows its headings, its line, and stands in the document where it says."""
    passages = Document("model.md", DOCUMENT).passages
    assert [p.heading for p in passages][:2] == ["Retail PD model > Purpose", "Retail PD model > Data"]
    assert all(DOCUMENT[p.start : p.start + len(p.text)] == p.text for p in passages)
    assert all(DOCUMENT.splitlines()[p.line - 1].startswith(p.text.splitlines()[0]) for p in passages)
    assert passages[2].place == "line 13, Retail PD model > Data"


@given(st.text(st.sampled_from("ab #.\n|1\u00e9"), max_size=400))
def test_no_words_are_lost(text: str) -> None:
    """Whatever the text, its passages are pieces of it in order that do not overlap."""
    end = 0
    for passage in Document("x", text).passages:
        assert passage.start >= end
        end = passage.start + len(passage.text)
        assert text[passage.start : end] == passage.text


def test_long_paragraphs_are_cut_between_sentences() -> None:
    """No passage is much longer than the longest allowed, and none is cut within a sentence."""
    text = " ".join(f"Sentence number {i} is here." for i in range(300))
    passages = Document("x", text).passages
    assert len(passages) > 4
    assert all(len(p.text) <= LONGEST and p.text.endswith(".") for p in passages)


@pytest.mark.parametrize("text", ["word " * 5_000, "x" * 9_000])
def test_a_text_without_sentences_is_cut_too(text: str) -> None:
    """Words without an end, or no word's end at all: passages stay short, and nothing is lost."""
    passages = Document("x", text).passages
    assert all(len(p.text) <= LONGEST for p in passages)
    assert "".join(p.text for p in passages).replace(" ", "") == text.replace(" ", "")


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    """Missing, not text, a Word file that is none; each says what to do or what is wrong."""
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "a.docx").write_bytes(b"no zip")
    for name, says in (("none.md", "Cannot read"), ("a.txt", "not UTF-8"), ("a.docx", "no Word document")):
        with pytest.raises(DataError, match=says):
            read(tmp_path / name)


def test_a_word_document_is_read(tmp_path: Path) -> None:
    """Headings keep their level, tables come row by row, in the order of the document."""
    docx = pytest.importorskip("docx")
    made = docx.Document()
    made.add_heading("Data", 2)
    made.add_paragraph("Exclusions were counted.")
    cells = made.add_table(1, 2).rows[0].cells
    cells[0].text, cells[1].text = "Bureau", "many"
    made.save(str(tmp_path / "a.docx"))
    assert read(tmp_path / "a.docx").text == "## Data\n\nExclusions were counted.\n\nBureau | many"
