"""Serving: the up command, which opens the web pages and the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from secondline.cli.acting import RUNS, Store
from secondline.cli.exits import told

if TYPE_CHECKING:
    from secondline.ledger.access import Access
    from secondline.ledger.store import Ledger
    from secondline.web.settings import Oidc


def up(
    store: Store = RUNS,
    host: Annotated[str, typer.Option(help="Address to listen on.", envvar="SECONDLINE_HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.", envvar="SECONDLINE_PORT")] = 8400,
    secure: Annotated[
        bool, typer.Option("--secure", help="People come by https (through a proxy).", envvar="SECONDLINE_SECURE")
    ] = False,
    name: Annotated[
        list[str] | None, typer.Option("--name", help="A host name people use. Repeatable.", envvar="SECONDLINE_NAMES")
    ] = None,
    studies: Annotated[
        str, typer.Option("--studies", help="Folder whose model.yaml files may be run from the pages.")
    ] = "",
    admin: Annotated[str, typer.Option("--admin", help="Short name of the first admin.")] = "admin",
    issuer: Annotated[str, typer.Option(help="Identity provider's address.", envvar="SECONDLINE_OIDC_ISSUER")] = "",
    client: Annotated[str, typer.Option(help="Our id there.", envvar="SECONDLINE_OIDC_CLIENT")] = "",
    database: Annotated[str, typer.Option(help="URL of a database server.", envvar="SECONDLINE_DATABASE")] = "",
) -> None:
    """Open the web pages and the HTTP API on this machine."""
    with told():
        from secondline.core.errors import MissingExtra
        from secondline.ledger.access import Access
        from secondline.ledger.store import Ledger

        try:
            from secondline.web.server import serve
            from secondline.web.settings import LOOPBACK, Settings
        except ImportError as error:
            raise MissingExtra.needs("The web", "web") from error
        settings = Settings(
            host=host,
            port=port,
            secure=secure,
            hosts=(*LOOPBACK, *(name or ())),
            oidc=_provider(issuer, client),
            studies=studies,
        )
        settings.must_be_safe()
        ledger = Ledger.open(store, database=database)
        _greet(ledger, Access.of(ledger), f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}", admin)  # noqa: S104 - compared, not bound
        serve(ledger, settings)


def _provider(issuer: str, client: str) -> Oidc | None:
    import os

    from secondline.core.errors import SpecError
    from secondline.web.settings import Oidc

    if not issuer:
        return None
    if not client:
        raise SpecError("Single sign-on needs our client id: --client, and SECONDLINE_OIDC_SECRET in the environment.")
    return Oidc(issuer, client, os.environ.get("SECONDLINE_OIDC_SECRET", ""))


def _greet(ledger: Ledger, access: Access, address: str, admin: str) -> None:
    """Say where the pages are; while nobody can sign in, make the one-time link for the first admin."""
    import time

    from secondline.cli.screen import console
    from secondline.web.tokens import invitation

    out = console()
    people = [p for p in ledger.records.find("person", state="active") if "admin" in p.get("roles", ())]
    if not ledger.records.count("person").get((), 0):
        ledger.act("person.added", admin, admin, {"name": admin, "roles": ["admin"]}, reason="First start.", via="up")
        people = [{"id": admin}]
    if not access.anyone():
        person = admin if admin in {p["id"] for p in people} else people[0]["id"]
        link = invitation(ledger, access, person, time.time())
        out.print(f"Nobody has a password yet. [bold]{person}[/] sets one here, once, within three days:")
        out.print(f"{address}{link}", soft_wrap=True)
    out.print(f"secondline is at [bold]{address}[/]  (Ctrl+C stops it)")
