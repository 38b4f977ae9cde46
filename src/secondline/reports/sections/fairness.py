"""Section 12: fair lending and ethics."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import Evidence
from secondline.core.format import number, p_text
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Placeholder, Ref, Section, Table
from secondline.reports.pictures import fairness as pictures
from secondline.reports.sections import alternatives
from secondline.reports.view import View, detail, estimate_of

INPUTS = 15
ORDER = (
    "adverse_impact", "approval_gap", "conditional_gap", "conditional_ratio", "homogeneity", "intersections",
    "probabilistic_gap", "score_gap", "conditional_score_gap", "matched_pairs", "counterfactual", "elderly", "age_used",
    "calibration_parity", "error_parity", "false_declines", "pricing_gap", "conditional_pricing_gap",
    "override_parity", "proxy",
)  # fmt: skip


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
        widths = (0.2, 0.13, 0.09, 0.1, 0.11, 0.08, 0.18, 0.11)
        note = "Intervals hold for all groups of a column at once; Fisher's p is for one group and not adjusted."
        caption = f"Approval by group, {view.latest}"
        yield Table("t-fairness-groups", caption, head, "llrrrrlr", tuple(rows), widths, note=note)
    if small := _small(view):
        yield words.text(f"Too small to judge, and not judged: {words.listed(small, 8)}.", style="note")
    yield from filter(None, [pictures.ratios(view)])


def _small(view: View) -> list[str]:
    return [
        f"{e.subject.column} = {name} ({words.count(rows, 'row')})"
        for e in view.answers("fairness.adverse_impact", view.latest)
        for name, rows in detail(e).get("too small to judge", {}).items()
    ]


def _conditional(view: View) -> Iterator[Block]:
    yield from pictures.gaps(view)
    if not view.spec.fairness.controls:
        yield words.text(
            "Not evidenced: model.yaml names no `fairness: controls`, so no gap is held at equal controls."
        )


def _errors(view: View) -> Iterator[Block]:
    rows = [
        (
            Cell(f"{e.subject.column}: {group['group']}", e.id),
            Cell(group["rate of"]),
            Cell(f"{group['rows']:,}"),
            Cell(number(group["rate"])),
            Cell(number(group["control rate"])),
            Cell(number(group["value"])),
            Cell(f"[{number(group['low'])}, {number(group['high'])}]"),
        )
        for e in view.answers("fairness.error_parity", view.latest)
        for group in detail(e).get("groups", ())
    ]
    if rows:
        head = ("Group", "Rate of", "Rows", "Rate", "Of control", "Gap", "Interval")
        widths = (0.24, 0.15, 0.09, 0.1, 0.12, 0.1, 0.2)
        note = "A decline is the positive prediction and the event what it predicts."
        caption = f"Rates of error by group, {view.latest}"
        folded = len(rows) > tables.LONG
        yield Table("t-fairness-errors", caption, head, "llrrrrl", tuple(rows), widths, folded=folded, note=note)
    yield from pictures.calibration(view)


def _probable(view: View) -> Iterator[Block]:
    chart = pictures.probabilities(view)
    if chart is None:
        return
    yield chart
    answer = next(e for e in view.answers("fairness.probabilistic_gap", view.latest) if e.outcome.estimate)
    known = detail(answer)
    left = words.count(known["rows without probabilities"], "row")
    rest = (
        f"The true group of {sum(known['known rows'].values()):,} rows corrects the proxy, and their sampling error is "
        "in the interval."
        if known["corrected"]
        else "The true group is known of too few rows to correct the proxy: the interval is all that it allows."
    )
    yield words.text(f"{rest} Left out for want of probabilities: {left}.", style="note")


def _inputs(view: View) -> Iterator[Block]:
    """Yield the inputs that tell a group best, of those the model uses, and how many it hardly uses."""
    answers = view.answers("fairness.feature_proxy", view.latest)
    told = sorted((e for e in answers if e.outcome.estimate), key=lambda e: -estimate_of(e).value)
    if not told:
        return
    head = ("Input", "Tells best", "AUC", "Interval", "AUC lost, permuted", "p, adjusted", "Outcome")
    widths = (0.17, 0.22, 0.08, 0.17, 0.14, 0.1, 0.12)
    rows = tuple(_input(e) for e in told[:INPUTS])
    idle = sum("hardly uses it" in e.outcome.because for e in answers)
    more = f"{words.count(len(told) - INPUTS, 'more input')} of lower AUC; " if len(told) > INPUTS else ""
    note = f"{more}{words.count(idle, 'input')} that the model hardly uses {'is' if idle == 1 else 'are'} not judged."
    yield Table(
        "t-fairness-inputs",
        f"Inputs as proxies, {view.latest}",
        head,
        "llrlrrl",
        rows,
        widths,
        note=words.sentence(note),
    )


def _input(evidence: Evidence) -> tuple[Cell, ...]:
    estimate = estimate_of(evidence)
    value, interval, p, outcome = words.cells(evidence)
    lost = estimate.detail["importance"].get("value")
    told = f"{estimate.detail['of']} = {estimate.detail['worst']}"
    cost = Cell("not known" if lost is None else number(lost))
    return (Cell(evidence.subject.column or ""), Cell(told), value, interval, cost, p, outcome)


def _summary(view: View) -> Iterator[Block]:
    """Yield one row for every number on protected groups of the newest population, or say that there is none."""
    place = {f"fairness.{name}": i for i, name in enumerate(ORDER)}
    codes = [code for code in view.codes("fairness") if view.over(code) != "input"]
    codes.sort(key=lambda code: place.get(code, len(place)))
    answers = [e for code in codes for e in view.answers(code, view.latest) if e.outcome.estimate]
    if not answers:
        yield words.text("Not evidenced: no measure of disparity between protected groups was computed.")
        return
    head = ("Check", "About", "Worst", "Value", "Interval", "Limit", "Outcome")
    widths = (0.24, 0.1, 0.14, 0.09, 0.2, 0.11, 0.12)
    rows = tuple(_row(view, e) for e in answers)
    note = (
        "The worst group is quoted; its interval holds for all groups at once. A number without a limit is reported "
        "and judges nothing: limits are set by a pack, where the law or the bank asks for them."
    )
    yield Table(
        "t-fairness", f"Disparity between protected groups, {view.latest}", head, "lllrlll", rows, widths, note=note
    )


def _row(view: View, evidence: Evidence) -> tuple[Cell, ...]:
    value, interval, _, outcome = words.cells(evidence)
    told = detail(evidence)
    worst = " ".join(str(told[key]) for key in ("of", "worst") if told.get(key))
    return (
        Cell(view.title(evidence.code)), Cell(evidence.subject.column or "all"), Cell(worst), value, interval,
        Cell(words.limit(evidence.limit, evidence.unit) or "none set", tone="" if evidence.limit else "muted"), outcome,
    )  # fmt: skip


def _asks() -> Placeholder:
    return Placeholder(
        "Report disparity in outcome and in error, proxies, and less discriminatory alternatives, under the law that "
        "applies.",
        "compliance function",
        "fairness",
    )


def section(view: View) -> Section:
    """Return section 12."""
    if view.spec.genai:
        return Section("fairness", "12", "Fair lending and ethics", (
            words.text("Whether the system treats people alike is in ", Ref("outcomes-fairness"), "."), _asks(),
        ))  # fmt: skip
    protected = view.spec.columns.protected
    named = (
        f"model.yaml names {words.listed(protected)} as protected, and ranking and calibration by their levels are in "
        if protected
        else "model.yaml names no protected columns. Results by segment are in "
    )
    blocks: tuple[Block, ...] = (
        *_summary(view),
        words.text(named, Ref("outcomes-segments"), "."),
        _asks(),
    )
    parts = (
        ("rates", "Approval by group", tuple(_rates(view))),
        ("conditional", "Gaps at equal controls", tuple(_conditional(view))),
        ("errors", "Errors and calibration by group", tuple(_errors(view))),
        ("crossed", "Crossed groups", tuple(filter(None, [pictures.crossed(view)]))),
        ("probable", "Groups known by probability", tuple(_probable(view))),
        ("proxies", "Inputs as proxies", tuple(_inputs(view))),
        ("alternatives", "Less discriminatory alternatives", tuple(alternatives.blocks(view))),
    )
    shown = (
        [(id_, title, found) for id_, title, found in parts if found]
        if protected or view.spec.fairness.probabilities
        else []
    )
    sections = tuple(
        Section(f"fairness-{id_}", f"12.{i}", title, found) for i, (id_, title, found) in enumerate(shown, 1)
    )
    return Section("fairness", "12", "Fair lending and ethics", blocks, sections)
