"""Rows: fill a lens with decisions, each event once, each with the label that was known at an instant.

Where an event id is there more than once, the row that counts is the first by topic, partition and offset, whatever
order they came in. Another row with the same content is a repetition; one with another content is a contradiction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondline.ledger.sql import run
from secondline.monitor.labels import label_of, read_parts
from secondline.monitor.lens import EXTRA, ROWS, Lens, quoted, text
from secondline.monitor.manifest import Dead, types_of
from secondline.monitor.parts import PLACE, Part
from secondline.monitor.readings import Window
from secondline.monitor.streamed import answers

if TYPE_CHECKING:
    from secondline.monitor.state import State

PLACES = ", ".join(PLACE)
REASON = "the same id came before with another content"


@dataclass(frozen=True, slots=True)
class Left:
    """The rows that were left out: how many repeat an event, and those that contradict one."""

    repeated: int
    contradictions: tuple[Dead, ...]


def load(lens: Lens, state: State, parts: Sequence[Part], instant: int, *, window: Window | None = None) -> Left:
    """Fill the lens with the decisions of *parts*, with the labels that *join_labels* last found.

    ``instant`` decides whether an absent label has come to mean something. A *window* narrows the rows to its time
    and, where it names one, to one level of a segment.
    """
    lens.clear()
    if not parts:
        return Left(0, ())
    left = find_losers(lens, state, parts)
    names = types_of(parts)
    chosen = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in _columns(lens, names, instant).items())
    within = f'd."at" >= {window.start} AND d."at" < {window.end}' if window else "true"
    lens.run(
        f"INSERT INTO {ROWS} SELECT * FROM (SELECT {chosen} FROM {read_parts(state, parts)} d "  # noqa: S608 - our names
        f"ANTI JOIN losers USING ({PLACES}) LEFT JOIN known_labels l ON l.decision = d.id WHERE {within}) "
        f"WHERE {_level(window)} ORDER BY live_at, live_id"
    )
    return left


def _level(window: Window | None) -> str:
    if window is None or not window.segment:
        return "true"
    return f"CAST({quoted(window.segment)} AS VARCHAR) = {text(window.level)}"


def find_losers(lens: Lens, state: State, parts: Sequence[Part]) -> Left:
    """Make the table ``losers`` of the places that do not count, and say what they are."""
    _strays(lens, state)
    content = sorted(set(types_of(parts)) - {*PLACE})
    hashed = ", ".join(f"d.{quoted(name)}" for name in content)
    lens.run(
        "CREATE OR REPLACE TEMP TABLE twice AS WITH ids AS ("  # noqa: S608 - our names
        f"SELECT id FROM {read_parts(state, parts)} GROUP BY id HAVING count(*) > 1 UNION SELECT id FROM strays) "
        f"SELECT d.id, {', '.join(f'd.{name}' for name in PLACE)}, hash({hashed}) AS content "
        f"FROM {read_parts(state, parts)} d SEMI JOIN ids USING (id)"
    )
    mine = f"({PLACES})"
    first = f"arg_min(({PLACES}, content), {mine})"
    lens.run(
        "CREATE OR REPLACE TEMP TABLE losers AS WITH winners AS ("  # noqa: S608 - our names
        f"SELECT id, {first} AS w FROM twice GROUP BY id) "
        "SELECT t.id, t.topic, t.partition, t.place, s.id IS NULL OR (s.topic = w[1] AND s.partition = w[2] AND "
        "s.place = w[3]) AS here, t.content = w[4] AS same FROM twice t JOIN winners USING (id) "
        "LEFT JOIN strays s USING (id) WHERE NOT (t.topic = coalesce(s.topic, w[1]) AND "
        "t.partition = coalesce(s.partition, w[2]) AND t.place = coalesce(s.place, w[3]))"
    )
    told = f"SELECT topic, partition, place, id FROM losers WHERE NOT (here AND same) ORDER BY {PLACES}"  # noqa: S608 - our names
    dead = tuple(Dead(t, p, n, REASON, event) for t, p, n, event in lens.run(told))
    total = int(lens.run("SELECT count(*) FROM losers")[0][0])
    return Left(total - len(dead), dead)


def _strays(lens: Lens, state: State) -> None:
    lens.run(
        "CREATE OR REPLACE TEMP TABLE strays (id VARCHAR, topic VARCHAR, partition INTEGER, place BIGINT)"
    )  # fmt: skip
    with state.reading() as connection:
        found = run(connection, f"SELECT id, {PLACES} FROM monitor_strays").fetchall()  # noqa: S608 - our names
    if found:
        lens.con.con.executemany("INSERT INTO strays VALUES (?, ?, ?, ?)", [tuple(row) for row in found])


def _columns(lens: Lens, names: Mapping[str, str], instant: int) -> dict[str, str]:
    """Return an SQL expression for each column of the lens, in its order."""
    roles = _roles(lens, names, instant)
    found = {name: _cast(roles.get(name) or own(name, names), kind) for name, kind in lens.kept.types.items()}
    given = ("d.id", 'd."at"', "d.version", "d.arm", "d.decision", "d.amount", "d.chance", "l.last", "l.amount")
    return found | dict(zip(EXTRA, given, strict=True))


def own(name: str, names: Mapping[str, str]) -> str:
    """Return where an event has a column: among its inputs, its segments, or the fields that any event has."""
    held = next((full for full in (f"in.{name}", f"seg.{name}", f"shadow.{name}") if full in names), None)
    if held is None and name in {"amount", "entity", "decision", "arm", "caller", "use", "version", "threshold"}:
        held = name
    return f"d.{quoted(held)}" if held else "NULL"


def _cast(expression: str, kind: str) -> str:
    return f"TRY_CAST({expression} AS {kind})"


def _roles(lens: Lens, names: Mapping[str, str], instant: int) -> dict[str, str]:
    columns = lens.kept.spec.columns
    roles = {lens.kept.spec.score.column: "d.score"}
    if columns.label:
        roles[columns.label] = label_of(lens.kept.absent, instant)
    if columns.time and f"in.{columns.time}" not in names:
        roles[columns.time] = 'make_timestamp(d."at")'
    if columns.weight and f"in.{columns.weight}" not in names:
        roles[columns.weight] = "1.0"
    given = dict.fromkeys(columns.entity[:1], "d.entity") | answers(lens.kept.spec.fraud)
    return {name: sql for name, sql in given.items() if not {f"in.{name}", f"seg.{name}"} & set(names)} | roles
