"""Commands of `secondline events`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Look into the stream of events, and feed it.", no_args_is_help=True)
