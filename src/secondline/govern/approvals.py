"""Rules of approval: who may ask, sign and decide, what must be there, and that nobody approves their own work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from secondline.core.errors import Conflict, OutOfTurn, SpecError, UnknownRecord
from secondline.govern import grounds
from secondline.govern.act import Situation
from secondline.govern.conditions import LIMITING, a_day, plain
from secondline.govern.duties import refuse
from secondline.govern.grounds import IN_FORCE, label, version_id
from secondline.govern.levels import Level, Seat, empty_seats, fits, policy_in_force

STATES = {"approve": "approved", "conditional": "conditional", "restricted": "restricted", "reject": "rejected"}


def level_of(now: Situation) -> Level:
    """Return the level that the model's tier, as it is now, needs."""
    entry = now.look.get("model", str(now.field("model"))) or {}
    return policy_in_force(now.look).level(int(entry.get("tier") or 0), str(now.field("kind")))


def request_is_sound(now: Situation) -> None:
    """What is asked exists, hangs together, and ends in time."""
    model, version = str(now.field("model")), str(now.field("version"))
    found = now.look.get("version", version_id(model, version))
    if found is None or found.get("model") != model:
        raise UnknownRecord.of("version", version_id(model, version))
    if not found.get("digest"):
        raise SpecError(f"{found['id']} has no digest. Register the artefact first: approval is of exact bytes.")
    for use in now.field("uses"):
        doc = now.look.get("use", use) or {}
        if doc.get("model") != model or doc.get("state") == "ended":
            raise SpecError(f"{use} is no use of {model} that can be approved.")
    level = level_of(now)
    _ends_in_time(now, str(now.field("expires")), level)
    _conditions_fit(now)
    if now.field("kind") == "emergency":
        _emergency_is_sound(now)


def _ends_in_time(now: Situation, expires: str, level: Level) -> None:
    latest = date.fromisoformat(now.today) + timedelta(days=level.longest_days)
    if not now.today <= expires <= latest.isoformat():
        raise SpecError(
            f"`expires` is {expires}: {level.title} may last from today ({now.today}) to {latest}, "
            f"{level.longest_days} days, at most."
        )


def proposed_conditions(now: Situation) -> list[dict[str, Any]]:
    """Return the conditions of the form, or else of the record, as values."""
    stated = getattr(now.form, "conditions", None)
    return list(now.doc.get("conditions", ())) if stated is None else plain(stated)


def _conditions_fit(now: Situation) -> None:
    seeks, kinds = str(now.field("seeks")), {c["kind"] for c in proposed_conditions(now)}
    if seeks == "approve" and kinds:
        raise SpecError("An approval with conditions is sought as `conditional` or `restricted`, not as `approve`.")
    if seeks == "conditional" and not kinds:
        raise SpecError("A conditional approval needs at least one condition.")
    if seeks == "restricted" and not kinds & LIMITING:
        raise SpecError(f"A restricted approval needs a condition that limits the use: {', '.join(sorted(LIMITING))}.")


def _emergency_is_sound(now: Situation) -> None:
    rule, conditions = policy_in_force(now.look).emergency, proposed_conditions(now)
    model, version = str(now.field("model")), str(now.field("version"))
    if now.field("seeks") != "restricted":
        raise SpecError("Emergency use is always sought as `restricted`.")
    if not now.field("told"):
        raise SpecError("Emergency use: name the stakeholders who were told (`told`).")
    if not str(now.field("justification") or "").strip():
        raise SpecError("Emergency use: say why it cannot wait for validation (`justification`).")
    missing = [kind for kind in rule.required if kind not in {c["kind"] for c in conditions}]
    if missing:
        raise SpecError(f"Emergency use needs conditions of kind {', '.join(missing)}.")
    for kind, quantity, most in (
        ("volume", "decisions", rule.decisions_a_day), ("amount", "amount", rule.amount_a_day),
    ):  # fmt: skip
        over = [c for c in conditions if c["kind"] == kind and a_day(c, quantity, rule.longest_days) > most]
        if over:
            raise SpecError(f"Emergency use: at most {most:,.0f} a day is allowed for {kind}, by policy.")
    _validation_is_at_work(now, model, version)
    earlier = [
        a["id"] for a in grounds.of_version(now.look, "approval", model, version)
        if a.get("kind") == "emergency" and a.get("state") in {"restricted", "expired"} and a["id"] != now.id
    ]  # fmt: skip
    if earlier:
        raise OutOfTurn(f"{model} {label(version)} had emergency use already ({earlier[0]}). Finish the validation.")


