"""Calling: who calls the API, at which moment they look, and which answers they may expect."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query, Request, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict

from secondline.core.errors import Refused
from secondline.ledger.records import Records
from secondline.web.guard import must_be_ours
from secondline.web.site import Site
from secondline.web.visitor import Visitor, who_asks

BEARER = HTTPBearer(auto_error=False, description="A token, `sl_ID.SECRET`, made by `secondline person token`.")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return how the answers with these codes look in the API's description."""
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {code: {"description": SAID[code], "content": content} for code in codes}


SAID = {
    400: "The question cannot be asked.", 401: "Who are you?", 403: "You may not.", 404: "There is no such thing.",
    405: "Not by this method.", 409: "Not now: the state does not allow it, or the same question is being answered.",
    412: "Somebody changed the record since.", 413: "Too large.", 415: "Not this kind of content.",
    422: "The statement is wrong.",
}  # fmt: skip
ALWAYS = problems(400, 401, 403, 404, 422)


def site_of(request: Request) -> Site:
    """Return the site that is asked."""
    found: Site = request.app.state.site
    return found


def caller(request: Request, _: Annotated[Any, Security(BEARER)] = None) -> Visitor:
    """Return who calls.

    Raises:
        HTTPException: nobody known.
        Refused: a browser's session sends a statement without the form's token.
    """
    visitor = who_asks(site_of(request), request)
    if not visitor.known:
        raise HTTPException(401, "Send a token: `Authorization: Bearer sl_ID.SECRET`.", {"WWW-Authenticate": "Bearer"})
    if request.method not in {"GET", "HEAD"}:
        if visitor.session:
            must_be_ours(visitor, request.headers, {})
        if visitor.read_only:
            raise Refused("This token only reads.")
    return visitor


def looked_at(
    request: Request, as_of: Annotated[str, Query(max_length=40, description="A past day or instant (ISO, UTC).")] = ""
) -> Records:
    """Return the records as they stand, or as they stood."""
    ledger = site_of(request).ledger
    return ledger.as_of(as_of) if as_of else ledger.records


Caller = Annotated[Visitor, Depends(caller)]
Look = Annotated[Records, Depends(looked_at)]
TheSite = Annotated[Site, Depends(site_of)]
