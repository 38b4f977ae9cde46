"""The calendar command: what is due, when, by which rule."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from secondline.cli.acting import RUNS
from secondline.cli.exits import told
from secondline.cli.screen import console, grid, print_json


def calendar(
    store: Annotated[
        Path, typer.Option("--store", help="The folder of the records.", envvar="SECONDLINE_STORE")
    ] = RUNS,
    until: Annotated[str, typer.Option("--until", help="Show what is due until this day; today when left out.")] = "",
    today: Annotated[str, typer.Option("--today", help="Count from this day instead of today.")] = "",
    model: Annotated[str, typer.Option("--model", help="Of one model only.")] = "",
    what: Annotated[list[str] | None, typer.Option("--what", help="Of one kind only; repeat it.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many lines at most.")] = 100,
    count: Annotated[bool, typer.Option("--count", help="Count only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show what is overdue or due: validations, ratings, monitoring, findings, approvals and what else ends."""
    with told():
        from dataclasses import asdict

        from secondline.policy.documents import parsed_date
        from secondline.workflow.calendar import due, due_counts
        from secondline.workflow.store import open_store

        ledger = open_store(store)
        day = parsed_date(today or ledger.today, "--today")
        if count:
            _counted(due_counts(ledger.records, day), as_json=as_json)
            return
        edge: date = parsed_date(until, "--until") if until else day
        found = due(ledger.records, day, until=edge, limit=limit, model=model, what=tuple(what or ()))
        if as_json:
            print_json([asdict(one) for one in found])
            return
        table = grid("due", ">late by", "what", "model", "record", "*rule")
        for one in found:
            late = (
                f"[red]{one.overdue} d[/]" if one.overdue > 0 else f"{-one.overdue} d left" if one.overdue else "today"
            )
            record = "" if one.record == "model" else one.id
            table.add_row(one.due, late, one.what, escape(one.model), escape(record), escape(one.source))
        console().print(table if found else f"Nothing is due until {edge}.")


def _counted(counts: dict[str, dict[str, int]], *, as_json: bool) -> None:
    if as_json:
        print_json(counts)
        return
    edges = list(next(iter(counts.values()), {}))
    table = grid("what", *(f">{edge}" for edge in edges))
    for name, row in counts.items():
        table.add_row(name, *(str(row[edge]) for edge in edges))
    console().print(table)
