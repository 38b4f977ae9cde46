"""The reader: a consumer that starts where the state says, commits nothing by itself, and forgets what is revoked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from secondline.events.kafka.errors import FORBIDDEN, LOCKED, MISSING, RANGE, plain
from secondline.events.kafka.settings import Settings
from secondline.events.log import At, Batch, LogError, OutOfRange

SLICE = 0.25
"""Seconds for which the library is asked at a time, so that an interrupt is heard."""
FATAL = LOCKED | FORBIDDEN | MISSING


class KafkaReader:
    """One member of a consumer group."""

    def __init__(self, client: Mapping[str, Any], topic: str, group: str, at: At, stated: Settings) -> None:
        self._topic, self._at, self._stated = topic, at, stated
        self._where: dict[int, int] = {}
        self._turn = 0
        self._fresh: frozenset[int] = frozenset()
        self._wrong: dict[int, OutOfRange] = {}
        self._trouble: LogError | None = None
        self._locked: KafkaError | None = None
        self._knocked = False
        session = int(stated.session * 1000)
        self._consumer = Consumer(
            {
                **client,
                "error_cb": self._heard,
                "group.id": group,
                "enable.auto.commit": False,
                "on_commit": self._committed,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "error",
                "partition.assignment.strategy": "range",
                "session.timeout.ms": session,
                "heartbeat.interval.ms": max(100, min(3000, session // 3)),
                "max.poll.interval.ms": max(300_000, session),
                "queued.max.messages.kbytes": 32_768,
            }
        )
        self._consumer.subscribe([topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)

    def poll(self, most: int, seconds: float) -> list[Batch]:
        """Return what has arrived, in order by partition; a revocation while polling discards what is revoked."""
        until = time.monotonic() + seconds
        found: list[Message] = []
        while not found:
            self._settle()
            left = until - time.monotonic()
            message = self._consumer.poll(max(0.0, min(SLICE, left)))
            if message is not None:
                found = self._more(message, most)
            elif left <= 0:
                return []
        return self._batches(found)

    def _more(self, first: Message, most: int) -> list[Message]:
        turn = self._turn
        more = self._consumer.consume(most - 1, 0) if most > 1 else []
        messages = more if self._turn != turn else [first, *more]
        return [message for message in messages if self._good(message)]

    def _good(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            return message.partition() in self._where
        if error.code() in RANGE:
            partition = message.partition() or 0
            if partition not in self._where:  # an answer from before it was revoked
                return False
            where = f"Partition {partition} of '{self._topic}' does not hold offset {self._where.get(partition)}"
            why = f"events were dropped unread, or the topic was made anew ({error.str()})"
            self._wrong[partition] = OutOfRange(f"{where}: {why}.")
        elif error.code() in FATAL or error.fatal():
            self._trouble = plain(error, self._stated.brokers)
        return False  # anything else mends itself: the library connects and joins again

    def _batches(self, messages: list[Message]) -> list[Batch]:
        payloads: dict[int, list[bytes]] = {}
        offsets: dict[int, list[int]] = {}
        for message in messages:
            partition, offset = message.partition() or 0, message.offset() or 0
            payloads.setdefault(partition, []).append(message.value() or b"")
            offsets.setdefault(partition, []).append(offset)
        found = []
        for partition, places in offsets.items():
            self._where[partition] = places[-1] + 1
            found.append(Batch(partition, places[0], places[-1] + 1, payloads[partition], places))
        return found

    def assigned(self) -> frozenset[int]:
        """Return the partitions held."""
        return frozenset(self._where)

    def seek(self, to: Mapping[int, int]) -> None:
        """Go on from other offsets, by giving the whole assignment again: that discards what was fetched ahead."""
        for partition in self._where.keys() & to.keys():
            self._where[partition] = to[partition]
            self._wrong.pop(partition, None)
        self._assign()

    def mark(self, done: Mapping[int, int]) -> None:
        """Commit offsets for others to see, without waiting; after a rebalance the broker refuses, which is no harm."""
        places = [TopicPartition(self._topic, p, offset) for p, offset in done.items() if p in self._where]
        if not places:
            return
        try:
            self._consumer.commit(offsets=places, asynchronous=True)
        except KafkaException as error:
            self._committed(error.args[0], places)

    def _committed(self, error: KafkaError | None, _places: list[TopicPartition]) -> None:
        if error is not None and error.code() in FATAL:
            self._trouble = plain(error, self._stated.brokers)

    def _heard(self, error: KafkaError) -> None:
        """Note that a broker does not let us in, which no message tells."""
        if error.code() in LOCKED:
            self._locked = error

    def _knock(self, locked: KafkaError) -> None:
        """Raise if we are not let in a second time; a broker that is going down breaks off like one that refuses."""
        self._locked = None
        try:
            self._consumer.list_topics(self._topic, timeout=self._stated.wait)
        except KafkaException as error:
            if self._knocked:
                raise plain(error.args[0], self._stated.brokers, locked) from error
            self._knocked = True
        else:
            self._knocked = False

    def close(self) -> None:
        """Leave the group."""
        self._where.clear()
        self._consumer.close()

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Note what is new and take nothing yet: where to begin is asked outside of the library's callback."""
        self._turn += 1
        self._fresh = frozenset(place.partition for place in partitions)
        consumer.assign([])

    def _revoked(self, consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        self._turn += 1
        self._fresh = frozenset()
        self._where, self._wrong = {}, {}
        consumer.unassign()

    def _settle(self) -> None:
        """Begin what is new, asked again by the next poll if that fails now; say what went wrong before."""
        if self._fresh:
            try:
                self._where = self._starts(self._fresh)
            except KafkaException as error:
                raise plain(error.args[0], self._stated.brokers) from error
            self._fresh = frozenset()
            self._assign()
        if self._locked:
            self._knock(self._locked)
        if self._trouble:
            trouble, self._trouble = self._trouble, None
            raise trouble
        if self._wrong and not self._doubted():
            raise next(iter(self._wrong.values()))

    def _doubted(self) -> bool:
        """Whether the broker now holds every offset that it said it does not, as one that is just starting may say."""
        for partition in list(self._wrong):
            place = TopicPartition(self._topic, partition)
            try:
                low, high = self._consumer.get_watermark_offsets(place, timeout=self._stated.wait)
            except KafkaException as error:
                raise plain(error.args[0], self._stated.brokers) from error
            if low <= self._where[partition] <= high:
                del self._wrong[partition]
        if self._wrong:
            return False
        self._assign()
        return True

    def _assign(self) -> None:
        self._turn += 1
        good = [TopicPartition(self._topic, p, offset) for p, offset in self._where.items() if p not in self._wrong]
        self._consumer.assign(good)

    def _starts(self, fresh: frozenset[int]) -> dict[int, int]:
        """Return where each partition begins: where the state, the group's mark, or the oldest event says."""
        told = (self._at(fresh) if callable(self._at) else self._at) or {}
        places = [TopicPartition(self._topic, partition) for partition in sorted(fresh - told.keys())]
        # Where the state knows every offset the broker is not asked: it may be busy with the next rebalance.
        marks = self._consumer.committed(places, timeout=self._stated.wait) if places else []
        marked = {mark.partition: mark.offset if mark.offset >= 0 else OFFSET_BEGINNING for mark in marks}
        return {partition: told.get(partition, marked.get(partition, OFFSET_BEGINNING)) for partition in fresh}
