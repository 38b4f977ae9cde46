"""Records: looking at the ledger, as it stands or as it stood at an event or a day."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, not_, or_, select, tuple_, union_all

from secondline.core.errors import SpecError, UnknownRecord, near
from secondline.govern.act import Done
from secondline.govern.record import find_record, merged
from secondline.ledger import tables
from secondline.ledger.database import event_of
from secondline.ledger.events import Event
from secondline.ledger.projection import load
from secondline.ledger.sql import run, value
from secondline.ledger.tables import NOW, WAS
from secondline.ledger.tallies import Counts, Tallies, added, asked

MOST = 1_000
LAST = 2**62
MOST_STATES = 12
PAST = "SELECT seq, at, actor, kind, body FROM events WHERE subject = ? AND seq <= ? ORDER BY seq"
Placed = tuple[int, dict[str, Any]]
PLAIN = {str, int, float, bool}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: rows of facets with their ``id``, and the cursor of the next page ('' on the last)."""

    rows: tuple[dict[str, Any], ...]
    after: str


class Records:
    """A view of the records. Without ``as_of`` as they stand; with an event's place as they stood after it."""

    def __init__(
        self, connect: Callable[[], AbstractContextManager[Connection]], as_of: int | None = None,
        tallies: Tallies | None = None,
    ) -> None:  # fmt: skip
        """Look through connections that *connect* opens; *tallies* only where all that is seen was committed."""
        self._connect, self.as_of, self._tallies = connect, as_of, tallies

    def get(self, record: str, id_: str) -> dict[str, Any] | None:
        """Return a record's document with its ``id`` and ``seq`` (the event that last changed it), or None."""
        with self._connect() as connection:
            if self.as_of is not None:
                return self._folded(connection, record, id_)
            row = run(connection, "SELECT body, seq FROM docs WHERE record = ? AND id = ?", (record, id_)).fetchone()
            return {**load(row[0]), "id": id_, "seq": row[1]} if row else None

    def need(self, record: str, id_: str) -> dict[str, Any]:
        """Return a record's document.

        Raises:
            UnknownRecord: there is none.
        """
        found = self.get(record, id_)
        if found is None:
            known = [row["id"] for row in self.page(record, limit=MOST).rows]
            raise UnknownRecord.of(find_record(record).title.lower(), id_, known)
        return found

    def _folded(self, connection: Connection, record: str, id_: str) -> dict[str, Any] | None:
        doc: dict[str, Any] = {}
        seq = 0
        for event in self._events(connection, subject=f"{record}/{id_}"):
            if "set" in event.payload:
                doc, seq = merged(doc, event.changes), event.seq
        return {**doc, "id": id_, "seq": seq} if seq else None

    def find(self, record: str, **equal: Any) -> list[dict[str, Any]]:
        """Return the documents of all records whose facets equal these, oldest first."""
        if self.as_of is None and all(type(value) in PLAIN for value in equal.values()):
            return self._standing(record, equal)
        source = self._source(record)
        query = _columns(source, "id").where(*_where(record, source, equal))
        with self._connect() as connection:
            ids = [row.id for row in connection.execute(query)]
            found = self._folded_all if self.as_of is not None else _stored
            pairs = [pair for i in range(0, len(ids), MOST) for pair in found(connection, record, ids[i : i + MOST])]
        return [doc for _, doc in sorted(pairs, key=operator.itemgetter(0))]

    def _standing(self, record: str, equal: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Find by equal facets in one prepared statement: the way rules look, inside every act."""
        known = {"id", "since", "state", *find_record(record).facets}
        if not set(equal) <= known:
            _facet(record, self._source(record), next(name for name in equal if name not in known))
        where = "".join(f' AND f."{name}" = ?' for name in equal)
        # The lists come first, whatever the planner thinks: a few of many are asked for.
        lists = f'"{NOW}_{record}" f CROSS JOIN docs d' if equal else "docs d"
        also = f" AND d.id = f.id{where}" if equal else ""
        statement = f"SELECT d.id, d.seq, d.body FROM {lists} WHERE d.record = ?{also} ORDER BY d.n"  # noqa: S608 - known names
        with self._connect() as connection:
            rows = run(connection, statement, (record, *equal.values())).fetchall()
        return [{**load(body), "id": id_, "seq": seq} for id_, seq, body in rows]

    def _folded_all(self, connection: Connection, record: str, ids: Sequence[str]) -> list[Placed]:
        """Return documents as they stood, each with the place of its first event, from one pass over their events."""
        events, found, first = tables.events(), dict[str, dict[str, Any]](), dict[str, int]()
        query = select(events.c.seq, events.c.subject, events.c.body).order_by(events.c.seq)
        query = query.where(events.c.subject.in_([f"{record}/{id_}" for id_ in ids]), events.c.seq <= self.as_of)
        for seq, subject, body in connection.execute(query):
            changes = load(body).get("set")
            if changes is not None:
                id_ = subject.partition("/")[2]
                first.setdefault(id_, seq)
                found[id_] = {**merged(found.get(id_, {}), changes), "id": id_, "seq": seq}
        return [(first[id_], doc) for id_, doc in found.items()]

    def past(self, record: str, id_: str) -> Sequence[Done]:
        """Return everything that was done to a record, oldest first."""
        edge = self.as_of if self.as_of is not None else LAST
        with self._connect() as connection:
            rows = run(connection, PAST, (f"{record}/{id_}", edge)).fetchall()
        return [Done(seq, at, actor, act, load(body).get("set", {})) for seq, at, actor, act, body in rows]

    def page(
        self, record: str, where: Mapping[str, Any] | None = None, *, order: str = "id", descending: bool = False,
        limit: int = 50, after: str = "",
    ) -> Page:  # fmt: skip
        """Return one page of a list of facets.

        ``where`` maps a facet, or ``facet__operator`` with eq, ne, lt, le, gt, ge, in, like, begins or empty, to a value.
        ``after`` is the cursor of the page before.

        Raises:
            SpecError: a facet, an operator or a cursor is not known.
        """
        source, most, stated = self._source(record), min(limit, MOST), dict(where or {})
        _facet(record, source, order)
        part = _Part(record, order, descending, most + 1, _cursor(after) if after else None)
        states = stated.get("state__in", ())
        if self.as_of is None and order in find_record(record).days and 1 < len(states) <= MOST_STATES:
            # One index keeps the days of each state in order, so that each state gives its first rows at once.
            del stated["state__in"]
            arms = [select(part.of(source, {**stated, "state": s}).subquery()) for s in dict.fromkeys(states)]
            source = union_all(*arms).subquery()
            stated = {}
        query = part.of(source, stated)
        with self._connect() as connection:
            rows = [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name
        more = len(rows) > most
        rows = rows[:most]
        return Page(tuple(rows), _as_cursor(rows[-1][order], rows[-1]["id"]) if more else "")

    def count(self, record: str, by: Sequence[str] = (), where: Mapping[str, Any] | None = None) -> dict[Any, int]:
        """Return how many records there are for each value (or tuple of values) of the facets in *by*.

        Without *by*, the mapping has the one key ``()``.
        """
        for name in by:
            _facet(record, tables.facets(record, NOW), name)
        stated = dict(where or {})
        with self._connect() as connection:
            if self._tallies is None:
                return _counted(connection, record, by, stated, self._source(record))
            newest = _newest(connection, record)
            place = newest if self.as_of is None else min(newest, self.as_of)
            now = tables.facets(record, NOW)
            return self._tallies.get(
                asked(record, by, stated), place,
                lambda: _counted(connection, record, by, stated, now if place == newest else self._source(record)),
                (lambda start: _moved(connection, record, by, stated, start)) if place == newest else None,
            )  # fmt: skip

    def unknown(self, record: str, facet: str) -> list[str]:
        """Return the ids that a facet named as a kind of record (``model``) holds, and that no such record has."""
        source, listed = self._source(record), self._source(facet)
        column = _facet(record, source, facet)
        missing = ~select(listed.c.id).where(listed.c.id == column).exists()
        query = select(column, func.count()).where(column != "", missing).group_by(column)  # noqa: PLC1901 - SQL, not Python
        with self._connect() as connection:
            if self._tallies is None:
                return sorted(row[0] for row in connection.execute(query))
            newest = max(_newest(connection, record), _newest(connection, facet))
            place = newest if self.as_of is None else min(newest, self.as_of)
            key = (record, ("no", facet), "")
            found = self._tallies.get(key, place, lambda: {row[0]: row[1] for row in connection.execute(query)})
        return sorted(found)

    def events(
        self, *, subject: str = "", kind: str = "", actor: str = "", after: int = 0, before: int = 0, limit: int = 100,
        newest_first: bool = False,
    ) -> list[Event]:  # fmt: skip
        """Return events by subject (``finding/F-1``), kind or actor, from one place to another."""
        with self._connect() as connection:
            return self._events(connection, subject=subject, kind=kind, actor=actor, after=after, before=before,
                                limit=limit, newest_first=newest_first)  # fmt: skip

    def _events(
        self, connection: Connection, *, subject: str = "", kind: str = "", actor: str = "", after: int = 0,
        before: int = 0, limit: int = 0, newest_first: bool = False,
    ) -> list[Event]:  # fmt: skip
        events = tables.events()
        query = select(events)
        for column, value in ((events.c.subject, subject), (events.c.kind, kind), (events.c.actor, actor)):
            query = query.where(column == value) if value else query
        query = query.where(events.c.seq > after) if after else query
        query = query.where(events.c.seq < before) if before else query
        query = query.where(events.c.seq <= self.as_of) if self.as_of is not None else query
        query = query.order_by(events.c.seq.desc() if newest_first else events.c.seq)
        query = query.limit(min(limit, MOST)) if limit else query
        return [event_of(row) for row in connection.execute(query)]

    def _source(self, record: str) -> FromClause:
        """Return the facets as they stand, or as they stood: those still standing and those replaced since."""
        names = ("state", *find_record(record).facets)
        now, was = tables.facets(record, NOW), tables.facets(record, WAS)
        if self.as_of is None:
            return now
        standing = select(*(now.c[n] for n in ("id", "since", *names))).where(now.c.since <= self.as_of)
        replaced = select(*(was.c[n] for n in ("id", "since", *names))).where(
            was.c.since <= self.as_of, was.c.until > self.as_of
        )
        return union_all(standing, replaced).subquery()


@dataclass(frozen=True, slots=True)
class _Part:
    """Which part of a list is wanted: in which order, from where on, how many rows."""

    record: str
    order: str
    descending: bool
    limit: int
    edge: list[Any] | None

    def of(self, source: FromClause, where: Mapping[str, Any]) -> Select[Any]:
        """Return the query of that part of *source*."""
        ends = [source.c[self.order], source.c.id][self.order == "id" :]
        query = _columns(source).where(*_where(self.record, source, where))
        if self.edge is not None:
            query = query.where(self._beyond(ends, self.edge[-len(ends) :]))
        # What is not stated counts as least, on every database.
        sorted_ = (end.desc().nulls_last() if self.descending else end.asc().nulls_first() for end in ends)
        return query.order_by(*sorted_).limit(self.limit)

    def _beyond(self, ends: Sequence[ColumnElement[Any]], edge: Sequence[Any]) -> ColumnElement[bool]:
        """Return what comes after an edge in this order."""
        first, last = ends[0], ends[-1]
        if edge[0] is not None:
            onward = tuple_(*ends) < tuple_(*edge) if self.descending else tuple_(*ends) > tuple_(*edge)
            return or_(onward, first.is_(None)) if self.descending and first is not last else onward
        if self.descending:
            return and_(first.is_(None), last < edge[1])
        return or_(and_(first.is_(None), last > edge[1]), first.is_not(None))


def _stored(connection: Connection, record: str, ids: Sequence[str]) -> list[Placed]:
    docs = tables.docs()
    query = docs.select().where(docs.c.record == record, docs.c.id.in_(ids))
    return [(row.n, {**load(row.body), "id": row.id, "seq": row.seq}) for row in connection.execute(query)]


def _counted(
    connection: Connection, record: str, by: Sequence[str], where: Mapping[str, Any], source: FromClause,
    *more: ColumnElement[bool],
) -> Counts:  # fmt: skip
    columns = [source.c[name] for name in by]
    query = select(*columns, func.count().label("n")).select_from(source).where(*_where(record, source, where), *more)
    rows = connection.execute(query.group_by(*columns) if columns else query).all()
    return {(row[0] if len(by) == 1 else tuple(row[:-1])): row[-1] for row in rows}


def _newest(connection: Connection, record: str) -> int:
    """Return the place of the last change to the lists of a kind."""
    return int(value(connection, f'SELECT max(since) FROM "{NOW}_{record}"') or 0)  # noqa: S608 - a record's name


def _moved(connection: Connection, record: str, by: Sequence[str], where: Mapping[str, Any], start: int) -> Counts:
    """Return what became of counts since a place: the rows that came, less those that stood there and went."""
    now, was = tables.facets(record, NOW), tables.facets(record, WAS)
    came = _counted(connection, record, by, where, now, now.c.since > start)
    went = _counted(connection, record, by, where, was, was.c.until > start, was.c.since <= start)
    return added(came, {group: -n for group, n in went.items()})


def _columns(source: FromClause, *names: str) -> Select[Any]:
    return select(*(source.c[name] for name in names)) if names else select(source)


def _facet(record: str, source: FromClause, name: str) -> ColumnElement[Any]:
    known = ("id", "since", "state", *find_record(record).facets)
    if name not in known:
        raise SpecError(
            f"{find_record(record).plural.capitalize()} have no facet {name!r}. {near(name, known, ', '.join(known))}"
        )
    return source.c[name]


def _where(record: str, source: FromClause, where: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [_condition(record, source, key, value) for key, value in where.items()]


def _condition(record: str, source: FromClause, key: str, value: Any) -> ColumnElement[bool]:
    name, _, comparison = key.partition("__")
    column: ColumnElement[Any] = _facet(record, source, name)
    if (comparison or "eq") not in OPERATORS:
        raise SpecError(f"{comparison!r} is no comparison. Use one of {', '.join(OPERATORS)}.")
    return OPERATORS[comparison or "eq"](column, value)


def _empty(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    blank = or_(column.is_(None), column == "") if str(column.type) == "TEXT" else column.is_(None)
    return blank if value else not_(blank)


def _begins(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    """Return whether a text begins with another, letter by letter; the range lets an index find it."""
    text = str(value)
    return and_(column >= text, column <= f"{text}\U0010ffff", column.startswith(text, autoescape=True))


OPERATORS: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "in": lambda column, value: column.in_(list(value)),
    "like": lambda column, value: column.icontains(str(value), autoescape=True),
    "begins": _begins, "empty": _empty,
}  # fmt: skip


def _as_cursor(value: Any, id_: str) -> str:
    return json.dumps([value, id_], separators=(",", ":"))


def _cursor(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or len(found) != 2 or not isinstance(found[1], str):  # noqa: PLR2004 - value and id
        raise SpecError("The cursor of the next page is not one of ours; start from the first page.")
    return found