def _validation_is_at_work(now: Situation, model: str, version: str) -> None:
    if grounds.validation_signed(now.look, model, version):
        raise OutOfTurn(f"{model} {label(version)} has a signed validation: request a normal approval.")
    if not grounds.validation_at_work(now.look, model, version):
        raise OutOfTurn(f"Emergency use needs a validation project of {model} {label(version)} under way. Plan one.")


def _level_facts(now: Situation) -> dict[str, Any]:
    level = level_of(now)
    entry = now.look.get("model", str(now.field("model"))) or {}
    seats = [seat.model_dump(mode="json") for seat in level.seats]
    return {"tier": int(entry.get("tier") or 0), "level": level.name, "seats": seats}


def requested(now: Situation) -> Mapping[str, Any]:
    """Return the request with the level that its tier needs."""
    facts: dict[str, Any] = now.form.model_dump(mode="json", exclude_none=True)
    version, uses = label(now.form.version), list(dict.fromkeys(now.form.uses))
    extra = {"version": version, "uses": uses, "use": uses[0], "requested_by": now.actor, "signatures": []}
    return facts | extra | _level_facts(now)


def amended(now: Situation) -> Mapping[str, Any]:
    """Return what changed; what was signed before is void."""
    facts: dict[str, Any] = now.form.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    if now.form.conditions is not None:
        facts["conditions"] = plain(now.form.conditions)
    return facts | _level_facts(now) | {"signatures": []}


def seats_of(approval: Mapping[str, Any]) -> list[Seat]:
    """Return the seats an approval needs filled."""
    return [Seat.model_validate(seat) for seat in approval.get("seats", ())]


def _signatory(now: Situation, person: str) -> dict[str, Any]:
    found, model = now.look.get("person", person) or {}, now.look.get("model", str(now.doc["model"])) or {}
    active = found.get("state") == "active"
    return {"person": person, "roles": list(found.get("roles", ())) if active else [],
            "owner": model.get("owner") == person}  # fmt: skip


def _why_not(now: Situation, person: str) -> str:
    """Return why somebody may not sign this approval, judged by everything on record now; '' if they may."""
    seats = [seat for seat in seats_of(now.doc) if fits(seat, _signatory(now, person))]
    if not seats:
        wanted = "; ".join(f"{s.seat} ({' or '.join(s.roles)})" for s in seats_of(now.doc))
        return f"none of the seats is theirs: {wanted}"
    as_owner = any(seat.owner for seat in seats)
    if not as_owner and str(now.doc.get("requested_by")) in grounds.accounts(now.look, person):
        return "they requested it"
    return grounds.conflict(
        now.look, person, str(now.doc["model"]), str(now.doc["version"]), owner=as_owner,
        judge=level_of(now).validator_may_sign,
    )  # fmt: skip


def may_sign(now: Situation) -> None:
    """Only who has a seat, is independent over the whole history, and has not signed yet, by whatever account."""
    _same_tier(now)
    if why := _why_not(now, now.actor):
        refuse(now.actor, f"sign {now.id}", why)
    mine = grounds.accounts(now.look, now.actor)
    if any(s["person"] in mine for s in now.doc.get("signatures", ())):
        refuse(now.actor, f"sign {now.id} again", "one person signs once")


