"""Logs to test on: the embedded one, and Kafka on brokers that come as packages or within the client library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from events import brokers
from events.brokers import Broker


@pytest.fixture(scope="session")
def noida(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that keeps its topics in a folder."""
    with brokers.running(brokers.noida(tmp_path_factory.mktemp("noida"))) as broker:
        yield broker


@pytest.fixture(scope="session")
def tansu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that keeps its topics in memory."""
    with brokers.running(brokers.tansu(tmp_path_factory.mktemp("tansu"))) as broker:
        yield broker


@pytest.fixture(scope="session")
def mock() -> brokers.Mock:
    """The mock cluster of the client library."""
    return brokers.Mock()


@pytest.fixture(params=["embedded", "noida", "tansu"])
def url(request: pytest.FixtureRequest, tmp_path: Path, topic: str) -> str:
    """The address of a log of each kind, with four partitions and readers that are missed soon."""
    if request.param == "embedded":
        return f"sqlite:///{tmp_path / 'events.db'}?lease=1"
    broker: Broker | brokers.Mock = request.getfixturevalue(request.param)
    if isinstance(broker, brokers.Mock):
        broker.make(topic)
        return f"{broker.url}?session=6&wait=20"
    return f"{broker.url}?create=4&session=6&wait=20"


@pytest.fixture
def topic() -> str:
    """A topic nobody used before."""
    return f"t-{uuid4().hex}"


@pytest.fixture
def run() -> Callable[[int], list[tuple[bytes, bytes]]]:
    """A function that makes keyed payloads, numbered within their key."""

    def make(count: int) -> list[tuple[bytes, bytes]]:
        return [(b"k%d" % (i % 23), b'{"key":%d,"n":%d}' % (i % 23, i // 23)) for i in range(count)]

    return make
