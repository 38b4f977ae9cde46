"""Ledger: keys, checkpoints, anchors, exports and the stand-alone verifier."""

from __future__ import annotations

import typer

app = typer.Typer(help="Keys, checkpoints, anchors, exports and the stand-alone verifier.", no_args_is_help=True)
