"""Ledger: keys, checkpoints, anchors, exports and the stand-alone verifier."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from secondline.cli.acting import RUNS, Actor, Store, ledger_of
from secondline.cli.exits import Exit, told

app = typer.Typer(help="Keys, checkpoints, anchors, exports and the stand-alone verifier.", no_args_is_help=True)
key_app = typer.Typer(help="Keys that sign: a person's own, and the service's.", no_args_is_help=True)
stamp_app = typer.Typer(help="Time stamps by an RFC 3161 authority, by files.", no_args_is_help=True)
app.add_typer(key_app, name="key")
app.add_typer(stamp_app, name="timestamp")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Roots = Annotated[Path, typer.Option("--roots", help="The authority's root certificates, PEM.", exists=True)]


def _say(text: str) -> None:
    from secondline.cli.screen import console

    console().print(text, soft_wrap=True, markup=False)


@app.command()
def state(store: Store = RUNS, as_json: Json = False) -> None:
    """Show how many events there are, the head of the chain, the newest checkpoint and the service key."""
    with told():
        from secondline.cli.screen import print_json
        from secondline.ledger import keeping

        found = keeping.state(ledger_of(store))
        if as_json:
            print_json(found)
            return
        for name, value in found.items():
            _say(f"{name}: {value}")


@app.command()
def checkpoint(store: Store = RUNS) -> None:
    """Sign a checkpoint over everything up to now and print it."""
    with told():
        from secondline.ledger import keeping

        typer.echo(keeping.checkpoint(ledger_of(store)), nl=False)


@app.command()
def prove(
    seq: Annotated[int, typer.Argument(help="The event's number.")],
    since: Annotated[bool, typer.Option("--growth", help="Prove that the first SEQ events only grew.")] = False,
    store: Store = RUNS,
) -> None:
    """Print the proof that one event is in the ledger, without any other event."""
    with told():
        from secondline.ledger import keeping

        ledger = ledger_of(store)
        typer.echo(
            keeping.as_text(keeping.prove_growth(ledger, seq) if since else keeping.prove(ledger, seq)), nl=False
        )


@app.command()
def anchor(
    to: Annotated[Path, typer.Option("--to", help="A file where the keeper of the ledger cannot change lines.")],
    store: Store = RUNS,
) -> None:
    """Note a signed checkpoint in a file kept elsewhere; `secondline verify --anchor` checks against it."""
    with told():
        from secondline.ledger import keeping

        _say(f"Noted {keeping.anchor_to(ledger_of(store), to)} events in {to}")


@app.command()
def export(
    to: Annotated[Path | None, typer.Option("--to", help="A file; standard output when left out.")] = None,
    log: Annotated[Path | None, typer.Option("--log", help="A folder for a transparency log of tiles.")] = None,
    store: Store = RUNS,
) -> None:
    """Write the events as JSON lines for the stand-alone verifier, or the tree as a transparency log."""
    with told():
        from secondline.ledger import keeping

        ledger = ledger_of(store)
        if log:
            _say(f"Wrote a log of {keeping.export_log(ledger, log)} events to {log}")
        elif to:
            with to.open("w", encoding="utf-8") as out:
                out.writelines(line + "\n" for line in keeping.export(ledger))
            _say(f"Wrote {to}")
        else:
            for line in keeping.export(ledger):
                typer.echo(line)


@app.command()
def verifier() -> None:
    """Print a script that verifies a ledger without secondline: standard library and `cryptography` only."""
    with told():
        from secondline.ledger.proof import script

        typer.echo(script(), nl=False)


@app.command()
def rebuild(store: Store = RUNS) -> None:
    """Throw documents and lists away and fold all events again. Events are never touched."""
    with told():
        from secondline.ledger import keeping

        _say(f"Rebuilt {keeping.rebuild_derived(ledger_of(store))} records from their events.")


@key_app.command("new")
def key_new(actor: Actor = "", store: Store = RUNS) -> None:
    """Make your own key in your configuration folder, and register its public half: from then on you sign your acts."""
    with told():
        from secondline.ledger.keys import make_key, own_file
        from secondline.workflow.validate import whoami

        ledger, person = ledger_of(store), actor or whoami()
        ledger.records.need("person", person)
        file = own_file(person)
        signer = make_key(file)
        try:
            ledger.act("key.registered", person, person, {"key": signer.public}, via="cli", signer=signer)
        except Exception:
            file.unlink()  # a key that is not registered signs nothing
            raise
        _say(f"Your private key is {file}: keep it to yourself. Public key: {signer.public}")


@key_app.command("rotate")
def key_rotate(actor: Actor = "", store: Store = RUNS) -> None:
    """Put a new service key in use for checkpoints; what the old one signed stays verifiable."""
    with told():
        from secondline.ledger import keeping
        from secondline.workflow.validate import whoami

        _say(f"New service key: {keeping.rotate(ledger_of(store), actor or whoami())}")


@stamp_app.command("request")
def stamp_request(
    to: Annotated[Path, typer.Option("--to", help="Where the request goes (.tsq).")], store: Store = RUNS
) -> None:
    """Write a request for a time stamp over a new checkpoint, to be carried to an authority."""
    with told():
        from secondline.ledger import anchors, keeping

        anchors.request(store, keeping.checkpoint(ledger_of(store)), to)
        _say(f"Wrote {to}. Carry it to the authority; file the answer with `secondline ledger timestamp keep`.")


@stamp_app.command("keep")
def stamp_keep(
    answer: Annotated[Path, typer.Argument(help="The authority's answer (.tsr).", exists=True)],
    roots: Roots,
    store: Store = RUNS,
) -> None:
    """Check an authority's answer and file it beside the checkpoint it is about."""
    with told():
        from secondline.ledger import anchors

        ledger_of(store)
        _say(f"Kept: the checkpoint existed at {anchors.keep(store, answer.read_bytes(), roots)}")


@stamp_app.command("check")
def stamp_check(roots: Roots, store: Store = RUNS) -> None:
    """Check every time stamp on file; `secondline verify` checks that the chain passes through their checkpoints."""
    with told():
        from secondline.ledger import anchors

        ledger_of(store)
        found = anchors.check(store, roots)
        for size, at in found:
            _say(f"{size} events: {'stamped ' + at if at else 'the stamp does not hold'}")
        code = Exit.PASSED if found and all(at for _, at in found) else Exit.FAILED
    raise typer.Exit(code)
