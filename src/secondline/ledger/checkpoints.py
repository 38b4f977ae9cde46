"""Checkpoints: at every 256th event and on demand, the root of the tree over all seals, signed by the service."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from secondline.core.errors import SpecError
from secondline.ledger.proof.seals import EVERY
from secondline.ledger.proof.tree import Edge, leaf
from secondline.ledger.sql import insert, run, value

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from secondline.ledger.keys import Keys


def keep_up(connection: Connection, keys: Keys) -> None:
    """Sign every checkpoint that is due, inside the transaction that made it due."""
    done = value(connection, "SELECT max(size) FROM checkpoints") or 0
    newest = value(connection, "SELECT max(seq) FROM events") or 0
    due = range((done // EVERY + 1) * EVERY, newest + 1, EVERY)
    if due:
        edge = _edge(connection)
        for size in due:
            _sign(connection, keys, edge, size)


def checkpoint(connection: Connection, keys: Keys) -> str:
    """Return the signed checkpoint over all events up to now.

    Raises:
        SpecError: there are no events yet.
    """
    newest = value(connection, "SELECT max(seq) FROM events") or 0
    if not newest:
        raise SpecError("There is nothing to sign yet: the ledger has no events.")
    found = value(connection, "SELECT note FROM checkpoints WHERE size = ?", (newest,))
    return str(found) if found else _sign(connection, keys, _edge(connection), newest)


def _edge(connection: Connection) -> Edge:
    row = run(connection, "SELECT size, edge FROM checkpoints ORDER BY size DESC LIMIT 1").fetchone()
    return Edge(row[0], map(bytes.fromhex, json.loads(row[1]))) if row else Edge()


def _sign(connection: Connection, keys: Keys, edge: Edge, size: int) -> str:
    query = "SELECT seal, at FROM events WHERE seq > ? AND seq <= ? ORDER BY seq"
    at = ""
    for seal, at in run(connection, query, (edge.size, size)).fetchall():  # noqa: B007 - the last time is used below
        edge.push(leaf(seal))
    root = base64.b64encode(edge.root()).decode()
    note = keys.note(f"{origin(connection)}\n{size}\n{root}\n{at}\n")
    roots = json.dumps([found.hex() for found in edge.roots])
    run(connection, insert("checkpoints", ("size", "note", "edge")), (size, note, roots))
    return note


def origin(connection: Connection) -> str:
    """Return the name of this ledger in its checkpoints: the beginning of its first seal."""
    first = value(connection, "SELECT seal FROM events WHERE seq = 1")
    return f"secondline/{str(first)[:16]}"
