"""Checklists: what a document must show, clause by clause: of a policy pack, a questionnaire, or one's own list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from secondline.core.errors import SpecError, near
from secondline.policy import questionnaires
from secondline.policy.documents import load, typed
from secondline.policy.packs import Pack, load_pack, pack_names

LISTS = (".yaml", ".yml")


class Clause(BaseModel):
    """One requirement: what is asked, what evidence would show it, of which tiers it is asked, and who asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=60)
    requirement: str = Field(min_length=5)
    expected: str = ""
    tiers: tuple[int, ...] = ()
    source: str = ""

    @property
    def query(self) -> str:
        """The words by which passages are looked for."""
        return f"{self.requirement} {self.expected}"


class Checklist(BaseModel):
    """A named list of clauses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    clauses: tuple[Clause, ...] = Field(min_length=1)


def checklist(name: str, as_of: str) -> Checklist:
    """Return the checklist of a pack, a questionnaire, or a YAML file (a pack, or `title` and `clauses`).

    Raises:
        SpecError: there is none of this name, it asks for nothing, or two clauses have one id.
    """
    found = _found(name, as_of)
    twice = [clause.id for i, clause in enumerate(found.clauses) if clause.id in {c.id for c in found.clauses[:i]}]
    if twice:
        raise SpecError(f"{name}: the clause {twice[0]!r} is given twice.")
    return found


def _found(name: str, as_of: str) -> Checklist:
    if name.endswith(LISTS):
        content, lines = load(Path(name))
        if isinstance(content, dict) and "clauses" in content:
            return typed(Checklist, content, name, lines)
        return _of_pack(load_pack(name, as_of), name)
    if name in questionnaires.names():
        asked = questionnaires.load(name)
        clauses = (
            Clause(id=q.id, requirement=q.asks, expected=f"{q.guidance} {q.good}", source=q.source)
            for q in asked.questions
        )
        return Checklist(title=asked.title, clauses=tuple(clauses))
    if name not in pack_names():
        known = (*pack_names(), *questionnaires.names())
        raise SpecError(f"There is no pack or questionnaire {name!r}. {near(name, known, ', '.join(known))}")
    return _of_pack(load_pack(name, as_of), name)


def _of_pack(pack: Pack, name: str) -> Checklist:
    clauses = tuple(_controls(pack))
    if not clauses:
        raise SpecError(f"The pack {name!r} asks for no controls, so a document cannot be held against it.")
    return Checklist(title=pack.title, clauses=clauses)


def _controls(pack: Pack) -> Iterator[Clause]:
    for selected in pack.selection().values():
        control: Any = selected.control
        source = "; ".join(clause.text for clause in selected.clauses[:3])
        yield Clause(
            id=control.id, requirement=control.title, expected=f"{control.intent} {control.satisfied_by}", source=source
        )
