"""Verify: recompute every seal, link and digest of a ledger and name what does not hold.

What this can see: any field of any event changed, an event removed from the middle, added or reordered, an object
changed or missing, a record that is not the one its event sealed. What it cannot see without help: a ledger whose
last events were cut off, or one rewritten from the start with new seals. For that, note the chain head somewhere the
ledger's keeper cannot write, and pass it as *expected_head*.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from secondline.core.canonical import digest
from secondline.ledger.database import FILE, Database
from secondline.ledger.events import GENESIS, Event
from secondline.ledger.objects import Objects


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not hold: what kind, which thing, and how it differs."""

    kind: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was recomputed and what was found."""

    events: int
    objects: int
    head: str
    problems: tuple[Problem, ...]


def verify(folder: Path, *, expected_head: str | None = None) -> Verification:
    """Recompute everything in a ledger; an intact one has no problems."""
    events = Database(folder / FILE).read()
    objects = Objects(folder / "objects")
    stored = list(objects)
    head = events[-1].seal if events else GENESIS
    problems = [*_chain(events), *_objects(objects, stored), *_records(events, objects), *_head(events, expected_head)]
    return Verification(len(events), len(stored), head, tuple(problems))


def _name(event: Event) -> str:
    return f"event {event.seq} ({event.kind} {event.subject[:40]})"


def _chain(events: Sequence[Event]) -> Iterator[Problem]:
    previous, place = GENESIS, 0
    for event in events:
        if event.seal != event.expected_seal():
            yield Problem("altered", _name(event), "its content does not match its seal")
        if event.seq != place + 1:
            yield Problem("missing", f"event {place + 1}", f"the next event found is number {event.seq}")
        if event.previous != previous:
            yield Problem(
                "broken link", _name(event), "it does not follow the event before it: removed, added or reordered"
            )
        previous, place = event.seal, event.seq


def _objects(objects: Objects, stored: Sequence[str]) -> Iterator[Problem]:
    for name in stored:
        if sha256(objects.path(name).read_bytes()).hexdigest() != name:
            yield Problem("altered", f"object {name[:12]}", "its bytes do not match its name")


def _records(events: Sequence[Event], objects: Objects) -> Iterator[Problem]:
    for event in events:
        wanted = [event.changes.get("object"), *(event.changes.get("stored") or [])]
        for name in (str(w) for w in wanted if w):
            if not objects.path(name).exists():
                yield Problem("missing", f"object {name[:12]}", f"{_name(event)} refers to it")
        yield from _sealed_record(event, objects)


def _sealed_record(event: Event, objects: Objects) -> Iterator[Problem]:
    """A record must be the one whose digest the event states, not merely some intact object."""
    stated = event.changes.get("digest") if event.record == "run" else None
    path = objects.path(str(event.changes.get("object", "")))
    if not stated or not path.is_file():
        return
    try:
        record = json.loads(path.read_bytes())
    except ValueError:
        yield Problem("altered", f"object {path.parent.name}{path.name[:10]}", "it is not a record any more")
        return
    if digest(record) != stated:
        yield Problem("altered", _name(event), "the record it points to is not the one it sealed")


def _head(events: Sequence[Event], expected: str | None) -> Iterator[Problem]:
    if expected is None or expected == GENESIS:
        return
    if expected not in {event.seal for event in events}:
        yield Problem("rewritten or cut", f"chain head {expected[:12]}", "the noted head is not in this ledger")
