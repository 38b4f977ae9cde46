"""Seen: one request as a page sees it: who asks, what they look at, what they ask for; every value bounded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from secondline.core.errors import SpecError, UnknownRecord
from secondline.govern.act import Act, acts_on
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.web.visitor import Visitor

if TYPE_CHECKING:
    from secondline.web.site import Site

LONGEST = 400
SENSITIVE = frozenset({"person", "evidence"})
"""Records about people, and filed documents: who reads one is noted beside the ledger."""
KEPT = "as_of"
MOST_TURNS = 3
GRAVE = frozenset({"person", "approval", "pass", "adoption", "waiver"})
"""Records about rights and approvals: acts on them need the password given again, unless it was given just now."""


@dataclass(frozen=True)
class Seen:
    """One request as a page sees it."""

    site: Site
    visitor: Visitor
    route: str
    """The address without the format's ending, such as ``/models/pd``."""
    path: Mapping[str, str]
    query: Mapping[str, str]
    format: str = "html"
    flash: str = ""
    address: str = ""
    """Where the request came from."""
    base: str = ""
    """The address of the site, as the visitor knows it."""
    homes: Mapping[str, str] | None = None
    """The special pages of records: ``{"model": "/models/{id}"}``."""
    places: Mapping[str, Collection[str]] | None = None
    """The addresses of the pages that exist, with the roles that may see each."""

    @property
    def ledger(self) -> Ledger:
        """The ledger, for what lies beyond the records."""
        return self.site.ledger

    @cached_property
    def as_of(self) -> str:
        """The past day looked at, or empty for the present."""
        day = self.day(KEPT)
        return day if day and day < self.now_day else ""

    @cached_property
    def now_day(self) -> str:
        """The present day."""
        return self.ledger.today

    @cached_property
    def head(self) -> str:
        """The seal of the ledger's last event."""
        return self.ledger.head()

    def must_confirm(self, act: Act) -> bool:
        """Whether the visitor has to give the password with an act that decides about rights or approvals."""
        session = self.visitor.session
        if session is None or act.record not in GRAVE:
            return False
        return self.site.now() - session.confirmed > self.site.settings.confirmed

    @property
    def today(self) -> str:
        """The day looked at: the present one, or the past one chosen."""
        return self.as_of or self.now_day

    @cached_property
    def look(self) -> Records:
        """The records as they stand, or as they stood on the day looked at."""
        return self.ledger.as_of(self.as_of) if self.as_of else self.ledger.records

    def need(self, record: str, id_: str) -> dict[str, Any]:
        """Return a record's document, for the page about it; reading a sensitive one is noted.

        Raises:
            UnknownRecord: there is none (on the day looked at).
        """
        found = self.look.get(record, id_)
        if found is None:
            raise UnknownRecord.of(record, id_)
        if record in SENSITIVE and id_ != self.visitor.id:
            self.site.access.note_read(self.ledger.clock(), self.visitor.id, record, id_, self.visitor.via)
        return found

    def text(self, name: str, default: str = "", *, longest: int = LONGEST) -> str:
        """Return a text asked for.

        Raises:
            SpecError: it is too long.
        """
        value = self.query.get(name, default).strip()
        if len(value) > longest:
            raise SpecError(f"`{name}` is longer than {longest} characters.")
        return value

    def number(self, name: str, default: int = 0, *, low: int = 0, high: int = 1_000_000) -> int:
        """Return a whole number asked for.

        Raises:
            SpecError: it is none, or out of bounds.
        """
        value = self.text(name)
        if not value:
            return default
        if not value.lstrip("-").isdecimal() or len(value) > len(str(10**15)) or not low <= int(value) <= high:
            raise SpecError(f"`{name}` must be a whole number from {low} to {high}; got {value[:40]!r}.")
        return int(value)

    def day(self, name: str, default: str = "") -> str:
        """Return a day asked for, as ISO text.

        Raises:
            SpecError: it is no date.
        """
        value = self.text(name, default)
        try:
            return date.fromisoformat(value).isoformat() if value else ""
        except ValueError as error:
            raise SpecError(f"`{name}` must be a date such as 2026-05-01; got {value[:40]!r}.") from error

    def choice(self, name: str, among: Collection[str], default: str = "") -> str:
        """Return one of several words asked for.

        Raises:
            SpecError: it is none of them.
        """
        value = self.text(name) or default
        if value and value not in among:
            raise SpecError(f"`{name}` must be one of {', '.join(sorted(among))}; got {value[:40]!r}.")
        return value

    def flag(self, name: str) -> bool:
        """Whether a switch was set."""
        return self.text(name).lower() in {"1", "true", "yes", "on"}

    def url(self, route: str = "", /, **changes: str | int | None) -> str:
        """Return this address with other parameters; None drops one. With *route*, that address, in the same time."""
        kept = {KEPT: self.as_of} if self.as_of else {}
        query = {**(kept if route else dict(self.query)), **changes}
        sent = {k: str(v) for k, v in query.items() if v not in (None, "")}
        return f"{route or self.route}{'?' + urlencode(sent) if sent else ''}"

    def sibling(self, ending: str) -> str:
        """Return the address of the same data in another format."""
        stem = "/index" if self.route == "/" else self.route
        return self.url(f"{stem}.{ending}", **{k: v for k, v in self.query.items() if k not in {"after", KEPT}})

    def href(self, record: str, id_: str) -> str:
        """Return the address of a record: its special page where there is one."""
        home = (self.homes or {}).get(record, f"/records/{record}/{{id}}")
        return self.url(home.replace("{id}", quote(id_, safe="@:")))

    def may(self, act: Act) -> bool:
        """Whether the visitor's roles allow an act; rules may still refuse it."""
        return bool(self.visitor.roles & act.roles) and not self.visitor.read_only

    def sees(self, place: str) -> bool:
        """Whether there is a page at *place* that the visitor may see."""
        return bool(self.visitor.roles & set((self.places or {}).get(place, ())))

    def acts(self, record: str, state: str | None) -> list[Act]:
        """Return the acts the visitor may do now on a record in *state*; with None, those that make one."""
        return [] if self.as_of else [act for act in acts_on(record, state) if self.may(act) and not act.made]

    def turns(self, record: str, state: str | None) -> list[tuple[str, str]]:
        """Return what can bring a record in *state* further, and which roles may: whose turn it is."""
        if state is None or self.as_of:
            return []
        steps = [act for act in acts_on(record, state) if act.after not in {"", state} and not act.reasoned]
        return [(act.title, ", ".join(sorted(act.roles))) for act in steps[:MOST_TURNS]]

    def related(self, record: str, id_: str, *, most: int = 20) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the records whose facet of the record's name holds its id, kind by kind."""
        from secondline.govern.record import RECORDS

        found = []
        for kind in RECORDS.values():
            if record in kind.facets and kind.name != record:
                rows = self.look.page(kind.name, {record: id_}, limit=most).rows
                found += [(kind.name, list(rows))] if rows else []
        return found
