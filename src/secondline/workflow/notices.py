"""Notices: who should hear of what happened, derived from the events, kept in an outbox, sent with retries."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from secondline.core.errors import SpecError

if TYPE_CHECKING:
    from secondline.ledger.access import Access
    from secondline.ledger.events import Event
    from secondline.ledger.records import Records
    from secondline.ledger.store import Ledger

TRIES, FIRST_PAUSE, LONGEST_PAUSE, BATCH = 8, 60.0, 21_600.0, 500
TIMEOUT = 15.0
OVER = frozenset({"closed", "accepted", "withdrawn", "signed", "cancelled", "rejected", "ended", "draft"})


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing somebody should hear of; its key makes sure they hear of it once."""

    key: str
    person: str
    subject: str
    body: str


class Channel(Protocol):
    """A way to reach people."""

    def send(self, notice: Notice, email: str) -> None:
        """Send a notice; raises OSError (or a subclass) when it cannot be sent now."""
        ...


Hearers = Callable[["Event", Mapping[str, Any], "Records"], Iterable[str]]


def _fields(*names: str) -> Hearers:
    """Return the rule that those hear whom these fields of the record name."""

    def hearers(_: Event, doc: Mapping[str, Any], look: Records) -> Iterable[str]:
        del look
        for name in names:
            value = doc.get(name, ())
            yield from ([value] if isinstance(value, str) else value)

    return hearers


def _role(role: str) -> Hearers:
    """Return the rule that everybody active in a role hears."""

    def hearers(_: Event, doc: Mapping[str, Any], look: Records) -> Iterable[str]:
        del doc
        return [p["id"] for p in look.find("person", state="active") if role in p.get("roles", ())]

    return hearers


def _several(*rules: Hearers) -> Hearers:
    """Return the rule that those hear whom any of these names."""

    def hearers(event: Event, doc: Mapping[str, Any], look: Records) -> Iterable[str]:
        for rule in rules:
            yield from rule(event, doc, look)

    return hearers


def _themselves(event: Event, doc: Mapping[str, Any], look: Records) -> Iterable[str]:
    del doc, look
    return [event.id]


RULES: dict[str, tuple[str, Hearers]] = {
    "validation.planned": ("You are assigned to validation {id} of {model}", _fields("lead", "team")),
    "validation.team-changed": ("The team of validation {id} of {model} has changed", _fields("lead", "team")),
    "finding.issued": ("Finding {id} on {model} was issued to you", _fields("owner")),
    "finding.ready": ("Finding {id} on {model} is ready for its re-test", _role("validator")),
    "finding.disputed": ("Finding {id} on {model} is disputed", _role("mrm-head")),
    "approval.requested": ("Approval {id} of {model} is asked for", _role("approver")),
    "alarm.raised": ("Alarm {id}: {metric} of {model} is {level}", _several(_fields("owner"), _role("validator"))),
    "alarm.escalated": (
        "Nobody decided on alarm {id} ({level}) of {model}",
        _several(_fields("owner"), _role("mrm-head")),
    ),
    "alarm.closed": ("Alarm {id} of {model} is closed", _fields("owner")),
    "pass.restricted": ("Pass {id} of {model} is restricted", _several(_role("owner"), _role("mrm-head"))),
    "pass.suspended": ("Pass {id} of {model} is suspended", _several(_role("owner"), _role("mrm-head"))),
    "challenge.asked": ("A question was asked in validation {validation}", _fields("to")),
    "request.made": ("A document is asked for in validation {validation}", _fields("to")),
    "role.granted": ("You were granted a role", _themselves),
    "role.revoked": ("A role of yours was taken away", _themselves),
}
OVERDUE = {"finding": ("owner",), "validation": ("lead",)}


