"""Filters: how values of a draft become markup. Whatever came from a run is escaped here or by the template."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from markupsafe import Markup, escape

from secondline.reports import charts, layout
from secondline.reports.blocks import Block, Chart, Draft, Placeholder, Table
from secondline.reports.words import OUTCOME

CHIPS = {*OUTCOME.values(), "reported"}
NUMBER = re.compile(r"^(at (most|least) )?[<>]?\s?[-\N{MINUS SIGN}]?[\d,]+(\.\d+)?( %)?$")
LONGEST = 28  # characters of a word that a column can be expected to hold
DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
SMALL = 10  # rows up to which sorting a table is no help


def kind(block: Block) -> str:
    """Return the kind of a block, which names the macro that draws it."""
    return type(block).__name__.lower()


def coded(text: str) -> Markup:
    """Return text escaped, with words between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _dated(text)
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else _dated(p) for i, p in enumerate(parts))


def _dated(text: str) -> Markup:
    """Return text escaped, with dates that stay on one line."""
    return Markup(DATE.sub(r'<span class="whole">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped first


def with_interval(text: str) -> Markup:
    """Return a number with its interval set apart, so that it can be shown lighter."""
    value, found, interval = text.partition(" [")
    return Markup('{} <span class="ci">[{}</span>').format(value, interval) if found else escape(text)


def long(text: str) -> bool:
    """Whether a text holds a word that must be broken to fit a column, such as a digest."""
    return any(len(word) > LONGEST for word in text.split())


def drawn(chart: Chart) -> Markup:
    """Return a chart as inline SVG that scales with the page and is one picture to a screen reader."""
    svg = charts.to_svg(chart.spec)
    head, _, rest = svg.partition(">")
    head = head.replace("<svg", Markup('<svg role="img" aria-label="{}" focusable="false"').format(chart.alt), 1)
    # Links of marks are for the mouse; the same numbers are links in the tables, where the keyboard reaches them.
    rest = rest.replace("<a xlink:href", '<a tabindex="-1" xlink:href')
    return Markup(f"{head}>{rest}")  # noqa: S704 - the converter escapes what it draws


def rows_of(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Yield blocks row by row: charts of half width that follow one another share a row."""
    row: list[Block] = []
    for block in blocks:
        half = isinstance(block, Chart) and block.width == "half"
        if row and not (half and len(row) == 1):
            yield row
            row = []
        if half:
            row.append(block)
        else:
            yield [block]
    if row:
        yield row


def asks(draft: Draft) -> dict[int, int]:
    """Return the number of each placeholder, by its identity, in reading order."""
    found = (block for block in layout.blocks(draft) if isinstance(block, Placeholder))
    return {id(block): number for number, block in enumerate(found, 1)}


def shares(table: Table) -> tuple[str, ...]:
    """Return the columns' shares of the width, in per cent."""
    return tuple(f"{100 * share:.1f}%" for share in layout.shares(table))


def side(letter: str) -> str:
    """Return the class of a column's alignment."""
    return {"r": "num", "c": "mid"}.get(letter, "")


def chip(text: str) -> bool:
    """Whether a cell's text is an outcome, and so shown as a chip."""
    return text in CHIPS


def figures(text: str) -> bool:
    """Whether a text is one number, which should not be broken over lines."""
    return bool(NUMBER.match(text))


def sortable(table: Table) -> bool:
    """Whether a table is long enough for sorting to help."""
    return len(table.rows) > SMALL


def data_block(json: str) -> Markup:
    """Return JSON safe inside a script element: no character that could end it."""
    escapes = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
    for character, escaped in escapes.items():
        json = json.replace(character, escaped)
    return Markup(json)  # noqa: S704 - escaped above


FILTERS: dict[str, Callable[..., Any]] = {
    "chip": chip,
    "coded": coded,
    "drawn": drawn,
    "figures": figures,
    "ident": id,
    "kind": kind,
    "long": long,
    "rows_of": rows_of,
    "shares": shares,
    "side": side,
    "sortable": sortable,
    "with_interval": with_interval,
}
