"""Routes: every address says who may use it, or the pages do not start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from secondline.govern.roles import ROLES, Role
from secondline.web.seen import Seen
from secondline.web.views import View

PUBLIC = "public"
SIGNED_IN = frozenset[Role](ROLES)
Who = frozenset[Role] | str
Handler = Callable[[Seen], View]
Deed = Callable[[Seen, dict[str, str]], str | View]
FORMATS = ("html", "csv", "json")


@dataclass(frozen=True, slots=True)
class Page:
    """A page to look at, with its CSV and JSON siblings."""

    path: str
    may: Who
    name: str
    formats: tuple[str, ...]
    handler: Handler
    shows: str = ""
    """The kind of record that this page is the home of."""


@dataclass(frozen=True, slots=True)
class Post:
    """A form to send: does something, then leads to the address returned."""

    path: str
    may: Who
    name: str
    handler: Deed


PAGES: dict[str, Page] = {}
POSTS: dict[str, Post] = {}


def page(
    path: str, *, may: Who, name: str = "", formats: tuple[str, ...] = FORMATS, shows: str = ""
) -> Callable[[Handler], Handler]:
    """Register a page under *path*, and its table under ``path.csv`` and ``path.json``.

    ``may`` is who may see it: a set of roles, SIGNED_IN or PUBLIC. ``shows`` names the kind of record whose home this
    is; the path then holds ``{id}``, and every link to such a record leads here.
    """

    def register(handler: Handler) -> Handler:
        if path in PAGES:
            raise ValueError(f"Two pages claim {path!r}.")
        PAGES[path] = Page(path, may, name or handler.__name__, formats, handler, shows)
        return handler

    return register


def deed(path: str, *, may: Who, name: str = "") -> Callable[[Deed], Deed]:
    """Register a form's address for a deed that is more than one act.

    The handler gets what was typed and returns where to go next, or a view to show at once. Errors of the ledger show
    as pages by themselves.
    """

    def register(handler: Deed) -> Deed:
        if path in POSTS:
            raise ValueError(f"Two forms claim {path!r}.")
        POSTS[path] = Post(path, may, name or handler.__name__, handler)
        return handler

    return register


def allowed(may: Who, roles: frozenset[Any]) -> bool:
    """Whether somebody with *roles* may use a route for *may*."""
    return may == PUBLIC or bool(frozenset(may) & roles)
