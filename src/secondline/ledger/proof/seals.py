"""Seals: what each event states of itself and of the one before it."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Any, NamedTuple

FORMAT = "secondline-event-1"
SIGNED = "secondline-signature-1"
FIELDS = ("seq", "at", "actor", "kind", "subject", "body", "reason", "via", "signature", "previous", "seal")
GENESIS = "0" * 64
EVERY = 256
"""A signed checkpoint is due after so many events."""
UNSIGNED = frozenset({"act.refused"})
"""Kinds of events that the ledger itself writes about a person: they bear no signature."""
DOORS = frozenset({"", "cli"})
"""Doors where a person holds their own key: Python and the terminal."""
DIGEST = re.compile(r"[0-9a-f]{64}")
BATCH = 20_000

quote = json.encoder.encode_basestring  # JSON text of a string, non-ASCII letters as they are

Row = tuple[Any, ...]


class Problem(NamedTuple):
    """One thing that does not hold: what kind, which thing, and how it differs."""

    kind: str
    what: str
    detail: str


def sealed_text(name: str, row: Row) -> bytes:
    """Return what a seal or a signature covers: the JSON array of a format's name and the fields in *row*."""
    return f'["{name}",{row[0]},{",".join(map(quote, row[1:]))}]'.encode("utf-8", "surrogateescape")


def seal_of(row: Row) -> str:
    """Return what the seal of an event must be; empty when a field is no text any more."""
    try:
        return sha256(sealed_text(FORMAT, row[:10])).hexdigest()
    except TypeError:
        return ""


def as_text(row: Row) -> Row:
    """Return a row whose fields are of the kinds they must be, so that the walk can go on past a spoilt one."""
    return (row[0], *(field if isinstance(field, str) else repr(field) for field in row[1:]))


def name(row: Row) -> str:
    """Return how an event is called in a finding."""
    return f"event {row[0]} ({row[3]} {str(row[4])[:40]})"


def changes_of(row: Row) -> dict[str, Any]:
    """Return the fields of its record that an event set."""
    try:
        found = json.loads(row[5])
    except ValueError:
        return {}
    changes = found.get("set") if isinstance(found, dict) else None
    return changes if isinstance(changes, dict) else {}
