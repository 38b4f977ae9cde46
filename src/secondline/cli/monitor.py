"""Commands of `secondline monitor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from secondline.cli.acting import Json
from secondline.cli.exits import told

app = typer.Typer(help="Watch models in use.", no_args_is_help=True)
STATE = "state"
Kept = Annotated[
    str, typer.Option("--state", help="The monitor's state: a folder, or postgresql://...", envvar="SECONDLINE_STATE")
]
Model = Annotated[str, typer.Argument(help="The model.")]


@app.command()
def start(
    model_yaml: Annotated[Path, typer.Argument(help="The model.yaml whose plan is asked of windows.")],
    state: Kept = STATE,
    absent: Annotated[str, typer.Option(help="What no label means: unknown, or good.")] = "unknown",
    after: Annotated[int, typer.Option(help="Whole days after which no label means good.", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """Begin to watch a model: fix the cuts of its windows on its reference population."""
    from secondline.cli import monitor_shown as shown

    with told():
        shown.start(model_yaml, state, absent, after, as_json=as_json)


@app.command()
def ingest(
    log: Annotated[
        str, typer.Option("--log", help="The event log: sqlite:///FILE or kafka://HOST:PORT.", envvar="SECONDLINE_LOG")
    ],
    state: Kept = STATE,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Stop when nothing more is there.")] = False,
    every: Annotated[float, typer.Option(help="Refresh the windows every so many seconds; 0: never.", min=0)] = 0.0,
    most: Annotated[int, typer.Option(help="Events of one commit at most.", min=1)] = 25_000,
    as_json: Json = False,
) -> None:
    """Take events in, until interrupted. Several of these may run on one state; they share the partitions."""
    from secondline.cli import monitor_shown as shown

    with told():
        shown.ingest(log, state, until_idle=until_idle, every=every, most=most, as_json=as_json)


@app.command()
def status(
    state: Kept = STATE,
    log: Annotated[str, typer.Option("--log", help="The event log, to say how far behind it is.")] = "",
    as_json: Json = False,
) -> None:
    """Say what was taken in, what is out of date and what is dead."""
    from secondline.cli import monitor_shown as shown

    with told():
        shown.status(state, log, as_json=as_json)


@app.command()
def refresh(
    model: Annotated[str, typer.Argument(help="The model; all that are watched when left out.")] = "",
    state: Kept = STATE,
    as_json: Json = False,
) -> None:
    """Bring the windows up to date with what was taken in."""
    from secondline.cli import monitor_shown as shown

    with told():
        shown.refresh(model, state, as_json=as_json)


@app.command()
def forget(
    model: Model,
    before: Annotated[str, typer.Option(help="The first day that is kept, such as 2026-03-01.")],
    state: Kept = STATE,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it, only say what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Let go of the cases of days long past; readings stay, and windows can no longer reach back there."""
    from secondline.cli import monitor_shown as shown

    with told():
        shown.forget(model, state, before, yes=yes, as_json=as_json)


@app.command()
def show(
    model: Model,
    metric: Annotated[list[str], typer.Argument(help="Codes of checks, such as discrimination.auc.")],
    state: Kept = STATE,
    start: Annotated[
        str, typer.Option("--from", help="First day, such as 2026-03-01; the first there is if left out.")
    ] = "",
    end: Annotated[str, typer.Option("--to", help="Last day; the last there is if left out.")] = "",
    known: Annotated[str, typer.Option(help="As known at the end of this day.")] = "",
    version: Annotated[str, typer.Option(help="One version of the model.")] = "",
    segment: Annotated[str, typer.Option(help="One level of a segment, as column=level.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Add the readings to those that are kept.")] = False,
    as_json: Json = False,
) -> None:
    """Measure a window by the checks of the model's plan."""
    from secondline.cli import monitor_shown as shown

    with told():
        shown.show(
            shown.Asked(model, tuple(metric), start, end, known, version, segment), state, keep=keep, as_json=as_json
        )
