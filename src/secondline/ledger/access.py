"""Access: the secrets by which people are known (passwords, sessions, tokens). They change, so they are no events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.ledger.database import open_engine

if TYPE_CHECKING:
    from sqlalchemy import Engine, MetaData, Table

    from secondline.ledger.store import Ledger

FILE = "access.sqlite"
DAY = 86_400

SIGN_IN = "sign-in"
"""What stands as the record where somebody signed in."""


def fingerprint(secret: str) -> str:
    """Return what is kept of a random secret: its SHA-256, which is enough to know it again."""
    return sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in, from one browser."""

    key: str
    person: str
    opened: float
    seen: float
    confirmed: float
    """When the password was last given."""


@dataclass(frozen=True, slots=True)
class Token:
    """A secret by which a program acts for a person, with at most the roles named."""

    id: str
    person: str
    name: str
    roles: tuple[str, ...]
    read_only: bool
    made: float
    expires: float
    used: float
    revoked: float
    hash: str = ""


@cache
def _tables() -> tuple[MetaData, dict[str, Table]]:
    from sqlalchemy import Boolean, Column, Float, Integer, MetaData, Table, Text

    meta = MetaData()

    def table(name: str, *columns: Column[Any]) -> Table:
        return Table(f"access_{name}", meta, *columns)

    def text(name: str) -> Column[str]:
        return Column(name, Text, nullable=False)

    def moment(name: str) -> Column[float]:
        return Column(name, Float, nullable=False, default=0.0)

    def key(name: str) -> Column[str]:
        return Column(name, Text, primary_key=True)

    found = [
        table("passwords", key("person"), text("hash"), moment("changed")),
        table("sessions", key("key"), text("person"), moment("opened"), moment("seen"), moment("confirmed")),
        table("tokens", key("id"), text("person"), text("name"), text("hash"), text("roles"),
              Column("read_only", Boolean, nullable=False), moment("made"), moment("expires"), moment("used"),
              moment("revoked")),
        table("invitations", key("key"), text("person"), moment("expires")),
        table("attempts", key("key"), Column("failed", Integer, nullable=False), moment("until")),
        table("answers", key("person"), key("key"), text("digest"), Column("status", Integer, nullable=False),
              text("body"), moment("at")),
        table("notices", key("key"), text("person"), text("subject"), text("body"), moment("at"),
              Column("tries", Integer, nullable=False), moment("due"), moment("sent"), text("error")),
        table("marks", key("name"), Column("value", Integer, nullable=False)),
        table("reads", Column("n", Integer, primary_key=True), text("at"), text("person"), text("record"), text("id"),
              text("via")),
    ]  # fmt: skip
    return meta, {t.name.removeprefix("access_"): t for t in found}