def _same_tier(now: Situation) -> None:
    entry = now.look.get("model", str(now.doc["model"])) or {}
    seats = [s.model_dump(mode="json") for s in level_of(now).seats]
    if int(entry.get("tier") or 0) != int(now.doc.get("tier") or 0) or seats != list(now.doc.get("seats", ())):
        raise OutOfTurn(
            f"{now.id} was requested at tier {now.doc.get('tier')}, level {now.doc.get('level')!r}; that has changed. "
            "Amend the request, and it is signed again at the right level."
        )


def signs_what_is_there(now: Situation) -> None:
    """What is signed is what is on record at this moment."""
    if now.form.signs != grounds.dossier_digest(now.look, now.doc, now.today):
        raise Conflict(f"What {now.id} rests on has changed since you read it. Read it again, then sign.")
    if now.form.verdict == "approve" and not now.form.affirms:
        raise SpecError("Approving affirms the rating and the residual risk: state `affirms`.")


def signed(now: Situation) -> Mapping[str, Any]:
    """Return the signatures with this one."""
    who = _signatory(now, now.actor)
    return {"signatures": [*now.doc.get("signatures", ()), {**who, **now.form.model_dump(mode="json"), "at": now.at}]}


def missing_seats(approval: Mapping[str, Any]) -> tuple[Seat, ...]:
    """Return the seats that nobody has signed for yet."""
    return empty_seats(seats_of(approval), [s for s in approval.get("signatures", ()) if s["verdict"] == "approve"])


def may_decide(now: Situation) -> None:
    """The decision is recorded by one of those who signed."""
    if now.actor not in {s["person"] for s in now.doc.get("signatures", ())}:
        refuse(now.actor, f"decide {now.id}", "only who has signed it decides it")
    if why := _why_not(now, now.actor):
        refuse(now.actor, f"decide {now.id}", why)


def decision_is_carried(now: Situation) -> None:
    """The signatures are there, still stand, and cover what is on record now; nothing blocks."""
    against = [s["person"] for s in now.doc.get("signatures", ()) if s["verdict"] == "reject"]
    if now.form.decision == "reject":
        if not against:
            raise OutOfTurn(f"Nobody has signed against {now.id}: sign with the verdict `reject` first.")
        return
    if now.form.decision != now.doc.get("seeks"):
        raise SpecError(f"{now.id} was signed as {now.doc.get('seeks')!r}; amend the request to decide otherwise.")
    if against:
        raise OutOfTurn(f"{', '.join(against)} signed against {now.id}. Amend the request, or reject it.")
    _same_tier(now)
    _signatures_stand(now)
    _nothing_blocks(now)


def _signatures_stand(now: Situation) -> None:
    shown = grounds.dossier_digest(now.look, now.doc, now.today)
    for signature in now.doc.get("signatures", ()):
        person = str(signature["person"])
        if signature["signs"] != shown:
            raise Conflict(f"{person} signed something else than what {now.id} rests on now. Amend and sign again.")
        if why := _why_not(now, person):
            raise OutOfTurn(f"The signature of {person!r} does not stand: {why}. Amend and sign again.")
    signed_by = [_signatory(now, str(s["person"])) for s in now.doc.get("signatures", ())]
    if empty := empty_seats(seats_of(now.doc), signed_by):
        raise OutOfTurn(f"{now.id} still needs the signature of {', '.join(s.seat for s in empty)}.")


