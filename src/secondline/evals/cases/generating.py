"""Cases from a corpus, by rule and seed: questions whose answer stands in it, and questions that it cannot answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from secondline.core.errors import SpecError
from secondline.evals.cases.making import chance
from secondline.evals.cases.sampling import allocated
from secondline.evals.nouns import Case, Chunk, Message
from secondline.evals.text.numbers import Number, numbers
from secondline.evals.text.words import content, sentences

SHORTEST, LONGEST = 6, 60
BLANK = "____"
OTHER = re.compile(
    r"^(?:it|they|this|these|that|those|he|she|such|in this case|however|therefore|otherwise)\b", re.IGNORECASE
)


def from_corpus(
    corpus: Sequence[Chunk], n: int, *, seed: int, stratum: Callable[[Chunk], str], suite: str = "", **fields: Any
) -> list[Case]:
    """Return *n* questions whose answer is a number that stands in one passage of the corpus, stratified.

    A sentence with a number is asked with the number left out; the reference is the number, ``gold`` the passage, the
    cluster its document, and the fact to be stated the sentence. Strata share *n* by how many such sentences they hold.
    Numbers that stand in several sentences of the same words are left out: they have two right answers.

    Raises:
        SpecError: the corpus holds fewer than *n* such sentences.
    """
    askable = list(_askable(corpus))
    strata: dict[str, list[tuple[Chunk, str, Number]]] = {}
    for found in askable:
        strata.setdefault(stratum(found[0]), []).append(found)
    if n > len(askable):
        raise SpecError(f"The corpus holds {len(askable)} sentences with a number to ask for, fewer than {n}.")
    sizes = {name: len(held) for name, held in strata.items()}
    taken = allocated(n, {name: float(size) for name, size in sizes.items()}, sizes, least=min(1, n // len(sizes)))
    cases = []
    for name, held in strata.items():
        held.sort(key=lambda found: chance(seed, found[0].id, found[1]).random())
        cases += [
            _asked(*found, stratum=name, suite=suite, seed=seed, fields=fields).model_copy(
                update={"chance": taken[name] / sizes[name]}
            )
            for found in held[: taken[name]]
        ]
    return cases


def _askable(corpus: Sequence[Chunk]) -> Iterator[tuple[Chunk, str, Number]]:
    seen: dict[frozenset[str], int] = {}
    found: list[tuple[Chunk, str, Number, frozenset[str]]] = []
    for chunk in corpus:
        for a, b in sentences(chunk.text):
            sentence = chunk.text[a:b]
            stated = [x for x in numbers(sentence) if not x.spelled and x.unit != "date"]
            if len(stated) != 1 or not SHORTEST <= len(sentence.split()) <= LONGEST or OTHER.search(sentence):
                continue
            words = content(_without(sentence, stated[0]))
            seen[words] = seen.get(words, 0) + 1
            found.append((chunk, sentence, stated[0], words))
    yield from ((chunk, sentence, number) for chunk, sentence, number, words in found if seen[words] == 1)


def _without(sentence: str, number: Number) -> str:
    return f"{sentence[: number.span[0]]}{BLANK}{sentence[number.span[1] :]}"


def _asked(
    chunk: Chunk, sentence: str, number: Number, *, stratum: str, suite: str, seed: int, fields: dict[str, Any]
) -> Case:
    said = sentence[number.span[0] : number.span[1]].strip()
    question = f"What belongs in the gap, according to the documents: \u201c{_without(sentence, number)}\u201d"
    case = Case.model_validate(
        {
            "suite": suite,
            "turns": [Message(role="user", content=question)],
            "gold": [chunk.id],
            "reference": said,
            "cluster": chunk.document or chunk.id,
            "stratum": stratum,
            "origin": f"corpus@{seed}",
            **fields,
        }
    )
    return case.model_copy(update={"id": f"{chunk.id}-{case.digest[:8]}"})


def unanswerable(cases: Sequence[Case], corpus: Sequence[Chunk], n: int, *, seed: int) -> list[Case]:
    """Return *n* cases of kind ``oos``: questions of *cases* whose passages were taken out of the corpus.

    They sound like the corpus and are not answered by it: ask them with the corpus `without` their gold. Only cases are
    taken whose gold is in the corpus.
    """
    held = {name for c in corpus for name in (c.id, c.document)}
    able = [c for c in cases if c.gold and set(c.gold) <= held]
    able.sort(key=lambda c: chance(seed, "oos", c.digest).random())
    return [
        c.model_copy(update={"id": f"{c.name}~oos", "kind": "oos", "reference": None, "origin": f"unanswerable@{seed}"})
        for c in able[:n]
    ]


def without(corpus: Sequence[Chunk], cases: Sequence[Case]) -> list[Chunk]:
    """Return the corpus without the passages that answer the cases."""
    gone = {name for case in cases for name in case.gold}
    return [c for c in corpus if not gone & {c.id, c.document}]
