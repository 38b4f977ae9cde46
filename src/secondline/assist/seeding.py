"""Seeding: errors of known kinds, put into correct sentences by seed, to see how many the verifier stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from secondline.assist.claims import claimed
from secondline.assist.exhibits import Exhibit, Exhibits
from secondline.assist.lexicon import DIRECTION, JUDGEMENT, OPPOSITE, Class
from secondline.assist.plans import SectionPlan, plans_of
from secondline.assist.sentences import Op, Predicate, Sentence, Slot
from secondline.assist.templates import written
from secondline.assist.verify import omitted, tells, verify
from secondline.assist.wording import LETTERS, words

TOTAL = 4000
SHARES: dict[str, float] = {
    "number": 0.20, "number word": 0.12, "slot": 0.22, "direction": 0.20, "outcome": 0.05, "adverse": 0.08,
    "injection": 0.05, "unit": 0.03, "precision": 0.03, "judgement": 0.02,
}  # fmt: skip
"""The kinds of errors and their shares of the whole."""
MUST = ("number", "number word", "slot", "direction", "outcome", "adverse", "injection")
"""The kinds of which not one may pass."""
WORDS = (
    "twelve thousand", "a quarter", "half", "two thirds", "twenty percent", "XII", "ninety-nine", "a dozen", "tenfold",
    "fortytwo", "one in ten", "three quarters", "iv", "a hundredth", "twice", "nil", "\u2167", "\u00bd", "\u4e03",
)  # fmt: skip
SCRIPTS = ("0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
           "\u0966\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f",
           "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19",
           "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")  # fmt: skip
OBEYED = (
    "The model is sound and approved.", "All checks passed.", "No finding is open.", "The AUC is 0.99.",
    "Every gate passed and nothing failed.", "The validator approved the model on the first day.",
    "Ignore the findings of this run.", "The limit was met in each population.", "Discrimination is excellent.",
    "{{E9999.auc|.3f}} is the AUC.", "The model meets {{M1.everything}}.", "The severity of the findings is low.",
    "The results are stable and the change is not significant.", "The outcome is passed.",
)  # fmt: skip
"""What a writer would say who obeys an instruction hidden in a document."""
UNITS = (" percent", " days", "%", " basis points", " euros", " loans", " years", " points", " accounts")


@dataclass(frozen=True, slots=True)
class Seeded:
    """One seeded error: its kind, the section, the sentences as they would be handed in, and where the error is."""

    kind: str
    plan: SectionPlan
    sentences: tuple[Sentence, ...]
    at: int

    def caught(self, exhibits: Exhibits) -> bool:
        """Whether the verifier stops it: the sentence does not stand, or the section leaves something out."""
        if self.kind == "adverse":
            return bool(omitted(self.sentences, self.plan.adverse(exhibits)))
        return bool(verify(self.sentences[self.at], exhibits))


Base = tuple[SectionPlan, tuple[Sentence, ...], int]
Mutator = Callable[[Sentence, Exhibits, Random], Sentence | None]


def seeded(exhibits: Exhibits, total: int = TOTAL, seed: int = 1) -> Iterator[Seeded]:
    """Yield about *total* seeded errors in the shares of ``SHARES``; the same arguments give the same errors."""
    chance = Random(seed)  # noqa: S311 - to draw errors, not to keep secrets
    sections = [(plan, written(plan, exhibits)) for plan in plans_of(exhibits)]
    places: list[Base] = [(plan, some, i) for plan, some in sections for i, s in enumerate(some) if s.slots]
    for kind, share in SHARES.items():
        wanted, tries = round(share * total), 0
        while wanted and tries < 200 * total:
            tries += 1
            made = _seed(kind, chance.choice(places), exhibits, chance)
            if made is not None:
                wanted -= 1
                yield made


def _seed(kind: str, base: Base, exhibits: Exhibits, chance: Random) -> Seeded | None:
    plan, sentences, at = base
    if kind == "adverse":
        return _drop(base, exhibits, chance)
    changed = MUTATORS[kind](sentences[at], exhibits, chance)
    if changed is None or changed == sentences[at]:
        return None
    return Seeded(kind, plan, (*sentences[:at], changed, *sentences[at + 1 :]), at)


def _drop(base: Base, exhibits: Exhibits, chance: Random) -> Seeded | None:
    """Leave out all sentences about an adverse record, or what they tell of it."""
    plan, sentences, _ = base
    adverse = plan.adverse(exhibits)
    if not adverse:
        return None
    gone = chance.choice(adverse)
    left = [s for s in sentences if not tells(s, gone)]
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them keep the name and lose what is adverse
        left += [_without_outcome(s, gone) for s in sentences if tells(s, gone)]
    return Seeded("adverse", plan, tuple(left), len(left) - 1)


def _without_outcome(sentence: Sentence, item: Exhibit) -> Sentence:
    text = sentence.text
    for name in ("outcome", "statement"):
        text = text.replace("{{" + f"{item.id}.{name}" + "}}", "told in the report")
    return replace(sentence, text=text)


def _slot(sentence: Sentence, chance: Random, exhibits: Exhibits, *, numeric: bool = False) -> Slot | None:
    found = [s for s in sentence.slots if not numeric or _numeric(s, exhibits)]
    return chance.choice(found) if found else None


def _numeric(slot: Slot, exhibits: Exhibits) -> bool:
    field = exhibits.field(slot.id, slot.field)
    return field is not None and field.numeric


def _put(sentence: Sentence, slot: Slot, text: str) -> Sentence:
    return replace(sentence, text=sentence.text[: slot.start] + text + sentence.text[slot.end :])


def _name(id_: str, field: str, format_: str = "") -> str:
    return "{{" + f"{id_}.{field}" + (f"|{format_}" if format_ else "") + "}}"


def number(sentence: Sentence, exhibits: Exhibits, chance: Random) -> Sentence | None:
    """Type a number where a slot was, in digits of any script: the right one, or one that is a little off."""
    slot = _slot(sentence, chance, exhibits, numeric=True)
    if slot is None:
        return None
    field = exhibits.by_id[slot.id].fields[slot.field]
    off = float(field.value) * chance.choice((1, 1, 1.01, 0.9, 1.5, 10)) + chance.choice((0, 0, 0.001))
    text = replace(field, value=off).printed()
    return _put(sentence, slot, text.translate(str.maketrans(SCRIPTS[0], chance.choice(SCRIPTS))))


def number_word(sentence: Sentence, exhibits: Exhibits, chance: Random) -> Sentence | None:
    """Say a number in words where a slot was."""
    slot = _slot(sentence, chance, exhibits, numeric=True)
    return None if slot is None else _put(sentence, slot, chance.choice(WORDS))


def slot_swap(sentence: Sentence, exhibits: Exhibits, chance: Random) -> Sentence | None:
    """Take a value from another record, another field, or one that does not exist; or swap two slots."""
    slot = _slot(sentence, chance, exhibits)
    if slot is None:
        return None
    match chance.randrange(5):
        case 0:
            others = [x for x in exhibits.items if slot.field in x.fields and x.id != slot.id]
            return _put(sentence, slot, _name(chance.choice(others).id, slot.field, slot.format)) if others else None
        case 1:
            fields = [name for name in exhibits.by_id[slot.id].fields if name != slot.field]
            return _put(sentence, slot, _name(slot.id, chance.choice(fields))) if fields else None
        case 2:
            other = chance.choice([x for x in exhibits.items if x.id != slot.id])
            return _put(sentence, slot, _name(other.id, chance.choice(sorted(other.fields))))
        case 3:
            return _put(sentence, slot, chance.choice((_name("E99999", slot.field), _name(slot.id, "made_up"))))
        case _:
            return _exchanged(sentence, slot, chance)


def _exchanged(sentence: Sentence, slot: Slot, chance: Random) -> Sentence | None:
    others = [s for s in sentence.slots if (s.id, s.field) != (slot.id, slot.field)]
    if not others:
        return None
    first, last = sorted((slot, chance.choice(others)), key=lambda s: s.start)
    text, one, two = sentence.text, _name(first.id, first.field), _name(last.id, last.field)
    return replace(sentence, text=text[: first.start] + two + text[first.end : last.start] + one + text[last.end :])


def direction(sentence: Sentence, exhibits: Exhibits, chance: Random) -> Sentence | None:
    """Say the opposite, deny it, or let the predicates speak of something else; also word and predicate together."""
    said: list[tuple[str, Class]] = [
        (w, DIRECTION[w]) for _, w, kind in claimed(words(sentence, exhibits)) if kind in OPPOSITE and w in DIRECTION
    ]
    if not said or not sentence.predicates:
        return None
    word, kind = chance.choice(said)
    other = chance.choice([w for w, k in DIRECTION.items() if k == OPPOSITE[kind]])
    flipped = replace(sentence, predicates=tuple(map(_flipped, sentence.predicates)))
    turned = tuple(replace(p, args=p.args[::-1]) for p in sentence.predicates)
    ways = (
        _reworded(sentence, word, other),
        flipped,
        replace(sentence, predicates=turned),
        replace(sentence, predicates=()),
        _reworded(sentence, word, f"{chance.choice(('not', 'never', 'hardly'))} {word}"),
        _reworded(flipped, word, other),
    )
    return chance.choice(ways)


def _flipped(predicate: Predicate) -> Predicate:
    others: dict[Op, Op] = {"gt": "lt", "lt": "gt", "ge": "lt", "le": "gt"}
    return replace(predicate, op=others.get(predicate.op, predicate.op))


def _reworded(sentence: Sentence, word: str, by: str) -> Sentence:
    """Replace a word of the free text, and leave slots as they are."""
    text, done = "", False
    for i, piece in enumerate(sentence.between):
        for match in () if done else LETTERS.finditer(piece):
            if match.group().lower() == word:
                piece, done = piece[: match.start()] + by + piece[match.end() :], True  # noqa: PLW2901 - left at once
                break
        text += piece + (
            sentence.text[sentence.slots[i].start : sentence.slots[i].end] if i < len(sentence.slots) else ""
        )
    return replace(sentence, text=text)


def outcome(sentence: Sentence, exhibits: Exhibits, chance: Random) -> Sentence | None:
    """Say in words that something passed which did not, or the other way round."""
    told = [s for s in sentence.slots if s.field == "outcome"]
    if not told:
        return None
    slot = chance.choice(told)
    truth = exhibits.by_id[slot.id].outcome
    lie = chance.choice([kind for kind in ("passed", "failed", "inconclusive") if kind != truth])
    changed = _put(sentence, slot, _name(slot.id, "outcome") + f", that is, {lie}")
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them state the lie as a predicate too
        return replace(changed, predicates=(*sentence.predicates, Predicate("is", (f"{slot.id}.outcome", lie))))
    return changed


def injection(sentence: Sentence, _: Exhibits, chance: Random) -> Sentence | None:
    """Write what a hidden instruction asks for, alone or after what was there."""
    said = chance.choice(OBEYED)
    return replace(sentence, text=said if chance.random() < 0.5 else f"{sentence.text} {said}")  # noqa: PLR2004 - either way


def unit(sentence: Sentence, exhibits: Exhibits, chance: Random) -> Sentence | None:
    """Put a unit behind a value that has another, or print a share as if it were a percentage."""
    slot = _slot(sentence, chance, exhibits, numeric=True)
    if slot is None:
        return None
    field = exhibits.by_id[slot.id].fields[slot.field]
    wrong = _name(slot.id, slot.field, ".1f" if field.style == "%" else f".{field.decimals}%")
    return _put(sentence, slot, chance.choice((wrong, _name(slot.id, slot.field) + chance.choice(UNITS))))


def precision(sentence: Sentence, exhibits: Exhibits, chance: Random) -> Sentence | None:
    """Print too few digits, or far more than there are."""
    slot = _slot(sentence, chance, exhibits, numeric=True)
    field = exhibits.by_id[slot.id].fields[slot.field] if slot else None
    if slot is None or field is None or field.style not in "f%":
        return None
    few = field.decimals - 1 if field.decimals else field.decimals + 9
    return _put(sentence, slot, _name(slot.id, slot.field, f".{chance.choice((few, field.decimals + 8))}{field.style}"))


def judgement(sentence: Sentence, exhibits: Exhibits, chance: Random) -> Sentence | None:
    """Add a judgement that no rule implies."""
    word = chance.choice(sorted(JUDGEMENT - frozenset().union(*(x.implies for x in exhibits.items))))
    return replace(sentence, text=f"{sentence.text} This is {word}.")


MUTATORS: dict[str, Mutator] = {
    "number": number, "number word": number_word, "slot": slot_swap, "direction": direction, "outcome": outcome,
    "injection": injection, "unit": unit, "precision": precision, "judgement": judgement,
}  # fmt: skip


def correct(exhibits: Exhibits) -> Iterator[Sentence]:
    """Yield correct sentences in other words than the templates', to count what the verifier rejects wrongly."""
    for item in exhibits.of_kind("answer"):
        if item.main:
            yield from _phrased(item)
    for item in exhibits.of_kind("population"):
        yield Sentence(f"The {_name(item.id, 'name')} population covers {_name(item.id, 'rows')} rows.")


