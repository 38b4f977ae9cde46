"""Gate: may this version be used for this, today?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondline.cli.acting import Actor, Store, who
from secondline.cli.exits import Exit, told

if TYPE_CHECKING:
    from secondline.workflow.verdict import Verdict

EXITS = {"open": Exit.PASSED, "closed": Exit.FAILED, "undecided": Exit.INCONCLUSIVE}
MARKS = {"yes": "[green]yes[/]", "no": "[bold red]no[/]", "unknown": "[yellow]unknown[/]", "warn": "[yellow]note[/]"}
TONES = {"open": "bold green", "closed": "bold red", "undecided": "bold yellow"}


def gate(
    what: Annotated[
        list[str], typer.Argument(help="MODEL@VERSION, or a model.yaml. Several may be named.", show_default=False)
    ],
    use: Annotated[
        list[str] | None,
        typer.Option(
            "--use", help="The use, by id or name. Repeatable; a model.yaml may name its own.", show_default=False
        ),
    ] = None,
    artefact: Annotated[Path | None, typer.Option("--artefact", help="The model's file: its bytes are hashed.")] = None,
    configuration: Annotated[
        Path | None,
        typer.Option(
            "--configuration",
            help="What runs of a generative system: its assistant.yaml, or what `evals components --json` wrote.",
        ),
    ] = None,
    pass_path: Annotated[Path | None, typer.Option("--pass", help="A pass file.")] = None,
    revocations: Annotated[Path | None, typer.Option("--revocations", help="The list of stopped passes.")] = None,
    key: Annotated[
        str, typer.Option("--key", help="Trusted public key, or a file with it.", envvar="SECONDLINE_GATE_KEY")
    ] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the ledger.")] = False,
    as_of: Annotated[str, typer.Option("--as-of", help="As it stood at the end of this day.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; a list when several were asked.")] = False,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML, one case for each reason.")] = None,
    actor: Actor = "",
    store: Store = Path("runs"),
) -> None:
    """Ask whether a version may be used: open (0), closed (1) or undecided (3), with every reason."""
    with told():
        from secondline.workflow.gate import ask, configured, questions
        from secondline.workflow.verdict import junit as as_junit

        shows = dict(found for name in what for found in configured(name))
        asked = [one for name in what for one in questions(name, tuple(use or ()), artefact)]
        found = [
            ask(store, name, for_use, artefact=file, pass_path=pass_path, revocations=revocations, key=key,
                as_of=as_of, offline=offline, running=configuration or shows.get(name), actor=who(actor))
            for name, for_use, file in asked
        ]  # fmt: skip
        if junit is not None:
            junit.write_bytes(as_junit(found))
        _print(found, as_json=as_json)
        raise typer.Exit(_worst(found))


def _print(found: list[Verdict], *, as_json: bool) -> None:
    from secondline.cli.screen import print_json

    for verdict in found:
        _summary(verdict)
        if not as_json:
            _show(verdict)
    if as_json:
        print_json(found[0].values() if len(found) == 1 else [verdict.values() for verdict in found])


def _worst(found: list[Verdict]) -> Exit:
    """Return the exit code of several verdicts: closed before undecided before open."""
    words = {verdict.word for verdict in found}
    return EXITS["closed" if "closed" in words else "undecided" if "undecided" in words else "open"]


def _show(verdict: Verdict) -> None:
    from rich.markup import escape

    from secondline.cli.screen import console, grid
    from secondline.govern.conditions import said

    out = console()
    what = escape(f"{verdict.model}@{verdict.version} for {verdict.use}")
    out.print(f"[bold]{what}[/]  [{TONES[verdict.word]}]{escape(verdict.line)}[/]  [dim]by {verdict.source}[/]")
    table = grid("", "question", "*because", "control", "*proof")
    for reason in verdict.reasons:
        table.add_row(MARKS[reason.holds], reason.name, escape(reason.text), reason.control, escape(reason.proof))
    out.print(table)
    for one in verdict.conditions if verdict.word == "open" else ():
        out.print(f"condition  {escape(said(one))}")
    for reason in verdict.reasons:
        if reason.next and reason.holds in {"no", "unknown"}:
            out.print(f"[bold]next[/]  {escape(reason.next)}")


def _summary(verdict: Verdict) -> None:
    """Add the verdict to the summary page of a CI job, where there is one."""
    place = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if not place:
        return
    rows = [f"| {r.holds} | {r.name} | {r.text} | {r.control} |".replace("\n", " ") for r in verdict.reasons]
    lines = [f"### Gate: {verdict.model}@{verdict.version} for {verdict.use}: {verdict.line}", "",
             "| holds | question | because | control |", "|---|---|---|---|", *rows, ""]  # fmt: skip
    with Path(place).open("a", encoding="utf-8") as page:
        page.write("\n".join(lines) + "\n")
