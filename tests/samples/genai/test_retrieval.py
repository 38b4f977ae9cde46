"""The retriever: its scores are the formula's, it finds what is asked, and shows nobody what they may not see."""

from __future__ import annotations

import math

import pytest

from secondline.core.bm25 import B, K
from secondline.samples.genai.cases import gold, persona
from secondline.samples.genai.corpus import documents, passages
from secondline.samples.genai.retrieval import FOUND, Index, behind, index, messages, words
from secondline.samples.genai.written import rows, study


def test_scores_are_those_of_the_formula() -> None:
    """Each score equals BM25 worked out word by word in plain Python."""
    over = passages()[:30]
    texts = [words(f"{documents()[p.document].title} {p.text}") for p in over]
    mean = sum(map(len, texts)) / len(texts)
    asked = "How long may the term of a personal loan be at most?"
    for found in Index(over).search(asked, most=30):
        text = texts[over.index(found.passage)]
        score = 0.0
        for word in set(words(asked)):
            df = sum(word in other for other in texts)
            idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
            tf = text.count(word)
            score += idf * tf * (K + 1) / (tf + K * (1 - B + B * len(text) / mean))
        assert found.score == pytest.approx(score, rel=1e-12)


def test_it_finds_what_is_asked() -> None:
    """For nearly every question a gold passage is among the first four, and for most it is the first."""
    first = among = 0
    for row in rows("questions"):
        document = documents()[row["document"]]
        found = [f.passage.id for f in index().search(row["question"], FOUND, persona(document))]
        places = [found.index(one) for one in gold(document, row["fact"]) if one in found]
        among, first = among + bool(places), first + (0 in places)
    assert among >= 0.95 * len(rows("questions"))
    assert first >= 0.6 * len(rows("questions"))


@pytest.mark.parametrize(("who", "barred"), [("customer", {"staff", "restricted"}), ("staff", {"restricted"})])
def test_nobody_finds_what_they_may_not_read(who: str, barred: set[str]) -> None:
    """Not even by the very question that a restricted document answers."""
    for row in rows("restricted"):
        found = index().search(row["question"], 50, who)
        assert not {documents()[f.passage.document].acl for f in found} & barred
    assert documents()["NB-FRAU-04"].acl == "restricted"


def test_who_may_read_all_finds_all() -> None:
    """The owner of the corpus finds the restricted passage first."""
    row = rows("restricted")[0]
    assert index().search(row["question"], 1)[0].passage.document == row["document"]


def test_words_without_meaning_find_nothing() -> None:
    """A question of common words only, or of none that is known, has no passages."""
    assert index().search("What is it that you have?") == ()
    assert index().search("zyzzyva") == ()


def test_words_lose_their_commonest_endings() -> None:
    """Plural and past are one word with the stem, and amounts stay whole."""
    assert words("Loans disputed: £25,000 and 2.5 percent") == ["loan", "disput", "25,000", "2.5", "percent"]
    assert words("policies dispute") == ["policy", "dispute"]


def test_the_prompt_shows_passages_behind_their_ids() -> None:
    """The question comes first, then each passage with its id in brackets; without passages it stands alone."""
    found = [one.record() for one in index().search("What does the Platinum card cost?", 2, "customer")]
    system, user = messages("What does it cost?", found)
    assert system["content"] == study("guide.md")
    assert user["content"].startswith("What does it cost?\n\nPassages:\n[NB-CARD-04#1] ## Yearly fees")
    assert behind([]) == ""
