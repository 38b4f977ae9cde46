"""Finding: raise, answer, re-test and close findings."""

from __future__ import annotations

from typing import Annotated

import typer

from secondline.cli.acting import (
    RUNS,
    Actor,
    Json,
    Reason,
    Store,
    act,
    given,
    ledger_of,
    run_named,
    said,
    who,
)
from secondline.cli.exits import told

app = typer.Typer(help="Raise, answer, re-test and close findings.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The finding, such as F-3.", show_default=False)]


@app.command("list")
def listed(
    model: Annotated[str, typer.Option("--model", help="Only of this model.")] = "",
    state: Annotated[str, typer.Option("--state", help="Only in this state; `open` for all that are open.")] = "open",
    owner: Annotated[str, typer.Option("--owner", help="Only those this person must mend.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those that are late.")] = False,
    as_of: Annotated[str, typer.Option("--as-of", help="As they stood at the end of this day.")] = "",
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """List findings, worst and latest first."""
    with told():
        from secondline.cli.papers import findings_table
        from secondline.cli.screen import print_json
        from secondline.core.limit import SEVERITIES
        from secondline.govern.records.finding import is_open, is_overdue

        ledger = ledger_of(store)
        today = as_of or ledger.today
        records = ledger.as_of(as_of) if as_of else ledger.records
        found = records.find("finding", **given({"model": model, "owner": owner}))
        found = [f for f in found if (is_open(f, today) if state == "open" else state in {"all", f.get("state")})]
        found = [f for f in found if not overdue or is_overdue(f, today)]
        found.sort(key=lambda f: (SEVERITIES.index(f["severity"]), str(f.get("due")), f["id"]))
        print_json(found) if as_json else findings_table(found, today)


@app.command()
def show(finding: Id, store: Store = RUNS, as_json: Json = False) -> None:
    """Show one finding whole, with everything that was done to it and by whom."""
    with told():
        from secondline.cli.papers import show_finding
        from secondline.cli.screen import print_json

        ledger = ledger_of(store)
        doc, past = ledger.records.need("finding", finding), ledger.records.past("finding", finding)
        if as_json:
            history = [{"seq": d.seq, "at": d.at, "actor": d.actor, "act": d.act} for d in past]
            print_json({**doc, "past": history})
        else:
            show_finding(doc, past, ledger.today)


@app.command("raise")
def raised(
    model: Annotated[str, typer.Option("--model", help="Model.")] = "",
    statement: Annotated[str, typer.Option("--statement", help="What does not hold.")] = "",
    run: Annotated[str, typer.Option("--run", help="Take all breaches of this run instead.")] = "",
    version: Annotated[str, typer.Option("--version", help="Version label.")] = "",
    validation: Annotated[str, typer.Option("--validation", help="Validation it is raised in.")] = "",
    source: Annotated[str, typer.Option("--source", help="How it came to light.")] = "hand",
    effect: Annotated[str, typer.Option("--effect", help="What follows from it.")] = "",
    share: Annotated[float | None, typer.Option("--effect-share", help="Effect on the target measure: 0.07.")] = None,
    legal: Annotated[bool, typer.Option("--legal", help="A law or regulation is breached.")] = False,
    severity: Annotated[str, typer.Option("--severity", help="Other than the rule gives; with --reason.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="Who must mend it; the model's owner if left out.")] = "",
    criterion: Annotated[str, typer.Option("--criterion", help="What must be shown to close it.")] = "",
    evidence: Annotated[list[str] | None, typer.Option("--evidence", help="RUN/E-n or EV-n. Repeatable.")] = None,
    recommendation: Annotated[str, typer.Option("--recommendation", help="What you advise.")] = "",
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Raise a finding by hand, or with --run everything that a run breaches. Drafts, until issued."""
    with told():
        if run:
            from secondline.cli.papers import say_sighting
            from secondline.workflow.findings import take_from_run

            ledger = ledger_of(store)
            found = take_from_run(ledger, run, who(actor), validation=validation, via="cli")
            say_sighting(found, as_json=as_json)
            return
        fields = {
            "model": model, "version": version, "validation": validation, "source": source, "statement": statement,
            "effect": effect, "effect_share": share, "legal": legal or None, "severity": severity, "owner": owner,
            "criterion": criterion, "evidence": evidence, "recommendation": recommendation,
        }  # fmt: skip
        act("finding.raised", store, actor, "", fields, reason, as_json=as_json)


@app.command()
def change(
    finding: Id,
    criterion: Annotated[str, typer.Option("--criterion", help="What must be shown to close it.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="Who must mend it.")] = "",
    effect: Annotated[str, typer.Option("--effect", help="What follows from it.")] = "",
    share: Annotated[float | None, typer.Option("--effect-share", help="Effect on the target measure: 0.07.")] = None,
    severity: Annotated[str, typer.Option("--severity", help="Other than the rule gives; with --reason.")] = "",
    statement: Annotated[str, typer.Option("--statement", help="What does not hold.")] = "",
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Correct a draft."""
    with told():
        fields = {"criterion": criterion, "owner": owner, "effect": effect, "effect_share": share,
                  "severity": severity, "statement": statement}  # fmt: skip
        act("finding.changed", store, actor, finding, fields, reason, as_json=as_json)


@app.command()
def issue(finding: Id, store: Store = RUNS, actor: Actor = "", as_json: Json = False) -> None:
    """Issue a draft to its owner, who must answer."""
    with told():
        act("finding.issued", store, actor, finding, {}, "", as_json=as_json)


@app.command()
def withdraw(finding: Id, reason: Reason = "", store: Store = RUNS, actor: Actor = "", as_json: Json = False) -> None:
    """Withdraw a draft."""
    with told():
        act("finding.withdrawn", store, actor, finding, {}, reason, as_json=as_json)


@app.command()
def answer(
    finding: Id,
    text: Annotated[str, typer.Option("--text", help="The owner's answer.")] = "",
    action: Annotated[str, typer.Option("--action", help="What will be done.")] = "",
    dispute: Annotated[str, typer.Option("--dispute", help="Why the finding is wrong, instead of an answer.")] = "",
    start: Annotated[bool, typer.Option("--start", help="Say that mending has begun.")] = False,
    done: Annotated[str, typer.Option("--done", help="What was done: it is ready for the re-test.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Answer as the owner: agree with an action, dispute, start mending, or say that it is done."""
    with told():
        name, fields = "finding.agreed", {"answer": text, "action": action}
        if dispute:
            name, fields = "finding.disputed", {"because": dispute}
        elif start:
            name, fields = "finding.started", {}
        elif done:
            name, fields = "finding.ready", {"done": done}
        act(name, store, actor, finding, fields, "", as_json=as_json)


@app.command()
def decide(
    finding: Id,
    uphold: Annotated[bool, typer.Option("--uphold/--drop", help="Whether the disputed finding stands.")] = True,
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Decide a dispute as head of model risk: the finding stands, or is dropped."""
    with told():
        name = "finding.upheld" if uphold else "finding.dropped"
        act(name, store, actor, finding, {}, reason, as_json=as_json)


@app.command()
def extend(
    finding: Id,
    until: Annotated[str, typer.Option("--until", help="The owner asks for this day; left out, you grant it.")] = "",
    decline: Annotated[bool, typer.Option("--decline", help="Decline what was asked.")] = False,
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Ask for more time (--until), grant it, or decline it; each needs a reason, and two people."""
    with told():
        name = "finding.declined" if decline else "finding.extension-asked" if until else "finding.extended"
        act(name, store, actor, finding, {"until": until}, reason, as_json=as_json)


@app.command()
def accept(
    finding: Id,
    risk: Annotated[float | None, typer.Option("--risk", help="The owner asks: size of the risk.")] = None,
    unit: Annotated[str, typer.Option("--unit", help="Its unit, such as EUR a year.")] = "",
    basis: Annotated[str, typer.Option("--basis", help="How it was estimated.")] = "",
    expires: Annotated[str, typer.Option("--expires", help="Last day of acceptance.")] = "",
    decline: Annotated[bool, typer.Option("--decline", help="Decline what was asked.")] = False,
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Ask that a risk be accepted (--risk ...), accept it, or decline; each needs a reason, and two people."""
    with told():
        name = "finding.acceptance-asked" if risk is not None else "finding.accepted"
        fields = {"risk": risk, "unit": unit, "basis": basis, "expires": expires}
        act("finding.declined" if decline else name, store, actor, finding, fields, reason, as_json=as_json)


@app.command()
def control(
    finding: Id,
    what: Annotated[str, typer.Option("--what", help="What is done meanwhile.")] = "",
    measure: Annotated[str, typer.Option("--measure", help="How one sees that it works.")] = "",
    expires: Annotated[str, typer.Option("--expires", help="Last day it counts.")] = "",
    covers: Annotated[str, typer.Option("--covers", help="Limitation it covers; the finding if left out.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Record a compensating control: what it covers, how it is measured, when it ends."""
    with told():
        fields = {"control": what, "measure": measure, "expires": expires, "covers": covers or finding}
        act("finding.controlled", store, actor, finding, fields, "", as_json=as_json)


@app.command()
def retest(
    finding: Id,
    run: Annotated[str, typer.Option("--run", help="The run that fails it again.")] = "",
    note: Annotated[str, typer.Option("--note", help="What was found.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Record a re-test that failed: the finding goes back to be mended. One that passes closes it: `close`."""
    with told():
        act(
            "finding.returned", store, actor, finding, {"run": run_named(store, run), "note": note}, "", as_json=as_json
        )


@app.command()
def close(
    finding: Id,
    run: Annotated[str, typer.Option("--run", help="The later run that passes the check.")] = "",
    evidence: Annotated[str, typer.Option("--evidence", help="EV-n, for a finding without a check.")] = "",
    note: Annotated[str, typer.Option("--note", help="What was looked at.")] = "",
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Close a finding on a re-test that passes; only the second line can."""
    with told():
        fields = {"run": run_named(store, run), "evidence": evidence, "note": note}
        act("finding.closed", store, actor, finding, fields, reason, as_json=as_json)


@app.command()
def reopen(finding: Id, reason: Reason = "", store: Store = RUNS, actor: Actor = "", as_json: Json = False) -> None:
    """Open a closed finding again, or one whose accepted risk is to be mended after all."""
    with told():
        act("finding.reopened", store, actor, finding, {}, reason, as_json=as_json)


@app.command()
def regrade(
    finding: Id,
    share: Annotated[float | None, typer.Option("--effect-share", help="Effect on the target measure: 0.07.")] = None,
    effect: Annotated[str, typer.Option("--effect", help="Effect in words.")] = "",
    severity: Annotated[str, typer.Option("--severity", help="Other than the rule gives.")] = "",
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Grade an issued finding again, when more is known of its effect."""
    with told():
        fields = {"effect_share": share, "effect": effect, "severity": severity}
        act("finding.regraded", store, actor, finding, fields, reason, as_json=as_json)


@app.command()
def merge(
    finding: Id,
    into: Annotated[str, typer.Option("--into", help="The finding that stays.")],
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Merge a duplicate into the finding that stays."""
    with told():
        from secondline.workflow.findings import merge as merged

        said(merged(ledger_of(store), finding, into, who(actor), reason, via="cli")[0].doc, as_json=as_json)


@app.command()
def reassess(
    finding: Id,
    validation: Annotated[str, typer.Option("--validation", help="The validation in which it is judged.")],
    fate: Annotated[str, typer.Option("--fate", help="unchanged, worse, better, mended or no-longer-relevant.")],
    note: Annotated[str, typer.Option("--note", help="On what the judgement rests.")],
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Judge an earlier finding in a later validation, which cannot be signed without."""
    with told():
        fields = {"validation": validation, "fate": fate, "note": note}
        act("finding.reassessed", store, actor, finding, fields, "", as_json=as_json)


@app.command()
def ageing(
    as_of: Annotated[str, typer.Option("--as-of", help="As it stood at the end of this day.")] = "",
    model: Annotated[str, typer.Option("--model", help="Only of this model.")] = "",
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """Show open findings by severity and age, and how many are late."""
    with told():
        from secondline.cli.papers import show_ageing
        from secondline.policy.ageing import ageing as table

        ledger = ledger_of(store)
        records = ledger.as_of(as_of) if as_of else ledger.records
        show_ageing(table(records.find("finding", **given({"model": model})), as_of or ledger.today), as_json=as_json)
