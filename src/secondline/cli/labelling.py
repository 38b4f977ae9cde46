"""Labelling: which answers people grade, blinded sheets to them and back, and what holds in the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondline.cli.acting import Actor, Json, who
from secondline.cli.exits import Exit, told

if TYPE_CHECKING:
    from secondline.evals.labelling import Label, Plan

app = typer.Typer(help="Have answers labelled by people: plan, sheets in CSV or Excel, settle, suggest.",
                  no_args_is_help=True)  # fmt: skip
Spec = Annotated[Path, typer.Argument(help="The study's assistant.yaml.", show_default=False)]
Store = Annotated[Path | None, typer.Option("--store", help="Record folder; `runs` beside assistant.yaml if left out.")]
PlanFile = Annotated[Path, typer.Argument(help="The label plan.", show_default=False)]
Criterion = Annotated[str, typer.Option("--criterion", help="The criterion to label by.", show_default=False)]
Number = Annotated[int, typer.Option("-n", "--number", min=1, help="How many answers.")]
Raters = Annotated[list[str], typer.Option("--rater", help="Who labels. Repeatable.", show_default=False)]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed that draws them; that of assistant.yaml if left out.")]
PlanTo = Annotated[Path, typer.Option("--to", help="The new file for the plan.")]
LabelsFile = Annotated[Path, typer.Option("--labels", help="The file that collects labels.")]
LABELS = Path("labels.jsonl")


@app.command("plan")
def plan_(
    spec: Spec,
    criterion: Criterion,
    rater: Raters,
    number: Number = 200,
    suite: Annotated[str, typer.Option("--suite", help="Only answers of this suite.")] = "",
    double: Annotated[float, typer.Option("--double", help="Share that two people label.")] = 0.25,
    seed: Seed = None,
    to: PlanTo = Path("label-plan.json"),
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Choose answers to label, by verdict and stratum, and write down the chance with which each was chosen."""
    with told():
        from secondline.cli.evaluating import answered_of
        from secondline.evals.labelling import planned
        from secondline.workflow.sheeting import write_plan

        found = answered_of(spec, store)
        rows = list(found.of(suite, criterion))
        start = found.genai.seed if seed is None else seed
        made = planned(rows, number, seed=start, raters=rater, double=double)
        write_plan(to, made)
        _planned(made, to, as_json=as_json)


