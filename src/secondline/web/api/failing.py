"""Failing: every error as the answer that tells it, for programs and for people; never a traceback."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as AnyHttpException
from starlette.requests import Request
from starlette.responses import Response

from secondline.core.errors import SecondlineError, SpecError
from secondline.web.answers import problem, status_of, trouble
from secondline.web.api.acting import Stale
from secondline.web.wiring import bare

if TYPE_CHECKING:
    from secondline.web.site import Site

LOG = logging.getLogger("secondline.web")
TITLES = {400: "The question cannot be asked", 401: "Who are you?", 404: "There is nothing here",
          405: "Not by this method", 413: "Too large"}  # fmt: skip
SORRY = "Something went wrong on our side; nothing of yours was lost. The operator's log says what."


def tell_errors(app: FastAPI, site: Site) -> None:
    """Make *app* answer each error by a problem document, or by a page where people look."""

    async def answer(request: Request, status: int, title: str, detail: str, **more: object) -> Response:
        if request.url.path.startswith("/api/") or request.url.path.endswith((".csv", ".json")):
            headers = {"www-authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004 - HTTP's own number
            return problem(status, title, detail, headers, **more)
        return await run_in_threadpool(lambda: trouble(bare(site, request), status, title, detail))

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, SecondlineError)
        status, title = status_of(error)
        if isinstance(error, SpecError) and request.method in {"GET", "HEAD"} and status == 422:  # noqa: PLR2004 - the same
            status, title = 400, TITLES[400]
        return await answer(request, status, title, str(error))

    async def stale(request: Request, error: Exception) -> Response:
        return await answer(request, 412, "Somebody changed it meanwhile", str(error))

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        wrong = [{"where": [str(p) for p in e["loc"]], "what": e["msg"]} for e in error.errors()]
        said = "; ".join(f"{'.'.join(w['where'])}: {w['what']}" for w in wrong[:6])
        return await answer(request, 422, "The statement is wrong", said, errors=wrong)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, AnyHttpException)
        title = TITLES.get(error.status_code, "This cannot be done")
        response = await answer(request, error.status_code, title, str(error.detail))
        response.headers.update({k: v for k, v in (error.headers or {}).items() if k.lower() == "allow"})
        return response

    async def unexpected(request: Request, error: Exception) -> Response:
        LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return problem(500, "A defect of ours", SORRY)

    for kind, handler in (
        (SecondlineError, ours), (Stale, stale), (RequestValidationError, invalid), (HTTPException, http),
        (AnyHttpException, http), (Exception, unexpected),
    ):  # fmt: skip
        app.add_exception_handler(kind, handler)
