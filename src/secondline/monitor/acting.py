"""Acting: from what the lines say to acts on record: alarms, findings, restrictions, triggers; each once.

Every act is by the program that watches, and the law checks each inside its transaction. What was begun and not ended
(a stopped program) is ended by the next look, since each step asks the records what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from secondline.core.errors import Conflict, OutOfTurn, Refused, SpecError
from secondline.core.format import number
from secondline.govern.records.finding import same_weakness
from secondline.govern.watching import code_of, limits_of, line_of, open_alarms, place, says, where_of
from secondline.ledger.store import Ledger
from secondline.monitor.lines import Line, day_of, last_day
from secondline.monitor.looking import Look
from secondline.monitor.readings import Window
from secondline.monitor.resting import needs_labels

LIVE = ("active", "restricted")
FINE = frozenset({"red", "stop"})
VIA = "monitor"


@dataclass
class Done:
    """What a look did, and what the law did not let it do, in words."""

    raised: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    calmed: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    passes: list[str] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)
    escalated: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Hand:
    """The hand of the program: acts by one service on one ledger."""

    ledger: Ledger
    actor: str
    done: Done = field(default_factory=Done)

    def act(self, name: str, id_: str, form: Mapping[str, Any], reason: str = "") -> str:
        """Do one act; returns the record's id, or '' with the reason kept when the law does not let it."""
        try:
            return self.ledger.act(name, self.actor, id_, dict(form), reason=reason, via=VIA).id
        except (OutOfTurn, SpecError, Conflict, Refused) as error:
            self.done.refused.append(f"{name}: {error}")
            return ""


def alarm_of(ledger: Ledger, line: Line, version: str) -> dict[str, Any] | None:
    """Return the open alarm of a line about a version, or None."""
    mine = place(line.metric.model_dump())
    found = [a for a in open_alarms(ledger.records, line.model) if place(a) == mine]
    return next((a for a in found if a.get("version", "") in {version, ""}), None)


def alarm(hand: Hand, look: Look, version: str) -> None:
    """Raise, refresh, calm or close the alarm of a line, as it now stands."""
    known = alarm_of(hand.ledger, look.line, version)
    passed = look.status in {"amber", *FINE}
    if known is None:
        if passed and not look.calm:
            _noted(hand.done.raised, hand.act("alarm.raised", "", {**_about(look, version), **_shown(look)}))
        return
    news = look.newest is not None and str(last_day(look.newest.window)) > str(known["last"])
    worse = passed and look.status != known["level"] and known["level"] == "amber"
    if look.calm and news:
        _calm(hand, look, known)
    elif passed and (news or worse):
        _noted(hand.done.refreshed, hand.act("alarm.refreshed", str(known["id"]), _shown(look)))


def _noted(where: list[str], id_: str) -> None:
    where += [id_] if id_ else []


def _about(look: Look, version: str) -> dict[str, Any]:
    metric = look.line.metric
    return {"monitoring": look.line.plan, "model": look.line.model, "version": version, "metric": metric.metric,
            "population": metric.population, "slice": metric.slice, "basis": metric.basis}  # fmt: skip


def _shown(look: Look) -> dict[str, Any]:
    """Return what an alarm states: the newest reading, the evidence over all of them, and what it rests on."""
    reading, estimate = look.newest, look.shown
    if reading is None or estimate is None:  # pragma: no cover - a level is passed only by a number
        raise SpecError("There is nothing to show.")
    exact = look.line.metric.test == "exact" or estimate.low is None
    ends = {} if exact else {"low": estimate.low, "high": estimate.high}
    return {
        "level": look.status, "value": estimate.value, **ends,
        **({} if look.p_value is None else {"p_value": look.p_value}), "n": estimate.n,
        "known": day_of(reading.known).isoformat(), "first": day_of(reading.window.start).isoformat(),
        "last": last_day(reading.window).isoformat(), "method": look.method[:400], "note": sentence(look),
    }  # fmt: skip


def sentence(look: Look) -> str:
    """Return what a line says in one sentence."""
    metric, estimate = look.line.metric, look.shown
    where = f" for {metric.slice}" if metric.slice else ""
    if estimate is None:
        return f"{metric.metric}{where} cannot be told yet: it takes {look.wants}."
    ends = (estimate.low, estimate.high)
    interval = f" ({number(ends[0])} to {number(ends[1])})" if ends[0] is not None and ends[1] is not None else ""
    edges = ", ".join(f"{level} {number(edge)}" for level, edge in look.line.edges().items())
    over = "" if look.newest is None else _span(look.newest.window)
    kind = {"known": "", "projected": ", projected", "estimated": ", estimated without labels"}[metric.basis]
    return f"{metric.metric}{where} is {number(estimate.value)}{interval}{kind}{over}; levels: {edges}."


def _span(window: Window) -> str:
    first, last = day_of(window.start), last_day(window)
    return f" on {last}" if first == last else f" from {first} to {last}"


def _calm(hand: Hand, look: Look, known: Mapping[str, Any]) -> None:
    """Note a calm; an amber alarm that stays calm for another window is closed by the program itself."""
    id_, basis = str(known["id"]), look.line.metric.basis
    if not known.get("calm"):
        last = last_day(look.newest.window).isoformat() if look.newest else ""
        form = {"last": last, "basis": basis, "note": sentence(look)}
        _noted(hand.done.calmed, hand.act("alarm.calmed", id_, form))
        return
    longer = look.newest is not None and str(last_day(look.newest.window)) > str(known["calm"])
    if known["level"] == "amber" and longer and basis != "estimated":
        form = {"found": f"Calm since {known['calm']}. {sentence(look)}", "cause": "other"}
        _noted(hand.done.closed, hand.act("alarm.closed", id_, form))


