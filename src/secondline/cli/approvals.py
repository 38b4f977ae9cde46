"""Approval: request and decide approvals, adopt the policy behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from secondline.cli import passes
from secondline.cli.acting import RUNS, Json, Store, ledger_of
from secondline.cli.exits import told

app = typer.Typer(help="Request and decide approvals, issue and suspend passes.", no_args_is_help=True)
policy_app = typer.Typer(help="Propose, adopt and show the policy of approvals.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")
app.add_typer(passes.app, name="pass")

Actor = Annotated[str, typer.Option("--actor", help="Who acts.", envvar="SECONDLINE_ACTOR")]
Id = Annotated[str, typer.Argument(help="Approval, such as AP-1.", show_default=False)]
Version = Annotated[str, typer.Argument(help="MODEL@VERSION.", show_default=False)]
Uses = Annotated[list[str], typer.Option("--use", help="A use, by id or name. Repeatable.", show_default=False)]
Conditions = Annotated[
    list[str] | None,
    typer.Option("--condition", help="A condition as JSON, or `kind key=value ...`. Repeatable.", show_default=False),
]
Reason = Annotated[str, typer.Option("--reason", help="Why.", show_default=False)]


def condition(text: str) -> dict[str, Any]:
    """Return a condition given as JSON, or as ``volume decisions=500 per=day``.

    Raises:
        SpecError: it is neither.
    """
    import json
    import shlex

    from secondline.core.errors import SpecError

    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except ValueError as error:
            raise SpecError(f"The condition {text!r} is no JSON: {error}.") from error
        return dict(found)
    kind, *pairs = shlex.split(text) or [""]
    if not kind or any("=" not in pair for pair in pairs):
        raise SpecError(f"Write a condition as `kind key=value ...`, such as `volume decisions=500`; got {text!r}.")
    values: dict[str, Any] = dict(pair.split("=", 1) for pair in pairs)
    if "values" in values:
        values["values"] = values["values"].split(",")
    return {"kind": kind, **values}


@app.command("request")
def request_(
    version: Version,
    use: Uses,
    expires: Annotated[str, typer.Option("--expires", help="Last day, such as 2027-05-01.", show_default=False)],
    residual: Annotated[str, typer.Option("--residual", help="Residual risk that is left.", show_default=False)],
    seeks: Annotated[str, typer.Option("--seeks", help="approve, conditional or restricted.")] = "approve",
    conditions: Conditions = None,
    mitigants: Annotated[str, typer.Option("--mitigants", help="What makes weaknesses bearable.")] = "",
    justification: Annotated[str, typer.Option("--justification", help="Why in spite of weaknesses.")] = "",
    emergency: Annotated[bool, typer.Option("--emergency", help="Urgent use before the validation is signed.")] = False,
    told_: Annotated[list[str] | None, typer.Option("--told", help="A stakeholder who was told. Repeatable.")] = None,
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Request approval of a version for one or several uses."""
    with told():
        from secondline.cli.approving import done
        from secondline.workflow.approving import request
        from secondline.workflow.gate import split

        model, label = split(version)
        form = {
            "model": model, "version": label, "uses": tuple(use), "expires": expires, "residual": residual,
            "seeks": "restricted" if emergency else seeks, "conditions": [condition(c) for c in conditions or ()],
            "mitigants": mitigants, "justification": justification, "told": tuple(told_ or ()),
            "kind": "emergency" if emergency else "normal",
        }  # fmt: skip
        ledger = ledger_of(store)
        done(ledger, request(ledger, actor, form, via="cli"), as_json=as_json)


