"""Claims: each word of direction, threshold or outcome needs a true predicate about the values beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from secondline.assist.exhibits import Exhibit, Exhibits, Field
from secondline.assist.lexicon import DIRECTION, PHRASES, Class
from secondline.assist.problems import Problem
from secondline.assist.sentences import Predicate, Sentence
from secondline.assist.slots import Known
from secondline.assist.wording import Word

PRINCIPAL = frozenset({"value", "limit", "limit_low", "limit_high", "difference", "ratio", "mde"})
"""Roles that a word of comparison can stand between."""
INFIX: dict[Class, frozenset[str]] = {
    "above": frozenset({"gt"}), "below": frozenset({"lt"}), "at-least": frozenset({"ge", "gt"}),
    "at-most": frozenset({"le", "lt"}), "equal": frozenset({"eq"}),
}  # fmt: skip
OUTCOMES: frozenset[Class] = frozenset({"failed", "passed", "inconclusive"})
HOLDS: dict[str, Callable[..., bool]] = {
    "gt": lambda a, b: a > b,
    "lt": lambda a, b: a < b,
    "ge": lambda a, b: a >= b,
    "le": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
    "within": lambda a, low, high: low <= a <= high,
    "p_below": lambda p, alpha: p < alpha,
    "ci_excludes": lambda low, high, a: a < low or a > high,
}
ROLES: dict[str, tuple[str, ...]] = {"p_below": ("p", "alpha"), "ci_excludes": ("low", "high"), "is": ("outcome",)}
"""The roles that the first arguments of some predicates must have."""


def claims(sentence: Sentence, exhibits: Exhibits, found: Sequence[Known], spoken: Sequence[Word]) -> Iterator[Problem]:
    """Yield the predicates that are false or beside the point, and the words that no predicate carries."""
    shown = {f"{slot.id}.{slot.field}" for slot, _, _ in found}
    for predicate in sentence.predicates:
        yield from _predicate(predicate, exhibits, shown)
    for place, word, kind in claimed(spoken):
        if not any(_carries(p, kind, place, found) for p in sentence.predicates):
            yield Problem("NO_PREDICATE", word)


def claimed(spoken: Sequence[Word]) -> Iterator[tuple[int, str, Class]]:
    """Yield the words and phrases that claim something, each with its place and class."""
    skip = False
    for (place, word), (after, other) in pairwise([*spoken, (-1, "")]):
        phrase = PHRASES.get((word, other)) if place == after else None
        if skip:
            skip = False
        elif phrase:
            skip = True
            yield place, f"{word} {other}", phrase
        elif word in DIRECTION:
            yield place, word, DIRECTION[word]
        elif word in {"least", "most", "more", "fewer"}:
            yield place, word, "above"


def _predicate(predicate: Predicate, exhibits: Exhibits, shown: set[str]) -> Iterator[Problem]:
    if predicate.op == "is":
        field = _field(exhibits, predicate.args[0])
        if field is None:
            yield Problem("UNKNOWN_FIELD", str(predicate))
        elif field.role != "outcome" or not predicate.ids <= {name.partition(".")[0] for name in shown}:
            yield Problem("INCOMPARABLE", str(predicate))
        elif field.value != predicate.args[1]:
            yield Problem("FALSE_PREDICATE", str(predicate))
        return
    fields = [_field(exhibits, arg) for arg in predicate.args]
    if None in fields:
        yield Problem("UNKNOWN_FIELD", str(predicate))
        return
    known = [field for field in fields if field is not None]
    if not _comparable(predicate, exhibits, known, shown):
        yield Problem("INCOMPARABLE", str(predicate))
    elif not HOLDS[predicate.op](*(field.value for field in known)):
        yield Problem("FALSE_PREDICATE", str(predicate))


def _field(exhibits: Exhibits, name: str) -> Field | None:
    id_, _, field = name.partition(".")
    return exhibits.field(id_, field)


def _comparable(predicate: Predicate, exhibits: Exhibits, fields: Sequence[Field], shown: set[str]) -> bool:
    """Whether all are numbers of one record, or the same field of one check, and the sentence shows them."""
    wanted = ROLES.get(predicate.op, ())
    if not all(field.numeric for field in fields) or any(f.role != r for f, r in zip(fields, wanted, strict=False)):
        return False
    cited = {name.partition(".")[0] for name in shown}
    if not predicate.ids <= cited or (not wanted and predicate.args[0] not in shown):
        return False
    if len(predicate.ids) == 1:
        return True
    codes = {exhibits.by_id[id_].code for id_ in predicate.ids}
    names = {arg.partition(".")[2] for arg in predicate.args}
    return len(codes) == 1 and len(names) == 1 and fields[0].role == "value" and set(predicate.args) <= shown


def _carries(predicate: Predicate, kind: Class, place: int, found: Sequence[Known]) -> bool:
    """Whether a predicate is what a word of this class, in this place, needs."""
    if kind in INFIX:
        return predicate.op in INFIX[kind] and predicate.args == _beside(place, found)
    if kind in OUTCOMES:
        return predicate.op == "is" and predicate.args == (f"{_nearest(place, found)}.outcome", kind)
    if kind == "significant":
        return predicate.op in {"p_below", "ci_excludes"} and predicate.ids == {_nearest(place, found)}
    if kind in {"stable", "inside"}:
        return predicate.op == "within" and predicate.ids == {_nearest(place, found)}
    values = [(f"{slot.id}.{slot.field}", item) for slot, item, field in found if field.role == "value"]
    if len(values) != 2:  # noqa: PLR2004 - from one value to another
        return False
    return predicate.op == _moved(kind, values[0][1]) and predicate.args == (values[0][0], values[1][0])


def _moved(kind: Class, item: Exhibit) -> str:
    """Return the operator that must hold between the earlier value and the later; none where better is not known."""
    if kind in {"up", "down"}:
        return "lt" if kind == "up" else "gt"
    if item.higher is None:
        return ""
    return "lt" if (kind == "better") == item.higher else "gt"


def _beside(place: int, found: Sequence[Known]) -> tuple[str, ...]:
    """Return the values to the left and to the right of a place between slots."""
    names = [(i, f"{slot.id}.{slot.field}") for i, (slot, _, field) in enumerate(found) if field.role in PRINCIPAL]
    left = [name for i, name in names if i < place]
    right = [name for i, name in names if i >= place]
    return (left[-1], right[0]) if left and right else ()


def _nearest(place: int, found: Sequence[Known]) -> str:
    """Return the record that the nearest slot to the left names, or else the first."""
    return found[place - 1][0].id if place else found[0][0].id if found else ""
