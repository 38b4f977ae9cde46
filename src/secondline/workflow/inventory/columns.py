"""Columns: what a table of the inventory holds, made from the forms themselves, and the names other banks give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

import secondline.govern.records  # noqa: F401 - the tables are made from the forms of the acts
from secondline.core.errors import SpecError, near
from secondline.govern.act import ACTS
from secondline.govern.record import Form
from secondline.workflow.inventory.cells import read, shown

READ_ONLY = " *"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, the way to its value in a document, its type and its default."""

    head: str
    way: tuple[str, ...]
    annotation: Any
    default: Any


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of record as a table: which acts make and change it, by which fields it is known, what only acts set."""

    name: str
    record: str
    create: str
    change: str
    key: tuple[str, ...]
    shown_only: tuple[str, ...] = ()

    @property
    def form(self) -> type[Form]:
        """What is stated to make one."""
        return ACTS[self.create].form


TABLES = {
    t.name: t
    for t in (
        Table("vendors", "vendor", "vendor.registered", "vendor.changed", (), ("state",)),
        Table("sources", "source", "source.registered", "source.changed", (), ("state",)),
        Table("models", "model", "model.registered", "model.changed", (),
              ("state", "tier", "version_in_use", "opinion", "last_validated", "next_validation", "next_rating",
               "last_attested")),
        Table("versions", "version", "version.registered", "version.changed", ("model", "version"), ("state",)),
        Table("uses", "use", "use.proposed", "use.changed", ("model", "name"), ("state", "deviates", "checked_on")),
        Table("dependencies", "link", "link.made", "link.explained", ("frm", "to", "kind"), ("state",)),
    )
}  # fmt: skip


def table_of(name: str) -> Table:
    """Return a table by name.

    Raises:
        SpecError: there is none.
    """
    if name not in TABLES:
        raise SpecError(f"There is no table {name!r}. {near(name, TABLES, 'There are: ' + ', '.join(TABLES))}")
    return TABLES[name]


@cache
def columns(name: str) -> tuple[Column, ...]:
    """Return the columns of a table that can be stated, nested fields as ``euc.links``."""
    return tuple(_of(table_of(name).form))


def _of(form: type[BaseModel], way: tuple[str, ...] = ()) -> list[Column]:
    found: list[Column] = []
    for name, field in form.model_fields.items():
        here = (*way, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found += _of(field.annotation, here)
        else:
            default = None if field.is_required() else field.default
            found.append(Column(".".join(here), here, field.annotation, default))
    return found


def cells(name: str, doc: Mapping[str, Any]) -> dict[str, str | int | float]:
    """Return a record as a row: what was stated, then (marked) what acts have set."""
    table = table_of(name)
    row: dict[str, str | int | float] = {"id": shown(doc.get("id", ""))}
    row |= {c.head: shown(at(doc, c.way)) for c in columns(name)}
    return row | {f"{field}{READ_ONLY}": shown(doc.get(field)) for field in table.shown_only}


def at(doc: Mapping[str, Any], way: Sequence[str]) -> Any:
    """Return the value at the end of a way through nested mappings, or None."""
    value: Any = doc
    for part in way:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def stated(name: str, row: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a row of cells (by head) as a form, and what is wrong with it; an empty cell states nothing."""
    form: dict[str, Any] = {}
    wrong: list[str] = []
    for column in columns(name):
        cell = row.get(column.head)
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        try:
            value = read(cell, column.annotation, column.default)
        except SpecError as error:
            wrong.append(f"{column.head}: {error}")
            continue
        _put(form, column.way, value)
    return form, wrong


