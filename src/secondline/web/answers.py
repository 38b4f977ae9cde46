"""Answers: a view as a response, and every error as the page (or problem) that says what went wrong."""

from __future__ import annotations

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

from starlette.responses import RedirectResponse, Response

from secondline.core.errors import (
    Conflict,
    DataError,
    LedgerError,
    OutOfTurn,
    Refused,
    SecondlineError,
    SpecError,
    UnknownRecord,
    UnknownRun,
)  # fmt: skip
from secondline.web.rendering import rendered
from secondline.web.seen import Seen
from secondline.web.views import View, as_csv, as_json

FLASH = "secondline-said"
STATUS: tuple[tuple[type[SecondlineError], int, str], ...] = (
    (Refused, 403, "You may not do this"),
    (UnknownRecord, 404, "There is no such record"),
    (UnknownRun, 404, "There is no such run"),
    (Conflict, 409, "Somebody changed it meanwhile"),
    (OutOfTurn, 409, "Not now"),
    (SpecError, 422, "This cannot be done as stated"),
    (DataError, 422, "The data are not as they must be"),
    (LedgerError, 503, "The ledger cannot be used"),
    (SecondlineError, 422, "This cannot be done"),
)


def status_of(error: SecondlineError) -> tuple[int, str]:
    """Return the HTTP status of an error and its title."""
    return next((code, title) for kind, code, title in STATUS if isinstance(error, kind))


def answer(view: View, seen: Seen) -> Response:
    """Return a view in the format asked for."""
    if view.file is not None:
        headers = {"content-security-policy": view.file.policy}
        if view.file.name:
            headers["content-disposition"] = f'attachment; filename="{view.file.name}"'
        return Response(view.file.content, view.status, headers, media_type=view.file.media)
    if seen.format == "json" and (view.data is not None or view.table is not None):
        return Response(as_json(view), view.status, media_type="application/json")
    if seen.format == "csv" and view.table is not None:
        stem = seen.route.strip("/").replace("/", "-") or "index"
        name = "".join(c for c in stem if c.isascii() and (c.isalnum() or c in "-._")) or "table"
        headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
        return Response(as_csv(view.table), view.status, headers, media_type="text/csv; charset=utf-8")
    if seen.format != "html":
        return trouble(seen, 404, "There is no such file", f"This page has no {seen.format.upper()} form.")
    text = rendered(view.template, seen, **{"table": view.table, **view.context})
    return Response(text, view.status, media_type="text/html; charset=utf-8")


def trouble(seen: Seen, status: int, title: str, because: str, **more: Any) -> Response:
    """Return an error as a page, or as a problem document where data were asked for."""
    if seen.format != "html":
        return problem(status, title, because)
    text = rendered("trouble.html", seen, status=status, title=title, because=because, changed=more.get("changed", ()))
    return Response(text, status, media_type="text/html; charset=utf-8")


def problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """Return an error as a problem document (RFC 9457)."""
    found = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Response(json.dumps(found, ensure_ascii=False), status, headers, media_type="application/problem+json")


def failed(error: SecondlineError, seen: Seen) -> Response:
    """Return a user's error as a page; reading with a wrong parameter is a bad request, not a wrong statement."""
    status, title = status_of(error)
    return trouble(seen, status, title, str(error))


def onward(to: str, seen: Seen, said: str = "") -> Response:
    """Lead on to *to* (an address of ours) with a message for the next page."""
    response = RedirectResponse(local(to), 303)
    if said and seen.visitor.secret:
        response.set_cookie(
            FLASH, packed(said, seen.visitor.secret), max_age=60, httponly=True, samesite="lax",
            secure=seen.site.settings.secure,
        )  # fmt: skip
    return response


def local(address: str) -> str:
    """Return an address if it is one of ours, else the first page: nobody is led away."""
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if safe and "\\" not in address else "/"


def packed(said: str, secret: str) -> str:
    """Return a message sealed for one browser."""
    text = base64.urlsafe_b64encode(said[:600].encode()).decode()
    return f"{text}.{hmac.new(secret.encode(), text.encode(), sha256).hexdigest()}"


def unpacked(cookie: str, secret: str) -> str:
    """Return the message in a cookie, or nothing when it was not ours."""
    text, _, seal = cookie.partition(".")
    good = secret and hmac.compare_digest(hmac.new(secret.encode(), text.encode(), sha256).hexdigest(), seal)
    return base64.urlsafe_b64decode(text).decode(errors="replace") if good else ""
