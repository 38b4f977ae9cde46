"""Running: `secondline gateway serve` from a gateway.yaml, against a signed pass, as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.desk_house import House
from secondline.core.errors import SpecError
from secondline.events.log import DECISIONS, Log
from secondline.gateway import tokens
from secondline.gateway.running import log_of, serving_of
from secondline.gateway.settings import read_settings

CASE = {"inputs": {"limit": 0.0, "age": 30}, "use": "U-1"}


def _within(seconds: float, condition: Callable[[], Any]) -> Any:
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.slow
def test_a_gateway_serves_its_pass_and_stops_when_it_is_suspended(house: House, free_port: int) -> None:
    """Decided by the pass, kept in the log of gateway.yaml; suspended without a restart, refused and on record."""
    house.issue(house.study(), stale_hours=1_000_000, expires="2999-01-01")
    token = tokens.add(house.folder / "tokens.json", "till", uses=["U-1"])
    config = house.settings(top={"listen": f"127.0.0.1:{free_port}", "tokens": "tokens.json"})
    url, head = f"http://127.0.0.1:{free_port}", {"authorization": f"Bearer {token}"}
    command = [sys.executable, "-m", "secondline", "gateway", "serve", "--config", str(config)]
    with (house.folder / "stderr").open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors, env=os.environ | {"NO_COLOR": "1"})
    try:
        _within(60, lambda: _answers(url) or process.poll() is not None)
        good = httpx.post(f"{url}/v1/score/pd", json=CASE, headers=head)
        assert good.status_code == 200, (good.text, (house.folder / "stderr").read_text())
        assert good.json()["arm"] == "champion"
        house.listed({"pass": "P-1", "state": "suspended"})
        _within(
            10, lambda: httpx.post(f"{url}/v1/score/pd", json=CASE, headers=head).json().get("decision") == "refused"
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    decisions = _in_log(house.folder / "decisions.db")
    assert decisions[0]["id"] == good.json()["decision_id"]
    assert decisions[-1]["decision"] == "refused"


def _in_log(path: Path) -> list[dict[str, Any]]:
    log = Log.open(f"sqlite:///{path}")
    reader = log.reader(DECISIONS, "test")
    found: list[dict[str, Any]] = []
    while batches := reader.poll(1000, 0.5):
        found += [json.loads(payload) for batch in batches for payload in batch.payloads]
    reader.close()
    log.close()
    return sorted(found, key=lambda one: (one["decided"], int(one["id"].rpartition("-")[2], 16)))


def test_settings_become_how_it_is_reached(house: House) -> None:
    """Address, TLS, tokens, limits and log come from gateway.yaml, files from its folder."""
    house.issue(house.study())
    top = {
        "listen": "[::1]:8443", "tls": {"certificate": "c.pem", "key": "k.pem"}, "tokens": "t.json",
        "limits": {"rows": 5, "waiting": 7, "deadline": 0.5, "aim": 0.02}, "log": "kafka://a:1",
    }  # fmt: skip
    serving = serving_of(read_settings(house.settings(top=top)), house.folder)
    assert (serving.host, serving.port, serving.most_cases, serving.limit) == ("::1", 8443, 5, 7)
    assert (serving.deadline, serving.target) == (0.5, 0.02)
    assert (serving.certificate, serving.tokens) == (house.folder / "c.pem", house.folder / "t.json")
    assert log_of(read_settings(house.settings(top=top)), house.folder) == "kafka://a:1"
    assert log_of(read_settings(house.settings()), house.folder) == f"sqlite:///{house.folder}/decisions.db"


@pytest.mark.parametrize(
    ("top", "said"),
    [
        ({"listen": "127.0.0.1:99999", "open": True}, "no such port"),
        ({"listen": "0.0.0.0:80", "open": True}, "every machine"),
    ],
)
def test_an_address_that_cannot_be_is_refused(house: House, top: dict[str, Any], said: str) -> None:
    """A port beyond the last, and an open gateway beyond this machine, stop it before anything is loaded."""
    with pytest.raises(SpecError, match=said):
        serving_of(read_settings(house.settings(top=top)), house.folder).must_be_safe()
