"""Section 9, fraud: what is detected, saved, missed and disturbed at the point where the model works."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.format import number
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Figure, Table
from secondline.reports.pictures import fraud as pictures
from secondline.reports.view import View, detail

DETECTED = ("detection_rate", "account_detection", "value_detection", "value_saved", "precision_at_budget",
            "false_positive_ratio", "alert_rate", "decline_rate", "insult_rate")  # fmt: skip
MONEY = ("net_benefit", "loss_bps", "vamp")
TIME = ("label_maturity", "time_to_detect", "decay")
TRUST = ("control_group", "control_size", "rule_overlap", "evasion", "entity_split", "time_split")
SERVED = ("latency", "timeouts", "fallback")
TABLES = (
    (DETECTED, "detected", "Detection and alerts at the operating point"),
    (MONEY, "money", "Money"),
    (TIME, "time", "Delay of labels, of detection, and decay"),
    (TRUST, "trust", "What the numbers rest on: control arm, rules, attacks and splits"),
    (SERVED, "served", "How the score was served"),
)
PICTURED = {"detected": ("c-fraud-budget", "c-fraud-decay"), "time": ("c-fraud-maturity", "c-fraud-detect")}


def blocks(view: View) -> Iterator[Block]:
    """Yield the blocks of the section; none where the study declares no fraud."""
    if view.spec.fraud is None:
        return
    yield words.text(*_point(view))
    charts = {chart.id: chart for chart in pictures.everything(view)}
    for names, id_, caption in TABLES:
        codes = [f"fraud.{name}" for name in names if f"fraud.{name}" in view.by_code]
        told = [code for code in codes if any(e.outcome.estimate for e in view.answers(code))]
        if told and (table := tables.measures(view, told, f"t-fraud-{id_}", caption)):
            yield table
        yield from (charts.pop(name) for name in PICTURED.get(id_, ()) if name in charts)
    if table := _rules(view):
        yield table
    if table := _sides(view):
        yield table
    if left := words.why_not(view, [code for code in view.codes("fraud") if not _told(view, code)]):
        yield words.text("The other questions about fraud have no number here:")
        yield words.bullets([(reason.strip(),) for reason in left])


def _told(view: View, code: str) -> bool:
    return any(e.outcome.estimate for e in view.answers(code))


def _point(view: View) -> Iterator[str | Figure]:
    """Say what an alert is here, and what the newest population's alerts find."""
    fraud = view.spec.fraud
    if fraud is None:
        return
    if fraud.alert:
        yield f"An alert is what the column {fraud.alert} records. "
    elif fraud.threshold is not None:
        yield f"An alert is a score at or beyond {number(fraud.threshold)}. "
    else:
        yield f"An alert is a score among the riskiest {words.percent(fraud.alert_budget or 0.0)} of all transactions. "
    by_value, ratio = (view.first(f"fraud.{name}", view.latest) for name in ("value_detection", "false_positive_ratio"))
    if by_value and by_value.outcome.estimate:
        yield f"In {view.latest} alerts find "
        yield Figure(words.measured(by_value), by_value.id)
        yield " of the value of fraud"
        if ratio and ratio.outcome.estimate:
            yield ", with "
            yield Figure(words.measured(ratio), ratio.id)
            yield " false alerts for one true one"
        yield "."


def _rules(view: View) -> Table | None:
    """Return rules crossed with the model in the newest population."""
    found = view.first("fraud.rule_overlap", view.latest)
    lines = detail(found).get("table", ())
    if found is None or not lines:
        return None
    rows = tuple(
        (
            Cell(line["caught by"], found.id), Cell(f"{line['frauds']:,}"), Cell(number(line["value"])),
            Cell(words.percent(line["share of value"])),
            Cell(f"{line['false alerts']:,}" if line["caught by"] != "neither" else "none", tone=""),
        )
        for line in lines
    )  # fmt: skip
    head = ("Caught by", "Frauds", "Value", "Share of value", "False alerts")
    return Table("t-fraud-rules", f"Rules and model, {view.latest}", head, "lrrrr", rows, (0.3, 0.16, 0.2, 0.18, 0.16))


def _sides(view: View) -> Table | None:
    """Return detection on accounts the reference has and on others."""
    found = view.first("fraud.entity_split", view.latest)
    sides = detail(found).get("sides", ())
    if found is None or len(sides) < 2:  # noqa: PLR2004 - nothing to hold side by side
        return None
    rows = tuple(
        (
            Cell(side["accounts"], found.id), Cell(f"{side['with fraud']:,}"), Cell(f"{side['frauds']:,}"),
            Cell(words.percent(side["detected"])),
            Cell(f"[{words.percent(side['low'])}, {words.percent(side['high'])}]"),
        )
        for side in sides
    )  # fmt: skip
    head = ("Accounts", "With fraud", "Frauds", "Value detected", "Interval")
    caption = f"Detection on accounts the reference has and on others, {view.latest}"
    return Table("t-fraud-sides", caption, head, "lrrrl", rows, (0.28, 0.16, 0.14, 0.18, 0.24))
