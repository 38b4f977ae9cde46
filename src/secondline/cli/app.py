"""The command line: every command, and nothing but the commands."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from secondline import __version__
from secondline.cli.acting import RUNS, Actor, Store
from secondline.cli.exits import Exit, told
from secondline.cli.groups import arrange, join

app = typer.Typer(
    name="secondline",
    help="Validate models, keep the evidence, write the report.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 passed, 1 failed, 2 usage or error, 3 inconclusive.",
)
checks_app = typer.Typer(
    help="List the checks, or show one with its meaning, limits and sources.", no_args_is_help=True
)
app.add_typer(checks_app, name="checks")

Spec = Annotated[Path, typer.Argument(help="The study's model.yaml, or assistant.yaml.", show_default=False)]
RunId = Annotated[str, typer.Argument(help="A run's id, its beginning, or `latest`.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON by the published schema instead of tables.")]
Code = Annotated[
    bool, typer.Option("--allow-code", help="Run a generative system or a judge that is a function in a file.")
]
Refit = Annotated[
    bool, typer.Option("--refit", help="Build the model again by the command model.yaml declares: it runs that code.")
]


def _version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.", envvar="SECONDLINE_DEBUG")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Validate models, keep the evidence, write the report."""
    del version
    if debug:
        os.environ["SECONDLINE_DEBUG"] = "1"


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="The model's name.")],
    source: Annotated[Path, typer.Option("--from", help="A data file to guess roles from.", show_default=False)],
    current: Annotated[Path | None, typer.Option("--current", help="A second file: the current population.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write.")] = Path("model.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a first model.yaml from a data file, with the roles it can guess and a TODO where you must decide."""
    with told():
        from secondline.cli.screen import console
        from secondline.workflow.init import write_first_spec

        first = write_first_spec(name, source, current, output, overwrite=force)
        console().print(f"Wrote {output} ({first.summary})")
        console().print(f"Next: edit it, then run [bold]secondline validate {output}[/]")


@app.command()
def explore(
    data: Annotated[str, typer.Argument(help="A data file, a folder of Parquet, or a pattern.", show_default=False)],
    label: Annotated[str | None, typer.Option("--label", help="The column of 0 and 1; guessed if left out.")] = None,
    event: Annotated[
        str | None, typer.Option("--event", help="The label's value that marks the event, when it is not 1.")
    ] = None,
    time: Annotated[
        str | None, typer.Option("--time", help="A date or timestamp to follow; guessed if left out.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="A column whose levels are segments.")] = None,
    against: Annotated[
        list[str] | None, typer.Option("--against", help="Another population to compare with. Repeatable.")
    ] = None,
    column: Annotated[list[str] | None, typer.Option("--column", help="Look at this column only. Repeatable.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write the page; NAME-explored.html if left out.")
    ] = None,
    guess: Annotated[
        bool, typer.Option("--guess/--no-guess", help="Guess label and time from names and values.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Take a first look at a population: write a page, print a summary. Fixes no plan, judges nothing."""
    with told():
        from secondline.cli.explore import run_exploration
        from secondline.cli.screen import Screen

        run_exploration(
            data, label, event, time, by, against or (), column or (), output, Screen(quiet=as_json), guessing=guess
        )


@app.command()
def validate(
    spec: Spec,
    store: Annotated[
        Path | None, typer.Option("--store", help="Record folder; `runs` beside model.yaml if left out.")
    ] = None,
    report: Annotated[
        list[str] | None,
        typer.Option("--report", help="Report formats: html, docx, pdf, none. Repeatable; html if left out."),
    ] = None,
    template: Annotated[Path | None, typer.Option("--template", help="A Word template that restyles the DOCX.")] = None,
    as_json: Json = False,
    actor: Actor = "",
    refit: Refit = False,
    allow_code: Code = False,
) -> None:
    """Fix the plan, read the data, answer every check, and write evidence and report."""
    with told():
        from secondline.cli.screen import Screen
        from secondline.cli.validating import run_validation

        screen = Screen(quiet=as_json)
        formats = tuple(report or ["html"])
        code = run_validation(spec, store, formats, template, screen, actor, refit=refit, allow_code=allow_code)
    raise typer.Exit(code)


@app.command()
def score(
    model: Annotated[str, typer.Argument(help="A model file, its address, or a model.yaml.", show_default=False)],
    data: Annotated[
        str | None, typer.Argument(help="Rows to score: a file, a folder of Parquet, or *.parquet.", show_default=False)
    ] = None,
    to: Annotated[Path, typer.Option("--to", help="Where scores go: .parquet, .csv or .arrow.")] = Path(
        "scores.parquet"
    ),
    population: Annotated[str | None, typer.Option("--population", help="A population of model.yaml.")] = None,
    features: Annotated[str, typer.Option("--features", help="The model's inputs in order, such as age,income.")] = "",
    calibration: Annotated[
        str | None, typer.Option("--calibration", help="JSON with an intercept and a slope in log-odds.")
    ] = None,
    architecture: Annotated[
        str | None, typer.Option("--architecture", help="JSON of the layers of a .safetensors file.")
    ] = None,
    keep: Annotated[str, typer.Option("--keep", help="Columns to write beside the score, such as id,month.")] = "",
    column: Annotated[str, typer.Option("--as", help="The name of the score's column.")] = "score",
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes that hold the model.")] = None,
    as_json: Json = False,
) -> None:
    """Score every row of a file or a population with a model, batch by batch, and write the scores."""
    with told():
        from secondline.cli.scoring import Asked, run_score

        asked = Asked(model, data, to, population, features, calibration, architecture, keep, column, workers)
        run_score(asked, as_json=as_json)


@app.command()
def bom(
    spec: Spec,
    to: Annotated[Path | None, typer.Option("--to", help="A file to write; standard output when left out.")] = None,
) -> None:
    """Open the artefact and print its bill of materials as CycloneDX 1.6 JSON: seal, format, inputs, libraries."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.workflow.bom import bill_of
        from secondline.workflow.write import write_whole

        found = bill_of(spec)
        if to is None:
            print_json(found)
        else:
            write_whole(to, (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode())
            console().print(f"Wrote {to}")


@app.command()
def plan(spec: Spec, as_json: Json = False) -> None:
    """Show what would be asked and by which limits, without reading data."""
    with told():
        from secondline.cli.screen import plan_table, print_json
        from secondline.workflow.study import Study

        planned = Study.read(spec).plan()
        print_json(planned.model_dump(mode="json")) if as_json else plan_table(planned)


@app.command()
def explain(
    spec: Spec,
    rows: Annotated[int, typer.Option("--rows", help="How many rows; those of smallest hash.", min=1)] = 5,
    population: Annotated[
        str,
        typer.Option("--population", help="Whose rows; those of the first current population if left out."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Show what each input contributed to single scores: by which method, on which scale, against which rows."""
    with told():
        from secondline.cli.explained import show_contributions
        from secondline.workflow.study import Study

        show_contributions(Study.read(spec).explain(rows, population=population), as_json=as_json)


@app.command()
def report(
    run: RunId = "latest",
    to: Annotated[
        list[Path] | None, typer.Option("--to", help="A file ending in .html, .docx or .pdf. Repeatable.")
    ] = None,
    template: Annotated[Path | None, typer.Option("--template", help="A Word template that restyles the DOCX.")] = None,
    store: Store = RUNS,
) -> None:
    """Write the report of a recorded run again; needs no data."""
    with told():
        from secondline.assist.entering import report_of
        from secondline.cli.screen import console
        from secondline.workflow.store import open_store
        from secondline.workflow.write import write_report

        ledger = open_store(store)
        record = ledger.run(run)
        for path in to or [store / record.id / "report.html"]:
            console().print(f"Wrote {write_report(record, path, template, report_of(ledger, record))}")


@app.command()
def replicate(
    run: RunId = "latest",
    store: Store = RUNS,
    base: Annotated[Path | None, typer.Option("--base", help="Folder the data paths start from.")] = None,
    as_json: Json = False,
    refit: Refit = False,
    allow_code: Code = False,
) -> None:
    """Run a recorded plan again on the data and compare every number with the record."""
    with told():
        from secondline.cli.screen import Screen, show_replication
        from secondline.workflow.replicate import replicate as again
        from secondline.workflow.store import load_run

        record = load_run(store, run)
        screen = Screen(quiet=as_json)
        with screen.progress() as progress:
            result = again(
                record, base or store.resolve().parent, progress=progress, refit=refit, code=allow_code, answers=store
            )
        show_replication(result, as_json=as_json)
    raise typer.Exit(Exit.PASSED if result.agrees else Exit.FAILED)


@app.command()
def verify(
    store: Store = RUNS,
    head: Annotated[
        str, typer.Option("--head", help="A chain head noted earlier, to detect a rewritten or cut ledger.")
    ] = "",
    anchor: Annotated[
        Path | None, typer.Option("--anchor", help="A file of anchors kept elsewhere.", exists=True)
    ] = None,
    key: Annotated[str, typer.Option("--key", help="Service keys known to be right: a file or one line.")] = "",
    as_json: Json = False,
) -> None:
    """Recompute every seal and digest in the record folder and name whatever was altered, removed or reordered."""
    with told():
        from secondline.cli.screen import show_problems
        from secondline.workflow.store import verify_store

        result = verify_store(store, head or None, anchor, key)
        show_problems(result, as_json=as_json)
    raise typer.Exit(Exit.PASSED if not result.problems else Exit.FAILED)


@app.command()
def runs(store: Store = RUNS, as_json: Json = False) -> None:
    """List the recorded runs."""
    with told():
        from secondline.cli.screen import print_json, runs_table
        from secondline.workflow.store import list_runs

        listed = list_runs(store)
        print_json([summary.model_dump(mode="json") for summary in listed]) if as_json else runs_table(listed)


@app.command()
def show(
    evidence: Annotated[
        str, typer.Argument(help="An evidence id such as E-118, a finding such as F-1, or a check's code.")
    ],
    run: Annotated[str, typer.Option("--run", help="The run's id, or latest.")] = "latest",
    store: Store = RUNS,
    as_json: Json = False,
    sql: Annotated[bool, typer.Option("--sql/--no-sql", help="Print the SQL that ran.")] = True,
) -> None:
    """Show one number whole: definition, value, interval, limit and its source, SQL, and how to repeat it."""
    with told():
        from secondline.cli.evidence import show_evidence
        from secondline.workflow.store import load_run

        show_evidence(load_run(store, run), evidence, as_json=as_json, sql=sql)


@app.command()
def opinion(
    run: RunId = "latest",
    confirm: Annotated[bool, typer.Option("--confirm", help="Confirm the proposed grade.")] = False,
    grade: Annotated[int | None, typer.Option("--grade", min=1, max=4, help="Override with this grade.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; required to override.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Show the proposed opinion; confirm it, or override it with a reason. Only a person may."""
    with told():
        from secondline.cli.screen import show_opinion
        from secondline.workflow.store import decide, load_run

        record = decide(store, run, grade, actor, reason) if confirm or grade is not None else load_run(store, run)
        show_opinion(record)


@checks_app.command("list")
def checks_list(
    family: Annotated[str, typer.Argument(help="A family, such as calibration; all when left out.")] = "",
    as_json: Json = False,
) -> None:
    """List every check with the claim it tests."""
    with told():
        from secondline.cli.catalogue import list_checks

        list_checks(family, as_json=as_json)


@checks_app.command("show")
def checks_show(code: Annotated[str, typer.Argument(help="A check's code, such as discrimination.auc.")]) -> None:
    """Show one check: claim, purpose, what it needs, default limits and sources."""
    with told():
        from secondline.cli.catalogue import show_check

        show_check(code)


@app.command("schema")
def schema(
    what: Annotated[str, typer.Argument(help="`rows` (what --json prints) or `model` (model.yaml).")] = "rows",
) -> None:
    """Print the JSON Schema of what --json prints, or of model.yaml."""
    with told():
        from secondline.core.errors import SpecError
        from secondline.core.spec import ModelSpec
        from secondline.workflow.rows import ROW_SCHEMA

        schemas = {"rows": lambda: ROW_SCHEMA, "model": lambda: ModelSpec.model_json_schema(by_alias=True)}
        if what not in schemas:
            raise SpecError(f"There is no schema {what!r}. Use `rows` or `model`.")
        typer.echo(json.dumps(schemas[what](), indent=2))


join(app)
arrange(app)


def main() -> None:
    """Run the command line."""
    app()
