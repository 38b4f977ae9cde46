"""Access: secrets and sessions, the same in a file and on a server."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from secondline.ledger.access import FILE, Access, Token, fingerprint
from secondline.ledger.store import Ledger


@pytest.fixture
def access(ledger: Ledger) -> Access:
    """Return the secrets of a new ledger, once on each kind of database."""
    return Access.of(ledger)


def test_a_new_password_ends_every_session(access: Access) -> None:
    """And only of that person."""
    assert not access.anyone()
    access.set_password("ann", "hash-1", 1.0)
    for secret, person in (("s1", "ann"), ("s2", "ann"), ("s3", "bob")):
        access.open_session(secret, person, 2.0, 100.0)
    access.set_password("ann", "hash-2", 3.0)
    assert (access.password("ann"), access.password("bob"), access.anyone()) == ("hash-2", None, True)
    assert [access.session(s) is None for s in ("s1", "s2", "s3")] == [True, True, False]


def test_a_session_is_known_by_its_secret_alone(access: Access) -> None:
    """Used, confirmed and closed; what is stored opens nothing."""
    access.open_session("secret", "ann", 10.0, 100.0)
    session = access.session("secret")
    assert session
    access.touch(session, 20.0, confirmed=True)
    again = access.session("secret")
    assert again
    assert (again.person, again.opened, again.seen, again.confirmed) == ("ann", 10.0, 20.0, 20.0)
    assert access.session(fingerprint("secret")) is None
    access.close_session("secret")
    assert access.session("secret") is None


def test_tokens_are_kept_used_and_revoked(access: Access) -> None:
    """Once revoked a token cannot be revoked again."""
    access.add_token(Token("t1", "ann", "ci", ("owner",), True, 1.0, 99.0, 0.0, 0.0, fingerprint("x")))
    access.use_token("t1", 5.0)
    token = access.token("t1")
    assert token
    assert (token.roles, token.read_only, token.used) == (("owner",), True, 5.0)
    assert (access.revoke_token("t1", 6.0), access.revoke_token("t1", 7.0)) == (True, False)
    assert [t.revoked for t in access.tokens("ann")] == [6.0]
    assert access.tokens("bob") == []


def test_an_invitation_opens_once(access: Access) -> None:
    """The newest one, before it is too old, for the first who uses it."""
    access.invite("old", "ann", 100.0)
    access.invite("new", "ann", 100.0)
    assert (access.invited("old", 1.0), access.invited("new", 101.0)) == (None, None)
    assert (access.accept("new", 1.0), access.accept("new", 1.0)) == ("ann", None)


def test_failures_are_counted_until_one_succeeds(access: Access) -> None:
    """With the instant until which the door is closed."""
    access.fail("ann", 5.0)
    access.fail("ann", 9.0)
    assert access.attempts("ann") == (2, 9.0)
    access.succeed("ann")
    assert access.attempts("ann") == (0, 0.0)


def test_a_question_is_answered_once(access: Access) -> None:
    """The same key is claimed by one question; freed when nothing was done."""
    assert access.claim("ann", "k", "digest", 1.0)
    assert not access.claim("ann", "k", "digest", 2.0)
    access.settle("ann", "k", 201, "done")
    assert access.answer("ann", "k") == ("digest", 201, "done")
    assert access.claim("bob", "k", "digest", 1.0)
    access.settle("bob", "k", 0, "")
    assert access.answer("bob", "k") is None


def test_reads_are_noted_and_notices_wait(access: Access) -> None:
    """Newest first; a notice is posted once, whoever looks again."""
    access.note_read("2026-01-01T00:00:00Z", "ann", "person", "bob", "web")
    assert [(r["person"], r["id"]) for r in access.reads()] == [("ann", "bob")]
    notice = {"key": "n1", "person": "ann", "subject": "s", "body": "b"}
    assert [access.post([notice], "notices", mark, 1.0) for mark in (7, 9)] == [1, 0]
    assert access.mark("notices") == 9
    assert [n["key"] for n in access.waiting(2.0, 3)] == ["n1"]


def test_the_file_of_secrets_is_its_owners(tmp_path: Path) -> None:
    """Beside the ledger, not in it, and nobody else's to read."""
    Access.of(Ledger.open(tmp_path))
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
