"""Pass: issue, export, check, suspend, resume and revoke passes; export what is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from secondline.cli.acting import RUNS, Json, Store, ledger_of
from secondline.cli.exits import Exit, told

app = typer.Typer(help="Issue, export, check, suspend and revoke passes.", no_args_is_help=True)
Actor = Annotated[str, typer.Option("--actor", help="Who acts.", envvar="SECONDLINE_ACTOR")]
Id = Annotated[str, typer.Argument(help="Pass, such as P-1.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why.", show_default=False)]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Where to write.", show_default=False)]


@app.command("issue")
def issue_(
    approval: Annotated[str, typer.Argument(help="Approval, such as AP-1.", show_default=False)],
    expires: Annotated[str, typer.Option("--expires", help="Earlier last day than the approval's.")] = "",
    output: Output = None,
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Issue the signed pass that an approval carries, and write it as a file."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.workflow.passes import issue, pass_file

        ledger = ledger_of(store)
        found = issue(ledger, actor, approval, expires=expires, via="cli")
        path = output or Path(f"{found.doc['model']}@{found.doc['version']}.pass.json")
        path.write_bytes(pass_file(ledger, found.id))
        if as_json:
            print_json(found.doc)
            return
        out = console()
        out.print(
            f"[green]{found.id}[/] issued for {found.doc['model']}@{found.doc['version']} until {found.doc['expires']}"
        )
        out.print(f"Signed by {found.doc['envelope']['key']}")
        out.print(f"Wrote {path}. Gates that cannot reach the ledger check it with that key.")


@app.command("list")
def list_(
    model: Annotated[str, typer.Option("--model", help="Of this model only.")] = "",
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """List passes."""
    with told():
        from secondline.cli.screen import console, grid, print_json

        found = ledger_of(store).records.find("pass", **({"model": model} if model else {}))
        if as_json:
            print_json(found)
            return
        table = grid("id", "*version", "*uses", "kind", "state", "until", "approval", "digest")
        for doc in found:
            table.add_row(doc["id"], f"{doc['model']}@{doc['version']}", ", ".join(doc["uses"]), doc["kind"],
                          doc["state"], doc["expires"], doc["approval"], doc["digest"][:12])  # fmt: skip
        console().print(table if found else "No passes are on record here.")


@app.command()
def show(name: Id, store: Store = RUNS, as_json: Json = False) -> None:
    """Show one pass, its conditions and its history."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.govern.conditions import said

        ledger = ledger_of(store)
        doc = ledger.records.need("pass", name)
        if as_json:
            print_json(doc)
            return
        out, payload = console(), doc["envelope"]["payload"]
        out.print(
            f"[bold]{name}[/]  {doc['model']}@{doc['version']}  {doc['state']}  {doc['kind']} until {doc['expires']}"
        )
        out.print(f"  digest {doc['digest']}\n  uses {', '.join(doc['uses'])}  approval {doc['approval']}")
        for one in payload["conditions"]:
            out.print(f"  condition {said(one)}", markup=False)
        for event in ledger.records.events(subject=f"pass/{name}"):
            out.print(f"  {event.at[:16]} {event.kind} by {event.actor} {event.reason}".rstrip(), markup=False)


@app.command()
def export(name: Id, output: Output = None, store: Store = RUNS) -> None:
    """Write a pass as the file a gateway loads."""
    with told():
        from secondline.workflow.passes import pass_file

        path = output or Path(f"{name}.pass.json")
        path.write_bytes(pass_file(ledger_of(store), name))
        typer.echo(f"Wrote {path}")


@app.command("revocations")
def revocations_(output: Output = None, store: Store = RUNS) -> None:
    """Write the signed, dated list of suspended and revoked passes, for gates that are offline."""
    with told():
        from secondline.workflow.passes import revocations

        path = output or Path("revocations.json")
        path.write_bytes(revocations(ledger_of(store)))
        typer.echo(f"Wrote {path}")


@app.command()
def key(store: Store = RUNS) -> None:
    """Print the public key that checks the passes of this ledger."""
    with told():
        from secondline.workflow.passes import trusted_key

        typer.echo(trusted_key(ledger_of(store)))


def _act(store: Path, name: str, actor: str, id_: str, reason: str) -> None:
    with told():
        from secondline.cli.screen import console

        found = ledger_of(store).act(name, actor, id_, reason=reason, via="cli")
        console().print(f"{id_} is {found.doc['state']}, event {found.event.seq}")


@app.command()
def suspend(name: Id, reason: Reason, store: Store = RUNS, actor: Actor = "") -> None:
    """Suspend a pass: every gate that asks the ledger closes at once."""
    _act(store, "pass.suspended", actor, name, reason)


@app.command()
def resume(name: Id, reason: Reason, store: Store = RUNS, actor: Actor = "") -> None:
    """Lift a suspension."""
    _act(store, "pass.resumed", actor, name, reason)


@app.command()
def revoke(name: Id, reason: Reason, store: Store = RUNS, actor: Actor = "") -> None:
    """Revoke a pass for good."""
    _act(store, "pass.revoked", actor, name, reason)


@app.command("put-in-use")
def put_in_use_(
    version: Annotated[str, typer.Argument(help="MODEL@VERSION.", show_default=False)],
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Put an approved version with a valid pass in use; the one before is superseded."""
    with told():
        from secondline.cli.screen import console
        from secondline.workflow.approving import put_in_use

        put_in_use(ledger_of(store), actor, version, via="cli")
        console().print(f"{version} is in use")


@app.command()
def stop(
    model: Annotated[str, typer.Argument(help="Model.", show_default=False)],
    reason: Reason,
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Suspend a model and all its passes: the kill switch."""
    with told():
        from secondline.cli.screen import console
        from secondline.workflow.passes import stop_model

        found = stop_model(ledger_of(store), actor, model, reason, via="cli")
        console().print(f"{model} is suspended, {len(found) - 1} passes with it")


@app.command("check")
def check_(
    path: Annotated[Path, typer.Argument(help="A pass file.", show_default=False)],
    key_: Annotated[str, typer.Option("--key", help="Public key, in hexadecimal or a file.", show_default=False)],
) -> None:
    """Check a pass file by the public key alone."""
    with told():
        from secondline.workflow.gate import check_file

        genuine, said_ = check_file(path, key_)
        typer.echo(said_)
        raise typer.Exit(Exit.PASSED if genuine else Exit.FAILED)