def _nothing_blocks(now: Situation) -> None:
    look, model, version, level = now.look, str(now.doc["model"]), str(now.doc["version"]), level_of(now)
    _ends_in_time(now, str(now.doc["expires"]), level)
    if now.doc.get("kind") == "emergency":
        _validation_is_at_work(now, model, version)
    elif level.validation:
        _validation_carries(now, model, version)
    if level.exemption and not grounds.exemption(look, model, now.today):
        raise OutOfTurn(
            f"Tier {now.doc.get('tier')} needs an approved exemption of {model} that is not due for re-check."
        )
    stopped = grounds.blocking(look, grounds.open_findings(look, model, version, now.today))
    if stopped:
        raise OutOfTurn(f"Open blocking findings: {', '.join(f['id'] for f in stopped)}. Close them first.")
    disputed = open_objections(now.doc)
    if disputed:
        raise OutOfTurn(
            f"{disputed[0]['person']} disagrees on the objective: {disputed[0]['statement']} (MRM-GOV-14). "
            "Only they settle it."
        )
    weak = [*grounds.weaknesses(look, model, version, now.today), *now.doc.get("blocking", ())]
    if weak and not (now.doc.get("mitigants") or now.doc.get("justification")):
        raise SpecError(f"There are weaknesses ({'; '.join(weak[:5])}): state `mitigants` or a `justification`.")


def _validation_carries(now: Situation, model: str, version: str) -> None:
    found = grounds.validation_signed(now.look, model, version)
    if not found:
        raise OutOfTurn(f"No validation is signed for the exact digest of {model} {label(version)} (MRM-VAL-01).")
    worst = policy_in_force(now.look).findings.worst_opinion
    bad = int(found.get("opinion") or 0) > worst or str(found.get("recommendation", "")) in {"reject", "rejected"}
    if bad and now.form.decision != "restricted":
        raise OutOfTurn(f"Validation {found['id']} does not recommend it: only a restricted approval can be given.")


