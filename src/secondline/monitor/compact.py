"""Compact: merge the many small parts of one cell, or of one model's labels, into one. Every row is kept as it is."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from secondline.core.errors import Conflict
from secondline.frames.engines import connect, mapped
from secondline.monitor import manifest
from secondline.monitor.labels import read_parts
from secondline.monitor.parts import PLACE, Part, save, sync

if TYPE_CHECKING:
    from secondline.monitor.state import State

MANY = 24
"""Parts of a cell beyond which they are merged."""
LARGE = 2_000_000
"""Rows of a part that is large enough to be left alone."""


def compact(state: State, model: str, *, many: int = MANY) -> int:
    """Merge audited parts of a model where a cell (or the model's labels) has more than *many*; returns how many."""
    groups: dict[tuple[Any, ...], list[Part]] = defaultdict(list)
    with state.reading() as connection:
        for part in manifest.listed(connection, "model = ? AND audited > 0", (model,)):
            if part.rows < LARGE:
                groups[part.kind, part.cell].append(part)
    return sum(_merge(state, group) for group in groups.values() if len(group) > many)


def _merge(state: State, group: Sequence[Part]) -> int:
    con: Any = connect()
    con.raw_sql("SET threads = 1")
    order = ", ".join(PLACE)
    try:
        with mapped("Merging parts"):
            sql = f'SELECT * FROM {read_parts(state, group)} ORDER BY "at", id, {order}'  # noqa: S608 - our names
            table = con.con.sql(sql).to_arrow_table()
    finally:
        con.con.close()
    first = group[0]
    file = f"{first.kind}-{uuid.uuid4().hex}.parquet"
    size = save(state.folder / file, table)
    sync(state.folder)
    types = json.dumps({field.name: _plain(str(field.type)) for field in table.schema})
    merged = Part(
        file, first.kind, first.model, first.version, first.day, table.num_rows, size, min(p.first for p in group),
        max(p.last for p in group), max(p.known for p in group), types, min(p.audited for p in group),
    )  # fmt: skip
    try:
        with state.writing() as connection:
            manifest.replace(connection, group, merged)
    except Conflict:
        (state.folder / file).unlink(missing_ok=True)
        return 0
    return len(group)


def _plain(kind: str) -> str:
    return "string" if kind == "large_string" else kind
