"""Pictures of a generative system: criteria by suite, and the families of attacks that got through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from secondline.core.evidence import Evidence
from secondline.reports import charts, words
from secondline.reports.blocks import Chart
from secondline.reports.charts import genai as drawing
from secondline.reports.pictures.answer import ends, link
from secondline.reports.view import View, detail, estimate_of

MOST = 40
MARKS = "with 95 % intervals: filled passed, open inconclusive, diamond failed"
FAMILIES = 18
WIDTH = 400


def criteria(view: View, names: Sequence[str]) -> Chart | None:
    """Return the pass rate of every criterion of every suite with its interval, and limits that all share."""
    found = [e for name in names for e in view.answers(f"genai.{name}") if e.outcome.estimate and ends(e)]
    order = list(view.facts)
    found.sort(key=lambda e: (order.index(e.subject.population), e.subject.column or ""))
    if not found:
        return None
    rows = [_row(e) for e in found[:MOST]]
    limits = {bound for e in found for bound in words.bounds(e.limit)}
    failed = [row["name"] for row in rows if row["outcome"] == "failed"]
    alt = (
        f"Pass rates of {words.count(len(rows), 'criterion of a suite', 'criteria of suites')} with intervals; "
        f"{words.count(len(failed), 'failed', 'failed')}{': ' + words.listed(failed, 4) if failed else ''}."
    )
    spec = charts.forest([("share of answers that pass", rows, sorted(limits) if len(limits) == 1 else ())], alt,
                         width=WIDTH)  # fmt: skip
    return Chart("c-genai-criteria", f"Pass rates by suite and criterion, {MARKS}", spec, alt)


def _row(e: Evidence) -> dict[str, Any]:
    name = f"{e.subject.population}, {e.subject.column}"
    return {"name": name, "value": estimate_of(e).value, **ends(e), "outcome": e.outcome.kind,
            "says": f"{name}: {words.measured(e)}, {words.outcome(e)}", **link(e)}  # fmt: skip


def attacked(view: View, names: Sequence[str]) -> Chart | None:
    """Return the families of attacks that got through, the worst first, by suite and criterion."""
    rows: list[dict[str, Any]] = []
    for e in (e for name in names for e in view.answers(f"genai.{name}")):
        rows += [_family(e, one) for one in detail(e).get("families", ()) if one["failed"] and one["cases"] > 1]
    rows.sort(key=lambda row: (-row["share"], -row["failed"], row["name"]))
    if not rows:
        return None
    shown = rows[:FAMILIES]
    left = f" The {len(rows) - len(shown)} with smaller shares are in the table." if len(rows) > len(shown) else ""
    alt = f"Share of cases in which attacks succeeded, by family: {words.listed([r['says'] for r in shown], 4)}.{left}"
    of = f"the {len(shown)} worst of {len(rows)}" if left else f"all {len(rows)}"
    caption = f"Families of attacks that got through, by criterion: {of}, counts of few cases; rates are below"
    return Chart("c-genai-attacks", caption, drawing.families(shown, alt), alt)


def _family(e: Evidence, one: dict[str, Any]) -> dict[str, Any]:
    share = one["failed"] / one["cases"]
    name = f"{one['of']} ({e.subject.column})"
    return {"name": name, "share": share, "failed": one["failed"], "label": f"{one['failed']} of {one['cases']}",
            "says": f"{name}: {one['failed']} of {one['cases']}", **link(e)}  # fmt: skip