def open_objections(approval: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the objections to the objective that are not settled."""
    return [o for o in approval.get("objections", ()) if o.get("about") == "objective" and not o.get("settled")]


def decided(now: Situation) -> Mapping[str, Any]:
    """Return the decision with what it rested on."""
    return {
        "state": STATES[now.form.decision], "decision": now.form.decision, "rationale": now.form.rationale,
        "decided_by": now.actor, "decided_on": now.today,
        "dossier": grounds.dossier(now.look, now.doc, now.today),
    }  # fmt: skip


def objected(now: Situation) -> Mapping[str, Any]:
    """Return the objections with this one."""
    so_far: Sequence[Any] = now.doc.get("objections", ())
    stated = now.form.model_dump(mode="json")
    return {"objections": [*so_far, {"number": len(so_far) + 1, "person": now.actor, "on": now.today, **stated}]}


def own_objection(now: Situation) -> None:
    """Only who objected says that it is settled."""
    found = next((o for o in now.doc.get("objections", ()) if o["number"] == now.form.number), None)
    if found is None or found.get("settled"):
        raise SpecError(f"{now.id} has no open objection number {now.form.number}.")
    if now.actor != found["person"]:
        refuse(now.actor, "settle the objection", f"{found['person']} made it, and only they know whether it is met")


def settled(now: Situation) -> Mapping[str, Any]:
    """Return the objections with one settled."""
    mark = {"settled": now.today, "how": now.form.how}
    return {"objections": [{**o, **mark} if o["number"] == now.form.number else o for o in now.doc["objections"]]}


def may_renew(now: Situation) -> None:
    """An emergency is renewed once, by somebody independent, while its validation is under way."""
    rule, model, version = policy_in_force(now.look).emergency, str(now.doc["model"]), str(now.doc["version"])
    if now.doc.get("kind") != "emergency":
        raise OutOfTurn(f"{now.id} is no emergency use: request a new approval instead.")
    if why := _why_not(now, now.actor):
        refuse(now.actor, f"renew {now.id}", why)
    if int(now.doc.get("renewals") or 0) >= rule.renewals:
        raise OutOfTurn(f"{now.id} was renewed {rule.renewals} time already, and policy allows no more.")
    _ends_in_time(now, now.form.expires.isoformat(), level_of(now))
    _validation_is_at_work(now, model, version)


def renewed(now: Situation) -> Mapping[str, Any]:
    """Return the later end."""
    return {"expires": now.form.expires.isoformat(), "renewals": int(now.doc.get("renewals") or 0) + 1}


def may_withdraw(now: Situation) -> None:
    """A request is withdrawn by who made it, or by who would decide it; an approval by who decides, or the owner."""
    own = now.actor == now.doc.get("requested_by") and now.doc.get("state") == "requested"
    owner = (now.look.get("model", str(now.doc["model"])) or {}).get("owner") == now.actor
    if not own and not owner and not now.roles & {"approver", "mrm-head"}:
        refuse(now.actor, f"withdraw {now.id}", "they neither made it, own the model, nor decide it")


def is_over(now: Situation) -> None:
    """The last day has passed."""
    if str(now.doc.get("expires", "")) >= now.today:
        raise OutOfTurn(f"{now.id} runs until {now.doc.get('expires')}.")


def pass_is_carried(now: Situation) -> None:
    """A pass says what its approval says, of the bytes it was given for, and no more."""
    approval = _approval_in_force(now, now.form.approval)
    payload = now.form.envelope.get("payload")
    if not isinstance(payload, dict):
        raise SpecError("The envelope of a pass has a `payload` of values.")
    found = now.look.get("version", version_id(str(approval["model"]), str(approval["version"]))) or {}
    must = {
        "pass": now.id, "approval": approval["id"], "model": approval["model"], "version": approval["version"],
        "uses": list(approval["uses"]), "kind": approval.get("kind", "normal"), "digest": found.get("digest"),
        "conditions": list(approval.get("conditions", ())),
    }  # fmt: skip
    wrong = [name for name, value in must.items() if payload.get(name) != value]
    wrong += [] if payload.get("components", {}) == found.get("components", {}) else ["components"]
    if wrong or must["digest"] != approval.get("dossier", {}).get("digest"):
        raise SpecError(f"The pass does not say what {approval['id']} says: {', '.join(wrong) or 'digest'}.")
    if not now.today <= str(payload.get("expires", "")) <= str(approval["expires"]):
        raise SpecError(f"The pass ends {payload.get('expires')}; {approval['id']} runs until {approval['expires']}.")
    _independent(now, approval, "issue the pass")
    _still_clear(now, approval)


def _approval_in_force(now: Situation, id_: str) -> dict[str, Any]:
    approval = now.look.get("approval", id_) or {}
    if approval.get("state") not in IN_FORCE:
        raise OutOfTurn(f"Approval {id_} is {approval.get('state')!r}: it carries no pass.")
    if str(approval["expires"]) < now.today:
        raise OutOfTurn(f"Approval {id_} ended on {approval['expires']}.")
    return approval


def _independent(now: Situation, approval: Mapping[str, Any], what: str) -> None:
    as_owner = any(seat.owner for seat in seats_of(approval))
    why = grounds.conflict(
        now.look, now.actor, str(approval["model"]), str(approval["version"]), owner=as_owner, judge=True
    )
    if why:
        refuse(now.actor, what, why)


def _still_clear(now: Situation, approval: Mapping[str, Any]) -> None:
    model, version = str(approval["model"]), str(approval["version"])
    stopped = grounds.blocking(now.look, grounds.open_findings(now.look, model, version, now.today))
    if stopped:
        raise OutOfTurn(f"Open blocking findings: {', '.join(f['id'] for f in stopped)}.")
    if open_objections(approval):
        raise OutOfTurn(f"{approval['id']} has an open objection to the objective (MRM-GOV-14).")


def issued(now: Situation) -> Mapping[str, Any]:
    """Return the pass as lists show it."""
    payload, envelope = now.form.envelope["payload"], dict(now.form.envelope)
    facts = {name: payload[name] for name in ("model", "version", "uses", "expires", "digest", "approval", "kind")}
    return facts | {"use": payload["uses"][0], "issued": now.today, "envelope": envelope}


def may_resume(now: Situation) -> None:
    """A suspension is lifted by somebody independent who did not impose it, when what stopped it is gone."""
    approval = _approval_in_force(now, str(now.doc["approval"]))
    _independent(now, approval, "lift the suspension")
    _still_clear(now, approval)
