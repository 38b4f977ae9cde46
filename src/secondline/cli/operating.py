"""Commands that keep an installation in order: doctor, backup, restore, and run, which starts what it is made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from secondline.cli.acting import Json
from secondline.cli.exits import Exit, told

if TYPE_CHECKING:
    from secondline.operate.settings import Settings

Config = Annotated[
    Path | None,
    typer.Option("--config", help="The settings; secondline.yaml here when left out.", envvar="SECONDLINE_CONFIG"),
]
TONES = {"well": "green", "mind": "yellow", "ill": "bold red"}


def settings_of(config: Path | None) -> Settings:
    """Return the settings of a file; of secondline.yaml here, if there is one; else the defaults."""
    from secondline.operate.settings import NAME, read_settings

    here = Path(NAME)
    return read_settings(config or (here if here.exists() else None))


def doctor(config: Config = None, as_json: Json = False) -> None:
    """Look at everything this installation needs, and say what to do about what is not well."""
    with told():
        from dataclasses import asdict

        from secondline.cli.screen import console, grid, print_json
        from secondline.operate.health import examine

        answers = examine(settings_of(config))
        if as_json:
            print_json([asdict(answer) for answer in answers])
        else:
            table = grid("state", "what", "*found")
            for answer in answers:
                said = escape(answer.text) + (f"\n[dim]{escape(answer.next)}[/]" if answer.next else "")
                table.add_row(f"[{TONES[answer.state]}]{answer.state}[/]", escape(answer.what), said)
            console().print(table)
        if any(answer.state == "ill" for answer in answers):
            raise typer.Exit(Exit.FAILED)


def backup(
    to: Annotated[Path, typer.Argument(help="New folder for the copy.")],
    config: Config = None,
    without_keys: Annotated[bool, typer.Option("--without-keys", help="Leave the private keys out.")] = False,
) -> None:
    """Copy records, events and state while they are in use; the copy is there when it is whole."""
    with told():
        from secondline.cli.screen import Screen
        from secondline.operate.copies import back_up

        screen = Screen()
        with screen.progress() as progress:
            made = back_up(settings_of(config), to, keys=not without_keys, progress=progress)
        screen.out.print(
            f"Copied {made.files:,} files, {made.size / 1e6:,.1f} MB, to [bold]{escape(str(made.folder))}[/]"
        )
        if not without_keys:
            screen.out.print("It holds the keys that sign: keep it as you keep them.")


def restore(copy: Annotated[Path, typer.Argument(help="Folder of the copy.")], config: Config = None) -> None:
    """Put a copy back where the settings keep things, and verify the ledger it brings; nothing is overwritten."""
    with told():
        from secondline.cli.screen import Screen
        from secondline.ledger.store import Ledger
        from secondline.ledger.verify import verify
        from secondline.operate.copies import put_back

        screen, settings = Screen(), settings_of(config)
        with screen.progress() as progress:
            done = put_back(settings, copy, progress)
        screen.out.print(f"Put back {done.files:,} files, {done.size / 1e6:,.1f} MB")
        if settings.records.database or Ledger.exists(settings.folder):
            found = verify(settings.folder, database=settings.records.database)
            for problem in found.problems:
                screen.out.print(f"[bold red]{escape(str(problem))}[/]")
            screen.out.print(f"{found.events:,} events, {len(found.problems)} problems, head {found.head[:16]}")
            if found.problems:
                raise typer.Exit(Exit.FAILED)


def run(
    part: Annotated[
        str, typer.Argument(help="pages, gateway, ingest or watch; everything when left out.", show_default=False)
    ] = "",
    config: Config = None,
    gateway: Annotated[str, typer.Option("--gateway", help="Which gateway.yaml of the settings.")] = "",
) -> None:
    """Run what the settings name, until interrupted: everything, starting again what dies, or one part of it."""
    with told():
        from secondline.operate.whole import PARTS, in_place

        settings = settings_of(config)
        in_place(settings)
        if not part:
            _together(settings, config)
        elif part in PARTS:
            {"pages": _pages, "gateway": _gateway, "ingest": _ingest, "watch": _watch}[part](settings, gateway)
        else:
            from secondline.core.errors import SpecError

            raise SpecError(f"{part!r} is no part of an installation. There are: {', '.join(PARTS)}.")


def _together(settings: Settings, config: Path | None) -> None:
    from secondline.cli.screen import console
    from secondline.operate.processes import Together, until_told
    from secondline.operate.settings import NAME
    from secondline.operate.whole import programs

    file = config or Path(NAME)
    if not file.exists():
        from secondline.core.errors import SpecError

        raise SpecError(f"There is no {NAME} here. Write one, or name it with --config.")
    out = console()
    together = Together(programs(settings, file.resolve()), settings.path(settings.logs), out.print)
    with until_told(together):
        together.start()
        out.print(f"Everything is up; what each says is in {settings.path(settings.logs)}.  (Ctrl+C stops all)")
        together.watch()


def _pages(settings: Settings, _: str) -> None:
    import os

    from secondline.cli.serving import up
    from secondline.core.errors import SpecError

    pages = settings.pages
    if pages is None:
        raise SpecError("The settings say `pages: null`: no pages are to be served.")
    issuer, client = (os.environ.get(f"SECONDLINE_OIDC_{name}", "") for name in ("ISSUER", "CLIENT"))
    studies = str(settings.path(pages.studies)) if pages.studies else ""
    os.environ.setdefault("SECONDLINE_STATE", settings.state_url)
    up(store=settings.folder, host=pages.host, port=pages.port, secure=pages.secure, name=list(pages.names),
       studies=studies, admin="admin", issuer=issuer, client=client, database=settings.records.database)  # fmt: skip


def _gateway(settings: Settings, name: str) -> None:
    from secondline.operate.whole import serve_gateway

    serve_gateway(settings, name)


def _ingest(settings: Settings, _: str) -> None:
    from secondline.cli.monitor_shown import ingest

    ingest(settings.events_url, settings.state_url, until_idle=False, every=0.0, most=25_000, as_json=False)


def _watch(settings: Settings, _: str) -> None:
    import signal
    import threading

    from secondline.cli.screen import console
    from secondline.operate.whole import keep_watching

    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    keep_watching(settings, stop, console().print)


def join(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (run, doctor, backup, restore):
        app.command(command.__name__)(command)
