"""Rating: adopt a method, rate in both lines, resolve a difference, and see what another method would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from secondline.core.canonical import digest
from secondline.core.errors import OutOfTurn, SpecError
from secondline.govern.formula import Formula, Scored, score
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order, Receipt
from secondline.policy.changing import criteria
from secondline.policy.tiering import formula, suggest
from secondline.workflow.calendar import bring_forward

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Shift:
    """What a method would make of a model, by the answers of its newest rating."""

    model: str
    now: int
    then: int
    problem: str = ""


def in_force(records: Records, kind: str) -> str:
    """Return the id of the method in force.

    Raises:
        SpecError: none was adopted.
    """
    found = records.find("method", kind=kind, state="adopted")
    if not found:
        raise SpecError(
            f"No {kind} method is in force. The head of model risk adopts one: secondline tier adopt {kind}."
        )
    return str(found[-1]["id"])


def adopt(ledger: Ledger, kind: str, actor: str, *, which: str = "", reason: str = "") -> Receipt:
    """Put a method in force: its entry in the inventory, its version, its parameters; the one before it ends.

    A method is a model of kind ``method``: it has an owner, is validated, and its version's digest is that of its
    parameters.

    Raises:
        SpecError: there is no such method, it is not whole, or it is in force already.
    """
    if kind not in {"tiering", "change"}:
        raise SpecError(f"A method is of kind tiering or change, not {kind!r}.")
    method = formula(which) if kind == "tiering" else criteria(which)
    parameters = method.model_dump(mode="json", exclude_none=True)
    name, entry = f"{kind}@{method.version}", f"{kind}-method"
    why = reason or f"{method.title} adopted"
    orders = []
    if ledger.records.get("model", entry) is None:
        facts = {"name": f"{kind.capitalize()} method", "kind": "method", "family": "other", "owner": actor,
                 "description": f"Written criteria of {kind}: a method is a model too."}  # fmt: skip
        orders.append(Order("model.registered", actor, entry, facts, why))
    if ledger.records.get("version", f"{entry}@{method.version}") is None:
        built = {"model": entry, "version": method.version, "digest": digest(parameters), "developers": [actor],
                 "description": method.title}  # fmt: skip
        orders.append(Order("version.registered", actor, f"{entry}@{method.version}", built, why))
    whole: dict[str, Any] = {
        "kind": kind,
        "version": method.version,
        "title": method.title,
        "model": entry,
        "parameters": parameters,
    }
    orders.append(Order("method.adopted", actor, name, whole, why))
    old = [m["id"] for m in ledger.records.find("method", kind=kind, state="adopted") if m["id"] != name]
    receipts = ledger.acts([*orders, *(Order("method.ended", actor, id_, reason=f"{name} takes over") for id_ in old)])
    return receipts[len(orders) - 1]


def answers_for(records: Records, model: str, given: Mapping[str, Any], *, line: str) -> dict[str, Any]:
    """Return the answers to rate by: what is given, over what the inventory holds, over the newest of the same line.

    The validator starts from the inventory alone: the first line's answers are not theirs.
    """
    entry = records.need("model", model)
    method = Formula.model_validate(records.need("method", in_force(records, "tiering"))["parameters"])
    earlier = records.find("rating", model=model, line=line)
    before = {k: v for k, v in (earlier[-1]["answers"] if earlier else {}).items() if k in method.questions}
    return {**before, **suggest(method, entry, records.find("use", model=model)), **given}


def preview(records: Records, answers: Mapping[str, Any]) -> Scored:
    """Return what the method in force makes of answers, recording nothing."""
    return score(Formula.model_validate(records.need("method", in_force(records, "tiering"))["parameters"]), answers)


def rate(
    ledger: Ledger, model: str, line: str, answers: Mapping[str, Any], actor: str, *, trigger: str = "new",
    note: str = "", reason: str = "", via: str = "",
) -> tuple[Receipt, Receipt]:  # fmt: skip
    """Record a rating by the method in force and let the ratings set the model's tier; returns rating and model."""
    facts = {"model": model, "line": line, "method": in_force(ledger.records, "tiering"), "answers": dict(answers),
             "trigger": trigger, "note": note}  # fmt: skip
    ledger.records.need("model", model)
    over = {line, "provisional"} if line == "first" else {line}  # a first-line rating replaces the provisional one
    mine = ledger.records.find("rating", model=model)
    old = [r["id"] for r in mine if r["line"] in over and r["state"] != "superseded"]
    given = Order("rating.given", actor, "", facts, reason, via)
    ends = [Order("rating.superseded", actor, id_, reason="a newer rating was given", via=via) for id_ in old]
    receipts = ledger.acts([given, *ends, Order("model.rated", actor, model, {}, reason, via)])
    if line == "second":
        bring_forward(ledger, model, actor, via=via)
    return receipts[0], receipts[-1]


def resolve(ledger: Ledger, model: str, tier: int, actor: str, reason: str, *, via: str = "") -> Receipt:
    """Let the head of model risk decide between two lines; returns the model.

    Raises:
        OutOfTurn: the validator has not rated, or both lines agree.
    """
    second = ledger.records.find("rating", model=model, line="second")
    if not second:
        raise OutOfTurn(f"{model} has no validator's rating, so there is no difference to resolve.")
    orders = [
        Order("rating.resolved", actor, str(second[-1]["id"]), {"tier": tier}, reason, via),
        Order("model.rated", actor, model, {}, reason, via),
    ]
    rated = ledger.acts(orders)[-1]
    return bring_forward(ledger, model, actor, via=via) or rated


def record_residual(ledger: Ledger, model: str, residual: str, actor: str, reason: str, *, via: str = "") -> Receipt:
    """Record the risk that is left after controls; the tier stays what the inherent risk made it."""
    return ledger.act("model.rated", actor, model, {"residual": residual}, reason=reason, via=via)


def call_for_rating(
    ledger: Ledger, model: str, trigger: str, actor: str, reason: str, *, due: date | None = None, via: str = ""
) -> Receipt:  # fmt: skip
    """Make a new rating due because performance, use, data or infrastructure changed."""
    facts: dict[str, Any] = {"trigger": trigger} | ({"due": due.isoformat()} if due else {})
    return ledger.act("model.rerating-called", actor, model, facts, reason=reason, via=via)


def impact(records: Records, which: str = "") -> Iterator[Shift]:
    """Yield the models whose tier another method would change, or whose answers it does not know."""
    method = formula(which)
    after = ""
    while True:
        page = records.page("model", {"tier__gt": 0}, limit=PAGE, after=after)
        for row in page.rows:
            yield from _shift(records, method, row)
        after = page.after
        if not after:
            return


def _shift(records: Records, method: Formula, row: Mapping[str, Any]) -> Iterator[Shift]:
    ratings = [r for line in ("first", "second") for r in records.find("rating", model=row["id"], line=line)[-1:]]
    ratings = ratings or records.find("rating", model=row["id"])[-1:]
    known = method.questions
    try:
        tiers = [score(method, {k: v for k, v in r["answers"].items() if k in known}).tier for r in ratings]
    except SpecError as error:
        yield Shift(row["id"], row["tier"], 0, str(error))
        return
    if tiers and min(tiers) != row["tier"]:
        yield Shift(row["id"], row["tier"], min(tiers))
