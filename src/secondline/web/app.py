"""App: the pages, the forms and the HTTP API of one ledger, put together; nothing starts with an open door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from secondline import __version__
from secondline.core.errors import SpecError
from secondline.ledger.access import Access
from secondline.web import doing, oidc, pages
from secondline.web.api import acting, reading
from secondline.web.api.failing import tell_errors
from secondline.web.guard import Guard
from secondline.web.pace import Pace
from secondline.web.pages import signing
from secondline.web.routes import PAGES, POSTS, PUBLIC, SIGNED_IN, Page
from secondline.web.settings import Settings
from secondline.web.site import Site
from secondline.web.wiring import of_get, of_page, of_post, sent, served

if TYPE_CHECKING:
    from fastapi import FastAPI

    from secondline.ledger.store import Ledger

ABOUT = "The records, acts and events of one ledger. Errors are problem documents (RFC 9457)."
WHO = "may"
"""The attribute of an endpoint that says who may use it."""


def create_app(ledger: Ledger, settings: Settings | None = None) -> FastAPI:
    """Return the application that serves *ledger*.

    Raises:
        SpecError: it would serve passwords in the clear, or a route does not say who may use it.
    """
    from fastapi import FastAPI
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import JSONResponse, RedirectResponse

    settings = settings or Settings()
    settings.must_be_safe()
    load_pages()
    site = Site(ledger, Access.of(ledger), settings)
    app = FastAPI(
        title="secondline", version=__version__, description=ABOUT, docs_url=None, redoc_url=None, openapi_url=None,
        max_body_size=settings.max_body, telemetry={"tracing": False, "metrics": False}, redirect_slashes=False,
        middleware=[Middleware(Guard, secure=settings.secure),
                    Middleware(TrustedHostMiddleware, allowed_hosts=[*settings.hosts]),
                    Middleware(Pace, per_minute=settings.per_minute)],
    )  # fmt: skip
    app.state.site = site
    for found in PAGES.values():
        _add_page(app, site, found)
    if "/" not in PAGES:
        _add(app, "/", lambda _: RedirectResponse("/records", 303), "GET", PUBLIC, "first")
    for post in POSTS.values():
        _add(app, post.path, of_post(site, post), "POST", post.may, post.name)
    _add(app, "/do/{act}", sent(site, doing.perform), "POST", SIGNED_IN, "do")
    _add(app, "/login", sent(site, signing.sign_in), "POST", PUBLIC, "sign-in")
    _add(app, "/welcome", sent(site, signing.set_first), "POST", PUBLIC, "set-password")
    _add(app, "/logout", sent(site, lambda seen, _: signing.sign_out(seen)), "POST", SIGNED_IN, "sign-out")
    _add(app, "/oidc/start", of_get(site, oidc.start), "GET", PUBLIC, "sign-on")
    _add(app, oidc.BACK, of_get(site, oidc.back), "GET", PUBLIC, "signed-on")
    _add(app, "/static/{name}", served, "GET", PUBLIC, "static")
    app.include_router(reading.router)
    app.include_router(acting.routes())
    _add(app, "/api/v1/openapi.json", lambda _: JSONResponse(app.openapi()), "GET", PUBLIC, "openapi")
    tell_errors(app, site)
    must_be_closed(app)
    return app


def load_pages() -> None:
    """Import every page there is: a new file in ``pages`` is a new page."""
    for module in iter_modules([str(Path(pages.__file__).parent)]):
        import_module(f"{pages.__name__}.{module.name}")


def _add_page(app: FastAPI, site: Site, found: Page) -> None:
    stem = "/index" if found.path == "/" else found.path
    for ending in [f for f in found.formats if f != "html"]:
        endpoint = of_page(site, found, ending)
        _add(app, f"{stem}.{ending}", endpoint, "GET", found.may, f"{found.name}.{ending}")
    if "html" in found.formats:
        _add(app, found.path, of_page(site, found, "html"), "GET", found.may, found.name)


def _add(app: FastAPI, path: str, endpoint: Any, method: str, may: Any, name: str) -> None:
    from starlette.routing import Route

    setattr(endpoint, WHO, may)
    app.router.routes.append(Route(path, endpoint, methods=[method], name=name))


def must_be_closed(app: FastAPI) -> None:
    """Refuse to start with a route that does not say who may use it.

    Raises:
        SpecError: there is one.
    """
    if found := [
        str(getattr(route, "path", route)) for route in every_route(app.routes) if not hasattr(_end(route), WHO)
    ]:
        raise SpecError(f"These addresses do not say who may use them: {', '.join(found)}.")


def every_route(routes: Iterable[Any]) -> Iterator[Any]:
    """Yield every route, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None) or (route if hasattr(route, "routes") else None)
        if inner is None:
            yield route
        else:
            yield from every_route(inner.routes)


def _end(route: Any) -> Any:
    return getattr(route, "endpoint", None)
