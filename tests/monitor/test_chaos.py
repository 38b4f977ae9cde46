"""Chaos: consumers that are killed at any point leave the state that a batch recomputation of the log gives."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from monitor import oracle
from monitor.oracle import Raw
from monitor.streams import DAY, FEW, FIRST, MODEL, fresh
from monitor.test_windows import faulty, fill
from secondline.core.errors import LedgerError
from secondline.events.log import DECISIONS, LABELS, TOPICS, Log
from secondline.monitor.measuring import measure
from secondline.monitor.readings import Window
from secondline.monitor.state import State
from secondline.monitor.windows import refresh

KILLS = int(os.environ.get("SECONDLINE_KILLS", "6"))
EVENTS = int(os.environ.get("SECONDLINE_CHAOS_EVENTS", "900"))
CONSUMERS = 3
SCRIPT = Path(__file__).with_name("consume.py")
OPTIONS = "partitions=4&lease=0.5"


class Herd:
    """Consumers of one log and state; whichever dies is replaced."""

    def __init__(self, nursery: subprocess.Popen[str], seed: int) -> None:
        self.nursery, self.order, self.deaths = nursery, random.Random(seed), 0
        self.alive: list[int] = []

    def fill(self) -> None:
        """Replace the dead."""
        gone = [pid for pid in self.alive if not running(pid)]
        self.deaths += len(gone)
        self.alive = [pid for pid in self.alive if pid not in gone]
        while len(self.alive) < CONSUMERS:
            assert self.nursery.stdin is not None
            assert self.nursery.stdout is not None
            self.nursery.stdin.write(f"spawn {self.order.randrange(1 << 30)}\n")
            self.nursery.stdin.flush()
            self.alive.append(int(self.nursery.stdout.readline()))

    def kill(self) -> None:
        """Kill one of them."""
        with suppress(ProcessLookupError):
            os.kill(self.order.choice(self.alive), signal.SIGKILL)


def running(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def herd(log: str, folder: Path, seed: int = 1, chance: float = 0.03) -> Iterator[Herd]:
    """Keep three consumers going, and end them all afterwards."""
    command = [sys.executable, str(SCRIPT), log, str(folder), str(chance)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
        held = Herd(nursery, seed)
        try:
            yield held
        finally:
            for pid in held.alive:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            nursery.kill()


def raw_of(log: Log) -> list[Raw]:
    """Return everything a log holds."""
    found = []
    for topic in TOPICS:
        reader = log.reader(topic, "everything")
        end = sum(lag.next for lag in log.lag(topic, "everything"))
        read = 0
        while read < end:
            for batch in reader.poll(10_000, 1.0):
                read += len(batch.payloads)
                pairs = zip(batch.offsets, batch.payloads, strict=True)
                found += [Raw(topic, batch.partition, offset, bytes(payload)) for offset, payload in pairs]
        reader.close()
    return found


def taken(log: Log, state: State) -> bool:
    """Whether everything in the log has been taken in."""
    return all(
        state.offsets(topic).get(lag.partition, 0) >= lag.next for topic in TOPICS for lag in log.lag(topic, "x")
    )


@pytest.mark.slow
def test_killed_consumers_lose_and_double_nothing(tmp_path: Path) -> None:
    """Three consumers, killed from outside and at the points that matter, end in the state of a batch recomputation."""
    url, folder = f"sqlite:///{tmp_path / 'log.sqlite'}?{OPTIONS}", fresh(tmp_path / "state")
    events = [(one.topic, one.payload) for one in faulty(EVENTS, seed=11)]
    state, order = State.open(folder), random.Random(5)
    deadline = time.monotonic() + 60 + 3 * KILLS
    with herd(url, folder) as consumers:
        kills, sent = 0, 0
        while kills < KILLS or sent < len(events):
            assert time.monotonic() < deadline, "the chaos did not come to an end"
            consumers.fill()
            size = -(-len(events) // max(KILLS, 1))
            log = Log.open(url)  # opened again each time, as after a restart
            for topic in (DECISIONS, LABELS):
                writer = log.writer(topic)
                part = [(p[:40][::-1], p) for t, p in events[sent : sent + size] if t == topic]
                if part:
                    writer.write(part)
                writer.close()
            log.close()
            sent += size
            time.sleep(order.uniform(0.0, 0.4))  # a moment at random, not a wait
            consumers.kill()
            kills += 1
            if kills % 5 == 0:
                with suppress(LedgerError):
                    refresh(state)
        log = Log.open(url)
        while not taken(log, state):
            assert time.monotonic() < deadline, "the consumers did not come to the end of the log"
            consumers.fill()
            time.sleep(0.05)
        assert consumers.deaths >= KILLS - CONSUMERS
    raw = raw_of(log)
    assert len(raw) == len(events)
    assert_same(state, raw, tmp_path)


def assert_same(state: State, raw: list[Raw], tmp_path: Path) -> None:
    """Hold a state against plain Python, and against a state that took the same log in at once."""
    refresh(state)
    expected, dead = oracle.recomputed(raw)
    assert oracle.counts(state, MODEL) == oracle.without_events(expected)
    assert state.dead_count() == dead
    whole = State.open(fresh(tmp_path / "whole"))
    fill(whole, raw, {key: [] for key in {(one.topic, one.partition) for one in raw}}, random.Random(2))
    refresh(whole)
    assert oracle.content(state, MODEL) == oracle.content(whole, MODEL)
    window = Window(MODEL, "", FIRST * DAY, (FIRST + 3) * DAY)
    assert measure(state, MODEL, window, FEW) == measure(whole, MODEL, window, FEW)
    listed = {part.file for kind in ("decision", "label") for part in state.parts(kind)}
    state.sweep(grace=-1)
    assert {path.name for path in state.folder.glob("*.parquet")} == listed
