"""Commands of `secondline monitor`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Watch models in use.", no_args_is_help=True)
