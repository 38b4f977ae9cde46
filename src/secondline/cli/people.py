"""People: who may act, in which roles, and by which secrets."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondline.cli.acting import RUNS, Actor, Reason, Store
from secondline.cli.exits import told

if TYPE_CHECKING:
    from secondline.ledger.store import Ledger

app = typer.Typer(help="Add people, grant roles, set passwords, make tokens.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Person = Annotated[str, typer.Argument(help="Short name of the person.", show_default=False)]
RoleName = Annotated[str, typer.Argument(help="A role, such as validator.", show_default=False)]


def _ledger(store: Path) -> Ledger:
    from secondline.ledger.store import Ledger

    return Ledger.open(store)


def _do(
    store: Path, act: str, actor: str, person: str, form: Mapping[str, Any] | None = None, reason: str = ""
) -> dict[str, Any]:
    from secondline.workflow.validate import whoami

    doc = _ledger(store).act(act, actor or whoami(), person, form or {}, reason=reason, via="cli").doc
    _say(f"{person}: {doc.get('state', '')}, roles {', '.join(doc.get('roles', ())) or 'none'}")
    return doc


def _say(text: str) -> None:
    from secondline.cli.screen import console

    console().print(text, soft_wrap=True, markup=False)


@app.command()
def add(
    person: Person,
    name: Annotated[str, typer.Option("--name", help="Full name; the short name when left out.")] = "",
    email: Annotated[str, typer.Option("--email", help="Where notices go.")] = "",
    role: Annotated[list[str] | None, typer.Option("--role", help="A role. Repeatable.")] = None,
    department: Annotated[str, typer.Option("--department", help="Where they work.")] = "",
    service: Annotated[bool, typer.Option("--service", help="It is a program, not a human being.")] = False,
    reason: Reason = "",
    store: Store = RUNS,
    actor: Actor = "",
) -> None:
    """Add a person. The first one must be an admin."""
    with told():
        form = {"name": name or person, "email": email, "roles": role or [], "department": department,
                "kind": "service" if service else "person"}  # fmt: skip
        _do(store, "person.added", actor, person, form, reason)


@app.command("list")
def list_(store: Store = RUNS, as_json: Json = False) -> None:
    """List the people with their roles."""
    with told():
        from secondline.cli.screen import console, grid, print_json

        found = _ledger(store).records.find("person")
        if as_json:
            print_json(found)
            return
        table = grid("person", "*name", "state", "*roles", "*email")
        for p in found:
            cells = (p["id"], p.get("name", ""), p.get("state", ""), ", ".join(p.get("roles", ())), p.get("email", ""))
            table.add_row(*(_plain(c) for c in cells))
        console().print(table if found else "Nobody is registered yet: secondline person add NAME --role admin.")


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@app.command()
def grant(person: Person, role: RoleName, reason: Reason = "", store: Store = RUNS, actor: Actor = "") -> None:
    """Grant a role. Nobody grants rights to themselves."""
    with told():
        _do(store, "role.granted", actor, person, {"role": role}, reason)


@app.command()
def revoke(person: Person, role: RoleName, reason: Reason = "", store: Store = RUNS, actor: Actor = "") -> None:
    """Take a role away."""
    with told():
        _do(store, "role.revoked", actor, person, {"role": role}, reason)


@app.command()
def left(person: Person, reason: Reason = "", store: Store = RUNS, actor: Actor = "") -> None:
    """Close a person's access: sessions end, tokens stop working."""
    with told():
        from secondline.ledger.access import Access

        _do(store, "person.left", actor, person, reason=reason)
        Access.of(_ledger(store)).close_sessions(person)


@app.command()
def password(
    person: Person,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read the password from standard input.")] = False,
    store: Store = RUNS,
) -> None:
    """Set a person's password, on the machine that holds the records."""
    with told():
        from secondline.core.errors import UnknownRecord
        from secondline.ledger.access import Access
        from secondline.web.passwords import hashed

        ledger = _ledger(store)
        if ledger.records.get("person", person) is None:
            raise UnknownRecord.of("person", person)
        typed = sys.stdin.readline().rstrip("\n") if stdin else typer.prompt("Password", hide_input=True)
        Access.of(ledger).set_password(person, hashed(typed), time.time())
        _say(f"{person}: password set; every session of theirs has ended.")


@app.command()
def invite(person: Person, store: Store = RUNS) -> None:
    """Make a one-time link by which a person sets their own password, within three days."""
    with told():
        from secondline.ledger.access import Access
        from secondline.web.tokens import invitation

        ledger = _ledger(store)
        _say(invitation(ledger, Access.of(ledger), person, time.time()))


@app.command()
def token(
    person: Person,
    name: Annotated[str, typer.Option("--for", help="What will use it.")],
    role: Annotated[list[str] | None, typer.Option("--role", help="A role of theirs. Repeatable.")] = None,
    days: Annotated[int, typer.Option("--days", help="How long it lasts, 90 at most.")] = 30,
    read_only: Annotated[bool, typer.Option("--read-only", help="It only reads.")] = False,
    store: Store = RUNS,
) -> None:
    """Make a token for a program that acts for a person, and print it, this once."""
    with told():
        from secondline.ledger.access import Access
        from secondline.web.tokens import make_token

        ledger, given = _ledger(store), tuple(role or ())
        access, now = Access.of(ledger), time.time()
        made = make_token(ledger, access, person, now, name=name, roles=given, days=days, read_only=read_only)
        print(made)  # noqa: T201 - this is the output


@app.command()
def tokens(
    person: Annotated[str, typer.Argument(help="Whose; everybody's when left out.")] = "", store: Store = RUNS
) -> None:
    """List tokens."""
    with told():
        from secondline.cli.screen import console, grid
        from secondline.ledger.access import Access

        table, now = grid("token", "person", "*for", "*roles", "state"), time.time()
        for t in Access.of(_ledger(store)).tokens(person):
            state = "revoked" if t.revoked else "expired" if t.expires < now else "active"
            table.add_row(t.id, _plain(t.person), _plain(t.name), ", ".join(t.roles), state)
        console().print(table)


@app.command("revoke-token")
def revoke_token(token_id: Annotated[str, typer.Argument(help="Its id.")], store: Store = RUNS) -> None:
    """Revoke a token at once."""
    with told():
        from secondline.core.errors import UnknownRecord
        from secondline.ledger.access import Access

        if not Access.of(_ledger(store)).revoke_token(token_id.removeprefix("sl_").partition(".")[0], time.time()):
            raise UnknownRecord.of("token", token_id)
        _say("Revoked.")
