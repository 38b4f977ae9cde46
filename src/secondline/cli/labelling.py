"""Labelling: which answers people grade, blinded sheets to them and back, disputes settled, and what holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondline.cli.acting import Actor, Json, Reason, who
from secondline.cli.exits import Exit, told

if TYPE_CHECKING:
    from secondline.workflow.labelling.desk import Desk, Work

app = typer.Typer(help="Have answers labelled by people: plan, sheets in CSV or Excel, settle, suggest. Each is an act "
                  "on record.", no_args_is_help=True)  # fmt: skip
Spec = Annotated[Path, typer.Argument(help="The study's assistant.yaml.", show_default=False)]
Store = Annotated[Path | None, typer.Option("--store", help="Record folder; `runs` beside assistant.yaml if left out.")]
PlanId = Annotated[str, typer.Argument(help="The plan of labels, such as LB-1.", show_default=False)]
Criterion = Annotated[str, typer.Option("--criterion", help="The criterion to label by.", show_default=False)]
Suite = Annotated[str, typer.Option("--suite", help="Only answers of this suite.")]
Number = Annotated[int, typer.Option("-n", "--number", min=1, help="How many answers.")]
Raters = Annotated[list[str], typer.Option("--rater", help="Who labels. Repeatable.", show_default=False)]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed that draws them; that of assistant.yaml if left out.")]
VIA = "cli"


def _desk(spec: Path, store: Path | None) -> Desk:
    from secondline.cli.evaluating import store_of, study_of
    from secondline.workflow.labelling.desk import desk_of

    study = study_of(spec)
    return desk_of(study.spec, study.base, store_of(study, store))


@app.command("plan")
def plan_(
    spec: Spec,
    criterion: Criterion,
    rater: Raters,
    number: Number = 200,
    suite: Suite = "",
    double: Annotated[
        float | None, typer.Option("--double", help="Share that two people label; a quarter if left out.")
    ] = None,
    seed: Seed = None,
    store: Store = None,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Choose answers to label, by verdict and stratum, and put plan and chances on record before anybody labels."""
    with told():
        from secondline.workflow.labelling.giving import plan

        desk = _desk(spec, store)
        made = plan(desk, suite, criterion, number, rater, by=who(actor), seed=seed, double=double, via=VIA)
        _planned(made, as_json=as_json)


