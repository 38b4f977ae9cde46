"""Notices: who should hear, hears once, by mail and webhook; failures are tried again, later each time."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from secondline.core.errors import SpecError
from secondline.ledger.access import Access
from secondline.ledger.store import Ledger
from secondline.web.telling import channels
from secondline.web.webhooks import Webhook, resolved, signature
from secondline.workflow.notices import TRIES, Mail, Notice, gather, overdue, send_due
from web.site import filled, listening

NOTICE = Notice("1:vera", "vera", "Finding F-1 <b>\r\nBcc: x@evil.example", "Text.\n\n/records/finding/F-1\n")


class Heard:
    """A channel that remembers, or fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.heard, self.fails = list[tuple[str, str, str]](), fails

    def send(self, notice: Notice, email: str) -> None:
        if self.fails:
            raise ConnectionError("down")
        self.heard.append((notice.person, email, notice.subject))


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Ledger, Access]:
    """A ledger with its secrets, where notices were just switched on."""
    ledger = filled(tmp_path)
    access = Access.of(ledger)
    assert gather(ledger, access, 0.0) == 0
    return ledger, access


def test_whoever_is_concerned_hears_once(kept: tuple[Ledger, Access]) -> None:
    """A role granted is told to its person, once, and never to whoever did it."""
    ledger, access = kept
    ledger.act("role.granted", "ada", "dev", {"role": "owner"}, reason="Both.")
    assert gather(ledger, access, 1.0) == 1
    assert gather(ledger, access, 2.0) == 0
    way = Heard()
    assert send_due(ledger, access, [way], 3.0) == (1, 0)
    assert send_due(ledger, access, [way], 4.0) == (0, 0)
    assert way.heard == [("dev", "dev@bank.example", "You were granted a role")]


def test_failures_are_tried_again_later_each_time(kept: tuple[Ledger, Access]) -> None:
    """After a failure a notice waits, twice as long each time, and is given up in the end."""
    ledger, access = kept
    ledger.act("role.granted", "ada", "dev", {"role": "owner"}, reason="Both.")
    gather(ledger, access, 0.0)
    assert send_due(ledger, access, [Heard(fails=True)], 0.0) == (0, 1)
    assert send_due(ledger, access, [Heard()], 59.0) == (0, 0)
    assert access.notices()[0]["error"] == "ConnectionError: down"
    for i in range(1, TRIES):
        assert send_due(ledger, access, [Heard(fails=True)], 1e6 * i) == (0, 1)
    assert send_due(ledger, access, [Heard()], 1e9) == (0, 0)


def test_whoever_left_is_not_written_to(kept: tuple[Ledger, Access]) -> None:
    """A notice to somebody whose access is closed is not sent."""
    ledger, access = kept
    ledger.act("role.granted", "ada", "dev", {"role": "owner"}, reason="Both.")
    ledger.act("person.left", "ada", "dev", reason="Left.")
    gather(ledger, access, 0.0)
    way = Heard()
    send_due(ledger, access, [way], 0.0)
    assert way.heard == []


def test_nothing_is_overdue_in_an_empty_bank(kept: tuple[Ledger, Access]) -> None:
    """Without findings or validations nobody hears that they are late."""
    assert overdue(kept[0].records, "2099-01-01") == []


@pytest.fixture
def post_office() -> Iterator[tuple[str, list[str]]]:
    """A mail server on this machine that takes everything; its address and what it took."""
    taken, ready, place = list[str](), threading.Event(), list[int]()
    loop = asyncio.new_event_loop()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        data = False
        while line := (await reader.readline()).decode():
            if data:
                taken.append(line.rstrip("\r\n"))
                if line == ".\r\n":
                    data = False
                    writer.write(b"250 ok\r\n")
                continue
            data = line.upper().startswith("DATA")
            writer.write(
                b"354 go\r\n" if data else b"221 bye\r\n" if line.upper().startswith("QUIT") else b"250 ok\r\n"
            )
        writer.close()

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(asyncio.start_server(take, "127.0.0.1", 0))
        place.append(server.sockets[0].getsockname()[1])
        ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(20)
    yield f"smtp://127.0.0.1:{place[0]}", taken
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)