class Access:
    """The secrets kept beside a ledger: in a file of their own, or on the ledger's server."""

    def __init__(self, engine: Engine, *, serial: bool) -> None:
        """Use *engine*, creating the tables that are missing; *serial* on SQLite, whose writers lock first."""
        self.engine, self.serial = engine, serial
        meta, self._t = _tables()
        meta.create_all(engine)

    @classmethod
    def of(cls, ledger: Ledger) -> Access:
        """Return the secrets of a ledger.

        An SQLite ledger keeps them in ``access.sqlite`` beside it, so that the ledger can be handed to an auditor
        without a single secret in it.
        """
        if ledger.database.serial:
            place = Path(ledger.folder) / FILE
            place.touch(mode=0o600, exist_ok=True)
            return cls(open_engine(place), serial=True)
        return cls(ledger.database.engine, serial=False)

    def _do(self, *statements: Any) -> list[int]:
        with self.engine.connect() as connection:
            if not self.serial:
                with connection.begin():
                    return [connection.execute(s).rowcount for s in statements]
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                done = [connection.execute(s).rowcount for s in statements]
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")
            return done

    def _rows(self, query: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _one(self, what: str, /, **equal: str) -> dict[str, Any] | None:
        table = self._t[what]
        found = self._rows(table.select().where(*(table.c[k] == v for k, v in equal.items())))
        return found[0] if found else None

    def password(self, person: str) -> str | None:
        """Return the hash of a person's password, or None when they have none."""
        found = self._one("passwords", person=person)
        return str(found["hash"]) if found else None

    def set_password(self, person: str, hashed: str, now: float) -> None:
        """Set a person's password; every session of theirs ends."""
        t, s = self._t["passwords"], self._t["sessions"]
        self._do(
            t.delete().where(t.c.person == person),
            t.insert().values(person=person, hash=hashed, changed=now),
            s.delete().where(s.c.person == person),
        )

    def anyone(self) -> bool:
        """Whether anybody has a password yet."""
        return bool(self._rows(self._t["passwords"].select().limit(1)))

    def open_session(self, secret: str, person: str, now: float, idle: float) -> None:
        """Remember that whoever holds *secret* is *person*; sessions long idle are forgotten."""
        t = self._t["sessions"]
        values = {"key": fingerprint(secret), "person": person, "opened": now, "seen": now, "confirmed": now}
        self._do(t.delete().where(t.c.seen < now - idle), t.insert().values(values))

    def session(self, secret: str) -> Session | None:
        """Return the session that *secret* opens, or None."""
        found = self._one("sessions", key=fingerprint(secret))
        return Session(**found) if found else None

    def touch(self, session: Session, now: float, *, confirmed: bool = False) -> None:
        """Note that a session was used, and whether its person has just given the password."""
        t = self._t["sessions"]
        more = {"confirmed": now} if confirmed else {}
        self._do(t.update().where(t.c.key == session.key).values(seen=now, **more))

    def close_session(self, secret: str) -> None:
        """Forget a session."""
        t = self._t["sessions"]
        self._do(t.delete().where(t.c.key == fingerprint(secret)))

    def close_sessions(self, person: str) -> None:
        """Forget every session of a person."""
        t = self._t["sessions"]
        self._do(t.delete().where(t.c.person == person))

    def add_token(self, token: Token) -> None:
        """Keep a token; only the hash of its secret is in it."""
        facts = {name: getattr(token, name) for name in Token.__slots__}
        self._do(self._t["tokens"].insert().values({**facts, "roles": json.dumps(list(token.roles))}))

    def token(self, id_: str) -> Token | None:
        """Return a token by its id, or None."""
        found = self._one("tokens", id=id_)
        return _token(found) if found else None

    def tokens(self, person: str = "") -> list[Token]:
        """Return the tokens of a person, or all."""
        t = self._t["tokens"]
        query = t.select().order_by(t.c.made)
        return [_token(row) for row in self._rows(query.where(t.c.person == person) if person else query)]

    def use_token(self, id_: str, now: float) -> None:
        """Note that a token was used."""
        t = self._t["tokens"]
        self._do(t.update().where(t.c.id == id_).values(used=now))

    def revoke_token(self, id_: str, now: float) -> bool:
        """Revoke a token; returns whether there was one to revoke."""
        t = self._t["tokens"]
        return bool(self._do(t.update().where(t.c.id == id_, t.c.revoked == 0).values(revoked=now))[0])

    def invite(self, secret: str, person: str, expires: float) -> None:
        """Let whoever holds *secret* set *person*'s password once; an earlier invitation is void."""
        t = self._t["invitations"]
        self._do(
            t.delete().where(t.c.person == person),
            t.insert().values(key=fingerprint(secret), person=person, expires=expires),
        )

    def invited(self, secret: str, now: float) -> str | None:
        """Return whom an invitation is for, or None when it is unknown or too old."""
        found = self._one("invitations", key=fingerprint(secret))
        return str(found["person"]) if found and found["expires"] > now else None

    def accept(self, secret: str, now: float) -> str | None:
        """Use an invitation up; returns whom it was for. Only the first of two callers at once gets an answer."""
        person, t = self.invited(secret, now), self._t["invitations"]
        used = self._do(t.delete().where(t.c.key == fingerprint(secret)))[0]
        return person if used else None

    def attempts(self, key: str) -> tuple[int, float]:
        """Return how often something failed in a row, and until when it is closed."""
        found = self._one("attempts", key=key)
        return (found["failed"], found["until"]) if found else (0, 0.0)

    def fail(self, key: str, until: float) -> None:
        """Note one more failure, closed until *until*."""
        t = self._t["attempts"]
        changed = self._do(t.update().where(t.c.key == key).values(failed=t.c.failed + 1, until=until))[0]
        if changed:
            return
        from sqlalchemy.exc import IntegrityError

        with suppress(IntegrityError):  # two first failures at once count as one
            self._do(t.insert().values(key=key, failed=1, until=until))

    def succeed(self, key: str) -> None:
        """Forget the failures."""
        t = self._t["attempts"]
        self._do(t.delete().where(t.c.key == key))

    def answer(self, person: str, key: str) -> tuple[str, int, str] | None:
        """Return the digest of the question asked under *key*, with status (0: none yet) and body of its answer."""
        found = self._one("answers", person=person, key=key)
        return (found["digest"], found["status"], found["body"]) if found else None

    def claim(self, person: str, key: str, digest: str, now: float) -> bool:
        """Claim *key* for one question, for a day; False when it is claimed already."""
        from sqlalchemy.exc import IntegrityError

        t = self._t["answers"]
        values = {"person": person, "key": key, "digest": digest, "status": 0, "body": "", "at": now}
        try:
            self._do(t.delete().where(t.c.at < now - DAY), t.insert().values(values))
        except IntegrityError:
            return False
        return True

    def settle(self, person: str, key: str, status: int, body: str) -> None:
        """Keep the answer to a question; with status 0 give its key free again, since nothing was done."""
        t = self._t["answers"]
        where = (t.c.person == person) & (t.c.key == key)
        self._do(t.update().where(where).values(status=status, body=body) if status else t.delete().where(where))

    def note_read(self, at: str, person: str, record: str, id_: str, via: str) -> None:
        """Note that somebody read a sensitive record."""
        self._do(self._t["reads"].insert().values(at=at, person=person, record=record, id=id_, via=via))

    def reads(self, *, before: int = 0, limit: int = 100) -> Sequence[dict[str, Any]]:
        """Return who read which sensitive record, newest first."""
        t = self._t["reads"]
        query = t.select().order_by(t.c.n.desc()).limit(limit)
        return self._rows(query.where(t.c.n < before) if before else query)

    def note_sign_in(self, at: str, person: str, via: str) -> None:
        """Note that a person signed in: among the reads, so that whoever looks who came sees it there too."""
        self.note_read(at, person, SIGN_IN, person, via)

    def signed_in(self) -> dict[str, str]:
        """Return when each person signed in last."""
        from sqlalchemy import func, select

        t = self._t["reads"]
        found = select(t.c.person, func.max(t.c.at).label("at")).where(t.c.record == SIGN_IN).group_by(t.c.person)
        return {str(row["person"]): str(row["at"]) for row in self._rows(found)}

    def mark(self, name: str) -> int:
        """Return how far something has come along the chain."""
        found = self._one("marks", name=name)
        return int(found["value"]) if found else 0

    def post(self, notices: Sequence[Mapping[str, Any]], name: str, mark: int, now: float) -> int:
        """Put notices in the outbox, once for each key, and note how far along the chain they were looked for."""
        t, m = self._t["notices"], self._t["marks"]
        known = {row["key"] for row in self._rows(t.select().where(t.c.key.in_([n["key"] for n in notices])))}
        rest = {"at": now, "tries": 0, "due": now, "sent": 0.0, "error": ""}
        new = [{**n, **rest} for n in notices if n["key"] not in known]
        moved = [m.delete().where(m.c.name == name), m.insert().values(name=name, value=mark)]
        self._do(*(t.insert().values(n) for n in new), *moved)
        return len(new)

    def waiting(self, now: float, tries: int) -> list[dict[str, Any]]:
        """Return the notices to be sent now: not sent yet, due, and not given up after *tries*."""
        t = self._t["notices"]
        return self._rows(
            t.select().where(t.c.sent == 0, t.c.due <= now, t.c.tries < tries).order_by(t.c.at).limit(200)
        )

    def tried(self, key: str, now: float, due: float, error: str) -> None:
        """Note that a notice was sent, or (with an error) when to try again."""
        t = self._t["notices"]
        values = {"error": error[:400], "due": due} if error else {"sent": now, "error": ""}
        self._do(t.update().where(t.c.key == key).values(tries=t.c.tries + 1, **values))

    def notices(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest notices, sent and unsent."""
        t = self._t["notices"]
        return self._rows(t.select().order_by(t.c.at.desc()).limit(limit))


def _token(row: dict[str, Any]) -> Token:
    return Token(**{**row, "roles": tuple(json.loads(row["roles"]))})
