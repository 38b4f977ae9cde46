"""Monitoring: how watched models do: all of them at a glance, and one with its charts, levels, restatements, alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from secondline.core.canonical import canonical
from secondline.core.errors import SecondlineError
from secondline.core.format import number
from secondline.govern.watching import OPEN
from secondline.monitor.home import state_if_any
from secondline.monitor.lines import instant_of
from secondline.monitor.memory import Lasting
from secondline.monitor.reporting import ARM
from secondline.monitor.resting import needs_labels
from secondline.monitor.telling import ORDER, WORDS, Model, Told, row_of, side_by_side, told
from secondline.reports.charts import watching as charts
from secondline.web.charts import Chart, drawn
from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Table, View

if TYPE_CHECKING:
    from secondline.monitor.readings import Reading
    from secondline.monitor.state import State

LIST = (
    Column("id", "Model", "record", "model", sortable=False), Column("name", "Name", sortable=False),
    Column("standing", "Standing", "state", sortable=False), Column("words", "In words", sortable=False),
    Column("red", "Red", "number", sortable=False), Column("amber", "Amber", "number", sortable=False),
    Column("undecided", "Waiting for a decision", "number", sortable=False),
    Column("last_check", "Last look", "date", sortable=False), Column("next_check", "Next", "date", sortable=False),
    Column("look", "Charts", "link", sortable=False),
)  # fmt: skip
ROWS = (
    Column("metric", "Metric", sortable=False), Column("basis", "Rests on", sortable=False),
    Column("from", "From", "date", sortable=False), Column("at", "To", "date", sortable=False),
    Column("value", "Value", "number", sortable=False), Column("low", "Low", "number", sortable=False),
    Column("high", "High", "number", sortable=False), Column("n", "Cases", "number", sortable=False),
    Column("maturity", "Labels known", "number", sortable=False),
    Column("known", "As known on", "date", sortable=False),
    Column("because", "Because", sortable=False),
)  # fmt: skip
MOST_WINDOWS = 400
SHOWN_EARLIER = 60


@page("/monitoring", may=SIGNED_IN, name="monitoring")
def overview(seen: Seen) -> View:
    """List the models that are watched, the worst first, with their open alarms and last look."""
    plans = seen.look.find("monitoring", state="approved")
    alarms = [a for state in sorted(OPEN) for a in seen.look.find("alarm", state=state)]
    rows = sorted((_row(seen, plan, alarms) for plan in plans), key=lambda r: (ORDER.index(r["standing"]), r["id"]))
    count = {word: sum(r["standing"] in levels for r in rows) for word, levels in (
        ("red", {"red", "stop"}), ("amber", {"amber"}), ("green", {"green"}), ("undecided", {"undecided"}),
    )}  # fmt: skip
    table = Table("Watched models", LIST, rows, total=len(rows),
                  empty="No model has an approved monitoring plan. Draft one from a model's page.")  # fmt: skip
    return View("monitoring/list.html", {"count": count, "open": len(alarms), "WORDS": WORDS}, table)


def _row(seen: Seen, plan: Mapping[str, Any], alarms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    model = str(plan["model"])
    mine = [a for a in alarms if a["model"] == model]
    levels = [str(a["level"]) for a in mine]
    standing = min(levels, key=ORDER.index, default="green" if plan.get("last_check") else "undecided")
    name = str((seen.look.get("model", model) or {}).get("name", ""))
    return {
        "id": model, "name": name, "standing": standing,
        "words": WORDS[standing] if plan.get("last_check") else "Never looked at",
        "red": sum(level != "amber" for level in levels), "amber": levels.count("amber"),
        "undecided": sum(not a.get("decided") for a in mine), "last_check": plan.get("last_check"),
        "next_check": plan.get("next_check"), "look": "Charts", "href": seen.url(f"/monitoring/{model}"),
    }  # fmt: skip


def known_of(seen: Seen, model: Mapping[str, Any]) -> tuple[Model, str]:
    """Return what is known of a watched model on the day looked at, and what kept the readings from being read."""
    version = seen.text("version") or str(model.get("version_in_use") or "")
    trouble = ""
    readings: list[Reading] = []
    state = None
    try:
        state = state_if_any(seen.ledger.folder)
        known = instant_of(f"{seen.as_of}T23:59:59") if seen.as_of else None
        readings = state.readings(str(model["id"]), known=known) if state else []
    except SecondlineError as error:
        trouble = str(error)
    if version and not any(r.window.version == version for r in readings):
        version = ""
    judge = state is not None and not seen.as_of
    return told(seen.look, model, readings, _memory(state) if judge else None, version=version), trouble


@lru_cache(maxsize=2)
def _memory(state: State | None) -> Lasting | None:
    return Lasting(state) if state else None


@page("/monitoring/{id}", may=SIGNED_IN, name="monitored")
def one(seen: Seen) -> View:
    """Show how one model does: each line of its plan, over time, with what it would take to decide."""
    model = seen.need("model", seen.path["id"])
    found, trouble = known_of(seen, model)
    figures = [(n, t, _figure(t), _maturity(t)) for n, t in enumerate(found.lines, 1)]
    rows = [{"metric": t.title, **row_of(r)} for t in found.lines for r in (*t.earlier, *t.windows)]
    context = {
        "doc": model, "found": found, "figures": figures, "trouble": trouble, "WORDS": WORDS, "say": _say,
        "restated": [(t, _restated(t)) for t in found.lines if t.earlier], "number": number,
        "pairs": [(name, lines, side_by_side(lines)) for name, lines in found.pairs], "notes": _notes,
        "open": [a for a in found.alarms if a["state"] in OPEN],
        "closed": [a for a in found.alarms if a["state"] not in OPEN],
    }  # fmt: skip
    return View("monitoring/one.html", context, Table(f"Readings of {model['id']}", ROWS, rows, total=len(rows)))


def _notes(found: Told) -> str:
    """Return what stands behind a line's newest number, in words: its warnings, and the size of the control arm."""
    if found.look.shown is None:
        return ""
    held = found.look.shown.detail
    arm = [f"{name} {number(float(held[name]))}" for name in ARM if name in held and "control arm" in held]
    said = [*found.look.shown.warnings, *(["; ".join(arm)] if arm else [])]
    return ". ".join(f"{text[:1].upper()}{text[1:]}" for text in said) + ("." if said else "")


