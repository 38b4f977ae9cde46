"""Writing: the one door through which anything enters the ledger. Every rule is kept here, whoever knocks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from secondline.core.canonical import canonical
from secondline.core.errors import Conflict, OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.govern.act import Act, Situation, find_act, stated
from secondline.govern.record import RECORDS, Form, merged
from secondline.govern.roles import ROLES
from secondline.ledger.database import append
from secondline.ledger.events import Event
from secondline.ledger.keys import Signer
from secondline.ledger.projection import next_number, project
from secondline.ledger.records import Records
from secondline.ledger.signing import pen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

LONGEST = 1_000_000
REFUSED = "act.refused"


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants done.

    ``seen`` is the event the record stood at when they decided; 0 asks no such check. ``signer`` signs the act; without
    one, the actor's own key file does, where acts at this door must be signed.
    """

    act: str
    actor: str
    id: str = ""
    form: Mapping[str, Any] | Form | None = None
    reason: str = ""
    via: str = ""
    seen: int = 0
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was written: the event, and the record as it is now."""

    event: Event
    id: str
    doc: dict[str, Any]


def perform(connection: Connection, order: Order, at: str) -> Receipt:
    """Do one act inside a transaction that holds the write lock: check everything, then write event and projection.

    Raises:
        SpecError: the form is wrong, a reason is missing, or a rule finds the statement wrong.
        UnknownRecord: there is no such record.
        OutOfTurn: the record is not in a state for this act.
        Conflict: somebody changed the record since ``seen``.
        Refused: the person lacks the role, or is not independent.
    """
    act = find_act(order.act)
    form = stated(act, order.form or {})
    look = Records(lambda: _same(connection))
    id_ = order.id or _number(connection, act)
    doc = look.get(act.record, id_) or {}
    seen = int(doc.pop("seq", 0))
    doc.pop("id", None)
    _in_turn(act, id_, doc, seen, order)
    person = look.get("person", order.actor)
    roles = _roles(act, order.actor, person, look)
    now = Situation(act, id_, order.actor, roles, at, order.reason.strip(), form, doc, look)
    for rule in act.rules:
        rule(now)
    changes = _changes(act, now)
    body = canonical({"set": changes})
    if len(body) > LONGEST:
        raise SpecError(f"{act.title}: the statement is longer than {LONGEST:,} characters. File the text as evidence.")
    draft = Event(0, at, order.actor, act.name, f"{act.record}/{id_}", body, now.reason, order.via)
    event = append(connection, draft, pen(draft, (person or {}).get("key", ""), order.signer))
    return Receipt(event, id_, {**project(connection, event, doc, seen), "id": id_, "seq": event.seq})


@contextmanager
def _same(connection: Connection) -> Iterator[Connection]:
    yield connection


def _number(connection: Connection, act: Act) -> str:
    prefix = RECORDS[act.record].prefix
    if not act.creates or not prefix:
        raise SpecError(f"{act.title}: say which {RECORDS[act.record].title.lower()} (an id is missing).")
    return f"{prefix}-{next_number(connection, act.record)}"


def _in_turn(act: Act, id_: str, doc: Mapping[str, Any], seen: int, order: Order) -> None:
    title = RECORDS[act.record].title
    if act.creates and seen:
        raise SpecError(f"There is a {title.lower()} {id_!r} already.")
    if not act.creates and not seen:
        raise UnknownRecord.of(title.lower(), id_)
    if order.seen and order.seen != seen:
        raise Conflict(f"{title} {id_} was changed since you read it (event {seen}, you saw {order.seen}).")
    state = str(doc.get("state", ""))
    if act.before and state not in act.before:
        raise OutOfTurn(
            f"{title} {id_} is {state!r}; {act.title.lower()} needs it to be {' or '.join(sorted(act.before))}."
        )
    if act.reasoned and not order.reason.strip():
        raise SpecError(f"{act.title}: give a reason.")


def _roles(act: Act, actor: str, person: Mapping[str, Any] | None, look: Records) -> frozenset[str]:
    """Return the actor's roles, having checked that one of them allows the act."""
    if not actor.strip():
        raise SpecError(f"{act.title}: say who acts (--actor).")
    if person is None and act.unattended and not look.count("person").get((), 0):
        return frozenset(ROLES)
    if person is None:
        raise Refused(f"{actor!r} is not on the list of people. An admin adds them: secondline person add {actor}.")
    if person["state"] != "active":
        raise Refused(f"{actor!r} has left; their access is closed.")
    roles = frozenset(person.get("roles", ()))
    if not roles & act.roles:
        has = ", ".join(sorted(roles)) or "no role"
        raise Refused(f"{actor!r} ({has}) may not {_lower(act.title)}: that needs {' or '.join(sorted(act.roles))}.")
    return roles


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def _changes(act: Act, now: Situation) -> dict[str, Any]:
    """Return what the act sets, having checked that the record is still of its shape."""
    found = dict(act.changes(now)) if act.changes else now.form.model_dump(mode="json", exclude_unset=True)
    if act.after:
        found["state"] = act.after
    whole = merged(now.doc, found)
    try:
        RECORDS[act.record].shape.model_validate(whole)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SpecError(f"{act.title}: `{name}`: {first['msg']}.") from error
    return found


def refusal(order: Order, at: str, because: str) -> Event:
    """Return the event that puts a refused act on record; it changes nothing."""
    act = find_act(order.act)
    body = canonical({"refused": order.act, "because": because})
    return Event(0, at, order.actor, REFUSED, f"{act.record}/{order.id or 'new'}", body, order.reason, order.via)
