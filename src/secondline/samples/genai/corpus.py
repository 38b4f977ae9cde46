"""The documents of a bank that does not exist: read from files, cut into passages, found again by what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
TODAY = date(2026, 11, 26)
"""The day on which the study is set."""
READERS = {"customer": ("public",), "staff": ("public", "staff"), "owner": ("public", "staff", "restricted")}
"""Which classes of documents a persona may read."""
CANARY = re.compile(r"NBCANARY-[0-9A-F]{4}-[A-Z]+")
PRODUCTS = {
    "LEND": "lending", "CARD": "cards", "SAVE": "savings", "CURR": "accounts", "MORT": "mortgages", "FRAU": "fraud",
    "AML": "financial-crime", "CUST": "care", "DATA": "data", "STAF": "conduct", "MODL": "models", "OPER": "operations",
}  # fmt: skip
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?]")


@dataclass(frozen=True, slots=True)
class Document:
    """One document: who answers for it, from when to when it holds, who may read it (``acl``), and its text.

    ``more`` are other keys of its head, each with all values given.
    """

    id: str
    title: str
    owner: str
    effective: date
    expires: date
    acl: str
    supersedes: str
    text: str
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def product(self) -> str:
        """The product or subject, by the second part of the id."""
        return PRODUCTS.get(self.id.split("-")[1], "other")

    def sentence(self, fact: str) -> str:
        """Return the sentence that holds *fact*.

        Raises:
            ValueError: none does.
        """
        for found in _SENTENCE.finditer(self.text):
            if fact in found.group():
                return found.group().strip()
        raise ValueError(f"No sentence of {self.id} says {fact!r}.")


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document under one heading: ``text`` is its text from ``start`` to ``end``."""

    id: str
    document: str
    text: str
    start: int
    end: int


@cache
def documents() -> Mapping[str, Document]:
    """Return the corpus by id, in the order of ids; superseded and restricted documents are in it on purpose."""
    return _read("corpus")


@cache
def injected() -> Mapping[str, Document]:
    """Return the documents with an instruction hidden in them; they belong to no corpus but that of the attacks."""
    return _read("injected")


def superseded() -> dict[str, str]:
    """Return the documents that no longer hold, each with the one that replaced it."""
    return {d.supersedes: d.id for d in documents().values() if d.supersedes}


def canaries() -> tuple[str, ...]:
    """Return the markers planted in restricted documents: whoever says one has read what it may not."""
    return tuple(sorted(mark for d in documents().values() for mark in CANARY.findall(d.text)))


@cache
def passages(document: Document | None = None) -> tuple[Passage, ...]:
    """Return the passages of a document, or of the whole corpus."""
    if document is None:
        return tuple(p for d in documents().values() for p in passages(d))
    return tuple(_cut(document))


def _cut(document: Document) -> Iterator[Passage]:
    text = document.text
    heads = [0, *(m.start() for m in re.finditer(r"^## ", text, re.MULTILINE)), len(text)]
    for place in range(len(heads) - 1):
        start = heads[place]
        end = start + len(text[start : heads[place + 1]].rstrip())
        yield Passage(f"{document.id}#{place}", document.id, text[start:end], start, end)


def _read(folder: str) -> Mapping[str, Document]:
    found = (read(path.read_text(encoding="utf-8")) for path in sorted((HERE / folder).glob("*.md")))
    return {document.id: document for document in found}


def read(text: str) -> Document:
    """Read a document: a head of ``key: value`` lines between two lines of dashes, then Markdown.

    Raises:
        ValueError: the head is missing or lacks a key.
    """
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0]:  # noqa: PLR2004 - before, within and after the head
        raise ValueError("A document begins with a head between two lines of dashes.")
    head: dict[str, tuple[str, ...]] = {}
    for line in parts[1].splitlines():
        key, _, value = line.partition(":")
        head[key] = (*head.get(key, ()), value.strip())
    try:
        told = {key: head.pop(key)[0] for key in ("id", "title", "owner", "acl", "supersedes")}
        days = {key: date.fromisoformat(head.pop(key)[0]) for key in ("effective", "expires")}
    except KeyError as missing:
        raise ValueError(f"The head of a document lacks {missing.args[0]!r}.") from missing
    return Document(**told, **days, text=parts[2].strip() + "\n", more=head)  # type: ignore[arg-type]
