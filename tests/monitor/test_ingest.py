"""Ingest: each event is taken in once, whoever reads it and however often it is read."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from monitor.streams import MODEL, decisions, fresh, labels, take
from secondline.core.errors import LedgerError
from secondline.events.log import DECISIONS, LABELS, Batch, Log
from secondline.events.reading import encode
from secondline.events.shapes import Decision, Investigation, Override, Snapshot
from secondline.monitor import ingest as module
from secondline.monitor.cells import marks
from secondline.monitor.ingest import Consumer, Progress, ingest, take_in
from secondline.monitor.state import State
from secondline.monitor.windows import refresh

OPTIONS = "partitions=2&lease=0.3"


def log_of(folder: Path) -> Log:
    """Return an embedded log of two partitions whose readers are given up after 0.3 seconds."""
    return Log.open(f"sqlite:///{folder / 'log.sqlite'}?{OPTIONS}")


def write(log: Log, events: list[Decision]) -> None:
    """Append decisions."""
    writer = log.writer(DECISIONS)
    writer.append(events)
    writer.close()


def rows(state: State) -> int:
    """Return how many decisions count."""
    refresh(state)
    return sum(mark.rows for mark in marks(state, MODEL))


def test_a_log_is_taken_in_and_gone_on_from(tmp_path: Path) -> None:
    """A second run takes in only what came since, and says what it did."""
    log, state = log_of(tmp_path), State.open(fresh(tmp_path / "state"))
    made = decisions(50)
    write(log, made[:30])
    told: list[int] = []
    first = ingest(log, state, until_idle=True, told=lambda done: told.append(done.events), wait=0.05)
    write(log, made[30:])
    second = ingest(log, state, until_idle=True, wait=0.05)
    assert (first.events, second.events) == (30, 20)
    assert told[-1] == 30
    assert rows(state) == 50
    assert sum(lag.behind for lag in log.lag(DECISIONS, f"{module.GROUP}.{state.id}")) == 0


def test_another_state_reads_from_the_beginning(tmp_path: Path) -> None:
    """A new state is a group of its own, so that a state thrown away can be made again."""
    log = log_of(tmp_path)
    write(log, decisions(20))
    for name in ("a", "b"):
        assert ingest(log, State.open(tmp_path / name), until_idle=True, wait=0.05).events == 20


def test_a_zombie_cannot_commit(tmp_path: Path) -> None:
    """A consumer that was given up while it held events commits nothing after another has taken them in."""
    log, state = log_of(tmp_path), State.open(fresh(tmp_path / "state"))
    write(log, decisions(40))
    zombie = Consumer(state, log, DECISIONS, wait=0.05)
    held: list[tuple[int, Batch]] = []
    while sum(len(one[1].payloads) for one in held) < 40:
        held += [(zombie.next.get(batch.partition, -1), batch) for batch in zombie.reader.poll(100, 0.2)]
    other = Consumer(state, log, DECISIONS, wait=0.05)
    while other.done.events < 40:
        other.step()
    zombie._commit(held)
    assert zombie.done.events == 0
    assert zombie.done.lost == 2
    assert rows(state) == 40
    zombie.close()
    other.close()


def test_a_gap_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that is ahead of the state, because a commit failed, is sent back, and nothing is left out."""
    log, state = log_of(tmp_path), State.open(fresh(tmp_path / "state"))
    write(log, decisions(40))
    consumer = Consumer(state, log, DECISIONS, most=5, wait=0.05)

    def broken(_taken: object) -> None:
        raise LedgerError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(state, "commit", broken)
        with pytest.raises(LedgerError):
            all(consumer.step() >= 0 for _ in range(100))
    deadline = time.monotonic() + 30
    while consumer.done.events < 40:
        assert time.monotonic() < deadline
        consumer.step()
    assert consumer.done.lost > 0
    assert rows(state) == 40
    consumer.close()


def test_what_cannot_be_read_is_buried_with_its_reason(state: State) -> None:
    """Bytes that are no event, and a label that is neither 0 nor 1, are kept as they came, with where and why."""
    odd = labels(decisions(1), share=1.0)[:1]
    bad = encode(odd[0]).replace(b'"value":1.0', b'"value":0.5')
    take(state, LABELS, [b"{", bad, *odd], partition=3)
    first, second = state.dead()
    assert (first.topic, first.partition, first.place, first.payload) == (LABELS, 3, 0, b"{")
    assert first.reason.startswith("malformed: ")
    assert second.reason == "invalid: the value of a label is 0 or 1, and this one is 0.5"
    assert second.event == odd[0].id
    assert len(state.parts("label")) == 1
    assert state.offsets(LABELS) == {3: 3}


def test_every_kind_of_event_is_kept(state: State) -> None:
    """Overrides, investigations and snapshots become parts of their own, values under their names."""
    take(state, LABELS, [
        Override(id="o", at=1, model=MODEL, decision="d", to="decline", by="u1"),
        Investigation(id="i", at=1, model=MODEL, decision="d", outcome="confirmed"),
        Snapshot(id="s", at=1, model=MODEL, entity="c", values={"n": 2, "t": "x", "b": True, "m": None}),
    ])  # fmt: skip
    (snapshot,) = state.parts("snapshot")
    assert snapshot.types | {"val.n": "double", "val.t": "string", "val.b": "bool"} == snapshot.types
    assert len(state.parts("override")) == len(state.parts("investigation")) == 1


def test_a_column_of_several_kinds_becomes_text(state: State) -> None:
    """Where an input is a number in one event and a text in the next, both are kept as text."""
    one, two = decisions(2, days=1)
    mixed = [one, Decision(id="x", at=two.at, model=MODEL, version="1", inputs={"amount": "much", "more": 1.0})]
    take(state, DECISIONS, mixed)
    types = state.parts("decision")[0].types
    assert types["in.amount"] == "string"
    assert types["in.more"] == "double"


def test_a_batch_already_taken_in_is_passed_over(state: State) -> None:
    """Events before the offset in the state are left out, though the batch holds them."""
    made = [encode(one) for one in decisions(4, days=1)]
    take_in(state, DECISIONS, [Batch(0, 0, 2, made[:2], range(2))], {0: 0})
    moved, dead = take_in(state, DECISIONS, [Batch(0, 0, 4, made, range(4))], {0: 2})
    assert (moved, dead) == ({0: 4}, 0)
    assert sum(part.rows for part in state.parts("decision")) == 4


def test_it_stops_when_asked(tmp_path: Path) -> None:
    """A consumer that is told to stop finishes its batch and leaves."""
    log, state, stop = log_of(tmp_path), State.open(tmp_path / "state"), threading.Event()
    write(log, decisions(10))

    def told(done: Progress) -> None:
        if done.events == 10:
            stop.set()

    assert ingest(log, state, stop=stop, told=told, wait=0.05).events == 10


def test_a_state_that_cannot_be_written_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a commit fails the error is told, and the next consumer takes the same events in."""
    log, state = log_of(tmp_path), State.open(fresh(tmp_path / "state"))
    write(log, decisions(10))

    def broken(_taken: object) -> None:
        raise LedgerError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(state, "commit", broken)
        with pytest.raises(LedgerError, match="disk is full"):
            ingest(log, state, until_idle=True, wait=0.05)
    assert state.offsets(DECISIONS) == {}
    assert ingest(log, state, until_idle=True, wait=0.05).events == 10
