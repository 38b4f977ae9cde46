"""Triage: suggestions about a draft finding. They never close one, and never make one milder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from secondline.assist.passages import terms
from secondline.core.bm25 import BM25
from secondline.core.limit import SEVERITIES, Severity
from secondline.govern.severity import judged, worse

DUPLICATE, SIMILAR = 0.6, 0.3
"""Score of BM25 as a share of what the finding scores against itself."""
MOST_SIMILAR = 3
WANTED = {
    "owner": "who answers for it", "due": "by when it is mended", "effect": "what follows from it",
    "evidence": "what it rests on", "criterion": "what must be shown to close it",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One suggestion, for a person to follow or not."""

    kind: Literal["duplicate", "similar", "severity", "missing"]
    what: str
    because: str
    score: float | None = None


def triage(finding: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> list[Suggestion]:
    """Return what is suggested about *finding*; *others* are the findings it is compared with, open or past."""
    return [*_like(finding, others), *_severity(finding), *_missing(finding)]


def _like(finding: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> Iterator[Suggestion]:
    rest = [one for one in others if one.get("id") != finding.get("id")]
    scores = BM25(terms(_text(one)) for one in (finding, *rest)).scores(terms(_text(finding)))
    whole = scores.get(0) or 1.0
    scored = sorted(((scores.get(i, 0.0) / whole, one) for i, one in enumerate(rest, 1)), key=lambda p: -p[0])
    for score, one in [pair for pair in scored if pair[0] >= SIMILAR][:MOST_SIMILAR]:
        same = score >= DUPLICATE and one.get("model") == finding.get("model")
        said = f"{one.get('id')} ({one.get('severity')}, {one.get('state')}): {str(one.get('statement'))[:160]}"
        yield Suggestion("duplicate" if same else "similar", str(one.get("id")), said, round(score, 2))


def _text(finding: Mapping[str, Any]) -> str:
    return " ".join(str(finding.get(name) or "") for name in ("code", "statement", "effect", "places"))


def _severity(finding: Mapping[str, Any]) -> Iterator[Suggestion]:
    """Suggest the severity that the policy's matrix gives, where it is worse than what is stated."""
    stated, effect = _grade(finding.get("severity")), finding.get("effect_share")
    size = float(effect) if isinstance(effect, int | float) else None
    rule, because = judged(size, legal=bool(finding.get("legal")), limit=_grade(finding.get("limit_severity")))
    if stated is None or worse(rule, stated):
        yield Suggestion("severity", rule, because)


def _grade(value: Any) -> Severity | None:
    return next((grade for grade in SEVERITIES if grade == value), None)


def _missing(finding: Mapping[str, Any]) -> Iterator[Suggestion]:
    yield from (Suggestion("missing", name, why) for name, why in WANTED.items() if not finding.get(name))
