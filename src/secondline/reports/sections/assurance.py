"""Sections 10 to 12: robustness, explainability and fair lending, which are not measured and so are not vouched for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from secondline.core.format import number, p_text
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Placeholder, Ref, Section, Table
from secondline.reports.view import View

ROBUST = ("soundness.noise", "soundness.edge_cases", "soundness.extrapolation")
EXPLAINED = ("soundness.importance", "soundness.monotone")


def answered(view: View, codes: Sequence[str], name: str, caption: str, otherwise: str) -> Iterator[Block]:
    """Yield the tables of the codes that measured something, else the sentence that says what is missing."""
    told = [code for code in codes if any(e.outcome.estimate for e in view.answers(code))]
    whole = tables.measures(view, [c for c in told if view.over(c) in tables.SIDE_BY_SIDE], f"t-{name}", caption)
    if whole:
        yield whole
    for code in told:
        if view.over(code) not in tables.SIDE_BY_SIDE and (table := tables.levels(view, code, f"t-{code}")):
            yield table
    if not told:
        yield words.text(otherwise)


def robustness(view: View) -> Section:
    """Return section 10."""
    missing = (
        "Not evidenced: no check of this run perturbs inputs, extrapolates beyond the development range or runs a "
        "scenario. Needed: the artefact, so that it can be scored on changed inputs."
    )
    blocks: tuple[Block, ...] = (
        *answered(view, ROBUST, "robustness", "Changed, odd and unseen inputs", missing),
        Placeholder(
            "Report sensitivity, noise, extrapolation and stress tests, and the uncertainty of single predictions.",
            id="robustness",
        ),
    )
    return Section("robustness", "10", "Robustness and stress", blocks)


def explainability(view: View) -> Section:
    """Return section 11."""
    missing = "Not evidenced: the artefact was not asked what its inputs do. Needed: the artefact."
    blocks: tuple[Block, ...] = (
        *answered(view, EXPLAINED, "explainability", "What the inputs do", missing),
        words.text(
            "Not evidenced: no attribution of single scores and no reason code was computed. Needed: a declared "
            "background sample, and the rule that turns attributions into reasons."
        ),
        Placeholder(
            "Assess whether the model can be explained to the degree its use requires, and whether reason codes are "
            "true.",
            id="explainability",
        ),
    )
    return Section("explainability", "11", "Explainability and reason codes", blocks)


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


def fairness(view: View) -> Section:
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
        *answered(view, view.codes("fairness"), "fairness", "Disparity between protected groups", missing),
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
