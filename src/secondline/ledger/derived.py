"""Derived: whether documents, lists and their past are what the law makes of the events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from secondline.govern.record import RECORDS
from secondline.ledger.projection import Standing, facet_names
from secondline.ledger.proof.seals import Problem
from secondline.ledger.proof.source import Tables
from secondline.ledger.proof.things import grouped
from secondline.ledger.tables import NOW, WAS

Rows = list[tuple[Any, ...]]


def check_derived(source: Tables) -> Iterator[Problem]:
    """Yield every document, list entry and past list entry that is not what the events add up to, by the law."""
    places: dict[str, list[tuple[int, int, str]]] = {}
    for subject, steps in grouped(source.by_subject()):
        record, _, id_ = subject.partition("/")
        standing, replaced = Standing(0), list[tuple[Any, ...]]()
        for seq, changes in steps:
            old = standing.fold(record, seq, changes)
            replaced += [old] if old else []
        stored = source.run("SELECT n, seq, body FROM docs WHERE record = ? AND id = ?", (record, id_))
        yield from _document(subject, standing, stored)
        if stored:
            places.setdefault(record, []).append((steps[0][0], stored[0][0], subject))
        if record in RECORDS:
            yield from _lists(source, subject, standing, replaced)
    for found in places.values():
        for n, (_, stored_n, subject) in enumerate(sorted(found), 1):
            if n != stored_n:
                yield Problem("altered", f"document {subject}", f"it is number {n} of its kind, not {stored_n}")
    yield from _strays(source, {record: len(found) for record, found in places.items()})


def _document(subject: str, standing: Standing, stored: Rows) -> Iterator[Problem]:
    if not stored:
        yield Problem("missing", f"document {subject}", "it is not stored")
    elif stored[0][1] != standing.seq or _loaded(stored[0][2]) != standing.doc:
        yield Problem("altered", f"document {subject}", f"it is not what its events to {standing.seq} add up to")


def _loaded(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _lists(source: Tables, subject: str, standing: Standing, replaced: Rows) -> Iterator[Problem]:
    record, _, id_ = subject.partition("/")
    names = facet_names(record)
    columns = ", ".join(f'"{name}"' for name in names)
    now = source.run(f'SELECT since, {columns} FROM "{NOW}_{record}" WHERE id = ?', (id_,))  # noqa: S608 - a record's own names
    expected = (standing.since, *standing.row.values())
    if [tuple(row) for row in now] != [expected]:
        wrong = (
            [n for n, a, b in zip(("since", *names), now[0], expected, strict=True) if a != b] if now else ["missing"]
        )
        yield Problem("altered", f"list entry {subject}", f"not what its events add up to: {', '.join(wrong)}")
    past = f'SELECT since, until, {columns} FROM "{WAS}_{record}" WHERE id = ? ORDER BY since'  # noqa: S608 - a record's own names
    if [tuple(row) for row in source.run(past, (id_,))] != replaced:
        yield Problem("altered", f"past of list entry {subject}", "not what its events add up to")


def _strays(source: Tables, counted: dict[str, int]) -> Iterator[Problem]:
    for subject in source.strays(counted):
        yield Problem("added", f"document {subject}", "no event made it")
    for record in RECORDS:
        for table in (NOW, WAS):
            made = f"SELECT 1 FROM events e WHERE e.subject = '{record}/' || f.id"  # noqa: S608 - a record's own name
            query = f'SELECT DISTINCT f.id FROM "{table}_{record}" f WHERE NOT EXISTS ({made})'  # noqa: S608 - the same
            for (id_,) in source.run(query, ()):
                yield Problem("added", f"list entry {record}/{id_}", "no event made it")
