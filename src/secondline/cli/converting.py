"""Commands of `secondline convert`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Turn artefacts into ONNX with proof that nothing changed.", no_args_is_help=True)
