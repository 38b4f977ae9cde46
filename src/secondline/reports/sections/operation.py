"""Sections 13 to 15: how the model is used, governed and watched."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import Evidence, PlannedCheck
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Placeholder, Section, Table
from secondline.reports.sections.scope import OVER
from secondline.reports.view import View, family

CADENCE = {1: "monthly", 2: "quarterly", 3: "half-yearly", 4: "yearly"}
WATCHED = ("data", "discrimination", "calibration", "stability", "use")
LATE = "Labels arrive late; measures that need them speak of mature cohorts only."
JUDGED = "People label a share of the answers in use, drawn with known chances; judged measures rest on those."


def use(view: View) -> Section:
    """Return section 13."""
    return Section("use", "13", "Use and overrides", tuple(_use(view)))


def _use(view: View) -> Iterator[Block]:
    codes = view.codes("use")
    whole = tables.measures(
        view, [c for c in codes if view.over(c) in tables.SIDE_BY_SIDE], "t-use", "Use and overrides"
    )
    if whole:
        yield whole
    else:
        yield words.text("Not evidenced: no check of this plan speaks to use or overrides.")
    for code in codes:
        if view.over(code) not in tables.SIDE_BY_SIDE and (table := tables.levels(view, code, f"t-{code}")):
            yield table
    yield Placeholder(
        "Compare intended with actual use: populations, decisions and users outside the approved ones.",
        "owner",
        "intended-use",
    )
    yield Placeholder(
        "List overlays and post-model adjustments with the limitation each answers, its size and its expiry.",
        "owner",
        "overlays",
    )


def governance(view: View) -> Section:
    """Return section 14."""
    spec = view.spec
    same = [name for name in {spec.owner, spec.developer} if name and name == spec.validator]
    people = (
        (role, name or f"not stated in {view.declared_in}")
        for role, name in (("Owner", spec.owner), ("Developer", spec.developer), ("Validator", spec.validator))
    )
    rows = tuple((Cell(role), Cell(name)) for role, name in people)
    note = f"The validator named in {view.declared_in}, {same[0]}, also owns or develops the model." if same else ""
    blocks: tuple[Block, ...] = (
        Table(
            "t-people",
            "Who answers for the model",
            ("Role", f"Named in {view.declared_in}"),
            "ll",
            rows,
            (0.3, 0.7),
            note=note,
        ),
        Placeholder(
            "Assess documentation: is it complete, current and enough for a third party to rebuild the model?",
            id="documentation",
        ),
        Placeholder("For vendor parts: version, what is not disclosed, and the controls that compensate.", id="vendor"),
    )
    return Section("governance", "14", "Governance and documentation", blocks)


def monitoring(view: View) -> Section:
    """Return section 15."""
    cadence = CADENCE.get(view.spec.tier or 0, "")
    about = (
        (f"Proposed from the plan's own limits. Cadence by practice for tier {view.spec.tier}: {cadence}.")
        if cadence
        else ("Proposed from the plan's own limits. No tier is stated, so the cadence is left open.")
    )
    rows = tuple(_watch(view, planned, cadence) for planned in view.plan.checks if _watched(planned))
    head = ("Metric", "Population and slice", "Baseline", "Red", "Amber", "Cadence", "On breach")
    widths = (0.22, 0.2, 0.14, 0.14, 0.12, 0.08, 0.1)
    table = Table(
        "t-monitoring", "Monitoring plan, proposed", head, "llrllll", rows, widths, folded=len(rows) > tables.LONG
    )
    blocks: list[Block] = [
        words.text(
            about,
            " Red: the limit is breached with the whole interval. Amber: the interval straddles it. ",
            JUDGED if view.spec.genai else LATE,
        ),
        *([table] if rows else []),
        Placeholder(
            "Set owner, data lag, minimum sample, escalation, the level at which use stops, and the fallback.",
            "owner",
            "monitoring",
        ),
    ]
    return Section("monitoring", "15", "Deployment and monitoring plan", tuple(blocks))


def _watched(planned: PlannedCheck) -> bool:
    if planned.limit is None or planned.skipped:
        return False
    if family(planned.code) == "genai":
        return planned.finding_on_breach
    return planned.role != "report" and family(planned.code) in WATCHED


def _watch(view: View, planned: PlannedCheck, cadence: str) -> tuple[Cell, ...]:
    baseline = _baseline(view, planned)
    rule = planned.limit
    return (
        Cell(planned.title),
        Cell(f"production, {OVER.get(planned.over, planned.over)}"),
        Cell(words.measured(baseline), baseline.id) if baseline else Cell("see section 9", tone="muted"),
        Cell(f"not {words.limit(rule, baseline.unit if baseline else '')}"),
        Cell("any breach is red" if rule and rule.judge_on == "value" else "cannot be told"),
        Cell(cadence or "to be set"),
        Cell(f"finding, {rule.severity}" if rule and planned.finding_on_breach else "report"),
    )


def _baseline(view: View, planned: PlannedCheck) -> Evidence | None:
    """Return the number to start from, for questions with one answer a population; suites have one each."""
    if view.spec.genai:
        return None
    return view.first(planned.code, view.latest) if planned.over in tables.SIDE_BY_SIDE else None
