"""Commands of `secondline convert`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondline.cli.acting import Json
from secondline.cli.exits import Exit, told

if TYPE_CHECKING:
    from secondline.workflow.convert import Conversion

app = typer.Typer(help="Turn artefacts into ONNX with proof that nothing changed.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Turn artefacts into ONNX with proof that nothing changed."""


@app.command("run")
def run(
    study: Annotated[Path, typer.Argument(help="The model.yaml whose artefact is converted.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="Where the graph is written, ending in .onnx.")],
    population: Annotated[str, typer.Option("--population", help="Whose rows are tried; the reference's.")] = "",
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Try only rows made near the thresholds; read no population.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Convert an artefact, compare both on at least 10,000 rows, and write the graph only where nothing changed."""
    with told():
        from secondline.cli.screen import print_json
        from secondline.workflow.convert import convert

        found = convert(study, to, population=population, synthetic=synthetic)
        if as_json:
            print_json(found.report.model_dump(mode="json"))
        else:
            _show(found)
        raise typer.Exit(Exit.PASSED if found.report.passed else Exit.FAILED)


def _show(found: Conversion) -> None:
    from rich.markup import escape

    from secondline.cli.screen import console

    out, report, same = console(), found.report, found.report.equivalence
    out.print(
        f"{report.source_format} to ONNX: {same.rows:,} rows tried, {same.reference_rows:,} of them real; scores "
        f"differ by at most {same.greatest:.2g} (allowed {same.tolerance:.2g}), {same.flips:,} decisions flip"
    )
    for problem in report.problems:
        out.print(f"[bold red]refused[/] {escape(problem)}")
    written = [found.graph, found.report_file, found.reference] if report.passed else [found.report_file]
    for path in written:
        if path is not None:
            out.print(f"wrote {escape(str(path))}")
    if report.passed:
        out.print(f"SHA-256 of the graph: {report.result}")
