"""Tier: decide scope, rate models, classify changes, see the calendar."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from secondline.cli.acting import RUNS, Actor, Json, Reason, Store, ledger_of, who
from secondline.cli.change import app as change_app
from secondline.cli.change import say
from secondline.cli.due import calendar
from secondline.cli.exits import told
from secondline.cli.screen import console, grid, print_json

app = typer.Typer(help="Decide scope, rate models, classify changes, see the calendar.", no_args_is_help=True)
app.add_typer(change_app, name="change")
app.command(name="calendar")(calendar)

Model = Annotated[str, typer.Argument(help="Entry in the inventory.", show_default=False)]
Answers = Annotated[
    list[str] | None, typer.Option("--answer", "-a", help="An answer as NAME=VALUE; repeat it. Lists: a,b.")
]
AnswersFile = Annotated[Path | None, typer.Option("--answers", help="YAML file of answers.")]
Line = Annotated[str, typer.Option("--line", help="provisional, first or second.")]
VIA = "cli"


@app.command()
def adopt(
    kind: Annotated[str, typer.Argument(help="tiering or change.", show_default=False)],
    method: Annotated[str, typer.Option("--method", help="Version shipped, or your YAML file.")] = "",
    reason: Reason = "", actor: Actor = "", store: Store = RUNS,
) -> None:  # fmt: skip
    """Put a method in force, as an entry of the inventory with its version and all its parameters."""
    with told():
        from secondline.workflow.rating import adopt as put_in_force

        done = put_in_force(ledger_of(store), kind, who(actor), which=method, reason=reason)
        console().print(f"[green]In force[/] {done.id}  digest {done.doc['digest'][:12]}  model {done.doc['model']}")


@app.command()
def questions(
    method: Annotated[str, typer.Option("--method", help="Version shipped, or your YAML file.")] = "",
    as_json: Json = False,
) -> None:
    """List what the tiering method asks and what an answer may be."""
    with told():
        from secondline.policy.tiering import formula
        from secondline.policy.tiering import questions as asked

        found = asked(formula(method))
        if as_json:
            print_json(found)
            return
        table = grid("name", "*question", "*answer")
        for one in found:
            table.add_row(one["name"], escape(one["question"]), escape(one["answer"]))
        console().print(table)


@app.command()
def rate(
    model: Model, line: Line = "first", answer: Answers = None, answers: AnswersFile = None, trigger: Annotated[
        str, typer.Option("--trigger", help="new, performance, use, data, infrastructure, schedule, method, change.")
    ] = "new", note: Annotated[str, typer.Option("--note", help="Remarks.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Compute, record nothing.")] = False,
    actor: Actor = "", store: Store = RUNS, as_json: Json = False,
) -> None:  # fmt: skip
    """Rate a model as first line or validator; answers the inventory holds need not be given again."""
    with told():
        from secondline.policy.tiering import explain
        from secondline.workflow import rating

        ledger = ledger_of(store)
        whole = rating.answers_for(ledger.records, model, read_answers(answer or [], answers), line=line)
        if preview:
            scored = rating.preview(ledger.records, whole).model_dump(mode="json")
            print_json(scored) if as_json else say(f"{model}  tier {scored['tier']}", explain(scored))
            return
        given, rated = rating.rate(ledger, model, line, whole, who(actor), trigger=trigger, note=note, via=VIA)
        if as_json:
            print_json({"rating": given.doc, "model": rated.doc})
            return
        title = f"{given.id}  {model}  {line} line  tier {given.doc['tier']}  by {given.doc['method']}"
        say(title, explain(given.doc))
        console().print(
            f"[bold]{model} is tier {rated.doc['tier']}[/], to be rated again by {rated.doc['next_rating']}"
        )
        if rated.doc["tier"] != given.doc["tier"]:
            console().print(
                "[yellow]The lines differ, or a milder tier awaits the validator: the stricter tier holds.[/]"
            )


@app.command()
def resolve(
    model: Model, tier: Annotated[int, typer.Option("--tier", help="Tier that holds.")], reason: Reason = "",
    actor: Actor = "", store: Store = RUNS,
) -> None:  # fmt: skip
    """Decide, as head of model risk, between the first line's tier and the validator's."""
    with told():
        from secondline.workflow.rating import resolve as decide

        done = decide(ledger_of(store), model, tier, who(actor), reason, via=VIA)
        console().print(f"[bold]{model} is tier {done.doc['tier']}[/]: {escape(reason)}")


@app.command()
def residual(
    model: Model, residual: Annotated[str, typer.Option("--risk", help="Risk left after controls.")],
    reason: Reason = "", actor: Actor = "", store: Store = RUNS,
) -> None:  # fmt: skip
    """Record residual risk; the tier stays what inherent risk made it."""
    with told():
        from secondline.workflow.rating import record_residual

        done = record_residual(ledger_of(store), model, residual, who(actor), reason, via=VIA)
        console().print(f"{model}: residual risk {escape(residual)}, tier {done.doc['tier']} as before")


@app.command()
def rerate(
    model: Model, trigger: Annotated[str, typer.Option("--trigger", help="performance, use, data, infrastructure ...")],
    reason: Reason = "", by: Annotated[str, typer.Option("--due", help="By when, as a date.")] = "",
    actor: Actor = "", store: Store = RUNS,
) -> None:  # fmt: skip
    """Call for a new rating because something changed."""
    with told():
        from secondline.policy.documents import parsed_date
        from secondline.workflow.rating import call_for_rating

        due = parsed_date(by, "--due") if by else None
        done = call_for_rating(ledger_of(store), model, trigger, who(actor), reason, due=due, via=VIA)
        console().print(f"{model}: to be rated again by {done.doc['next_rating']} ({trigger})")


@app.command()
def show(model: Model, store: Store = RUNS, as_json: Json = False) -> None:
    """Show the ratings of a model, and how the newest of each line came about."""
    with told():
        from secondline.policy.tiering import explain

        records = ledger_of(store).records
        entry, ratings = records.need("model", model), records.find("rating", model=model)
        if as_json:
            print_json({"model": entry, "ratings": ratings})
            return
        head = f"{model}  tier {entry.get('tier', 0) or 'not rated'}  residual {entry.get('residual') or 'not stated'}"
        console().print(f"[bold]{escape(head)}[/]  next rating {entry.get('next_rating') or 'not set'}")
        table = grid("rating", "line", "on", ">tier", "method", "trigger", "state", "by")
        for one in ratings:
            table.add_row(one["id"], one["line"], one["on"], str(one["tier"]), one["method"], one["trigger"],
                          one["state"], escape(one["by"]))  # fmt: skip
        console().print(table)
        for one in [r for r in ratings if r["state"] != "superseded"]:
            say(f"{one['id']}  {one['line']} line  tier {one['tier']}", explain(one))


@app.command()
def impact(
    method: Annotated[str, typer.Option("--method", help="Version shipped, or your YAML file.")] = "",
    store: Store = RUNS, as_json: Json = False,
) -> None:  # fmt: skip
    """Show which models another tiering method would move to another tier."""
    with told():
        from secondline.workflow.rating import impact as moved

        found = list(moved(ledger_of(store).records, method))
        if as_json:
            print_json([{"model": s.model, "now": s.now, "then": s.then, "problem": s.problem} for s in found])
            return
        table = grid("model", ">now", ">then", "*problem")
        for shift in found:
            table.add_row(shift.model, str(shift.now), str(shift.then or "?"), escape(shift.problem))
        console().print(table if found else "No tier would change.")


@app.command()
def scope(
    model: Model, regime: Annotated[str, typer.Option("--regime", help="Regime to decide for.")] = "",
    verdict: Annotated[str, typer.Option("--verdict", help="model, non-model or tool.")] = "",
    accept: Annotated[bool, typer.Option("--accept", help="Decide as the rules propose.")] = False,
    because: Annotated[str, typer.Option("--because", help="Why, by the definition.")] = "",
    actor: Actor = "", store: Store = RUNS, as_json: Json = False,
) -> None:  # fmt: skip
    """Show what each regime counts the entry as; with --regime and --verdict or --accept, decide."""
    with told():
        from secondline.workflow.scoping import decide_scope, scope_of

        ledger = ledger_of(store)
        if verdict or accept:
            decide_scope(ledger, model, regime, verdict, because, who(actor), via=VIA)
        lines = scope_of(ledger.records, model, date.fromisoformat(ledger.today), (regime,) if regime else ())
        if as_json:
            print_json([_scope_facts(line) for line in lines])
            return
        table = grid("regime", "proposed", "decided", "by", "*because", "definition", "*source")
        for line in lines:
            p = line.proposal
            decided = f"{line.decided} [yellow](old definition)[/]" if line.stale else line.decided or "[dim]open[/]"
            why, source = escape(line.because or p.because), f"{escape(p.source)} ({p.tag})"
            table.add_row(p.regime, p.verdict, decided, escape(line.by), why, p.definition, source)
        console().print(table)


def _scope_facts(line: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(line.proposal), "decided": line.decided, "by": line.by, "stale": line.stale}


def read_answers(given: list[str], file: Path | None) -> dict[str, Any]:
    """Return answers from a YAML file and from NAME=VALUE on the command line; the latter count.

    Raises:
        SpecError: one has no equals sign, or the file is no mapping.
    """
    from secondline.core.errors import SpecError
    from secondline.policy.documents import load, load_text

    found: Any = load(file)[0] if file else {}
    if not isinstance(found, dict):
        raise SpecError(f"{str(file)!r} must be a mapping of question to answer, such as `complexity: 3`.")
    for one in given:
        name, equals, text = one.partition("=")
        if not equals or not text.strip():
            raise SpecError(f"An answer is written NAME=VALUE; got {one!r}.")
        listed = [part.strip() for part in text.split(",")]
        found[name.strip()] = listed if len(listed) > 1 else load_text(text, f"answer {name}")[0]
    return {name: _number(value) for name, value in found.items()}


def _number(value: Any) -> Any:
    """YAML reads 1e7 as text; people mean the number."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
