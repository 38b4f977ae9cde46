"""Assisting, shown: the gaps of a document as a table, and as a file for labelling."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secondline.assist.agreement import Agreement
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


def agreement_shown(found: Agreement, *, as_json: bool) -> None:
    """Print the share of true gaps seen and of met clauses called gaps, each with Wilson's 95 % interval."""
    from dataclasses import asdict

    from secondline.cli.screen import console, print_json
    from secondline.core.errors import DataError
    from secondline.core.format import number
    from secondline.stats.intervals import wilson

    if not found.labelled:
        raise DataError("No clause is labelled yet: fill the column `human`.")
    shares = {"gaps_seen": (found.gaps_seen, found.gaps), "false_gaps": (found.false_gaps, found.met)}
    ends = {name: wilson(some, of) if of else None for name, (some, of) in shares.items()}
    if as_json:
        print_json(asdict(found) | {f"{k}_95": [e.low, e.high] if e else None for k, e in ends.items()})
        return
    words = {"gaps_seen": "true gaps seen", "false_gaps": "met clauses called not found"}
    for name, (some, of) in shares.items():
        end = ends[name]
        shown = f" [{number(end.low, 'rate')}, {number(end.high, 'rate')}]" if end else ""
        share = number(some / of, "rate") if of else "none labelled"
        console().print(f"{words[name]}: {some} of {of}, {share}{shown}", markup=False)