def notices_of(events: Sequence[Event], look: Records) -> list[Notice]:
    """Return who should hear of these events. Nobody hears of what they did themselves."""
    found = []
    for event in events:
        rule = RULES.get(event.kind)
        doc = look.get(event.record, event.id) if rule else None
        if rule is None or doc is None:
            continue
        subject, hearers = rule
        text = subject.format_map(_Blank({k: v for k, v in doc.items() if isinstance(v, str)}))
        told = dict.fromkeys(p for p in hearers(event, doc, look) if p and p != event.actor)
        found += [Notice(f"{event.seq}:{p}", p, text, _body(text, event.record, event.id)) for p in told]
    return found


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def _body(text: str, record: str, id_: str) -> str:
    return f"{text}.\n\n/records/{record}/{id_}\n"


def overdue(look: Records, today: str) -> list[Notice]:
    """Return who should hear that something of theirs is overdue: once for each day it became due."""
    found = []
    for record, fields in OVERDUE.items():
        for row in look.page(record, {"due__lt": today, "due__empty": False}, limit=1_000).rows:
            if row["state"] in OVER:
                continue
            text = f"{record.capitalize()} {row['id']} on {row.get('model') or '?'} was due on {row['due']}"
            for person in filter(None, (row.get(f) for f in fields)):
                key = f"overdue:{record}/{row['id']}:{row['due']}:{person}"
                found.append(Notice(key, person, text, _body(text, record, row["id"])))
    return found


def gather(ledger: Ledger, access: Access, now: float) -> int:
    """Put what is new since the last time in the outbox; returns how many notices were added."""
    place, added = access.mark("notices"), 0
    if place == 0:  # whoever switches notices on does not hear of the years before
        place = _end(ledger)
        access.post((), "notices", place, now)
    while events := ledger.records.events(after=place, limit=BATCH):
        place = events[-1].seq
        added += access.post([asdict(n) for n in notices_of(events, ledger.records)], "notices", place, now)
    late = overdue(ledger.records, ledger.today)
    return added + access.post([asdict(n) for n in late], "notices", place, now)


def _end(ledger: Ledger) -> int:
    newest = ledger.records.events(limit=1, newest_first=True)
    return newest[0].seq if newest else 1


def send_due(ledger: Ledger, access: Access, channels: Sequence[Channel], now: float) -> tuple[int, int]:
    """Send what waits in the outbox; returns how many were sent and how many failed, to be tried again later."""
    sent = failed = 0
    for row in access.waiting(now, TRIES):
        person = ledger.records.get("person", row["person"]) or {}
        notice = Notice(row["key"], row["person"], row["subject"], row["body"])
        error = ""
        if person.get("state") == "active":
            error = _sent(notice, str(person.get("email", "")), channels)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** row["tries"])
        access.tried(row["key"], now, now + pause, error)
        sent, failed = sent + (not error), failed + bool(error)
    return sent, failed


def _sent(notice: Notice, email: str, channels: Sequence[Channel]) -> str:
    """Send a notice by every channel; returns what went wrong."""
    for channel in channels:
        try:
            channel.send(notice, email)
        except (OSError, smtplib.SMTPException, SpecError) as error:
            return f"{type(error).__name__}: {error}"
    return ""


@dataclass(frozen=True, slots=True)
class Mail:
    """E-mail by SMTP: ``smtp://`` asks for TLS before a password is sent, ``smtps://`` is encrypted throughout."""

    url: str
    sender: str
    base: str = ""
    """The address of the pages, put before links."""

    def send(self, notice: Notice, email: str) -> None:
        """Send a notice to an address; somebody without one is not written to."""
        if not email or any(c in email for c in "\r\n"):
            return
        message = EmailMessage()
        message["From"], message["To"] = self.sender, email
        message["Subject"] = " ".join(f"[secondline] {notice.subject}".split())
        message.set_content(notice.body.replace("\n/records/", f"\n{self.base}/records/"))
        parts = urlsplit(self.url)
        with self._open(parts.scheme, parts.hostname or "", parts.port) as server:
            if parts.username:
                if parts.scheme == "smtp":
                    server.starttls(context=ssl.create_default_context())
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)

    @staticmethod
    def _open(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
        if scheme != "smtp":
            raise SpecError(f"Mail goes by smtp:// or smtps://; got {scheme!r}.")
        return smtplib.SMTP(host, port or 25, timeout=TIMEOUT)
