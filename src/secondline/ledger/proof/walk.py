"""The walk: one pass over the events in order, held against checkpoints, anchors and keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from secondline.ledger.proof.seals import (
    DIGEST,
    DOORS,
    EVERY,
    GENESIS,
    SIGNED,
    UNSIGNED,
    Problem,
    Row,
    as_text,
    changes_of,
    name,
    seal_of,
    sealed_text,
)
from secondline.ledger.proof.tree import Edge, leaf, read_note, signed_by, true


class Notes(NamedTuple):
    """What the chain is held against: checkpoints and anchors by size, service keys, a head noted elsewhere."""

    checkpoints: dict[int, str]
    keys: tuple[str, ...] = ()
    anchors: tuple[dict[str, Any], ...] = ()
    head: str = ""


class Chain:
    """One pass over the events in order; only a few facts are kept of those passed."""

    def __init__(self, notes: Notes) -> None:
        """Hold the chain against *notes*."""
        self.notes, self.edge, self.place = notes, Edge(), 0
        self.seal, self.at, self.head_seen = GENESIS, "", notes.head in {"", GENESIS}
        self.people: dict[str, str] = {}
        self.wanted: dict[str, str] = {}
        self.records: list[tuple[str, str, str]] = []
        self.anchors: dict[int, list[dict[str, Any]]] = {}
        for anchor in notes.anchors:
            self.anchors.setdefault(int(anchor["size"]), []).append(anchor)
        self.sound = 0  # how many events the last true checkpoint covers

    def walk(self, rows: Iterable[Row]) -> Iterator[Problem]:
        """Yield what does not hold, event by event."""
        push, checkpoints, noted = self.edge.push, self.notes.checkpoints, self.notes.head
        for found in rows:
            true_seal = seal_of(found)
            row = found if true_seal else as_text(found)
            seq, at, _, _, subject, body, _, _, _, previous, seal = row
            if true_seal != seal or seq != self.place + 1 or previous != self.seal or at < self.at:
                yield from self._misfit(row, true_seal)
            push(leaf(seal) if DIGEST.fullmatch(seal) else leaf(GENESIS))
            self.place, self.seal, self.at = seq, seal, at
            if self.people or subject.startswith("person/"):
                yield from self._signature(row)
            if '"object":' in body or '"stored":' in body:
                self._objects(row)
            if seal == noted:
                self.head_seen = True
            if seq % EVERY == 0 or seq in checkpoints or seq in self.anchors:
                yield from self._noted(seq)

    def _misfit(self, row: Row, true_seal: str) -> Iterator[Problem]:
        seq, at, previous = row[0], row[1], row[9]
        if true_seal != row[10]:
            yield Problem("altered", name(row), "its content does not match its seal")
        if seq > self.place + 1:
            gap = f"event {self.place + 1}" if seq == self.place + 2 else f"events {self.place + 1} to {seq - 1}"
            yield Problem("missing", gap, f"the next event found is number {seq}")
        if previous != self.seal:
            yield Problem("broken link", name(row), "it does not follow the event before it: removed, added or moved")
        if at < self.at:
            yield Problem("out of order", name(row), f"it is dated {at}, before the event it follows ({self.at})")

    def _signature(self, row: Row) -> Iterator[Problem]:
        actor, kind, subject, via, signature = row[2], row[3], row[4], row[7], row[8]
        new = changes_of(row).get("key") if subject.startswith("person/") else None
        key = self.people.get(actor) or (new if kind == "key.registered" and subject == f"person/{actor}" else None)
        if isinstance(new, str):
            self.people[subject[7:]] = new
        if signature and not (key and _true_act(key, row)):
            yield Problem("false signature", name(row), f"it is not signed by the key of {actor!r}")
        elif not signature and key and key != new and via in DOORS and kind not in UNSIGNED:
            yield Problem("unsigned", name(row), f"{actor!r} signs their acts, and this one bears no signature")

    def _objects(self, row: Row) -> None:
        changes = changes_of(row)
        stored = changes.get("stored") or []
        for digest in [changes.get("object"), *(stored if isinstance(stored, list) else [])]:
            if isinstance(digest, str) and DIGEST.fullmatch(digest):
                self.wanted.setdefault(digest, name(row))
        if row[4].startswith("run/") and changes.get("digest"):
            self.records.append((str(changes.get("object")), str(changes["digest"]), name(row)))

    def _noted(self, size: int) -> Iterator[Problem]:
        note, root = self.notes.checkpoints.get(size), self.edge.root().hex()
        start = self.sound + 1
        if note is not None:
            yield from self._checkpoint(f"checkpoint {size}", note, size, root)
        elif size % EVERY == 0:
            yield Problem("missing", f"checkpoint {size}", f"one is signed after every {EVERY} events")
        for anchor in self.anchors.get(size, ()):
            if anchor.get("seal") and anchor["seal"] != self.seal:
                yield Problem("rewritten or cut", f"events {start} to {size}", _against(anchor))
            elif anchor.get("note"):
                yield from self._checkpoint(f"anchored checkpoint {size}", anchor["note"], size, root)

    def _checkpoint(self, what: str, note: str, size: int, root: str) -> Iterator[Problem]:
        try:
            read = read_note(note)
        except ValueError:
            yield Problem("altered", what, "it is not a signed checkpoint any more")
            return
        if not signed_by(read, self.notes.keys):
            yield Problem("forged", what, "no known service key signed it")
        elif (read.size, read.root) != (size, root):
            covered = f"events {self.sound + 1} to {size}"
            yield Problem("rewritten", covered, f"the root of the tree is not the one that {what} was signed over")
        else:
            self.sound = max(self.sound, size)

    def end(self) -> Iterator[Problem]:
        """Yield what is missing after the last event."""
        sizes = [size for size in self.notes.checkpoints if size > self.place]
        if sizes:
            yield Problem("missing", f"events {self.place + 1} to {max(sizes)}", "a checkpoint counts them")
        for size in sorted(size for size in self.anchors if size > self.place):
            yield Problem("rewritten or cut", f"events {self.place + 1} to {size}", _against(self.anchors[size][0]))
        if not self.head_seen:
            what = f"chain head {self.notes.head[:12]}"
            yield Problem("rewritten or cut", what, "the noted head is not in this ledger")


def _against(anchor: dict[str, Any]) -> str:
    return f"the anchor of {anchor.get('at') or 'unknown date'} notes another chain at event {anchor['size']}"


def _true_act(key: str, row: Row) -> bool:
    try:
        return true(key, bytes.fromhex(row[8]), sealed_text(SIGNED, (*row[:8], row[9])))
    except ValueError:
        return False
