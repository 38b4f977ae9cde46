"""The writer: an idempotent producer that every replica in sync has to confirm, awaited group by group.

A producer that lost its sequence, as when a broker came back without its memory of producers, never works again. It is
replaced, and the group that met this is written once more: readers know an event that is there twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from secondline.events.kafka.errors import LARGE, LATE, LOST, plain
from secondline.events.kafka.settings import Settings
from secondline.events.limits import LARGEST
from secondline.events.log import Full, Keyed, LogError, TooLarge, Writer

FRAMING = 48_576
"""Bytes that a batch of one message may need beside it, within the 1,048,576 that brokers take by default."""
SLICE = 0.1


@dataclass(eq=False, slots=True)
class _Group:
    """What one call waits for; the list is appended to by whichever thread serves the callbacks."""

    answers: list[KafkaError | None] = field(default_factory=list)

    def heard(self, error: KafkaError | None, _message: Message) -> None:
        """Note a delivery report."""
        self.answers.append(error)


class KafkaWriter(Writer):
    """Appends to one topic of a cluster."""

    def __init__(self, client: Mapping[str, Any], topic: str, stated: Settings) -> None:
        self._topic, self._stated = topic, stated
        self._options = {
            **client,
            "enable.idempotence": True,
            "acks": "all",
            "partitioner": "consistent",
            "linger.ms": 2,
            "message.max.bytes": LARGEST + FRAMING,
            "compression.type": stated.compression,
            "delivery.timeout.ms": int(stated.wait * 1000),
            "request.timeout.ms": min(30_000, int(stated.wait * 1000)),
        }
        self._lock = threading.Lock()
        self._producer = Producer(self._options)

    def write(self, records: Sequence[Keyed]) -> None:
        """Produce all, and return when every one is confirmed."""
        largest = max((len(payload) for _, payload in records), default=0)
        if largest > LARGEST:
            raise TooLarge(f"An event of {largest} bytes is larger than the log takes ({LARGEST}).")
        producer = self._producer
        wrong = self._tried(producer, records)
        if wrong is not None and (wrong.fatal() or wrong.code() in LOST):
            wrong = self._tried(self._instead_of(producer), records)
        if wrong is not None:
            raise self._refused(wrong)

    def _instead_of(self, producer: Producer) -> Producer:
        """Return the producer that takes the place of a lost one; of threads that meet the loss one makes it."""
        with self._lock:
            if self._producer is producer:
                self._producer = Producer(self._options)
            return self._producer

    def _tried(self, producer: Producer, records: Sequence[Keyed]) -> KafkaError | None:
        """Produce all, wait until each is confirmed or not, and return what was wrong, if anything."""
        group = _Group()
        try:
            for key, payload in records:
                self._produce(producer, key, payload, group)
            while len(group.answers) < len(records):
                producer.poll(SLICE)
        except KafkaException as error:
            return error.args[0]  # type: ignore[no-any-return]  # as the library says
        wrong = [error for error in group.answers if error is not None]
        return next((error for error in wrong if error.fatal() or error.code() in LOST), next(iter(wrong), None))

    def _produce(self, producer: Producer, key: bytes, payload: bytes, group: _Group) -> None:
        until = time.monotonic() + self._stated.wait
        while True:
            try:
                producer.produce(self._topic, payload, key, on_delivery=group.heard)
            except BufferError:
                if time.monotonic() > until:
                    raise Full("Kafka takes no more: its queue here is full.", self._stated.wait) from None
                producer.poll(SLICE)
            else:
                return

    def _refused(self, error: KafkaError) -> LogError:
        if error.code() in LARGE:
            return TooLarge(f"An event is larger than the topic '{self._topic}' takes (its max.message.bytes).")
        if error.code() in LATE:
            return LogError(
                f"No broker at {self._stated.brokers} took the events within {self._stated.wait:g} seconds."
            )
        return plain(error, self._stated.brokers)

    def close(self) -> None:
        """Let go of the producer; nothing is under way, for every write waits."""
        self._producer.flush(SLICE)
