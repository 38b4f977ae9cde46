"""A small bank with its people, served in-process or on a free port of this machine, for the tests of pages."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.ledger.access import Access
from secondline.ledger.store import Ledger
from secondline.web.app import create_app
from secondline.web.settings import Settings
from secondline.web.site import Site
from secondline.web.visitor import new_secret

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette prefers another client by now; this one is ours already
    from starlette.testclient import TestClient

if TYPE_CHECKING:
    from fastapi import FastAPI

HOST = "127.0.0.1"
PEOPLE = {
    "ada": ["admin"], "dev": ["developer"], "olga": ["owner"], "vera": ["validator"], "abe": ["approver"],
    "mira": ["mrm-head"], "aud": ["auditor"],
}  # fmt: skip
MODEL = {"name": "Retail PD", "kind": "model", "family": "credit", "owner": "olga", "developer": "dev",
         "business_line": "Cards", "description": "Probability of default of cards."}  # fmt: skip


def filled(folder: Path) -> Ledger:
    """Return a ledger with one person in each role, two models, a version, a use, a source and a dependency."""
    ledger = Ledger.open(folder)
    for person, roles in PEOPLE.items():
        facts = {"name": f"{person.title()} Example", "email": f"{person}@bank.example", "roles": roles}
        ledger.act("person.added", "ada", person, facts, reason="Set up.")
    ledger.act("model.registered", "olga", "retail-pd", MODEL)
    ledger.act("model.registered", "olga", "card-fraud", {**MODEL, "name": "Card fraud", "family": "fraud"})
    ledger.act("version.registered", "dev", "retail-pd@1.0.0",
               {"model": "retail-pd", "version": "1.0.0", "developers": ["dev"]})  # fmt: skip
    ledger.act("use.proposed", "olga", "", {"model": "retail-pd", "name": "Card origination"})
    ledger.act("source.registered", "olga", "bureau", {"name": "Credit bureau"})
    ledger.act("link.made", "olga", "", {"frm": "source/bureau", "to": "model/retail-pd", "kind": "data"})
    return ledger


@dataclass
class Bank:
    """A served ledger, and browsers of its people."""

    ledger: Ledger
    app: FastAPI
    site: Site

    def as_(self, person: str, **settings: Any) -> TestClient:
        """Return a browser in which *person* is signed in ('' for a stranger); redirects are not followed."""
        client = TestClient(self.app, base_url="http://127.0.0.1", follow_redirects=False, **settings)
        if person:
            client.cookies.set(self.site.settings.cookie, self.session(person))
        return client

    def session(self, person: str) -> str:
        """Return the secret of a new session of *person*."""
        secret = new_secret()
        self.site.access.open_session(secret, person, self.site.now(), self.site.settings.absolute)
        return secret

    def csrf(self, client: TestClient) -> str:
        """Return the token that forms must carry in this browser."""
        from secondline.web.visitor import ANONYMOUS_COOKIE, Visitor

        secret = client.cookies.get(self.site.settings.cookie) or client.cookies.get(ANONYMOUS_COOKIE) or ""
        return Visitor(secret=secret).csrf

    def do(self, client: TestClient, act: str, id_: str = "", reason: str = "", **form: str) -> Any:
        """Send the form of an act, as a browser would."""
        typed = {f"f.{name}": value for name, value in form.items()}
        return client.post(f"/do/{act}", data={"csrf": self.csrf(client), "id": id_, "reason": reason, **typed})


def bank(folder: Path, ledger: Ledger | None = None, **settings: Any) -> Bank:
    """Return a bank served in-process; *ledger* is a filled one of your own, if you have it."""
    ledger = ledger or filled(folder)
    chosen = replace(Settings(per_minute=0), **settings)
    app = create_app(ledger, chosen)
    return Bank(ledger, app, app.state.site)


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serve *app* by a real server on a free port of this machine; yields its address."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started and time.monotonic() < end:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def secrets_of(ledger: Ledger) -> Access:
    """Return the secrets kept beside a ledger."""
    return Access.of(ledger)
