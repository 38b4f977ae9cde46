"""Evaluating: plan, ask and look at a generative system's answers, one step at a time; `validate` does all of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondline.cli import judging, labelling, varying
from secondline.cli.acting import Actor, Json, who
from secondline.cli.exits import Exit, told

if TYPE_CHECKING:
    from secondline.workflow.answered import Answered
    from secondline.workflow.study import Study

app = typer.Typer(help="Evaluate a generative system: plan, ask, look, label, calibrate its judges.",
                  no_args_is_help=True)  # fmt: skip
Spec = Annotated[Path, typer.Argument(help="The study's assistant.yaml.", show_default=False)]
Store = Annotated[Path | None, typer.Option("--store", help="Record folder; `runs` beside assistant.yaml if left out.")]
Code = Annotated[bool, typer.Option("--allow-code", help="Run a system or a judge that is a function in a file.")]
app.add_typer(labelling.app, name="labels")
app.add_typer(judging.app, name="judges")
app.command()(varying.vary)


def study_of(path: Path) -> Study:
    """Return a study."""
    from secondline.workflow.study import Study

    return Study.read(path)


def store_of(study: Study, store: Path | None) -> Path:
    """Return the folder of records: as stated, or `runs` beside the study."""
    from secondline.workflow.study import RUNS

    return store or study.base / RUNS


def answered_of(path: Path, store: Path | None) -> Answered:
    """Return the graded answers that are kept of a study."""
    from secondline.workflow.answered import answered

    study = study_of(path)
    return answered(study.spec, study.base, store_of(study, store))


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="A file of transcripts.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write.")] = Path("assistant.yaml"),
    kind: Annotated[
        str,
        typer.Option("--format", help="csv, jsonl, otel, inspect, garak, pyrit or promptfoo; told by the name else."),
    ] = "",
    column: Annotated[
        list[str] | None, typer.Option("--column", help="Which column is which field: answer=reply. Repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write a first assistant.yaml and its cases from transcripts, with a TODO where you must decide."""
    with told():
        from secondline.cli.screen import console
        from secondline.workflow.starting import start

        made = start(file, output, kind, _columns(column), overwrite=force)
        console().print(f"Wrote {made.spec} and {made.cases}: {made.count} cases. Decide at every TODO.", markup=False)
        console().print(f"Next: secondline evals plan {made.spec}", markup=False)


def _columns(said: list[str] | None) -> dict[str, str]:
    from secondline.core.errors import SpecError

    pairs = [one.partition("=") for one in said or ()]
    if odd := [name for name, mark, of in pairs if not (name and mark and of)]:
        raise SpecError(f"`--column {odd[0]}` does not say which column: write it as field=column.")
    return {name: of for name, _, of in pairs}


