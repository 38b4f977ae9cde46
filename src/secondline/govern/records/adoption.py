"""Adoption: which policy packs the bank holds itself to, since when, with which parameters of its own."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from secondline.core.errors import SpecError
from secondline.govern.act import Act, Situation, allow
from secondline.govern.record import Doc, Form, Record, declare, partly
from secondline.govern.roles import Role

HEAD = frozenset[Role]({"mrm-head"})
LONGEST_PACK = 400_000
Value = bool | int | float | str | list[str] | list[int]


class AdoptionFields(Form):
    """How the bank holds itself to a pack."""

    pack: str = Field(min_length=1, max_length=80, description="Pack.")
    version: str = Field(default="", max_length=40, description="Version of the pack when adopted.")
    digest: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the pack when adopted.")
    since: date = Field(description="First day it applies to the bank.")
    voluntary: bool = Field(
        default=False, description="Count its clauses also before they are in force, or after: the bank's own choice."
    )
    parameters: dict[str, dict[str, Value]] = Field(
        default_factory=dict, description="Parameters of the bank's own, by control."
    )
    content: str = Field(
        default="", max_length=LONGEST_PACK, description="Text of the pack, when it is the bank's own file."
    )


class Adoption(Doc, AdoptionFields):
    """An adoption on record."""

    until: date | None = Field(default=None, description="Last day it applied.")


class EndForm(Form):
    """The end of an adoption."""

    until: date = Field(description="Last day it applies.")


# `since` is no facet: the ledger's own tables have a column of that name.
ADOPTION = declare(Record("adoption", "Adoption", "adoptions", Adoption, ("pack", "version")))
AdoptionChange = partly(AdoptionFields, "AdoptionChange")


def _named_as_pack(now: Situation) -> None:
    stated = getattr(now.form, "pack", None)
    if stated is not None and stated != now.id:
        raise SpecError(f"An adoption is named as its pack: expected {stated!r}, got {now.id!r}.")


def _ends_after_it_began(now: Situation) -> None:
    if now.form.until.isoformat() < str(now.doc.get("since", "")):
        raise SpecError(f"{now.id} applies since {now.doc['since']}; it cannot end on {now.form.until}, before that.")


def _changed(now: Situation) -> dict[str, Any]:
    """Return what changes; parameters are stated as a whole, so none that is left out lives on."""
    new: dict[str, Any] = now.form.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    if "parameters" in new:
        old = now.doc.get("parameters", {})
        stated = {c: {**dict.fromkeys(old.get(c, ())), **values} for c, values in new["parameters"].items()}
        new["parameters"] = {**dict.fromkeys(old), **stated}
    return new


def _anew(now: Situation) -> dict[str, Any]:
    """Return what an adoption begun again becomes: nothing of the old one stays."""
    gone = {name: None for name in now.doc if name not in {"state", "parameters"}}
    return gone | _changed(now) | ({} if "parameters" in now.form.model_fields_set else {"parameters": None})


ADOPTED, ENDED = frozenset({"adopted"}), frozenset({"ended"})
allow(
    Act("pack.adopted", "adoption", "Adopt a pack", HEAD, AdoptionFields, creates=True, after="adopted",
        rules=(_named_as_pack,), reasoned=True)
)  # fmt: skip
allow(
    Act("adoption.changed", "adoption", "Change how a pack is adopted", HEAD, AdoptionChange, before=ADOPTED,
        rules=(_named_as_pack,), changes=_changed, reasoned=True)
)  # fmt: skip
allow(
    Act("adoption.ended", "adoption", "End an adoption", HEAD, EndForm, before=ADOPTED, after="ended",
        rules=(_ends_after_it_began,), reasoned=True)
)  # fmt: skip
allow(
    Act("adoption.resumed", "adoption", "Adopt a pack again", HEAD, AdoptionFields, before=ENDED, after="adopted",
        rules=(_named_as_pack,), changes=_anew, reasoned=True)
)  # fmt: skip
