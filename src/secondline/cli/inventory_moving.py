"""Inventory, moving: import and export, reconcile with the world, and ask the graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from secondline.cli.acting import RUNS, Actor, Json, Store
from secondline.cli.exits import Exit, told
from secondline.cli.inventory_options import AsOf, Reason, login, opened, seen

if TYPE_CHECKING:
    from secondline.ledger.records import Records
    from secondline.workflow.inventory.entries import Heard

app = typer.Typer()
Origin = Literal["table", "mlflow", "model-ledger"]
Format = Literal["csv", "excel", "oscal", "card"]
Heads = Annotated[list[str] | None, typer.Option("--map", help="A column of the file as 'HEAD=field'; repeat it.")]


@app.command("import")
def bring(
    file: Annotated[Path, typer.Argument(help="CSV, Excel, saved JSON, or a registry's folder.", show_default=False)],
    origin: Annotated[Origin, typer.Option("--from", help="What wrote it.")] = "table",
    what: Annotated[
        str, typer.Option("--what", help="The table a CSV file holds: models, versions, uses ...")
    ] = "models",
    heads: Heads = None,
    do: Annotated[
        bool, typer.Option("--apply", help="Write it, all rows or none; without it nothing is written.")
    ] = False,
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Import an inventory: first say row by row what would change, then, with --apply, do it."""
    with told():
        from secondline.cli.inventory_shown import draft_shown
        from secondline.workflow.inventory.bringing import apply, draft

        ledger, who = opened(store), login(actor)
        plan = draft(ledger, _heard(file, origin, what, heads), who)
        bad = plan.count("rejected")
        if do and not bad:
            plan = apply(ledger, plan, who, reason or f"import of {file.name}")
        draft_shown(plan, applied=do and not bad, as_json=as_json)
        if bad:
            raise typer.Exit(Exit.FAILED)


def _heard(file: Path, origin: Origin, what: str, heads: list[str] | None) -> Heard:
    from secondline.core.errors import SpecError
    from secondline.workflow.inventory.entries import hear_table
    from secondline.workflow.inventory.registries import hear_mlflow, hear_model_ledger

    wanted: dict[str, str] = {}
    for pair in heads or []:
        head, mark, field = pair.rpartition("=")
        if not mark:
            raise SpecError(f"--map {pair!r}: write 'HEAD OF THE FILE=field'.")
        wanted[head.strip()] = field.strip()
    if origin == "mlflow":
        return hear_mlflow(file)
    return hear_model_ledger(file) if origin == "model-ledger" else hear_table(file, what, wanted)


@app.command("export")
def give(
    target: Annotated[Path | None, typer.Argument(help="File to write; standard output when left out.")] = None,
    form: Annotated[Format, typer.Option("--format", help="csv, excel, oscal or card.")] = "csv",
    what: Annotated[str, typer.Option("--what", help="The table, for CSV.")] = "models",
    model: Annotated[str, typer.Option("--model", help="The model, for a card.")] = "",
    store: Store = RUNS,
    as_of: AsOf = "",
) -> None:
    """Export the inventory as CSV, Excel or OSCAL-style JSON, or one model as a card."""
    with told():
        from secondline.core.errors import SpecError

        if form == "excel" and target is None:
            raise SpecError(
                "A workbook needs a file to go to: secondline inventory export inventory.xlsx --format excel"
            )
        content = _given(form, what, model, store, as_of)
        if target is None:
            typer.echo(content.decode(), nl=False)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        typer.echo(f"{target}: {len(content):,} bytes")


def _given(form: Format, what: str, model: str, store: Path, as_of: str) -> bytes:
    from secondline.workflow.inventory.card import card
    from secondline.workflow.inventory.giving import as_book, as_csv, as_oscal_text
    from secondline.workflow.inventory.whole import whole

    ledger = opened(store)
    records: Records = seen(store, as_of)
    if form == "excel":
        return as_book(records)
    if form == "card":
        return card(whole(records, model), as_of or ledger.today).encode()
    return (as_csv(records, what) if form == "csv" else as_oscal_text(ledger, records)).encode()


@app.command()
def reconcile(
    found: Annotated[Path, typer.Option("--found", help="What runs: CSV, Excel, JSON, or MLflow's folder or answer.")],
    filed: Annotated[
        bool, typer.Option("--file", help="File the result as evidence of an identification survey.")
    ] = False,
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Compare what runs in the world with the inventory; exits 1 when something is unknown or should not run."""
    with told():
        from secondline.cli.inventory_shown import reconciliation_shown
        from secondline.workflow.inventory.reconcile import file_survey, read_found
        from secondline.workflow.inventory.reconcile import reconcile as compare

        ledger = opened(store)
        result = compare(ledger.records, read_found(found))
        reconciliation_shown(result, as_json=as_json)
        if filed:
            evidence = file_survey(ledger, result, found.name, login(actor), ledger.today)
            typer.echo(f"{evidence}: filed as evidence of an identification survey", err=as_json)
        if not result.clean:
            raise typer.Exit(Exit.FAILED)


@app.command()
def graph(
    thing: Annotated[str, typer.Argument(help="A model, source or vendor: what if it fails?")] = "",
    shared: Annotated[
        str, typer.Option("--shared", help="Where risk concentrates: source, vendor, model, method or owner.")
    ] = "",
    store: Store = RUNS,
    as_of: AsOf = "",
    as_json: Json = False,
) -> None:
    """Show what hangs on what: cycles, what a failure reaches, and what many models share."""
    with told():
        from secondline.cli.graph_shown import blast_shown, overview_shown, shared_shown
        from secondline.core.errors import SpecError, near
        from secondline.workflow.inventory.graph import SHARED_BY, graph_of

        if shared and shared not in SHARED_BY:
            raise SpecError(
                f"--shared {shared!r}: use one of {', '.join(SHARED_BY)}. {near(shared, SHARED_BY)}".strip()
            )
        whole = graph_of(seen(store, as_of))
        if thing:
            blast_shown(whole, whole.blast(thing), as_json=as_json)
        elif shared:
            shared_shown(shared, whole.concentration(shared), as_json=as_json)
        else:
            overview_shown(whole, as_json=as_json)