@app.command()
def suggest(
    spec: Spec,
    criterion: Criterion,
    rater: Raters,
    number: Number = 50,
    suite: Suite = "",
    seed: Seed = None,
    store: Store = None,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Choose about so many more, by known chances: where the judge was unsure, failures are grave, labels few."""
    with told():
        from secondline.workflow.labelling.giving import suggest as suggested

        made = suggested(_desk(spec, store), suite, criterion, number, rater, by=who(actor), seed=seed, via=VIA)
        _planned(made, as_json=as_json)


def _planned(work: Work, *, as_json: bool) -> None:
    from secondline.cli.screen import console, grid, print_json

    plan = work.plan
    if as_json:
        print_json({
            "id": work.id, "digest": plan.digest, "design": plan.design, "tasks": len(plan.tasks),
            "raters": {name: len(plan.of(name)) for name in plan.raters},
            "cells": [cell.model_dump(mode="json") for cell in plan.cells], "after": list(work.doc["after"]),
        })  # fmt: skip
        return
    table = grid("outcome", "*stratum", ">answers", ">chosen")
    for cell in plan.cells:
        table.add_row(cell.outcome, cell.stratum or "-", str(cell.frame), str(cell.taken))
    console().print(table)
    shares = ", ".join(f"{name} {len(plan.of(name))}" for name in plan.raters)
    console().print(f"{work.id} is planned ({plan.design}): {len(plan.tasks)} answers, {shares}", markup=False)
    console().print(f"digest {plan.digest[:16]}", style="dim", markup=False)


@app.command("list")
def list_(spec: Spec, store: Store = None, as_json: Json = False) -> None:
    """Show the plans of labels on record for these answers, how far they are, and who still labels."""
    with told():
        from secondline.cli.screen import console, grid, print_json

        told_ = [_told(work) for work in _desk(spec, store).works()]
        if as_json:
            print_json(told_)
            return
        table = grid("plan", "*suite", "criterion", "*design", "state", ">labels", ">of", ">disputes", "*open for")
        for one in told_:
            left = ", ".join(f"{name} {count}" for name, count in one["left"].items() if count)
            table.add_row(one["id"], one["suite"] or "all", one["criterion"], one["design"], one["state"],
                          str(one["given"]), str(one["wanted"]), str(len(one["disputes"])), left or "-")  # fmt: skip
        console().print(table)


def _told(work: Work) -> dict[str, Any]:
    return {
        "id": work.id, "suite": work.doc.get("suite", ""), "criterion": work.plan.criterion,
        "design": work.plan.design, "state": work.state, "digest": work.plan.digest, "given": work.given,
        "wanted": work.wanted, "disputes": work.disputes,
        "left": {name: len(work.open_for(name)) for name in work.plan.raters},
    }  # fmt: skip


@app.command()
def export(
    spec: Spec,
    plan: PlanId,
    rater: Annotated[str, typer.Option("--rater", help="Whose sheet it is.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="The sheet: .csv or .xlsx.", show_default=False)],
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Write the sheet of a rater: question, passages and answer, and nothing of what judge or rule said."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.core.errors import SpecError
        from secondline.workflow.labelling.sheets import CSV, EXCEL, sheet_of
        from secondline.workflow.write import write_whole

        kind = to.suffix.lower().lstrip(".")
        if kind not in {CSV, EXCEL}:
            raise SpecError(f"A sheet is .csv or .xlsx; {to.name!r} is neither.")
        desk = _desk(spec, store)
        work = desk.work(plan)
        write_whole(to, sheet_of(desk, work, rater, CSV if kind == CSV else EXCEL))
        count = len(work.plan.of(rater))
        if as_json:
            print_json({"sheet": str(to), "rater": rater, "tasks": count})
        else:
            console().print(f"Wrote {to}: {count} answers for {rater}. Fill `verdict`: pass, fail or unsure.")


@app.command("import")
def import_(
    spec: Spec,
    plan: PlanId,
    sheet: Annotated[Path, typer.Argument(help="The sheet that came back: .csv or .xlsx.", show_default=False)],
    rater: Annotated[str, typer.Option("--rater", help="Who filled it.", show_default=False)],
    store: Store = None,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """File the labels of a sheet: all of them, or none and every row that is wrong by its number."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.core.errors import DataError
        from secondline.workflow.labelling.sheets import take

        desk = _desk(spec, store)
        try:
            content = sheet.read_bytes()
        except OSError as error:
            raise DataError(f"Cannot read the sheet {str(sheet)!r}: {error.strerror or error}.") from error
        fresh, changed = take(desk, desk.work(plan), rater, content, by=who(actor), via=VIA)
        left = len(desk.work(plan).open_for(rater))
        if as_json:
            print_json({"plan": plan, "rater": rater, "new": fresh, "changed": changed, "left": left})
        else:
            console().print(f"{plan}: {fresh} new labels of {rater}, {changed} changed, {left} still open.")


@app.command()
def disputes(spec: Spec, plan: PlanId, store: Store = None, as_json: Json = False) -> None:
    """Show what raters disagree on, not who said what nor any grader's verdict. Exit code 3: there is some."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.workflow.labelling.giving import said_of

        desk = _desk(spec, store)
        work = desk.work(plan)
        found = [{"task": id_, **desk.showing(work.task(id_)), "said": said_of(work, id_)} for id_ in work.disputes]
        if as_json:
            print_json(found)
        for one in () if as_json else found:
            console().print(f"\n{one['task']}  {', '.join(verdict for verdict, _ in one['said'])}", style="bold",
                            markup=False)  # fmt: skip
            for name in ("question", "answer"):
                console().print(f"{name}: {one[name]}", markup=False)
            for _, note in one["said"]:
                console().print(f"note: {note}" if note else "no note", style="dim", markup=False)
    raise typer.Exit(Exit.INCONCLUSIVE if found else Exit.PASSED)


@app.command()
def adjudicate(
    spec: Spec,
    plan: PlanId,
    decide: Annotated[
        list[str], typer.Option("--decide", help="TASK=pass or TASK=fail. Repeatable.", show_default=False)
    ],
    note: Annotated[str, typer.Option("--note", help="Why, for all of them.")] = "",
    store: Store = None,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Settle what two raters disagree on, as a third person: whoever labelled under the plan may not."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.workflow.labelling.giving import adjudicate as adjudicated

        desk = _desk(spec, store)
        count = adjudicated(desk, desk.work(plan), _decided(decide, note), by=who(actor), via=VIA)
        left = len(desk.work(plan).disputes)
        if as_json:
            print_json({"plan": plan, "settled": count, "left": left})
        else:
            console().print(f"{plan}: {count} disputes settled, {left} left.")


def _decided(said: list[str], note: str) -> dict[str, tuple[str, str]]:
    from secondline.core.errors import SpecError

    made = {}
    for one in said:
        name, _, verdict = one.partition("=")
        if verdict not in {"pass", "fail"}:
            raise SpecError(f"`--decide {one}` does not say pass or fail. Write {name or 'TASK'}=pass or =fail.")
        made[name] = (verdict, note)
    return made


@app.command()
def settle(
    spec: Spec,
    plan: Annotated[list[str] | None, typer.Argument(help="The plans; all that are open if left out.")] = None,
    to: Annotated[Path, typer.Option("--to", help="Every settled label, for `labels:` of assistant.yaml.")] = Path(
        "labels.csv"
    ),
    reason: Reason = "",
    store: Store = None,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Settle the labels of plans, and write those of all settled plans. Exit code 3: raters still disagree."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.evals.labelling.filed import write
        from secondline.workflow.labelling.giving import settle as settled
        from secondline.workflow.write import write_whole

        desk = _desk(spec, store)
        works = [desk.work(name) for name in plan] if plan else [w for w in desk.works() if w.state == "labelling"]
        open_ = {work.id: work.disputes for work in works if work.disputes}
        if not open_:
            for work in works:
                settled(desk, work, by=who(actor), reason=reason, via=VIA)
            rows = desk.table()
            write_whole(to, write(rows).encode())
            known = sum(bool(row["label"]) for row in rows)
            said = {"to": str(to), "answers": len(rows), "labelled": known, "settled": [work.id for work in works]}
            line = f"Wrote {to}: {known} of {len(rows)} answers are labelled."
        else:
            said = {"disputed": open_, "settled": []}
            line = f"Raters disagree: {', '.join(f'{k} on {len(v)}' for k, v in open_.items())}. Nothing was settled."
        print_json(said) if as_json else console().print(line, markup=False)
    raise typer.Exit(Exit.INCONCLUSIVE if open_ else Exit.PASSED)


@app.command()
def withdraw(
    spec: Spec, plan: PlanId, reason: Reason = "", store: Store = None, actor: Actor = "", as_json: Json = False
) -> None:  # fmt: skip
    """Withdraw a plan of labels: its labels no longer count. The record of both stays."""
    _plainly("labels.withdrawn", spec, plan, reason, store, actor, as_json=as_json)


@app.command()
def reopen(
    spec: Spec, plan: PlanId, reason: Reason = "", store: Store = None, actor: Actor = "", as_json: Json = False
) -> None:  # fmt: skip
    """Take labelling up again after it was settled: until it is settled anew its labels do not count."""
    _plainly("labels.reopened", spec, plan, reason, store, actor, as_json=as_json)


def _plainly(name: str, spec: Path, plan: str, reason: str, store: Path | None, actor: str, *, as_json: bool) -> None:
    with told():
        from secondline.cli.acting import said

        ledger = _desk(spec, store).ledger
        said(ledger.act(name, who(actor), plan, {}, reason=reason, via=VIA).doc | {"id": plan}, as_json=as_json)
