"""Seen: an index of the ids in audited parts, so that an audit reads new parts and not all there are.

An entry is a key (64 bits of an id's MD5) and a mark: of a decision the cell it lies in, of a label its content. A run
is a file of entries in order of key, beside the parts; the list of runs is in SQL and changes with the marks that say
what was audited. Runs of like size are merged, so that there are few. The index says only where to look: what it
points to is then read. So an entry too many does no harm, and a lost run is made again from the parts.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from secondline.core.errors import Conflict
from secondline.frames.engines import mapped
from secondline.ledger.sql import run, run_many
from secondline.monitor.labels import read_parts
from secondline.monitor.parts import DAY, Part, sync

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from secondline.monitor.state import State

Entries = npt.NDArray[np.uint64]
"""Keys in order, and their marks: two rows."""
Cell = tuple[str, str, int]
INDEXED = 2
"""What ``audited`` is of a part whose ids are in a run; 1 is of one audited before there were runs."""
MANY, LARGE = 8, 4_000_000
"""Runs of one size that are merged, and entries of a run that is left alone."""
EIGHTFOLD = 3
"""Runs are of one size where their numbers of entries have as many digits to the base of eight."""
CONTENT = 'decision, value, known, kind, revision, amount, "at", v'
"""What of a label may not differ from another of the same id."""
ENTRIES = {
    "decision": ("md5_number_lower(id)", f'md5_number_lower(concat_ws(chr(1), model, version, "at" // {DAY}))'),
    "label": ("md5_number_lower(concat_ws(chr(1), model, id))", f"hash({CONTENT})"),
}
SUFFIX = ".ids"


@dataclass(frozen=True, slots=True)
class Run:
    """A file of entries as the list has it."""

    file: str
    kind: str
    rows: int


def mark_of(cell: Cell) -> int:
    """Return the mark of a decision that lies in a cell, as the engine makes it."""
    text = "\x01".join(map(str, cell))
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[8:], "little")


def listed(connection: Connection) -> list[Run]:
    """Return the runs in use."""
    return [Run(*row) for row in run(connection, "SELECT file, kind, rows FROM monitor_seen ORDER BY file").fetchall()]


def add(connection: Connection, runs: Collection[Run]) -> None:
    """List runs that are on disk."""
    run_many(
        connection, "INSERT INTO monitor_seen (file, kind, rows) VALUES (?, ?, ?)",
        [(one.file, one.kind, one.rows) for one in runs],
    )  # fmt: skip


def lost(connection: Connection) -> None:
    """Let go of all runs: the next audit reads every part once more and makes them again."""
    run(connection, "DELETE FROM monitor_seen")
    run(connection, "UPDATE monitor_parts SET audited = 1 WHERE audited = ?", (INDEXED,))


def opened(state: State, runs: Collection[Run]) -> list[Entries]:
    """Return runs as they lie on disk; what is looked up in them is read, not all.

    Raises:
        FileNotFoundError: one is not there.
    """
    return [np.load(state.folder / one.file, mmap_mode="r") for one in runs]


def made(con: Any, state: State, kind: str, parts: Sequence[Part]) -> list[tuple[Run, Entries]]:
    """Make runs of the ids in parts of one kind; nothing lists them yet."""
    return [_written(state, kind, _entries(con, state, kind, some)) for some in _batches(parts)]


def _batches(parts: Sequence[Part]) -> Iterator[list[Part]]:
    held: list[Part] = []
    for part in parts:
        if held and sum(one.rows for one in held) + part.rows > LARGE:
            yield held
            held = []
        held.append(part)
    if held:
        yield held


def _entries(con: Any, state: State, kind: str, parts: Sequence[Part]) -> Entries:
    key, mark = ENTRIES[kind]
    sql = f'SELECT {key} AS "key", {mark} AS mark FROM {read_parts(state, parts)}'  # noqa: S608 - our names
    return _once(_columns(con, sql))


def _columns(con: Any, sql: str) -> npt.NDArray[np.uint64]:
    with mapped("The ids of new parts"):
        table = con.con.sql(sql).to_arrow_table()
    return np.stack([column.to_numpy().astype(np.uint64) for column in table.columns])


def keys(con: Any, sql: str) -> npt.NDArray[np.uint64]:
    """Return the keys of the ids of decisions that an SQL query gives as ``id``."""
    return np.unique(_columns(con, f"SELECT {ENTRIES['decision'][0]} FROM ({sql})"))  # noqa: S608 - our names


def _written(state: State, kind: str, entries: Entries) -> tuple[Run, Entries]:
    one = Run(f"seen-{uuid.uuid4().hex}{SUFFIX}", kind, entries.shape[1])
    with (state.folder / one.file).open("wb") as file:
        np.save(file, entries)
        file.flush()
        os.fsync(file.fileno())
    sync(state.folder)
    return one, entries


def found(runs: Collection[Entries], wanted: npt.NDArray[np.uint64]) -> Entries:
    """Return the entries of runs that have one of the keys *wanted* (in order), each once, in order of key and mark."""
    hits = [np.empty((2, 0), np.uint64)]
    for one in runs:
        low, high = (np.searchsorted(one[0], wanted, side) for side in ("left", "right"))
        many = high - low
        at = np.repeat(low - (np.cumsum(many) - many), many) + np.arange(many.sum())
        hits.append(np.asarray(one[:, at]))
    return _once(np.concatenate(hits, axis=1))


def differing(entries: Entries) -> Entries:
    """Return the entries whose key has more than one mark."""
    _, place, many = np.unique(entries[0], return_inverse=True, return_counts=True)
    return entries[:, many[place] > 1]


def _once(entries: Entries) -> Entries:
    order = np.argsort(entries[0], kind="stable")
    held = entries[:, order]
    if (held[0, 1:] == held[0, :-1]).any():
        held = entries[:, np.lexsort((entries[1], entries[0]))]
    new = np.ones(held.shape[1], dtype=bool)
    new[1:] = (held[:, 1:] != held[:, :-1]).any(axis=0)
    return held[:, new]


def tidy(state: State) -> int:
    """Merge runs of a kind where there are many of one size; returns how many were merged."""
    groups: dict[tuple[str, int], list[Run]] = defaultdict(list)
    with state.reading() as connection:
        for one in listed(connection):
            if one.rows < LARGE:
                groups[one.kind, one.rows.bit_length() // EIGHTFOLD].append(one)
    return sum(_merge(state, kind, group) for (kind, _), group in groups.items() if len(group) >= MANY)


def _merge(state: State, kind: str, group: Sequence[Run]) -> int:
    entries = _once(np.concatenate(opened(state, group), axis=1))
    if kind == "decision":  # what was forgotten is not kept here either
        cells = [mark_of(cell) for cell in {part.cell for part in state.parts(kind)}]
        entries = entries[:, np.isin(entries[1], np.array(cells, dtype=np.uint64))]
    merged, _ = _written(state, kind, entries)
    try:
        with state.writing() as connection:
            _replace(connection, group, merged)
    except Conflict:
        (state.folder / merged.file).unlink(missing_ok=True)
        return 0
    for one in group:  # the sweep gives whoever reads it now an hour from here
        os.utime(state.folder / one.file, (time.time(), time.time()))
    return len(group)


def _replace(connection: Connection, old: Sequence[Run], new: Run) -> None:
    for one in old:
        if run(connection, "DELETE FROM monitor_seen WHERE file = ?", (one.file,)).rowcount != 1:
            raise Conflict(f"The run {one.file} has been merged by another process.")
    add(connection, [new])
