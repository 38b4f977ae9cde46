"""Taking: events from outside (labels, overrides, investigations, decisions of other servers) into the log.

A batch is kept whole or not at all, and the reply comes once it is durable. An event whose id and content are known is
a duplicate and changes nothing; one whose id is known with other content contradicts it, and its batch gets 409.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

from secondline.events.shapes import AnyEvent, Decision, Event, Label
from secondline.gateway.answers import Answer, fingerprint
from secondline.gateway.asked import Turned
from secondline.gateway.calls import BadFields, Call, Handler, Reply, bad, decoded, encode, told
from secondline.gateway.journal import LogJournal, entries_of

LONGEST_ID, LATEST, LONGEST_NAME = 200, 4_102_444_800_000_000, 200
NAMES_SHOWN = 20


class Taking:
    """The routes that take events."""

    def __init__(self, journal: LogJournal, most: int) -> None:
        self._journal, self._most = journal, most

    def of(self, kind: type[Event] | None = None) -> Handler:
        """Return the handler of a route that takes one kind of event, or any that says its type."""
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[kind if kind is not None else AnyEvent])  # type: ignore[misc]  # a type made at run time

        async def take(call: Call) -> Reply:
            """Keep a batch of events, or one event."""
            call.wants_json()
            body = call.body.strip()
            events: list[Event] = decoded(decoder, body if body[:1] == b"[" else b"[" + body + b"]")
            return await self._take(call, events)

        return take

    async def _take(self, call: Call, events: list[Event]) -> Reply:
        if not 1 <= len(events) <= self._most:
            raise bad(f"A batch holds 1 to {self._most} events; got {len(events)}.", 413 if events else 400)
        for model in {event.model for event in events}:
            call.caller.must_reach(model)
        for i, event in enumerate(events):
            must_be_plain(i, event)
        answers = [answer_of(event) for event in events]
        known = self._journal.known([answer.key for answer in answers])
        new: dict[bytes, tuple[Event, Answer]] = {}
        duplicates: list[str] = []
        for event, answer in zip(events, answers, strict=True):
            before = known.get(answer.key) or (new[answer.key][1] if answer.key in new else None)
            if before is None:
                new[answer.key] = (event, answer)
            elif before.hash == answer.hash:
                duplicates.append(event.id)
            else:
                raise Turned(
                    409,
                    "event-contradicted",
                    f"The id {event.id!r} is known with other content; nothing of the batch was kept.",
                )
        if new:
            await self._journal.put(
                entries_of(event for event, _ in new.values()), [answer for _, answer in new.values()]
            )
        return receipt(len(new), duplicates, one=len(events) == 1)


def receipt(accepted: int, duplicates: list[str], *, one: bool) -> Reply:
    """Return the reply to a batch: how many events are new, and which were known."""
    answer: dict[str, Any] = {"accepted": accepted, "duplicates": duplicates}
    if one:
        answer["duplicate"] = bool(duplicates)
    return told(answer, 202 if accepted else 200)


def answer_of(event: Event) -> Answer:
    """Return what the id of an event stands for; kinds have ids of their own."""
    return Answer(fingerprint("event", type(event).__name__, event.id), sha256(encode(event)).digest(), b"")


def must_be_plain(i: int, event: Event) -> None:
    """Refuse an event whose id, model, time or numbers cannot be.

    Raises:
        Turned: 400, with each field that is wrong.
    """
    wrong: dict[str, str] = {}
    if not 1 <= len(event.id) <= LONGEST_ID or not event.id.isprintable():
        wrong["id"] = f"must be 1 to {LONGEST_ID} printable characters"
    if not 1 <= len(event.model) <= LONGEST_NAME:
        wrong["model"] = f"must be 1 to {LONGEST_NAME} characters"
    if event.v != 1:
        wrong["v"] = f"version {event.v} of this event is not known here"
    for name in ("at", "known", "decided", "opened"):
        if not 0 <= getattr(event, name, 0) <= LATEST:
            wrong[name] = "must be microseconds from 1970 to 2100"
    for name, value in _numbers(event):
        if not math.isfinite(value) or (isinstance(value, int) and abs(value) >= 2**63):
            wrong[name] = "is beyond what an event can hold"
    if wrong:
        raise BadFields({f"[{i}].{name[:100]}": what for name, what in list(wrong.items())[:NAMES_SHOWN]})


def _numbers(event: Event) -> Iterable[tuple[str, float]]:
    inputs = event.inputs if isinstance(event, Decision) else getattr(event, "values", {})
    yield from ((f"inputs.{name}", value) for name, value in inputs.items() if isinstance(value, int | float))
    if isinstance(event, Label):
        yield "revision", event.revision
