"""Telling: what is known of a watched model, gathered for a page or a report: lines, windows, restatements, alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from secondline.core.estimate import Estimate
from secondline.govern.watching import approved_plan, place
from secondline.ledger.records import Records
from secondline.monitor.lines import Line, day_of, last_day, lines_of
from secondline.monitor.looking import Look
from secondline.monitor.memory import Memory
from secondline.monitor.readings import Reading
from secondline.monitor.spending import Budget, budget_of
from secondline.monitor.watching import seen

WORDS = {
    "green": "No level is passed", "amber": "Warning", "red": "Alarm", "stop": "Use should stop",
    "undecided": "Not decided yet",
}  # fmt: skip
ORDER = ("stop", "red", "amber", "undecided", "green")


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a plan: what it says now, its windows in time, and the open alarm about it."""

    line: Line
    look: Look
    windows: tuple[Reading, ...]
    """The newest reading of each window."""
    earlier: tuple[Reading, ...]
    """Readings of the same windows that were restated since."""
    alarms: tuple[Mapping[str, Any], ...]

    @property
    def title(self) -> str:
        """Metric, slice and basis in words."""
        metric = self.line.metric
        basis = {"known": "", "projected": ", projected", "estimated": ", estimated without labels"}[metric.basis]
        return f"{metric.metric}{f' for {metric.slice}' if metric.slice else ''}{basis}"


@dataclass(frozen=True, slots=True)
class Model:
    """A watched model: its plan, its lines, its alarms."""

    model: Mapping[str, Any]
    plan: Mapping[str, Any] | None
    lines: tuple[Told, ...]
    alarms: tuple[Mapping[str, Any], ...]
    budget: Budget

    @property
    def pairs(self) -> tuple[tuple[str, tuple[Told, ...]], ...]:
        """The metrics that are read on more than one basis, each with its lines: known, projected, estimated."""
        by: dict[tuple[str, str], list[Told]] = {}
        for one in self.lines:
            by.setdefault((one.line.metric.metric, one.line.metric.slice), []).append(one)
        order = ("known", "projected", "estimated")
        return tuple(
            (" for ".join(filter(None, name)), tuple(sorted(held, key=lambda t: order.index(t.line.metric.basis))))
            for name, held in by.items() if len(held) > 1
        )  # fmt: skip

    @property
    def worst(self) -> str:
        """The worst status of the lines: by open alarms, and else by what is undecided."""
        open_ = [str(a["level"]) for a in self.alarms if a["state"] != "closed"]
        found = [*open_, *(t.look.status for t in self.lines)]
        return min(found, key=ORDER.index, default="undecided")


def told(
    records: Records, model: Mapping[str, Any], readings: Sequence[Reading], memory: Memory | None = None, *,
    until: date | None = None, since: date | None = None, version: str = "",
) -> Model:  # fmt: skip
    """Return what is known of a model, of windows that end in a period where one is given.

    Without a *memory* nothing is judged anew: a line's status is what its open alarm says, or undecided.
    """
    id_ = str(model["id"])
    plan = approved_plan(records, id_)
    alarms = [a for a in records.find("alarm", model=id_) if _within(str(a.get("opened") or ""), since, until)]
    lines = lines_of(plan) if plan else []
    mine = [r for r in readings if r.window.model == id_ and _in(r, since, until)]
    mine = [r for r in mine if r.window.version in {version, ""}] if version else mine
    looks = seen(lines, mine, memory) if memory else [_unjudged(line, mine, alarms) for line in lines]
    found = tuple(_line(line, one, mine, alarms) for line, one in zip(lines, looks, strict=True))
    year = str(max((last_day(r.window) for r in mine), default=until or date.today()).year)  # noqa: DTZ011 - a year
    return Model(model, plan, found, tuple(alarms), budget_of(plan, looks, mine, year))


def _unjudged(line: Line, readings: Sequence[Reading], alarms: Sequence[Mapping[str, Any]]) -> Look:
    """Return a line's newest number without judging it: its status is that of the alarm that is open."""
    mine = [r for r in readings if line.mine(r) and isinstance(r.measured, Estimate)]
    newest = max(mine, key=lambda r: (r.window.end, r.known), default=None)
    about = place(line.metric.model_dump())
    open_: Any = next((a["level"] for a in alarms if place(a) == about and a["state"] != "closed"), "undecided")
    shown = newest.measured if newest and isinstance(newest.measured, Estimate) else None
    return Look(line, open_, newest, shown, windows=len({r.window for r in mine}))


def _within(day: str, since: date | None, until: date | None) -> bool:
    return (until is None or day <= until.isoformat()) and (since is None or day >= since.isoformat())


def _in(reading: Reading, since: date | None, until: date | None) -> bool:
    return _within(last_day(reading.window).isoformat(), since, until)


def _line(line: Line, look: Look, readings: Iterable[Reading], alarms: Sequence[Mapping[str, Any]]) -> Told:
    mine = sorted((r for r in readings if line.mine(r)), key=lambda r: (r.window.end, r.known))
    newest: dict[Any, Reading] = {}
    earlier: list[Reading] = []
    for reading in mine:
        before = newest.get(reading.window)
        if before is not None and before.measured != reading.measured:
            earlier.append(before)
        newest[reading.window] = reading
    about = place(line.metric.model_dump())
    return Told(line, look, tuple(newest.values()), tuple(earlier), tuple(a for a in alarms if place(a) == about))


def side_by_side(lines: Sequence[Told], most: int = 12) -> list[tuple[str, list[dict[str, Any] | None]]]:
    """Return the newest windows of lines of one metric on several bases, a row each, the newest first."""
    ends = sorted({(r.window.start, r.window.end) for t in lines for r in t.windows}, key=lambda w: (-w[1], w[0]))
    rows: list[tuple[str, list[dict[str, Any] | None]]] = []
    for start, end in ends[:most]:
        held = [next((r for r in t.windows if (r.window.start, r.window.end) == (start, end)), None) for t in lines]
        told_ = [row_of(r) if r else None for r in held]
        rows.append((f"{day_of(start).isoformat()} to {day_of(end - 1).isoformat()}", told_))
    return rows


def row_of(reading: Reading) -> dict[str, Any]:
    """Return a reading as a row of a chart or a table."""
    measured = reading.measured
    found = measured if isinstance(measured, Estimate) else None
    because = "" if found else f"{getattr(measured, 'because', '')}"
    return {
        "from": day_of(reading.window.start).isoformat(), "at": last_day(reading.window).isoformat(),
        "value": found.value if found else None, "low": found.low if found else None,
        "high": found.high if found else None, "n": found.n if found else measured.n, "basis": reading.basis,
        "known": day_of(reading.known).isoformat(), "maturity": reading.maturity, "because": because,
    }  # fmt: skip
