"""A judge's reply: one JSON object with a verdict and its evidence. What cannot be read is unscored, never a fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from secondline.evals.schema import answered
from secondline.evals.text.quoting import located

VERDICTS = {"pass": "pass", "fail": "fail", "abstain": "abstain"}
LIKENESS = 0.9
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a judge said: one of the verdicts it may give. ``problem`` tells why it cannot be used, "" where it can."""

    verdict: str = ""
    quote: str = ""
    reason: str = ""
    problem: str = ""


def read(text: str, material: str) -> Reply:
    """Read a judge's reply: exactly one object with a known verdict, whose quote stands in the *material* it was shown.

    An empty quote is evidence of absence and is taken; an invented one makes the reply unusable.
    """
    reply = read_as(text, VERDICTS)
    if reply.quote.strip() and located(reply.quote, material, LIKENESS) is None:
        return Reply(problem="what it quotes does not stand in the material")
    return reply


def read_as(text: str, verdicts: Mapping[str, str]) -> Reply:
    """Read a reply as exactly one object whose verdict is one of *verdicts*; its quote is taken as it is."""
    said = _object(text)
    if isinstance(said, str):
        return Reply(problem=said)
    verdict, quote, reason = said.get("verdict"), said.get("quote") or "", said.get("reason") or ""
    known = verdicts.get(" ".join(verdict.lower().split())) if isinstance(verdict, str) else None
    if known is None:
        *others, last = verdicts
        return Reply(problem=f"its verdict is {verdict!r}, not {', '.join(others)} or {last}")
    if not isinstance(quote, str) or not isinstance(reason, str):
        return Reply(problem="its quote and its reason must be texts")
    return Reply(known, quote, reason)


def _object(text: str) -> dict[str, Any] | str:
    """Return the object a reply holds, or why it cannot be read."""
    if not text.strip():
        return "it is empty"
    if len(text) > LONGEST:
        return f"it is longer than {LONGEST:,} characters"
    try:
        said: Any = answered(text)
    except ValueError as error:
        return str(error)
    return said if isinstance(said, dict) else "it is no JSON object"
