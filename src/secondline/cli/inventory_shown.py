"""Inventory, shown: lists, entries, imports and comparisons on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from secondline.cli.screen import console, grid, print_json
from secondline.workflow.inventory.cells import shown

if TYPE_CHECKING:
    from secondline.workflow.inventory.bringing import Draft, Line
    from secondline.workflow.inventory.reconcile import Reconciliation
    from secondline.workflow.inventory.whole import Whole
    from secondline.workflow.sheets import Inspection

TONES = {"created": "green", "changed": "yellow", "unchanged": "dim", "rejected": "bold red"}
SHOWN = 30
QUIET = {"id", "seq", "state", "name", "components", "indicators", "euc", "retirement"}
REGISTERS = {
    "version": ("state", "digest", "developers", "description"),
    "use": ("state", "name", "automation", "decisions_per_year", "actual"),
    "limitation": ("state", "statement", "watched_by"),
    "assumption": ("state", "statement", "watched_by"),
    "overlay": ("state", "limitation", "size", "unit", "expires", "renewals"),
    "exemption": ("state", "reason", "recheck"),
    "waiver": ("state", "control", "expires", "level", "compensating"),
    "monitoring": ("state", "status", "next_check", "owner"),
    "scope": ("regime", "verdict", "reason"),
    "rating": ("state", "line", "tier", "purpose"),
    "change": ("state", "class_", "version", "description"),
    "validation": ("state", "kind", "due", "lead", "opinion"),
    "finding": ("state", "severity", "due", "owner", "statement"),
    "approval": ("state", "version", "level", "expires"),
    "evidence": ("state", "kind", "on", "valid_until", "title"),
    "attestation": ("owner", "on", "statement"),
    "run": ("version", "finished_at", "failed", "grade"),
}


def _text(value: Any, most: int = 60) -> str:
    text = str(shown(value)).replace("\n", " ")
    return escape(text if len(text) <= most else f"{text[: most - 1]}…")


def _tier(tier: Any) -> str:
    return str(tier) if tier else "-"


def models_table(rows: Sequence[Mapping[str, Any]], total: int) -> None:
    """Print a list of models."""
    table = grid("model", "*name", "kind", "tier", "state", "owner", "in use", "next validation")
    for row in rows:
        cells = (
            row["kind"],
            _tier(row["tier"]),
            row["state"],
            row["owner"],
            row["version_in_use"],
            row["next_validation"],
        )
        table.add_row(escape(row["id"]), _text(row["name"], 40), *(escape(str(c or "")) for c in cells))
    out = console()
    out.print(table if rows else "No model on record meets that.")
    out.print(f"[dim]{len(rows):,} of {total:,} models[/]")


def entry_shown(found: Whole) -> None:
    """Print a whole entry."""
    out, model = console(), found.model
    out.print(
        f"[bold]{escape(model['id'])}[/]  {escape(model['name'])}   {model['state']}   tier {_tier(model.get('tier'))}"
    )
    facts = grid("field", "*value")
    for name, value in model.items():
        if name not in QUIET and value not in ("", [], None):
            facts.add_row(escape(name.replace("_", " ")), _text(value, 300))
    for group in ("components", "euc", "retirement"):
        for name, value in (model.get(group) or {}).items():
            facts.add_row(escape(f"{group}: {name.replace('_', ' ')}"), _text(value, 300))
    for one in model.get("indicators", ()):
        facts.add_row(escape(one["name"]), f"{one['value']} ({one.get('status', 'green')}, {one['as_of']})")
    out.print(facts)
    for record, fields in REGISTERS.items():
        docs = found.of(record)
        if docs:
            _register(record, fields, docs)
    _links(found)


def _register(record: str, fields: Sequence[str], docs: Sequence[Mapping[str, Any]]) -> None:
    from secondline.govern.record import RECORDS

    shape = RECORDS[record].shape.model_fields
    defaults = {name: field.default for name, field in shape.items() if not field.is_required()}
    table = grid(RECORDS[record].title.lower(), *(_head(f) for f in fields))
    for doc in docs[-SHOWN:]:
        cells = (_short(doc.get(f, defaults.get(f)), f) for f in fields)
        table.add_row(escape(doc["id"]), *cells)
    console().print()
    console().print(table)
    if len(docs) > SHOWN:
        console().print(f"[dim]the last {SHOWN} of {len(docs)}[/]")


def _head(field: str) -> str:
    wide = {"statement", "description", "reason", "compensating", "title", "actual", "purpose"}
    return f"{'*' if field in wide else ''}{field.strip('_').replace('_', ' ')}"


def _short(value: Any, field: str) -> str:
    return _text(value, 12 if field == "digest" else 80)


def _links(found: Whole) -> None:
    rows = [(link["frm"], "gives to it", link) for link in found.links_in]
    rows += [(link["to"], "depends on it", link) for link in found.links_out]
    rows += [(f"model/{v['id']}", "variant of it", {"id": "", "kind": ""}) for v in found.variants]
    if not rows:
        return
    table = grid("dependency", "*what", "how", "kind")
    for end, how, link in rows[:SHOWN]:
        table.add_row(link["id"], escape(end), how, link.get("kind", ""))
    console().print()
    console().print(table)


def fields_table(table: str) -> None:
    """Print the fields of a table."""
    from secondline.workflow.inventory.columns import columns, table_of

    form = table_of(table).form
    listed = grid("field", "*what it holds")
    for column in columns(table):
        field: Any = form.model_fields[column.way[0]]
        for part in column.way[1:]:
            field = field.annotation.model_fields[part]
        listed.add_row(column.head, escape(field.description or ""))
    console().print(listed)


def draft_shown(plan: Draft, *, applied: bool, as_json: bool) -> None:
    """Print what an import would do, or did."""
    counts = {verb: plan.count(verb) for verb in ("created", "changed", "unchanged", "rejected")}
    if as_json:
        print_json({"applied": applied, **counts, "rows": [_line(x) for x in plan.lines], "notes": _notes(plan)})
        return
    out = console()
    table = grid("verb", "*where", "*record", "*what")
    telling = [line for line in plan.lines if line.verb != "unchanged"]
    for line in sorted(telling, key=lambda x: x.verb != "rejected")[:SHOWN]:
        name = f"{line.entry.table} {line.id or line.entry.form.get('name', '')}".strip()
        table.add_row(f"[{TONES[line.verb]}]{line.verb}[/]", escape(line.entry.where), escape(name), _what(line))
    if telling:
        out.print(table)
    if len(telling) > SHOWN:
        out.print(f"[dim]and {len(telling) - SHOWN:,} more; --json prints all[/]")
    for note in _notes(plan):
        out.print(f"[dim]note[/] {escape(note)}")
    out.print(", ".join(f"{n:,} {verb}" for verb, n in counts.items()))
    if counts["rejected"]:
        out.print("[bold red]Nothing was written.[/] Mend the rejected rows and import the file again.")
    elif not counts["created"] + counts["changed"]:
        out.print("The inventory holds all of it already.")
    elif applied:
        out.print("[green]Written[/], all of it in one piece.")
    else:
        out.print("Nothing was written. Add --apply to do it.")


def _what(line: Line) -> str:
    if line.verb == "rejected":
        return escape(line.why)
    if line.verb == "created":
        return _text("; ".join(f"{k} {shown(v)}" for k, (_, v) in line.changes.items() if k != "model"), 100)
    return "; ".join(
        f"{escape(k)}: {_text(old, 30) or 'nothing'} → {_text(new, 30)}" for k, (old, new) in line.changes.items()
    )


def _line(line: Line) -> dict[str, Any]:
    changes = {k: {"from": old, "to": new} for k, (old, new) in line.changes.items()}
    return {"where": line.entry.where, "table": line.entry.table, "id": line.id, "verb": line.verb, "changes": changes,
            "why": line.why}  # fmt: skip


def _notes(plan: Draft) -> list[str]:
    notes = list(plan.heard.notes)
    for name, columns in plan.heard.columns.items():
        guessed = [f"{head!r} as {field}" for head, field in columns.heads.items() if head != field]
        notes += [f"{name}: read {', '.join(guessed)}"] if guessed else []
        notes += (
            [f"{name}: left aside {_listed(columns.unknown)}: no field of ours. Use --map"] if columns.unknown else []
        )
        notes += [f"{name}: left aside {_listed(columns.read_only)}: only acts set them"] if columns.read_only else []
    return notes


def _listed(words: Iterable[str]) -> str:
    return ", ".join(repr(w) for w in words)


def reconciliation_shown(result: Reconciliation, *, as_json: bool) -> None:
    """Print how world and inventory differ."""
    from secondline.workflow.inventory.reconcile import ALARMS

    if as_json:
        print_json(result.as_dict())
        return
    out = console()
    table = grid("difference", "*found as", "model", "*what")
    order = sorted(result.differences, key=lambda d: (d.kind not in ALARMS, d.kind, d.name))
    for one in order:
        tone = "bold red" if one.kind in ALARMS else "yellow"
        table.add_row(f"[{tone}]{one.kind}[/]", escape(one.name), escape(one.model or "-"), escape(one.what))
    if order:
        out.print(table)
    unknown = len(result.of("unknown"))
    out.print(
        f"{result.found:,} found, {result.known:,} known, {unknown:,} unknown, {len(order):,} differences in all."
    )


def inspection_shown(name: str, found: Inspection, *, as_json: bool) -> None:
    """Print what a workbook holds."""
    if as_json:
        print_json(asdict(found))
        return
    out = console()
    macros = "macros" if found.macros else "no macros"
    out.print(f"[bold]{escape(name)}[/]: {found.complexity} complexity")
    out.print(
        f"{found.formulas:,} formulas, {found.links} links to other files, {macros}, "
        f"{found.hidden_sheets} hidden sheets, {found.errors} cells in error"
    )
    for note in found.notes:
        out.print(f"  {escape(note)}")
