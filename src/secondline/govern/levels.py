"""Levels: whose signatures an approval needs. The house's policy says it; the law only asks the policy in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from secondline.core.errors import SpecError
from secondline.govern.record import Form
from secondline.govern.roles import Role


class Seat(Form):
    """One signature that is needed, and the roles that may give it."""

    seat: str = Field(min_length=1, description="Who sits there.")
    roles: tuple[Role, ...] = Field(min_length=1, description="Roles that may sign.")
    owner: bool = Field(default=False, description="The model's own owner signs here.")


class Level(Form):
    """What one tier needs."""

    name: str
    title: str
    tag: str
    source: str = ""
    seats: tuple[Seat, ...] = Field(min_length=1)
    validation: bool = True
    """A validation signed for the very digest is needed."""
    exemption: bool = False
    """An approved exemption is needed."""
    validator_may_sign: bool = False
    """Who validated may sign as well."""
    longest_days: int = Field(ge=1)


class Emergency(Form):
    """Urgent use before validation is signed: how much, how long, how often renewed."""

    tag: str
    source: str = ""
    seats: tuple[Seat, ...] = Field(min_length=1)
    longest_days: int = Field(ge=1)
    renewals: int = Field(ge=0)
    decisions_a_day: int = Field(ge=1)
    amount_a_day: float = Field(gt=0)
    required: tuple[str, ...] = ()
    """Kinds of condition that must be there."""


class Blocking(Form):
    """Which findings stop an approval, and which make a weakness that needs a mitigant or a justification."""

    tag: str
    blocks: tuple[str, ...]
    weakens: tuple[str, ...]
    worst_opinion: int = Field(ge=1, le=4)
    """A worse opinion than this can only be restricted or rejected."""


class ApprovalPolicy(Form):
    """The whole policy of approvals."""

    levels: dict[int, Level]
    emergency: Emergency
    findings: Blocking
    renew_days: int = Field(ge=0)
    """Warn when a pass ends within so many days."""
    stale_hours: int = Field(ge=1)
    """A list of revocations older than this proves nothing."""

    def level(self, tier: int, kind: str = "normal") -> Level:
        """Return the level a tier needs.

        Raises:
            SpecError: the model has no tier yet.
        """
        if kind == "emergency":
            e = self.emergency
            return Level(name="emergency", title="emergency use", tag=e.tag, source=e.source, seats=e.seats,
                         validation=False, longest_days=e.longest_days)  # fmt: skip
        if tier not in self.levels:
            raise SpecError("The model has no tier yet. Rate it first: secondline tier --help.")
        return self.levels[tier]


_IN_FORCE: list[ApprovalPolicy] = []


def put_in_force(policy: ApprovalPolicy) -> None:
    """Make *policy* the one the law asks; the policy room does this when it is loaded."""
    _IN_FORCE[:] = [policy]


def policy_in_force() -> ApprovalPolicy:
    """Return the policy of approvals.

    Raises:
        SpecError: none is loaded; nothing can be approved without one.
    """
    if not _IN_FORCE:
        raise SpecError("No policy of approvals is loaded: import secondline.policy.approving, or act through a door.")
    return _IN_FORCE[0]


def empty_seats(seats: Sequence[Seat], signed: Sequence[Mapping[str, Any]]) -> tuple[Seat, ...]:
    """Return the seats still empty when each signature fills at most one seat, seated as well as can be."""
    taken: dict[int, int] = {}

    def seated(i: int, tried: set[int]) -> bool:
        for p, person in enumerate(signed):
            if p not in tried and fits(seats[i], person):
                tried.add(p)
                if p not in taken or seated(taken[p], tried):
                    taken[p] = i
                    return True
        return False

    return tuple(seat for i, seat in enumerate(seats) if not seated(i, set()))


def fits(seat: Seat, person: Mapping[str, Any]) -> bool:
    """Whether a person with these roles may take a seat."""
    return bool(set(seat.roles) & set(person.get("roles", ()))) and (not seat.owner or bool(person.get("owner")))
