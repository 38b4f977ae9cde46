"""The page: a draft through templates, with style and script inside and nothing from outside.

Everything a reader sees is in the markup; the script only adds comfort (evidence in a side panel, sorting, filters).
A content security policy names the one style sheet and the one script by their hashes, so that no text of the run can
become code.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from secondline.core.evidence import GRADES
from secondline.reports import layout
from secondline.reports.blocks import Draft
from secondline.reports.html import filters

HERE = "secondline.reports.html"


def render(draft: Draft) -> str:
    """Return *draft* as one self-contained HTML file; the same draft gives the same bytes."""
    style, script = asset("report.css"), asset("report.js")
    rendered = (
        _environment()
        .get_template("report.html.j2")
        .render(
            draft=draft,
            labels=layout.labels(draft),
            known={note.id for note in draft.evidence},
            asks=filters.asks(draft),
            grades=GRADES,
            queries=layout.queries(draft),
            limitations=filters.data_block(draft.meta.get("limitations", "[]")),
            policy=_policy(style, script),
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
        )
    )
    return rendered + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters.FILTERS
    return environment


@cache
def asset(name: str) -> str:
    """Return the text of a file that goes into the page."""
    return files(HERE).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{hashed(style)}'",
            f"script-src '{hashed(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def hashed(text: str) -> str:
    """Return what a content security policy calls *text*."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
