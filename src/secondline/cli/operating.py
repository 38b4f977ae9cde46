"""Commands that keep an installation in order: doctor, backup, restore."""

from __future__ import annotations

import typer


def join(app: typer.Typer) -> None:
    """Add the commands to the program."""
