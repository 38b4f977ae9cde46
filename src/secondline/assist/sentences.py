"""Sentences: what a draft is made of. Text with slots instead of numbers, and predicates that a machine can check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from secondline.core.errors import SpecError

Kind = Literal["fact", "comparison", "finding", "method", "limitation", "judgement"]
KINDS: tuple[Kind, ...] = ("fact", "comparison", "finding", "method", "limitation", "judgement")
Op = Literal["gt", "lt", "ge", "le", "eq", "within", "p_below", "ci_excludes", "is"]
ARGUMENTS: dict[str, int] = {
    "gt": 2, "lt": 2, "ge": 2, "le": 2, "eq": 2, "within": 3, "p_below": 2, "ci_excludes": 3, "is": 2,
}  # fmt: skip
LONGEST = 1200
"""Characters of one sentence."""
MOST_PREDICATES = 8

SLOT = re.compile(r"\{\{([A-Za-z][A-Za-z0-9]*)\.([a-z][a-z0-9_]*)(?:\|([^{}|]*))?\}\}")
PREDICATE = re.compile(r"\s*([a-z_]+)\s*\(([^()]*)\)\s*")
REFERENCE = re.compile(r"([A-Za-z][A-Za-z0-9]*)\.([a-z][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that code fills: which exhibit, which field, in what format; and where it stands in the template."""

    id: str
    field: str
    format: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Predicate:
    """A relation between fields, such as ``gt(E1.psi, E1.limit)``, or ``is(E1.outcome, failed)``."""

    op: Op
    args: tuple[str, ...]

    @property
    def ids(self) -> frozenset[str]:
        """The exhibits it speaks of."""
        return frozenset(arg.partition(".")[0] for arg in self.args if "." in arg)

    def __str__(self) -> str:
        """The predicate as it is written."""
        return f"{self.op}({', '.join(self.args)})"


@dataclass(frozen=True)
class Sentence:
    """One sentence of a draft.

    ``rule`` names the exhibit whose rule implies a word of judgement. ``origin`` says who wrote it: ``template`` or
    the name of a model.
    """

    text: str
    kind: Kind = "fact"
    predicates: tuple[Predicate, ...] = ()
    rule: str = ""
    origin: str = "template"

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The slots, in the order of the text."""
        return tuple(Slot(m[1], m[2], m[3] or "", m.start(), m.end()) for m in SLOT.finditer(self.text))

    @cached_property
    def between(self) -> tuple[str, ...]:
        """The free text before, between and after the slots: one piece more than there are slots."""
        edges = [0, *(place for slot in self.slots for place in (slot.start, slot.end)), len(self.text)]
        return tuple(self.text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2))

    @property
    def evidence(self) -> tuple[str, ...]:
        """The fields it rests on, such as ``E12.auc``."""
        return tuple(dict.fromkeys(f"{slot.id}.{slot.field}" for slot in self.slots))

    @property
    def cites(self) -> tuple[str, ...]:
        """The exhibits it rests on."""
        return tuple(dict.fromkeys(slot.id for slot in self.slots))

    def plain(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "text": self.text, "kind": self.kind, "predicates": [str(p) for p in self.predicates], "rule": self.rule,
            "origin": self.origin,
        }  # fmt: skip


def predicate(text: str) -> Predicate:
    """Return a predicate from its text.

    Raises:
        SpecError: the operator is not known, or the arguments are not fields (of ``is``, the last is one word).

    >>> str(predicate("gt( E1.psi ,E1.limit )"))
    'gt(E1.psi, E1.limit)'
    """
    match = PREDICATE.fullmatch(text)
    wanted = ARGUMENTS.get(match[1]) if match else None
    if match is None or wanted is None:
        raise SpecError(f"{text[:80]!r} is no predicate. Write one of {', '.join(ARGUMENTS)} with fields in brackets.")
    args = tuple(part.strip() for part in match[2].split(","))
    fields = args[:-1] if match[1] == "is" else args
    word = match[1] != "is" or re.fullmatch("[a-z ]+", args[-1])
    if len(args) != wanted or not word or not all(REFERENCE.fullmatch(arg) for arg in fields):
        raise SpecError(f"{text[:80]!r}: `{match[1]}` takes {wanted} arguments, fields such as E1.auc.")
    return Predicate(match[1], args)  # type: ignore[arg-type]  # it is a key of ARGUMENTS


def sentence(given: Mapping[str, Any], origin: str) -> Sentence:
    """Return a sentence from plain JSON, as a writer sends it or a ledger keeps it.

    Raises:
        SpecError: a key is unknown or missing, a value has the wrong type, or a predicate cannot be read.
    """
    unknown = set(given) - {"text", "kind", "predicates", "rule", "origin"}
    text, kind, rule = given.get("text"), given.get("kind", "fact"), given.get("rule", "")
    stated = given.get("predicates", [])
    if unknown or not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise SpecError(f"A sentence has `text` of 1 to {LONGEST} characters, `kind`, `predicates`, `rule`; no more.")
    if kind not in KINDS or not isinstance(rule, str):
        raise SpecError(
            f"`kind` is one of {', '.join(KINDS)}, and `rule` the id of an exhibit; got {str(kind)[:40]!r}."
        )
    if not isinstance(stated, list) or len(stated) > MOST_PREDICATES or not all(isinstance(p, str) for p in stated):
        raise SpecError(f"`predicates` is a list of at most {MOST_PREDICATES} texts.")
    return Sentence(text.strip(), kind, tuple(map(predicate, stated)), rule, origin)
