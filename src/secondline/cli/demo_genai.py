"""The demo of generative AI: a bank's assistant of known faults, or a real small language model, validated offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondline.cli.acting import Actor
from secondline.cli.exits import told

if TYPE_CHECKING:
    from secondline.cli.screen import Screen

FOLDER = Path("demo") / "genai"
Model = Annotated[
    bool,
    typer.Option("--model", help="Ask SmolLM2-135M on this machine in place of the scripted assistant (extra `slm`)."),
]


def genai(
    folder: Annotated[Path, typer.Argument(help="Where to put the study.")] = FOLDER,
    quick: Annotated[bool, typer.Option("--quick", help="Some of the cases, HTML only.")] = False,
    model: Model = False,
    actor: Actor = "demo",
) -> None:
    """Validate the assistant of a made-up bank: plan, answers, attacks, judges, findings and a report; no network."""
    with told():
        _small(folder, actor) if model else _scripted(folder, actor, quick=quick)


def _scripted(folder: Path, actor: str, *, quick: bool) -> None:
    from secondline.cli.screen import Screen
    from secondline.samples.genai.generating import prepare
    from secondline.samples.genai.small import QUICK
    from secondline.samples.genai.trimming import trim

    screen = Screen()
    with screen.progress() as progress:
        spec = prepare(folder, progress)
    if quick:
        trim(spec, QUICK)
    _validated(spec, actor, ("html",) if quick else ("html", "docx", "pdf"), screen)
    _gated(spec, screen)
    screen.say(f"\nThe true failure rates are in {folder / 'truth.json'}: hold the report against them.")
    screen.out.print("Look further:")
    for words in (f"evals answers {spec} --outcome fail", f"evals card {spec} faithful",
                  f"show E-1 --store {spec.parent / 'runs'}"):  # fmt: skip
        screen.out.print(f"  secondline {words}", style="bold", markup=False, soft_wrap=True)


def _gated(spec: Path, screen: Screen) -> None:
    """Approve a pilot in a bank of its own, change the prompt, and ask the gate before and after."""
    from rich.markup import escape

    from secondline.workflow import pilot
    from secondline.workflow.gate import ask

    bank = spec.parent / "bank"
    if bank.exists():
        return
    screen.say(f"\nA pilot with staff is approved within limits, on record in {escape(str(bank))}.")
    version, other = pilot.approved(spec, bank), pilot.edited(spec)
    for path in (spec, other):
        found = ask(bank, version, pilot.USE, running=path, actor=pilot.DEVELOPER)
        tone = "green" if found.word == "open" else "bold red"
        screen.say(f"[bold]secondline gate {path.name} --store bank[/]  [{tone}]{found.line}[/]")
        for reason in found.reasons:
            if reason.holds == "no" or reason.name == "change raised":
                screen.say(f"  {reason.name}: {escape(reason.text)}")
    screen.say(f"{other.name} has one more sentence in its prompt. Its change, on a regression, opens the gate again.")


def _small(folder: Path, actor: str) -> None:
    from secondline.cli.screen import Screen
    from secondline.evals.local import command, free_port, served
    from secondline.samples.genai.small import prepare_small

    screen, port = Screen(), free_port()
    words = command(port)
    screen.say("Starting SmolLM2-135M-Instruct on this machine; it answers some forty questions in minutes.")
    with served(words, port, folder / "server.log") as url:
        with screen.progress() as progress:
            spec = prepare_small(folder, url, progress)
        _validated(spec, actor, ("html",), screen)
    screen.say("\nThe figures are those of a model of 135 million parameters: poor, and reported as they are.")
    screen.say(f"See what it said: [bold]secondline evals answers {spec} --outcome fail[/]")


def _validated(spec: Path, actor: str, formats: tuple[str, ...], screen: Screen) -> None:
    from secondline.cli.validating import run_validation

    screen.say(f"\n[bold]secondline validate {spec} --allow-code[/]\n")
    run_validation(spec, None, formats, None, screen, actor, allow_code=True)
