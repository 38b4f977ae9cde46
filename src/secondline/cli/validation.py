"""Validation: plan and run validation projects."""

from __future__ import annotations

import typer

app = typer.Typer(help="Plan and run validation projects.", no_args_is_help=True)
