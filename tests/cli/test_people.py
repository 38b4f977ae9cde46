"""People on the terminal: added, granted and given tokens by the rules of everywhere; secrets are shown once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from secondline.cli import acting
from secondline.cli.app import app
from secondline.ledger.access import Access
from secondline.ledger.store import Ledger
from secondline.web.settings import Settings

SECRET = "a sentence that is long enough"


def run(store: Path, *words: str, typed: str = "") -> Result:
    """Run a command on a store."""
    return CliRunner().invoke(app, [*words, "--store", str(store)], input=typed)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with an admin and a validator."""
    for words in (("ada", "--role", "admin"), ("vera", "--name", "Vera Rubin", "--role", "validator")):
        done = run(tmp_path, "person", "add", *words, "--actor", "ada")
        assert done.exit_code == 0, done.output
    return tmp_path


def test_people_are_added_changed_and_listed(store: Path) -> None:
    """Roles come and go with a reason; whoever leaves is listed as such."""
    assert run(store, "person", "grant", "vera", "mrm-head", "--reason", "x", "--actor", "ada").exit_code == 0
    assert run(store, "person", "revoke", "vera", "validator", "--reason", "x", "--actor", "ada").exit_code == 0
    assert run(store, "person", "left", "vera", "--reason", "x", "--actor", "ada").exit_code == 0
    listed = json.loads(run(store, "person", "list", "--json").output)
    assert [(p["id"], p["state"], p["roles"]) for p in listed] == [
        ("ada", "active", ["admin"]), ("vera", "left", ["mrm-head"]),
    ]  # fmt: skip
    assert "Vera Rubin" in run(store, "person", "list").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("person", "add", "x", "--role", "king", "--actor", "ada"), "roles"),
        (("person", "add", "vera", "--actor", "ada"), "There is a person 'vera' already"),
        (("person", "add", "x", "--actor", "vera"), "may not"),
        (("person", "grant", "ada", "owner", "--reason", "x", "--actor", "ada"), "nobody grants rights to themselves"),
        (("person", "grant", "vera", "owner", "--actor", "ada"), "give a reason"),
        (("person", "left", "ada", "--reason", "x", "--actor", "ada"), "last admin"),
        (("person", "password", "nobody", "--stdin"), "no person 'nobody'"),
        (("person", "password", "vera", "--stdin"), "12 to"),
        (("person", "invite", "nobody"), "no active person"),
        (("person", "token", "vera", "--for", "x", "--role", "admin"), "has not the roles admin"),
        (("person", "token", "vera", "--for", "x", "--days", "91"), "1 to 90"),
        (("person", "revoke-token", "nothing"), "no token"),
        (("up", "--host", "0.0.0.0"), "without https"),
        (("up", "--issuer", "https://x"), "client id"),
    ],
)
def test_what_may_not_be_is_told(store: Path, words: tuple[str, ...], said: str) -> None:
    """Each refusal is one sentence and exit code 2."""
    done = run(store, *words, typed="short\n")
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_secrets_are_given_and_taken(store: Path) -> None:
    """A password set, a token made, listed without its secret and revoked."""
    assert run(store, "person", "password", "vera", "--stdin", typed=SECRET + "\n").exit_code == 0
    access = Access.of(Ledger.open(store))
    assert access.password("vera")
    token = run(store, "person", "token", "vera", "--for", "export", "--read-only").output.strip()
    assert token.startswith("sl_")
    listed = run(store, "person", "tokens", "vera").output
    assert "active" in listed
    assert token.partition(".")[2] not in listed
    assert run(store, "person", "revoke-token", token).exit_code == 0
    assert "revoked" in run(store, "person", "tokens").output
    assert run(store, "person", "invite", "vera").output.startswith("/welcome/")


def test_the_first_start_makes_an_admin_and_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On an empty folder `up` registers the admin and prints a one-time link; with a password there, it does not."""
    served = list[Settings]()
    monkeypatch.setattr("secondline.web.server.serve", lambda _, settings: served.append(settings))
    first = run(tmp_path, "up", "--admin", "root", "--port", "8765")
    assert first.exit_code == 0, first.output
    assert "http://127.0.0.1:8765/welcome/" in first.output.replace("\n", "")
    ledger = Ledger.open(tmp_path)
    assert ledger.records.need("person", "root")["roles"] == ["admin"]
    Access.of(ledger).set_password("root", "hash", 0.0)
    again = run(tmp_path, "up", "--name", "mrm.bank.example", "--secure")
    assert "welcome" not in again.output
    assert served[-1].secure
    assert "mrm.bank.example" in served[-1].hosts
    assert Path("runs") == acting.RUNS
