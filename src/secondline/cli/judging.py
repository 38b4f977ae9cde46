"""Judging: the cards of judges on record. List them, accept or refuse them, withdraw a judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from secondline.cli.acting import RUNS, Actor, Json, Reason, Store, act, ledger_of
from secondline.cli.exits import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secondline.workflow.answered import Answered
    from secondline.workflow.study import Study

app = typer.Typer(help="Decide which judges may grade: their cards on record.", no_args_is_help=True)
Card = Annotated[str, typer.Argument(help="Card, such as J-1.", show_default=False)]


def put(study: Study, store: Path | None, found: Answered, judge: str, actor: str, makers: Sequence[str]) -> None:
    """Put the cards of a judge on record and say under which numbers."""
    from secondline.cli.screen import console
    from secondline.workflow.judges import put_on_record
    from secondline.workflow.study import RUNS as BESIDE

    ledger = ledger_of(store or study.base / BESIDE)
    for done in put_on_record(ledger, found, study.spec.model, judge, actor, makers=makers, via="cli"):
        console(stderr=True).print(f"[bold]{done.id}[/]  {escape(judge)} on {escape(done.doc['criterion'])} is carded")


@app.command()
def accept(card: Card, reason: Reason = "", actor: Actor = "", store: Store = RUNS, as_json: Json = False) -> None:
    """Let a judge grade until its card ends: the second line, and nobody who made the judge or owns the system."""
    with told():
        act("judge.made-eligible", store, actor, card, {}, reason, as_json=as_json)


@app.command()
def refuse(card: Card, reason: Reason = "", actor: Actor = "", store: Store = RUNS, as_json: Json = False) -> None:
    """Refuse a judge: it may sort answers, and labels of people decide alone."""
    with told():
        act("judge.refused", store, actor, card, {}, reason, as_json=as_json)


@app.command()
def withdraw(card: Card, reason: Reason = "", actor: Actor = "", store: Store = RUNS, as_json: Json = False) -> None:
    """Withdraw a judge that was accepted, or whose card is on file."""
    with told():
        act("judge.withdrawn", store, actor, card, {}, reason, as_json=as_json)


@app.command(name="list")
def list_cards(
    model: Annotated[str, typer.Option("--model", help="Of one system only.")] = "",
    store: Store = RUNS, as_json: Json = False,
) -> None:  # fmt: skip
    """List the cards on record, each with its state today."""
    with told():
        from secondline.cli.screen import console, grid, print_json
        from secondline.workflow.judges import state_of

        ledger = ledger_of(store)
        found = ledger.records.find("judge", **({"model": model} if model else {}))
        plain = [one | {"state": state_of(one, ledger.today)} for one in found]
        if as_json:
            print_json(plain)
            return
        table = grid("card", "system", "judge", "criterion", "state", "until", ">labels", "*because")
        for one in plain:
            table.add_row(one["id"], escape(one["model"]), escape(one["judge"]), escape(one["criterion"]), one["state"],
                          str(one["expires"]), str(one["n"]), escape(one.get("because", "")))  # fmt: skip
        console().print(table if found else "No judge's card is on record.")
