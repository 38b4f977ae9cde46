"""Options that the commands of the inventory share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from secondline.ledger.records import Records
    from secondline.ledger.store import Ledger

AsOf = Annotated[str, typer.Option("--as-of", help="As the records stood on this day, such as 2026-05-01.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it goes on record.")]
Field = Annotated[
    list[str] | None, typer.Option("--set", "-s", help="A field as NAME=VALUE; repeat it. See `inventory fields`.")
]
Model = Annotated[str, typer.Argument(help="The model's id.", show_default=False)]


def opened(store: Path) -> Ledger:
    """Open the ledger with the law in force."""
    import secondline.govern.records  # noqa: F401 - enters records and acts in the law
    from secondline.ledger.store import Ledger

    return Ledger.open(store)


def seen(store: Path, as_of: str) -> Records:
    """Return the records as they stand, or as they stood."""
    ledger = opened(store)
    return ledger.as_of(as_of) if as_of else ledger.records


def login(actor: str) -> str:
    """Return who acts: the name given, or the login name."""
    return actor or os.environ.get("USER") or os.environ.get("USERNAME") or ""
