"""Reporting: the monitoring report of a period as a draft, which the report's own renderers print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from secondline.core.canonical import digest
from secondline.core.estimate import Estimate, Measured
from secondline.core.format import number
from secondline.ledger.records import Records
from secondline.monitor.periods import Period
from secondline.monitor.spending import granted
from secondline.monitor.telling import WORDS, Model, Told, row_of, side_by_side
from secondline.monitor.timeliness import breach_to_action, cadence
from secondline.reports.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Draft,
    KeyFacts,
    Paragraph,
    Placeholder,
    Ref,
    Section,
    Table,
)
from secondline.reports.charts import watching as charts

NEWEST = 12
TONES: Mapping[str, Any] = {"green": "good", "red": "bad", "stop": "bad", "amber": "unsure", "undecided": "muted"}
BASIS = {"known": "labels known", "projected": "projected", "estimated": "estimate, no labels"}
GROUPS = (
    ("performance", "Performance", ("performance", "fairness", "subject", "other")),
    ("inputs", "Inputs and scores", ("inputs",)),
    ("usage", "Use against approval, and overrides", ("usage",)),
    ("dependencies", "Versions and dependencies", ("external-version",)),
)
ARM = ("control arm", "frauds in the arm", "smallest chance", "blocked", "never let through", "naive", "weighted")
DETAILS = ("unapproved", "foreign", "new", "callers", "mix", "differ")
ASKS = (
    "Does the model still do what it was approved for, in this period and this population?",
    "Is anything to be done beyond what the alarms led to: restrict, revalidate, change, withdraw?",
    "Are the levels, lags and metrics of the plan still the right ones?",
)


def draft(found: Model, records: Records, period: Period, today: str) -> Draft:
    """Return the report of a model's monitoring in a period: facts throughout, and a conclusion for a person."""
    name = str(found.model.get("name") or found.model["id"])
    sections = [_summary(found, period, today), _plan(found, period), *_groups(found), *_bases(found), _restated(found),
                _alarms(found, today), _findings(found, records), _conclusion()]  # fmt: skip
    numbered = tuple(Section(s.id, str(i), s.title, s.blocks) for i, s in enumerate(sections, 1))
    plan = found.plan or {}
    meta = {"model": str(found.model["id"]), "version": str(found.model.get("version_in_use") or ""),
            "period": period.name, "plan": str(plan.get("id", "")), "as_of": today,
            "created": f"{today}T00:00:00Z"}  # fmt: skip
    return Draft(
        title=name, subtitle=f"Monitoring report, {period.name}", cover=_cover(found, period), sections=numbered,
        watermark="Draft: conclusion not confirmed", digest=digest([meta, [_facts(t) for t in found.lines]]), meta=meta,
    )  # fmt: skip


def _facts(told: Told) -> list[Any]:
    return [told.title, told.look.status, [row_of(r) for r in told.windows]]


def _cover(found: Model, period: Period) -> KeyFacts:
    plan = found.plan or {}
    facts = (
        ("Model", str(found.model["id"])), ("Version in use", str(found.model.get("version_in_use") or "not stated")),
        ("Tier", str(found.model.get("tier") or "not rated")), ("Period", f"{period.first} to {period.last}"),
        ("Plan", f"{plan.get('id', 'none approved')}, approved by {plan.get('approver', 'nobody')}"),
        ("Owner", str(found.model.get("owner") or "not stated")),
        ("Watched by", str(plan.get("owner") or "not stated")),
    )  # fmt: skip
    return KeyFacts(tuple((label, (value,)) for label, value in facts))


def said(measured: Measured, unit: str = "") -> str:
    """Return a number with its interval, or why there is none."""
    if not isinstance(measured, Estimate):
        return measured.because
    value = number(measured.value, unit)
    if measured.low is None or measured.high is None:
        return value
    return f"{value} [{number(measured.low, unit)}, {number(measured.high, unit)}]"


def _summary(found: Model, period: Period, today: str) -> Section:
    counts = {word: sum(t.look.status in words for t in found.lines) for word, words in (
        ("red", {"red", "stop"}), ("amber", {"amber"}), ("green", {"green"}), ("undecided", {"undecided"}),
    )}  # fmt: skip
    lead = (
        f"In {period.name} the plan watched {len(found.lines)} lines: {counts['red']} red, {counts['amber']} amber, "
        f"{counts['green']} green, {counts['undecided']} not decided. {len(found.alarms)} alarms were raised."
    )
    facts = KeyFacts((
        ("Windows read", (said(cadence(found.lines, period.first, period.last), "rate"),)),
        ("Decided in time", (said(breach_to_action(found.alarms, today), "rate"),)),
    ))  # fmt: skip
    rows = tuple(_line_row(t) for t in found.lines)
    head, note = ("Line", "Standing", "Newest", "To decide it takes"), "A level is passed by proof, not by a point."
    table = Table("lines", "The lines of the plan as they stand", head, "llll", rows, note=note)
    blocks: tuple[Block, ...] = (Paragraph((lead,), "lead"), facts, *((table,) if rows else ()))
    return Section("summary-of-monitoring", "", "Summary", blocks)


