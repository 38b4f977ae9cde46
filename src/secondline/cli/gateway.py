"""Commands of `secondline gateway`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Serve approved models behind the gateway.", no_args_is_help=True)
