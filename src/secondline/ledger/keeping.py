"""Keeping: what a keeper of the ledger does besides acts: sign checkpoints, prove, anchor, rotate the key, export."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from secondline.core.canonical import canonical
from secondline.core.errors import SpecError
from secondline.govern.record import RECORDS
from secondline.ledger import anchors, checkpoints
from secondline.ledger.database import append, last
from secondline.ledger.events import Event
from secondline.ledger.projection import batches, facet_names, rebuild
from secondline.ledger.proof.tree import Edge, leaf, read_note
from secondline.ledger.proofs import Subtree, consistency, inclusion
from secondline.ledger.sql import run, value
from secondline.ledger.store import Ledger
from secondline.ledger.tables import NOW

TILE = 256


def checkpoint(ledger: Ledger) -> str:
    """Sign a checkpoint over everything up to now."""
    with ledger.database.writing() as connection:
        return checkpoints.checkpoint(connection, ledger.keys)


def anchor_to(ledger: Ledger, file: Path) -> int:
    """Note a checkpoint in a file kept elsewhere; returns how many events it covers."""
    with ledger.database.writing() as connection:
        note = checkpoints.checkpoint(connection, ledger.keys)
        size, seal, _ = last(connection)
    anchors.anchor(note, seal, ledger.clock(), file)
    return size


def rotate(ledger: Ledger, actor: str) -> str:
    """Sign with the old key once more, put a new one in use, and say so on the chain; returns the new public key."""
    checkpoint(ledger)
    old, new = ledger.keys.signer().public, ledger.keys.rotate().public
    body = canonical({"from": old, "to": new})
    with ledger.database.writing() as connection:
        append(connection, Event(0, ledger.clock(), actor, "service-key.rotated", "service/key", body, "", "service"))
        checkpoints.keep_up(connection, ledger.keys)
    return new


def rebuild_derived(ledger: Ledger) -> int:
    """Throw documents and lists away and fold all events again; returns how many records there are."""
    with ledger.database.writing() as connection:
        return rebuild(connection)


def prove(ledger: Ledger, seq: int) -> dict[str, Any]:
    """Return one event with the proof that it is in the newest signed tree, without any other event.

    Raises:
        SpecError: there is no such event.
    """
    note = checkpoint(ledger)
    size = read_note(note).size
    if not 1 <= seq <= size:
        raise SpecError(f"There is no event {seq}; the ledger has 1 to {size}.")
    with ledger.database.reading() as connection:
        path = inclusion(seq - 1, size, _subtree(connection))
        event = next(batches(connection, seq - 1))[0]
    return {
        "event": list(event.row()),
        "index": seq - 1,
        "size": size,
        "path": [step.hex() for step in path],
        "checkpoint": note,
    }


def prove_growth(ledger: Ledger, old: int) -> dict[str, Any]:
    """Return the proof that the tree of the first *old* events is the beginning of the newest signed tree.

    Raises:
        SpecError: there are not so many events.
    """
    note = checkpoint(ledger)
    size = read_note(note).size
    if not 1 <= old <= size:
        raise SpecError(f"The ledger never had {old} events that anything could be proved of; it has 1 to {size}.")
    with ledger.database.reading() as connection:
        subtree = _subtree(connection)
        path, root = consistency(old, size, subtree), subtree(0, old)
    return {"old": old, "old_root": root.hex(), "size": size, "path": [s.hex() for s in path], "checkpoint": note}


def _subtree(connection: Any) -> Subtree:
    query = "SELECT seal FROM events WHERE seq > ? AND seq <= ? ORDER BY seq"

    def root(low: int, high: int) -> bytes:
        edge = Edge()
        for start in range(low, high, TILE * TILE):
            for (seal,) in run(connection, query, (start, min(start + TILE * TILE, high))).fetchall():
                edge.push(leaf(seal))
        return edge.root()

    return root


def export(ledger: Ledger) -> Iterator[str]:
    """Yield the ledger as lines of JSON, for the stand-alone verifier or another system."""
    for key in ledger.keys.known():
        yield canonical({"key": key})
    with ledger.database.reading() as connection:
        for size, note in run(connection, "SELECT size, note FROM checkpoints ORDER BY size").fetchall():
            yield canonical({"checkpoint": [size, note]})
        for batch in batches(connection):
            for event in batch:
                yield canonical({"event": list(event.row())})
        for row in run(connection, "SELECT record, id, seq, body FROM docs ORDER BY record, n"):
            yield canonical({"doc": list(row)})
        for record in RECORDS:
            names = ("id", *facet_names(record))
            columns = ", ".join(f'"{name}"' for name in names)
            for row in run(connection, f'SELECT {columns} FROM "{NOW}_{record}" ORDER BY id'):  # noqa: S608 - a record's own names
                yield canonical({"now": [record, dict(zip(names, row, strict=True))]})


def export_log(ledger: Ledger, folder: Path) -> int:
    """Write the tree as a transparency log of tiles with its signed checkpoint; returns how many events it covers."""
    note = checkpoint(ledger)
    size = read_note(note).size
    with ledger.database.reading() as connection:
        seals = [s for (s,) in run(connection, "SELECT seal FROM events WHERE seq <= ? ORDER BY seq", (size,))]
    hashes, level = [leaf(seal) for seal in seals], 0
    while hashes:
        _tiles(folder / "tile" / str(level), hashes)
        full = len(hashes) // TILE
        hashes, level = [_root(hashes[i * TILE : (i + 1) * TILE]) for i in range(full)], level + 1
    # An entry is the seal as 32 bytes, after its length in two.
    _tiles(folder / "tile" / "entries", [b"\x00\x20" + bytes.fromhex(seal) for seal in seals])
    (folder / "checkpoint").write_text(note, encoding="utf-8")
    return size


def _root(hashes: list[bytes]) -> bytes:
    edge = Edge()
    for hashed in hashes:
        edge.push(hashed)
    return edge.root()


def _tiles(folder: Path, parts: list[bytes]) -> None:
    for start in range(0, len(parts), TILE):
        tile = parts[start : start + TILE]
        file = folder / tile_name(start // TILE)
        file = file if len(tile) == TILE else file.with_name(file.name + ".p") / str(len(tile))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"".join(tile))


def tile_name(n: int) -> str:
    """Return the path of a tile by its number, in groups of three digits: 1234067 is x001/x234/067."""
    groups = [f"{n % 1000:03}"]
    while n := n // 1000:
        groups.insert(0, f"x{n % 1000:03}")
    return "/".join(groups)


def state(ledger: Ledger) -> dict[str, Any]:
    """Return the facts a keeper notes: how many events, the head, the newest checkpoint, the service key."""
    with ledger.database.reading() as connection:
        size, seal, at = last(connection)
        signed = value(connection, "SELECT max(size) FROM checkpoints") or 0
    known = ledger.keys.known()
    key = base64.b64decode(known[-1].split("+", 2)[2])[1:].hex() if known else ""
    return {"events": size, "head": seal, "at": at, "checkpoint": signed, "key": key, "verifier_key": known[-1:]}


def as_text(proof: dict[str, Any]) -> str:
    """Return a proof as JSON text for a file."""
    return json.dumps(proof, indent=2, ensure_ascii=False) + "\n"