def _put(form: dict[str, Any], way: Sequence[str], value: Any) -> None:
    for part in way[:-1]:
        form = form.setdefault(part, {})
    form[way[-1]] = value


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which head of a file means which column; what is left over, and what only acts may set."""

    heads: dict[str, str]
    unknown: tuple[str, ...]
    read_only: tuple[str, ...]


def mapped(name: str, heads: Sequence[str], wanted: Mapping[str, str] | None = None) -> Mapped:
    """Guess the column each head means: what the user says first, then our own names, then other banks'.

    Raises:
        SpecError: the user names a column that is not there, or a head that the file does not have.
    """
    table, known = table_of(name), {"id", *(c.head for c in columns(name))}
    chosen: dict[str, str] = {}
    for head, column in (wanted or {}).items():
        if head not in heads:
            raise SpecError(f"The file has no column {head!r}. {near(head, heads, 'It has: ' + ', '.join(heads[:12]))}")
        if column not in known:
            raise SpecError(f"{name.capitalize()} have no field {column!r}. {near(column, known)}")
        chosen[head] = column
    names = _names(name)
    for exact in (True, False):
        for head in (h for h in heads if not h.endswith(READ_ONLY)):
            column = _plain(head) if exact and _plain(head) in known else names.get(_plain(head), "")
            if head not in chosen and column and column not in chosen.values() and (not exact or column in known):
                chosen[head] = column
    rest = [h for h in heads if h and h not in chosen]
    only = tuple(h for h in rest if h.removesuffix(READ_ONLY) in table.shown_only)
    return Mapped(chosen, tuple(h for h in rest if h not in only), only)


def _plain(head: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "_", head.strip().casefold()).strip("_.")


@cache
def _names(name: str) -> dict[str, str]:
    return {_plain(word): column for column, words in SYNONYMS[table_of(name).record].items() for word in words}


SYNONYMS: dict[str, dict[str, tuple[str, ...]]] = {
    "model": {
        "id": ("model id", "model_id", "identifier", "inventory id", "model ref", "model reference", "model number",
               "unique id", "ref", "mrm id"),
        "name": ("model name", "title", "model title"),
        "description": ("model description", "purpose", "purpose and description", "intended use", "summary",
                        "description of features and use"),
        "kind": ("model type", "type", "category", "object type"),
        "family": ("risk type", "risk area", "risk category", "domain", "model family", "risk class"),
        "method": ("methodology", "technique", "algorithm", "modelling approach", "approach", "model class"),
        "owner": ("model owner", "business owner", "accountable owner", "owner id"),
        "developer": ("model developer", "developed by", "lead developer", "model author"),
        "validator": ("reviewer", "model reviewer", "validated by", "lead validator", "model validator"),
        "validators": ("validation team", "reviewers"),
        "approver": ("approved by", "model approver", "approval body", "committee"),
        "accountable": ("smf", "senior manager", "accountable executive", "executive sponsor"),
        "users": ("model users", "user groups", "used by"),
        "business_line": ("business unit", "line of business", "lob", "division", "department", "business area"),
        "entity": ("legal entity", "company"),
        "jurisdictions": ("jurisdiction", "country", "countries", "region", "regions"),
        "origin": ("source of model", "model origin", "in house or vendor", "build or buy", "model source"),
        "vendor": ("vendor name", "supplier", "third party", "provider"),
        "vendor_version": ("vendor release",),
        "vendor_contract": ("contract", "contract number", "contract id"),
        "output": ("model output", "outputs"),
        "regulatory_uses": ("regulatory use", "regulatory purpose"),
        "machine_learning": ("ml", "is ml", "uses ml", "ai ml", "ai/ml flag", "machine learning flag"),
        "generative": ("genai", "generative ai", "is genai"),
        "icfr": ("sox", "sox flag", "sox relevant", "financial reporting"),
        "personal_data": ("pii", "uses personal data", "gdpr"),
        "production_date": ("go live", "go live date", "implementation date", "date in production", "deployment date",
                            "production date"),
        "endpoint": ("system", "platform", "application", "implementation system", "url"),
        "frequency": ("run frequency", "usage frequency", "frequency of use"),
        "review_months": ("review cycle months", "revalidation frequency months", "validation frequency months"),
        "monitoring_status": ("monitoring", "performance status", "rag", "rag status"),
        "variant_of": ("parent model", "parent", "parent id"),
        "contingency": ("contingency plan", "fallback"),
        "retention": ("retention class", "retention period"),
        "reported_state": ("status", "state", "model status", "lifecycle status", "lifecycle stage", "stage",
                           "lifecycle"),
        "reported_tier": ("tier", "model tier", "risk tier", "risk rating", "rating", "model rating", "criticality"),
        "tags": ("keywords", "labels"),
        "aliases": ("other names", "alias", "also known as"),
        "euc.location": ("file", "file path", "path"),
    },
    "version": {
        "id": ("version id",), "model": ("model id", "model name"), "version": ("version number", "release", "label"),
        "digest": ("sha256", "hash", "sha-256", "artefact hash", "artifact hash", "checksum"),
        "developers": ("developer", "developed by"), "commit": ("git commit", "code version"),
        "data": ("training data", "snapshots", "data snapshot"),
    },
    "use": {
        "id": ("use id",), "model": ("model id",), "name": ("use", "use case", "use name"),
        "purpose": ("intended use",), "actual": ("actual use",), "decisions_per_year": ("volume", "decisions a year"),
        "amount_per_year": ("exposure", "amount"),
    },
    "source": {
        "id": ("source id", "data source id"), "name": ("source", "data source", "source name"),
        "system": ("system of record",), "owner": ("data owner", "steward"), "external": ("is external",),
    },
    "vendor": {
        "id": ("vendor id", "supplier id"), "name": ("vendor", "supplier", "vendor name"),
        "contract_ends": ("contract end", "expiry", "contract expiry"), "owner": ("relationship owner",),
    },
    "link": {
        "id": ("link id",), "frm": ("from", "upstream", "source", "input"), "to": ("downstream", "target", "consumer"),
        "kind": ("type", "relation"), "explanation": ("comment", "why"),
    },
}  # fmt: skip
