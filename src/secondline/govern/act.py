"""Acts: everything that can be done to a record; one table for terminal, pages, HTTP API and ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError

from secondline.core.errors import SpecError, near
from secondline.govern.record import RECORDS, Form, Nothing
from secondline.govern.roles import ROLES


@dataclass(frozen=True, slots=True)
class Done:
    """One act in a record's past."""

    seq: int
    at: str
    actor: str
    act: str
    changes: Mapping[str, Any]


class Look(Protocol):
    """What a rule may look at: the records as they stand inside the transaction that writes."""

    def get(self, record: str, id_: str) -> dict[str, Any] | None:
        """Return a record's document with its ``id``, or None."""
        ...

    def find(self, record: str, **facets: Any) -> list[dict[str, Any]]:
        """Return the documents of the records whose facets equal these, oldest first."""
        ...

    def past(self, record: str, id_: str) -> Sequence[Done]:
        """Return everything that was done to a record, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Situation:
    """One person about to do one act: all that a rule may decide by."""

    act: Act
    id: str
    actor: str
    roles: frozenset[str]
    at: str
    reason: str
    form: Any
    doc: Mapping[str, Any]
    """The record before the act; empty when the act makes it."""
    look: Look

    @property
    def today(self) -> str:
        """The day of the act, as ISO text."""
        return self.at[:10]

    def field(self, name: str) -> Any:
        """Return what the form states, or else what the record holds."""
        stated = getattr(self.form, name, None)
        return self.doc.get(name) if stated is None else stated


Rule = Callable[[Situation], None]
"""A rule looks at the situation and raises Refused (not this person, not now) or SpecError (the statement is wrong)."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done.

    ``before`` are the states in which it is legal (empty: in any); ``creates`` makes a new record; ``after`` is the
    state it leads to (empty: unchanged). ``changes`` computes what the record's fields become; without one, they become
    what the form states. ``unattended`` acts are open to anyone while the ledger knows no people at all, as on one
    person's laptop. ``made`` acts state what the product itself computed (a run, a pass): no form asks for them.
    """

    name: str
    record: str
    title: str
    roles: frozenset[str]
    form: type[Form] = Nothing
    creates: bool = False
    before: frozenset[str] = frozenset()
    after: str = ""
    rules: tuple[Rule, ...] = ()
    changes: Callable[[Situation], Mapping[str, Any]] | None = None
    reasoned: bool = False
    unattended: bool = False
    made: bool = False


ACTS: dict[str, Act] = {}


def allow(act: Act) -> Act:
    """Enter an act in the law."""
    if act.name in ACTS or act.record not in RECORDS or act.roles - set(ROLES):
        raise ValueError(f"Act {act.name!r} is declared twice, or names an unknown record or role.")
    ACTS[act.name] = act
    return act


def find_act(name: str) -> Act:
    """Return an act by name.

    Raises:
        SpecError: there is none.
    """
    if name not in ACTS:
        raise SpecError(f"There is no act {name!r}. {near(name, ACTS, 'See `secondline acts`.')}")
    return ACTS[name]


def acts_on(record: str, state: str | None) -> list[Act]:
    """Return the acts that a person can choose on a record in *state*, or with None those that make one."""
    mine = [act for act in ACTS.values() if act.record == record and not act.made]
    if state is None:
        return [act for act in mine if act.creates]
    return [act for act in mine if not act.creates and (not act.before or state in act.before)]


def stated(act: Act, values: Mapping[str, Any] | Form) -> Form:
    """Return *values* as the act's form.

    Raises:
        SpecError: a value is missing, unknown or of the wrong type; every problem is named.
    """
    if isinstance(values, act.form):
        return values
    try:
        return act.form.model_validate(values)
    except ValidationError as error:
        said = "; ".join(_said(dict(e), act) for e in error.errors(include_url=False)[:6])
        raise SpecError(f"{act.title}: {said}.") from error


def _said(error: dict[str, Any], act: Act) -> str:
    name = ".".join(str(part) for part in error["loc"]) or "the form"
    if error["type"] == "extra_forbidden":
        return f"`{name}` is not asked here. {near(name, act.form.model_fields)}".rstrip()
    if error["type"] == "missing":
        return f"`{name}` is missing"
    return f"`{name}`: {error['msg'][0].lower()}{error['msg'][1:]} (got {str(error['input'])[:60]!r})"
