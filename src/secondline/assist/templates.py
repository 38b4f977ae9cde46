"""Templates: the whole draft without a language model, by the same rules that a writer must keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from secondline.assist.exhibits import Exhibit, Exhibits
from secondline.assist.lexicon import REQUIRED
from secondline.assist.plans import SectionPlan
from secondline.assist.sentences import Kind, Op, Predicate, Sentence

SIGN: dict[int, tuple[str, Op]] = {1: ("above", "gt"), -1: ("below", "lt"), 0: ("equal to", "eq")}
MOVED: dict[int, tuple[str, Op]] = {1: ("rose", "lt"), -1: ("fell", "gt")}


def written(plan: SectionPlan, exhibits: Exhibits) -> tuple[Sentence, ...]:
    """Return a section's sentences, made from its evidence alone: the same evidence gives the same text."""
    if exhibits.stale:
        return ()
    return tuple(_sentences(plan, exhibits))


def _sentences(plan: SectionPlan, exhibits: Exhibits) -> Iterator[Sentence]:
    if plan.id == "summary":
        yield from opinion(exhibits)
    if plan.id == "model":
        yield from map(model, exhibits.of_kind("model"))
    if plan.id == "data":
        yield from map(population, exhibits.of_kind("population"))
    yield from counts(plan, exhibits)
    answers = plan.answers(exhibits)
    yield from map(answer, (item for item in answers if item.adverse))
    if not plan.open:
        yield from map(answer, (item for item in answers if item.outcome == "passed" and _whole(item)))
        yield from moves(answers, exhibits)
    if plan.findings:
        yield from map(finding, exhibits.of_kind("finding"))
    if plan.id in {"summary", "findings"}:
        yield Sentence(REQUIRED, "judgement")


def _slots(item: Exhibit, text: str) -> str:
    """Return *text* with ``{name}`` as a slot of *item*."""
    return re.sub(r"\{(\w+)\}", lambda m: "{{" + f"{item.id}.{m[1]}" + "}}", text)


def _whole(item: Exhibit) -> bool:
    """Whether an answer is about a whole population, and judged: the others are in tables."""
    return "rule" in item.fields and "," not in str(item.fields["about"].value)


def answer(item: Exhibit) -> Sentence:
    """Return the sentence of one answer: claim, number, interval, rows, limit, outcome, and why."""
    number, predicates = _number(item)
    parts = [f"{{title}} ({{about}}){':' if item.main else ''} {number}".rstrip()]
    if "p" in item.fields and "alpha" in item.fields and "limit" not in item.fields:
        parts.append("tested with {p}")
    if "rule" in item.fields and not predicates:
        parts.append("rule {rule}")
    parts.append("outcome {outcome}")
    text = ", ".join(parts)
    # A number beside its limit is its own reason.
    if item.adverse and "because" in item.fields and not (item.main and {"limit", "limit_low"} & set(item.fields)):
        text += "; because: {because}"
    else:
        text += "."
    text += " Needed: {needed}" if item.adverse and "needed" in item.fields else ""
    kind: Kind = "comparison" if predicates else "fact"
    return Sentence(_slots(item, text), kind, predicates)


def _number(item: Exhibit) -> tuple[str, tuple[Predicate, ...]]:
    if not item.main:
        return "", ()
    text = f"{{{item.main}}}"
    if "low" in item.fields and "high" in item.fields:
        text += " [{low}, {high}]"
    if "n" in item.fields:
        text += " on {n} rows"
    if "limit" not in item.fields:
        return text, ()
    value, limit = (float(item.fields[name].value) for name in (item.main, "limit"))
    word, op = SIGN[(value > limit) - (value < limit)]
    made = Predicate(op, (f"{item.id}.{item.main}", f"{item.id}.limit"))
    return f"{text} is {word} the limit of {{limit}}", (made,)


def finding(item: Exhibit) -> Sentence:
    """Return the sentence of one finding: severity, status, due day, owner and what it states."""
    parts = [f"{name} {{{name}}}" for name in ("severity", "status", "due", "owner") if name in item.fields]
    text = f"Finding {{name}}, {', '.join(parts)}, states: {{statement}}"
    return Sentence(_slots(item, text + (" Effect: {effect}" if "effect" in item.fields else "")), "finding")


def opinion(exhibits: Exhibits) -> Iterator[Sentence]:
    """Yield what the declared rule proposes; it is a person's to make it an opinion."""
    for item in exhibits.of_kind("rule"):
        why = " Because: {because}" if "because" in item.fields else ""
        yield Sentence(_slots(item, f"{{name}}: grade {{grade}}, states: {{meaning}}.{why}"), "judgement", rule=item.id)


def model(item: Exhibit) -> Sentence:
    """Return the sentence that says which model is meant."""
    parts = {"version": "version {version}", "kind": "role {kind}", "developer": "developed by {developer}",
             "owner": "owner {owner}"}  # fmt: skip
    return Sentence(
        _slots(item, f"{{name}}: {', '.join(text for name, text in parts.items() if name in item.fields)}.")
    )


def population(item: Exhibit) -> Sentence:
    """Return the sentence of one population: rows, events, role and dates."""
    parts = {"rows": "{rows} rows", "events": "{events} events", "role": "role {role}", "first": "beginning {first}",
             "last": "ending {last}"}  # fmt: skip
    return Sentence(
        _slots(item, f"{{name}}: {', '.join(text for name, text in parts.items() if name in item.fields)}.")
    )


def counts(plan: SectionPlan, exhibits: Exhibits) -> Iterator[Sentence]:
    """Yield how many answers fell into each outcome, by family; in the summary, of all."""
    told = () if plan.open or plan.codes else dict.fromkeys(item.family for item in plan.answers(exhibits))
    families = ("all",) if plan.id == "summary" else tuple(told)
    for family in families:
        mine = [c for c in exhibits.of_kind("calc") if c.family == family and c.main == "count"]
        some = [c for c in mine if c.fields["count"].value]
        if some:
            yield Sentence("; ".join(_slots(c, "{label}: {count}") for c in some) + ".")


def moves(answers: Sequence[Exhibit], exhibits: Exhibits) -> Iterator[Sentence]:
    """Yield how each measure moved between the reference and the newest population, with the difference."""
    by_source = {item.source: item for item in answers}
    for calc in exhibits.of_kind("calc"):
        ends = [by_source[source] for source in calc.sources if source in by_source]
        if calc.main == "difference" and len(ends) == 2:  # noqa: PLR2004 - from one population to another
            yield from _move(ends[0], ends[1], calc)


def _move(a: Exhibit, b: Exhibit, calc: Exhibit) -> Iterator[Sentence]:
    one, other = (float(x.fields[x.main].value) for x in (a, b))
    if one == other:
        return
    word, op = MOVED[(other > one) - (other < one)]
    told = f"({{{a.main}}}, outcome {{outcome}})"
    begin = _slots(a, f"{{title}} {word} from {{about}} {told}")
    end = _slots(b, f" to {{about}} {told}")
    by = _slots(calc, "; {label}: difference of {difference}.")
    made = Predicate(op, (f"{a.id}.{a.main}", f"{b.id}.{b.main}"))
    yield Sentence(begin + end + by, "comparison", (made,))
