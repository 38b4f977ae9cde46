"""Catalogue: every control once, with the clauses that ask for it and the condition that decides it.

The files in ``catalogue/`` are lists of controls, one file a family. Conditions see the facts of one model (see
``facts.py``), and ``params``: the control's own parameters with those of pack and bank laid over them. A control about
a version or a use is asked of each version or use, as ``version`` or ``use``; one about the bank sees only ``bank``,
``today`` and ``params``. ``applies`` says whether the control arises at all; ``check`` says whether it is met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field, model_validator

from secondline.core.errors import SpecError, near
from secondline.policy.documents import Lines, load_text, typed
from secondline.policy.expressions import VARIABLES, Expression, compiled
from secondline.policy.regimes import FORCES, Dated, Force, Part, Regime, Tag, rulebooks

About = Literal["model", "bank", "version", "use"]
Level = Literal["block", "warn", "record"]
Case = Literal["compliant", "violating", "not-applicable"]
LEVELS: tuple[Level, ...] = ("block", "warn", "record")

PROVABLE: dict[str, str] = {
    "MRM-INV-12": "expiry", "MRM-TIER-11": "approval", "MRM-GOV-03": "identity", "MRM-GOV-04": "independence",
    "MRM-GOV-07": "expiry", "MRM-VAL-01": "hash", "MRM-VAL-02": "expiry", "MRM-FND-03": "independence",
    "MRM-APR-01": "approval", "MRM-APR-03": "open blocking finding", "MRM-APR-04": "approval", "MRM-DEP-01": "hash",
}  # fmt: skip
"""The controls that may block, because the records prove the fact they turn on; no pack can make another one block."""


class Clause(Dated):
    """A passage that asks for a control. What it does not say itself it has from its document in ``regimes.yaml``."""

    doc: str
    clause: str = ""
    regime: Regime
    force: Force
    tag: Tag

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, given: Any) -> Any:
        if not isinstance(given, Mapping) or not isinstance(given.get("doc"), str):
            return given
        book = rulebooks().get(given["doc"])
        if book is None:
            if given.get("regime") == "HOUSE":
                return {"force": "binding", "tag": "house", **given}
            raise ValueError(
                f"there is no document {given['doc']!r}. {near(given['doc'], rulebooks(), 'See regimes.yaml.')}"
            )
        if given.get("regime", book.regime) != book.regime:
            raise ValueError(f"{given['doc']!r} is a document of regime {book.regime}, not {given['regime']!r}")
        known = {"regime": book.regime, "force": book.force, "tag": book.tag, "from": book.since, "to": book.until,
                 "superseded_by": book.superseded_by}  # fmt: skip
        return known | dict(given)

    @property
    def text(self) -> str:
        """The document and the clause in one line."""
        return f"{self.doc} {self.clause}".strip()


class Example(Part):
    """Facts for which the verdict is known; laid over neutral facts in which nothing is on record."""

    case: Case
    facts: dict[str, Any] = Field(default_factory=dict)
    params: dict[str, Any] = Field(default_factory=dict)
    because: str = ""


class Control(Part):
    """One control in our own words."""

    id: str = Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)+$", max_length=40)
    title: str = Field(min_length=3, max_length=200)
    intent: str = ""
    about: About = "model"
    sources: tuple[Clause, ...] = Field(min_length=1)
    applies: str = "true"
    check: str
    level: Level = "warn"
    needs: tuple[str, ...] = ()
    params: dict[str, Any] = Field(default_factory=dict)
    checks: tuple[str, ...] = ()
    satisfied_by: str = ""
    fix: str = ""
    alternatives: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Control:
        for text in (self.applies, self.check):
            _expression(text, self.about)
        unknown = [name for name in self.needs if name not in VARIABLES[self.about]]
        if unknown:
            raise ValueError(
                f"`needs` of {self.id} names {unknown[0]!r}, which a control about a {self.about} cannot see"
            )
        if self.level == "block" and self.id not in PROVABLE:
            raise ValueError(
                f"{self.id} may not block: the records cannot prove the fact it turns on. Use warn or record"
            )
        return self

    @property
    def arising(self) -> Expression:
        """The condition under which it arises."""
        return compiled(self.applies, self.about)

    @property
    def holding(self) -> Expression:
        """The condition under which it is met."""
        return compiled(self.check, self.about)

    def clauses(self, day: str, docs: Iterable[str] | None = None) -> tuple[Clause, ...]:
        """Return the clauses in force on a day, of these documents only when any are named."""
        wanted = None if docs is None else set(docs)
        return tuple(c for c in self.sources if c.in_force(day) and (wanted is None or c.doc in wanted))


def strongest(clauses: Iterable[Clause]) -> Force | None:
    """Return the strongest force among clauses, or None when there are none."""
    found = {c.force for c in clauses}
    return next((force for force in FORCES if force in found), None)


def _expression(text: str, about: str) -> None:
    try:
        compiled(text, about)
    except SpecError as error:
        raise ValueError(str(error).rstrip(".")) from error


class Family(Part):
    """One file of the catalogue."""

    controls: tuple[Control, ...]


@cache
def controls() -> dict[str, Control]:
    """Return the whole catalogue by id, in the order of the files.

    Raises:
        SpecError: a file is not valid, or an id is given twice.
    """
    folder = files("secondline.policy") / "catalogue"
    texts = {f.name: f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(".yaml")}
    return read(texts, ours=True)


def read(texts: Mapping[str, str], *, ours: bool = False) -> dict[str, Control]:
    """Return the controls of some files, by file name and content; *ours* come with secondline.

    Raises:
        SpecError: a file is not valid, an id is given twice, or an alternative does not exist.
    """
    found: dict[str, Control] = {}
    for name in sorted(texts):
        content, lines = load_text(texts[name], f"catalogue {name}", ours=ours)
        for control in _family(content, f"catalogue {name}", lines).controls:
            if control.id in found:
                raise SpecError(f"catalogue {name}: control {control.id!r} is given twice.")
            found[control.id] = control
    for control in found.values():
        for other in control.alternatives:
            find_control(other, found)
    return found


def _family(content: Any, origin: str, lines: Lines) -> Family:
    """Read a bare list of controls."""
    if not isinstance(content, list):
        raise SpecError(f"{origin} must be a list of controls (line 1).")
    return typed(Family, {"controls": content}, origin, {("controls", *path): line for path, line in lines.items()})


def find_control(id_: str, among: Mapping[str, Control] | None = None) -> Control:
    """Return a control by id.

    Raises:
        SpecError: there is none.
    """
    found = controls() if among is None else among
    if id_ not in found:
        raise SpecError(f"There is no control {id_!r}. {near(id_, found, 'See `secondline policy controls`.')}")
    return found[id_]