@app.command()
def suggest(
    spec: Spec,
    criterion: Criterion,
    rater: Raters,
    number: Number = 50,
    seed: Seed = None,
    to: PlanTo = Path("label-plan-2.json"),
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Choose what to label next: where the judge was unsure, failures weigh most, and labels are few."""
    with told():
        from secondline.cli.evaluating import answered_of
        from secondline.evals.labelling import suggested
        from secondline.workflow.sheeting import write_plan

        found = answered_of(spec, store)
        done = [key for key, said in found.labels.items() if said.label is not None]
        start = found.genai.seed if seed is None else seed
        made = suggested(found.of(criterion=criterion), done, number, seed=start, raters=rater)
        write_plan(to, made)
        _planned(made, to, as_json=as_json)


def _planned(plan: Plan, path: Path, *, as_json: bool) -> None:
    from secondline.cli.screen import console, grid, print_json

    raters = sorted({name for task in plan.tasks for name in task.raters})
    if as_json:
        print_json({
            "plan": str(path), "digest": plan.digest, "tasks": len(plan.tasks),
            "raters": {name: len(plan.of(name)) for name in raters},
            "cells": [cell.model_dump(mode="json") for cell in plan.cells],
        })  # fmt: skip
        return
    table = grid("outcome", "*stratum", ">answers", ">chosen")
    for cell in plan.cells:
        table.add_row(cell.outcome, cell.stratum or "-", str(cell.frame), str(cell.taken))
    console().print(table)
    shares = ", ".join(f"{name} {len(plan.of(name))}" for name in raters)
    console().print(f"{len(plan.tasks)} answers to label: {shares}. Wrote {path}", markup=False)
    console().print(f"digest {plan.digest[:16]}", style="dim", markup=False)


@app.command()
def export(
    spec: Spec,
    plan: PlanFile,
    rater: Annotated[str, typer.Option("--rater", help="Whose sheet it is.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="The sheet: .csv or .xlsx.", show_default=False)],
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Write the sheet of a rater: question, passages and answer, and nothing of what judge or rule said."""
    with told():
        from secondline.cli.evaluating import answered_of
        from secondline.cli.screen import console, print_json
        from secondline.workflow.sheeting import read_plan, write_sheet

        count = write_sheet(to, read_plan(plan), rater, answered_of(spec, store))
        if as_json:
            print_json({"sheet": str(to), "rater": rater, "tasks": count})
        else:
            console().print(f"Wrote {to}: {count} answers for {rater}. Fill `verdict`: pass, fail or unsure.")


@app.command("import")
def import_(
    plan: PlanFile,
    sheet: Annotated[Path, typer.Argument(help="The sheet that came back: .csv or .xlsx.", show_default=False)],
    rater: Annotated[str, typer.Option("--rater", help="Who filled it.", show_default=False)],
    labels: LabelsFile = LABELS,
    as_json: Json = False,
) -> None:
    """Take the labels of a sheet: all of them, or none and every row that is wrong by its number."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.workflow.sheeting import add_labels, read_plan, read_sheet

        made = read_plan(plan)
        new = read_sheet(sheet, made, rater)
        fresh, changed = add_labels(labels, new)
        left = len(made.of(rater)) - len(new)
        if as_json:
            print_json({"labels": str(labels), "rater": rater, "new": fresh, "changed": changed, "left": left})
        else:
            console().print(f"{fresh} new labels of {rater}, {changed} changed, {left} still open. In {labels}")


@app.command()
def settle(
    spec: Spec,
    plan: Annotated[list[Path], typer.Argument(help="The label plans.", show_default=False)],
    labels: LabelsFile = LABELS,
    decide: Annotated[
        list[str] | None,
        typer.Option("--decide", help="Settle what two disagree on: TASK=pass or TASK=fail. Repeatable."),
    ] = None,
    to: Annotated[Path, typer.Option("--to", help="The settled labels, for `labels:` of assistant.yaml.")] = Path(
        "labels.csv"
    ),
    store: Store = None,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Settle labels: what holds of each answer and what the second rater said. Exit code 3: people still disagree."""
    with told():
        from secondline.cli.evaluating import answered_of
        from secondline.cli.screen import console, print_json
        from secondline.evals.labelling import disputed, settle
        from secondline.workflow.sheeting import add_labels, read_labels, read_plan, settled_csv
        from secondline.workflow.write import write_whole

        plans = [read_plan(path) for path in plan]
        if decide:
            add_labels(labels, _decided(decide, plans, who(actor)))
        held = read_labels(labels)
        made = settle(plans, held)
        write_whole(to, settled_csv(answered_of(spec, store), made).encode())
        open_, known = disputed(held), sum(one.label is not None for one in made.values())
        if as_json:
            print_json({"to": str(to), "answers": len(made), "labelled": known, "disputed": open_})
        else:
            console().print(f"Wrote {to}: {known} of {len(made)} answers are labelled.", markup=False)
            for task in open_:
                said = ", ".join(f"{one.rater} {one.verdict}" for one in held if one.task == task)
                console().print(f"disputed {task}: {said}", markup=False)
    raise typer.Exit(Exit.INCONCLUSIVE if open_ else Exit.PASSED)


def _decided(said: list[str], plans: list[Plan], actor: str) -> list[Label]:
    from secondline.core.errors import SpecError, near
    from secondline.evals.labelling import Label

    tasks = {task.id: task for plan in plans for task in plan.tasks}
    made = []
    for one in said:
        name, _, verdict = one.partition("=")
        if name not in tasks:
            raise SpecError(f"No plan has the task {name!r}. {near(name, tasks)}".strip())
        if verdict not in {"pass", "fail"}:
            raise SpecError(f"`--decide {one}` does not say pass or fail. Write {name}=pass or {name}=fail.")
        task = tasks[name]
        facts = {"task": name, "trace": task.trace, "criterion": task.criterion, "rater": actor, "verdict": verdict}
        made.append(Label.model_validate(facts | {"adjudicated": True}))
    return made
