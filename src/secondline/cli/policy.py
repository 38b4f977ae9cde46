"""Policy: adopt regimes, see coverage, compare packs, see what would change."""

from __future__ import annotations

import typer

app = typer.Typer(help="Adopt regimes, see coverage, compare packs, see what would change.", no_args_is_help=True)
