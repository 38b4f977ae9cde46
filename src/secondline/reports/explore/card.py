"""Card: an exploration in a notebook cell: the population in a line, and every column on one."""

from __future__ import annotations

from markupsafe import Markup

from secondline.core.explored import Column, Exploration
from secondline.core.format import number
from secondline.reports.blocks import Cell
from secondline.reports.explore import words
from secondline.reports.explore.marks import drawn
from secondline.reports.explore.sections.overview import spark

SHOWN = 40
PAGE = Markup(
    '<div style="font:13px/1.45 system-ui,sans-serif"><style>'
    ".sl-look svg .bar,.sl-look svg .tail{{fill:currentColor;"
    "opacity:.65}}.sl-look svg .tail{{opacity:.3}}.sl-look td,.sl-look th{{padding:2px 12px 2px 0;text-align:left}}"
    ".sl-look .num{{text-align:right}}.sl-look svg{{display:block}}</style>"
    '<p style="margin:0 0 .5em"><b>{name}</b> {said} '
    '<span style="opacity:.65">An exploration: it judges nothing.</span></p>'
    '<table class="sl-look"><thead><tr><th>column</th><th>kind</th><th class="num">no value</th>'
    '<th class="num">distinct</th><th>distribution</th><th>middle</th><th>remarks</th></tr></thead>'
    "<tbody>{rows}</tbody></table>{more}</div>"
)
ROW = Markup(
    '<tr><td>{name}</td><td>{kind}</td><td class="num">{absent}</td><td class="num">{distinct}</td><td>{spark}</td>'
    '<td>{middle}</td><td style="opacity:.75">{remarks}</td></tr>'
)


def card(found: Exploration) -> str:
    """Return *found* as a small piece of HTML that takes the colours of the notebook."""
    first = found.first
    rate = (
        f", event rate {number(first.rate, 'rate')} {words.interval(first.low, first.high, 'rate')}"
        if first.rate is not None
        else ""
    )
    more = len(found.columns) - SHOWN
    return PAGE.format(
        name=first.name,
        said=f"{first.rows:,} rows, {first.columns:,} columns{rate}.",
        rows=Markup().join(_row(column) for column in found.columns[:SHOWN]),
        more=Markup("<p>And {} more columns.</p>").format(more) if more > 0 else "",
    )


def _row(column: Column) -> Markup:
    shown = spark(column)
    middle = (
        words.value(column, column.numbers.at(0.5))
        if column.numbers
        else column.levels[0].name
        if column.levels
        else ""
    )
    return ROW.format(
        name=column.name,
        kind=words.KINDS[column.kind] + (f" ({words.ROLES[column.role]})" if column.role else ""),
        absent=words.share(column.absent),
        distinct=words.amount(column.distinct),
        spark="" if isinstance(shown, Cell) else drawn(shown),
        middle=middle,
        remarks="; ".join(column.remarks),
    )
