"""Replicas: two gateways, two ingesting processes, one ledger and state on PostgreSQL and one log on Kafka."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pytest
import yaml

from events import brokers
from gateway.conftest import free
from gateway.desk_house import House, graph
from govern import signing_house
from govern.signing_house import Bank
from ledger.conftest import fresh_url, server
from secondline.core.canonical import digest_bytes
from secondline.events.kafka.log import of_topic
from secondline.events.log import DECISIONS, Log
from secondline.events.reading import decode
from secondline.events.shapes import Decision
from secondline.gateway import tokens
from secondline.monitor.cells import marks
from secondline.monitor.ingest import group_of
from secondline.monitor.state import State
from secondline.monitor.watched import watch
from secondline.monitor.windows import refresh
from secondline.policy.documents import read_spec

__all__ = ["fresh_url", "server"]
CLIENTS, PATIENCE = 4, 120.0
INGESTING = (0, 1)


def within(condition: Callable[[], Any], what: str | Callable[[], str]) -> Any:
    """Return what a condition gives once it holds."""
    until = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < until, what() if callable(what) else what
        time.sleep(0.02)
    return found


class Estate:
    """A bank whose addresses all name servers, and the processes that run on them."""

    def __init__(self, folder: Path, database: str, log: str) -> None:
        self.folder, self.log = folder, log
        self.state = f"{database}&parts={folder / 'parts'}"
        self.house, self.ports = House(folder / "house"), (free(), free())
        self.urls = [f"http://127.0.0.1:{port}" for port in self.ports]
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        columns = {"score": "p", "label": "bad"}
        self.house.study("1.0", graph(), columns=columns)
        rng = np.random.default_rng(3)
        limit = rng.normal(0, 2, 500)
        score = 1 / (1 + np.exp(-limit))
        table = {"limit": limit, "age": rng.uniform(20, 70, 500), "p": score, "bad": (rng.random(500) < score) * 1}
        pc.write_csv(pa.table(table), self.house.folder / "1.0" / "dev.csv")
        self.token = tokens.add(self.house.folder / "tokens.json", "till", uses=["U-1"])
        today = datetime.now(UTC)
        self.bank = Bank(folder / "runs", day=f"{today - timedelta(days=1):%Y-%m-%d}")
        self.pass_id = self.bank.passed(expires=f"{today + timedelta(days=100):%Y-%m-%d}")
        for number, port in enumerate(self.ports):
            stated = {
                "name": f"till-{number}", "listen": f"127.0.0.1:{port}", "tokens": "tokens.json", "ledger": "../runs",
                "log": log, "state": f"state-{number}", "replicas": 2, "models": {"pd": {"study": "1.0/model.yaml"}},
            }  # fmt: skip
            (self.house.folder / f"gateway-{number}.yaml").write_text(yaml.safe_dump(stated))

    def start(self, name: str, *words: str) -> None:
        """Start a command of secondline under a name."""
        with (self.folder / f"{name}.stderr").open("ab") as said:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "secondline", *words], stdout=said, stderr=said,
                env=os.environ | {"NO_COLOR": "1"},
            )  # fmt: skip

    def gateway(self, number: int) -> None:
        """Start a gateway."""
        name = f"gateway-{number}"
        self.start(name, "gateway", "serve", "--config", str(self.house.folder / f"{name}.yaml"))

    def ready(self, number: int) -> bool:
        """Whether a gateway has a valid pass and a model."""
        try:
            return httpx.get(f"{self.urls[number]}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def ingest(self, number: int) -> None:
        """Start a process that takes events in."""
        self.start(f"ingest-{number}", "monitor", "ingest", "--log", self.log, "--state", self.state, "--json")

    def end(self, name: str, how: signal.Signals) -> int:
        """End a process and return how it ended."""
        process = self.running.pop(name)
        process.send_signal(how)
        return process.wait(PATIENCE)

    def said(self, name: str) -> str:
        """Return what a process said."""
        path = self.folder / f"{name}.stderr"
        return f"{name}: {path.read_text() if path.exists() else ''}"

    def ask(self, client: httpx.Client, number: int, body: dict[str, Any]) -> httpx.Response:
        """Ask a gateway for a decision."""
        head = {"authorization": f"Bearer {self.token}"}
        return client.post(f"{self.urls[number]}/v1/score/pd", json=body, headers=head)


@contextmanager
def standing(folder: Path, database: str, log: str) -> Iterator[Estate]:
    """Yield an estate, and end whatever still runs."""
    made = Estate(folder, database, log)
    try:
        yield made
    finally:
        for process in made.running.values():
            process.kill()
            process.wait(10)
        made.house.close()


class Client(threading.Thread):
    """Sends keyed cases; what is not answered is asked again, of the other gateway if need be, until it is."""

    def __init__(self, number: int, estate: Estate, end: threading.Event) -> None:
        super().__init__(daemon=True)
        self.number, self.estate, self.end = number, estate, end
        self.told: dict[str, str] = {}
        self.odd: list[str] = []
        self.going, self.quiet = threading.Event(), threading.Event()
        self.going.set()

    def run(self) -> None:
        """Ask until the end."""
        count = at = self.number
        with httpx.Client(timeout=5) as client:
            while not self.end.is_set():
                self.quiet.set()
                self.going.wait(PATIENCE)
                self.quiet.clear()
                count += CLIENTS
                body = {"inputs": {"limit": count % 7 - 3.0, "age": 30 + self.number}, "use": "origination"}
                body |= {"key": f"case-{count}", "entity": f"card-{count % 50}"}
                while not self.end.is_set() and not self._told(client, at % 2, body):
                    at += 1  # as a balancer does that finds one gone
                    time.sleep(0.05)

    def _told(self, client: httpx.Client, gateway: int, body: dict[str, Any]) -> bool:
        try:
            answer = self.estate.ask(client, gateway, body)
        except httpx.HTTPError:
            return False
        if answer.status_code != 200:
            if answer.status_code not in {429, 503, 504}:
                self.odd.append(answer.text)
            return False
        self.told[body["key"]] = answer.json()["decision_id"]
        return True


def logged(url: str) -> list[Decision]:
    """Return every decision in the log, repetitions too."""
    log = Log.open(url)
    reader = log.reader(DECISIONS, "test")
    ends = {lag.partition: lag.next for lag in log.lag(DECISIONS, "test")}
    found: list[Any] = []
    until = time.monotonic() + PATIENCE
    while len(found) < sum(ends.values()):
        assert time.monotonic() < until
        found += [decode(payload) for batch in reader.poll(10_000, 0.5) for payload in batch.payloads]
    reader.close()
    log.close()
    return found


def taken(estate: Estate) -> bool:
    """Whether the state has all that the log has."""
    log, state = Log.open(estate.log), State.open(estate.state)
    offsets = state.offsets(DECISIONS)
    ends = [offsets.get(lag.partition, 0) >= lag.next for lag in log.lag(DECISIONS, "test")]
    state.close()
    log.close()
    return all(ends)


def lagging(estate: Estate) -> str:
    """Say how far the log and the state are, and what those who take in have said."""
    log, state = Log.open(estate.log), State.open(estate.state)
    ends = {
        lag.partition: (lag.next, state.offsets(DECISIONS).get(lag.partition)) for lag in log.lag(DECISIONS, "test")
    }
    state.close()
    log.close()
    running = {name: process.poll() for name, process in estate.running.items()}
    return f"log and state by partition: {ends}; {running}; {''.join(estate.said(f'ingest-{n}') for n in INGESTING)}"


@pytest.mark.slow
def test_two_gateways_and_two_monitors_on_servers_are_one(
    tmp_path: Path, fresh_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a killed gateway and a restarted broker what was told is taken in, each case once; then both stop."""
    monkeypatch.setenv("SECONDLINE_DATABASE", fresh_url)
    monkeypatch.setattr(signing_house, "DIGEST", digest_bytes(graph()))
    (tmp_path / "broker").mkdir()
    with brokers.running(brokers.noida(tmp_path / "broker")) as broker:
        url = f"{broker.url}?create=4&session=6&wait=20"
        with standing(tmp_path, fresh_url, url) as estate:
            spec = read_spec(estate.house.folder / "1.0" / "model.yaml")
            watch(State.open(estate.state), spec, estate.house.folder / "1.0")
            told = _through_trouble(estate, broker)
            _stopped(estate)
            for name in ("gateway-0", "gateway-1"):
                assert estate.end(name, signal.SIGTERM) in {0, -signal.SIGTERM}, estate.said(name)
            within(lambda: taken(estate), lambda: lagging(estate))
            for number in INGESTING:
                assert estate.end(f"ingest-{number}", signal.SIGTERM) == 0, estate.said(f"ingest-{number}")
            _each_once(estate, told)


