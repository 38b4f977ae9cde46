"""Fields: what was extracted or classified, field by field: right, wrong, missing, invented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from secondline.evals.grading.scorer import Params, scorer, texts, unscored, verdict
from secondline.evals.nouns import Case, Grade, Trace
from secondline.evals.schema import answered
from secondline.evals.text.numbers import Number, numbers
from secondline.evals.text.words import plain

EMPTY: tuple[Any, ...] = (None, "", [], {})
SHOWN = 6


@scorer("fields", "genai.classification", {"fields": [], "tolerance": {}, "least": 1.0, "reference": None})
def fields(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the fields of the JSON answered are those of the reference.

    ``fields`` are those looked at (all, by path such as ``borrower.name``, unless given); ``tolerance`` is relative, by
    numeric field; ``least`` the share of fields that must be right. The value is that share; the details count fields
    that are right, wrong, missing (the reference has it, the answer has not) and invented (the other way round).
    """
    reference = params["reference"] if params["reference"] is not None else case.reference
    if not isinstance(reference, Mapping):
        return unscored("The case has no reference fields.")
    wanted = dict(_flat(reference))
    try:
        given = answered(trace.text)
    except ValueError as error:
        return verdict(False, f"No fields can be read: {error}.", value=0.0, details=_counts({}, len(wanted)))
    said = dict(_flat(given if isinstance(given, Mapping) else {}))
    names = list(params["fields"]) or sorted({*wanted, *said})
    how = {n: _compared(wanted.get(n), said.get(n), params["tolerance"].get(n, 0.0), case.language) for n in names}
    return _graded(how, params["least"])


def _graded(how: Mapping[str, str], least: float) -> Grade:
    asked = {name: said for name, said in how.items() if said}
    if not asked:
        return unscored("Neither the reference nor the answer holds any of the fields.")
    right = sum(said == "right" for said in asked.values()) / len(asked)
    wrong = [f"{name} is {said}" for name, said in asked.items() if said != "right"]
    details = _counts(Counter(asked.values()), 0) | {"fields": dict(asked)}
    return verdict(right >= least, "; ".join(wrong[:SHOWN]), value=right, details=details)


def _counts(counts: Mapping[str, int], missing: int) -> dict[str, Any]:
    return {kind: counts.get(kind, 0) for kind in ("right", "wrong", "invented")} | {
        "missing": missing or counts.get("missing", 0)
    }


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif path:
        yield path, value


def _compared(wanted: Any, said: Any, tolerance: float, language: str) -> str:
    """Return how a field compares, or "" where both have nothing."""
    if wanted in EMPTY or said in EMPTY:
        return "" if wanted in EMPTY and said in EMPTY else "missing" if said in EMPTY else "invented"
    return "right" if same(wanted, said, tolerance, language) else "wrong"


def same(wanted: Any, said: Any, tolerance: float = 0.0, language: str = "en") -> bool:
    """Whether two values of a field say the same: numbers by value, texts but for case and spaces, lists as sets."""
    if isinstance(wanted, bool) or isinstance(said, bool):
        return _truth(wanted) is not None and _truth(wanted) == _truth(said)
    if isinstance(wanted, (list, tuple)) and isinstance(said, (list, tuple)):
        left = list(said)
        for one in wanted:
            at = next((i for i, other in enumerate(left) if same(one, other, tolerance, language)), None)
            if at is None:
                return False
            left.pop(at)
        return not left
    if isinstance(wanted, Mapping) or isinstance(said, Mapping):
        return bool(wanted == said)
    a, b = _number(wanted, language), _number(said, language)
    if a is not None and b is not None:
        return a.equals(b, tolerance)
    return plain(str(wanted)) == plain(str(said))


def _truth(value: Any) -> bool | None:
    return {"true": True, "yes": True, "false": False, "no": False}.get(plain(str(value)))


