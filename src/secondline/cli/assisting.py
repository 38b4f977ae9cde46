"""Assisting: draft sections of a report, decide on each sentence, review documents, evaluate the verifier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondline.cli.acting import RUNS, Actor, Json, Reason, Store, act, ledger_of, said, who
from secondline.cli.assisting_asked import chosen_from, drafted_by, read_by, tried_by
from secondline.cli.exits import Exit, told

if TYPE_CHECKING:
    from secondline.assist.drafting import Passage
    from secondline.assist.exhibits import Exhibits
    from secondline.assist.plans import SectionPlan
    from secondline.assist.scripted import Scripted

app = typer.Typer(help="Draft report sections from evidence, review documents for gaps.", no_args_is_help=True)
RunName = Annotated[str, typer.Argument(help="The run: its id, its beginning, or `latest`.", show_default=True)]
Name = Annotated[str, typer.Argument(help="The passage, such as PS-1.", show_default=False)]
Number = Annotated[int, typer.Argument(help="Number of the sentence.", min=1, show_default=False)]
Write = Annotated[Path | None, typer.Option("--write", help="Write it to this file as well.")]
Writer = Annotated[
    Path | None, typer.Option("--writer", help="writer.yaml: a language model to ask, and nothing but it.")
]
Code = Annotated[bool, typer.Option("--allow-code", help="Run a writer that is a function in a file.")]


@app.command()
def draft(
    run: RunName = "latest",
    section: Annotated[list[str] | None, typer.Option("--section", help="Section to draft; all if left out.")] = None,
    write: Annotated[
        Path | None, typer.Option("--write", help="Write to a file: .md, .json, .html, .docx or .pdf.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Put the drafts on record, to be decided on.")] = False,
    document: Annotated[
        list[Path] | None, typer.Option("--document", help="Document to quote to a writer. Repeatable.")
    ] = None,
    prompt: Annotated[bool, typer.Option("--prompt", help="Print what a language model would be asked.")] = False,
    reply: Annotated[
        list[Path] | None,
        typer.Option("--reply", help="File with what a model answered to that prompt. Repeatable: one a try."),
    ] = None,
    model: Annotated[str, typer.Option("--model", help="Name and version of the model that answered.")] = "",
    writer: Writer = None,
    allow_code: Code = False,
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Draft sections of a run's report: by templates, or by a model, of which the verifier lets stand what it can."""
    with told():
        from secondline.assist.deciding import exhibits_of
        from secondline.assist.deciding import keep as kept
        from secondline.assist.plans import plan_of, plans_of

        ledger = ledger_of(store)
        exhibits = exhibits_of(ledger, ledger.run(run))
        plans = [plan_of(name) for name in section] if section else list(plans_of(exhibits))
        documents = _quoted(document or [])
        if prompt:
            _prompts(plans, exhibits, documents, reply or [], model)
            return
        if writer:
            passages = drafted_by(ledger, chosen_from(writer, reply), plans, exhibits, documents, code=allow_code)
        else:
            passages = _drafted(plans, exhibits, documents, _scripted(plans, reply, model) if reply else None)
        ids = [kept(ledger, passage, who(actor), via="cli").id for passage in passages] if keep else []
        _show(passages, ids, as_json=as_json)
        if write:
            _written(passages, write)


def _quoted(paths: list[Path]) -> dict[str, str]:
    from secondline.assist.passages import read

    return {path.name: read(path).text for path in paths}


def _prompts(
    plans: list[SectionPlan], exhibits: Exhibits, documents: dict[str, str], replies: list[Path], model: str
) -> None:
    """Print the prompt of each section; after replies, the one that says what was wrong with the last of them."""
    from secondline.assist.prompts import prompt

    if not replies:
        for plan in plans:
            typer.echo(prompt(plan, exhibits, documents))
        return
    writer = _scripted(plans, replies, model)
    _drafted(plans, exhibits, documents, writer)
    following = writer.asked[len(replies) :]
    typer.echo(following[0] if following else "The last reply may stand, or it was the last try.")


def _scripted(plans: list[SectionPlan], replies: list[Path], model: str) -> Scripted:
    from secondline.assist.drafting import TRIES
    from secondline.assist.passages import read
    from secondline.assist.scripted import Scripted
    from secondline.core.errors import SpecError

    if len(plans) != 1 or model in {"", "template"}:
        raise SpecError("`--reply` belongs to one `--section`, and `--model` names the model that answered.")
    if len(replies) > TRIES:
        raise SpecError(f"A model has {TRIES} tries, so at most {TRIES} files of replies are read.")
    return Scripted(model, tuple(read(path).text for path in replies))


def _drafted(
    plans: list[SectionPlan], exhibits: Exhibits, documents: dict[str, str], writer: Scripted | None
) -> list[Passage]:
    import asyncio

    from secondline.assist import drafting

    if writer is None:
        return [drafting.draft(plan, exhibits) for plan in plans]
    return [asyncio.run(drafting.draft_with(writer, plans[0], exhibits, documents))]


