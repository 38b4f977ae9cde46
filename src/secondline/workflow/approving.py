"""Approving: ask, read exactly what is signed, sign, decide; where one deed moves several records, all move or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secondline.core.canonical import digest
from secondline.core.errors import SpecError, near
from secondline.govern import grounds
from secondline.govern.approvals import missing_seats
from secondline.govern.grounds import version_id
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order, Receipt
from secondline.policy.approving import as_form, read_policy
from secondline.workflow.controls import failing

POSITIVE = {"approve", "conditional", "restricted"}
EARLY = {"proposed", "in-development", "in-validation"}


@dataclass(frozen=True, slots=True)
class Reading:
    """An approval as a signatory reads it: the dossier, its digest, and whose signatures are missing."""

    approval: dict[str, Any]
    dossier: dict[str, Any]
    signs: str
    missing: tuple[str, ...]


def propose_policy(ledger: Ledger, actor: str, path: Path | None = None, *, reason: str, via: str = "") -> Receipt:
    """Propose the policy of approvals in *path*, or the one that comes with secondline."""
    form = as_form(read_policy(path))
    id_ = f"approvals@{form['version']}"
    return ledger.act("delegation.proposed", actor, id_, form, reason=reason, via=via)


def adopt_policy(ledger: Ledger, actor: str, version: str, *, reason: str, via: str = "") -> Receipt:
    """Adopt a proposed policy; somebody else than its proposer must."""
    id_ = version if "@" in version else f"approvals@{version}"
    return ledger.act("delegation.adopted", actor, id_, reason=reason, via=via)


def find_use(look: Records, model: str, name: str) -> str:
    """Return the id of a model's use, given by id or by name.

    Raises:
        SpecError: the model has no such use.
    """
    mine = look.find("use", model=model)
    found = [u["id"] for u in mine if name in {u["id"], u.get("name")}]
    if not found:
        known = [u["id"] for u in mine] + [str(u.get("name")) for u in mine]
        has = f"It has: {', '.join(known) or 'none'}."
        raise SpecError(f"{model} has no use {name!r}. {near(name, known, has)}")
    return str(found[0])


def request(ledger: Ledger, actor: str, form: Mapping[str, Any], *, via: str = "") -> Receipt:
    """Request an approval; uses may be given by name."""
    uses = [find_use(ledger.records, str(form["model"]), str(use)) for use in form.get("uses", ())]
    blocking = failing(ledger.records, str(form["model"]), ledger.today)
    return ledger.act("approval.requested", actor, "", {"blocking": blocking, **form, "uses": uses}, via=via)


def reading(ledger: Ledger, id_: str) -> Reading:
    """Return exactly what whoever signs an approval signs."""
    approval = ledger.records.need("approval", id_)
    requested = approval.get("state") == "requested"
    today = ledger.today
    shown = grounds.dossier(ledger.records, approval, today) if requested else dict(approval.get("dossier", {}))
    missing = tuple(seat.seat for seat in missing_seats(approval)) if requested else ()
    return Reading(approval, shown, digest(shown), missing)


def sign(
    ledger: Ledger, actor: str, id_: str, signs: str, *, verdict: str = "approve", affirms: bool = False,
    statement: str = "", via: str = "",
) -> Receipt:  # fmt: skip
    """Sign an approval for or against; *signs* is the digest of what was read, whole or its first characters."""
    whole = signs
    if len(signs) < len(digest("")):
        shown = reading(ledger, id_).signs
        if len(signs) < 8 or not shown.startswith(signs):  # noqa: PLR2004 - fewer characters name nothing
            raise SpecError(f"{signs!r} is not what {id_} rests on now. Read it again: secondline approval show {id_}.")
        whole = shown
    form = {"signs": whole, "verdict": verdict, "affirms": affirms, "statement": statement}
    return ledger.act("approval.signed", actor, id_, form, via=via)


def decide(ledger: Ledger, actor: str, id_: str, decision: str, rationale: str, *, via: str = "") -> list[Receipt]:
    """Record the decision, and move the version, its uses and the model accordingly."""
    approval = ledger.records.need("approval", id_)
    orders = [Order("approval.decided", actor, id_, {"decision": decision, "rationale": rationale}, via=via)]
    if decision in POSITIVE:
        orders += _moves(ledger.records, approval, decision, actor, via)
    return ledger.acts(orders)


def _moves(look: Records, approval: Mapping[str, Any], decision: str, actor: str, via: str) -> list[Order]:
    orders: list[Order] = []
    version = version_id(str(approval["model"]), str(approval["version"]))
    why = f"{approval['id']} decided: {decision}"
    if look.need("version", version).get("state") in {"registered", "validated"}:
        orders.append(Order("version.approved", actor, version, reason=why, via=via))
    for use in approval["uses"]:
        target = "use.restricted" if decision == "restricted" else "use.approved"
        if look.need("use", use).get("state") in {"proposed", "restricted"} - {target.partition(".")[2]}:
            orders.append(Order(target, actor, use, reason=why, via=via))
    return orders + _model_moves(look, approval, decision, Order("", actor, "", reason=why, via=via))


def _model_moves(look: Records, approval: Mapping[str, Any], decision: str, like: Order) -> list[Order]:
    model = str(approval["model"])
    state = look.need("model", model).get("state")
    if state in EARLY:
        name = "model.restricted" if decision == "restricted" else "model.approved"
        return [Order(name, like.actor, model, reason=like.reason, via=like.via)]
    if state != "restricted" or decision == "restricted":
        return []
    orders = [Order("model.approved", like.actor, model, reason=like.reason, via=like.via)]
    for one in look.find("version", model=model, state="in-use"):
        form = {"version": one["version"]}
        orders.append(Order("model.in-use", like.actor, model, form, reason=like.reason, via=like.via))
    return orders


def put_in_use(ledger: Ledger, actor: str, version: str, *, via: str = "") -> list[Receipt]:
    """Put an approved version with a valid pass in use, superseding the one before."""
    look = ledger.records
    found = look.need("version", version)
    model = str(found["model"])
    orders = [Order("version.in-use", actor, version, via=via)]
    before = [v["id"] for v in look.find("version", model=model, state="in-use") if v["id"] != version]
    why = f"{version} is in use"
    orders += [Order("version.superseded", actor, id_, reason=why, via=via) for id_ in before]
    return ledger.acts([*orders, Order("model.in-use", actor, model, {"version": found["version"]}, via=via)])


def note_expired(ledger: Ledger, actor: str, *, via: str = "") -> list[str]:
    """Mark every approval whose last day has passed; returns their ids."""
    today = ledger.today
    over = [
        a["id"] for state in grounds.IN_FORCE for a in ledger.records.find("approval", state=state)
        if str(a.get("expires", "")) < today
    ]  # fmt: skip
    ledger.acts([Order("approval.expired", actor, id_, via=via) for id_ in over])
    return over
