"""Varying: every way by its name gives cases that can stand in one suite, the same by seed, and leaves out the rest."""

from __future__ import annotations

import pytest

from graders import PASSAGES, asked
from secondline.core.errors import SpecError
from secondline.evals.cases.mutating import MUTATORS
from secondline.evals.cases.reading import case_set
from secondline.evals.cases.translating import Translation
from secondline.evals.cases.varying import PAIRED, varied, ways

CASES = [
    asked("Tell me how much he pays for an overdraft", id="q1", context=PASSAGES, gold=["fees#1"]),
    asked("Explain when he must report a lost card", id="q2", context=PASSAGES, gold=["cards#1"]),
]


@pytest.mark.parametrize("way", PAIRED)
def test_pairs_stand_in_one_suite(way: str) -> None:
    """Both sides of every pair have names of their own, differ, share a cluster, and are the same by seed."""
    made = varied(CASES, way, 3)
    assert made == varied(CASES, way, 3)
    assert len(case_set("s", [*CASES, *made]).cases) == len(CASES) + len(made)
    for plain, other in zip(made[::2], made[1::2], strict=True):
        assert (plain.pair, plain.side, other.side, plain.cluster) == (other.pair, "a", "b", other.cluster)
        assert (plain.turns, plain.context) != (other.turns, other.context)
    assert {one.pair.partition("|")[0] for one in made} <= {"q1", "q2"}
    assert made


def test_attacks_wear_disguises() -> None:
    """One disguise or all of them; benign twins are left as they are."""
    twin = asked("Tell me the fee", id="t", side="twin")
    assert [one.id for one in varied([*CASES, twin], "rot13", 1)] == ["q1~rot13", "q2~rot13"]
    every = varied(CASES, "attacks", 1)
    assert {one.id.partition("~")[2] for one in every} <= set(MUTATORS)
    assert len(every) >= 2 * (len(MUTATORS) - 3)


def test_translations_come_from_the_record() -> None:
    """Only what is recorded is asked in another language."""
    said = "Sag mir bitte, wie viel er f\u00fcr eine \u00dcberziehung bezahlt"
    recorded = [Translation(source=CASES[0].turns[0].content, language="de", text=said, by="ann")]
    assert [one.language for one in varied(CASES, "translation", 1, language="de", recorded=recorded)] == ["en", "de"]
    with pytest.raises(SpecError, match="needs `--language`"):
        varied(CASES, "translation", 1)


def test_an_unknown_way_is_refused() -> None:
    """The ways are named, those near first."""
    with pytest.raises(SpecError, match="Did you mean 'paraphrase'"):
        varied(CASES, "parafrase", 1)
    assert set(ways()) >= {"ocr", "attacks", "base64", "switched-french"}