def _joined(estate: Estate, broker: brokers.Broker, number: int) -> None:
    """Start a process that takes in, and wait until its groups stand: this broker forgets who joins while they move."""
    estate.ingest(number)
    state = State.open(estate.state)
    group = of_topic(group_of(state), DECISIONS)
    state.close()
    within(lambda: brokers.settled(broker, group, number + 1), lambda: lagging(estate))


def _through_trouble(estate: Estate, broker: brokers.Broker) -> dict[str, str]:
    """Let clients ask while a gateway is killed and a broker restarted; returns the decision of each key."""
    for number in (0, 1):
        estate.gateway(number)
    for number in INGESTING:
        _joined(estate, broker, number)
    for number in (0, 1):
        within(lambda n=number: estate.ready(n), f"gateway {number} is not ready")  # type: ignore[misc]  # a default
    end = threading.Event()
    clients = [Client(number, estate, end) for number in range(CLIENTS)]
    for client in clients:
        client.start()

    def more(events: int) -> None:
        wanted = sum(len(client.told) for client in clients) + events
        within(lambda: sum(len(client.told) for client in clients) >= wanted, "".join(map(estate.said, estate.running)))

    more(60)
    estate.end("gateway-0", signal.SIGKILL)
    more(40)
    estate.gateway(0)
    within(lambda: estate.ready(0), "the gateway that was killed is not ready again")
    more(40)
    # This broker forgets what it has just confirmed when it ends under load, or otherwise than by an interrupt.
    for client in clients:
        client.going.clear()
    for client in clients:
        assert client.quiet.wait(PATIENCE)
    within(lambda: taken(estate), lambda: lagging(estate))
    broker.stop(signal.SIGINT)
    broker.start()
    for client in clients:
        client.going.set()
    more(60)
    end.set()
    for client in clients:
        client.join(30)
    assert not [client.odd for client in clients if client.odd]
    return {key: id_ for client in clients for key, id_ in client.told.items()}


def _stopped(estate: Estate) -> None:
    """Suspend the pass: both gateways refuse."""
    estate.bank.ledger.act("pass.suspended", "hal", estate.pass_id, reason="drift")
    body = {"inputs": {"limit": 0.0, "age": 30}, "use": "origination"}
    with httpx.Client(timeout=5) as client:
        for number in (0, 1):
            within(lambda n=number: estate.ask(client, n, body).json().get("decision") == "refused", "it decides on")  # type: ignore[misc]  # a default


def _each_once(estate: Estate, told: dict[str, str]) -> None:
    """Hold the monitor's state against the log, and the log against what clients were told."""
    found = logged(estate.log)
    ids: dict[str, set[str]] = defaultdict(set)
    for one in found:
        ids[one.request].add(one.id)
    assert {key: ids[key] for key in told} == {key: {id_} for key, id_ in told.items()}
    distinct = {one.id for one in found}
    state = State.open(estate.state)
    refresh(state)
    held = marks(state, "pd")
    assert sum(mark.rows for mark in held) == len(distinct)
    assert sum(mark.repeated + mark.contradicted for mark in held) == len(found) - len(distinct)
    assert {one.decision for one in found} == {"approve", "decline", "refused"}
    state.close()
