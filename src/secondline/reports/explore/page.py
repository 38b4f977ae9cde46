"""Page: the value through templates, with its style inside and nothing from outside.

A content security policy names the one style by its hash and allows nothing else: no text of the data can become code.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from secondline.core.explored import Exploration
from secondline.reports.explore.draft import draft
from secondline.reports.explore.marks import drawn
from secondline.reports.explore.parts import Bars, Heat, Mark, Picture, Series, Share, Span, Spark, Trend
from secondline.reports.explore.pictures import pictured
from secondline.reports.html.filters import FILTERS
from secondline.reports.html.page import HERE as REPORTS
from secondline.reports.html.page import asset, hashed

HERE = "secondline.reports.explore"
MARKS = (Spark, Trend, Share, Span)


def render(found: Exploration) -> str:
    """Return the page of *found* as one HTML file; the same exploration gives the same bytes."""
    page = draft(found)
    style = asset("report.css") + files(HERE).joinpath("explore.css").read_text(encoding="utf-8")
    policy = f"default-src 'none'; style-src '{hashed(style)}'; base-uri 'none'; form-action 'none'"
    known = {chapter.id for chapter in page.chapters}
    template = _environment().get_template("explore.html.j2")
    return template.render(page=page, known=known, policy=policy, style=Markup(style)) + "\n"  # noqa: S704 - our own files


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(HERE), PackageLoader(REPORTS)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS | {"mark": _mark, "picture": _picture, "rows_of": _rows_of}
    environment.tests["mark"] = lambda value: isinstance(value, MARKS)
    return environment


def _mark(mark: Mark) -> Markup:
    return drawn(mark)


def _picture(picture: Picture) -> Markup:
    drawing: Bars | Series | Heat = picture.drawing
    return pictured(drawing, picture.alt)


def _rows_of(parts: tuple[object, ...]) -> list[list[object]]:
    """Return the parts row by row: pictures of half width that follow one another share a row."""
    rows: list[list[object]] = []
    for part in parts:
        half = isinstance(part, Picture) and part.width == "half"
        last = rows[-1][-1] if rows else None
        if half and len(rows[-1:]) and len(rows[-1]) == 1 and isinstance(last, Picture) and last.width == "half":
            rows[-1].append(part)
        else:
            rows.append([part])
    return rows