def _say(look: Any) -> str:
    """Return a line's newest number with its interval, in words."""
    if look.shown is None:
        return "no number yet"
    value = number(look.shown.value)
    if look.shown.low is None or look.shown.high is None:
        return value
    return f"{value} ({number(look.shown.low)} to {number(look.shown.high)})"


def _figure(found: Told) -> Chart | None:
    rows = [_drawn_row(r) for r in found.windows[-MOST_WINDOWS:] if row_of(r)["value"] is not None]
    if not rows:
        return None
    levels = found.line.edges()
    shown = [{"at": str(a["last"]), "id": a["id"], "level": a["level"]} for a in found.alarms if a.get("last")]
    earlier = [{"at": row_of(r)["at"], "value": row_of(r)["value"]} for r in found.earlier[-SHOWN_EARLIER:]]
    says = (
        f"{found.title} over {len(rows)} windows, newest {_say(found.look)}; levels "
        f"{', '.join(f'{name} {number(v)}' for name, v in levels.items())}."
    )
    measured = needs_labels(found.line.metric.metric) is False
    names = {**charts.NAMES, "known": "measured"} if measured else charts.NAMES
    spec = charts.watched(rows, found.line.metric.metric, says, levels=levels, alarms=shown, names=names,
                          restated=[r for r in earlier if r["value"] is not None])  # fmt: skip
    numbers = [{n: _cell(n, r[n]) for n in ("from", "at", "value", "low", "high", "n", "known")} for r in rows]
    return drawn(spec, numbers[::-1], says)


def _drawn_row(reading: Reading) -> dict[str, Any]:
    row = row_of(reading)
    return {**row, "says": f"{row['from']} to {row['at']}: {number(row['value']) if row['value'] is not None else ''}"}


def _cell(name: str, value: Any) -> Any:
    return number(float(value)) if name in {"value", "low", "high"} and value is not None else (
        f"{value:,.0f}" if name == "n" and value is not None else value if value is not None else "")  # fmt: skip


def _maturity(found: Told) -> Chart | None:
    rows = [
        {"at": row["at"], "value": row["maturity"], "says": f"{row['at']}: {row['maturity']:.0%} known"}
        for row in map(row_of, found.windows[-MOST_WINDOWS:]) if row["maturity"] is not None
    ]  # fmt: skip
    if len(rows) < 2:  # noqa: PLR2004 - a curve has two points
        return None
    says = f"Share of eventual labels known of {len(rows)} windows, newest {rows[-1]['value']:.0%}."
    numbers = [{"to": r["at"], "labels known": f"{r['value']:.0%}"} for r in rows]
    return drawn(charts.maturity(rows, says), numbers[::-1], says)


def _restated(found: Told) -> list[dict[str, Any]]:
    """Return how windows were read before and are read now, the newest first."""
    by: dict[Any, list[Reading]] = {}
    for reading in (*found.earlier, *found.windows):
        by.setdefault(canonical([reading.window.start, reading.window.end]), []).append(reading)
    rows = [
        {"at": row_of(some[-1])["at"], "readings": [row_of(r) for r in some]} for some in by.values() if len(some) > 1
    ]
    return sorted(rows, key=lambda r: str(r["at"]), reverse=True)[:SHOWN_EARLIER]
