"""Acting: one typed route for each act of the law, so that the API's description shows every form."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from secondline.core.canonical import canonical
from secondline.core.errors import Conflict, Refused, SpecError
from secondline.govern.act import ACTS, Act
from secondline.ledger.writing import Receipt
from secondline.web.api.calling import ALWAYS, Caller, TheSite, problems
from secondline.web.api.reading import BIGGEST_PLACE, etag
from secondline.web.duty import must_have_role
from secondline.web.routes import SIGNED_IN
from secondline.web.site import Site
from secondline.web.visitor import Visitor

LONGEST_KEY = 200
PATH = "/api/v1/acts/"


class Done(BaseModel):
    """What an act led to."""

    id: str
    seq: int = Field(description="The event's place in the chain.")
    at: str
    seal: str
    doc: dict[str, Any] = Field(description="The record as it is now.")


class Stale(Exception):
    """The record is not in the state that ``If-Match`` names."""


def statement(act: Act) -> type[BaseModel]:
    """Return what is sent to do an act: the record, the form, the reason."""
    name = "".join(part.capitalize() for part in act.name.replace("-", "_").replace(".", "_").split("_"))
    free = not any(f.is_required() for f in act.form.model_fields.values())
    form: Any = (act.form, Field(default_factory=act.form)) if free else (act.form, Field())
    id_: Any = (str, Field(default="", max_length=200, description="The record; empty where the ledger numbers it."))
    reason: Any = (str, Field(default="", max_length=20_000, description="Why."))
    config = ConfigDict(extra="forbid")
    return create_model(f"{name}Statement", __config__=config, __doc__=act.title, id=id_, form=form, reason=reason)


def routes() -> APIRouter:
    """Return one route for each act that a caller can state."""
    router = APIRouter(responses=ALWAYS | problems(409, 412))
    for act in (a for a in ACTS.values() if not a.made):
        endpoint = _endpoint(act)
        router.add_api_route(
            PATH + act.name, endpoint, methods=["POST"], tags=["acts"], summary=act.title, response_model=Done,
            status_code=201 if act.creates else 200, operation_id=act.name, description=_told(act),
        )  # fmt: skip
    return router


def _told(act: Act) -> str:
    states = f" From: {', '.join(sorted(act.before))}." if act.before else ""
    leads = f" To: {act.after}." if act.after else ""
    return f"{act.title}. Roles: {', '.join(sorted(act.roles))}.{states}{leads}"


def _endpoint(act: Act) -> Callable[..., Response]:
    def endpoint(
        body: Any, caller: Visitor, site: TheSite,
        if_match: Annotated[str, Header(max_length=40, description="The ETag of the record you decided on.")] = "",
        idempotency_key: Annotated[str, Header(max_length=LONGEST_KEY, description="The same key acts once.")] = "",
    ) -> Response:  # fmt: skip
        if caller.session and act.record in _grave() and _stale(site, caller):
            raise Refused("This decides about rights or approvals: sign in again, or use the page.")
        seen = _seen(if_match)
        if not idempotency_key:
            return _answer(act, _perform(site, act, body, caller, seen))
        digest = sha256(canonical([act.name, if_match, body.model_dump(mode="json")]).encode()).hexdigest()
        return _once(site, caller.id, idempotency_key, digest, act, lambda: _perform(site, act, body, caller, seen))

    endpoint.__annotations__ |= {"body": statement(act), "caller": Annotated[Visitor, Depends(_allowed(act))]}
    endpoint.__doc__ = act.title
    endpoint.may = SIGNED_IN  # type: ignore[attr-defined]  # a function may carry it
    return endpoint


def _allowed(act: Act) -> Callable[..., Visitor]:
    """Return the check that the caller has a role for an act, made before the statement is read."""

    def allowed(caller: Caller, site: TheSite) -> Visitor:
        must_have_role(site, caller, act)
        return caller

    return allowed


def _grave() -> frozenset[str]:
    from secondline.web.seen import GRAVE

    return GRAVE


def _stale(site: Site, caller: Visitor) -> bool:
    return bool(caller.session) and site.now() - caller.session.confirmed > site.settings.confirmed  # type: ignore[union-attr]  # it is there


def _seen(if_match: str) -> int:
    """Return the event that ``If-Match`` names."""
    text = if_match.strip().strip('"')
    if text in {"", "*"}:
        return 0
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < BIGGEST_PLACE:
        raise SpecError(f'`If-Match` is the ETag of the record, such as "17"; got {if_match[:40]!r}.')
    return int(text)


def _perform(site: Site, act: Act, body: Any, caller: Visitor, seen: int) -> Receipt:
    try:
        return site.ledger.act(act.name, caller.id, body.id, body.form, reason=body.reason, via=caller.via, seen=seen)
    except Conflict as error:
        if seen:
            raise Stale(str(error)) from error
        raise


def _answer(act: Act, receipt: Receipt) -> JSONResponse:
    event = receipt.event
    done = {"id": receipt.id, "seq": event.seq, "at": event.at, "seal": event.seal, "doc": receipt.doc}
    return JSONResponse(done, 201 if act.creates else 200, {"etag": etag(receipt.doc)})


def _once(site: Site, person: str, key: str, digest: str, act: Act, do: Callable[[], Receipt]) -> Response:
    """Do something once for each key: asked again, the first answer is given again."""
    if not site.access.claim(person, key, digest, site.now()):
        before = site.access.answer(person, key)
        if before and before[0] != digest:
            raise SpecError("This Idempotency-Key was used for another statement.")
        if not before or not before[1]:
            raise Conflict("The same statement is being carried out, or was cut off: look whether it was done.")
        return Response(before[2], before[1], {"idempotent-replayed": "true"}, media_type="application/json")
    try:
        answer = _answer(act, do())
    except BaseException:
        site.access.settle(person, key, 0, "")
        raise
    site.access.settle(person, key, answer.status_code, bytes(answer.body).decode())
    return answer
