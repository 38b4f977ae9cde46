"""Finding: raise, answer, re-test and close findings."""

from __future__ import annotations

import typer

app = typer.Typer(help="Raise, answer, re-test and close findings.", no_args_is_help=True)