@app.command()
def plan(
    spec: Spec,
    strata: Annotated[bool, typer.Option("--strata", help="One row for each stratum of each suite.")] = False,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Say what would be asked, what it costs at most, and how exact the answers can be. Nothing is called."""
    with told():
        from dataclasses import asdict

        from secondline.cli.evaluating_shown import plan_shown
        from secondline.cli.screen import print_json
        from secondline.workflow.evaluating import KEPT, genai_of, kept_in, read_cases, sound
        from secondline.workflow.rehearsal import rehearse

        study = study_of(spec)
        genai, kept = genai_of(study.spec), kept_in(store_of(study, store), study.spec) / KEPT
        sound(genai, study.base)
        found = rehearse(genai, read_cases(genai, study.base), study.base, kept)
        print_json(asdict(found)) if as_json else plan_shown(found, genai, spec, strata=strata)
    raise typer.Exit(Exit.PASSED if found.fits else Exit.FAILED)


@app.command()
def ask(
    spec: Spec, allow_code: Code = False, store: Store = None, actor: Actor = "", as_json: Json = False
) -> None:  # fmt: skip
    """Ask every case and have the answers graded, and keep them. `validate` then asks nothing again."""
    with told():
        from secondline.cli.evaluating_shown import asked_shown
        from secondline.cli.screen import Screen, print_json
        from secondline.workflow.answered import ask as asked

        study, screen = study_of(spec), Screen(quiet=as_json)
        folder = store_of(study, store)
        with screen.progress() as progress:
            asked(study.spec, study.base, folder, who(actor), allow_code=allow_code, progress=progress)
        found = answered_of(spec, store)
        print_json(asked_shown(found)) if as_json else asked_shown(found, screen, str(spec))


@app.command()
def answers(
    spec: Spec,
    suite: Annotated[str, typer.Option("--suite", help="Only of this suite.")] = "",
    criterion: Annotated[str, typer.Option("--criterion", help="Only by this criterion.")] = "",
    outcome: Annotated[str, typer.Option("--outcome", help="Only these: pass, fail, unscored or error.")] = "",
    case: Annotated[str, typer.Option("--case", help="Only of this case, with the whole answer.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 20,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Show graded answers with what was asked, what was said, and why each was graded so."""
    with told():
        from secondline.cli.evaluating_shown import answer_shown, answers_shown
        from secondline.cli.screen import print_json
        from secondline.core.errors import SpecError

        if outcome not in {"", "pass", "fail", "unscored", "error"}:
            raise SpecError(f"There is no outcome {outcome!r}. Use pass, fail, unscored or error.")
        found = answered_of(spec, store)
        rows = [row for row in found.of(suite, criterion, outcome) if case in {"", row.case.name}]
        if case and not rows:
            raise SpecError(f"No graded answer is of the case {case!r} in what was asked for.")
        if as_json:
            print_json([answer_shown(row) for row in rows[:limit]])
        else:
            answers_shown(rows, limit, whole=bool(case))


@app.command()
def card(
    spec: Spec,
    judge: Annotated[str, typer.Argument(help="The judge's name in assistant.yaml.", show_default=False)],
    write: Annotated[Path | None, typer.Option("--write", help="Write the cards to this JSON file as well.")] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Put the cards on record, for the second line to decide on.")
    ] = False,
    made_by: Annotated[
        list[str] | None, typer.Option("--made-by", help="Who made the judge, and so may not accept it. Repeatable.")
    ] = None,
    actor: Actor = "",
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Show a judge's card: how often it errs, in all and by slice, against people, and whether it may grade."""
    with told():
        from datetime import date

        from secondline.cli.evaluating_shown import card_shown
        from secondline.cli.screen import print_json
        from secondline.workflow.answered import cards
        from secondline.workflow.environment import today
        from secondline.workflow.write import write_whole

        held = answered_of(spec, store)
        made = cards(held, judge, date.fromisoformat(today()))
        plain = [one.model_dump(mode="json") | {"digest": one.digest} for one in made]
        if write:
            write_whole(write, (json.dumps(plain, indent=1, ensure_ascii=False) + "\n").encode())
        if as_json:
            print_json(plain)
        else:
            for one in made:
                card_shown(one)
        if record:
            judging.put(study_of(spec), store, held, judge, who(actor), made_by or [])
    raise typer.Exit(Exit.PASSED if all(one.figures["eligible"] for one in made) else Exit.FAILED)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file of transcripts.", show_default=False)],
    kind: Annotated[
        str,
        typer.Option("--format", help="csv, jsonl, otel, inspect, garak, pyrit or promptfoo; told by the name else."),
    ] = "",
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="Which column of a CSV or JSONL is which field: answer=reply. Repeatable."),
    ] = None,
    write: Annotated[
        Path | None, typer.Option("--write", help="Write them as JSONL that a target of kind replay reads.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a file of another tool's transcripts holds; its verdicts are told, and are no grades."""
    with told():
        from secondline.cli.evaluating_shown import imported_shown
        from secondline.cli.screen import console
        from secondline.evals.exporting import transcripts
        from secondline.evals.importing.reading import read

        found = read(file, kind, _columns(column))
        imported_shown(found, as_json=as_json)
        if write:
            transcripts([one.trace for one in found], write)
            console(stderr=True).print(f"Wrote {write}", markup=False)


@app.command()
def export(
    spec: Spec,
    suite: Annotated[str, typer.Argument(help="The suite's name in assistant.yaml.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="The folder to write to.")] = Path(),
    as_json: Json = False,
) -> None:
    """Write a suite as a task of Inspect AI: a dataset and a Python file. Its log can be replayed here."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.core.errors import SpecError, near
        from secondline.evals.components import system_of
        from secondline.evals.exporting import export as exported
        from secondline.workflow.evaluating import genai_of, read_cases

        study = study_of(spec)
        genai = genai_of(study.spec)
        if suite not in genai.suites:
            raise SpecError(
                f"assistant.yaml declares no suite {suite!r}. {near(suite, genai.suites)} It has: "
                f"{', '.join(genai.suites)}."
            )
        cases = read_cases(genai, study.base)[suite]
        files = exported(
            suite, cases, to, system=system_of(genai, study.base), replicates=genai.suites[suite].replicates
        )  # fmt: skip
        if as_json:
            print_json({"task": str(files[0]), "dataset": str(files[1]), "cases": len(cases)})
        else:
            console().print(f"Wrote {files[0]} and {files[1]}, {len(cases)} cases", markup=False)


@app.command()
def components(
    spec: Spec,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="What `components --json` said before, or an evaluation's configuration.json."),
    ] = None,
    approved: Annotated[
        bool, typer.Option("--approved", help="Hold it against the version that is approved on record.")
    ] = False,
    raise_: Annotated[
        bool, typer.Option("--raise", help="The same, and raise the change that the difference is.")
    ] = False,
    actor: Actor = "",
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Show the parts of the system by what is in them, and what changed. Exit code 1 says that something did."""
    with told():
        from secondline.cli.evaluating_shown import components_shown
        from secondline.cli.screen import print_json
        from secondline.core.declared.configuration import changed, configuration
        from secondline.core.errors import SpecError
        from secondline.evals.components import fingerprint
        from secondline.workflow.configured import parts_of
        from secondline.workflow.evaluating import genai_of

        study = study_of(spec)
        genai = genai_of(study.spec)
        parts = fingerprint(genai, study.base)
        found: dict[str, Any] = {"configuration": configuration(parts), "parts": parts}
        if against and (approved or raise_):
            raise SpecError("Say either what to hold it against (--against), or the approved version (--approved).")
        if against:
            found |= {"changed": changed(parts_of(against), parts)}
        elif approved or raise_:
            found |= _approved(study, parts, store, who(actor) if raise_ else "")
        print_json(found) if as_json else components_shown(genai, found)
    raise typer.Exit(Exit.FAILED if found.get("changed") else Exit.PASSED)


def _approved(study: Study, parts: dict[str, str], store: Path | None, actor: str) -> dict[str, Any]:
    """Return what differs from the approved version, and the change that it was raised as where an actor is named."""
    from secondline.cli.acting import ledger_of
    from secondline.core.errors import SpecError
    from secondline.workflow.configured import held_against, note

    ledger, model = ledger_of(store_of(study, store)), study.spec.model
    found = held_against(ledger.records, model, parts)
    if found is None:
        raise SpecError(f"No approved version of {model} holds its components, so nothing can be held against it.")
    if actor:
        found = note(ledger, model, parts, actor, version=study.spec.version, via="cli")
    return {"approved": found.approved, "changed": dict(found.differences), "change": found.change,
            "why_not": found.why_not}  # fmt: skip
