#!/usr/bin/env python3
"""Verify a secondline ledger without secondline: Python's standard library, and `cryptography` for signatures.

    python verify.py RECORD-FOLDER [--key KEY-FILE] [--anchor ANCHOR-FILE] [--head SEAL] [--objects FOLDER]
    python verify.py EXPORT.jsonl  [the same]

It recomputes, and prints whatever does not hold; the exit code is 0 when all holds and 1 when not:

1. Each event's seal: SHA-256 of the JSON array of the format's name and all fields but the seal.
2. The chain: places 1, 2, 3 ... without a gap, each event naming the seal before it, times never running backwards.
3. The tree: RFC 6962 over the seals; each checkpoint (a signed note) states its size and root, signed by a service key.
4. Signatures of people: from the event that registers a key on, that person's acts at a terminal bear a signature.
5. Objects: each file's name is the SHA-256 of its bytes; each object an event names is there.
6. Documents: each stored document is what its events add up to, and the lists show what the documents say.
7. Anchors: each noted head or checkpoint lies on this chain. Only an anchor kept elsewhere shows a cut or rewritten end.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
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


class Notes(NamedTuple):
    """What the chain is held against: checkpoints and anchors by size, service keys, a head noted elsewhere."""

    checkpoints: dict[int, str]
    keys: tuple[str, ...] = ()
    anchors: tuple[dict[str, Any], ...] = ()
    head: str = ""


# 1. Seals


def sealed_text(name: str, row: Row) -> bytes:
    """Return what a seal or a signature covers: the JSON array of a format's name and the fields in *row*."""
    return f'["{name}",{row[0]},{",".join(map(quote, row[1:]))}]'.encode("utf-8", "surrogateescape")


def seal_of(row: Row) -> str:
    """Return what the seal of an event must be."""
    return sha256(sealed_text(FORMAT, row[:10])).hexdigest()


# 3. The tree


