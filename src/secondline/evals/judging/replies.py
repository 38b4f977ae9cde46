"""A judge's reply: one JSON object with a verdict and its evidence. What cannot be read is unscored, never a fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from secondline.evals.schema import answered
from secondline.evals.text.quoting import located

Verdict = Literal["pass", "fail", "abstain"]
VERDICTS: dict[str, Verdict] = {"pass": "pass", "fail": "fail", "abstain": "abstain"}
LIKENESS = 0.9
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a judge said. ``problem`` tells why it cannot be used, "" where it can."""

    verdict: Verdict | Literal[""] = ""
    quote: str = ""
    reason: str = ""
    problem: str = ""


def read(text: str, material: str) -> Reply:
    """Read a judge's reply: exactly one object with a known verdict, whose quote stands in the *material* it was shown.

    An empty quote is evidence of absence and is taken; an invented one makes the reply unusable.
    """
    said = _object(text)
    if isinstance(said, str):
        return Reply(problem=said)
    verdict, quote, reason = said.get("verdict"), said.get("quote") or "", said.get("reason") or ""
    known = VERDICTS.get(verdict.strip().lower()) if isinstance(verdict, str) else None
    if known is None:
        return Reply(problem=f"its verdict is {verdict!r}, not pass, fail or abstain")
    if not isinstance(quote, str) or not isinstance(reason, str):
        return Reply(problem="its quote and its reason must be texts")
    if quote.strip() and located(quote, material, LIKENESS) is None:
        return Reply(problem="what it quotes does not stand in the material")
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
