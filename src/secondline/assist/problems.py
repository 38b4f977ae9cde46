"""Problems: what a verifier can have against a sentence, each with a stable code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Code = Literal[
    "FREE_DIGIT", "NUMBER_WORD", "QUANTITY", "BAD_CHARACTER", "BAD_SLOT", "NO_EVIDENCE", "UNKNOWN_EVIDENCE",
    "UNKNOWN_FIELD", "BAD_FORMAT", "WRONG_SLOT", "WRONG_CUE", "WRONG_UNIT", "WRONG_NAME", "REPEATED", "UNKNOWN_WORD",
    "NEGATION", "NO_PREDICATE", "FALSE_PREDICATE", "INCOMPARABLE", "JUDGEMENT", "STALE", "OMITTED",
]  # fmt: skip
MEANING: dict[Code, str] = {
    "FREE_DIGIT": "a digit stands in the text; numbers come from slots",
    "NUMBER_WORD": "a number stands in words; numbers come from slots",
    "QUANTITY": "a word counts without saying how many",
    "BAD_CHARACTER": "a character that is neither a Latin letter nor plain punctuation",
    "BAD_SLOT": "braces that are no slot",
    "NO_EVIDENCE": "nothing it rests on",
    "UNKNOWN_EVIDENCE": "it cites what is not on record",
    "UNKNOWN_FIELD": "it cites a field that the record does not hold",
    "BAD_FORMAT": "a format that does not suit the field, or hides or invents precision",
    "WRONG_SLOT": "a value stands beside the name of another record, or of none",
    "WRONG_CUE": "a value stands without the words of its role, or beside those of another",
    "WRONG_UNIT": "a unit stands beside a value that has another",
    "WRONG_NAME": "it names a measure, population or column that it does not cite",
    "REPEATED": "the same field twice",
    "UNKNOWN_WORD": "a word outside the vocabulary of drafts",
    "NEGATION": "a claim is negated; say what is",
    "NO_PREDICATE": "a word of direction, threshold or outcome without a predicate about the values beside it",
    "FALSE_PREDICATE": "a predicate that the evidence contradicts",
    "INCOMPARABLE": "a predicate compares what cannot be compared, or what the sentence does not show",
    "JUDGEMENT": "a word only a person may say, or a rule that implies it",
    "STALE": "the evidence may not be used any more",
    "OMITTED": "something adverse is not told",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One objection: its code, and the word, slot or record concerned."""

    code: Code
    what: str

    def __str__(self) -> str:
        """The objection as a person reads it."""
        return f"{self.code}: {MEANING[self.code]} ({self.what})"
