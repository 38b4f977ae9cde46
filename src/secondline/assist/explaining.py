"""Explaining: what stands behind a sentence: each value with the record it comes from, each predicate, each problem."""

from __future__ import annotations

from dataclasses import dataclass

from secondline.assist.claims import HOLDS
from secondline.assist.exhibits import Exhibit, Exhibits
from secondline.assist.problems import Problem
from secondline.assist.sentences import Predicate, Sentence, Slot
from secondline.assist.verify import verify

SAID = {
    "gt": "is above", "lt": "is below", "ge": "is at least", "le": "is at most", "eq": "equals", "p_below": "is below",
}  # fmt: skip
LABELS = frozenset({"label", "heading"})


@dataclass(frozen=True, slots=True)
class Value:
    """One slot as a person checks it: what stands in it, of what, and the record it comes from; none if it is gone."""

    slot: str
    printed: str
    what: str
    item: Exhibit | None


@dataclass(frozen=True, slots=True)
class Held:
    """One predicate: as it is written, in words with its values, and whether it is true; None where a field is gone."""

    written: str
    said: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Explained:
    """All that stands behind a sentence."""

    values: tuple[Value, ...]
    predicates: tuple[Held, ...]
    problems: tuple[Problem, ...]


def explained(sentence: Sentence, exhibits: Exhibits) -> Explained:
    """Return what stands behind a sentence, by the evidence as it is now; labels are no values."""
    values = (value(slot, exhibits) for slot in sentence.slots if not _names(slot, exhibits))
    held = (_held(predicate, exhibits) for predicate in sentence.predicates)
    return Explained(tuple(values), tuple(held), verify(sentence, exhibits))


def _names(slot: Slot, exhibits: Exhibits) -> bool:
    field = exhibits.field(slot.id, slot.field)
    return field is not None and field.role in LABELS


def value(slot: Slot, exhibits: Exhibits) -> Value:
    """Return one slot with what it comes from."""
    written = f"{slot.id}.{slot.field}"
    item, field = exhibits.by_id.get(slot.id), exhibits.field(slot.id, slot.field)
    if item is None or field is None:
        return Value(written, "", "no longer on record", item)
    return Value(written, field.printed(), f"{slot.field.replace('_', ' ')} of {called(item)}", item)


def called(item: Exhibit) -> str:
    """Return what a record is called: its heading and label."""
    by_role = {field.role: str(field.value) for field in item.fields.values() if field.role in LABELS}
    heading, label = by_role.get("heading", ""), by_role.get("label", item.source)
    return f"{heading} ({label})" if heading else label


def _held(predicate: Predicate, exhibits: Exhibits) -> Held:
    is_ = predicate.op == "is"
    names = predicate.args[:-1] if is_ else predicate.args
    fields = [exhibits.field(*name.split(".", 1)) for name in names]
    known = [field for field in fields if field is not None]
    if len(known) < len(fields):
        return Held(str(predicate), "names a field that is no longer on record", None)
    shown = [field.printed() for field in known]
    if is_:
        return Held(str(predicate), f"{shown[0]} is {predicate.args[1]}", known[0].value == predicate.args[1])
    if predicate.op == "ci_excludes":
        said = f"[{shown[0]}, {shown[1]}] does not hold {shown[2]}"
    elif predicate.op == "within":
        said = f"{shown[0]} lies within [{shown[1]}, {shown[2]}]"
    else:
        said = f"{shown[0]} {SAID[predicate.op]} {shown[1]}"
    numeric = all(field.numeric for field in known)
    return Held(str(predicate), said, numeric and HOLDS[predicate.op](*(field.value for field in known)))
