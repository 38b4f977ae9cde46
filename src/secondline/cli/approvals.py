"""Approval: request and decide approvals, issue and suspend passes."""

from __future__ import annotations

import typer

app = typer.Typer(help="Request and decide approvals, issue and suspend passes.", no_args_is_help=True)
