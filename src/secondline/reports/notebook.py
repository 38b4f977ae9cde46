"""Notebook: a run on one card, for the last line of a cell."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from secondline.core.evidence import GRADES, Run
from secondline.reports import words
from secondline.reports.headline import headlines
from secondline.reports.sections.summary import MOST_FINDINGS
from secondline.reports.view import View

CARD = Markup(
    '<div style="font:14px/1.5 system-ui,sans-serif;max-width:46em">'
    '<p style="margin:0 0 .4em"><b>{title}</b> {version} <span style="opacity:.65">run {run}</span></p>'
    '<p style="margin:0 0 .4em">{opinion}</p>'
    '<p style="margin:0 0 .4em">{answers}</p>'
    "{numbers}{findings}</div>"
)
LIST = Markup('<ul style="margin:0 0 .4em;padding-left:1.2em">{}</ul>')


def card(run: Run) -> str:
    """Return *run* as a small piece of HTML: opinion, outcomes, headline numbers and the worst findings."""
    view = View(run)
    given = run.opinion
    status = "proposed opinion" if given.status == "proposed" else f"opinion, {given.status} by {given.by}"
    return CARD.format(
        title=view.spec.title or view.spec.model,
        version=view.spec.version,
        run=run.id,
        opinion=f"{words.sentence(status)[:-1]}: {given.grade} of 4, {GRADES[given.grade]}",
        answers=f"{words.count(len(run.evidence), 'answer')}: {', '.join(words.fallen(run.evidence))}",
        numbers=_list(f"{h.label}: {''.join(words.plain(span) for span in h.spans)}" for h in headlines(view)),
        findings=_list(f"{f.id} {f.severity}: {f.statement}" for f in run.findings[:MOST_FINDINGS]),
    )


def _list(items: Iterable[str]) -> Markup:
    lines = [Markup("<li>{}</li>").format(item) for item in items]
    return LIST.format(Markup().join(lines)) if lines else Markup()
