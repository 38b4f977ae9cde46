"""Standing: the acts that move models, versions and uses through approval, use, restriction and suspension."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field

from secondline.core.errors import OutOfTurn
from secondline.govern import grounds
from secondline.govern.act import Act, Rule, Situation, allow
from secondline.govern.configured import came_by_change
from secondline.govern.duties import refuse
from secondline.govern.grounds import IN_FORCE, label, version_id
from secondline.govern.record import Form, Nothing
from secondline.govern.roles import Role

DECIDERS = frozenset[Role]({"approver", "mrm-head", "owner"})
DEPLOYERS = frozenset[Role]({"owner", "developer", "approver", "mrm-head"})
STOPPERS = frozenset[Role]({"owner", "validator", "approver", "mrm-head"})
SECOND = frozenset[Role]({"approver", "mrm-head"})


class InUseForm(Form):
    """Which version is in use."""

    version: str = Field(min_length=1, max_length=160, description="Version label, such as 2.3.0.")


def _place(now: Situation) -> tuple[str, str]:
    """Return model and version label of the version an act is about."""
    return str(now.doc["model"]), label(now.id)


def approvals_in_force(now: Situation, model: str, *, version: str = "", use: str = "") -> list[dict[str, Any]]:
    """Return the approvals of a model that stand today, for a version or a use."""
    found = [a for state in IN_FORCE for a in now.look.find("approval", model=model, state=state)]
    return [
        a for a in found
        if str(a.get("expires", "")) >= now.today
        and (not version or label(version) == a["version"])
        and (not use or use in a["uses"])
    ]  # fmt: skip


def _version_is_approved(now: Situation) -> None:
    model, version = _place(now)
    found = approvals_in_force(now, model, version=version)
    digest = now.doc.get("digest")
    if not [a for a in found if a.get("dossier", {}).get("digest") == digest]:
        raise OutOfTurn(f"No approval of {now.id} for the digest it has now is in force. Request one.")


def _version_has_a_pass(now: Situation) -> None:
    model, version = _place(now)
    active = [
        p for p in now.look.find("pass", model=model, version=version, state="active")
        if str(p["expires"]) >= now.today and p["digest"] == now.doc.get("digest")
    ]  # fmt: skip
    if not active:
        raise OutOfTurn(f"{now.id} has no valid pass. Issue one from its approval: secondline approval pass issue.")


def _another_is_in_use(now: Situation) -> None:
    model, _ = _place(now)
    others = [v for v in now.look.find("version", model=model, state="in-use") if v["id"] != now.id]
    if not others:
        raise OutOfTurn(f"No other version of {model} is in use, so nothing supersedes {now.id}.")


def _clear(model_of: Callable[[Situation], tuple[str, str]]) -> Rule:
    def rule(now: Situation) -> None:
        model, version = model_of(now)
        found = grounds.open_findings(now.look, model, version, now.today)
        if stopped := grounds.blocking(now.look, found):
            raise OutOfTurn(f"Open blocking findings: {', '.join(f['id'] for f in stopped)}.")
        if now.actor in grounds.builders(now.look, model, version):
            refuse(now.actor, f"lift the suspension of {now.id}", f"they developed {model}")

    return rule


def _use_is_approved(*states: str) -> Rule:
    def rule(now: Situation) -> None:
        found = approvals_in_force(now, str(now.doc["model"]), use=now.id)
        if not [a for a in found if a["state"] in states]:
            raise OutOfTurn(f"No approval ({' or '.join(states)}) of {now.id} is in force.")

    return rule


def _a_version_is(*states: str) -> Rule:
    def rule(now: Situation) -> None:
        if not any(v.get("state") in states for v in now.look.find("version", model=now.id)):
            raise OutOfTurn(f"No version of {now.id} is {' or '.join(states)}.")

    return rule


def _that_version_is_in_use(now: Situation) -> None:
    found = now.look.get("version", version_id(now.id, now.form.version)) or {}
    if found.get("state") != "in-use":
        raise OutOfTurn(f"{version_id(now.id, now.form.version)} is {found.get('state', 'unknown')!r}, not in use.")


def _approval_restricts(now: Situation) -> None:
    found = approvals_in_force(now, now.id)
    if not [a for a in found if a["state"] == "restricted"] and not now.roles & {"validator", "mrm-head"}:
        raise OutOfTurn(f"No restricted approval of {now.id} is in force; otherwise the second line restricts.")


def _put_in_use(now: Situation) -> Mapping[str, Any]:
    return {"version_in_use": label(now.form.version)}


def _back(now: Situation) -> Mapping[str, Any]:
    """Return the state before the suspension."""
    states = [str(d.changes["state"]) for d in now.look.past(now.act.record, now.id) if d.changes.get("state")]
    earlier = [state for state in states if state != "suspended"]
    return {"state": earlier[-1]}


def _in(*states: str) -> frozenset[str]:
    return frozenset(states)


allow(
    Act("version.approved", "version", "Mark the version approved", DECIDERS, Nothing,
        before=_in("registered", "validated"), after="approved", rules=(_version_is_approved, came_by_change))
)  # fmt: skip
allow(
    Act("version.in-use", "version", "Put the version in use", DEPLOYERS, Nothing, before=_in("approved"),
        after="in-use", rules=(_version_is_approved, _version_has_a_pass))
)  # fmt: skip
allow(
    Act("version.superseded", "version", "Mark the version superseded", DEPLOYERS, Nothing,
        before=_in("approved", "in-use"), after="superseded", rules=(_another_is_in_use,))
)  # fmt: skip
allow(
    Act("version.suspended", "version", "Suspend the version", STOPPERS, Nothing, before=_in("approved", "in-use"),
        after="suspended", reasoned=True)
)  # fmt: skip
allow(
    Act("version.resumed", "version", "Lift the version's suspension", SECOND, Nothing, before=_in("suspended"),
        rules=(_version_is_approved, _clear(_place)), changes=_back, reasoned=True)
)  # fmt: skip
allow(
    Act("use.approved", "use", "Mark the use approved", DECIDERS, Nothing, before=_in("proposed", "restricted"),
        after="approved", rules=(_use_is_approved("approved", "conditional"),))
)  # fmt: skip
allow(
    Act("use.restricted", "use", "Mark the use restricted", DECIDERS, Nothing, before=_in("proposed", "approved"),
        after="restricted", rules=(_use_is_approved("restricted"),))
)  # fmt: skip
allow(
    Act("model.approved", "model", "Mark the model approved", DECIDERS, Nothing,
        before=_in("proposed", "in-development", "in-validation", "restricted"), after="approved",
        rules=(_a_version_is("approved", "in-use"),))
)  # fmt: skip
allow(
    Act("model.in-use", "model", "Put the model in use", DEPLOYERS, InUseForm,
        before=_in("approved", "in-use", "restricted"), after="in-use", rules=(_that_version_is_in_use,),
        changes=_put_in_use)
)  # fmt: skip
allow(
    Act("model.restricted", "model", "Restrict the model", DECIDERS | {"validator"}, Nothing,
        before=_in("proposed", "in-development", "in-validation", "approved", "in-use"), after="restricted",
        rules=(_approval_restricts,), reasoned=True)
)  # fmt: skip
allow(
    Act("model.suspended", "model", "Suspend the model", STOPPERS, Nothing,
        before=_in("approved", "in-use", "restricted"), after="suspended", reasoned=True)
)  # fmt: skip
allow(
    Act("model.resumed", "model", "Lift the model's suspension", SECOND, Nothing, before=_in("suspended"),
        rules=(_a_version_is("approved", "in-use"), _clear(lambda now: (now.id, ""))), changes=_back, reasoned=True)
)  # fmt: skip
