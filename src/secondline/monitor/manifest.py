"""Manifest: offsets and the list of parts. One transaction lists parts and moves the offsets they came from."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.errors import Conflict, DataError
from secondline.ledger.sql import run, run_many
from secondline.monitor.parts import Part

if TYPE_CHECKING:
    from sqlalchemy import Connection

GRACE = 3600
"""Seconds after which a file that no list names is thought to be of a writer that died."""
PART = tuple(f.name for f in fields(Part))
_PART = ", ".join(PART)


@dataclass(frozen=True, slots=True)
class Dead:
    """Something that could not be taken in: where it came from, why, its event's id or its bytes, and when (s)."""

    topic: str
    partition: int
    place: int
    reason: str
    event: str = ""
    payload: bytes | None = None
    at: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one commit takes in. ``moves`` says for each (topic, partition) from which offset to which."""

    moves: Mapping[tuple[str, int], tuple[int, int]]
    parts: Sequence[Part] = ()
    dead: Sequence[Dead] = field(default_factory=tuple)


def commit(connection: Connection, taken: Taken, folder: Path) -> None:
    """List the parts, keep the dead letters and move the offsets.

    Raises:
        Conflict: another consumer has moved an offset since, so this one no longer holds the partition.
        DataError: a part is not on disk.
    """
    for (topic, partition), (old, new) in sorted(taken.moves.items()):
        _move(connection, topic, partition, old, new)
    for part in taken.parts:
        if not (folder / part.file).exists():
            raise DataError(f"The part {part.file} is gone from the folder of parts; nothing was taken in.")
    list_parts(connection, taken.parts)
    bury(connection, taken.dead)


def _move(connection: Connection, topic: str, partition: int, old: int, new: int) -> None:
    run(
        connection,
        'INSERT INTO monitor_offsets (topic, partition, "next") VALUES (?, ?, 0) ON CONFLICT DO NOTHING',
        (topic, partition),
    )
    moved = run(
        connection, 'UPDATE monitor_offsets SET "next" = ? WHERE topic = ? AND partition = ? AND "next" = ?',
        (new, topic, partition, old),
    )  # fmt: skip
    if moved.rowcount != 1:
        raise Conflict(
            f"Partition {partition} of {topic} has been moved on from {old} by another consumer. Nothing was taken in."
        )


def list_parts(connection: Connection, parts: Sequence[Part]) -> None:
    """List parts and mark the cells of their decisions dirty."""
    _insert(connection, parts)
    for cell in sorted({part.cell for part in parts if part.kind == "decision"}):
        dirty(connection, cell)


def dirty(connection: Connection, cell: tuple[str, str, int]) -> None:
    """Mark a day cell as out of date."""
    run(
        connection,
        "INSERT INTO monitor_cells (model, version, day, dirty, clean, rows, labelled, repeated, contradicted,"
        " label_last, mature, plan) VALUES (?, ?, ?, 1, 0, 0, 0, 0, 0, 0, 0, '')"
        " ON CONFLICT (model, version, day) DO UPDATE SET dirty = monitor_cells.dirty + 1",
        cell,
    )


def bury(connection: Connection, dead: Sequence[Dead]) -> None:
    """Keep dead letters; one already kept stays as it is."""
    run_many(
        connection,
        "INSERT INTO monitor_dead (topic, partition, place, reason, event, payload, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        [(*astuple(one)[:-1], one.at or int(time.time())) for one in dead],
    )


def listed(connection: Connection, where: str = "", values: Sequence[Any] = ()) -> list[Part]:
    """Return the parts in use, in order of file name; *where* is an SQL condition of ours."""
    clause = f" AND {where}" if where else ""
    statement = f"SELECT {_PART} FROM monitor_parts WHERE retired = 0{clause} ORDER BY file"  # noqa: S608 - our names
    found = run(connection, statement, values).fetchall()
    return [Part(*row) for row in found]


def replace(connection: Connection, old: Sequence[Part], new: Part) -> None:
    """Let a merged part take the place of others.

    Raises:
        Conflict: somebody else has replaced one already.
    """
    now = int(time.time())
    for part in old:
        done = run(connection, "UPDATE monitor_parts SET retired = ? WHERE file = ? AND retired = 0", (now, part.file))
        if done.rowcount != 1:
            raise Conflict(f"The part {part.file} has been merged by another process.")
    _insert(connection, [new])


def _insert(connection: Connection, parts: Sequence[Part]) -> None:
    marks = ", ".join("?" * len(PART))
    statement = f"INSERT INTO monitor_parts ({_PART}, at, retired) VALUES ({marks}, ?, 0)"  # noqa: S608 - our names
    run_many(connection, statement, [(*astuple(part), int(time.time())) for part in parts])


def sweep(connection: Connection, folder: Path, *, grace: float = GRACE) -> list[str]:
    """Remove files that no list names and parts long replaced; returns their names."""
    now = time.time()
    gone = run(
        connection, "SELECT file FROM monitor_parts WHERE retired > 0 AND retired <= ?", (int(now - grace),)
    ).fetchall()
    listed_ = "SELECT file FROM monitor_parts UNION ALL SELECT file FROM monitor_seen"
    known = {row[0] for row in run(connection, listed_).fetchall()}
    orphans = [
        path.name for ending in ("*.parquet", "*.ids") for path in folder.glob(ending)
        if path.name not in known and path.stat().st_mtime <= now - grace
    ]  # fmt: skip
    removed = sorted({*orphans, *(row[0] for row in gone)})
    for name in removed:
        (folder / name).unlink(missing_ok=True)
    run_many(connection, "DELETE FROM monitor_parts WHERE file = ?", [(row[0],) for row in gone])
    return removed


def types_of(parts: Sequence[Part]) -> dict[str, str]:
    """Return the type of every column that some part has; one that differs between parts is a text."""
    found: dict[str, str] = {}
    for part in parts:
        for name, kind in json.loads(part.columns).items():
            found[name] = kind if found.get(name, kind) in {kind, "null"} else "string"
    return found
