"""Watching: one look at a model in use, by the lines of its approved plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from secondline.ledger.store import Ledger
from secondline.monitor.acting import Done, Hand, alarm, alarm_of, follow, sentence
from secondline.monitor.lines import Line, lines_of, next_look, plan_in_force
from secondline.monitor.looking import Look, look, renewed
from secondline.monitor.memory import Memory
from secondline.monitor.readings import Reading

WORST = ("green", "amber", "red")


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look saw on every line, and what was done."""

    model: str
    plan: str
    looks: tuple[Look, ...]
    done: Done
    status: str

    @property
    def undecided(self) -> tuple[Look, ...]:
        """The lines about which nothing is proved yet."""
        return tuple(one for one in self.looks if one.status == "undecided")


def seen(lines: Sequence[Line], readings: Sequence[Reading], memory: Memory) -> list[Look]:
    """Return what the readings say of each line, without doing or keeping anything."""
    return [look(line, readings, memory.get(line.model, line.key)) for line in lines]


def watch(
    ledger: Ledger, memory: Memory, readings: Sequence[Reading], model: str, actor: str, *, version: str = ""
) -> Watched:
    """Look at a model by its approved plan, act as the plan says, and put the check on record.

    *actor* is the program, a service whose one role is monitor. *readings* are all that were kept of the model;
    *version* narrows them to the one in use. Looking twice at the same readings does nothing twice.

    Raises:
        SpecError: the model has no approved plan.
    """
    plan = plan_in_force(ledger.records, model)
    lines, hand = lines_of(plan), Hand(ledger, actor)
    mine = [r for r in readings if r.window.model == model and r.window.version in {version, ""}] if version else (
        [r for r in readings if r.window.model == model]
    )  # fmt: skip
    for line in lines:
        _begin_anew(ledger, memory, line, version)
    looks = seen(lines, mine, memory)
    for one in looks:
        alarm(hand, one, version)
        memory.put(model, one.line.key, {**one.held, "open": alarm_of(ledger, one.line, version) is not None})
    follow(hand, model)
    status = standing(ledger, lines, version)
    _checked(hand, str(plan["id"]), lines, looks, status)
    return Watched(model, str(plan["id"]), tuple(looks), hand.done, status)


def _begin_anew(ledger: Ledger, memory: Memory, line: Line, version: str) -> None:
    """Begin a line's processes anew when the alarm that was open at the last look has been closed."""
    held = memory.get(line.model, line.key)
    if held.get("open") and alarm_of(ledger, line, version) is None:
        memory.put(line.model, line.key, {**renewed(held, ledger.today[:4]), "open": False})


def standing(ledger: Ledger, lines: Sequence[Line], version: str = "") -> str:
    """Return the worst level of the open alarms of a plan's lines: green where there is none."""
    levels = [str(found["level"]) for line in lines if (found := alarm_of(ledger, line, version))]
    plain = ["red" if level == "stop" else level for level in levels]
    return max(plain, key=WORST.index, default="green")


def _checked(hand: Hand, plan: str, lines: Sequence[Line], looks: Sequence[Look], status: str) -> None:
    today = date.fromisoformat(hand.ledger.today)
    passed = [sentence(one) for one in looks if one.status not in {"green", "undecided"}]
    open_ = [f"{one.line.metric.metric}: {one.wants}" for one in looks if one.status == "undecided"]
    note = " ".join(passed) + (f" Undecided: {'; '.join(open_)}." if open_ else "")
    before = hand.ledger.records.need("monitoring", plan)
    form = {"status": status, "next_check": next_look(list(lines), today).isoformat(), "note": note.strip()[:8_000]}
    same = {name: before.get(name) for name in form} == form and before.get("last_check") == today.isoformat()
    if not same:
        hand.act("monitoring.checked", plan, form)
