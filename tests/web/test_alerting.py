"""Alerting: alarms reach an Alertmanager and a webhook in their own forms, signed, again until taken, never inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from govern.watchhouse import SHOWN, WatchHouse
from secondline.core.errors import SpecError
from secondline.ledger.access import Access
from secondline.web.alerting import NEVER, AlertHook, Alertmanager, fingerprint, labels_of, send_alarms
from secondline.web.telling import sinks
from secondline.web.webhooks import Webhook, signature
from web.site import listening

NOW = 1_777_600_000.0


class Stub:
    """A system that remembers what it was told, and may refuse."""

    def __init__(self) -> None:
        self.heard, self.status = list[tuple[str, dict[str, str], Any]](), 200

    async def take(self, request: Request) -> Response:
        """Remember a request."""
        body = await request.body()
        self.heard.append((request.url.path, dict(request.headers), json.loads(body)))
        at, signed = request.headers.get("x-secondline-time", ""), request.headers.get("x-secondline-signature", "")
        self.signed = signed == f"sha256={signature('s3cret', at, body)}"
        return Response(status_code=self.status)


@pytest.fixture
def stub() -> Iterator[tuple[str, Stub]]:
    """A server on this machine that takes anything."""
    found = Stub()
    app: Any = Starlette(routes=[Route("/{path:path}", found.take, methods=["POST"])])
    with listening(app) as url:
        yield url, found


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    """A watched house."""
    return WatchHouse(tmp_path)


def test_an_alertmanager_hears_of_every_open_alarm_each_round(house: WatchHouse, stub: tuple[str, Stub]) -> None:
    """Labels, annotations, begin and an end that says how long it holds; after the closing the real end."""
    url, heard = stub
    access, sink = Access.of(house.ledger), Alertmanager(url, "t0ken", "https://mrm.example", private=True)
    assert send_alarms(house.ledger, access, [sink], NOW) == []
    assert heard.heard == []
    alarm = house.alarm()
    for _ in range(2):
        assert send_alarms(house.ledger, access, [sink], NOW) == []
    path, headers, (one,) = heard.heard[-1]
    assert (len(heard.heard), path, headers["authorization"]) == (2, "/api/v2/alerts", "Bearer t0ken")
    assert one["labels"] == labels_of(house.get("alarm", alarm))
    assert (one["labels"]["severity"], one["startsAt"][:10]) == ("critical", "2026-05-01")
    assert one["endsAt"] > one["startsAt"]
    assert one["generatorURL"] == "https://mrm.example/alarms/AL-1"
    house.do("alarm.acted", "own", alarm, action="investigate", done="x")
    house.do("alarm.closed", "own", alarm, found="x")
    send_alarms(house.ledger, access, [sink], NOW)
    closed = heard.heard[-1][2][0]
    assert closed["endsAt"][:10] == "2026-05-01"
    later = len(heard.heard)
    send_alarms(house.ledger, access, [sink], NOW + 86_400 * 365)
    assert len(heard.heard) == later


def test_a_webhook_hears_of_each_change_in_alertmanagers_form(house: WatchHouse, stub: tuple[str, Stub]) -> None:
    """Version 4, signed with the time; what was taken is not sent again, what was refused is."""
    url, heard = stub
    access, sink = Access.of(house.ledger), AlertHook(Webhook(f"{url}/hook", "s3cret", private=True))
    alarm = house.alarm()
    house.alarm(version="2.0")
    heard.status = 503
    assert "503" in send_alarms(house.ledger, access, [sink], NOW)[0]
    heard.status = 200
    assert send_alarms(house.ledger, access, [sink], NOW) == []
    assert send_alarms(house.ledger, access, [sink], NOW) == []
    assert len(heard.heard) == 2
    assert heard.signed
    told = heard.heard[-1][2]
    assert (told["version"], told["status"], told["groupLabels"]) == ("4", "firing", {"model": "pd-retail"})
    assert [a["endsAt"] for a in told["alerts"]] == [NEVER, NEVER]
    assert told["alerts"][0]["fingerprint"] == fingerprint(told["alerts"][0]["labels"])
    assert told["commonLabels"]["metric"] == "stability.score_psi"
    assert "version" not in told["commonLabels"]
    house.do("alarm.refreshed", "eye", alarm, **SHOWN)
    house.do("alarm.acted", "own", alarm, action="investigate", done="x")
    house.do("alarm.closed", "own", alarm, found="x")
    send_alarms(house.ledger, access, [sink], NOW)
    told = heard.heard[-1][2]
    assert (told["status"], [a["status"] for a in told["alerts"]]) == ("resolved", ["resolved"])


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://127.0.0.1", "https://user@hook.example", "ftp://x"])
def test_alarms_go_nowhere_inside_by_accident(house: WatchHouse, url: str) -> None:
    """An address inside, without https or with a name in it is refused; the alarm waits."""
    house.alarm()
    access = Access.of(house.ledger)
    for sink in (Alertmanager(url), AlertHook(Webhook(url, "s"))):
        assert "SpecError" in send_alarms(house.ledger, access, [sink], NOW)[0]
        assert access.mark(sink.name) == 0


def test_a_system_that_is_down_is_told_later(house: WatchHouse) -> None:
    """What cannot be reached is a trouble, not an end."""
    house.alarm()
    sink = Alertmanager("http://127.0.0.1:9", private=True)
    assert "ConnectionError" in send_alarms(house.ledger, Access.of(house.ledger), [sink], NOW)[0]


def test_sinks_come_from_the_environment() -> None:
    """None unless named; a webhook without its secret is refused."""
    assert sinks({}) == []
    found = sinks({
        "SECONDLINE_ALERTMANAGER": "https://am.example", "SECONDLINE_ALERT_WEBHOOK": "https://hook.example",
        "SECONDLINE_ALERT_WEBHOOK_SECRET": "s", "SECONDLINE_URL": "https://mrm.example/",
    })  # fmt: skip
    assert [type(one) for one in found] == [Alertmanager, AlertHook]
    assert found[0].name != found[1].name
    with pytest.raises(SpecError, match="ALERT_WEBHOOK_SECRET"):
        sinks({"SECONDLINE_ALERT_WEBHOOK": "https://hook.example"})
