"""Tables: the example bank as it is written down: its people, models, sources and links."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the bank, and how its life goes."""

    id: str
    facts: Mapping[str, str]

    def __getattr__(self, name: str) -> str:
        """Return a column of the table."""
        try:
            return self.facts[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def words(self, column: str) -> tuple[str, ...]:
        """Return a column that holds several words."""
        return tuple(self.facts[column].split())

    def has(self, flag: str) -> bool:
        """Whether a flag is set."""
        return flag in self.words("flags")

    def number(self, salt: str, below: int) -> int:
        """Return a number from 0 to under *below* that is always the same for this model and *salt*."""
        return int(sha256(f"{self.id}:{salt}".encode()).hexdigest()[:8], 16) % below


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of one table."""
    text = (files("secondline.samples") / "estate" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))


@cache
def entries() -> tuple[Entry, ...]:
    """Return the models of the bank."""
    return tuple(Entry(row["id"], row) for row in rows("models"))


def entry(name: str) -> Entry:
    """Return one model of the bank."""
    return next(one for one in entries() if one.id == name)


def digest_of(*parts: Any) -> str:
    """Return a digest that stands for an artefact or a document of the example."""
    return sha256("|".join(map(str, parts)).encode()).hexdigest()
