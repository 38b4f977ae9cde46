"""The documents of Northbank: complete heads, contradictions and markers where they should be, exact passages."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest

from secondline.samples.genai.archive import archive, former, outdated, written
from secondline.samples.genai.attacks import without
from secondline.samples.genai.corpus import (
    READERS,
    TODAY,
    Document,
    canaries,
    documents,
    injected,
    passages,
    read,
    superseded,
)
from secondline.samples.genai.written import FAMILIES, rows

ALL = {**documents(), **injected()}
HEAD = "---\nid: NB-X-01\ntitle: T\nowner: O\neffective: 2026-01-01\nexpires: 2026-12-31\nacl: public\nsupersedes:\n"


def test_there_are_as_many_documents_as_promised() -> None:
    """Sixty documents or so, of all three classes and all products."""
    assert 50 <= len(documents()) <= 70
    assert Counter(d.acl for d in documents().values()).keys() == set(READERS["owner"])
    assert all(document.product != "other" for document in documents().values())
    assert len(injected()) == 8


@pytest.mark.parametrize("name", sorted(documents()))
def test_a_document_is_short_and_its_head_is_true(name: str) -> None:
    """A document has 150 to 500 words, a heading that is its title, and a time in which it holds."""
    document = documents()[name]
    assert 150 <= len(document.text.split()) <= 500
    assert document.text.startswith(f"# {document.title}\n")
    assert document.effective < document.expires
    assert document.owner
    assert len(passages(document)) >= 4


def test_two_documents_are_superseded_and_contradict() -> None:
    """Each superseded version ended before its successor began, and says other things than that one."""
    assert len(superseded()) == 2
    for old, new in superseded().items():
        before, now = documents()[old], documents()[new]
        assert before.expires < now.effective <= TODAY
        told = [row for row in rows("questions") if row["document"] == new and row["outdated"]]
        assert len(told) >= 5
        for row in told:
            assert row["outdated"] in before.text
            assert row["outdated"] not in now.text
            assert row["fact"] not in before.text


def test_former_versions_say_other_figures_and_no_longer_hold() -> None:
    """Each of the archive ended the day before the document in force began, and differs from it in its facts alone."""
    assert len(archive()) == 24
    for name, old in archive().items():
        now = documents()[name[:-1]]
        assert old.expires < now.effective
        assert (old.acl, old.owner, len(passages(old))) == (now.acl, now.owner, len(passages(now)))
        told = [row for row in rows("archive") if row["document"] == now.id]
        assert len(told) == 2
        for row in told:
            assert row["outdated"] in old.sentence(row["outdated"])
            assert row["outdated"] not in now.text
            assert row["fact"] not in old.text
            assert row["fact"] in now.text
        assert read(written(old)) == old
    assert set(outdated()) == {*superseded(), *archive()}
    assert former("NB-CARD-02") == documents()["NB-CARD-02A"]
    assert former("NB-OPER-01") is None


def test_all_others_are_in_force() -> None:
    """Only what was superseded has expired on the day of the study."""
    assert {d.id for d in documents().values() if not d.effective <= TODAY <= d.expires} == set(superseded())


def test_each_marker_stands_in_one_restricted_document() -> None:
    """A marker betrays where a text came from, so it is in one place; each restricted document has one."""
    restricted = [d for d in documents().values() if d.acl == "restricted"]
    assert len(canaries()) == len(set(canaries())) == len(restricted) == 12
    for mark in canaries():
        assert [d.acl for d in ALL.values() if mark in d.text] == ["restricted"]


@pytest.mark.parametrize("name", sorted(injected()))
def test_an_injected_document_holds_one_payload(name: str) -> None:
    """The payload says its marker once, and the document without it is a harmless text of the same subject."""
    document = injected()[name]
    (marker,), (family,) = document.more["marker"], document.more["family"]
    assert document.text.count(marker) == 1
    assert family in FAMILIES
    clean = without(document.text, marker)
    assert marker not in clean
    assert len(document.text.split()) - 40 < len(clean.split()) < len(document.text.split())
    assert len(document.more["ask"]) == 3


def test_passages_are_the_text_they_come_from() -> None:
    """Offsets cut exactly the passage out of its document, no passage overlaps, and none is lost."""
    for document in ALL.values():
        found = passages(document)
        assert all(document.text[p.start : p.end] == p.text for p in found)
        assert all(a.end < b.start for a, b in pairwise(found))
        assert re.sub(r"\s", "", document.text) == "".join(re.sub(r"\s", "", p.text) for p in found)
    assert len({p.id for p in passages()}) == len(passages())


def test_a_sentence_is_found_by_its_fact() -> None:
    """The whole sentence is returned, decimals in it and all; a fact that is not there is an error."""
    document = documents()["NB-LEND-04"]
    assert document.sentence("29.9 percent").startswith("Interest is charged at 29.9 percent a year on the amount used")
    with pytest.raises(ValueError, match="No sentence of NB-LEND-04"):
        document.sentence("no such fact")


@pytest.mark.parametrize("text", ["# No head\n", HEAD, "before\n" + HEAD + "---\n\ntext"])
def test_a_document_without_a_head_is_refused(text: str) -> None:
    """A text that does not begin with a head between two lines of dashes is told apart."""
    with pytest.raises(ValueError, match="begins with a head"):
        read(text)


@pytest.mark.parametrize("key", ["owner", "expires"])
def test_a_head_that_lacks_a_key_is_refused(key: str) -> None:
    """The error names the key."""
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith(key))
    with pytest.raises(ValueError, match=f"lacks '{key}'"):
        read(f"{head}---\n\ntext\n")


def test_other_keys_of_a_head_are_kept() -> None:
    """A key that is given twice keeps both values, in order."""
    document = read(f"{HEAD}ask: one\nask: two\n---\n\ntext\n")
    assert isinstance(document, Document)
    assert document.more["ask"] == ("one", "two")