def leaf(seal: str) -> bytes:
    """Return the hash of a leaf: the event's seal as 32 bytes."""
    return sha256(b"\x00" + bytes.fromhex(seal)).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Edge:
    """The right edge of a growing tree: the roots of its full subtrees, largest first."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        """Go on from *size* leaves."""
        self.size, self.roots = size, list(roots)

    def push(self, hashed: bytes) -> None:
        """Add a leaf."""
        size, roots = self.size, self.roots
        while size & 1:
            hashed = sha256(b"\x01" + roots.pop() + hashed).digest()
            size >>= 1
        roots.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        if not self.roots:
            return sha256(b"").digest()
        found = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            found = node(left, found)
        return found


class Note(NamedTuple):
    """A signed checkpoint: origin, size, root and time, and its signatures as (name, key id and signature)."""

    text: str
    size: int
    root: str
    signatures: tuple[tuple[str, bytes], ...]


def read_note(note: str) -> Note:
    """Read a checkpoint in the format of signed notes.

    Raises:
        ValueError: it is none.
    """
    text, _, signed = note.partition("\n\n")
    lines = text.split("\n")
    found = [line.split(" ") for line in signed.splitlines()]
    if len(lines) < 3 or not found or any(len(f) != 3 or f[0] != "\u2014" for f in found):  # noqa: PLR2004 - three lines, three words
        raise ValueError("not a signed checkpoint")
    signatures = tuple((name, base64.b64decode(given, validate=True)) for _, name, given in found)
    return Note(text + "\n", int(lines[1]), base64.b64decode(lines[2], validate=True).hex(), signatures)


def signed_by(note: Note, keys: Iterable[str]) -> bool:
    """Whether one of *keys* (lines NAME+ID+BASE64) signed the note."""
    for key in keys:
        name, id_, given = key.split("+", 2)
        public = base64.b64decode(given)[1:].hex()
        for signer, signature in note.signatures:
            if signer == name and signature[:4].hex() == id_ and true(public, signature[4:], note.text.encode()):
                return True
    return False


def true(public: str, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is true."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# 2, 3, 4, 7. One pass over the events


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
        for row in rows:
            seq, at, _, _, subject, body, _, _, _, previous, seal = row
            if seq != self.place + 1 or previous != self.seal or at < self.at or seal_of(row) != seal:
                yield from self._misfit(row)
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

    def _misfit(self, row: Row) -> Iterator[Problem]:
        seq, at, previous = row[0], row[1], row[9]
        if seal_of(row) != row[10]:
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
        new = _changes(row).get("key") if subject.startswith("person/") else None
        key = self.people.get(actor) or (new if kind == "key.registered" and subject == f"person/{actor}" else None)
        if isinstance(new, str):
            self.people[subject[7:]] = new
        if signature and not (key and _true_act(key, row)):
            yield Problem("false signature", name(row), f"it is not signed by the key of {actor!r}")
        elif not signature and key and key != new and via in DOORS and kind not in UNSIGNED:
            yield Problem("unsigned", name(row), f"{actor!r} signs their acts, and this one bears no signature")

    def _objects(self, row: Row) -> None:
        changes = _changes(row)
        stored = changes.get("stored") or []
        for digest in [changes.get("object"), *(stored if isinstance(stored, list) else [])]:
            if isinstance(digest, str) and DIGEST.fullmatch(digest):
                self.wanted.setdefault(digest, name(row))
        if row[4].startswith("run/") and changes.get("digest"):
            self.records.append((str(changes.get("object")), str(changes["digest"]), name(row)))

    def _noted(self, size: int) -> Iterator[Problem]:
        note, root = self.notes.checkpoints.get(size), self.edge.root().hex()
        if note is not None:
            yield from self._checkpoint(f"checkpoint {size}", note, size, root)
        elif size % EVERY == 0:
            yield Problem("missing", f"checkpoint {size}", f"one is signed after every {EVERY} events")
        for anchor in self.anchors.get(size, ()):
            if anchor.get("seal") and anchor["seal"] != self.seal:
                yield Problem("rewritten or cut", f"events {self.sound + 1} to {size}", _against(anchor))
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


def name(row: Row) -> str:
    """Return how an event is called in a finding."""
    return f"event {row[0]} ({row[3]} {str(row[4])[:40]})"


def _against(anchor: dict[str, Any]) -> str:
    return f"the anchor of {anchor.get('at') or 'unknown date'} notes another chain at event {anchor['size']}"


def _true_act(key: str, row: Row) -> bool:
    try:
        return true(key, bytes.fromhex(row[8]), sealed_text(SIGNED, (*row[:8], row[9])))
    except ValueError:
        return False


def _changes(row: Row) -> dict[str, Any]:
    try:
        found = json.loads(row[5])
    except ValueError:
        return {}
    changes = found.get("set") if isinstance(found, dict) else None
    return changes if isinstance(changes, dict) else {}


# 5. Objects


def check_objects(folder: Path, chain: Chain) -> tuple[int, list[Problem]]:
    """Hash every object and look for those the events named; returns how many there are and what does not hold."""
    found: list[Problem] = []
    stored: set[str] = set()
    for file in sorted(folder.glob("??/*")):
        digest = file.parent.name + file.name
        if not file.name.startswith("."):
            stored.add(digest)
            with file.open("rb") as content:
                if _hash(content) != digest:
                    found.append(Problem("altered", f"object {digest[:12]}", "its bytes do not match its name"))
    for digest in sorted(chain.wanted.keys() - stored):
        found.append(Problem("missing", f"object {digest[:12]}", f"{chain.wanted[digest]} refers to it"))
    for object_, digest, event in chain.records:
        if object_ in stored and _content_digest(folder / object_[:2] / object_[2:]) != digest:
            found.append(Problem("altered", event, "the record it points to is not the one it sealed"))
    return len(stored), found


def _hash(content: Any) -> str:
    hashed = sha256()
    while part := content.read(1 << 20):
        hashed.update(part)
    return hashed.hexdigest()


def _content_digest(file: Path) -> str:
    try:
        value = json.loads(file.read_bytes())
    except ValueError:
        return ""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# 6. Documents


def merged(doc: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return *doc* with *changes* laid over it: nested mappings merge, null removes (RFC 7396)."""
    result = dict(doc)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            under = result.get(key)
            result[key] = merged(under if isinstance(under, dict) else {}, value)
        else:
            result[key] = value
    return result


def folded(events: Iterable[tuple[str, int, str]]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield each subject with its last event and document, from (subject, place, body) grouped by subject."""
    subject, seq, doc = "", 0, dict[str, Any]()
    for about, place, body in events:
        if about != subject:
            if seq:
                yield subject, seq, doc
            subject, seq, doc = about, 0, {}
        try:
            changes = json.loads(body).get("set")
        except (ValueError, AttributeError):
            changes = None
        if isinstance(changes, dict):
            doc, seq = merged(doc, changes), place
    if seq:
        yield subject, seq, doc


def same_document(subject: str, seq: int, doc: dict[str, Any], stored: Row | None) -> Problem | None:
    """Compare a document as folded with the stored (seq, body)."""
    if stored is None:
        return Problem("missing", f"document {subject}", f"event {seq} set it, and the table of documents lacks it")
    try:
        same = stored[0] == seq and json.loads(stored[1]) == doc
    except ValueError:
        same = False
    return None if same else Problem("altered", f"document {subject}", f"it is not what its events to {seq} add up to")


def same_facets(subject: str, doc: dict[str, Any], facets: dict[str, Any] | None) -> Problem | None:
    """Compare the row of a list with the document, in every field that the document states."""
    if facets is None:
        return Problem("missing", f"list entry {subject}", "the document is not in the list of its kind")
    for field, value in facets.items():
        if field not in {"id", "since"} and field in doc and doc[field] != value:
            return Problem("altered", f"list entry {subject}", f"its {field} is {value!r}; the document has {doc[field]!r}")
    return None
