"""Wiring: a page or a form of ours as an endpoint: who asks, may they, what they see, what went wrong."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from secondline.core.errors import SecondlineError, SpecError
from secondline.web.answers import FLASH, answer, failed, onward, problem, status_of, trouble, unpacked
from secondline.web.guard import must_be_ours
from secondline.web.routes import PAGES, PUBLIC, SIGNED_IN, Page, Post, Who, allowed
from secondline.web.seen import Seen
from secondline.web.views import View
from secondline.web.visitor import ANONYMOUS_COOKIE, new_secret, who_asks

if TYPE_CHECKING:
    from secondline.web.site import Site

STATIC = Path(__file__).parent / "static"
Endpoint = Callable[[Request], Any]
Sent = Callable[[Seen, Mapping[str, str]], Response]


def seen_by(site: Site, request: Request, format_: str = "html") -> Seen:
    """Return a request as a page sees it."""
    visitor = who_asks(site, request)
    if not visitor.known and not visitor.secret:
        visitor = replace(visitor, secret=new_secret())
    path = {name: str(value) for name, value in request.path_params.items()}
    said = unpacked(request.cookies.get(FLASH, ""), visitor.secret)
    address = request.url.path.removesuffix(f".{format_}") if format_ != "html" else request.url.path
    address = "/" if address == "/index" else address
    homes = {p.shows: p.path for p in PAGES.values() if p.shows}
    places = {p.path: p.may for p in PAGES.values() if p.may != PUBLIC}
    base = f"{'https' if site.settings.secure else request.url.scheme}://{request.url.netloc}"
    came_from = request.client.host if request.client else ""
    return Seen(site, visitor, address, path, dict(request.query_params), format_, said, came_from, base, homes, places)


def bare(site: Site, request: Request) -> Seen:
    """Return a request as an error's page sees it: nothing asked for, so nothing can be asked wrongly."""
    return replace(seen_by(site, request), query={})


def of_page(site: Site, page: Page, format_: str) -> Endpoint:
    """Return a page as an endpoint."""

    def endpoint(request: Request) -> Response:
        seen = seen_by(site, request, format_)
        if stopped := _stopped(seen, page.may):
            return stopped
        try:
            response = answer(page.handler(seen), seen)
        except SecondlineError as error:
            response = _wrong(error, seen)
        return _with_cookies(response, seen, request)

    return endpoint


def _wrong(error: SecondlineError, seen: Seen) -> Response:
    if isinstance(error, SpecError) and status_of(error)[0] == 422:  # noqa: PLR2004 - asked wrongly, not stated wrongly
        bare = replace(seen, query={})
        return trouble(bare, 400, "The address asks for something that cannot be", str(error))
    try:
        return failed(error, seen)
    except SpecError:  # the address also asks for a day that is none
        return failed(error, replace(seen, query={}))


def _stopped(seen: Seen, may: Who) -> Response | None:
    """Return what a visitor who may not see a page gets instead: signing in, or the reason."""
    if allowed(may, seen.visitor.roles) or (may == SIGNED_IN and seen.visitor.known):
        return None
    if seen.visitor.known:
        bare = replace(seen, query={})
        return trouble(bare, 403, "You may not see this", f"This page is for: {', '.join(sorted(may))}.")
    if seen.format != "html":
        return problem(401, "Who are you?", "Sign in, or send a token.", {"www-authenticate": "Bearer"})
    return RedirectResponse(f"/login?{urlencode({'then': seen.url()})}", 303)


def _with_cookies(response: Response, seen: Seen, request: Request) -> Response:
    secure = seen.site.settings.secure
    if not seen.visitor.known and request.cookies.get(ANONYMOUS_COOKIE) != seen.visitor.secret:
        response.set_cookie(ANONYMOUS_COOKIE, seen.visitor.secret, httponly=True, samesite="lax", secure=secure)
    if seen.flash:
        response.delete_cookie(FLASH)
    return response


def of_get(site: Site, do: Callable[[Seen], Response]) -> Endpoint:
    """Return what only leads elsewhere as an endpoint."""

    def endpoint(request: Request) -> Response:
        seen = seen_by(site, request)
        try:
            response = do(seen)
        except SecondlineError as error:
            response = failed(error, replace(seen, query={}))
        return _with_cookies(response, seen, request)

    return endpoint


def of_post(site: Site, post: Post) -> Endpoint:
    """Return a form's deed as an endpoint."""

    def do(seen: Seen, typed: Mapping[str, str]) -> Response:
        if stopped := _stopped(seen, post.may):
            return stopped
        if seen.visitor.read_only:
            return trouble(seen, 403, "You may not do this", "This access only reads.")
        led = post.handler(seen, dict(typed))
        return answer(led, seen) if isinstance(led, View) else onward(led, seen)

    return sent(site, do)


def sent(site: Site, do: Sent) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return the endpoint of a form: read it, make sure it is one of ours, do it."""

    async def endpoint(request: Request) -> Response:
        async with request.form(max_files=10, max_fields=400, max_part_size=1_000_000) as form:
            typed, files = dict[str, str](), dict[str, bytes]()
            for name, value in form.items():
                if isinstance(value, str):
                    typed[name] = value
                elif value.size:
                    files[name] = await value.read()
        return await run_in_threadpool(_done, site, request, do, typed, files)

    return endpoint


def _done(site: Site, request: Request, do: Sent, typed: dict[str, str], files: dict[str, bytes]) -> Response:
    seen = bare(site, request)
    public = getattr(request.scope.get("endpoint"), "may", None) == PUBLIC
    if not seen.visitor.known and not public:
        return _stopped(replace(seen, query={}), SIGNED_IN) or trouble(seen, 401, "Who are you?", "Sign in first.")
    try:
        must_be_ours(seen.visitor, request.headers, typed)
        for name, content in files.items():
            typed[name] = site.ledger.objects.put(content)
        return do(seen, typed)
    except SecondlineError as error:
        return failed(error, seen)


@cache
def _content(name: str) -> bytes | None:
    found = STATIC / name
    inside = found.parent == STATIC and found.is_file()
    return found.read_bytes() if inside else None


def served(request: Request) -> Response:
    """Return a file of ours; its address changes with its content, so a browser may keep it."""
    name = str(request.path_params["name"])
    content = _content(name)
    if content is None:
        return problem(404, "There is no such file", name[:80])
    kind = {"js": "text/javascript", "css": "text/css"}.get(name.rpartition(".")[2]) or mimetypes.guess_type(name)[0]
    return Response(content, 200, {"cache-control": "public, max-age=31536000, immutable"}, media_type=kind)
