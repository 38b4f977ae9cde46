"""Words: how numbers, outcomes and limits are put, so that one thing is always said in one way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from secondline.core.estimate import Estimate
from secondline.core.evidence import Evidence
from secondline.core.format import bound, comparable, number, p_text
from secondline.core.format import interval as between
from secondline.core.limit import Limit
from secondline.reports.blocks import Bullets, Cell, Figure, Paragraph, Ref, Span
from secondline.reports.view import View

Tone = Literal["", "good", "bad", "unsure", "muted"]

OUTCOME = {
    "passed": "passed",
    "failed": "failed",
    "inconclusive": "inconclusive",
    "errored": "errored",
    "not_applicable": "not applicable",
}
ORDER = ("passed", "failed", "inconclusive", "errored", "reported", "not applicable")
TONE: dict[str, Tone] = {
    "passed": "good",
    "failed": "bad",
    "inconclusive": "unsure",
    "not_applicable": "muted",
    "errored": "bad",
}
AUTHORITY = {
    "P": "read in the primary source",
    "V": "verified at second hand",
    "S": "from a secondary source",
    "R": "practice",
    "house": "your own",
}


def outcome(evidence: Evidence) -> str:
    """Return the outcome in a word or two; a number without a limit is called reported."""
    if evidence.outcome.kind == "not_applicable" and evidence.outcome.estimate:
        return "reported"
    return OUTCOME[evidence.outcome.kind]


def fallen(evidence: Iterable[Evidence]) -> list[str]:
    """Return how answers fell, as parts of a list (``12 passed``, ``1 failed``); what did not occur is left out."""
    counted = Counter(outcome(e) for e in evidence)
    return [f"{counted[word]:,} {word}" for word in ORDER if counted[word]]


def value(evidence: Evidence) -> str:
    """Return the value, with the digits that show on which side of its limit it stands."""
    estimate = evidence.outcome.estimate
    return "" if estimate is None else _seen(estimate.value, evidence.limit, evidence.unit)


def interval(evidence: Evidence) -> str:
    """Return the interval in brackets, empty for a number without one."""
    estimate = evidence.outcome.estimate
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return between(estimate.low, estimate.high, evidence.unit, bounds(evidence.limit))


def measured(evidence: Evidence) -> str:
    """Return value and interval: ``0.782 [0.771, 0.793]``."""
    return f"{value(evidence)} {interval(evidence)}".strip()


def p_value(evidence: Evidence) -> str:
    """Return the p-value that was judged: after the control of many looks where there was one."""
    estimate = evidence.outcome.estimate
    p = evidence.p_adjusted if evidence.p_adjusted is not None else estimate.p_value if estimate else None
    return "" if p is None else p_text(p)


def limit(rule: Limit | None, unit: str = "") -> str:
    """Return a limit as a reader wants it: in the unit of the number it judges."""
    if rule is None:
        return ""
    if rule.within is not None:
        return f"within [{bound(rule.within[0], unit)}, {bound(rule.within[1], unit)}]"
    if rule.at_least is not None:
        return f"at least {bound(rule.at_least, unit)}"
    if rule.at_most is not None:
        return f"at most {bound(rule.at_most, unit)}"
    return rule.text


def authority(rule: Limit) -> str:
    """Return where a limit comes from and how well that is known."""
    return sourced(rule.source, rule.tag)


def sourced(source: str, tags: str) -> str:
    """Return a source with how well it is known; *tags* are one tag or several with a stroke between."""
    known = ", ".join(AUTHORITY.get(tag, tag) for tag in tags.split("/") if tag)
    if not known or known == source:
        return source
    return f"{source} ({known})" if source else known


def bounds(rule: Limit | None) -> list[float]:
    """Return the bounds of a limit that a chart can draw."""
    return [] if rule is None else [bound for bound in rule.bounds if bound is not None]


def figure(evidence: Evidence) -> Figure:
    """Return value and interval as a number that leads to its evidence."""
    return Figure(measured(evidence), evidence.id)


def judged(evidence: Evidence) -> tuple[Span, ...]:
    """Return the number with the limit it was held against, and the p-value where that was judged."""
    rule = evidence.limit
    if rule is None:
        return (figure(evidence),)
    p = f", {p_value(evidence)}" if rule.p_at_least is not None and p_value(evidence) else ""
    return (figure(evidence), f"{p}, limit {limit(rule, evidence.unit)}")


def cells(evidence: Evidence) -> tuple[Cell, Cell, Cell, Cell]:
    """Return number, interval, p-value and outcome as cells that lead to the evidence."""
    return (
        Cell(value(evidence) or "none", evidence.id, "" if value(evidence) else "muted"),
        Cell(interval(evidence)),
        Cell(p_value(evidence).removeprefix("p = ").removeprefix("p ")),
        outcome_cell(evidence),
    )


def outcome_cell(evidence: Evidence) -> Cell:
    """Return the outcome as a cell whose tone repeats what its words say."""
    return Cell(outcome(evidence), evidence.id, TONE[evidence.outcome.kind])


def count(n: int, one: str, many: str = "") -> str:
    """Return a count with its noun: ``1 answer``, ``3 answers``, ``no answers``."""
    noun = one if n == 1 else many or f"{one}s"
    return f"{n:,} {noun}" if n else f"no {noun}"


def listed(items: Sequence[str], most: int = 0) -> str:
    """Return items as a list in a sentence; beyond *most* the rest is counted."""
    if most and len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else "none"


def percent(share: float) -> str:
    """Return a share as a percentage."""
    return number(share, "rate")


def rows(estimate: Estimate) -> str:
    """Return how many rows and events a number rests on; one without rows was read from what is declared."""
    if not estimate.n:
        return "read from declarations"
    events = "" if estimate.events is None else f", {estimate.events:,.0f} events"
    return f"{estimate.n:,.0f} rows{events}"


def text(*spans: Span, style: Literal["body", "lead", "note"] = "body") -> Paragraph:
    """Return a paragraph."""
    return Paragraph(tuple(spans), style)


def plain(span: Span) -> str:
    """Return a part of a sentence without its links."""
    return span if isinstance(span, str) else span.target if isinstance(span, Ref) else span.text


def bullets(items: Iterable[Iterable[Span]]) -> Bullets:
    """Return a list."""
    return Bullets(tuple(tuple(item) for item in items))


def sentence(words: str) -> str:
    """Return words as a sentence: a capital first and a stop last."""
    stripped = words.strip()
    if not stripped:
        return ""
    named = re.search(r"[._`]\w", stripped.split(" ")[0])  # a code, a column or a file keeps its spelling
    first = stripped[0] if named else stripped[0].upper()
    return first + stripped[1:] + ("" if stripped.endswith((".", "?", "!")) else ".")


def _seen(figure_: float, rule: Limit | None, unit: str) -> str:
    edges = bounds(rule)
    if not edges:
        return number(figure_, unit)
    return comparable(figure_, min(edges, key=lambda edge: abs(edge - figure_)), unit)


def why_not(view: View, codes: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct reasons the answers of *codes* give, as sentences with a space before each."""
    reasons = dict.fromkeys(e.outcome.because for code in codes for e in view.answers(code))
    return tuple(f" {sentence(reason)}" for reason in reasons)
