"""Client: the same records, acts and errors through the HTTP API as in the ledger itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from secondline.client import Client
from secondline.core.errors import Conflict, LedgerError, OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.govern.records.inventory import ModelFields
from secondline.web.tokens import make_token
from web.site import Bank, bank, listening


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Bank, str]]:
    """A bank behind a real server on this machine."""
    found = bank(tmp_path)
    with listening(found.app) as url:
        yield found, url


def of(served: tuple[Bank, str], person: str, *, read_only: bool = False) -> Client:
    """Return a client with a token of *person*."""
    found, url = served
    token = make_token(found.ledger, found.site.access, person, found.site.now(), name="test", read_only=read_only)
    return Client(url, token)


def test_reads_what_stands_and_stood(served: tuple[Bank, str]) -> None:
    """Lists, records, histories, events and the head are those of the ledger, today and in the past."""
    ledger = served[0].ledger
    with of(served, "aud") as client:
        assert (client.me().id, client.me().roles) == ("aud", ("auditor",))
        assert [m["id"] for m in client.models()] == ["card-fraud", "retail-pd"]
        assert [m["id"] for m in client.models(family="fraud", tier__le=2)] == ["card-fraud"]
        assert [m["id"] for m in client.models(id__in=["retail-pd"], validator__empty=True)] == ["retail-pd"]
        assert list(client.models(as_of="2020-01-01")) == []
        assert client.get("model", "retail-pd") == ledger.records.get("model", "retail-pd")
        assert client.get("version", "retail-pd@1.0.0")["model"] == "retail-pd"
        assert client.past("model", "retail-pd")[0].kind == "model.registered"
        assert [e.seal for e in client.events()] == [e.seal for e in ledger.records.events(limit=1000)]
        assert client.head() == ledger.head()


def test_acts_once_and_only_on_what_was_seen(served: tuple[Bank, str]) -> None:
    """An act is written by its actor; a key acts once; what changed meanwhile is a conflict."""
    ledger = served[0].ledger
    with of(served, "olga") as client:
        done = client.act("model.registered", "by-api", ModelFields(name="By API", owner="olga"), "New.", key="k1")
        assert done == client.act(
            "model.registered", "by-api", ModelFields(name="By API", owner="olga"), "New.", key="k1"
        )
        (event,) = ledger.records.events(subject="model/by-api")
        assert (event.actor, event.reason, event.via.split()[:2]) == ("olga", "New.", ["api", "token"])
        with pytest.raises(SpecError, match="another statement"):
            client.act("model.changed", "by-api", {"family": "aml"}, key="k1")
        client.act("model.changed", "by-api", {"family": "aml"}, seen=done.seq)
        with pytest.raises(Conflict, match="changed since"):
            client.act("model.changed", "by-api", {"family": "fraud"}, seen=done.seq)


def test_raises_what_the_ledger_raises(served: tuple[Bank, str]) -> None:
    """Each error of the ledger comes back as itself, with its own words."""
    with of(served, "olga") as client, of(served, "aud") as auditor, of(served, "olga", read_only=True) as reader:
        with pytest.raises(UnknownRecord, match="no model 'nothing'"):
            client.get("model", "nothing")
        with pytest.raises(SpecError, match="family"):
            client.act("model.changed", "retail-pd", {"family": "astrology"})
        with pytest.raises(SpecError, match="no facet 'colour'"):
            list(client.models(colour="red"))
        with pytest.raises(Refused, match="needs developer or mrm-head or owner"):
            auditor.act("model.changed", "retail-pd", {"family": "aml"})
        with pytest.raises(Refused, match="only reads"):
            reader.act("model.changed", "retail-pd", {"family": "aml"})
        with pytest.raises(UnknownRecord):
            client.act("model.painted", "retail-pd")
        client.act("use.ended", "U-1", reason="Over.")
        with pytest.raises(OutOfTurn, match="'ended'"):
            client.act("use.changed", "U-1", {"name": "x"})


def test_bad_tokens_and_servers_are_told(served: tuple[Bank, str]) -> None:
    """An unknown token, a server that is not there and one that is not ours each get a sentence."""
    with Client(served[1], "sl_nobody.nothing") as client, pytest.raises(Refused, match="Send a token"):
        client.me()
    with Client("http://127.0.0.1:9", "x") as client, pytest.raises(LedgerError, match="cannot be reached"):
        client.me()
    foreign = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>"))
    with Client("http://x", "x", transport=foreign) as client, pytest.raises(LedgerError, match="not JSON"):
        client.me()