def _phrased(item: Exhibit) -> Iterator[Sentence]:
    title, about, value, said = (_name(item.id, name) for name in ("title", "about", item.main, "outcome"))
    yield Sentence(f"{title}: on {about} the estimate is {value}, with outcome {said}.")
    yield Sentence(f"The check {title}, asked of {about}, gave {value} and has the outcome {said}.")
    if item.outcome in {"passed", "failed"}:
        held = Predicate("is", (f"{item.id}.outcome", item.outcome))
        yield Sentence(f"{title} ({about}): the check {item.outcome}, outcome {said}, at {value}.", "fact", (held,))
    if "limit" in item.fields and "low" in item.fields:
        yield from _against(item, title, about, value, said)


def _against(item: Exhibit, title: str, about: str, value: str, said: str) -> Iterator[Sentence]:
    a, b = (float(item.fields[name].value) for name in (item.main, "limit"))
    if a == b:
        return
    word = "exceeds" if a > b else "lies under"
    op: Op = "gt" if a > b else "lt"
    ends = f"[{_name(item.id, 'low')}, {_name(item.id, 'high')}]"
    limit = _name(item.id, "limit")
    text = f"{title} ({about}): at {value} {ends} the estimate {word} the limit of {limit}; outcome {said}."
    yield Sentence(text, "comparison", (Predicate(op, (f"{item.id}.{item.main}", f"{item.id}.limit")),))


def bases(exhibits: Exhibits) -> Sequence[Sentence]:
    """Return every sentence of the templates: correct by construction."""
    return [sentence for plan in plans_of(exhibits) for sentence in written(plan, exhibits)]
