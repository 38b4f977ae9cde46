"""Oracle: the state recomputed from the raw events, in plain Python and all at once, to hold the monitor against."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from secondline.events.reading import BadEvent, decode
from secondline.events.shapes import Decision, Label
from secondline.monitor import cells
from secondline.monitor.packing import pack
from secondline.monitor.state import State

DAY = 86_400_000_000
Cell = tuple[str, str, int]


@dataclass(frozen=True, order=True)
class Raw:
    """A payload and where it lies in the log."""

    topic: str
    partition: int
    offset: int
    payload: bytes


@dataclass
class Expected:
    """Counts of one cell."""

    rows: int = 0
    labelled: int = 0
    events: int = 0
    repeated: int = 0
    contradicted: int = 0


def recomputed(raw: Iterable[Raw]) -> tuple[dict[Cell, Expected], int]:
    """Return the counts of each cell, and how many letters are dead, from all raw events in order of place."""
    first: dict[tuple[str, str], bytes] = {}
    decisions: dict[str, Decision] = {}
    said: dict[str, list[tuple[int, int, float]]] = defaultdict(list)
    found: dict[Cell, Expected] = defaultdict(Expected)
    dead = 0
    for one in sorted(raw):
        try:
            event = decode(one.payload)
        except BadEvent:
            dead += 1
            continue
        if isinstance(event, Label) and event.value not in {0.0, 1.0}:
            dead += 1
            continue
        kind = type(event).__name__
        content = msgspec.json.encode(event, order="sorted")
        before = first.setdefault((kind, event.id), content)
        fresh = before is content
        dead += not fresh and before != content
        if isinstance(event, Decision):
            cell = found[event.model, event.version, event.at // DAY]
            cell.rows += fresh
            cell.repeated += not fresh and before == content
            cell.contradicted += not fresh and before != content
            if fresh:
                decisions[event.id] = event
        elif isinstance(event, Label) and fresh:
            said[event.decision].append((event.revision, -len(said[event.decision]), event.value))
    for name, revisions in said.items():
        if name in decisions:
            event = decisions[name]
            cell = found[event.model, event.version, event.at // DAY]
            cell.labelled += 1
            cell.events += max(revisions)[2] == 1.0
    return found, dead


def counts(state: State, model: str) -> dict[Cell, Expected]:
    """Return the counts of each cell as the monitor has them."""
    found = {}
    for mark in cells.marks(state, model):
        cell = cells.saved(state, mark.cell)
        assert cell is not None
        assert mark.clean == mark.dirty
        found[mark.cell] = Expected(cell.rows, cell.labelled, 0, cell.repeated, cell.contradicted)
    return found


def content(state: State, model: str) -> dict[Cell, Any]:
    """Return everything a cell holds, its statistics as bytes."""
    found = {}
    for mark in cells.marks(state, model):
        cell = cells.saved(state, mark.cell)
        assert cell is not None
        facts = cell.facts.model_dump() if cell.facts else None
        found[mark.cell] = (
            cell.rows, cell.labelled, cell.repeated, cell.contradicted, cell.label_last, cell.mature,
            Counter(cell.tally), facts, pack(cell.records),
        )  # fmt: skip
    return found


def without_events(expected: dict[Cell, Expected]) -> dict[Cell, Expected]:
    """Return expected counts without the events, which the monitor holds in its records."""
    return {k: Expected(e.rows, e.labelled, 0, e.repeated, e.contradicted) for k, e in expected.items()}
