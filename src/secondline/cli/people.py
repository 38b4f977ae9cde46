"""Person: add people, grant roles, register keys."""

from __future__ import annotations

import typer

app = typer.Typer(help="Add people, grant roles, register keys.", no_args_is_help=True)