def test_mail_reaches_its_address(post_office: tuple[str, list[str]]) -> None:
    """One message, to one address, whose subject cannot smuggle a header in, with a link that leads to the pages."""
    url, taken = post_office
    mail = Mail(url, "mrm@bank.example", "https://mrm.bank.example")
    mail.send(NOTICE, "vera@bank.example")
    assert "To: vera@bank.example" in taken
    assert not [line for line in taken if line.lower().startswith("bcc:")]
    assert "https://mrm.bank.example/records/finding/F-1" in taken
    before = len(taken)
    mail.send(NOTICE, "")
    mail.send(NOTICE, "a@b\r\nBcc: x")
    assert len(taken) == before


def test_a_webhook_is_signed_and_goes_where_it_is_meant_to() -> None:
    """The receiver can check time and body by the secret; a redirect or a refusal is a failure."""
    heard, answers = list[tuple[dict[str, str], bytes]](), [200, 302, 500]

    async def hear(request: Request) -> Response:
        heard.append((dict(request.headers), await request.body()))
        return Response(status_code=answers.pop(0), headers={"location": "/elsewhere"})

    with listening(Starlette(routes=[Route("/hook", hear, methods=["POST"])])) as url:  # type: ignore[arg-type]  # any application
        hook = Webhook(f"{url}/hook", "s3cret", private=True)
        hook.send(NOTICE, "")
        for _ in range(2):
            with pytest.raises(ConnectionError):
                hook.send(NOTICE, "")
        with pytest.raises(SpecError):
            Webhook(f"{url}/hook", "s3cret").send(NOTICE, "")
    headers, body = heard[0]
    assert headers["x-secondline-signature"] == f"sha256={signature('s3cret', headers['x-secondline-time'], body)}"
    assert json.loads(body)["person"] == "vera"
    assert len(heard) == 3


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "0.0.0.0", "192.168.1.1", "fe80::1", "::ffff:127.0.0.1"],
)
def test_a_webhook_does_not_lead_inside(address: str) -> None:
    """A name that resolves to this machine, the network inside or a cloud's metadata is refused unsent."""
    with pytest.raises(SpecError, match="leads inside"):
        Webhook("https://hook.example/x", "s", resolve=lambda *_: ["93.184.215.14", address]).send(NOTICE, "")


@pytest.mark.parametrize(
    "url", ["http://hook.example", "file:///etc/passwd", "gopher://x", "https://u:p@hook.example", "https:///x"]
)
def test_a_webhook_is_an_https_address(url: str) -> None:
    """Other schemes, and addresses with a name in them, are refused."""
    with pytest.raises(SpecError, match="https address"):
        Webhook(url, "s", resolve=lambda *_: ["93.184.215.14"]).send(NOTICE, "")


def test_ways_named_by_half_are_refused() -> None:
    """A mail server without a sender and a webhook without a secret are mistakes found at the start."""
    assert channels({}) == []
    assert len(channels({"SECONDLINE_SMTP": "smtp://x", "SECONDLINE_MAIL_FROM": "a@b", "SECONDLINE_WEBHOOK": "https://x",
                         "SECONDLINE_WEBHOOK_SECRET": "s"})) == 2  # fmt: skip
    for half in ({"SECONDLINE_SMTP": "smtp://x"}, {"SECONDLINE_WEBHOOK": "https://x"}):
        with pytest.raises(SpecError):
            channels(half)


def test_addresses_are_found_within_a_running_loop() -> None:
    """Whoever sends notices may have a loop running; the look-up waits in a thread of its own."""

    async def within() -> list[str]:
        return resolved("127.0.0.1", 80)

    assert set(asyncio.run(within())) == {"127.0.0.1"}
