"""Doing: any act of the law by a form; what went wrong is shown in the form, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from secondline.core.errors import Conflict, OutOfTurn, Refused, SecondlineError, SpecError, UnknownRecord
from secondline.govern.act import Act, find_act
from secondline.web import forms
from secondline.web.answers import answer, failed, onward, trouble
from secondline.web.duty import must_have_role
from secondline.web.passwords import checks
from secondline.web.routes import SIGNED_IN, page
from secondline.web.views import View

if TYPE_CHECKING:
    from secondline.web.seen import Seen


def blank(seen: Seen, act: Act, id_: str) -> dict[str, Any]:
    """Return the answers a form begins with: what stands, for a correction; what the address says, for the rest."""
    standing = seen.look.get(act.record, id_) if id_ and not act.creates else None
    asked = {name: seen.text(name) for name in act.form.model_fields if name in seen.query}
    return {**((standing or {}) if forms.corrects(act) else {}), **asked}


@page("/do/{act}", may=SIGNED_IN, formats=("html",))
def form(seen: Seen) -> View:
    """Show the form of one act."""
    act, id_ = _act(seen), seen.text("id")
    standing = seen.look.get(act.record, id_) if id_ and not act.creates else None
    if id_ and not act.creates and standing is None:
        raise UnknownRecord.of(act.record, id_)
    asked = forms.fields(act, blank(seen, act, id_))
    shown = {"act": act, "id": id_, "asked": asked, "doc": standing or {}, "error": "", "reason": seen.text("reason")}
    return View("do.html", {**shown, "then": seen.text("then"), "since": (standing or {}).get("seq", 0)})


def _act(seen: Seen) -> Act:
    try:
        act = find_act(seen.path["act"])
    except SpecError as error:
        raise UnknownRecord(str(error)) from error
    if act.made:
        raise UnknownRecord(f"{act.title}: no form does this; the product states what it computed.")
    return act


def perform(seen: Seen, typed: Mapping[str, str]) -> Response:
    """Do the act that a form states, and lead on; or show the form again."""
    act, id_ = _act(seen), typed.get("id", "").strip()
    if seen.visitor.read_only:
        raise Refused("This access only reads.")
    must_have_role(seen.site, seen.visitor, act)
    standing = {} if act.creates or not id_ else seen.ledger.records.get(act.record, id_) or {}
    values, wrong = forms.read(act, typed, standing)
    if wrong:
        return _again(seen, act, typed, wrong, "Please look at the answers marked below.")
    try:
        confirm(seen, act, typed)
        receipt = seen.ledger.act(
            act.name, seen.visitor.id, id_, values, reason=typed.get("reason", ""), via=seen.visitor.via,
            seen=_number(typed.get("seen", "")),
        )  # fmt: skip
    except Conflict as error:
        return conflict(seen, act, id_, typed, error)
    except Refused as error:
        return failed(error, seen)
    except (SpecError, OutOfTurn, UnknownRecord) as error:
        return _again(seen, act, typed, {}, str(error), 409 if isinstance(error, OutOfTurn) else 422)
    to = typed.get("then") or seen.href(act.record, receipt.id)
    return onward(to, seen, f"{act.title}: done ({receipt.id}).")


def confirm(seen: Seen, act: Act, typed: Mapping[str, str]) -> None:
    """Take the password again where an act decides about rights or approvals.

    Raises:
        SpecError: it was not given, or is wrong.
    """
    if not seen.must_confirm(act):
        return
    if seen.site.access.password(seen.visitor.id) is None:
        raise SpecError(
            "This decides about rights or approvals: sign out, sign on again, and do it within ten minutes."
        )
    given, session = typed.get("password", ""), seen.visitor.session
    if not given or session is None or not checks(seen.site, seen.visitor.id, given, seen.address):
        raise SpecError("This decides about rights or approvals: give your password again, below.")
    seen.site.access.touch(session, seen.site.now(), confirmed=True)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004 - more digits than any place


def _again(
    seen: Seen, act: Act, typed: Mapping[str, str], wrong: Mapping[str, str], error: str, status: int = 422
) -> Response:
    values = {name.removeprefix(forms.PREFIX): value for name, value in typed.items() if name.startswith(forms.PREFIX)}
    return answer(View("do.html", {
        "act": act, "id": typed.get("id", ""), "asked": forms.fields(act, values, wrong), "doc": {}, "error": error,
        "reason": typed.get("reason", ""), "then": typed.get("then", ""), "since": _number(typed.get("seen", "")),
    }, status=status), seen)  # fmt: skip


def conflict(seen: Seen, act: Act, id_: str, typed: Mapping[str, str], error: SecondlineError) -> Response:
    """Show what others did to the record since the form was shown."""
    since = _number(typed.get("seen", ""))
    changed = seen.ledger.records.events(subject=f"{act.record}/{id_}", after=since)
    return trouble(seen, 409, "Somebody changed it meanwhile", str(error), changed=changed)