def _number(value: Any, language: str) -> Number | None:
    """Return a value as a number where it is one and nothing else (``EUR 1,200`` is; ``12 High Street`` is not)."""
    if isinstance(value, (int, float)):
        return Number(float(value), "", (0, 0))
    text = str(value).strip()
    stated = numbers(text, language)
    return stated[0] if len(stated) == 1 and stated[0].span == (0, len(text)) else None


@scorer("class-label", "genai.classification", {"labels": list, "label": ""})
def class_label(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the answer names the right one of the declared ``labels``, and no other.

    The value is the place of the label that was named, from 0; the details name it and the right one, for a confusion
    table.
    """
    right = params["label"] or (case.reference if isinstance(case.reference, str) else "") or _entry(case.reference)
    if not right:
        return unscored("The case names no right label.")
    labels = texts(params["labels"])
    said = _named(trace.text, labels)
    if len(said) != 1:
        reason = "It names no label." if not said else f"It names {' and '.join(said)}."
        return verdict(False, reason, details={"right": right, "named": "" if not said else "several"})
    good = plain(said[0]) == plain(right)
    reason = "" if good else f"It says {said[0]!r}; right is {right!r}."
    return verdict(good, reason, value=float(labels.index(said[0])), details={"right": right, "named": said[0]})


def _entry(reference: Any) -> str:
    return str(reference.get("label", "")) if isinstance(reference, Mapping) else ""


def _named(text: str, labels: list[str]) -> list[str]:
    """Return the labels that a text names; one within another that is named (``risk`` in ``high risk``) is not."""
    try:
        value = answered(text)
        text = str(value.get("label", value)) if isinstance(value, Mapping) else str(value)
    except ValueError:
        pass
    shown = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in plain(text)).split())} "
    hits = []
    for label in sorted(labels, key=len, reverse=True):
        key = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in plain(label)).split())} "
        if key.strip() and key in shown:
            hits.append(label)
            shown = shown.replace(key, " | ")
    return hits


@scorer("numeric-answer", "genai.numeric", {"number": None, "tolerance": 0.0, "only": False})
def numeric_answer(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the answer states the right number (``number``, or the reference), within a relative ``tolerance``.

    Missing is told from wrong: no number at all, or others. With ``only``, no other number may be stated.
    """
    wanted = params["number"] if params["number"] is not None else case.reference
    right = numbers(str(wanted), "en") if isinstance(wanted, (int, float, str)) else ()
    if len(right) != 1:
        return unscored("The case has no one number as its reference.")
    said = numbers(trace.text, case.language)
    hits = [n for n in said if n.equals(right[0], params["tolerance"])]
    others = [n for n in said if n not in hits]
    if hits and not (params["only"] and others):
        return verdict(True, value=hits[0].value, spans=(("answer", *hits[0].span),))
    kind = "missing" if not said else "besides" if hits else "wrong"
    shown = ", ".join(trace.text[a:b] for a, b in (n.span for n in others[:SHOWN]))
    reason = "It states no number." if not said else f"It states {shown}, not {wanted}."
    return verdict(False, reason, value=others[0].value if others else None, details={"kind": kind})


@scorer("answer-key", "genai.consistency", withheld="graded")
def answer_key(case: Case, trace: Trace, params: Params) -> Grade:
    """What the answer says at bottom, as a number: two answers to one case agree where their numbers are equal.

    The numbers an answer states are its key; where it states none, its label of ``yes`` or ``no`` at the beginning, a
    decline, or else all its words of content. The verdict is always a pass: whether replicates agree is counted later.
    """
    from secondline.core.canonical import digest
    from secondline.evals.text.declines import reading
    from secondline.evals.text.words import content, words

    del params
    how = reading(trace.text, case.language)
    key: object = "declined"
    if not how.declined:
        stated = sorted({n.value for n in numbers(trace.text, case.language)})
        first = next(iter(words(trace.text)), "")
        key = stated or (first if first in {"yes", "no", "ja", "nein", "oui", "non"} else sorted(content(trace.text)))
    return verdict(True, value=float(int(digest(key)[:12], 16)), details={"key": str(key)[:200]})
