"""Assisting, shown: the gaps of a document as a table, and as a file for labelling."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secondline.assist.checklists import Checklist
    from secondline.assist.review import Reviewed

COLUMNS: tuple[str, ...] = ("clause", "requirement", "verdict", "by", "because", "quote", "line", "human")


def review_shown(
    asked: Checklist, name: str, found: Sequence[Reviewed], write: Path | None, *, as_json: bool
) -> None:  # fmt: skip
    """Print what a document shows, and write it: .json whole, .csv with an empty column for a person's verdict."""
    from secondline.assist.review import tally
    from secondline.cli.screen import console, print_json
    from secondline.core.canonical import canonical
    from secondline.workflow.write import write_whole

    whole = {"document": name, "checklist": asked.title, "clauses": [one.plain() for one in found]}
    if write:
        text = as_csv(found) if write.suffix.lower() == ".csv" else canonical(whole)
        write_whole(write, text.encode())
    if as_json:
        print_json(whole)
        return
    screen = console()
    counted = ", ".join(f"{number} {verdict}" for verdict, number in tally(found).items() if number)
    screen.print(f"{name} against {asked.title}: {counted}", style="bold", markup=False)
    for one in found:
        screen.print(f"{one.verdict:<14} {one.clause.id:<14} {one.clause.requirement}", markup=False)
        if one.quote:
            screen.print(
                f"    line {one.quote.line}: {' '.join(one.quote.text.split())[:200]}", style="dim", markup=False
            )
        elif one.looked_at:
            screen.print(f"    looked at {'; '.join(one.looked_at[:3])}", style="dim", markup=False)


def as_csv(found: Sequence[Reviewed]) -> str:
    """Return the review as CSV, one clause a row, with a column for what a person finds."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    rows.writerows({**one.plain(), "human": ""} for one in found)
    return text.getvalue()
