"""Commands of `secondline gateway`."""

from __future__ import annotations

import typer

from secondline.cli import gateway_checking

app = typer.Typer(help="Serve approved models behind the gateway.", no_args_is_help=True)
gateway_checking.join(app)
