"""Relevance: whether an answer is one to what was asked, right or wrong."""

from __future__ import annotations

import re

from secondline.evals.grading.scorer import Params, scorer, unscored, verdict
from secondline.evals.nouns import Case, Grade, Trace
from secondline.evals.text.declines import reading
from secondline.evals.text.numbers import numbers
from secondline.evals.text.words import content, plain

COUNTED = re.compile(
    r"\b(?:how (?:much|many|long|often|old|large|big|high|far|soon|quickly|late|early)|when"
    r"|what (?:is the |are the )?(?:share|percentage|percent|amount|sum|rate|age|limit|fee|charge)"
    r"|(?:by|until|from|at|above|below|within|for|after|up to) (?:which|what) (?:\w+ ){0,2}"
    r"(?:amount|sum|size|age|share|time|date|day|days|value|balance)s?)\b"
)
"""Questions whose answer is a number, a time or a date."""


@scorer("answer-relevance", "genai.task_quality", {"least": 0.2, "number": True}, withheld="pass")
def answer_relevance(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the answer speaks of what was asked, by words: right or wrong is another criterion's question.

    The value is the share of the question's words of content that the answer holds, of which ``least`` is needed; with
    ``number``, a question of how much, how long or when needs a number. A decline answers nothing and passes: whether
    it should have is `no-answer`'s question. It knows English only and no synonyms: where words are not enough, name a
    judge.
    """
    if case.language[:2].lower() != "en":
        return unscored(f"Relevance by words knows English only, and this is {case.language!r}: name a judge.")
    turns = [turn.content for turn in case.turns if turn.role == "user"]
    sought = content(turns[-1]) if turns else frozenset()
    if not sought:
        return unscored("The question has no words of content.")
    if reading(trace.text, case.language).declined:
        return verdict(True, "It declines.", details={"declined": True})
    share = len(sought & content(trace.text)) / len(sought)
    bare = params["number"] and bool(COUNTED.search(plain(turns[-1]))) and not numbers(trace.text, case.language)
    missing = ", ".join(sorted(sought - content(trace.text))[:8])
    reason = "It asks for a number, and none is given." if bare else f"Not spoken of: {missing}."
    good = share >= params["least"] and not bare
    return verdict(good, "" if good else reason, value=share, details={"number missing": bare})
