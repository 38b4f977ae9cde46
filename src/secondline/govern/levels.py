"""Levels: whose signatures an approval needs. The house adopts them as a record; the law asks what is adopted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from secondline.core.errors import SpecError
from secondline.govern.act import Look
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
    monitoring: bool = True
    """An approved monitoring plan is needed to run."""
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
                         validation=False, monitoring=False, longest_days=e.longest_days)  # fmt: skip
        if tier not in self.levels:
            raise SpecError("The model has no tier yet. Rate it first: secondline tier --help.")
        return self.levels[tier]


def policy_in_force(look: Look) -> ApprovalPolicy:
    """Return the policy of approvals that was adopted last.

    Raises:
        SpecError: none was adopted; nothing can be approved without one.
    """
    adopted = [d for d in look.find("delegation", state="adopted") if d.get("parameters")]
    if not adopted:
        raise SpecError(
            "No policy of approvals is adopted, so nobody may approve. Two people adopt one: "
            "secondline approval policy propose, then secondline approval policy adopt."
        )
    return ApprovalPolicy.model_validate(max(adopted, key=lambda d: int(d.get("seq", 0)))["parameters"])


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
