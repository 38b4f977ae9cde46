"""Commands of `secondline gateway` that serve nothing: check a configuration, replay a decision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondline.cli.acting import Json
from secondline.cli.exits import Exit, told

if TYPE_CHECKING:
    from secondline.events.shapes import Decision
    from secondline.gateway.checking import Checked
    from secondline.gateway.replay import Replayed
    from secondline.gateway.settings import Settings

Config = Annotated[Path, typer.Option("--config", help="The gateway.yaml.", envvar="SECONDLINE_GATEWAY")]


def check(
    config: Annotated[Path, typer.Argument(help="The gateway.yaml.")] = Path("gateway.yaml"), as_json: Json = False
) -> None:
    """Say what would be served now and why not; 1 where a model is not ready or the gateway would not start."""
    with told():
        from secondline.cli.screen import print_json
        from secondline.gateway.checking import checked
        from secondline.gateway.settings import read_settings

        found, heard = checked(read_settings(config), config.resolve().parent)
        if as_json:
            print_json([{"model": c.model, "version": c.version, "pass": c.one, "uses": list(c.uses), "ready": c.ready,
                         "trouble": c.trouble, "conditions": list(c.conditions), "shadows": list(c.shadows)}
                        for c in found])  # fmt: skip
        else:
            _show(found, heard)
        raise typer.Exit(Exit.PASSED if all(c.ready for c in found) else Exit.FAILED)


def _show(found: list[Checked], heard: list[str]) -> None:
    from rich.markup import escape

    from secondline.cli.screen import console

    out = console()
    for one in found:
        name = escape(f"{one.model}@{one.version}" if one.version else one.model)
        if one.ready:
            out.print(f"[bold green]ready[/] {name} by {one.one} for {', '.join(one.uses)}")
        else:
            out.print(f"[bold red]not served[/] {name}: {escape(one.trouble)}")
        for condition in one.conditions:
            out.print(f"  condition  {escape(condition)}")
        for shadow in one.shadows:
            out.print(f"  looks on   {escape(shadow)}")
    for line in heard:
        out.print(f"[dim]{escape(line)}[/]")


def replay(
    decision: Annotated[str, typer.Argument(help="Id of the decision.", show_default=False)],
    config: Config = Path("gateway.yaml"),
    file: Annotated[Path | None, typer.Option("--file", help="Take it from this file of events, not the log.")] = None,
    as_json: Json = False,
) -> None:
    """Decide a recorded case again and say what differs: nothing (0) or something (1)."""
    with told():
        from secondline.cli.screen import print_json
        from secondline.gateway.replay import replay as again
        from secondline.gateway.settings import read_settings

        settings, base = read_settings(config), config.resolve().parent
        found = again(settings, base, _found(settings, base, decision, file))
        if as_json:
            print_json({"decision": decision, "same": found.same, "differences": list(found.differences),
                        "again": dict(found.again), "notes": list(found.notes)})  # fmt: skip
        else:
            _told(found)
        raise typer.Exit(Exit.PASSED if found.same else Exit.FAILED)


def _found(settings: Settings, base: Path, id_: str, file: Path | None) -> Decision:
    from secondline.gateway.finding import in_file, in_log

    if file is not None:
        return in_file(file, id_)
    kind, _, path = settings.log.partition("sqlite:///")
    return in_log(f"sqlite:///{base / path}" if not kind else settings.log, id_)


def _told(found: Replayed) -> None:
    from rich.markup import escape

    from secondline.cli.screen import console

    out, one = console(), found.decision
    out.print(f"{escape(one.id)}: {escape(one.model)}@{escape(one.version)}, score {one.score}, {one.decision}")
    for note in found.notes:
        out.print(f"[yellow]note[/] {escape(note)}")
    for difference in found.differences:
        out.print(f"[bold red]differs[/] {escape(difference)}")
    if found.same:
        out.print("[bold green]same[/] score, decision, path and reasons came out as recorded")


def join(app: typer.Typer) -> None:
    """Add the commands to `secondline gateway`."""
    app.command("check")(check)
    app.command("replay")(replay)
