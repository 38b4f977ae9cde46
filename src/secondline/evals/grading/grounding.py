"""Grounding: whether what an answer claims, and every number in it, stands in what it was given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from secondline.evals.grading.scorer import Params, asked, passages, scorer, unscored, verdict
from secondline.evals.nouns import Case, Chunk, Grade, Trace
from secondline.evals.text.entailment import COVER, Claim, How, Window, claims, supported_by, windows
from secondline.evals.text.numbers import Number, numbers
from secondline.evals.text.words import Span

SHOWN = 5
NAMED = re.compile(r"\[[^\[\]\n]*[A-Za-z][^\[\]\n]*\]")


@scorer("claims-grounded", "genai.grounded", {"cover": COVER, "least": 0.0, "all-material": False}, withheld="pass")
def claims_grounded(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the claims of the answer are supported by the passages it was given, none of the material ones missing.

    The answer is split into claims; each is supported, contradicted or not found, by words and numbers
    (``text.entailment``; name a judge where words are not enough). The value is the share supported. It fails where a
    material claim (one with a number, a rule or a denial; any with ``all-material``) is not supported, where any claim
    is contradicted, or where the share is below ``least``. An answer that claims nothing passes.
    """
    among = passages(case, trace)
    said = claims(trace.text, case.language)
    if not said:
        return verdict(True, "It claims nothing.", details={"claims": 0})
    if not among:
        return unscored("The trace holds no passages that the answer could rest on.", claims=len(said))
    sources = _windows(among)
    how = [(c, supported_by(c.text, sources, params["cover"], case.language)) for c in said]
    found = [Held(c, s.how, (s.window.source, s.window.span) if s.window else None) for c, s in how]
    return settled(found, params["least"], all_material=params["all-material"])


@dataclass(frozen=True, slots=True)
class Held:
    """A claim, how the passages take it, and the passage and the place in it that say so (None where none does)."""

    claim: Claim
    how: How
    at: tuple[str, Span] | None = None


def settled(found: Sequence[Held], least: float = 0.0, *, all_material: bool = False) -> Grade:
    """Return the grade of an answer by its claims, of which there is at least one.

    It fails where a claim is contradicted, where a material one (any, with *all_material*) is not found, or where the
    share supported, which is the value, is below *least*.
    """
    against = [h.claim for h in found if h.how == "contradicted"]
    lost = [h.claim for h in found if h.how == "not found"]
    material = [c for c in lost if c.material or all_material]
    share = 1 - (len(against) + len(lost)) / len(found)
    reason = "; ".join([f"against: {c.text.strip()[:90]}" for c in against[:SHOWN]]
                       + [f"not found: {c.text.strip()[:90]}" for c in (material or lost)[:SHOWN]])  # fmt: skip
    spans = tuple(("answer", *c.span) for c in [*against, *lost])
    spans += tuple((h.at[0], *h.at[1]) for h in found if h.at and h.how == "supported")
    details = {"claims": len(found), "contradicted": len(against), "not found": len(lost), "material": len(material)}
    good = not against and not material and share >= least
    return verdict(good, reason, value=share, spans=spans, details=details)


def _windows(among: Sequence[Chunk]) -> list[Window]:
    return [window for p in among for window in windows(p.text, p.id)]


@scorer("number-in-context", "genai.numeric", {"tolerance": 0.0, "derived": False, "question": True}, withheld="pass")
def number_in_context(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether every number of the answer stands in the passages it was given, or in the question.

    Values are compared with their units, within a relative ``tolerance``; ``derived`` lets a sum, difference, product
    or ratio of two given numbers pass. The value is the share of numbers found.
    """
    # Figures of a citation ([doc12#3]) are part of a name; blanks keep the others where they stand.
    said = numbers(NAMED.sub(lambda mark: " " * len(mark.group()), trace.text), case.language)
    if not said:
        return verdict(True, "It states no number.", details={"numbers": 0})
    among = passages(case, trace)
    if not among:
        return unscored("The trace holds no passages that a number could stand in.", numbers=len(said))
    sources = [p.text for p in among] + [asked(case)] * params["question"]
    lost = [n for n in said if not any((n.value, n.unit) in _stated(text, case.language) for text in sources)]
    if lost:
        given = [n for text in sources for n in numbers(text, case.language)]
        lost = [n for n in lost if not _given(n, given, params["tolerance"], derived=params["derived"])]
    shown = ", ".join(trace.text[a:b].strip() for a, b in (n.span for n in lost[:SHOWN]))
    return verdict(
        not lost, f"Not in what was given: {shown}." if lost else "", value=1 - len(lost) / len(said),
        spans=tuple(("answer", *n.span) for n in lost), details={"numbers": len(said), "lost": len(lost)},
    )  # fmt: skip


@lru_cache(maxsize=4_096)
def _stated(text: str, language: str) -> frozenset[tuple[float, str]]:
    return frozenset((n.value, n.unit) for n in numbers(text, language))


def _given(number: Number, given: Sequence[Number], tolerance: float, *, derived: bool) -> bool:
    if any(number.equals(other, tolerance) for other in given):
        return True
    if not derived:
        return False
    values = {n.value for n in given}
    target, slack = number.value, max(tolerance, 1e-6) * max(abs(number.value), 1e-9)
    made = (x for a in values for b in values for x in (a + b, a - b, a * b, a * b / 100, a / b if b else a))
    return any(abs(x - target) <= slack for x in made)
