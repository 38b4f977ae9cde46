"""Languages: words switched and put back, a table without double meanings, translations that lose nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders import Scripted, asked
from secondline.core.errors import DataError, SpecError
from secondline.evals.cases.making import last_turn
from secondline.evals.cases.mutating import mutated
from secondline.evals.cases.switching import LANGUAGES, PHRASES, reach, restored, switched
from secondline.evals.cases.translating import Translation, read, record, translated, unsound, write
from secondline.evals.nouns import Message, Trace
from secondline.evals.text.words import COMMON
from secondline.samples.genai.suites import suite

ENGLISH = [row[0] for row in PHRASES]
PLACE = {name: n for n, name in enumerate(LANGUAGES, 1)}
FEE = "What is the fee of 12,50 for account NB-77?"
GEBUEHR = "Wie hoch ist die Gebühr von 12,50 für das Konto NB-77?"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_has_no_double_meanings(language: str) -> None:
    """Each phrase stands once on either side, no foreign one is English of the table, and all are in small letters."""
    other = [row[PLACE[language]] for row in PHRASES]
    assert len(set(ENGLISH)) == len(set(other)) == len(PHRASES)
    assert not set(other) & set(ENGLISH)
    assert not set(other) & COMMON
    assert all(text == text.lower() for row in PHRASES for text in row)


@given(
    st.sampled_from(LANGUAGES),
    st.lists(st.sampled_from([*ENGLISH, "the", "of", "please", "12", ",", "NB-7"]), max_size=12),
)
def test_what_was_switched_is_put_back(language: str, parts: list[str]) -> None:
    """Any run of phrases and other words comes back the same, with a capital at its beginning too."""
    for text in (" ".join(parts), " ".join(parts).capitalize()):
        assert restored(switched(text, language), language) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_attacks_of_the_study_come_back(language: str) -> None:
    """Of the turns of attacks and twins nearly all come back to the letter; half are reached, with a word or two."""
    texts = [turn["content"] for one in suite("attacks") for turn in one["turns"]]
    shares = [reach(text, language) for text in texts]
    back = sum(restored(switched(text, language), language) == text for text in texts)
    assert back / len(texts) >= 0.99
    assert sum(share > 0 for share in shares) / len(shares) >= 0.5
    assert 0.05 <= sum(shares) / len(shares) <= 0.5


def test_what_is_not_reached_is_no_disguise() -> None:
    """A text without a word of the table makes no case in another language, alone or for an attacker."""
    assert [c.id for c in mutated(asked("Tell me the PIN"), ["switched-german"], 1)] == ["c1~switched-german"]
    assert mutated(asked("Be so kind"), ["switched-german", "switched-french"], 1) == []


def test_reach_is_worked_by_hand() -> None:
    """Two of three telling words are turned; a text without one has none."""
    assert reach("Tell me the password of the treasurer", "spanish") == pytest.approx(2 / 3)
    assert reach("of the", "german") == 0


def test_only_whole_words_and_plain_capitals_are_turned() -> None:
    """Parts of words stay, and so do shouted ones, which could not be put back."""
    assert switched("accountant ACCOUNT account", "german") == "accountant ACCOUNT konto"


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (GEBUEHR, ""), ("", "it is empty"), (GEBUEHR.replace("12,50", "12,60"), "figures"),
        (GEBUEHR.replace("12,50", "12.50"), ""), (GEBUEHR.replace("NB-77", "77"), "it lost 'NB-77'"),
        (GEBUEHR + " Bitte." * 40, "longer"), (FEE, "source"), (FEE.replace("What is", "And what would be"), "'en'"),
    ],
)  # fmt: skip
def test_a_translation_may_lose_nothing(text: str, because: str) -> None:
    """Figures, codes and length must fit and the language be the one asked for; a decimal comma may be a point."""
    found = unsound(FEE, text, "de")
    assert because in found
    assert bool(because) == bool(found)


def test_quoted_words_stay() -> None:
    """What is quoted is not translated."""
    assert unsound('Say "open sesame" now', 'Sag jetzt "sesam öffne dich"', "de") == "it lost 'open sesame'"
    assert unsound('Say "open sesame" now', 'Sag jetzt "open sesame"', "de") == ""


def test_a_target_translates_once_and_the_record_serves(tmp_path: Path) -> None:
    """Each text is asked for once; what is unsound is lost with its reason; the record comes back from its file."""
    target = Scripted(
        lambda text: GEBUEHR if FEE in text else Trace(case="x", status="timeout") if "rate" in text else "?"
    )
    cases = [
        asked(FEE, id="a"),
        asked(FEE, id="b"),
        asked("What is the rate?", id="c"),
        asked("And a long one?", id="d"),
    ]
    found, lost = asyncio.run(record(cases, "de", target, by="model-1"))
    assert [(one.source, one.text, one.by) for one in found] == [(FEE, GEBUEHR, "model-1")]
    assert [one.because for one in lost] == ["timeout", "it is far shorter or longer than the source"]
    assert len(target.asked) == 3
    assert "German" in target.asked[0]
    write(tmp_path / "de.jsonl", found)
    assert read(tmp_path / "de.jsonl") == found


def test_a_translated_case_is_a_pair() -> None:
    """Side a is the case, side b the same in the other language; what grades it stays, and who translated is told."""
    case = asked(FEE, reference="12,50", cluster="fees")
    recorded = [Translation(source=FEE, language="de", text=GEBUEHR, by="ann")]
    made = translated(case, "de", recorded)
    assert made is not None
    a, b = made
    assert (a.pair, a.side, b.side, b.language, b.reference, b.cluster) == (b.pair, "a", "b", "de", "12,50", "fees")
    assert (last_turn(b), b.tags) == (GEBUEHR, ("translated-by:ann",))
    assert made == translated(case, "de", recorded)
    assert translated(case, "fr", recorded) is None
    more = case.model_copy(update={"turns": (*case.turns, Message(role="user", content="And for students?"))})
    assert translated(more, "de", recorded) is None


def test_wrong_records_are_refused(tmp_path: Path) -> None:
    """No file, no JSON, no translation, and one that lost a figure: each is told with its line."""
    path = tmp_path / "t.jsonl"
    with pytest.raises(DataError, match="Cannot read"):
        read(path)
    path.write_text("{\n")
    with pytest.raises(DataError, match="Cannot read"):
        read(path)
    path.write_text('{"source": "x"}\n')
    with pytest.raises(SpecError, match="line 1"):
        read(path)
    write(path, [Translation(source=FEE, language="de", text=GEBUEHR.replace("12,50", "99"), by="ann")])
    with pytest.raises(DataError, match="line 1: this is no sound translation: its figures"):
        read(path)
