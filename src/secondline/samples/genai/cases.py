"""What all suites share: the form of a case as a line of JSON, passages to hand over, and chance by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from random import Random
from typing import Any

from secondline.samples.genai.corpus import Document, Passage, documents, passages
from secondline.samples.genai.retrieval import FOUND, Found, index

Case = dict[str, Any]
"""A case as `secondline.evals.nouns.Case` reads it."""
SEED = 20_261_126
AUTHOR, LICENCE = "The secondline authors", "Apache-2.0"


def case(name: str, asked: str | Sequence[str], **more: Any) -> Case:
    """Return a case: its id, what the user says turn by turn, and its other fields; empty ones are left out."""
    turns = [asked] if isinstance(asked, str) else list(asked)
    fields: Case = {"id": name, "turns": [{"role": "user", "content": turn} for turn in turns]}
    fields |= {"cluster": name, "origin": "expert"} | more | {"author": AUTHOR, "licence": LICENCE}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items() if value != ""}


def chance(*names: object, seed: int = SEED) -> Random:
    """Return a source of chance of its own for what is named, whatever else is drawn."""
    return Random(f"{seed}|{'|'.join(map(str, names))}")  # noqa: S311 - a drawn study, not a secret


def share(*names: object, seed: int = SEED) -> float:
    """Return a number in [0, 1) by the names alone, at the cost of one hash."""
    text = f"{seed}|{'|'.join(map(str, names))}"
    return int.from_bytes(sha256(text.encode()).digest()[:7]) / 2**56


def told(text: str) -> str:
    """Return a text as it is compared: without case, and with single spaces."""
    return " ".join(text.casefold().split())


def persona(document: Document) -> str:
    """Return who asks about a document: a customer about a public one, else one of the staff."""
    return "customer" if document.acl == "public" else "staff"


def gold(document: Document, fact: str) -> list[str]:
    """Return the ids of the passages of a document that hold a fact."""
    return [p.id for p in passages(document) if fact in p.text]


@cache
def context(question: str, who: str = "customer", most: int = FOUND) -> tuple[Case, ...]:
    """Return what the index finds for a question, as chunks of a case."""
    return tuple(found.record() for found in index().search(question, most, who))


def chunks(given: Iterable[Passage]) -> list[Case]:
    """Return passages as chunks, in the order given and without scores."""
    return [{k: v for k, v in Found(p, rank, 0).record().items() if k != "score"} for rank, p in enumerate(given, 1)]


def passage(name: str) -> Passage:
    """Return a passage of the corpus by its id."""
    return next(p for p in passages(documents()[name.split("#", maxsplit=1)[0]]) if p.id == name)


def slug(text: str) -> str:
    """Return a text as part of a name."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