def _show(passages: list[Passage], ids: list[str], *, as_json: bool) -> None:
    from secondline.assist.showing import plain
    from secondline.cli.screen import console, print_json

    if as_json:
        print_json([plain(passage) | ({"id": ids[i]} if ids else {}) for i, passage in enumerate(passages)])
        return
    screen = console()
    for i, passage in enumerate(passages):
        shown = plain(passage)
        name = f"  {ids[i]}" if ids else ""
        screen.print(f"{passage.plan.title}{name}  by {passage.writer}", style="bold", markup=False)
        for number, one in enumerate(shown["sentences"], 1):
            screen.print(f"{number:>4}  {one['said']}", markup=False)
        for line in shown["missing"]:
            screen.print(f"      {line}", markup=False)
        for attempt in shown["attempts"]:
            said_ = f"      {attempt['writer']}: {attempt['outcome']} {', '.join(attempt['codes'])}"
            screen.print(said_.rstrip(), style="dim", markup=False)
            for one in attempt["refused"]:
                screen.print(f"        refused: {one['text']}", style="dim", markup=False)
                screen.print(f"          {'; '.join(one['problems'])}", style="dim", markup=False)


def _written(passages: list[Passage], path: Path) -> None:
    from secondline.assist.showing import as_draft, as_json_text, as_markdown
    from secondline.cli.screen import console
    from secondline.workflow.write import rendered, write_whole

    suffix = path.suffix.lower()
    if suffix == ".md":
        content = as_markdown(passages).encode()
    elif suffix == ".json":
        content = as_json_text(passages).encode()
    else:
        content = rendered(as_draft(passages), suffix)
    write_whole(path, content)
    console(stderr=True).print(f"Wrote {path}", markup=False)


@app.command()
def accept(passage: Name, sentence: Number, store: Store = RUNS, actor: Actor = "", as_json: Json = False) -> None:
    """Accept a sentence as drafted: it becomes your text."""
    _decide(passage, sentence, "accepted", "", store, actor, as_json=as_json)


@app.command()
def reject(
    passage: Name, sentence: Number, reason: Reason = "", store: Store = RUNS, actor: Actor = "", as_json: Json = False
) -> None:
    """Reject a sentence, with a reason."""
    _decide(passage, sentence, "rejected", reason, store, actor, as_json=as_json)


def _decide(
    passage: str, number: int, decision: str, reason: str, store: Path, actor: str, *, as_json: bool
) -> None:  # fmt: skip
    with told():
        from secondline.assist.deciding import decide

        receipt = decide(ledger_of(store), passage, number, decision, who(actor), reason=reason, via="cli")
        said(receipt.doc, as_json=as_json)


