"""Explore: a first look at any population, before there is a model, a plan or a limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from secondline import __version__
from secondline.core.errors import DataError, SpecError, near
from secondline.core.explored import Column, Exploration
from secondline.frames.collect import Progress, quiet
from secondline.frames.explore.gather import Look, gathered, peeked, sampled
from secondline.frames.explore.opened import Opened, Roles, engine, opened, with_roles
from secondline.frames.peek import ColumnPeek
from secondline.measures.explore import explored
from secondline.workflow.init import guess
from secondline.workflow.write import write_whole

ROLES = ("label", "time", "by")


@dataclass(frozen=True, slots=True)
class Explored:
    """A finished look. ``look["income"]`` is one column; ``look.report("look.html")`` writes the page."""

    found: Exploration

    def __getitem__(self, name: str) -> Column:
        """Return what was found of one column."""
        for column in self.found.columns:
            if column.name == name:
                return column
        names = [c.name for c in self.found.columns]
        raise SpecError(f"This look has no column {name!r}. {near(name, names)}".strip())

    def __iter__(self) -> Iterator[Column]:
        return iter(self.found.columns)

    def __len__(self) -> int:
        return len(self.found.columns)

    def report(self, path: str | Path) -> Path:
        """Write the page, one HTML file that needs nothing from outside, and return its path."""
        from secondline.reports.explore import render

        file = Path(path)
        if file.suffix.lower() not in {".html", ".htm"}:
            raise SpecError(f"A look is written as one HTML page; {str(path)!r} does not end in .html.")
        write_whole(file, render(self.found).encode())
        return file

    def to_json(self) -> dict[str, Any]:
        """Return everything found as plain JSON values."""
        return self.found.to_json()

    def _repr_html_(self) -> str:
        from secondline.reports.explore import card

        return card(self.found)

    def __repr__(self) -> str:
        first = self.found.first
        return f"Explored({first.source}: {first.rows:,} rows, {first.columns:,} columns)"


def explore(
    data: Any, *, label: str | None = None, event: str | None = None, time: str | None = None, by: str | None = None,
    against: Any = None, columns: Sequence[str] = (), guessing: bool = True, progress: Progress = quiet,
) -> Explored:  # fmt: skip
    """Look at a population: a path, or a pandas, polars, Arrow or Ibis table (which may lie in a database).

    *label* is a column of 0 and 1, or of any values when *event* names the one that marks the event; *time* splits by
    month, *by* by segment; *against* is another population, several, or several by name, to compare with. *columns*
    narrows the look. Roles nobody names are guessed from names and values unless *guessing* is false.

    Raises:
        DataError: a population cannot be read, is empty, or lacks a column that is named.
        SpecError: options contradict each other.
    """
    if event is not None and label is None:
        raise SpecError("--event names the label's value that marks the event: name the label too, with --label.")
    con = engine()
    others = {name: opened(name, value, con) for name, value in _named(against).items()}
    narrowed = (*columns, *(c for c in (label, time, by) if c)) if columns else ()
    first = opened(_name(data), data, con, narrowed)
    asked = Roles(label, time, by, event)
    # What is named is checked before any row is read; what is guessed, after the sample.
    checked = with_roles(first, asked)
    look = sampled(checked, progress)
    guessed = _guessed(checked, asked, peeked(look)) if guessing else {}
    look.opened, guessed = _settled(first, checked, asked, guessed)
    look = gathered(look, progress, split=bool(others))
    roles = {role: column for role in ROLES if (column := getattr(asked, role) or guessed.get(role))}
    compared = [_compared(other, look, roles, event, progress) for other in others.values()]
    found = explored(look, compared, roles, _notes(look, compared))
    return Explored(replace(found, guessed=tuple(guessed), event=event or "1", version=__version__))


def _named(against: Any) -> dict[str, Any]:
    if against is None:
        return {}
    if isinstance(against, Mapping):
        return dict(against)
    several = list(against) if isinstance(against, (list, tuple)) else [against]
    found: dict[str, Any] = {}
    for value in several:
        name = _name(value, "the other population")
        found[name if name not in found else f"{name} ({len(found) + 1})"] = value
    return found


def _name(value: Any, otherwise: str = "data") -> str:
    if not isinstance(value, (str, Path)):
        return otherwise
    return Path(str(value).split("?")[0]).stem or otherwise


def _guessed(found: Opened, asked: Roles, peeks: Sequence[ColumnPeek]) -> dict[str, str]:
    """Return the label and the time column that names and values suggest, where none is named."""
    taken = {asked.label, asked.time, asked.by}
    suggested = guess([p for p in peeks if p.name not in taken])
    roles: dict[str, str] = {}
    roles |= {role: suggested[role][0] for role in ("label", "time") if role in suggested and not getattr(asked, role)}
    times = [name for name, kind in found.kinds.items() if kind == "time" and name not in taken]
    if "time" not in roles and asked.time is None and len(times) == 1:
        roles["time"] = times[0]
    return roles


def _settled(first: Opened, checked: Opened, asked: Roles, guessed: dict[str, str]) -> tuple[Opened, dict[str, str]]:
    """Return the population with guessed roles too; a guessed label that the whole data contradict is let go."""
    if not guessed:
        return checked, guessed
    try:
        return with_roles(first, replace(asked, **guessed)), guessed
    except DataError:
        rest = {role: column for role, column in guessed.items() if role != "label"}
        return with_roles(first, replace(asked, **rest)), rest


def _compared(other: Opened, look: Look, roles: Mapping[str, str], event: str | None, progress: Progress) -> Look:
    label = roles.get("label")
    kept = Roles(label=label, event=event) if label in other.kinds else Roles()
    found = sampled(with_roles(other, kept), progress)
    return gathered(found, progress, look)


def _notes(look: Look, others: Sequence[Look]) -> list[str]:
    notes = []
    for other in others:
        name, kinds = other.opened.relation.name, other.opened.kinds
        if more := [c for c in kinds if c not in look.opened.kinds]:
            shown = ", ".join(map(repr, more[:8])) + (", ..." if len(more) > 8 else "")  # noqa: PLR2004 - a line's worth
            notes.append(f"only {name} has {shown}")
    return notes
