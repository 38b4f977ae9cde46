"""Commands of `secondline gateway` that serve: serve itself, and the callers' tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from secondline.cli.acting import Json
from secondline.cli.exits import told
from secondline.core.errors import MissingExtra

TOKENS = Path("tokens.json")
File = Annotated[Path, typer.Option("--file", help="The file of hashed tokens that gateway.yaml names.")]


def serve(
    config: Annotated[Path, typer.Option("--config", help="The gateway.yaml.", envvar="SECONDLINE_GATEWAY")] = Path(
        "gateway.yaml"
    ),
) -> None:
    """Serve the approved models of a gateway.yaml until interrupted."""
    with told():
        from secondline.gateway.settings import read_settings

        settings = read_settings(config)
        try:
            from secondline.gateway.running import run
        except ImportError as error:
            raise MissingExtra.needs("The gateway", "gateway") from error
        run(settings, config.resolve().parent)


def token(
    caller: Annotated[str, typer.Argument(help="Name of the program that will call.")],
    file: File = TOKENS,
    use: Annotated[list[str] | None, typer.Option("--use", help="A use it may decide for. Repeatable.")] = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", help="A model it may reach; all when left out. Repeatable.")
    ] = None,
    right: Annotated[
        list[str] | None, typer.Option("--right", help="read, score, events or metrics. Repeatable.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="Days until it lapses.")] = 90,
) -> None:
    """Make a token for a calling program and show it, this once."""
    with told():
        from secondline.gateway.tokens import add

        typer.echo(add(file, caller, rights=right or ("read", "score"), uses=use or (), models=model or (), days=days))


def tokens(file: File = TOKENS, as_json: Json = False) -> None:
    """List the tokens of a file: who, what they may, until when; never the secret."""
    with told():
        from datetime import UTC, datetime

        from secondline.cli.screen import console, print_json
        from secondline.gateway.tokens import read

        found = [
            {
                "id": one.id, "caller": one.caller, "rights": list(one.rights), "uses": list(one.uses),
                "models": list(one.models),
                "until": datetime.fromtimestamp(one.until, UTC).isoformat(timespec="minutes"),
            }
            for one in read(file)
        ]  # fmt: skip
        if as_json:
            print_json(found)
            return
        for one in found:
            uses, models = ", ".join(one["uses"]) or "no use", ", ".join(one["models"]) or "all models"
            may = f"{', '.join(one['rights'])}; {uses}; {models}; until {one['until']}"
            console().print(f"{one['id']}  {one['caller']}: {may}", markup=False)


def revoke(id_: Annotated[str, typer.Argument(metavar="ID", help="The id of the token.")], file: File = TOKENS) -> None:
    """Take a token back; a running gateway lets it in no more within a second."""
    with told():
        from secondline.gateway.tokens import remove

        remove(file, id_)
        typer.echo(f"{id_} is revoked")


def join(app: typer.Typer) -> None:
    """Put the commands into their group."""
    app.command()(serve)
    app.command()(token)
    app.command()(tokens)
    app.command()(revoke)
