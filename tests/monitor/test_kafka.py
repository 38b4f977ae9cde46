"""Kafka: the same state from a real broker, which is killed and started again while consumers come and go."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from events import brokers
from monitor.streams import MODEL, fresh
from monitor.test_chaos import assert_same, raw_of
from monitor.test_windows import faulty
from secondline.events.log import DECISIONS, LABELS, Log, LogError
from secondline.monitor.ingest import Consumer
from secondline.monitor.state import State

PATIENCE = 90.0


def write(url: str, events: list[tuple[str, bytes]]) -> None:
    """Append payloads, each to its topic."""
    log = Log.open(url)
    for topic in (DECISIONS, LABELS):
        writer = log.writer(topic)
        writer.write([(payload[20:40], payload) for name, payload in events if name == topic])
        writer.close()
    log.close()


def take(url: str, state: State, *, most: int, members: int) -> int:
    """Let some consumers of one process take turns until nothing is behind; returns how many events they took."""
    log = Log.open(url)
    topics = (DECISIONS, LABELS)
    consumers = [Consumer(state, log, t, most=most, wait=0.05) for t in topics for _ in range(members)]
    until = time.monotonic() + PATIENCE
    while any(
        state.offsets(topic).get(lag.partition, 0) < lag.next for topic in topics for lag in log.lag(topic, "none")
    ):
        assert time.monotonic() < until, "the consumers did not come to the end of the log"
        for consumer in consumers:
            try:
                consumer.step(0.1)
            except LogError:  # while the group settles or the broker comes back
                continue
    for consumer in consumers:
        consumer.close()
    log.close()
    return sum(consumer.done.events for consumer in consumers)


@pytest.mark.slow
def test_a_broker_that_is_killed_changes_nothing(tmp_path: Path) -> None:
    """Events from Kafka, taken by groups that change, over a broker killed half way, equal a batch recomputation."""
    events = [(one.topic, one.payload) for one in faulty(300, seed=21)]
    half = len(events) // 2
    state = State.open(fresh(tmp_path / "state"))
    with brokers.running(brokers.noida(tmp_path)) as broker:
        url = f"{broker.url}?create=4&session=6&wait=20"
        write(url, events[:half])
        first = take(url, state, most=40, members=1)
        broker.stop(signal.SIGKILL)
        broker.start()
        write(url, events[half:])
        second = take(url, state, most=60, members=3)
        assert first + second == len(events)
        log = Log.open(url)
        raw = raw_of(log)
        log.close()
    assert len(raw) == len(events)
    assert_same(state, raw, tmp_path)
    assert state.models() == [MODEL]
