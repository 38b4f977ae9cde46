"""Change commands: raise, classify, approve, put live, list."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape

from secondline.cli.acting import RUNS, Actor, Reason, Store, ledger_of, who
from secondline.cli.exits import told
from secondline.cli.screen import console, grid, print_json

app = typer.Typer(help="Raise, classify and approve changes of models.", no_args_is_help=True)

Change = Annotated[str, typer.Argument(help="Change, such as C-3.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure", "-m", help="NAME=VALUE, NAME=VALUE[LOW,HIGH] or NAME=VALUE/N; add @baseline if so measured."
    ),
]
VIA = "cli"


@app.command(name="raise")
def raise_one(
    model: Annotated[str, typer.Argument(help="Entry in the inventory.", show_default=False)],
    text: Annotated[str, typer.Argument(metavar="DESCRIPTION", help="What changes and why.", show_default=False)],
    part: Annotated[list[str] | None, typer.Option("--part", "-p", help="Part that is touched; repeat it.")] = None,
    component: Annotated[list[str] | None, typer.Option("--component", help="NAME=VERSION of a component.")] = None,
    measure: Measures = None, version: Annotated[str, typer.Option("--version", help="Label of the new version.")] = "",
    origin: Annotated[str, typer.Option("--origin", help="internal, vendor, provider or autonomous.")] = "internal",
    preview: Annotated[bool, typer.Option("--preview", help="Show the class it would have, record nothing.")] = False,
    actor: Actor = "", store: Store = RUNS, as_json: Json = False,
) -> None:  # fmt: skip
    """Raise a change against the last approved and validated version."""
    with told():
        from secondline.workflow import changing

        ledger, moves = ledger_of(store), read_measures(measure or [])
        if preview:
            found = changing.preview_class(ledger.records, model, part or [], moves).model_dump(mode="json")
            print_json(found) if as_json else say(f"{model}  class {found['class_']}", found["why"])
            return
        pairs = dict(_pair(one) for one in component or [])
        done = changing.raise_change(ledger, model, part or [], text, who(actor), version=version, measures=moves,
                                     origin=origin, components=pairs, via=VIA)  # fmt: skip
        _told(done, f"raised, counted from {done.doc['baseline'] or 'no approved version yet'}", as_json=as_json)


@app.command()
def component(
    model: Annotated[str, typer.Argument(help="Id of the model.", show_default=False)],
    part: Annotated[str, typer.Argument(help="Part, such as prompt or 'base model'.", show_default=False)],
    to: Annotated[str, typer.Argument(help="Its new version; `none` drops it.", show_default=False)],
    origin: Annotated[str, typer.Option("--origin", help="internal, vendor or provider.")] = "internal",
    reason: Reason = "", actor: Actor = "", store: Store = RUNS, as_json: Json = False,
) -> None:  # fmt: skip
    """Replace a component and raise the change that it is."""
    with told():
        from secondline.workflow.changing import replace_component

        raised, _ = replace_component(ledger_of(store), model, part, to, who(actor), reason=reason, origin=origin,
                                      via=VIA)  # fmt: skip
        _told(raised, "raised", as_json=as_json)


@app.command()
def measure(
    change: Change, measure: Measures = None, actor: Actor = "", store: Store = RUNS, as_json: Json = False
) -> None:  # fmt: skip
    """Add measures to a change; its class is decided anew afterwards."""
    with told():
        facts = {"measures": read_measures(measure or [])}
        _told(
            ledger_of(store).act("change.measured", who(actor), change, facts, via=VIA),
            "measured",
            as_json=as_json,
        )


@app.command()
def classify(
    change: Change, at_least: Annotated[str, typer.Option("--at-least", help="Ask for a stricter class.")] = "",
    reason: Reason = "", actor: Actor = "", store: Store = RUNS, as_json: Json = False,
) -> None:  # fmt: skip
    """Classify a change by the criteria in force, with all changes since the baseline."""
    with told():
        from secondline.workflow.changing import classify_change

        done = classify_change(ledger_of(store), change, who(actor), at_least=at_least, reason=reason, via=VIA)
        if as_json:
            print_json(done.doc)
            return
        follows = done.doc["follows"]
        say(f"{change}  {done.doc['model']}  class {done.doc['class_']}", done.doc["why"])
        console().print(f"  must follow: {follows['says']}; approved by {' or '.join(follows['approvers'])}")
        if done.doc["stop"]:
            console().print("[bold red]  The model must not run until this change is approved.[/]")


@app.command()
def approve(
    change: Change, validation: Annotated[str, typer.Option("--validation", help="Signed validation.")] = "",
    run: Annotated[str, typer.Option("--run", help="Run without failures that proves parity.")] = "",
    reason: Reason = "", actor: Actor = "", store: Store = RUNS, as_json: Json = False,
) -> None:  # fmt: skip
    """Approve a classified change on what its class needs."""
    with told():
        from secondline.workflow.changing import approve_change

        done = approve_change(ledger_of(store), change, who(actor), reason, validation=validation, run=run, via=VIA)
        _told(done, "approved", as_json=as_json)


@app.command()
def implement(change: Change, actor: Actor = "", store: Store = RUNS, as_json: Json = False) -> None:
    """Record that an approved change is live."""
    with told():
        _told(ledger_of(store).act("change.implemented", who(actor), change, via=VIA), "live", as_json=as_json)


@app.command()
def reject(change: Change, reason: Reason = "", actor: Actor = "", store: Store = RUNS, as_json: Json = False) -> None:
    """Reject a change."""
    with told():
        done = ledger_of(store).act("change.rejected", who(actor), change, reason=reason, via=VIA)
        _told(done, "rejected", as_json=as_json)


@app.command(name="list")
def list_changes(
    model: Annotated[str, typer.Option("--model", help="Of one model only.")] = "",
    state: Annotated[str, typer.Option("--state", help="In one state only.")] = "",
    store: Store = RUNS, as_json: Json = False,
) -> None:  # fmt: skip
    """List changes."""
    with told():
        where = {k: v for k, v in (("model", model), ("state", state)) if v}
        found = ledger_of(store).records.find("change", **where)
        if as_json:
            print_json(found)
            return
        table = grid("change", "model", "class", "state", "origin", "*parts", "*description")
        for one in found:
            table.add_row(one["id"], one["model"], one.get("class_") or "-", one["state"], one.get("origin", ""),
                          escape(", ".join(one["parts"])), escape(one["description"]))  # fmt: skip
        console().print(table if found else "No changes are on record.")


def read_measures(given: list[str]) -> dict[str, dict[str, Any]]:
    """Return measures from their short form, such as ``decision_flips=0.008/12000`` or ``score_psi=0.06@baseline``.

    Raises:
        SpecError: one is not written so.
    """
    import re

    from secondline.core.errors import SpecError
    from secondline.workflow.changing import measured

    number = r"[-+]?[\d.]+(?:e[-+]?\d+)?"
    form = rf"([\w-]+)=({number})(?:\[({number}),\s*({number})\])?(?:/(\d+))?(?:@(baseline|previous))?"
    found = {}
    for one in given:
        match = re.fullmatch(form, one.strip(), re.IGNORECASE)
        try:
            name, value, low, high, n, against = match.groups() if match else ("", "", "", "", "", "")
            ends = [float(x) if x else None for x in (low, high)]
            found[name] = measured(name, float(value), ends[0], ends[1], int(n) if n else None, against or "previous")
        except ValueError:
            raise SpecError(
                f"A measure is written NAME=VALUE, NAME=VALUE[LOW,HIGH] or NAME=VALUE/N, as fractions; got {one!r}."
            ) from None
    return found


def _pair(text: str) -> tuple[str, str]:
    from secondline.core.errors import SpecError

    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise SpecError(f"A component is written NAME=VERSION; got {text!r}.")
    return name.strip(), value.strip()


def _told(done: Any, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(done.doc)
    else:
        console().print(f"[bold]{done.id}[/]  {escape(str(done.doc['model']))}  {escape(what)}")


def say(title: str, lines: list[str]) -> None:
    """Print a title and lines under it."""
    console().print(f"[bold]{escape(title)}[/]")
    for line in lines:
        console().print(f"  {escape(line)}")
