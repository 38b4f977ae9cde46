"""The archive: former versions of documents, in which some figures were other ones. They lie beside the corpus.

An index that was never cleaned finds them as readily as what is in force: that is what the suite on staleness asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache

from secondline.samples.genai.corpus import Document, documents, superseded
from secondline.samples.genai.written import rows

AGE = timedelta(days=730)


@cache
def archive() -> Mapping[str, Document]:
    """Return the former versions by id, which is that of the document in force and an A."""
    changed: dict[str, list[tuple[str, str]]] = {}
    for row in rows("archive"):
        changed.setdefault(row["document"], []).append((row["fact"], row["outdated"]))
    return {f"{name}A": _former(documents()[name], facts) for name, facts in changed.items()}


def _former(now: Document, facts: list[tuple[str, str]]) -> Document:
    text = now.text
    for fact, outdated in facts:
        text = text.replace(fact, outdated)
    title = f"{now.title} (former version)"
    return replace(
        now, id=f"{now.id}A", title=title, text=text.replace(f"# {now.title}\n", f"# {title}\n", 1),
        effective=now.effective - AGE, expires=now.effective - timedelta(days=1),
    )  # fmt: skip


def former(document: str) -> Document | None:
    """Return the version that a document replaced: of the corpus, or of the archive; None where there is none."""
    before = documents()[document].supersedes
    return documents()[before] if before else archive().get(f"{document}A")


def outdated() -> tuple[str, ...]:
    """Return the ids of all documents that no longer hold."""
    return (*superseded(), *archive())


def written(document: Document) -> str:
    """Return a document as a file: its head between two lines of dashes, and its text."""
    head = {
        "id": document.id, "title": document.title, "owner": document.owner, "effective": document.effective,
        "expires": document.expires, "acl": document.acl, "supersedes": document.supersedes,
    }  # fmt: skip
    lines = "".join(f"{key}: {value}".rstrip() + "\n" for key, value in head.items())
    return f"---\n{lines}---\n\n{document.text}"
