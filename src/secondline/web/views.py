"""Views: what a page answers with: a template with its values, and a table that is also a CSV and a JSON file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from secondline.govern.record import find_record

if TYPE_CHECKING:
    from secondline.web.seen import Seen

PAGE, EXPORT, MOST_ROWS = 50, 1_000, 100_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
OPTIONS = 60
NAMES = {
    "family": "Field of risk", "class_": "Class", "code": "Check", "opinion": "Grade", "tier_first": "Tier, first line",
    "tier_second": "Tier, validator", "inherent": "Inherent risk", "next_validation": "Next validation due",
    "next_rating": "Next rating due", "at": "When", "actor": "Who", "seq": "Event",
}  # fmt: skip
SHORT = {"id", "eu", "icfr", "pd", "sla", "psi", "url", "sha", "aml", "csv", "fria"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    ``kind`` says how a cell is shown: text, number, date, state, tier, severity, person, flag, record (a link to the
    record of kind ``record``, or of the row's own kind by its ``id``) or html (trusted markup, never exported).
    """

    name: str
    label: str = ""
    kind: str = "text"
    record: str = ""
    sortable: bool = True

    @property
    def title(self) -> str:
        """What the head says."""
        return self.label or words(self.name)


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow a list, by a parameter in the address: a choice when it has options, else a search."""

    name: str
    label: str = ""
    options: tuple[tuple[str, str], ...] = ()
    kind: str = "text"

    @property
    def title(self) -> str:
        """What the field is called."""
        return self.label or words(self.name)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the columns to show; ``next`` is the cursor of the next page, ``order`` what they are sorted by."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]
    next: str = ""
    order: str = ""
    descending: bool = False
    filters: tuple[Filter, ...] = ()
    empty: str = "Nothing here."
    total: int | None = None

    def values(self) -> list[dict[str, Any]]:
        """Return the rows as plain values, one per column."""
        shown = [c for c in self.columns if c.kind != "html"]
        return [{c.name: row.get(c.name) for c in shown} for row in self.rows]


@dataclass(frozen=True, slots=True)
class File:
    """A whole file as an answer, shut in by a policy of its own; with a name it is saved, without one it is shown."""

    content: bytes
    media: str
    policy: str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"
    name: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What a page answers: ``table`` is what its CSV and JSON siblings hold, ``data`` what the JSON holds instead.

    With a ``file`` the page is that file and nothing else.
    """

    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    table: Table | None = None
    data: Any = None
    status: int = 200
    file: File | None = None


def words(name: str) -> str:
    """Return a field's name as people read it."""
    if name in NAMES:
        return NAMES[name]
    text = " ".join(w.upper() if w in SHORT else w for w in name.rstrip("_").replace("-", "_").split("_"))
    return text[:1].upper() + text[1:]


def listed(
    seen: Seen, record: str, columns: Sequence[Column], *, where: Mapping[str, Any] | None = None, order: str = "id",
    descending: bool = False, title: str = "", filters: Sequence[str | Filter] = (), empty: str = "Nothing here.",
) -> Table:  # fmt: skip
    """Return a list of records, sorted, narrowed and paged by the address: on the server, so that it stays quick.

    ``filters`` name facets: a facet of few values becomes a choice, a longer one a search. Exports hold every row.
    """
    kind = find_record(record)
    sortable = {"id", "state", *kind.facets}
    order = seen.choice("order", sortable, order)
    down = seen.choice("dir", ("asc", "desc"), "desc" if descending else "asc") == "desc"
    made = tuple(f if isinstance(f, Filter) else facet_filter(seen, record, f) for f in filters)
    conditions = {**(where or {}), **_asked(seen, record, made)}
    rows, cursor = _rows(seen, record, conditions, order, descending=down)
    shown = tuple(replace(c, sortable=c.sortable and c.name in sortable) for c in columns)
    # What fits on one page is counted as shown, so that both are of one moment.
    whole = not cursor and not seen.text("after", longest=2_000)
    count = len(rows) if whole else seen.look.count(record, (), conditions).get((), 0)
    return Table(title or kind.plural.capitalize(), shown, rows, cursor, order, down, made, empty, count)


def _rows(
    seen: Seen, record: str, where: Mapping[str, Any], order: str, *, descending: bool
) -> tuple[list[dict[str, Any]], str]:
    limit = PAGE if seen.format == "html" else EXPORT
    page = seen.look.page(
        record, where, order=order, descending=descending, limit=limit, after=seen.text("after", longest=2_000)
    )
    rows = list(page.rows)
    while page.after and seen.format == "csv" and len(rows) < MOST_ROWS:
        page = seen.look.page(record, where, order=order, descending=descending, limit=limit, after=page.after)
        rows += page.rows
    return rows, page.after


def facet_filter(seen: Seen, record: str, facet: str) -> Filter:
    """Return a filter by a facet: a choice among the values there are, or a search when they are many.

    How many records have each is told of the present; the past is offered the values of today.
    """
    kind = find_record(record)
    if facet != "state" and kind.kind(facet) is bool:
        return Filter(facet, "", (("yes", "Yes"), ("no", "No")), "bool")
    values = seen.look.values(record, facet, OPTIONS + 2)
    if len(values) > OPTIONS + 1:
        return Filter(facet)
    values = [v for v in values if v != ""]
    if seen.as_of:
        return Filter(facet, "", tuple((str(v), str(v)) for v in sorted(values, key=str)), "choice")
    found = seen.look.count(record, (facet,))
    values = sorted((v for v in found if v not in (None, "")), key=str)
    return Filter(facet, "", tuple((str(v), f"{v} ({found[v]:,})") for v in values), "choice")


def _asked(seen: Seen, record: str, filters: Sequence[Filter]) -> dict[str, Any]:
    kind, where = find_record(record), dict[str, Any]()
    for one in filters:
        value = seen.text(one.name)
        if not value or one.name not in {"state", *kind.facets}:
            continue
        if one.kind == "bool":
            where[one.name] = value == "yes"
        elif one.name != "state" and kind.kind(one.name) in {int, float}:
            where[one.name] = seen.number(one.name, low=-1_000_000)
        else:
            where[one.name if one.options else f"{one.name}__like"] = value
    return where


def as_csv(table: Table) -> str:
    """Return a table as CSV; a cell that a spreadsheet would take for a formula is defused by an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    shown = [c for c in table.columns if c.kind != "html"]
    writer.writerow([_cell(c.name) for c in shown])
    writer.writerows([_cell(v) for v in row.values()] for row in table.values())
    return out.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_json(view: View) -> str:
    """Return what a page shows as JSON."""
    found: Any = view.data
    if found is None and view.table is not None:
        found = {"title": view.table.title, "rows": view.table.values(), "next": view.table.next}
    return json.dumps(found, ensure_ascii=False, indent=2, default=str)
