"""Validation: plan and run validation projects."""

from __future__ import annotations

from typing import Annotated

import typer

from secondline.cli.acting import RUNS, Actor, Json, Reason, Store, act, given, ledger_of, said, who
from secondline.cli.exits import told

app = typer.Typer(help="Plan and run validation projects.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The validation, such as V-1.", show_default=False)]
Paper = Annotated[str, typer.Argument(help="The paper, such as RQ-1 or CH-2.", show_default=False)]
PAPER = {"RQ": "request", "CH": "challenge", "RV": "review", "RL": "reliance"}


def paper_of(id_: str) -> str:
    """Return what kind of paper an id names."""
    from secondline.core.errors import SpecError

    kind = PAPER.get(id_.partition("-")[0].upper())
    if kind is None:
        raise SpecError(f"{id_!r} is no paper of a validation; they are numbered RQ-n, CH-n, RV-n, RL-n.")
    return kind


@app.command()
def plan(
    model: Annotated[str, typer.Argument(help="The model.", show_default=False)],
    kind: Annotated[str, typer.Option("--kind", help="initial, periodic, change, targeted, triggered, vendor ...")],
    due: Annotated[str, typer.Option("--due", help="Day it must be signed by.")],
    scope: Annotated[str, typer.Option("--scope", help="What is in, what is out, and why this depth.")],
    version: Annotated[str, typer.Option("--version", help="Version label, such as 2.3.0.")] = "",
    lead: Annotated[str, typer.Option("--lead", help="Validator who leads; you if left out.")] = "",
    team: Annotated[list[str] | None, typer.Option("--team", help="Further validator. Repeatable.")] = None,
    trigger: Annotated[str, typer.Option("--trigger", help="What led to it.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Plan a validation: kind, scope, team and day."""
    with told():
        fields = {
            "model": model, "version": version, "kind": kind, "due": due, "lead": lead or who(actor), "team": team,
            "scope": scope, "trigger": trigger,
        }  # fmt: skip
        act("validation.planned", store, actor, "", fields, "", as_json=as_json)


@app.command()
def team(
    validation: Id,
    lead: Annotated[str, typer.Option("--lead", help="Validator who leads.")],
    member: Annotated[list[str] | None, typer.Option("--member", help="Further validator. Repeatable.")] = None,
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Change the team; new members declare their independence before the work goes on."""
    with told():
        fields = {"lead": lead, "team": member}
        act("validation.team-changed", store, actor, validation, fields, reason, as_json=as_json)


@app.command()
def declare(
    validation: Id,
    statement: Annotated[str, typer.Option("--statement", help="Why you are independent of those who built it.")],
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Declare your own independence."""
    with told():
        act("validation.declared", store, actor, validation, {"statement": statement}, "", as_json=as_json)


@app.command()
def start(validation: Id, store: Store = RUNS, actor: Actor = "", as_json: Json = False) -> None:
    """Start the fieldwork, once every member has declared independence."""
    with told():
        act("validation.started", store, actor, validation, {}, "", as_json=as_json)


@app.command()
def request(
    validation: Id,
    what: Annotated[str, typer.Option("--what", help="What is needed.")],
    to: Annotated[str, typer.Option("--to", help="Who is asked.")],
    due: Annotated[str, typer.Option("--due", help="Day it is needed by.")],
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Request something of the first line."""
    with told():
        fields = {"validation": validation, "what": what, "to": to, "due": due}
        act("request.made", store, actor, "", fields, "", as_json=as_json)


@app.command()
def ask(
    validation: Id,
    question: Annotated[str, typer.Option("--question", help="What is put in doubt, and why.")],
    to: Annotated[str, typer.Option("--to", help="Who is asked.")],
    about: Annotated[str, typer.Option("--about", help="Part of the model or document.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Challenge a choice of the developer."""
    with told():
        fields = {"validation": validation, "question": question, "to": to, "about": about}
        act("challenge.asked", store, actor, "", fields, "", as_json=as_json)


@app.command()
def answer(
    paper: Paper,
    text: Annotated[str, typer.Option("--text", help="What is handed over, or the answer.")],
    outcome: Annotated[str, typer.Option("--outcome", help="Challenge: what changes, or why nothing does.")] = "",
    changed: Annotated[bool, typer.Option("--changed/--unchanged", help="Challenge: does anything change?")] = False,
    evidence: Annotated[list[str] | None, typer.Option("--evidence", help="Request: EV-n. Repeatable.")] = None,
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Answer a request (RQ-n) or a challenge (CH-n), as the first line."""
    with told():
        if paper_of(paper) == "challenge":
            fields = {"answer": text, "outcome": outcome}
            act("challenge.answered", store, actor, paper, fields | {"changed": changed}, "", as_json=as_json)
        else:
            handed: dict[str, object] = {"note": text, "evidence": evidence}
            act(f"{paper_of(paper)}.provided", store, actor, paper, handed, "", as_json=as_json)


@app.command()
def settle(
    paper: Paper,
    reject: Annotated[bool, typer.Option("--reject", help="Not good enough: a request goes back.")] = False,
    dispute: Annotated[
        bool, typer.Option("--dispute", help="The answer does not convince; it is asked again.")
    ] = False,
    escalate: Annotated[bool, typer.Option("--escalate", help="A disputed challenge goes to the head.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Withdraw a request or a reliance.")] = False,
    decision: Annotated[str, typer.Option("--decision", help="The head's decision on an escalated one.")] = "",
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Accept what was answered, or send it back (--reject, --dispute), escalate, withdraw or decide it."""
    with told():
        kind = paper_of(paper)
        chosen = {"rejected": reject, "disputed": dispute, "escalated": escalate, "withdrawn": withdraw,
                  "decided": bool(decision)}  # fmt: skip
        name = next((n for n, wanted in chosen.items() if wanted), "accepted" if kind == "request" else "settled")
        act(f"{kind}.{name}", store, actor, paper, {"decision": decision}, reason, as_json=as_json)


@app.command()
def questions(
    name: Annotated[str, typer.Argument(help="A questionnaire; all are listed when left out.")] = "",
    as_json: Json = False,
) -> None:
    """List the questionnaires, or print one with guidance, good evidence and sources."""
    with told():
        from secondline.cli.papers import show_questions
        from secondline.cli.screen import console, grid, print_json
        from secondline.policy.questionnaires import load, names

        found = [load(name)] if name else [load(one) for one in names()]
        if as_json:
            print_json([one.model_dump(mode="json") for one in found])
        elif name:
            show_questions(found[0], {})
        else:
            table = grid("name", "part", "questions", "*title")
            for one in found:
                table.add_row(one.id, one.part, str(len(one.questions)), one.title)
            console().print(table)


@app.command()
def review(
    validation: Annotated[str, typer.Argument(help="V-n to open a review in, or RV-n to see one.", show_default=False)],
    part: Annotated[str, typer.Argument(help="Part: conceptual, assumptions, documentation, code, use ...")] = "",
    questionnaire: Annotated[
        str, typer.Option("--by", help="Questionnaire; that of the model's type if left out.")
    ] = "",
    subject: Annotated[str, typer.Option("--subject", help="What is reviewed: document and edition, or commit.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Open a structured review of one part, or show what a review asks and has answered."""
    with told():
        from secondline.cli.papers import show_questions
        from secondline.cli.screen import print_json
        from secondline.policy.questionnaires import load, part_named
        from secondline.workflow.validating import open_review

        ledger = ledger_of(store)
        if validation.upper().startswith("RV-"):
            doc = ledger.records.need("review", validation)
        else:
            doc = open_review(ledger, validation, part_named(part), who(actor), questionnaire=questionnaire,
                              subject=subject, via="cli").doc  # fmt: skip
        if as_json:
            print_json(doc)
        else:
            said(doc, as_json=False)
            show_questions(load(doc["questionnaire"]), doc.get("answers", {}))


@app.command()
def note(
    review: Annotated[str, typer.Argument(help="The review, RV-n.", show_default=False)],
    question: Annotated[str, typer.Argument(help="The question, such as PD-3.", show_default=False)],
    rating: Annotated[str, typer.Option("--rating", help="adequate, minor, major, severe or not-applicable.")],
    text: Annotated[str, typer.Option("--text", help="What was found.")],
    evidence: Annotated[list[str] | None, typer.Option("--evidence", help="RUN/E-n, EV-n or a place.")] = None,
    finding: Annotated[str, typer.Option("--finding", help="Finding raised for it.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Answer one question of a review."""
    with told():
        fields = {"question": question, "rating": rating, "answer": text, "evidence": evidence, "finding": finding}
        act("review.noted", store, actor, review, fields, "", as_json=as_json)


@app.command()
def conclude(
    review: Annotated[str, typer.Argument(help="The review, RV-n.", show_default=False)],
    text: Annotated[str, typer.Option("--text", help="What the answers come to, taken together.")],
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Conclude a review; its rating is the worst of its answers."""
    with told():
        act("review.concluded", store, actor, review, {"conclusion": text}, "", as_json=as_json)


@app.command()
def attach(
    validation: Id,
    run: Annotated[str, typer.Argument(help="The run, or `latest`.")] = "latest",
    fixed: Annotated[str, typer.Option("--plan", help="Attach this plan instead of a run.")] = "",
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Attach a run, and raise what it breaches as draft findings; with --plan, the plan before it is run."""
    with told():
        if fixed:
            act("validation.plan-attached", store, actor, validation, {"plan": fixed}, reason, as_json=as_json)
            return
        from secondline.cli.papers import say_sighting
        from secondline.workflow.validating import attach_run

        found = attach_run(ledger_of(store), validation, run, who(actor), reason=reason, via="cli")
        say_sighting(found, as_json=as_json)


@app.command()
def rely(
    validation: Id,
    test: Annotated[str, typer.Option("--test", help="Test of the developer that is relied on.")],
    area: Annotated[str, typer.Option("--area", help="What it tests, such as representativeness.")],
    because: Annotated[str, typer.Option("--because", help="Why it can be relied on.")],
    evidence: Annotated[list[str], typer.Option("--evidence", help="Where it is on record. Repeatable.")],
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Declare that a developer's test is relied on, where kind and tier permit it."""
    with told():
        fields = {"validation": validation, "test": test, "area": area, "because": because, "evidence": evidence}
        act("reliance.declared", store, actor, "", fields, "", as_json=as_json)


@app.command()
def deviate(
    validation: Id,
    what: Annotated[str, typer.Option("--what", help="What is done otherwise than planned.")] = "",
    leave_out: Annotated[str, typer.Option("--leave-out", help="A part that is left out.")] = "",
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Put a deviation from the plan on record, or leave out a part; both are shown wherever the validation is."""
    with told():
        if leave_out:
            act("validation.excused", store, actor, validation, {"part": leave_out}, reason, as_json=as_json)
        else:
            act("validation.deviated", store, actor, validation, {"what": what}, reason, as_json=as_json)


@app.command()
def report(
    validation: Id,
    again: Annotated[bool, typer.Option("--again", help="Take the report up again after the opinion.")] = False,
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Start writing: fieldwork is over."""
    with told():
        name = "validation.reopened" if again else "validation.reporting"
        act(name, store, actor, validation, {}, reason, as_json=as_json)


@app.command()
def opine(
    validation: Id,
    grade: Annotated[int, typer.Option("--grade", min=1, max=4, help="1 no deficiency ... 4 severe.")],
    recommendation: Annotated[str, typer.Option("--recommend", help="approve, conditional, restricted or reject.")],
    combination: Annotated[str, typer.Option("--combination", help="What the deficiencies mean taken together.")],
    confidence: Annotated[str, typer.Option("--confidence", help="high, medium or low.")],
    basis: Annotated[str, typer.Option("--basis", help="What the confidence rests on.")],
    condition: Annotated[list[str] | None, typer.Option("--condition", help="Condition of use. Repeatable.")] = None,
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Give the opinion, as the lead."""
    with told():
        fields = {
            "opinion": grade, "recommendation": recommendation, "combination": combination, "confidence": confidence,
            "confidence_basis": basis, "conditions": condition,
        }  # fmt: skip
        act("validation.opined", store, actor, validation, fields, "", as_json=as_json)


@app.command()
def sign(validation: Id, store: Store = RUNS, actor: Actor = "", as_json: Json = False) -> None:
    """Sign: everything is answered and settled, and at tiers 1 and 2 you are not the one who gave the opinion."""
    with told():
        from secondline.workflow.validating import sign as signed

        said(signed(ledger_of(store), validation, who(actor), via="cli")[0].doc, as_json=as_json)


@app.command()
def cancel(validation: Id, reason: Reason = "", store: Store = RUNS, actor: Actor = "", as_json: Json = False) -> None:
    """Cancel a validation that is not needed any more."""
    with told():
        act("validation.cancelled", store, actor, validation, {}, reason, as_json=as_json)


@app.command()
def show(validation: Id, store: Store = RUNS, as_json: Json = False) -> None:
    """Show where a validation stands and what keeps it from being signed."""
    with told():
        from secondline.cli.papers import show_validation
        from secondline.cli.screen import print_json
        from secondline.workflow.validating import standing

        ledger = ledger_of(store)
        found = standing(ledger.records, validation, ledger.today)
        print_json(found) if as_json else show_validation(found, ledger.today)


@app.command("list")
def listed(
    model: Annotated[str, typer.Option("--model", help="Only of this model.")] = "",
    state: Annotated[str, typer.Option("--state", help="Only in this state.")] = "",
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """List validations by the day they are due."""
    with told():
        from secondline.cli.papers import validations_table
        from secondline.cli.screen import print_json

        ledger = ledger_of(store)
        found = ledger.records.find("validation", **given({"model": model, "state": state}))
        found.sort(key=lambda v: (str(v["due"]), v["id"]))
        print_json(found) if as_json else validations_table(found, ledger.today)