def follow(hand: Hand, model: str) -> None:
    """Do what the open alarms of a model call for and was not done: findings, restrictions, triggers, escalation."""
    for one in open_alarms(hand.ledger.records, model):
        line = line_of(hand.ledger.records, one)
        if line is not None and one["level"] in FINE:
            _finding(hand, one, line)
            _restrict(hand, one, line)
            _trigger(hand, one, line)
        if not one.get("decided") and not one.get("escalated") and str(one.get("due")) < hand.ledger.today:
            to = f" to {line['escalation']}" if line and line.get("escalation") else ""
            late = f"Nobody decided by {one['due']}{to and f'; it goes{to}'}."
            _noted(hand.done.escalated, hand.act("alarm.escalated", str(one["id"]), {}, late))


def _finding(hand: Hand, one: Mapping[str, Any], line: Mapping[str, Any]) -> None:
    """Draft a finding by an alarm once; a later alarm of the same metric and slice joins the one that is open."""
    if one.get("finding"):
        return
    where = where_of(one)
    twins = same_weakness(hand.ledger.records, str(one["model"]), code_of(str(one["metric"])), (where,))
    if twins:
        finding = str(twins[0]["id"])
        if one["id"] not in {s.get("alarm") for s in twins[0].get("seen", ())}:
            form = {"alarm": one["id"], "note": str(one.get("note", ""))}
            _noted(hand.done.joined, hand.act("finding.alarmed", finding, form))
    else:
        finding = hand.act("finding.raised", "", _drafted(one, line, where))
        _noted(hand.done.findings, finding)
    if finding:
        hand.act("alarm.linked", str(one["id"]), {"finding": finding})


def _drafted(one: Mapping[str, Any], line: Mapping[str, Any], where: str) -> dict[str, Any]:
    side = "below" if line.get("direction", "above") == "above" else "above"
    owner = {"owner": one["owner"]} if one.get("owner") else {}
    watches = {"limitation": line["limitation"]} if line.get("limitation") else {}
    edge = number(float(one.get("limit") or 0.0))
    arrived = "" if needs_labels(str(one["metric"])) is False else " on labels that have arrived"
    return {
        "model": one["model"], "version": one.get("version", ""), "source": "monitoring",
        "code": code_of(str(one["metric"])),
        "places": [where], "statement": str(one.get("note") or f"{one['metric']} has passed its {one['level']} level."),
        "evidence": [str(one["id"])], "limit_severity": line.get("severity", "major"), **owner, **watches,
        "effect": f"{one['metric']} {number(float(one['value']))}, {one['level']} level {edge}.",
        "criterion": f"{one['metric']} lies {side} {edge} with its whole interval{arrived}, in a run made after the "
                     "last alarm.",
    }  # fmt: skip


def _passes(ledger: Ledger, one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for state in LIVE:
        for found in ledger.records.find("pass", model=one["model"], state=state):
            if str(found["version"]) == str(one.get("version") or found["version"]):
                yield found


def _restrict(hand: Hand, one: Mapping[str, Any], line: Mapping[str, Any]) -> None:
    """Restrict or suspend the passes where the line says so; what is restricted to it already is left."""
    actions, limits = says(line), limits_of(line)
    stops = (line.get("stop_use") is not None and one["level"] == "stop") or bool(actions & {"suspend", "withdraw"})
    why = f"{one['id']}: {one.get('note', '')}"
    for found in list(_passes(hand.ledger, one)):
        id_, alarm_ = str(found["id"]), {"alarm": one["id"]}
        if stops:
            _noted(hand.done.passes, hand.act("pass.suspended", id_, alarm_, why))
        elif limits and "restrict" in actions and not _covers(found.get("limits", ()), limits):
            _noted(hand.done.passes, hand.act("pass.restricted", id_, {**alarm_, "limits": limits}, why))


def _covers(held: Iterable[Mapping[str, Any]], limits: Iterable[Mapping[str, Any]]) -> bool:
    there = [dict(one) for one in held]
    return all(dict(limit) in there for limit in limits)


def _trigger(hand: Hand, one: Mapping[str, Any], line: Mapping[str, Any]) -> None:
    """Call for a new rating and a validation where the line says so, once for each alarm."""
    model = hand.ledger.records.get("model", str(one["model"])) or {}
    rated = bool(hand.ledger.records.find("rating", model=one["model"]))
    if line.get("rating_trigger") and rated and not model.get("rerating"):
        form = {"trigger": "performance"}
        id_ = hand.act("model.rerating-called", str(one["model"]), form, f"{one['id']} is {one['level']}")
        hand.done.triggers += ["rating"] if id_ else []
    wanted = (date.fromisoformat(str(one["opened"])) + timedelta(days=REVALIDATE)).isoformat()
    later = str(model.get("next_validation") or "9999") > wanted
    if "revalidate" in says(line) and later and wanted >= hand.ledger.today:
        form = {"next_validation": wanted}
        id_ = hand.act("model.scheduled", str(one["model"]), form, f"{one['id']} asks to revalidate")
        hand.done.triggers += ["validation"] if id_ else []


REVALIDATE = 90
"""Days from a red alarm to the validation it asks for (practice: the time to mend a major finding)."""
