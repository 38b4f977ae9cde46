"""Packs: policy as dated data. A pack selects checks, sets sourced limits, and lists controls."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from secondline.core.canonical import digest
from secondline.core.errors import SpecError, UnknownPack
from secondline.core.evidence import OpinionRule
from secondline.core.limit import Limit
from secondline.policy.documents import Lines, load_text, parsed_date, typed
from secondline.policy.documents import load as load_file


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """A clause a control rests on, and how far it can be trusted."""

    doc: str
    clause: str = ""
    tag: Literal["P", "V", "S", "R", "house"] = "house"


class Control(_Part):
    """One control in our words: what must hold, why, and which checks of a run are evidence for it."""

    id: str
    title: str
    sources: tuple[Source, ...] = ()
    force: Literal["block", "warn", "record"] = "warn"
    checks: tuple[str, ...] = ()
    satisfied_by: str = ""


class Pack(_Part):
    """A policy pack. ``limits`` and ``parameters`` are by check code; ``checks`` lists codes to ask (none: all)."""

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
    controls: tuple[Control, ...] = ()
    opinion_rules: tuple[OpinionRule, ...] = ()
    multiplicity: Literal["check", "plan"] | None = None

    def sha256(self) -> str:
        """Return the digest of the whole pack."""
        return digest(self.model_dump(mode="json"))


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
    content, lines, origin = _read(name)
    pack = typed(Pack, content, origin, lines)
    _in_force(pack, as_of)
    return pack


def _read(name: str) -> tuple[Mapping[str, Any], Lines, str]:
    if name.endswith((".yaml", ".yml")):
        content, lines = load_file(Path(name))
        return content, lines, name
    if name not in pack_names():
        raise UnknownPack.among(name, pack_names())
    text = (files("secondline.policy") / "packs" / f"{name}.yaml").read_text(encoding="utf-8")
    content, lines = load_text(text, f"pack {name}")
    return content, lines, f"pack {name}"


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
