"""Impact: what differs between two sets of demands, and whose standing changes when one takes the other's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from secondline.policy.coverage import Demand, Standing, Verdict, standing


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which two sets of demands differ about one control."""

    control: str
    title: str
    kind: str
    """added, removed, level, params, clauses or begins"""
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Move:
    """One control that stands otherwise for one model (or the bank)."""

    subject: str
    control: str
    title: str
    before: str
    """A status, or empty when nobody asked."""
    after: str
    because: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One model whose standing as a whole changes."""

    subject: str
    before: Standing
    after: Standing
    moves: tuple[Move, ...]


def differences(before: Mapping[str, Demand], after: Mapping[str, Demand]) -> list[Difference]:
    """Return how two sets of demands differ: two packs, two versions of one, or one on two days."""
    return [
        Difference(id_, (after.get(id_) or before[id_]).control.title, kind, was, now)
        for id_ in dict.fromkeys((*before, *after))
        for kind, was, now in _differ(before.get(id_), after.get(id_))
    ]


def _differ(before: Demand | None, after: Demand | None) -> Iterator[tuple[str, str, str]]:
    if before is None or after is None:
        yield ("added", "", _described(after)) if after else ("removed", _described(before), "")
        return
    pairs = (
        ("begins", before.begins, after.begins),
        ("level", before.level, after.level),
        ("params", _params(before), _params(after)),
        ("clauses", _clauses(before), _clauses(after)),
    )
    yield from ((kind, was, now) for kind, was, now in pairs if was != now)


def _described(demand: Demand | None) -> str:
    if demand is None:
        return ""
    begins = f", from {demand.begins}" if demand.begins else ""
    return f"{demand.level}: {_clauses(demand)}{begins}"


def _params(demand: Demand) -> str:
    sets: dict[str, Any] = {}
    for asked in demand.by:
        sets |= {", ".join(f"{k} = {v}" for k, v in sorted(asked.selected.params.items())): None}
    return " | ".join(sets)


def _clauses(demand: Demand) -> str:
    return "; ".join(dict.fromkeys(c.text for a in demand.by for c in a.clauses))


def moves(before: Mapping[str, Verdict], after: Mapping[str, Verdict]) -> list[Move]:
    """Return the controls that stand otherwise for one subject; what is not asked on the day stands nowhere."""
    found = []
    for id_ in dict.fromkeys((*before, *after)):
        was, now = before.get(id_), after.get(id_)
        one, two = _counted(was), _counted(now)
        shown = now or was
        if one != two and shown is not None and {one, two} != {"", "not_applicable"}:
            found.append(Move(shown.subject, id_, shown.title, one, two, now.because if now else ""))
    return found


def _counted(verdict: Verdict | None) -> str:
    return verdict.status if verdict is not None and verdict.counts else ""


Matrix = Mapping[str, Mapping[str, Verdict]]


def turns(before: Matrix, after: Matrix) -> list[Turn]:
    """Return the subjects for which any control stands otherwise, those whose standing as a whole changes first."""
    found = []
    for subject in dict.fromkeys((*before, *after)):
        was, now = before.get(subject, {}), after.get(subject, {})
        if moved := moves(was, now):
            found.append(Turn(subject, standing(was.values()), standing(now.values()), tuple(moved)))
    return sorted(found, key=lambda t: (t.before == t.after, t.subject))
