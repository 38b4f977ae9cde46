"""Citations: whether what an answer cites exists, and whether what it quotes or claims stands there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from secondline.evals.grading.scorer import Params, passages, pattern, scorer, texts, unscored, verdict
from secondline.evals.nouns import Case, Chunk, Grade, Trace
from secondline.evals.text.declines import reading
from secondline.evals.text.entailment import supported_by, windows
from secondline.evals.text.quoting import located, quotes
from secondline.evals.text.words import Span, sentences

MARK = r"\[([^\[\]\n]{1,120})\](?!\()"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Cited:
    """One citation in an answer: what it names, and where the mark stands."""

    name: str
    span: Span


def cited(text: str, mark: str = MARK) -> list[Cited]:
    """Return the citations of an answer; ``[a; b]`` names two."""
    return [
        Cited(name.strip(), match.span())
        for match in pattern(mark).finditer(text)
        for name in re.split(r"[;,]\s*", match[1] if match.re.groups else match.group())
        if name.strip()
    ]


def named(name: str, among: Sequence[Chunk]) -> list[Chunk]:
    """Return the passages that a citation names: by id, by document, or by their place from 1 (``[2]``)."""
    bare = name.removeprefix("^").removeprefix("source:").strip()
    hits = [p for p in among if bare in (p.id, p.document)] or [
        p for p in among if bare.split("#")[0].strip() in (p.id, p.document) and "#" in bare
    ]
    if not hits and bare.isdecimal() and 1 <= int(bare) <= len(among):
        hits = [among[int(bare) - 1]]
    return hits


@scorer("citation-exists", "genai.citations", {"mark": MARK, "least": 1}, withheld="pass")
def citation_exists(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the answer cites, and all it cites was before it; a decline need not cite.

    ``mark`` is the pattern of a citation, its first group the name; ``least`` is how many are needed.
    """
    marks = cited(trace.text, params["mark"])
    among = passages(case, trace)
    wrong = [c for c in marks if not named(c.name, among)]
    if len(marks) < params["least"]:
        declined = reading(trace.text, case.language).declined
        return verdict(bool(declined), "" if declined else f"It cites {len(marks)} times.", value=float(len(marks)))
    names = ", ".join(repr(c.name) for c in wrong[:SHOWN])
    spans = tuple(("answer", *c.span) for c in wrong)
    share = 1 - len(wrong) / len(marks) if marks else 1.0
    return verdict(not wrong, f"Cited but not there: {names}." if wrong else "", value=share, spans=spans)


@scorer("citation-resolves", "genai.citations", {"mark": MARK, "likeness": 0.95, "quote": False}, withheld="pass")
def citation_resolves(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether every passage quoted stands in the document cited with it (any, where none is), to the letter or nearly.

    ``likeness`` is how nearly; with ``quote``, an answer that quotes nothing fails.
    """
    said = quotes(trace.text)
    if not said:
        if params["quote"] and not reading(trace.text, case.language).declined:
            return verdict(False, "It quotes nothing.")
        return verdict(True, "It quotes nothing.", details={"quotes": 0})
    among = passages(case, trace)
    marks = cited(trace.text, params["mark"])
    lost, spans = [], []
    for text, span in said:
        near = _beside(span, marks, trace.text)
        sources = [p for c in near for p in named(c.name, among)] if near else list(among)
        hit = next(((p, at) for p in sources if (at := located(text, p.text, params["likeness"]))), None)
        if hit is None:
            lost.append(text)
        else:
            spans.append((hit[0].id, hit[1].start, hit[1].end))
    reason = f"Quoted but not there: {'; '.join(repr(t[:80]) for t in lost[:SHOWN])}." if lost else ""
    return verdict(not lost, reason, value=1 - len(lost) / len(said), spans=tuple(spans), details={"quotes": len(said)})


def _beside(span: Span, marks: Sequence[Cited], text: str) -> list[Cited]:
    """Return the citations in the sentence of a quote, or right after it."""
    begin, end = span
    for a, b in _sentences(text):
        if a < end and begin < b:
            begin, end = min(a, begin), max(b, end)
    return [c for c in marks if c.span[0] < end + 3 and c.span[1] > begin]


@lru_cache(maxsize=1_024)
def _sentences(text: str) -> tuple[Span, ...]:
    return sentences(text)


@scorer("citation-supports", "genai.citations", {"mark": MARK, "cover": 0.6, "least": 1.0}, withheld="pass")
def citation_supports(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether each sentence that cites is supported by a passage that it cites, by words and numbers.

    The value is the share of citing sentences that are, of which ``least`` is needed. Where none cites nothing can be
    wrong; whether any should is `citation-exists`'s question.
    """
    among = passages(case, trace)
    marks = cited(trace.text, params["mark"])
    citing: dict[Span, list[str]] = {}
    for mark in marks:
        home = next((s for s in _sentences(trace.text) if s[0] <= mark.span[0] < s[1] + 2), None)
        if home:
            citing.setdefault(home, []).append(mark.name)
    if not citing:
        return verdict(True, "No sentence cites.", details={"citing": 0})
    bad = []
    for (a, b), names in citing.items():
        claim = pattern(params["mark"]).sub(" ", trace.text[a:b])
        sources = [w for n in names for p in named(n, among) for w in windows(p.text, p.id)]
        if supported_by(claim, sources, params["cover"], case.language).how != "supported":
            bad.append((a, b))
    share = 1 - len(bad) / len(citing)
    reason = f"Not supported where cited: {'; '.join(trace.text[a:b][:80] for a, b in bad[:SHOWN])}." if bad else ""
    return verdict(share >= params["least"], reason, value=share, spans=tuple(("answer", a, b) for a, b in bad))


STALE: Params = {"expired": [], "current": [], "retrieved": False, "mark": MARK}


@scorer("staleness", "genai.citations", STALE, withheld="pass")
def staleness(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether no document of ``expired`` was cited; with ``current``, that nothing else was.

    With ``retrieved``, nor may one have been retrieved: the index's fault, not the answer's. A document that was
    deleted and is still found is told the same way: list it as expired.
    """
    expired, current = set(texts(params["expired"])), set(texts(params["current"]))
    if not expired and not current:
        return unscored("Neither `expired` nor `current` names a document.")
    among, marks = passages(case, trace), cited(trace.text, params["mark"])
    used = {(p.document or p.id) for c in marks for p in named(c.name, among)}
    used |= {c.name for c in marks if c.name in expired}
    used |= {(p.document or p.id) for p in trace.retrieved} if params["retrieved"] else set()
    stale = sorted((used & expired) | (used - current if current else set()))
    return verdict(not stale, f"It rests on {', '.join(stale[:SHOWN])}." if stale else "", value=float(len(stale)))
