"""Bringing in: what a file would create and change, row by row with reasons, and all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from secondline.core.errors import SpecError
from secondline.ledger.rehearsal import rehearse
from secondline.ledger.writing import Order
from secondline.workflow.inventory.columns import TABLES, Table, at, columns, table_of
from secondline.workflow.inventory.entries import Entry, Heard

if TYPE_CHECKING:
    from secondline.ledger.records import Records
    from secondline.ledger.store import Ledger

VIA = "import"
Verb = Literal["created", "changed", "unchanged", "rejected"]


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one entry: the verb, what changes from what to what, or why not."""

    entry: Entry
    verb: Verb
    id: str
    changes: Mapping[str, tuple[Any, Any]]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an import would do."""

    lines: tuple[Line, ...]
    heard: Heard

    def count(self, verb: Verb) -> int:
        """Return how many entries meet this fate."""
        return sum(line.verb == verb for line in self.lines)


def draft(ledger: Ledger, heard: Heard, actor: str) -> Draft:
    """Say what an import would do; nothing is written. Each row is held against the law itself, in a rehearsal."""
    lines = _compared(ledger.records, _in_order(heard.entries))
    going = [n for n, line in enumerate(lines) if line.verb in {"created", "changed"}]
    said = rehearse(ledger, [_order(lines[n], actor, "rehearsal") for n in going])
    for n, why in zip(going, said, strict=True):
        if why:
            lines[n] = replace(lines[n], verb="rejected", why=why)
    return Draft(tuple(lines), heard)


def apply(ledger: Ledger, plan: Draft, actor: str, reason: str = "") -> Draft:
    """Do what a draft says: every row of it or none.

    Raises:
        SpecError: a row is rejected; nothing was written.
        Refused: the actor may not.
    """
    bad = [line for line in plan.lines if line.verb == "rejected"]
    if bad:
        raise SpecError(
            f"{len(bad)} of {len(plan.lines)} rows are rejected, so nothing was written. "
            f"First: {bad[0].entry.where}: {bad[0].why}. Mend the file and import it again."
        )
    going = [line for line in plan.lines if line.verb in {"created", "changed"}]
    done = iter(ledger.acts([_order(line, actor, reason) for line in going]) if going else [])
    made = [replace(line, id=next(done).id) if line.verb in {"created", "changed"} else line for line in plan.lines]
    return replace(plan, lines=tuple(made))


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Return entries so that what others name comes first: by table, and parents before variants."""
    order = list(TABLES)
    parents = {e.id: str(e.form.get("variant_of", "")) for e in entries if e.table == "models"}

    def depth(id_: str, seen: frozenset[str] = frozenset()) -> int:
        parent = parents.get(id_, "")
        return 0 if not parent or parent in seen else 1 + depth(parent, seen | {id_})

    return sorted(entries, key=lambda e: (order.index(e.table), depth(e.id) if e.table == "models" else 0))


def _compared(records: Records, entries: Sequence[Entry]) -> list[Line]:
    seen: dict[tuple[str, ...], str] = {}
    known = {name: _Known(records, table_of(name)) for name in {e.table for e in entries}}
    lines = []
    for one in entries:
        key = (one.table, *known[one.table].key(one))
        twice = f"it says again what {seen[key]} says" if key in seen else ""
        wrong = "; ".join(filter(None, (*one.wrong, twice)))
        seen.setdefault(key, one.where)
        lines.append(Line(one, "rejected", one.id, {}, wrong) if wrong else known[one.table].line(one))
    return lines


class _Known:
    """The records of one table as they stand, found by id or by what makes them one of a kind."""

    def __init__(self, records: Records, table: Table) -> None:
        self.records, self.table = records, table
        keyed = table.key and table.record != "version"
        # Ended dependencies and uses do not stand in the way of new ones.
        standing = [d for d in records.find(table.record) if d.get("state") != "ended"] if keyed else []
        self.by_key = {tuple(str(d.get(k, "")) for k in table.key): d for d in standing}

    def key(self, one: Entry) -> tuple[str, ...]:
        if not self.table.key or self.table.record == "version":
            return (one.id,)
        return tuple(str(one.form.get(k, _default(self.table, k))) for k in self.table.key)

    def line(self, one: Entry) -> Line:
        keyed = self.table.key and self.table.record != "version"
        doc = self.by_key.get(self.key(one)) if keyed else self.records.get(self.table.record, one.id)
        if doc is None:
            # Numbered records get their number when they are written.
            return Line(one, "created", "" if keyed else one.id, {c: (None, v) for c, v in one.form.items()})
        changes = _changes(self.table, doc, one.form)
        return Line(one, "changed" if changes else "unchanged", doc["id"], changes)


def _default(table: Table, name: str) -> Any:
    return next((c.default for c in columns(table.name) if c.way == (name,)), "") or ""


def _changes(table: Table, doc: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    found = {}
    for column in columns(table.name):
        new = at(form, column.way)
        old = at(doc, column.way)
        old = column.default if old is None else old
        new = old if new is None else new
        if column.head == "aliases":
            new = [*(old or ()), *(a for a in new or () if a not in (old or ()))]
        if isinstance(new, Mapping):
            new = {**(old or {}), **new}
        if _plain(new) != _plain(old):
            found[column.head] = (old, new)
    return found


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _order(line: Line, actor: str, reason: str) -> Order:
    table = table_of(line.entry.table)
    if line.verb == "created":
        return Order(table.create, actor, line.id, line.entry.form, reason, VIA)
    form: dict[str, Any] = {}
    for head, (_, new) in line.changes.items():
        under = form
        *way, last = head.split(".")
        for part in way:
            under = under.setdefault(part, {})
        under[last] = new
    return Order(table.change, actor, line.id, form, reason, VIA)
