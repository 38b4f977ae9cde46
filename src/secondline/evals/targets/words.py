"""Words: this house's entailment by words as a judge of claims. It asks nobody and errs, as its card shows."""

from __future__ import annotations

from secondline.core.canonical import canonical
from secondline.evals.nouns import Case, Trace
from secondline.evals.text.entailment import COVER, supported_by, windows

NAME = "words"
SAID = {
    "supported": "{:.0%} of its words and all its numbers stand there", "not found": "no passage says so",
    "contradicted": "{:.0%} of its words stand there, with another number, a denial or the opposite word",
}  # fmt: skip


class Words:
    """A target that takes what `evals.judging.claims` asks as values, and replies as a judge of claims must."""

    def __init__(self, config: str = "") -> None:
        self._config = config

    async def respond(self, case: Case, replicate: int) -> Trace:
        """Return whether the passages support the claim; an error where the case asks of no claim."""
        asked = case.reference
        told = {"case": case.name, "replicate": replicate, "config": self._config, "returned_model": NAME}
        if not isinstance(asked, dict) or "claim" not in asked:
            return Trace(
                **told, status="error", error="entailment by words judges claims: use a rubric with `each: claim`"
            )
        among = [w for name, text in asked["passages"] for w in windows(text, name)]
        found = supported_by(asked["claim"], among, COVER, asked["language"])
        quote = found.window.text if found.window else ""
        reason = SAID[found.how].format(found.cover)
        return Trace(**told, text=canonical({"verdict": found.how, "quote": quote, "reason": reason}), cost=0.0)
