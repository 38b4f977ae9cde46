"""Section 12: fair lending and ethics."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.format import number, p_text
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Placeholder, Ref, Section, Table
from secondline.reports.view import View


def _rates(view: View) -> Iterator[Block]:
    """Yield the approval rates of every judged group in the newest population."""
    rows = [
        (
            Cell(f"{e.subject.column}: {group['group']}", e.id),
            Cell(str(estimate.detail["control"])),
            Cell(f"{group['rows']:,}"),
            Cell(number(group["rate"])),
            Cell(number(group["control rate"])),
            Cell(number(group["value"])),
            Cell(f"[{number(group['low'])}, {number(group['high'])}]"),
            Cell(p_text(group["p"]).removeprefix("p = ").removeprefix("p ")),
        )
        for e in view.answers("fairness.adverse_impact", view.latest)
        if (estimate := e.outcome.estimate)
        for group in estimate.detail["groups"]
    ]
    if rows:
        head = ("Group", "Control", "Rows", "Approved", "Of control", "Ratio", "Interval", "Fisher's p")
        widths = (0.2, 0.14, 0.1, 0.11, 0.11, 0.1, 0.14, 0.1)
        note = "Intervals hold for all groups of a column at once; Fisher's p is for one group and not adjusted."
        caption = f"Approval by group, {view.latest}"
        yield Table("t-fairness-groups", caption, head, "llrrrrlr", tuple(rows), widths, note=note)


def section(view: View) -> Section:
    """Return section 12."""
    protected = view.spec.columns.protected
    named = (
        f"model.yaml names {words.listed(protected)} as protected, and ranking and calibration by their levels are in "
        if protected
        else "model.yaml names no protected columns. Results by segment are in "
    )
    missing = "Not evidenced: no measure of disparity between protected groups was computed."
    blocks: tuple[Block, ...] = (
        *_rates(view),
        *tables.answered(view, view.codes("fairness"), "fairness", "Disparity between protected groups", missing),
        words.text("Not evidenced: no search for a less discriminatory model."),
        words.text(named, Ref("outcomes-segments"), "."),
        Placeholder(
            "Report disparity in outcome and in error, proxies, and less discriminatory alternatives, under the law "
            "that applies.",
            "compliance",
            "fairness",
        ),
    )
    return Section("fairness", "12", "Fair lending and ethics", blocks)