def _line_row(told: Told) -> tuple[Cell, ...]:
    status = told.look.status
    newest = said(told.look.shown) if told.look.shown else "no number yet"
    return (Cell(told.title), Cell(f"{status}: {WORDS[status]}", tone=TONES[status]), Cell(newest),
            Cell(told.look.wants or "-"))  # fmt: skip


def _plan(found: Model, period: Period) -> Section:
    rows = tuple(
        (Cell(t.title), Cell(t.line.metric.frequency), Cell(str(t.line.metric.lag_days)),
         Cell("; ".join(f"{name} {number(edge)}" for name, edge in t.line.edges().items())),
         Cell(_procedure(t)), Cell(t.line.metric.action or "-"))
        for t in found.lines
    )  # fmt: skip
    head = ("Line", "Looked at", "Lag, days", "Levels", "Procedure and budget", "At red")
    covered = cadence(found.lines, period.first, period.last)
    counts = covered.detail["lines"] if isinstance(covered, Estimate) else {}
    short = [f"{name}: {read} of {wanted} windows" for name, (wanted, read) in counts.items() if read < wanted]
    blocks: list[Block] = [Table("plan-lines", "What the plan says", head, "llrlll", rows)] if rows else []
    blocks += [Paragraph((_budget(found),))]
    blocks += [Paragraph((f"Of the windows of the period, {said(covered, 'rate')} were read.",))]
    blocks += [Bullets(tuple((text,) for text in short))] if short else []
    return Section("plan", "", "Plan and coverage", tuple(blocks))


def _procedure(told: Told) -> str:
    part = granted(told.line)
    return f"{told.line.metric.test}, {part:.2%} a year" if part else told.line.metric.test


def _budget(found: Model) -> str:
    """Return where the false-alarm budget stands, in words."""
    held = found.budget
    whose = "one budget for all lines" if held.one else "no budget for all lines; those of the lines are together"
    return (
        f"The plan grants {whose}: a chance of {held.granted:.2%} of a false alarm in {held.year}. {held.spent:.2%} is "
        f"spent, {held.left:.2%} is left."
    )


def _bases(found: Model) -> Iterator[Section]:
    """Yield the section that sets known, projected and estimated figures of one window side by side."""
    blocks: list[Block] = []
    for n, (name, lines) in enumerate(found.pairs, 1):
        head = ("Window", *(BASIS[t.line.metric.basis].capitalize() for t in lines), "Labels known")
        rows = tuple(
            (Cell(window), *(_side(c) for c in cells), Cell(_known_share(cells)))
            for window, cells in side_by_side(lines, NEWEST)
        )
        if rows:
            blocks.append(Table(f"bases-{n}", f"{name} by what it rests on", head, "l" + "r" * (len(head) - 1), rows))
    if blocks:
        note = Paragraph(("An estimate without labels raises questions and closes none.",), "note")
        yield Section("bases", "", "Known, projected, estimated", (note, *blocks))


