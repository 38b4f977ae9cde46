"""Every error a user can meet. Each says what is wrong, which thing it is about, and what to do next."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

SHOWN = 12


class SecondlineError(Exception):
    """The root of all errors that are the user's to mend; the terminal shows the message, never a traceback."""


def near(wanted: str, known: Collection[str], otherwise: str = "") -> str:
    """Return a hint naming the closest known words, or *otherwise*."""
    close = get_close_matches(wanted, [str(k) for k in known], n=3)
    return f"Did you mean {' or '.join(repr(c) for c in close)}?" if close else otherwise


class SpecError(SecondlineError):
    """model.yaml, a pack or an argument is not as it must be."""


class UnknownCheck(SpecError):
    """A plan or a pack names a check that does not exist."""

    @classmethod
    def among(cls, wanted: str, known: Collection[str]) -> UnknownCheck:
        """Say which code is unknown and which ones are close."""
        return cls(f"No check has the code {wanted!r}. {near(wanted, known, 'See `secondline checks list`.')}")


class UnknownPack(SpecError):
    """No policy pack has this name."""

    @classmethod
    def among(cls, wanted: str, known: Collection[str]) -> UnknownPack:
        """Say which pack is unknown and which ones exist."""
        listed = ", ".join(sorted(known))
        return cls(
            f"No policy pack is called {wanted!r}. {near(wanted, known)} Known packs: {listed}.".replace("  ", " ")
        )


class DataError(SecondlineError):
    """A population cannot be read or does not hold what model.yaml says."""


class MissingColumn(DataError):
    """A column named in model.yaml is not in the data."""

    @classmethod
    def among(cls, wanted: str, population: str, known: Collection[str], role: str = "") -> MissingColumn:
        """Say which column is missing from which population, in which role, and which columns are close."""
        as_role = f" (named as {role})" if role else ""
        some = ", ".join(repr(k) for k in list(known)[:SHOWN]) + (", ..." if len(known) > SHOWN else "")
        hint = near(wanted, known) or f"It has: {some}."
        return cls(f"Population {population!r} has no column {wanted!r}{as_role}. {hint}")


class EngineError(SecondlineError):
    """The engine that holds the data refused or failed a query."""


class ModelError(SecondlineError):
    """An artefact or endpoint is refused, cannot be opened, or does not score as a model must."""


class MergeError(SecondlineError):
    """Two statistics cannot be added because they were cut differently."""

    @classmethod
    def different(cls, what: str, part: str, a: str, b: str) -> MergeError:
        """Say what differs."""
        return cls(
            f"These {what} have different {part} ({a} and {b}), so they do not add. Reduce both with the same {part}."
        )


class LedgerError(SecondlineError):
    """The record store cannot be read, written or trusted."""


class UnknownRun(LedgerError):
    """No run has this id."""

    @classmethod
    def among(cls, wanted: str, known: Collection[str]) -> UnknownRun:
        """Say which run is unknown and which ones are close."""
        return cls(f"No run has the id {wanted!r}. {near(wanted, known, 'See `secondline runs`.')}")


class UnknownRecord(LedgerError):
    """No record of this kind has this id."""

    @classmethod
    def of(cls, kind: str, wanted: str, known: Collection[str] = ()) -> UnknownRecord:
        """Say which record is unknown and which ids are close."""
        return cls(f"There is no {kind} {wanted!r}. {near(wanted, known)}".rstrip())


class Refused(SecondlineError):
    """This person may not do this: a role is missing, or they are not independent. The refusal is on record."""


class OutOfTurn(SecondlineError):
    """The record is in a state in which this act is not possible."""


class Conflict(SecondlineError):
    """Somebody changed the record since it was read. Nothing was written; look again and decide again."""


class MissingExtra(SecondlineError):
    """An optional library is not installed."""

    @classmethod
    def needs(cls, what: str, extra: str) -> MissingExtra:
        """Say what needs which extra and how to install it."""
        return cls(f"{what} needs an optional library. Install it with: pip install 'secondline[{extra}]'")
