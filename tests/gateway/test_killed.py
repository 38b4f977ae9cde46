"""Killed: a gateway that is killed at any moment has every decision it told of in its log, and each case once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from secondline.events.log import DECISIONS, Log

KILLS = int(os.environ.get("SECONDLINE_KILLS", "25"))
CLIENTS = 6
HERE = Path(__file__).parent
SERVER = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from desks import SumDesk
from secondline.gateway.journal import LogJournal
from secondline.gateway.listening import Patient
from secondline.gateway.server import Serving, serve
folder = Path(sys.argv[1])
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in sys.stdin:
    pid = os.fork()
    if pid == 0:
        journal = LogJournal.at(f"sqlite:///{folder}/events.db", folder / "state")
        serve(SumDesk(), journal, Serving(port=int(sys.argv[2]), open=True, trace=False))
        os._exit(0)
    print(pid, flush=True)
"""


class Gateways:
    """Starts gateways one after the other, from a process that has everything imported, so that it takes no time."""

    def __init__(self, folder: Path, port: int) -> None:
        command = [sys.executable, "-c", SERVER, str(folder), str(port), str(HERE.parent)]
        self._errors, self._port, self._folder = (folder / "stderr").open("ab"), port, folder
        self._parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)

    def start(self) -> int:
        """Start one, wait until it answers, and return its process."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(b"\n")
        self._parent.stdin.flush()
        pid = int(self._parent.stdout.readline() or b"0")
        until = time.monotonic() + 30
        while True:
            assert pid, (self._folder / "stderr").read_text()
            try:
                httpx.get(f"http://127.0.0.1:{self._port}/livez", timeout=1)
            except httpx.HTTPError:
                assert time.monotonic() < until, (self._folder / "stderr").read_text()
                time.sleep(0.01)
            else:
                return pid

    def end(self, pid: int, how: signal.Signals) -> None:
        """End one, and wait until it is gone."""
        os.kill(pid, how)
        until = time.monotonic() + 30
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < until
            time.sleep(0.005)

    def close(self) -> None:
        """End the process that starts them."""
        self._parent.communicate()
        self._errors.close()


class Client(threading.Thread):
    """Sends cases one after the other, with a key each when *keyed*, and keeps what it was told."""

    def __init__(self, number: int, port: int, end: threading.Event) -> None:
        super().__init__(daemon=True)
        self.number, self.port, self.end = number, port, end
        self.keyed = number % 2 == 0
        self.told: list[str] = []
        self.answers: dict[str, str] = {}
        self.odd: list[Any] = []

    def run(self) -> None:
        """Ask until the end; a keyed case is asked again, with the same key, until it is answered."""
        count = 0
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=5) as client:
            while not self.end.is_set():
                count += 1
                key = f"{self.number}-{count}"
                body = {"inputs": {"x1": count, "x2": self.number, "x3": 0}, "entity": key}
                while not self._asked(client, body | ({"key": key} if self.keyed else {}), key):
                    if not self.keyed or self.end.is_set():
                        break

    def _asked(self, client: httpx.Client, body: dict[str, Any], key: str) -> bool:
        try:
            answer = client.post("/v1/score/cards", json=body)
        except httpx.HTTPError:
            time.sleep(0.01)
            return False
        if answer.status_code != 200:
            if answer.status_code != 503:
                self.odd.append(answer.text)
            return False
        self.told.append(answer.json()["decision_id"])
        self.answers[key] = answer.json()["decision_id"]
        return True


@pytest.mark.slow
def test_no_decision_that_was_told_is_lost_and_keyed_cases_are_decided_once(tmp_path: Path, free_port: int) -> None:
    """After kill -9 at random moments under load every acknowledged decision is in the log, and no keyed case twice."""
    rng, end = random.Random(5), threading.Event()
    gateways = Gateways(tmp_path, free_port)
    pid = gateways.start()
    clients = [Client(i, free_port, end) for i in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.02, 0.25))
        gateways.end(pid, signal.SIGKILL)
        pid = gateways.start()
    end.set()
    for client in clients:
        client.join(20)
    gateways.end(pid, signal.SIGTERM)
    gateways.close()
    decisions = _in_log(tmp_path)
    logged = Counter(one["id"] for one in decisions)
    told = [id_ for client in clients for id_ in client.told]
    assert not [client.odd for client in clients if client.odd]
    assert len(told) > KILLS
    assert not set(told) - set(logged)
    by_key: dict[str, set[str]] = {}
    for one in decisions:
        if "request" in one:
            by_key.setdefault(one["request"], set()).add(one["id"])
    assert not {key: ids for key, ids in by_key.items() if len(ids) > 1}
    assert all(by_key[key] == {id_} for client in clients if client.keyed for key, id_ in client.answers.items())


def _in_log(folder: Path) -> list[dict[str, Any]]:
    log = Log.open(f"sqlite:///{folder}/events.db")
    reader = log.reader(DECISIONS, "test")
    found: list[dict[str, Any]] = []
    empty = 0
    while empty < 3:
        batches = reader.poll(10_000, 0.2)
        empty = 0 if batches else empty + 1
        found += [json.loads(payload) for batch in batches for payload in batch.payloads]
    reader.close()
    log.close()
    return found
