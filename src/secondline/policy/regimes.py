"""Regimes: the documents that ask for controls, with their force, their dates and what came after them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from secondline.core.errors import SpecError, near
from secondline.policy.documents import load_text, parsed_date, typed

Force = Literal["binding", "supervisory", "guidance", "practice"]
Tag = Literal["P", "V", "S", "R", "house"]
Regime = Literal[
    "US", "US-FEDERAL", "US-STATES", "NY", "UK", "CA", "EU-IRB", "EU-AI", "EU-CREDIT", "UAE", "SG", "IN", "HK", "NIST",
    "ISO", "OWASP", "SCHEMES", "PRACTICE", "HOUSE",
]  # fmt: skip
FORCES: tuple[Force, ...] = ("binding", "supervisory", "guidance", "practice")


class Part(BaseModel):
    """A part of a policy file: typed, nothing unknown, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Dated(Part):
    """Something in force from one day to another, both included; without a first day it is only proposed."""

    since: str = Field(default="", alias="from")
    until: str = Field(default="", alias="to")
    superseded_by: str = ""

    @model_validator(mode="after")
    def _dates(self) -> Dated:
        for name, text in (("from", self.since), ("to", self.until)):
            if text:
                try:
                    parsed_date(text, f"`{name}`")
                except SpecError as error:
                    raise ValueError(str(error).rstrip(".")) from error
        return self

    def in_force(self, day: str) -> bool:
        """Whether it applies on a day (ISO)."""
        return bool(self.since) and self.since <= day and (not self.until or day <= self.until)

    def upcoming(self, day: str) -> bool:
        """Whether it will apply after a day."""
        return bool(self.since) and self.since > day and (not self.until or self.since <= self.until)

    def standing(self, day: str) -> str:
        """Say where it stands on a day."""
        if not self.since:
            return "proposed, no date is known"
        if self.until and self.until < self.since:
            after = f"; see {self.superseded_by}" if self.superseded_by else ""
            return f"repealed before it took effect{after}"
        if self.since > day:
            return f"not yet in force (from {self.since})"
        if self.until and day > self.until:
            after = f", superseded by {self.superseded_by}" if self.superseded_by else ""
            return f"no longer in force (until {self.until}{after})"
        return f"in force since {self.since}"


class Rulebook(Dated):
    """One document of a regime."""

    regime: Regime
    title: str
    force: Force
    tag: Tag
    note: str = ""


class _Rulebooks(RootModel[dict[str, Rulebook]]):
    """The file of documents."""


@cache
def rulebooks() -> dict[str, Rulebook]:
    """Return the documents by short name, such as ``SS1/23``.

    Raises:
        SpecError: the file that comes with secondline has been damaged.
    """
    text = (files("secondline.policy") / "regimes.yaml").read_text(encoding="utf-8")
    content, lines = load_text(text, "regimes", ours=True)
    found = typed(_Rulebooks, content, "regimes", lines).root
    for name, book in found.items():
        if book.superseded_by and book.superseded_by not in found:
            raise SpecError(f"regimes: {name!r} is superseded by {book.superseded_by!r}, which is not listed.")
    return found


def rulebook(name: str) -> Rulebook:
    """Return a document by short name.

    Raises:
        SpecError: there is none.
    """
    found = rulebooks()
    if name not in found:
        raise SpecError(f"There is no document {name!r}. {near(name, found, 'Known: ' + ', '.join(found) + '.')}")
    return found[name]


def successor(name: str, day: str) -> str:
    """Return the document that stands in a document's place on a day: itself, or the end of its chain."""
    seen: set[str] = set()
    while name not in seen and (book := rulebook(name)).superseded_by and not book.in_force(day):
        seen.add(name)
        name = book.superseded_by
    return name
