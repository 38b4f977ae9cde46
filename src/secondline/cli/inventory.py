"""Inventory: register, find, import and export models and what belongs to them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from secondline.cli.acting import RUNS, Actor, Json, Store
from secondline.cli.exits import told
from secondline.cli.inventory_moving import app as moving
from secondline.cli.inventory_options import AsOf, Field, Model, Reason, login, opened, seen

app = typer.Typer(help="Register, find, import and export models and what belongs to them.", no_args_is_help=True)
app.add_typer(moving)


def _form(table: str, pairs: list[str] | None, **more: Any) -> dict[str, Any]:
    from secondline.core.errors import SpecError, near
    from secondline.workflow.inventory.columns import columns, stated

    known = [c.head for c in columns(table)]
    cells: dict[str, Any] = {}
    for pair in pairs or []:
        name, mark, value = pair.partition("=")
        if not mark or name not in known:
            raise SpecError(
                f"--set {pair!r}: write NAME=VALUE. {near(name, known, 'See `secondline inventory fields`.')}"
            )
        cells[name] = value or "(empty)"
    form, wrong = stated(table, cells)
    if wrong:
        raise SpecError(f"{'; '.join(wrong)}.")
    return {**form, **{k: v for k, v in more.items() if v not in {None, ""}}}


@app.command("list")
def list_models(
    where: Annotated[
        list[str] | None, typer.Argument(help="Conditions such as state=in-use, tier__le=2, name__like=mortgage.")
    ] = None,
    order: Annotated[str, typer.Option("--order", help="Sort by this facet.")] = "id",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Most lines to print.")] = 50,
    store: Store = RUNS,
    as_of: AsOf = "",
    as_json: Json = False,
) -> None:
    """List models; filter by any facet, on any day."""
    with told():
        from secondline.cli.inventory_shown import models_table
        from secondline.cli.screen import print_json

        records = seen(store, as_of)
        conditions = _conditions(where or [])
        rows = records.page("model", conditions, order=order, limit=limit).rows
        total = records.count("model", where=conditions).get((), 0)
        print_json(list(rows)) if as_json else models_table(rows, total)


def _conditions(words: list[str]) -> dict[str, Any]:
    from secondline.core.errors import SpecError
    from secondline.govern.record import RECORDS

    record = RECORDS["model"]
    found: dict[str, Any] = {}
    for word in words:
        key, mark, value = word.partition("=")
        if not mark:
            raise SpecError(f"{word!r} is no condition; write FACET=VALUE, such as state=in-use.")
        facet, _, comparison = key.partition("__")
        kind = record.kind(facet) if facet in record.facets else str
        parts = value.split(",") if comparison == "in" else [value]
        values = [_typed(kind, part, key) for part in parts]
        found[key] = values if comparison == "in" else values[0]
    return found


def _typed(kind: type, text: str, key: str) -> Any:
    from secondline.workflow.inventory.cells import read

    return read(text, bool if key.endswith("__empty") else kind, None)


@app.command()
def show(model: Model, store: Store = RUNS, as_of: AsOf = "", as_json: Json = False) -> None:
    """Show a model's whole entry: fields, versions, uses, registers and dependencies."""
    with told():
        from secondline.cli.inventory_shown import entry_shown
        from secondline.cli.screen import print_json
        from secondline.workflow.inventory.whole import whole

        found = whole(seen(store, as_of), model)
        if as_json:
            print_json({"model": found.model, **found.parts, "links_in": found.links_in, "links_out": found.links_out})
        else:
            entry_shown(found)


@app.command()
def fields(
    table: Annotated[str, typer.Argument(help="models, versions, uses, sources, vendors or dependencies.")] = "models",
) -> None:
    """List the fields of a table: what --set and the columns of a file may name."""
    with told():
        from secondline.cli.inventory_shown import fields_table

        fields_table(table)


