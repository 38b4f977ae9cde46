"""Verify: the rules that a drafted sentence and a section must keep. Mechanical, and the same for all writers.

A sentence is verified by its template alone: what it says when filled is then true of the evidence, as far as words on
a closed list, slots with cues and predicates can say anything. What is *left out* is verified of a section as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from secondline.assist.claims import claims
from secondline.assist.exhibits import Exhibit, Exhibits
from secondline.assist.lexicon import REQUIRED
from secondline.assist.problems import Problem
from secondline.assist.sentences import Sentence
from secondline.assist.slots import known, slots
from secondline.assist.wording import wording, words

TELLS: dict[str, frozenset[str]] = {"answer": frozenset({"outcome"}), "finding": frozenset({"severity", "statement"})}
"""What a sentence must tell of a record: naming a failed check is not telling that it failed."""


def verify(sentence: Sentence, exhibits: Exhibits) -> tuple[Problem, ...]:
    """Return everything that is wrong with one sentence; nothing when it may stand."""
    if sentence.text == REQUIRED:
        return () if sentence.kind == "judgement" and not sentence.predicates else (Problem("JUDGEMENT", REQUIRED),)
    spoken = words(sentence, exhibits)
    found, problems = known(sentence, exhibits)
    problems += [Problem("STALE", exhibits.stale)] if exhibits.stale else []
    problems += wording(sentence, exhibits, spoken)
    if not sentence.slots:
        problems.append(Problem("NO_EVIDENCE", sentence.text[:40]))
    elif len(found) == len(sentence.slots):
        problems += slots(sentence, found, frozenset(word for _, word in spoken))
        problems += claims(sentence, exhibits, found, spoken)
    return tuple(dict.fromkeys(problems))


def tells(sentence: Sentence, item: Exhibit) -> bool:
    """Whether a sentence tells what is adverse about a record, not only its name."""
    said = {slot.field for slot in sentence.slots if slot.id == item.id}
    return TELLS.get(item.kind, frozenset()) <= said and bool(said)


def omitted(sentences: Iterable[Sentence], adverse: Iterable[Exhibit]) -> tuple[Problem, ...]:
    """Return a problem for each adverse record that no sentence tells."""
    told = tuple(sentences)
    return tuple(Problem("OMITTED", item.source) for item in adverse if not any(tells(s, item) for s in told))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verifier makes of a section: the problems of each sentence, and what is left out."""

    problems: tuple[tuple[Problem, ...], ...]
    omitted: tuple[Problem, ...]

    @property
    def holds(self) -> bool:
        """Whether the section may be shown to a person as it stands."""
        return not any(self.problems) and not self.omitted

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all problems, each once."""
        return tuple(dict.fromkeys(p.code for some in (*self.problems, self.omitted) for p in some))


def verify_section(sentences: Sequence[Sentence], exhibits: Exhibits, adverse: Iterable[Exhibit]) -> Verdict:
    """Return the verdict on a section; only sentences that may stand count as telling anything."""
    problems = tuple(verify(sentence, exhibits) for sentence in sentences)
    standing = [s for s, wrong in zip(sentences, problems, strict=True) if not wrong]
    return Verdict(problems, omitted(standing, adverse))
