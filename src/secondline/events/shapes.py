"""Shapes: the kinds of events, typed and versioned.

An event is one JSON object. ``type`` says its kind and ``v`` the version of its shape. Within a version a shape only
grows by optional fields: a reader ignores fields it does not know, and a writer may leave out any that have a
default. A change that is not of this sort is a new version, and the reader of the new version reads the old one too
(`events.reading`). Times are whole microseconds since 1970-01-01 UTC; money is in the currency's main unit.

``id`` makes an event one event however often it is delivered: the same id with the same content is a repetition and
changes nothing, and with another content it is a contradiction and goes to the dead letters.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Value = float | int | str | bool | None
"""A value of an input. A number that is missing is None; NaN and infinities do not exist in an event."""
Arm = Literal["champion", "control", "fallback", "refused"]
VERSION = 1


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What every event says: which one it is, when it happened, and of which model."""

    id: str
    at: int
    """When it happened: for a decision the event time of the case, for a label when the outcome came about."""
    model: str
    v: int = VERSION


class Decision(Event, frozen=True, kw_only=True, omit_defaults=True, tag="decision"):
    """One case that was decided on, and all that is needed to decide it again.

    ``decision`` is approve, decline, review or refused. ``arm`` says who decided: the champion, the random control arm
    (approved whatever the score, so that outcomes of cases like it are known), the fallback rule, or nobody
    (refused). ``chance`` is the probability with which a case like this would have been let through, which weighs
    outcomes of traffic that is otherwise blocked. ``path`` lists the rules passed, in order. ``shadows`` holds the
    scores of the challengers that looked on.
    """

    version: str = ""
    use: str = ""
    caller: str = ""
    entity: str = ""
    """Who the case is about, as a token; never a name or a card number."""
    inputs: dict[str, Value] = {}
    score: float | None = None
    decision: str = ""
    threshold: str = ""
    """Version of the rule that turned the score into the decision."""
    reasons: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    arm: Arm = "champion"
    chance: float = 1.0
    shadows: dict[str, float | None] = {}
    amount: float | None = None
    segments: dict[str, str] = {}
    """Values to split by that are not inputs, such as a channel."""
    latency: int = 0
    """Microseconds from the request to the decision."""
    digest: str = ""
    """SHA-256 of the artefact that scored."""
    pass_id: str = msgspec.field(default="", name="pass")
    request: str = ""
    """Idempotency key of the request, or empty."""
    decided: int = 0
    """When the gateway decided; ``at`` is when the case came about."""


class Label(Event, frozen=True, kw_only=True, omit_defaults=True, tag="label"):
    """What became of a case, as known from ``known`` on; a later revision replaces an earlier one."""

    decision: str
    value: float
    """1 for the event (fraud, default), 0 for none; a withdrawn report is a revision with 0."""
    known: int
    kind: str = ""
    """How it became known: chargeback, customer-report, investigation, default."""
    revision: int = 0
    amount: float | None = None
    """Money lost, where it is known."""


class Override(Event, frozen=True, kw_only=True, omit_defaults=True, tag="override"):
    """A person decided otherwise than the model."""

    decision: str
    to: str
    by: str = ""
    reason: str = ""


class Investigation(Event, frozen=True, kw_only=True, omit_defaults=True, tag="investigation"):
    """What a person found who looked into an alert."""

    decision: str
    outcome: Literal["confirmed", "false-alert", "unclear"]
    by: str = ""
    opened: int = 0
    note: str = ""


class Snapshot(Event, frozen=True, kw_only=True, omit_defaults=True, tag="snapshot"):
    """The features of an entity as they stood, from the online or the batch side, so that the two can be compared."""

    entity: str
    values: dict[str, Value]
    source: Literal["online", "batch"] = "online"
    decision: str = ""


AnyEvent = Decision | Label | Override | Investigation | Snapshot
KINDS: dict[str, type[Event]] = {
    "decision": Decision,
    "label": Label,
    "override": Override,
    "investigation": Investigation,
    "snapshot": Snapshot,
}
