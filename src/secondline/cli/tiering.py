"""Tier: decide scope, rate models, classify changes, see the calendar."""

from __future__ import annotations

import typer

app = typer.Typer(help="Decide scope, rate models, classify changes, see the calendar.", no_args_is_help=True)