@app.command()
def edit(
    passage: Name,
    sentence: Number,
    text: Annotated[str, typer.Option("--text", help="The sentence in your words; numbers stay slots.")],
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Let a sentence stand in your own words; numbers still come from the evidence."""
    with told():
        from secondline.assist.deciding import edit as edited

        receipt = edited(ledger_of(store), passage, sentence, text, who(actor), reason=reason, via="cli")
        said(receipt.doc, as_json=as_json)


@app.command()
def finish(passage: Name, store: Store = RUNS, actor: Actor = "", as_json: Json = False) -> None:
    """Finish a passage: every sentence is decided and nothing adverse is left out. It enters the report."""
    with told():
        act("passage.finished", store, actor, passage, {}, "", as_json=as_json)


@app.command()
def reopen(passage: Name, reason: Reason = "", store: Store = RUNS, actor: Actor = "", as_json: Json = False) -> None:
    """Take a finished passage up again."""
    with told():
        act("passage.reopened", store, actor, passage, {}, reason, as_json=as_json)


@app.command()
def drop(passage: Name, reason: Reason = "", store: Store = RUNS, actor: Actor = "", as_json: Json = False) -> None:
    """Drop a passage."""
    with told():
        act("passage.dropped", store, actor, passage, {}, reason, as_json=as_json)


@app.command()
def show(passage: Name, store: Store = RUNS, as_json: Json = False) -> None:
    """Show a passage: each sentence, its template, and what was decided on it."""
    with told():
        from secondline.cli.screen import console, print_json

        doc = ledger_of(store).records.need("passage", passage)
        if as_json:
            print_json(doc)
            return
        screen = console()
        screen.print(f"{doc['id']}  {doc['state']}  {doc['section']} of {doc['run']}  by {doc['writer']}", markup=False)
        for number, one in enumerate(doc["sentences"], 1):
            decided = doc.get("decisions", {}).get(str(number), {})
            mark = decided.get("decision", "open")
            screen.print(f"{number:>4}  {mark:<9} {decided.get('said') or one['said']}", markup=False)
            screen.print(f"      {decided.get('text') or one['text']}", style="dim", markup=False)


@app.command()
def review(
    document: Annotated[Path, typer.Argument(help="The document: text, Markdown or DOCX.", show_default=False)],
    pack: Annotated[str, typer.Option("--pack", help="Pack, questionnaire, or YAML file with `title` and `clauses`.")],
    tier: Annotated[int | None, typer.Option("--tier", help="Tier of the model, if clauses are asked by tier.")] = None,
    as_of: Annotated[str, typer.Option("--as-of", help="Day on which the pack is in force; today if left out.")] = "",
    writer: Writer = None,
    allow_code: Code = False,
    write: Write = None,
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """Hold a document against a checklist: what is quoted stands in the document, the rest is a gap."""
    with told():
        from secondline.assist.checklists import checklist
        from secondline.assist.passages import read
        from secondline.assist.review import review as reviewed
        from secondline.cli.assisting_shown import review_shown
        from secondline.workflow.environment import now

        asked = checklist(pack, as_of or now()[:10])
        paper = read(document)
        if writer:
            found = read_by(ledger_of(store), chosen_from(writer, None), paper, asked, tier, code=allow_code)
        else:
            found = reviewed(paper, asked, tier)
        review_shown(asked, document.name, found, write, as_json=as_json)


@app.command()
def agreement(
    labels: Annotated[Path, typer.Argument(help="The labelled file of `review --write labels.csv`.")],
    as_json: Json = False,
) -> None:
    """Compare reviews with people's verdicts: the share of true gaps that were seen, with its interval."""
    with told():
        from secondline.assist.agreement import agreement as counted
        from secondline.assist.agreement import labelled
        from secondline.cli.assisting_shown import agreement_shown

        agreement_shown(counted(labelled(labels)), as_json=as_json)


@app.command()
def triage(
    finding: Annotated[str, typer.Argument(help="The finding, such as F-1.", show_default=False)],
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """Suggest what a finding may duplicate, whether it is graded too mildly, and what it lacks. Changes nothing."""
    with told():
        from dataclasses import asdict

        from secondline.assist.triage import triage as suggested
        from secondline.cli.screen import console, print_json

        records = ledger_of(store).records
        found = suggested(records.need("finding", finding), records.find("finding"))
        if as_json:
            print_json([asdict(one) for one in found])
            return
        for one in found:
            console().print(f"{one.kind:<10} {one.what:<12} {one.because}", markup=False)
        if not found:
            console().print("Nothing to suggest.")


@app.command()
def writer(
    declared: Annotated[Path, typer.Argument(help="The writer.yaml.", show_default=False)],
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """Show a writer: the digest to register as its version, and whether the bank's policy lets it write. Asks nothing.

    The exit code is 1 when the policy does not let it.
    """
    with told():
        from secondline.assist.permitting import permitted
        from secondline.cli.screen import console, print_json
        from secondline.core.errors import Refused

        found = chosen_from(declared, None)
        try:
            may, because = True, permitted(ledger_of(store), found)
        except Refused as error:
            may, because = False, str(error)
        entry = found.declared.entry
        shown = {"writer": found.declared.name, "entry": entry, "digest": found.digest, "may": may, "because": because}
        if as_json:
            print_json(shown)
        else:
            console().print(f"{shown['writer']}  {entry or 'no entry named'}\ndigest {found.digest}", markup=False)
            console().print(f"{'may write' if may else 'may not write'}: {because}", markup=False)
    raise typer.Exit(Exit.PASSED if may else Exit.FAILED)


@app.command()
def evaluate(
    run: RunName = "latest",
    total: Annotated[int, typer.Option("--total", min=100, max=100_000, help="Errors to seed.")] = 4000,
    seed: Annotated[int, typer.Option("--seed", help="Seed that draws them.")] = 1,
    entry: Annotated[
        str, typer.Option("--entry", help="File it as evidence on this entry: MODEL or MODEL@VERSION.")
    ] = "",
    writer: Writer = None,
    allow_code: Code = False,
    write: Write = None,
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Seed errors of known kinds into correct sentences about a run and count what the verifier stops.

    With a writer, every section is drafted by it twice: plainly, and with an order to lie in a document.
    """
    with told():
        from secondline.assist.deciding import exhibits_of
        from secondline.assist.evaluation import evaluate as evaluated
        from secondline.assist.evaluation import report
        from secondline.assist.registering import file_evaluation
        from secondline.cli.screen import console, print_json
        from secondline.workflow.write import write_whole

        ledger = ledger_of(store)
        exhibits = exhibits_of(ledger, ledger.run(run))
        found = evaluated(exhibits, total, seed)
        if writer:
            found = tried_by(ledger, chosen_from(writer, None), exhibits, found, code=allow_code)
        filed = file_evaluation(ledger, found, entry, who(actor), via="cli").id if entry else ""
        if write:
            write_whole(write, report(found).encode())
        if as_json:
            print_json(found.plain() | ({"evidence": filed} if filed else {}))
        else:
            typer.echo(report(found))
            if filed:
                console(stderr=True).print(f"Filed as {filed} on {entry}", markup=False)
    raise typer.Exit(Exit.PASSED if found.holds else Exit.FAILED)
