"""The log on Kafka: topics of a cluster, their writers and readers, and errors in plain words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from secondline.core.errors import MissingExtra

try:
    from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
    from confluent_kafka.admin import AdminClient
    from confluent_kafka.cimpl import NewTopic
except ImportError as missing:  # pragma: no cover - every developer has it
    raise MissingExtra.needs("An event log on Kafka", "kafka") from missing

from secondline.events.embedded.log import named
from secondline.events.kafka.errors import LOCKED, plain
from secondline.events.kafka.reader import KafkaReader
from secondline.events.kafka.settings import Settings, settings
from secondline.events.kafka.writer import KafkaWriter
from secondline.events.log import At, Lag, Log, LogError

LOGGER = logging.getLogger("secondline.kafka")
LOGGER.addHandler(logging.NullHandler())


def of_topic(group: str, topic: str) -> str:
    """Return the name that a group has on the broker: one of its own for each topic.

    A process reads several topics by one name. Were they one group there, each of its readers that comes, goes or is
    busy would hold up the readers of all the topics.
    """
    return f"{named(group, 'group')}.{topic}"


class KafkaLog(Log):
    """The topics of a cluster."""

    def __init__(self, stated: Settings) -> None:
        self.settings = stated
        self._said: KafkaError | None = None
        self._admin = self._made()
        self._topics()

    @classmethod
    def at(cls, url: str) -> KafkaLog:
        """Open ``kafka://host:port,host:port?options``; at least one broker has to answer."""
        return cls(settings(url))

    def _client(self, **more: Any) -> dict[str, Any]:
        def heard(error: KafkaError) -> None:
            if self._said is None or self._said.code() not in LOCKED:
                self._said = error

        return {**self.settings.shared, "error_cb": heard, "logger": LOGGER, **more}

    def _made(self) -> AdminClient:
        try:
            return AdminClient(self._client())
        except KafkaException as error:
            raise plain(error.args[0], self.settings.brokers) from error

    def _topics(self) -> dict[str, int]:
        """Return the topics of the cluster with the number of their partitions; asking makes none."""
        found = self._asked(lambda: self._admin.list_topics(timeout=self.settings.wait))
        return {name: len(topic.partitions) for name, topic in found.topics.items() if topic.error is None}

    def _asked(self, ask: Callable[[], Any]) -> Any:
        self._said = None
        try:
            return ask()
        except KafkaException as error:
            self._admin.poll(0)
            raise plain(error.args[0], self.settings.brokers, self._said) from error

    def topic(self, name: str) -> int:
        """Return the number of partitions of a topic, which is made if the address says ``create``."""
        named(name, "topic")
        if count := self._topics().get(name):
            return count
        if not self.settings.create:
            raise LogError(
                f"The cluster at {self.settings.brokers} has no topic '{name}'. Have it made, "
                "or add create=PARTITIONS to the address."
            )
        new = NewTopic(name, num_partitions=self.settings.create, replication_factor=self.settings.copies)
        try:
            self._admin.create_topics([new], operation_timeout=self.settings.wait)[name].result(self.settings.wait)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise plain(error.args[0], self.settings.brokers, self._said) from error
        return self._topics().get(name, self.settings.create)

    def writer(self, topic: str) -> KafkaWriter:
        """Return a writer with a producer of its own."""
        self.topic(topic)
        return KafkaWriter(self._client(), topic, self.settings)

    def reader(self, topic: str, group: str, *, at: At = None) -> KafkaReader:
        """Return a new member of *group*, with a consumer of its own; see ``of_topic`` for its name on the broker."""
        self.topic(topic)
        return KafkaReader(self._client(), topic, of_topic(group, topic), at, self.settings)

    def lag(self, topic: str, group: str) -> list[Lag]:
        """Return how far *group* is behind, by what it marked on the broker."""
        asked = [TopicPartition(topic, partition) for partition in range(self.topic(topic))]
        consumer = Consumer(self._client(**{"group.id": of_topic(group, topic), "enable.auto.commit": False}))
        try:
            marks = self._asked(lambda: consumer.committed(asked, timeout=self.settings.wait))
            return [self._lag(consumer, mark) for mark in marks]
        finally:
            consumer.close()

    def _lag(self, consumer: Consumer, mark: TopicPartition) -> Lag:
        place = TopicPartition(mark.topic, mark.partition)
        low, high = self._asked(lambda: consumer.get_watermark_offsets(place, self.settings.wait))
        return Lag(mark.partition, low, high, mark.offset if mark.offset >= 0 else None)

    def close(self) -> None:
        """Writers and readers hold their own connections; nothing else is kept."""
