"""Rendering: fill the slots, with as many digits as it takes to see what the sentence says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from secondline.assist.exhibits import MOST_DECIMALS, Exhibits, Field
from secondline.assist.sentences import Sentence
from secondline.assist.slots import FORMAT
from secondline.reports.blocks import Figure, Span

LIMITS = ("limit", "limit_low", "limit_high")
COMPARED = frozenset({"value", "low", "high"})
COMPARES = frozenset({"gt", "lt", "ge", "le", "eq"})


def rendered(sentence: Sentence, exhibits: Exhibits) -> tuple[Span, ...]:
    """Return the sentence as the spans of a report: numbers lead to their evidence.

    Values that a predicate compares, and values beside their own limit, get digits until they print on the side on
    which they are: never "0.10 exceeds 0.10".
    """
    places = _places(sentence, exhibits)
    spans: list[Span] = []
    for text, slot in zip(sentence.between, (*sentence.slots, None), strict=True):
        spans += [text] if text else []
        if slot is not None:
            field = _field(exhibits, f"{slot.id}.{slot.field}")
            said = field.printed(places.get(f"{slot.id}.{slot.field}"))
            source = exhibits.by_id[slot.id].source
            shown = field.numeric and exhibits.by_id[slot.id].kind == "answer"
            spans.append(Figure(said, source) if shown else said)
    return tuple(spans)


def text_of(sentence: Sentence, exhibits: Exhibits) -> str:
    """Return the sentence as plain text."""
    return "".join(span if isinstance(span, str) else span.text for span in rendered(sentence, exhibits))  # type: ignore[union-attr]  # no references


def _field(exhibits: Exhibits, name: str) -> Field:
    id_, _, field = name.partition(".")
    found = exhibits.field(id_, field)
    if found is None:
        raise KeyError(f"{name} is not on record; verify a sentence before it is rendered")
    return found


def _places(sentence: Sentence, exhibits: Exhibits) -> dict[str, int]:
    """Return the decimals of each slot: as its format says, and more where a comparison would not be seen."""
    places = {}
    for slot in sentence.slots:
        name = f"{slot.id}.{slot.field}"
        match = FORMAT.fullmatch(slot.format)
        places[name] = int(match[1]) if match else _field(exhibits, name).decimals
    for names in _compared(sentence, exhibits):
        _raise(places, names, exhibits)
    return places


def _compared(sentence: Sentence, exhibits: Exhibits) -> Iterator[Sequence[str]]:
    """Yield the pairs whose order must be seen."""
    yield from (p.args for p in sentence.predicates if p.op in COMPARES)
    for slot in sentence.slots:
        fields = exhibits.by_id[slot.id].fields
        if fields[slot.field].role in COMPARED:
            yield from ((f"{slot.id}.{slot.field}", f"{slot.id}.{name}") for name in LIMITS if name in fields)


def _raise(places: dict[str, int], names: Sequence[str], exhibits: Exhibits) -> None:
    fields = [_field(exhibits, name) for name in names]
    true = _order(*(Decimal(repr(float(field.value))) for field in fields))
    digits = [places.get(name, field.decimals) for name, field in zip(names, fields, strict=True)]
    start = list(digits)
    for extra in range(MOST_DECIMALS):
        digits = [d + extra if name in places else d for name, d in zip(names, start, strict=True)]
        if _order(*(_seen(field, d) for field, d in zip(fields, digits, strict=True))) == true:
            break
    places.update({name: d for name, d in zip(names, digits, strict=True) if name in places})


def _seen(field: Field, decimals: int) -> Decimal:
    text = field.printed(decimals)
    value = Decimal(text.replace(",", "").removesuffix(" %"))
    return value / 100 if text.endswith("%") else value


def _order(a: Decimal, b: Decimal) -> int:
    return (a > b) - (a < b)
