"""Contributions on the screen: a table a row, strongest inputs first."""

from __future__ import annotations

from rich.table import Table

from secondline.cli.screen import console, print_json
from secondline.core.format import number
from secondline.models.attributions import Attributions

SHOWN = 8
"""Inputs shown of a row; the rest are added up in one line."""


def show_contributions(found: Attributions, *, as_json: bool) -> None:
    """Print contributions that add up from the base to each score."""
    if as_json:
        head = {"scale": found.scale, "method": found.method, "background": found.background}
        print_json(head | {"rows": found.by_row})
        return
    out = console()
    against = f", against {found.background:,} rows of the reference" if found.background else ""
    out.print(f"Contributions to the {found.scale}: {found.method}{against}")
    for i, row in enumerate(found.by_row, 1):
        table = Table(title=f"row {i}", title_justify="left", box=None)
        table.add_column("input")
        table.add_column("contribution", justify="right")
        listed = list(row["contributions"].items())
        table.add_row("base", number(row["base"]), style="dim")
        for name, value in listed[:SHOWN]:
            table.add_row(name, f"{'+' if value > 0 else ''}{number(value)}")
        if listed[SHOWN:]:
            rest = sum(value for _, value in listed[SHOWN:])
            table.add_row(f"{len(listed) - SHOWN} others", f"{'+' if rest > 0 else ''}{number(rest)}", style="dim")
        table.add_row("score", number(row["score"]), style="bold")
        out.print(table)
