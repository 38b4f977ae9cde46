"""Acting: what the commands that change records share - options, the ledger, and one line that says what was done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

if TYPE_CHECKING:
    from secondline.ledger.store import Ledger

Store = Annotated[Path, typer.Option("--store", help="The folder that holds the records.", envvar="SECONDLINE_STORE")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Actor = Annotated[
    str, typer.Option("--actor", help="Who acts; your login name when left out.", envvar="SECONDLINE_ACTOR")
]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
RUNS = Path("runs")


def act(name: str, store: Path, actor: str, id_: str, fields: Mapping[str, Any], reason: str, *, as_json: bool) -> None:
    """Do one act and say what the record is now; fields left empty are not stated."""
    from secondline.workflow.store import open_store

    receipt = open_store(store).act(name, who(actor), id_, given(fields), reason=reason, via="cli")
    said(receipt.doc, as_json=as_json)


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that were stated."""
    return {name: value for name, value in fields.items() if value not in (None, "", (), [])}


def who(actor: str) -> str:
    """Return who acts: as stated, or the person at the keyboard."""
    from secondline.workflow.validate import whoami

    return actor or whoami()


def said(doc: Mapping[str, Any], *, as_json: bool) -> None:
    """Say what a record is now."""
    from secondline.cli.screen import console, print_json

    if as_json:
        print_json(dict(doc))
    else:
        console().print(f"[bold]{escape(str(doc['id']))}[/] is {escape(str(doc.get('state', 'changed')))}")


def ledger_of(store: Path) -> Ledger:
    """Return the ledger in a record folder."""
    from secondline.workflow.store import open_store

    return open_store(store)


def run_named(store: Path, run: str) -> str:
    """Return the id of a run named by it, its beginning or `latest`; nothing for nothing."""
    return ledger_of(store).run(run).id if run else ""


def text_of(value: Any) -> str:
    """Return a value as a cell shows it; nothing as a dash."""
    return escape(", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or "-"))
