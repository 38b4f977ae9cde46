"""Methods: the written rules of rating and change in force, with their numbers, so that the ledger can apply them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from secondline.core.canonical import digest
from secondline.core.errors import SpecError, UnknownRecord
from secondline.govern.act import Act, Look, Situation, allow
from secondline.govern.classes import Criteria
from secondline.govern.formula import Formula
from secondline.govern.record import Doc, Form, Nothing, Record, declare, merged
from secondline.govern.roles import Role

HEAD = frozenset[Role]({"mrm-head"})
KINDS: dict[str, type[BaseModel]] = {"tiering": Formula, "change": Criteria}


class MethodFields(Form):
    """A method: what it is, and every parameter of it."""

    kind: Literal["tiering", "change"] = Field(description="What it decides.")
    version: str = Field(min_length=1, max_length=40, description="Version of the method.")
    title: str = Field(default="", max_length=200, description="Name people use.")
    model: str = Field(default="", max_length=80, description="Entry in the inventory: a method is a model too.")
    parameters: dict[str, Any] = Field(description="All parameters.")


class Method(Doc, MethodFields):
    """A method on record."""

    digest: str = Field(default="", description="SHA-256 of the parameters.")
    adopted_on: str = Field(default="", description="Day of its adoption.")


METHOD = declare(Record("method", "Method", "methods", Method, ("kind", "version", "model")))


def tiering_method(look: Look, name: str) -> Formula:
    """Return an adopted tiering method.

    Raises:
        UnknownRecord: it was never adopted.
        SpecError: it is no longer in force.
    """
    return Formula.model_validate(_in_force(look, "tiering", name)["parameters"])


def change_criteria(look: Look, name: str) -> Criteria:
    """Return adopted criteria of change, with the same errors."""
    return Criteria.model_validate(_in_force(look, "change", name)["parameters"])


def _in_force(look: Look, kind: str, name: str) -> dict[str, Any]:
    found = look.get("method", name)
    if found is None or found.get("kind") != kind:
        raise UnknownRecord(f"No {kind} method {name!r} was adopted. Adopt one: secondline tier adopt {kind}.")
    if found["state"] != "adopted":
        raise SpecError(f"The {kind} method {name!r} is no longer in force; use the one that is.")
    return found


def _is_whole(now: Situation) -> None:
    kind, form = KINDS[now.form.kind], now.form
    try:
        found = kind.model_validate(form.parameters)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "parameters"
        raise SpecError(f"The {form.kind} method cannot be adopted: `{name}`: {first['msg']}.") from error
    named = (getattr(found, "id", ""), getattr(found, "version", ""))
    if now.id != f"{form.kind}@{form.version}" or named != (form.kind, form.version):
        raise SpecError(f"A method's id is KIND@VERSION, as its parameters say: {'@'.join(named)}, not {now.id}.")


def _adopted(now: Situation) -> dict[str, Any]:
    stated = now.form.model_dump(mode="json")
    kept = merged({}, stated["parameters"])  # as the record will hold them, so that the digest can be made again
    return {**stated, "parameters": kept, "digest": digest(kept), "adopted_on": now.today}


allow(
    Act("method.adopted", "method", "Adopt a method", HEAD, MethodFields, creates=True, after="adopted",
        rules=(_is_whole,), changes=_adopted, reasoned=True)
)  # fmt: skip
allow(
    Act("method.ended", "method", "End a method", HEAD, Nothing, before=frozenset({"adopted"}), after="ended",
        reasoned=True)
)  # fmt: skip
