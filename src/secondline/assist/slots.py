"""Slots: whether each value stands beside the name of its own record and the words of its own role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from secondline.assist.cues import CLOSES, OPENS, RIGHT, cued
from secondline.assist.exhibits import FINER, Exhibit, Exhibits, Field
from secondline.assist.lexicon import ALIASES, UNITS
from secondline.assist.problems import Problem
from secondline.assist.sentences import Sentence, Slot

FORMAT = re.compile(r"\.(\d{1,2})([f%e])")
Known = tuple[Slot, Exhibit, Field]


def known(sentence: Sentence, exhibits: Exhibits) -> tuple[list[Known], list[Problem]]:
    """Return the slots with what they name, and a problem for each that names nothing."""
    found: list[Known] = []
    problems: list[Problem] = []
    for slot in sentence.slots:
        item = exhibits.by_id.get(slot.id)
        field = item.fields.get(slot.field) if item else None
        if item is None:
            problems.append(Problem("UNKNOWN_EVIDENCE", slot.id))
        elif field is None:
            problems.append(Problem("UNKNOWN_FIELD", f"{slot.id}.{slot.field}"))
        else:
            found.append((slot, item, field))
    return found, problems


def slots(sentence: Sentence, found: Sequence[Known], spoken: frozenset[str]) -> Iterator[Problem]:
    """Yield what is wrong with slots that all name something: owner, cue, format, unit; *spoken* are the free words."""
    seen: set[tuple[str, str]] = set()
    for i, (slot, _, field) in enumerate(found):
        name = f"{slot.id}.{slot.field}"
        if (slot.id, slot.field) in seen:
            yield Problem("REPEATED", name)
        seen.add((slot.id, slot.field))
        if not fits(field, slot.format):
            yield Problem("BAD_FORMAT", f"{name}|{slot.format}")
        left, right = sentence.between[i], sentence.between[i + 1]
        if not cued(field.role, left, right) or not _paired(found, i):
            yield Problem("WRONG_CUE", name)
        elif field.numeric and _unit(right) and field.role not in RIGHT:
            yield Problem("WRONG_UNIT", f"{name} {_unit(right)}")
    yield from _owners(found)
    yield from _nameless(found, spoken)


def fits(field: Field, format_: str) -> bool:
    """Whether a format suits a field: its style, and no fewer digits than a reader wants nor far more.

    >>> rate = Field(0.224, "value", "rate")
    >>> fits(rate, ".1%"), fits(rate, ".1f"), fits(rate, ".0%"), fits(rate, "")
    (True, False, False, True)
    """
    if format_ in {"", "p", "d"}:
        return format_ in {"", field.style}
    match = FORMAT.fullmatch(format_)
    return match is not None and match[2] == field.style and field.decimals <= int(match[1]) <= field.decimals + FINER


def _paired(found: Sequence[Known], i: int) -> bool:
    """Whether the ends of an interval stand together and belong to one record."""
    slot, _, field = found[i]
    if field.role in OPENS:
        after = found[i + 1] if i + 1 < len(found) else None
        return after is not None and after[0].id == slot.id and after[2].role == OPENS[field.role]
    if field.role in CLOSES:
        return i > 0 and found[i - 1][0].id == slot.id and found[i - 1][2].role == CLOSES[field.role]
    return True


def _unit(right: str) -> str:
    match = re.match(r"[\s-]*([A-Za-z]+)", right)
    return match[1].lower() if match and match[1].lower() in UNITS else ""


def _owners(found: Sequence[Known]) -> Iterator[Problem]:
    """Slots come in groups of one record: its heading if any, its label, then at least one value of its own."""
    owner, labelled, used = "", False, True
    for slot, _, field in found:
        name = f"{slot.id}.{slot.field}"
        if field.role in {"label", "heading"}:
            if slot.id != owner:
                if not used:
                    yield Problem("WRONG_SLOT", f"{owner} is named, but nothing of it is told before {name}")
                owner, labelled, used = slot.id, False, False
            elif field.role == "heading" and labelled:
                yield Problem("WRONG_SLOT", f"{name} after its label")
            labelled = labelled or field.role == "label"
        elif slot.id != owner or not labelled:
            yield Problem("WRONG_SLOT", f"{name} without its label before it")
        else:
            used = True
    if not used:
        yield Problem("WRONG_SLOT", f"{owner} is named, but nothing of it is told")


def _nameless(found: Sequence[Known], spoken: frozenset[str]) -> Iterator[Problem]:
    """The number of a check needs the check's claim or the name of its measure in the same sentence."""
    headed = {item.code for _, item, field in found if field.role == "heading"}
    told = {slot.id for slot, _, field in found if field.role == "outcome"}
    for slot, item, field in found:
        # A heading is the claim of a check: without its outcome it would read as true.
        if item.kind == "answer" and field.role == "heading" and slot.id not in told:
            yield Problem("WRONG_SLOT", f"{slot.id}.{slot.field} is a claim; tell its outcome")
    for slot, item, field in found:
        called = measure_words(item.code) <= spoken or bool(set(ALIASES.get(_leaf(item.code), ())) & spoken)
        if item.kind == "answer" and field.role == "value" and item.code not in headed and not called:
            yield Problem("WRONG_SLOT", f"{slot.id}.{slot.field}: say which measure it is")


def _leaf(code: str) -> str:
    return code.rpartition(".")[2]


@cache
def measure_words(code: str) -> frozenset[str]:
    """Return the words that call a check's measure by name."""
    return frozenset(re.findall("[a-z]+", _leaf(code).lower()))
