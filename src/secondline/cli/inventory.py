"""Inventory: register, find, import and export models and what belongs to them."""

from __future__ import annotations

import typer

app = typer.Typer(help="Register, find, import and export models and what belongs to them.", no_args_is_help=True)
