"""Duties: who must not act, because they built it, own it, or judged it before. Rules bind the person, not the door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from secondline.core.errors import Refused
from secondline.govern.act import Look, Rule, Situation


def developers(look: Look, model: str, version: str | None = None) -> set[str]:
    """Return everybody who ever was named or acted as developer of a version, or of any version of a model."""
    found = look.find("version", model=model)
    mine = [v for v in found if version in {None, v["id"], v.get("version")}]
    people: set[str] = set()
    for one in mine:
        for done in look.past("version", one["id"]):
            people |= set(done.changes.get("developers") or ())
            people |= {done.actor} if done.act == "version.registered" else set()
    return people | ever(look, "model", model, "developer")


def owners(look: Look, model: str) -> set[str]:
    """Return everybody who ever was named owner of a model."""
    return ever(look, "model", model, "owner")


def ever(look: Look, record: str, id_: str, field: str) -> set[str]:
    """Return every person a field has ever named."""
    values = (done.changes.get(field) for done in look.past(record, id_))
    return {name for value in values for name in _names(value)}


def _names(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [str(v) for v in value] if isinstance(value, (list, tuple)) else []


def who_did(look: Look, record: str, id_: str, *acts: str) -> set[str]:
    """Return who did any of these acts on a record."""
    return {done.actor for done in look.past(record, id_) if done.act in acts}


def refuse(person: str, what: str, because: str) -> None:
    """Refuse an act to a person, saying why and who may do it instead."""
    raise Refused(f"{person!r} may not {what}: {because}. Somebody independent must.")


def independent_of_first_line(what: str) -> Rule:
    """Return the rule that whoever acts neither developed the version (or model) concerned nor owns it."""

    def rule(now: Situation) -> None:
        model, version = _concerned(now)
        if now.actor in developers(now.look, model, version):
            refuse(now.actor, what, f"they developed {version or model}")
        if now.actor in owners(now.look, model):
            refuse(now.actor, what, f"they own or owned {model}")

    return rule


def _concerned(now: Situation) -> tuple[str, str | None]:
    doc: Mapping[str, Any] = now.doc
    model = now.field("model") or (now.id if now.act.record == "model" else "")
    version = now.field("version") if now.act.record != "version" else now.id
    return str(model or doc.get("model", "")), version or None


def not_the_one_who(*acts: str, what: str) -> Rule:
    """Return the rule that whoever acts did none of these acts on the same record before."""

    def rule(now: Situation) -> None:
        if now.actor in who_did(now.look, now.act.record, now.id, *acts):
            refuse(now.actor, what, f"they did {' or '.join(acts)} on {now.id}")

    return rule


def not_themselves(field: str, what: str) -> Rule:
    """Return the rule that the person named in *field* (of form or record) is not the one who acts."""

    def rule(now: Situation) -> None:
        if now.actor in _names(now.field(field)):
            refuse(now.actor, what, f"they are its {field.replace('_', ' ')}")

    return rule


def known(record: str, field: str) -> Rule:
    """Return the rule that the record named in *field*, when one is named, exists."""

    def rule(now: Situation) -> None:
        from secondline.core.errors import UnknownRecord

        for name in _names(getattr(now.form, field, None)):
            if now.look.get(record, name) is None:
                raise UnknownRecord.of(record, name)

    return rule
