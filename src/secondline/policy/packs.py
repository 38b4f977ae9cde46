"""Packs: policy as dated data. A pack selects controls of the catalogue, sets sourced limits, and chooses checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from secondline.core.canonical import digest
from secondline.core.errors import SpecError, UnknownPack, near
from secondline.core.evidence import OpinionRule
from secondline.core.limit import Limit
from secondline.policy.catalogue import LEVELS, PROVABLE, Clause, Control, Level, controls, strongest
from secondline.policy.documents import Lines, load_text, parsed_date, typed
from secondline.policy.documents import load as load_file
from secondline.policy.regimes import Tag, rulebooks


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """A document a pack rests on, and how far it can be trusted."""

    doc: str
    clause: str = ""
    tag: Tag = "house"


class Selection(_Part):
    """A control of the catalogue that a pack asks for by name, and what the pack changes about it."""

    id: str
    level: Level | None = None
    params: dict[str, Any] = {}
    checks: tuple[str, ...] | None = None
    doc: str = ""
    """The document whose ``clause`` asks for it, where the catalogue does not say so; none: the bank's own standard."""
    clause: str = ""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        return {"id": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _known(self) -> Selection:
        found = controls().get(self.id)
        if found is None:
            raise ValueError(f"there is no control {self.id!r}. {near(self.id, controls()).rstrip('.')}".rstrip(". "))
        if self.level == "block" and self.id not in PROVABLE:
            raise ValueError(f"{self.id} may not block: no record proves the fact it turns on. Use warn or record")
        if self.doc and self.doc not in rulebooks():
            raise ValueError(f"`doc` names {self.doc!r}. {near(self.doc, rulebooks(), 'See regimes.yaml').rstrip('.')}")
        _same_params(found, self.params)
        return self


def _same_params(control: Control, given: Iterable[str]) -> None:
    for name in given:
        if name not in control.params:
            hint = near(name, control.params, f"It has: {', '.join(control.params) or 'none'}")
            raise ValueError(f"{control.id} has no parameter {name!r}. {hint.rstrip('.')}")


@dataclass(frozen=True, slots=True)
class Selected:
    """A control as one pack asks for it."""

    control: Control
    level: Level
    params: Mapping[str, Any]
    checks: tuple[str, ...]
    clauses: tuple[Clause, ...]
    """The clauses of the pack's documents, in force or not; none when the pack asks on its own account."""

    def level_on(self, clauses: Iterable[Clause]) -> Level:
        """Return the level under these clauses: what is not more than guidance never blocks."""
        soft = strongest(clauses) in {"guidance", "practice", None}
        return "warn" if soft and self.level == "block" else self.level


class Pack(_Part):
    """A policy pack. ``limits`` and ``parameters`` are by check code; ``checks`` lists codes to ask (none: all).

    Controls: all of the catalogue that a clause of one of ``documents`` asks for, but ``without`` (id to reason), and
    those that ``controls`` names, with what it changes about them; ``own`` are controls of the bank itself.
    """

    id: str
    version: str = Field(coerce_numbers_to_str=True)
    title: str
    regime: str = ""
    effective_from: str
    effective_to: str | None = None
    superseded_by: str | None = None
    sources: tuple[Source, ...] = ()
    verify_by: str | None = None
    checks: tuple[str, ...] = ()
    limits: dict[str, Limit] = {}
    parameters: dict[str, dict[str, Any]] = {}
    report_only: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    strictest: Level = "block"
    """No control of the pack is held to more than this."""
    controls: tuple[Selection, ...] = ()
    without: dict[str, str] = {}
    own: tuple[Control, ...] = ()
    opinion_rules: tuple[OpinionRule, ...] = ()
    multiplicity: Literal["check", "plan"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _own_from(cls, given: Any) -> Any:
        """Let the bank's own clauses begin with the pack, unless they say otherwise."""
        if not isinstance(given, Mapping) or not isinstance(given.get("own"), list):
            return given
        return {**given, "own": [_dated(control, given.get("effective_from")) for control in given["own"]]}

    @model_validator(mode="after")
    def _consistent(self) -> Pack:
        for doc in self.documents:
            if doc not in rulebooks():
                raise ValueError(
                    f"`documents` names {doc!r}. {near(doc, rulebooks(), 'See regimes.yaml.').rstrip('.')}"
                )
        for id_, reason in self.without.items():
            if id_ not in controls() or not str(reason).strip():
                raise ValueError(f"`without` needs a control of the catalogue and a reason; got {id_!r}: {reason!r}")
        for control in self.own:
            if control.id in controls():
                raise ValueError(f"`own` control {control.id!r} is in the catalogue; name it under `controls`")
            for other in control.alternatives:
                if other not in controls():
                    raise ValueError(f"alternative {other!r} of {control.id!r} is no control of the catalogue")
        return self

    def sha256(self) -> str:
        """Return the digest of the whole pack."""
        return digest(self.model_dump(mode="json"))

    def selection(self) -> dict[str, Selected]:
        """Return the controls the pack asks for, by id, in the order of the catalogue."""
        if not (self.documents or self.controls or self.own):
            return {}
        named = {s.id: s for s in self.controls}
        wanted = set(self.documents)
        found: dict[str, Selected] = {}
        for control in controls().values():
            asked = tuple(c for c in control.sources if c.doc in wanted)
            if control.id not in self.without and (asked or control.id in named):
                found[control.id] = self._selected(control, named.get(control.id), asked)
        own = {c.id: Selected(c, c.level, c.params, c.checks, c.sources) for c in self.own}
        return found | own

    def _selected(self, control: Control, change: Selection | None, asked: tuple[Clause, ...]) -> Selected:
        change = change or Selection(id=control.id)
        if change.doc:
            asked = (*asked, Clause.model_validate({"doc": change.doc, "clause": change.clause, "tag": "R"}))
        elif change.clause or not asked:
            asked = (*asked, self._by_itself(change.clause))
        level = milder(change.level or control.level, self.strictest)
        checks = control.checks if change.checks is None else change.checks
        return Selected(control, level, {**control.params, **change.params}, checks, asked)

    def _by_itself(self, clause: str) -> Clause:
        """Return the pack itself as the source: the bank's own standard when it says where, else practice."""
        force, tag = ("binding", "house") if clause else ("practice", "R")
        return Clause.model_validate({
            "regime": "HOUSE", "doc": f"pack {self.id}", "clause": clause, "force": force, "tag": tag,
            "from": self.effective_from, "to": self.effective_to or "",
        })  # fmt: skip


def _dated(control: Any, since: Any) -> Any:
    if not isinstance(control, Mapping) or not isinstance(control.get("sources"), list):
        return control
    dated = [{"from": since, **s} if isinstance(s, Mapping) and s.get("regime") == "HOUSE" else s
             for s in control["sources"]]  # fmt: skip
    return {**control, "sources": dated}


def adjusted(selected: Selected, params: Mapping[str, Any]) -> Selected:
    """Return a selected control with the bank's parameters laid over the pack's.

    Raises:
        SpecError: the control has no such parameter.
    """
    try:
        _same_params(selected.control, params)
    except ValueError as error:
        raise SpecError(f"{error}.") from error
    merged = {**selected.params, **params}
    return Selected(selected.control, selected.level, merged, selected.checks, selected.clauses)


def milder(a: Level, b: Level) -> Level:
    """Return the milder of two levels."""
    return next(level for level in reversed(LEVELS) if level in {a, b})


def pack_names() -> tuple[str, ...]:
    """Return the names of the packs that come with secondline."""
    folder = files("secondline.policy") / "packs"
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


def load_pack(name: str, as_of: str) -> Pack:
    """Return a pack by built-in name, or from a YAML file, as in force on *as_of*.

    Raises:
        UnknownPack: there is no built-in pack of this name.
        SpecError: the file is not a valid pack, or the pack is not in force on that date.
    """
    pack = read_pack(name)
    _in_force(pack, as_of)
    return pack


def read_pack(name: str) -> Pack:
    """Return a pack by built-in name, or from a YAML file, whenever it is in force.

    Raises:
        UnknownPack: there is no built-in pack of this name.
        SpecError: the file is not a valid pack.
    """
    if name.endswith((".yaml", ".yml")):
        content, lines = load_file(Path(name))
        return _pack(content, name, lines)
    if name not in pack_names():
        raise UnknownPack.among(name, pack_names())
    return _built_in(name)


@cache
def _built_in(name: str) -> Pack:
    content, lines = load_text(pack_text(name), f"pack {name}", ours=True)
    return _pack(content, f"pack {name}", lines)


def pack_text(name: str) -> str:
    """Return a built-in pack as it is written."""
    return (files("secondline.policy") / "packs" / f"{name}.yaml").read_text(encoding="utf-8")


def parse_pack(text: str, origin: str) -> Pack:
    """Return a pack from YAML text; *origin* names it in errors.

    Raises:
        SpecError: the text is not a valid pack; each problem is named with its line and key.
    """
    content, lines = load_text(text, origin)
    return _pack(content, origin, lines)


def _pack(content: Any, origin: str, lines: Lines) -> Pack:
    return typed(Pack, content, origin, lines)


def _in_force(pack: Pack, as_of: str) -> None:
    day = parsed_date(as_of, "`as-of`")
    if day < parsed_date(pack.effective_from, f"`effective_from` of pack {pack.id!r}"):
        raise SpecError(
            f"Pack {pack.id!r} {pack.version} is in force from {pack.effective_from}, not yet on {as_of}. "
            f"Validate as of a later date (`as-of`), or leave the pack out."
        )
    if pack.effective_to and day > parsed_date(pack.effective_to, f"`effective_to` of pack {pack.id!r}"):
        successor = f" Use {pack.superseded_by!r} instead." if pack.superseded_by else ""
        raise SpecError(f"Pack {pack.id!r} {pack.version} expired on {pack.effective_to}.{successor}")
