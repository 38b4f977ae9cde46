"""Shapes: the kinds of events, typed and versioned.

An event is one JSON object. ``type`` says its kind and ``v`` the version of its shape. Within a version a shape only
grows by optional fields: a reader ignores fields it does not know, and a writer may leave out any that have a
default. A change that is not of this sort is a new version, and the reader of the new version reads the old one too
(`events.reading`). Times are whole microseconds since 1970-01-01 UTC; money is in the currency's main unit.

``id`` makes an event one event however often it is delivered: the same id with the same content is a repetition and
changes nothing, and with another content it is a contradiction and goes to the dead letters.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from secondline.events.limits import INT, ITEMS, KEYS, LAST, NAME, PROSE, TEXT

Name = Annotated[str, Meta(max_length=NAME)]
Id = Annotated[str, Meta(min_length=1, max_length=NAME)]
Text = Annotated[str, Meta(max_length=TEXT)]
Prose = Annotated[str, Meta(max_length=PROSE)]
"""Words a person wrote; the only text that may hold line breaks and tabs."""
Instant = Annotated[int, Meta(gt=0, le=LAST)]
Later = Annotated[int, Meta(ge=0, le=LAST)]
"""An instant that may not be known (0)."""
Value = float | Annotated[int, Meta(ge=-INT, le=INT)] | Text | bool | None
"""A value of an input. A number that is missing is None; NaN and infinities do not exist in an event."""
Values = Annotated[dict[Name, Value], Meta(max_length=KEYS)]
Names = Annotated[tuple[Name, ...], Meta(max_length=ITEMS)]
Scores = Annotated[dict[Name, float | None], Meta(max_length=ITEMS)]
Segments = Annotated[dict[Name, Name], Meta(max_length=ITEMS)]
Share = Annotated[float, Meta(ge=0, le=1)]
Arm = Literal["champion", "control", "fallback", "refused"]
VERSION = 1


# Events hold plain values and never each other, so the collector of cycles need not look at them: twice the speed.
class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="type"):
    """What every event says: which one it is, when it happened, and of which model."""

    id: Id
    at: Instant
    """When it happened: for a decision the event time of the case, for a label when the outcome came about."""
    model: Id
    v: int = msgspec.field(default_factory=lambda: VERSION)
    """Version of the shape. Always written; where it is absent the shape is version 1."""


class Decision(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="decision"):
    """One case that was decided on, and all that is needed to decide it again.

    ``decision`` is approve, decline, review or refused. ``arm`` says who decided: the champion, the random control arm
    (approved whatever the score, so that outcomes of cases like it are known), the fallback rule, or nobody
    (refused). ``chance`` is the probability with which a case like this would have been let through, which weighs
    outcomes of traffic that is otherwise blocked. ``path`` lists the rules passed, in order. ``shadows`` holds the
    scores of the challengers that looked on.
    """

    version: Name = ""
    use: Name = ""
    caller: Name = ""
    entity: Name = ""
    """Who the case is about, as a token; never a name or a card number."""
    inputs: Values = {}
    score: float | None = None
    decision: Name = ""
    threshold: Name = ""
    """Version of the rule that turned the score into the decision."""
    reasons: Names = ()
    path: Names = ()
    arm: Arm = "champion"
    chance: Share = 1.0
    shadows: Scores = {}
    amount: float | None = None
    segments: Segments = {}
    """Values to split by that are not inputs, such as a channel."""
    latency: Later = 0
    """Microseconds from the request to the decision."""
    digest: Name = ""
    """SHA-256 of the artefact that scored."""
    pass_id: Name = msgspec.field(default="", name="pass")
    request: Name = ""
    """Idempotency key of the request, or empty."""
    decided: Later = 0
    """When the gateway decided; ``at`` is when the case came about."""


class Label(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="label"):
    """What became of a case, as known from ``known`` on; a later revision replaces an earlier one."""

    decision: Id
    value: float
    """1 for the event (fraud, default), 0 for none; a withdrawn report is a revision with 0."""
    known: Instant
    kind: Name = ""
    """How it became known: chargeback, customer-report, investigation, default."""
    revision: Annotated[int, Meta(ge=0, le=INT)] = 0
    amount: float | None = None
    """Money lost, where it is known."""


class Override(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="override"):
    """A person decided otherwise than the model."""

    decision: Id
    to: Id
    by: Name = ""
    reason: Prose = ""


class Investigation(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="investigation"):
    """What a person found who looked into an alert."""

    decision: Id
    outcome: Literal["confirmed", "false-alert", "unclear"]
    by: Name = ""
    opened: Later = 0
    note: Prose = ""


class Snapshot(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="snapshot"):
    """The features of an entity as they stood, from the online or the batch side, so that the two can be compared."""

    entity: Id
    values: Values
    source: Literal["online", "batch"] = "online"
    decision: Name = ""


AnyEvent = Decision | Label | Override | Investigation | Snapshot
KINDS: dict[str, type[Event]] = {
    "decision": Decision,
    "label": Label,
    "override": Override,
    "investigation": Investigation,
    "snapshot": Snapshot,
}
