"""Audit: what new parts change elsewhere: an event id that another cell has too, a label of an old decision.

Each new part is looked at once, against all parts there are then. What the audit finds is kept with the mark that
says it was done, in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from secondline.frames.engines import connect, mapped
from secondline.ledger.sql import run, run_many
from secondline.monitor import manifest
from secondline.monitor.labels import read_parts
from secondline.monitor.manifest import Dead
from secondline.monitor.parts import PLACE, Part
from secondline.monitor.rows import REASON

if TYPE_CHECKING:
    from secondline.monitor.state import State

Cell = tuple[str, str, int]
PLACES = ", ".join(PLACE)
MICROS = 86_400_000_000


def audit(state: State) -> int:
    """Look at every part not yet audited; returns how many there were."""
    with state.reading() as connection:
        fresh = manifest.listed(connection, "audited = 0")
    if not fresh:
        return 0
    con: Any = connect()
    con.raw_sql("SET threads = 1")
    try:
        decisions = state.parts("decision")
        new = [part for part in fresh if part.kind == "decision"]
        strays = _strays(con, state, new, decisions)
        late, dead = _labels(con, state, [part for part in fresh if part.kind == "label"], decisions)
    finally:
        con.con.close()
    _keep(state, fresh, strays, late, dead)
    return len(fresh)


def _ask(con: Any, sql: str) -> list[Any]:
    with mapped("The audit of new parts"):
        return list(con.con.execute(sql).fetchall())


def _cells(state: State, parts: Sequence[Part]) -> str:
    return f'(SELECT id, model, version, "at" // {MICROS} AS day, {PLACES} FROM {read_parts(state, parts)})'  # noqa: S608 - our names


def _strays(con: Any, state: State, new: Sequence[Part], every: Sequence[Part]) -> list[tuple[Any, ...]]:
    """Return all rows of the new ids that lie in more than one cell: id, model, version, day and place."""
    if not new or len({part.cell for part in every}) < 2:  # noqa: PLR2004 - one cell has no other
        return []
    sql = (
        f"WITH d AS {_cells(state, every)}, n AS (SELECT DISTINCT id FROM {read_parts(state, new)}), "  # noqa: S608 - our names
        "m AS (SELECT * FROM d SEMI JOIN n USING (id)), "
        "twice AS (SELECT id FROM m GROUP BY id HAVING count(DISTINCT (model, version, day)) > 1) "
        f"SELECT id, model, version, day, {PLACES} FROM m SEMI JOIN twice USING (id) ORDER BY id, {PLACES}"
    )
    return _ask(con, sql)


def _labels(con: Any, state: State, new: Sequence[Part], decisions: Sequence[Part]) -> tuple[set[Cell], list[Dead]]:
    """Return the cells whose decisions new labels speak of, and the labels that contradict one of the same id."""
    if not new:
        return set(), []
    cells: set[Cell] = set()
    if decisions:
        sql = (
            f"SELECT DISTINCT d.model, d.version, d.day FROM {_cells(state, decisions)} d SEMI JOIN "  # noqa: S608 - our names
            f"(SELECT decision AS id, model FROM {read_parts(state, new)}) l USING (id, model)"
        )
        cells = {(row[0], row[1], int(row[2])) for row in _ask(con, sql)}
    dead = [one for model in sorted({part.model for part in new}) for one in _contradictions(con, state, new, model)]
    return cells, dead


def _contradictions(con: Any, state: State, new: Sequence[Part], model: str) -> list[Dead]:
    mine = [part for part in new if part.model == model]
    content = 'decision, value, known, kind, revision, amount, "at", v'
    sql = (
        f"WITH n AS (SELECT DISTINCT id FROM {read_parts(state, mine)}), m AS (SELECT id, {PLACES}, "  # noqa: S608 - our names
        f"hash({content}) AS content FROM {read_parts(state, state.parts('label', model))} SEMI JOIN n USING (id)), "
        f"w AS (SELECT id, arg_min(content, ({PLACES})) AS content FROM m GROUP BY id) "
        f"SELECT {PLACES}, id FROM m JOIN w USING (id) WHERE m.content <> w.content ORDER BY {PLACES}"
    )
    return [Dead(topic, partition, place, REASON, event) for topic, partition, place, event in _ask(con, sql)]


def _keep(
    state: State, fresh: Sequence[Part], strays: Sequence[tuple[Any, ...]], late: set[Cell], dead: Sequence[Dead]
) -> None:
    first: dict[str, tuple[Any, ...]] = {}
    for row in strays:  # in order of place: the first of an id is the one that counts
        first.setdefault(row[0], row[4:])
    touched = {(row[1], row[2], int(row[3])) for row in strays} | late
    with state.writing() as connection:
        run_many(
            connection,
            f"INSERT INTO monitor_strays (id, {PLACES}) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "  # noqa: S608 - our names
            "topic = excluded.topic, partition = excluded.partition, place = excluded.place",
            [(event, *place) for event, place in sorted(first.items())],
        )
        for cell in sorted(touched):
            manifest.dirty(connection, cell)
        manifest.bury(connection, dead)
        for part in fresh:
            run(connection, "UPDATE monitor_parts SET audited = 1 WHERE file = ?", (part.file,))