def _side(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return Cell("-")
    if row["value"] is None:
        return Cell(str(row["because"]))
    ends = f" [{number(row['low'])}, {number(row['high'])}]" if row["low"] is not None else ""
    return Cell(f"{number(float(row['value']))}{ends}")


def _known_share(cells: Sequence[Mapping[str, Any] | None]) -> str:
    shares = [c["maturity"] for c in cells if c is not None and c["maturity"] is not None]
    return f"{shares[0]:.0%}" if shares else "-"


def _groups(found: Model) -> Iterator[Section]:
    for id_, title, tracks in GROUPS:
        mine = [(n, t) for n, t in enumerate(found.lines, 1) if t.line.metric.tracks in tracks]
        blocks = [block for n, told in mine for block in _line(n, told)]
        yield Section(id_, "", title, tuple(blocks) or (Paragraph(("The plan has no line on this.",)),))


def _line(n: int, told: Told) -> Iterator[Block]:
    status = told.look.status
    newest = said(told.look.shown) if told.look.shown else "no number yet"
    after = f" To decide it takes {told.look.wants}." if told.look.wants else ""
    see = (" See ", Ref(f"windows-{n}"), ".") if told.windows else ()
    yield Paragraph((f"{told.title} is {status}: {newest}.{after}", *see))
    rows = [row_of(r) for r in told.windows]
    drawn = [{**r, "says": f"{r['at']}: {number(float(r['value']))}"} for r in rows if r["value"] is not None]
    if drawn:
        flags = [{"at": str(a["last"]), "id": a["id"], "level": a["level"]} for a in told.alarms if a.get("last")]
        says = f"{told.title} over {len(drawn)} windows, newest {newest}."
        spec = charts.watched(drawn, told.line.metric.metric, says, levels=told.line.edges(), alarms=flags)
        yield Chart(f"chart-{n}", f"{told.title} with its interval, levels and alarms", spec, says)
    if rows:
        yield Table(f"windows-{n}", f"{told.title}, the newest {min(len(rows), NEWEST)} of {len(rows)} windows",
                    ("From", "To", "Value", "Interval", "Cases", "Labels known", "As known on"), "llrrrrl",
                    tuple(_window(r) for r in rows[-NEWEST:][::-1]), folded=True)  # fmt: skip
    yield from _details(told)


def _window(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    value = number(float(row["value"])) if row["value"] is not None else str(row["because"])
    ends = f"{number(row['low'])} to {number(row['high'])}" if row["low"] is not None else "-"
    mature = f"{row['maturity']:.0%}" if row["maturity"] is not None else "-"
    return tuple(Cell(t) for t in (row["from"], row["at"], value, ends, f"{row['n']:,.0f}", mature, row["known"]))


def _details(told: Told) -> Iterator[Block]:
    """Yield what stands behind a count: which uses, which bytes, which callers."""
    detail = told.look.shown.detail if told.look.shown else {}
    if told.look.shown and told.look.shown.warnings:
        yield Paragraph((f"{told.title}: {'; '.join(told.look.shown.warnings)}.",), "note")
    if "control arm" in detail:
        arm = "; ".join(f"{name} {number(float(detail[name]))}" for name in ARM if name in detail)
        yield Paragraph((f"{told.title} rests on: {arm}.",), "note")
    for name in DETAILS:
        held = detail.get(name)
        if held:
            pairs = held.items() if isinstance(held, Mapping) else [(one, "") for one in held]
            words = "; ".join(f"{key}{f': {value:,}' if isinstance(value, int) else ''}" for key, value in pairs)
            yield Paragraph((f"{told.title}, {name}: {words}.",), "note")


def _restated(found: Model) -> Section:
    rows = []
    for told in found.lines:
        now = {r.window: row_of(r) for r in told.windows}
        for earlier in told.earlier:
            before, after = row_of(earlier), now[earlier.window]
            rows.append((Cell(told.title), Cell(str(before["at"])), *(_figure(r) for r in (before, after))))
    if not rows:
        return Section("restated", "", "Restated figures", (Paragraph(("No figure of the period was restated.",)),))
    table = Table("restatements", "Figures that labels changed after they were first told",
                  ("Line", "Window to", "Told before", "Told now"), "llll", tuple(rows))  # fmt: skip
    note = Paragraph(("What was decided on the earlier figures stands; a restatement raises and lifts no alarm.",))
    return Section("restated", "", "Restated figures", (note, table))


def _figure(row: Mapping[str, Any]) -> Cell:
    value = number(float(row["value"])) if row["value"] is not None else str(row["because"])
    return Cell(f"{value} (as known on {row['known']})")


def _alarms(found: Model, today: str) -> Section:
    if not found.alarms:
        return Section("alarms", "", "Alarms", (Paragraph(("No alarm was raised in the period.",)),))
    rows = tuple(
        (Cell(str(a["id"])), Cell(str(a["level"]), tone=TONES[str(a["level"])]), Cell(str(a["metric"])),
         Cell(str(a["opened"])), Cell(str(a.get("decided") or "-")), Cell(str(a["state"])), Cell(_done(a)))
        for a in found.alarms
    )  # fmt: skip
    head = ("Alarm", "Level", "Metric", "Raised", "Decided", "State", "What was done and found")
    table = Table("alarm-list", "Alarms of the period", head, "lllllll", rows)
    timely = breach_to_action(found.alarms, today)
    text = f"Red alarms decided within the days of the plan: {said(timely, 'rate')}."
    return Section("alarms", "", "Alarms and what was done", (Paragraph((text,)), table))


def _done(alarm: Mapping[str, Any]) -> str:
    parts = [f"{one['action']}: {one['done']}" for one in alarm.get("actions", ())]
    parts += [f"found: {alarm['closure']['found']}"] if alarm.get("closure") else []
    parts += [f"finding {alarm['finding']}"] if alarm.get("finding") else []
    parts += ["went up, since nobody decided"] if alarm.get("escalated") else []
    return "; ".join(parts) or "nothing yet"


def _findings(found: Model, records: Records) -> Section:
    mine: Sequence[Mapping[str, Any]] = [
        f for f in records.find("finding", model=found.model["id"]) if f.get("source") == "monitoring"
    ]
    if not mine:
        return Section("findings", "", "Findings", (Paragraph(("Monitoring has led to no finding.",)),))
    rows = tuple(tuple(Cell(str(f.get(n, ""))) for n in ("id", "severity", "state", "statement", "owner", "due"))
                 for f in mine)  # fmt: skip
    head = ("Finding", "Severity", "State", "What does not hold", "Owner", "Due")
    return Section("findings", "", "Findings", (Table("finding-list", "Findings of monitoring", head, "llllll", rows),))


def _conclusion() -> Section:
    asks = tuple(Placeholder(ask, "model owner", f"conclusion-{n}") for n, ask in enumerate(ASKS, 1))
    note = Paragraph(("The figures are the program's. The conclusion is a person's, who signs it.",), "note")
    return Section("conclusion", "", "Conclusion", (note, *asks))
