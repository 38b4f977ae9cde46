"""Audit: new parts are held against all ids there were, and only new parts are read unless an id points elsewhere."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.streams import DAY, FIRST, MODEL, decisions, labels, take
from secondline.events.log import DECISIONS, LABELS
from secondline.events.shapes import Event
from secondline.ledger.sql import run
from secondline.monitor import cells, seen
from secondline.monitor.audit import audit
from secondline.monitor.compact import compact
from secondline.monitor.labels import read_parts
from secondline.monitor.parts import Part
from secondline.monitor.state import State

Reads = list[str]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """The files of parts whose ids are read."""
    found: Reads = []

    def noted(state: State, parts: Sequence[Part]) -> str:
        found.extend(part.file for part in parts)
        return read_parts(state, parts)

    for room in ("seen", "audit"):
        monkeypatch.setattr(f"secondline.monitor.{room}.read_parts", noted)
    return found


def findings(state: State) -> tuple[Any, ...]:
    """Return all that audits found: strays, dead letters and which cells are out of date how often."""
    with state.reading() as connection:
        strays = run(connection, "SELECT id, topic, partition, place FROM monitor_strays ORDER BY id").fetchall()
        dirty = run(connection, "SELECT version, day, dirty FROM monitor_cells ORDER BY 1, 2").fetchall()
    dead = [(d.topic, d.partition, d.place, d.event) for d in state.dead()]
    return [tuple(row) for row in strays], dead, [tuple(row) for row in dirty]


def runs(state: State) -> list[seen.Run]:
    """Return the runs in use."""
    with state.reading() as connection:
        return seen.listed(connection)


def new_of(state: State, before: set[str]) -> set[str]:
    """Return the files of parts that were not there before."""
    return {part.file for kind in ("decision", "label") for part in state.parts(kind)} - before


def test_the_second_audit_reads_new_parts_alone(state: State, reads: Reads) -> None:
    """New decisions, some of them repeated in their own day, and new labels: no old part is read for them."""
    first = decisions(400)
    said = labels(first)
    take(state, DECISIONS, first)
    take(state, LABELS, said)
    assert audit(state) > 0
    old = new_of(state, set())
    reads.clear()
    more = decisions(40, seed=5)
    take(state, DECISIONS, [*more, *first[:20]])
    take(state, LABELS, [*labels(more), *said[:10]])
    audit(state)
    assert set(reads) == new_of(state, old)
    assert findings(state)[:2] == ([], [])
    reads.clear()
    assert audit(state) == 0
    assert reads == []


def test_late_labels_make_the_cells_of_old_decisions_stale(state: State) -> None:
    """Found by the index: the cells of the decisions a label speaks of, of its own model alone."""
    take(state, DECISIONS, decisions(60, days=3))
    audit(state)
    before = {mark.cell: mark.dirty for mark in cells.marks(state, MODEL)}
    (one, *_), said = decisions(60, days=3), labels(decisions(60, days=3), share=1.0)
    mine = next(label for label in said if label.decision == one.id)
    take(state, LABELS, [mine, msgspec.structs.replace(mine, id="else", model="another")])
    audit(state)
    after = {mark.cell: mark.dirty for mark in cells.marks(state, MODEL)}
    assert [cell for cell in after if after[cell] > before[cell]] == [(MODEL, "1", one.at // DAY)]


def test_an_id_of_another_cell_is_found_long_after(state: State, reads: Reads) -> None:
    """The same id on another day: a stray with the place of its first, both cells stale, and only those cells read."""
    first = decisions(300, days=3)
    take(state, DECISIONS, first)
    audit(state)
    one = next(d for d in first if d.at // DAY == FIRST)
    reads.clear()
    take(state, DECISIONS, [msgspec.structs.replace(one, at=one.at + DAY)])
    audit(state)
    strays, _, dirty = findings(state)
    assert strays == [(one.id, DECISIONS, 0, first.index(one))]
    assert {(v, d): n for v, d, n in dirty}["1", FIRST] == 2
    assert {p.day for p in state.parts("decision") if p.file in reads} == {FIRST, FIRST + 1}


def test_a_label_that_contradicts_one_is_buried(state: State) -> None:
    """The same id with another value, refreshes later: the one that came first by place counts."""
    said = labels(decisions(100), share=1.0)
    take(state, LABELS, said)
    audit(state)
    take(state, LABELS, [msgspec.structs.replace(said[3], value=0.0), said[4]])
    audit(state)
    assert [d.event for d in state.dead()] == [said[3].id]


def stream() -> list[tuple[str, Sequence[Event]]]:
    """Return small batches with ids on two days, versions and contents that differ."""
    made = decisions(240, days=4, versions=("1", "2"))
    said = labels(made)
    moved = [msgspec.structs.replace(d, at=d.at + DAY) for d in made[:12]]
    turned = [msgspec.structs.replace(one, value=1.0 - one.value) for one in said[:6]]
    batches: list[tuple[str, Sequence[Event]]] = [(DECISIONS, made[i : i + 20]) for i in range(0, 240, 20)]
    batches += [(LABELS, said[i : i + 10]) for i in range(0, len(said), 10)]
    batches += [(DECISIONS, [d]) for d in moved]
    batches += [(LABELS, [one]) for one in turned]
    random.Random(4).shuffle(batches)
    return batches


@pytest.mark.parametrize("trouble", ["none", "lost", "older", "merged"])
def test_many_audits_find_what_one_finds(tmp_path: Path, trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each batch or once at the end; with a run that is gone, parts of an older secondline, merged parts."""
    whole, steps = State.open(tmp_path / "whole"), State.open(tmp_path / "steps")
    monkeypatch.setattr(seen, "MANY", 3)
    for number, (topic, events) in enumerate(stream()):
        take(whole, topic, events)
        take(steps, topic, events)
        audit(steps)
        if number % 7 == 3:
            _trouble(steps, trouble)
    audit(whole)
    assert findings(steps)[0] == findings(whole)[0] != []
    assert findings(steps)[1] == findings(whole)[1] != []
    assert len(runs(steps)) < 16
    held = {path.name for path in steps.folder.glob("*.ids")}
    steps.sweep(grace=-1)
    assert {path.name for path in steps.folder.glob("*.ids")} == {one.file for one in runs(steps)} < held


def _trouble(state: State, kind: str) -> None:
    if kind == "lost":
        (state.folder / runs(state)[0].file).unlink()
    elif kind == "older":
        with state.writing() as connection:
            seen.lost(connection)
    elif kind == "merged":
        compact(state, MODEL, many=1)


def test_what_was_forgotten_leaves_the_index(state: State) -> None:
    """Its ids are in no run any more once the next audit has made them anew, and the rest is found as before."""
    first = decisions(200, days=2)
    take(state, DECISIONS, first)
    audit(state)
    state.forget(MODEL, before=FIRST + 1)
    assert runs(state) == []
    take(state, DECISIONS, decisions(10, seed=8, days=1))
    take(state, DECISIONS, [msgspec.structs.replace(d, at=d.at + DAY) for d in first if d.at // DAY == FIRST])
    audit(state)
    assert findings(state)[0] == []
    assert sum(one.rows for one in runs(state)) == 210