@app.command()
def amend(
    approval: Id,
    reason: Reason,
    seeks: Annotated[str, typer.Option("--seeks", help="approve, conditional or restricted.")] = "",
    expires: Annotated[str, typer.Option("--expires", help="Last day.")] = "",
    residual: Annotated[str, typer.Option("--residual", help="Residual risk that is left.")] = "",
    conditions: Conditions = None,
    mitigants: Annotated[str, typer.Option("--mitigants", help="What makes weaknesses bearable.")] = "",
    justification: Annotated[str, typer.Option("--justification", help="Why in spite of weaknesses.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Amend a request; every signature given before is void."""
    with told():
        from secondline.cli.approving import done

        stated = {
            "seeks": seeks, "expires": expires, "residual": residual, "mitigants": mitigants,
            "justification": justification, "conditions": [condition(c) for c in conditions or ()],
        }  # fmt: skip
        form = {name: value for name, value in stated.items() if value}
        ledger = ledger_of(store)
        done(ledger, ledger.act("approval.amended", actor, approval, form, reason=reason, via="cli"), as_json=as_json)


@app.command()
def sign(
    approval: Id,
    signs: Annotated[str, typer.Option("--signs", help="What you read: the digest that `show` prints, or its start.")],
    affirm: Annotated[
        bool, typer.Option("--affirm", help="Affirm the rating and the residual risk as stated.")
    ] = False,
    against: Annotated[bool, typer.Option("--against", help="Sign against.")] = False,
    statement: Annotated[str, typer.Option("--statement", help="What you want said.")] = "",
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Sign an approval, having read what `secondline approval show` prints."""
    with told():
        from secondline.cli.approving import done
        from secondline.workflow.approving import sign as sign_it

        ledger = ledger_of(store)
        verdict = "reject" if against else "approve"
        receipt = sign_it(
            ledger, actor, approval, signs, verdict=verdict, affirms=affirm, statement=statement, via="cli"
        )
        done(ledger, receipt, as_json=as_json)


@app.command()
def decide(
    approval: Id,
    decision: Annotated[str, typer.Argument(help="approve, conditional, restricted or reject.", show_default=False)],
    rationale: Annotated[str, typer.Option("--rationale", help="Why.", show_default=False)],
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Record the decision that the signatures carry."""
    with told():
        from secondline.cli.approving import done
        from secondline.workflow.approving import decide as decide_it

        ledger = ledger_of(store)
        receipts = decide_it(ledger, actor, approval, decision, rationale, via="cli")
        done(ledger, receipts[0], as_json=as_json)


@app.command("object")
def object_(
    approval: Id,
    statement: Annotated[str, typer.Option("--statement", help="What you disagree with.", show_default=False)],
    about: Annotated[str, typer.Option("--about", help="objective, population, data or other.")] = "objective",
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Object to an approval as a stakeholder; an objection to the objective blocks until you settle it."""
    _act(store, "approval.objected", actor, approval, {"about": about, "statement": statement})


@app.command()
def settle(
    approval: Id,
    number: Annotated[int, typer.Argument(help="Number of your objection.")],
    how: Annotated[str, typer.Option("--how", help="How it was settled.", show_default=False)],
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Settle your own objection."""
    _act(store, "approval.settled", actor, approval, {"number": number, "how": how})


@app.command()
def renew(
    approval: Id,
    expires: Annotated[str, typer.Option("--expires", help="New last day.", show_default=False)],
    reason: Reason,
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Renew an emergency use, once."""
    _act(store, "approval.renewed", actor, approval, {"expires": expires}, reason)


@app.command()
def withdraw(approval: Id, reason: Reason, store: Store = RUNS, actor: Actor = "") -> None:
    """Withdraw a request, or an approval that stands."""
    _act(store, "approval.withdrawn", actor, approval, {}, reason)


def _act(store: Path, name: str, actor: str, id_: str, form: dict[str, Any], reason: str = "") -> None:
    with told():
        from secondline.cli.approving import done

        ledger = ledger_of(store)
        done(ledger, ledger.act(name, actor, id_, form, reason=reason, via="cli"), as_json=False)


@app.command("list")
def list_(
    model: Annotated[str, typer.Option("--model", help="Of this model only.")] = "",
    state: Annotated[str, typer.Option("--state", help="In this state only.")] = "",
    as_of: Annotated[str, typer.Option("--as-of", help="As it stood on this day.")] = "",
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """List approvals."""
    with told():
        from secondline.cli.approving import show_list

        show_list(ledger_of(store), model, state, as_of, as_json=as_json)


@app.command()
def show(approval: Id, store: Store = RUNS, as_json: Json = False) -> None:
    """Show exactly what is signed, and whose signatures are missing."""
    with told():
        from secondline.cli.approving import show_reading

        show_reading(ledger_of(store), approval, as_json=as_json)


@policy_app.command("show")
def policy_show(
    source: Annotated[
        Path | None, typer.Option("--from", help="A YAML file; the one that comes with secondline.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a policy of approvals: who signs at which tier."""
    with told():
        from secondline.cli.approving import show_policy

        show_policy(source, as_json=as_json)


@policy_app.command()
def propose(
    reason: Reason,
    source: Annotated[
        Path | None, typer.Option("--from", help="A YAML file; the one that comes with secondline.")
    ] = None,
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Propose a policy of approvals."""
    with told():
        from secondline.cli.screen import console
        from secondline.workflow.approving import propose_policy

        found = propose_policy(ledger_of(store), actor, source, reason=reason, via="cli")
        console().print(f"Proposed {found.id}. Somebody else adopts it: secondline approval policy adopt {found.id}")


@policy_app.command()
def adopt(
    name: Annotated[str, typer.Argument(help="Policy, such as approvals@2026.1.", show_default=False)],
    reason: Reason,
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Adopt a proposed policy of approvals; two people must."""
    with told():
        from secondline.cli.screen import console
        from secondline.workflow.approving import adopt_policy

        found = adopt_policy(ledger_of(store), actor, name, reason=reason, via="cli")
        console().print(f"Adopted {found.id}; it is in force from {found.doc['since']}.")