@app.command()
def add(
    model: Model,
    name: Annotated[str, typer.Option("--name", help="Name people use.")],
    owner: Annotated[str, typer.Option("--owner", help="Person who answers for it.")] = "",
    developer: Annotated[str, typer.Option("--developer", help="Person who leads development.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="model, tool, spreadsheet, genai or method.")] = "model",
    field: Field = None,
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Register a model, a tool, a spreadsheet or a GenAI use case."""
    with told():
        form = _form("models", field, name=name, owner=owner, developer=developer, kind=kind)
        _do(store, "model.registered", actor, model, form, reason)


@app.command()
def change(model: Model, field: Field = None, reason: Reason = "", store: Store = RUNS, actor: Actor = "") -> None:
    """Correct fields of a model's entry; `--set NAME=` empties one."""
    with told():
        from secondline.core.errors import SpecError

        if not field:
            raise SpecError("Nothing to change. Say what: --set NAME=VALUE.")
        _do(store, "model.changed", actor, model, _form("models", field), reason)


@app.command()
def version(
    model: Model,
    label: Annotated[str, typer.Argument(help="Version label, such as 2.3.0.", show_default=False)],
    artefact: Annotated[Path | None, typer.Option("--artefact", help="File whose SHA-256 is its digest.")] = None,
    configuration: Annotated[
        Path | None,
        typer.Option("--configuration", help="Of a generative system: its assistant.yaml, held part by part."),
    ] = None,
    developer: Annotated[list[str] | None, typer.Option("--developer", help="Who built it; repeat it.")] = None,
    field: Field = None,
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Register a version of a model."""
    with told():
        from secondline.core.canonical import digest_bytes
        from secondline.workflow.configured import parts_of

        digest = digest_bytes(artefact.read_bytes()) if artefact else None
        form = _form("versions", field, model=model, version=label, digest=digest)
        form |= {"developers": developer} if developer else {}
        form |= {"components": parts_of(configuration)} if configuration else {}
        _do(store, "version.registered", actor, f"{model}@{label}", form, "")


@app.command()
def use(
    model: Model,
    name: Annotated[str, typer.Argument(help="Name of the use.", show_default=False)],
    field: Field = None,
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Propose a use of a model, with its purpose, population and bounds."""
    with told():
        _do(store, "use.proposed", actor, "", _form("uses", field, model=model, name=name), "")


@app.command()
def source(
    name: Annotated[str, typer.Argument(help="Id of the data source.", show_default=False)],
    title: Annotated[str, typer.Option("--name", help="Name.")],
    field: Field = None,
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Register a data source."""
    with told():
        _do(store, "source.registered", actor, name, _form("sources", field, name=title), "")


@app.command()
def vendor(
    name: Annotated[str, typer.Argument(help="Id of the vendor.", show_default=False)],
    title: Annotated[str, typer.Option("--name", help="Name.")],
    field: Field = None,
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Register a vendor."""
    with told():
        _do(store, "vendor.registered", actor, name, _form("vendors", field, name=title), "")


@app.command()
def link(
    frm: Annotated[str, typer.Argument(metavar="FROM", help="What gives, such as source/bureau.")],
    to: Annotated[str, typer.Argument(help="What depends on it, such as model/pd-retail.")],
    kind: Annotated[str, typer.Option("--kind", help="feeds, data, supplies, component, method or overlay.")] = "feeds",
    explanation: Annotated[str, typer.Option("--explanation", help="Why a cycle it makes is harmless.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Record that one thing depends on another."""
    with told():
        from secondline.workflow.inventory.graph import graph_of

        form = {"frm": frm, "to": to, "kind": kind, **({"explanation": explanation} if explanation else {})}
        _do(store, "link.made", actor, "", form, "")
        for cycle in graph_of(opened(store).records).cycles():
            if {frm, to} <= set(cycle.members) and not cycle.explained:
                typer.echo(
                    f"This closes a cycle: {' > '.join(cycle.members)}. Say why it is harmless: `do link.explained`."
                )


@app.command("do")
def perform(
    act: Annotated[str, typer.Argument(help="An act, such as model.submitted or limitation.recorded.")],
    record: Annotated[str, typer.Argument(help="Id of the record; leave it out for what gets a number.")] = "",
    form: Annotated[str, typer.Option("--form", help="What is stated, as JSON.")] = "{}",
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Do any act on a model or its registers, stating its form as JSON."""
    with told():
        import json

        from secondline.core.errors import SpecError

        try:
            values = json.loads(form)
        except ValueError as error:
            raise SpecError(f"--form is no JSON: {error}.") from error
        _do(store, act, actor, record, values, reason)


def _do(store: Path, act: str, actor: str, id_: str, form: Any, reason: str) -> None:
    done = opened(store).act(act, login(actor), id_, form, reason=reason, via="cli")
    typer.echo(f"{done.id}: {done.doc.get('state', 'recorded')} (event {done.event.seq})")


@app.command("file")
def file_evidence(
    document: Annotated[Path, typer.Argument(help="The file; its bytes are kept and sealed.")],
    kind: Annotated[str, typer.Option("--kind", help="What it shows, such as minutes, drill or code-review.")],
    title: Annotated[str, typer.Option("--title", help="Title.")],
    model: Annotated[str, typer.Option("--model", help="Model; left out for the whole bank.")] = "",
    on: Annotated[str, typer.Option("--on", help="Day of the document; today when left out.")] = "",
    valid_until: Annotated[str, typer.Option("--valid-until", help="Last day it counts.")] = "",
    note: Annotated[str, typer.Option("--note", help="What it says, in a sentence.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """File a document as evidence."""
    with told():
        from secondline.workflow.inventory.filing import file_document

        done = file_document(opened(store), document, kind, title, login(actor), model=model, on=on,
                             valid_until=valid_until, note=note)  # fmt: skip
        typer.echo(f"{done.id}: filed, SHA-256 {done.doc['object']}")


@app.command()
def attest(
    model: Model,
    statement: Annotated[str, typer.Option("--statement", help="What is attested.")] = (
        "The entry is complete and right, and the model is used as stated."
    ),
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Attest a model's entry, as its owner."""
    with told():
        from secondline.workflow.inventory.filing import attest as made

        typer.echo(f"{made(opened(store), model, statement, login(actor))}: {model} attested by {login(actor)}")


@app.command()
def inspect(
    workbook: Annotated[Path, typer.Argument(help="An .xlsx or .xlsm file.")],
    model: Annotated[str, typer.Option("--model", help="Write what was found into this entry.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Inspect a spreadsheet: formulas, links, macros, hidden sheets, errors, and how hard it is to check."""
    with told():
        from secondline.cli.inventory_shown import inspection_shown
        from secondline.workflow.inventory.filing import inspected

        found = inspected(opened(store) if model else None, workbook, model, login(actor))
        inspection_shown(workbook.name, found, as_json=as_json)
