"""Rules of watching: what a program may do by itself, as an approved plan says and an open alarm calls for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from secondline.core.errors import OutOfTurn, SpecError
from secondline.govern.act import Look, Situation
from secondline.govern.conditions import CONDITION, plain
from secondline.govern.duties import refuse

Level = str
LEVELS: tuple[Level, ...] = ("amber", "red", "stop")
FIELDS: dict[Level, str] = {"amber": "amber", "red": "red", "stop": "stop_use"}
PLACE = ("metric", "population", "slice", "basis")
"""What tells the lines of a plan apart, and the alarms of a model."""
DEFAULTS = {"population": "", "slice": "", "basis": "known"}
OPEN = frozenset({"raised", "acknowledged", "acting"})
LIVE = "live"
"""The place of what is seen on all decisions; and the family of metrics of use that are no checks of a validation."""
SAYS = re.compile(r"\b(investigate|restrict|revalidate|suspend|withdraw)", re.IGNORECASE)


def place(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a line, an alarm or a form is about: metric, population, slice, basis."""
    return tuple(str(about.get(name) or DEFAULTS.get(name, "")) for name in PLACE)


def code_of(metric: str) -> str:
    """Return the check that a metric is of: ``stability.psi`` of ``stability.psi:amount``."""
    return metric.partition(":")[0]


def where_of(alarm: Mapping[str, Any]) -> str:
    """Return where an alarm sees what it sees: the column and the slice or population, or ``live`` for all of it."""
    column = str(alarm["metric"]).partition(":")[2]
    return " ".join(filter(None, (column, str(alarm.get("slice") or alarm.get("population") or "")))) or LIVE


def approved_plan(look: Look, model: str) -> dict[str, Any] | None:
    """Return the approved monitoring plan of a model, the newest where there are several, or None."""
    found = look.find("monitoring", model=model, state="approved")
    return found[-1] if found else None


def line_of(look: Look, alarm: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the line of the approved plan that an alarm is about; None when no approved plan has it (any more)."""
    plan = look.get("monitoring", str(alarm.get("monitoring", ""))) or {}
    if plan.get("state") != "approved" or plan.get("model") != alarm.get("model"):
        return None
    return next((dict(line) for line in plan.get("metrics", ()) if place(line) == place(alarm)), None)


def says(line: Mapping[str, Any]) -> frozenset[str]:
    """Return the actions that a line names for red, as words."""
    return frozenset(word.lower() for word in SAYS.findall(str(line.get("action", ""))))


def limits_of(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the conditions that a red alarm of a line puts on the passes, as values, nothing unset."""
    return plain(CONDITION.validate_python(one) for one in line.get("limits", ()))


def beyond(line: Mapping[str, Any], level: Level, shown: Mapping[str, Any]) -> bool:
    """Whether what is *shown* (value, low, high, p_value, n) proves that a line's level is passed.

    A count without error is proved by its value. Anything else is proved by the bound of its interval that lies
    nearer to the level, or by a p-value, valid at every look, of the null that this level is not passed (no larger
    than the line's budget); never by the bare point.
    """
    edge = line.get(FIELDS[level])
    if edge is None or float(shown.get("n") or 0) < float(line.get("min_n") or 0):
        return False
    above = line.get("direction", "above") == "above"
    if line.get("test") == "exact":
        bound = shown.get("value")
    else:
        p = shown.get("p_value")
        if p is not None and float(p) <= float(line.get("budget") or 0):
            return True
        bound = shown.get("low" if above else "high")
    return bound is not None and (float(bound) > float(edge) if above else float(bound) < float(edge))


def open_alarms(look: Look, model: str) -> list[dict[str, Any]]:
    """Return the alarms of a model that are not closed, oldest first."""
    return [alarm for alarm in look.find("alarm", model=model) if alarm.get("state") in OPEN]


def is_program(now: Situation) -> bool:
    """Whether whoever acts does so as the program that watches."""
    return (now.look.get("person", now.actor) or {}).get("kind") == "service"


def by_program(now: Situation) -> None:
    """Whoever acts is a program that watches and nothing else."""
    if not is_program(now) or now.roles != {"monitor"}:
        refuse(now.actor, now.act.title.lower(), "only a service whose one role is monitor watches")


def monitors_are_programs(now: Situation) -> None:
    """Whoever has only the role monitor is a program."""
    if now.roles == {"monitor"}:
        by_program(now)


def by_person(now: Situation) -> None:
    """Whoever acts is a human being."""
    if is_program(now):
        refuse(now.actor, now.act.title.lower(), "a program does not judge an alarm; a person does")


def _calling(now: Situation, alarms: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the red alarms with the lines of approved plans that call for action."""
    for alarm in alarms:
        line = line_of(now.look, alarm)
        if line is not None and alarm.get("level") in {"red", "stop"}:
            yield alarm, line


def _named(now: Situation, model: str, version: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the alarm that the form names, with its line; open, red, and of this version."""
    name = str(getattr(now.form, "alarm", ""))
    alarm = now.look.get("alarm", name) if name else None
    if alarm is None or alarm.get("state") not in OPEN:
        raise OutOfTurn(f"A program acts on {now.id} only by an open red alarm; {name or 'none'} is not one.")
    if alarm.get("model") != model or str(alarm.get("version") or version) != version:
        raise SpecError(f"{name} is about {alarm.get('model')} {alarm.get('version', '')}, not about {now.id}.")
    found = list(_calling(now, [alarm]))
    if not found:
        raise OutOfTurn(f"{name} is not red by a line of an approved monitoring plan; a person decides on {now.id}.")
    return found[0]


def may_restrict(now: Situation) -> None:
    """A program restricts a pass only to what the line of the alarm says, and only if the line says so."""
    if "monitor" not in now.roles:
        return
    by_program(now)
    alarm, line = _named(now, str(now.doc["model"]), str(now.doc["version"]))
    wanted, stated = limits_of(line), plain(now.form.limits)
    if not wanted or not says(line) & {"restrict", "suspend", "withdraw"}:
        raise OutOfTurn(f"The plan line of {alarm['id']} does not say to restrict; a person decides on {now.id}.")
    if stated != wanted:
        raise SpecError(f"The plan line of {alarm['id']} restricts to other conditions than these.")


def may_suspend(now: Situation) -> None:
    """A program suspends a pass only where the line has a level that stops use and it is passed, or says suspend."""
    if "monitor" not in now.roles:
        return
    by_program(now)
    alarm, line = _named(now, str(now.doc["model"]), str(now.doc["version"]))
    stops = line.get("stop_use") is not None and alarm.get("level") == "stop"
    if not stops and not says(line) & {"suspend", "withdraw"}:
        raise OutOfTurn(f"The plan line of {alarm['id']} does not say to stop use; a person decides on {now.id}.")


def may_call(what: str) -> Any:
    """Return the rule that a program calls for a rating or a validation only where a red alarm's line says so."""

    def rule(now: Situation) -> None:
        if "monitor" not in now.roles:
            return
        by_program(now)
        for _, line in _calling(now, open_alarms(now.look, now.id)):
            if (what == "rating" and line.get("rating_trigger")) or what in says(line):
                return
        raise OutOfTurn(f"No open red alarm of {now.id} calls for this; a person decides.")

    return rule
