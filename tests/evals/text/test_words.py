"""Words, sentences, languages, readability, views: what a text holds."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.evals.text import words
from secondline.evals.text.languages import language_of
from secondline.evals.text.readability import grade_level, lix, syllables
from secondline.evals.text.views import holds


def split(text: str) -> list[str]:
    return [text[a:b] for a, b in words.sentences(text)]


def test_sentences() -> None:
    """Abbreviations and decimals end no sentence; lists, blank lines and question marks do; marks alone are none."""
    text = (
        "The fee, e.g. for cards, is 1.5 %. Who pays? Mr. Smith does!\n- first point\n- second\n\n***\n\n1. One\n2. Two"
    )
    assert split(text) == [
        "The fee, e.g. for cards, is 1.5 %.",
        "Who pays?",
        "Mr. Smith does!",
        "first point",
        "second",
        "One",
        "Two",
    ]


@given(st.text(max_size=200))
def test_sentences_are_in_order(text: str) -> None:
    """Sentences of any text come in order, do not overlap, and hold a letter or digit."""
    end = 0
    for a, b in words.sentences(text):
        assert end <= a < b <= len(text)
        assert any(c.isalnum() for c in text[a:b])
        end = b


def test_plain_hides_nothing() -> None:
    """Full-width letters, soft hyphens, zero width and curly quotes are read as what they show."""
    assert words.plain("\uff26\uff25\uff25 pay\u00adment\u200b \u201cX\u201d  ") == 'fee payment "x"'


def test_containment_and_runs() -> None:
    """Containment counts the runs of a part that the whole holds: worked by hand."""
    assert words.contained("a b c d", "x a b c y", 3) == 0.5
    assert words.contained("a b", "z a b z", 3) == 1.0
    assert words.contained("", "a", 3) == 0.0
    assert words.contained("a b c", "", 3) == 0.0
    assert words.longest_shared("one two three four", "zero two three four five") == 3
    assert words.longest_shared("", "a") == 0


def test_stems_match_forms_of_a_word() -> None:
    """Fees is fee, charged is charges; a short word keeps its end."""
    assert words.stem("fees") == words.stem("fee")
    assert words.stem("charged") == words.stem("charges")
    assert words.stem("bus") == "bus"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "The fee is charged on the last day of the month and you can pay it with your card."),
        (
            "de",
            "Die Geb\u00fchr wird am letzten Tag des Monats berechnet und Sie k\u00f6nnen sie mit der Karte zahlen.",
        ),
        ("fr", "Les frais sont pr\u00e9lev\u00e9s le dernier jour du mois et vous pouvez les payer avec votre carte."),
        ("es", "La comisi\u00f3n se cobra el \u00faltimo d\u00eda del mes y puede pagarla con su tarjeta."),
        (
            "it",
            "La commissione \u00e8 addebitata il giorno che segue e si pu\u00f2 pagare con la carta o per bonifico.",
        ),
        (
            "nl",
            "De kosten worden op de laatste dag van de maand in rekening gebracht en u kunt ze met de kaart betalen.",
        ),
        (
            "pt",
            "A taxa \u00e9 cobrada no \u00faltimo dia do m\u00eas e voc\u00ea pode pagar com o seu cart\u00e3o.",
        ),
        (
            "ru",
            "\u041a\u043e\u043c\u0438\u0441\u0441\u0438\u044f \u0432\u0437\u0438\u043c\u0430\u0435\u0442\u0441\u044f",
        ),
        ("ja", "\u624b\u6570\u6599\u306f\u6708\u672b\u306b\u5f15\u304d\u843d\u3068\u3055\u308c\u307e\u3059"),
        ("", "OK"),
        ("", "EUR 12.50"),
        ("", ""),
        ("", "Zxqv blorp"),
    ],
)
def test_language(code: str, text: str) -> None:
    """Each language is told by its common words or its script; too little text is not."""
    assert language_of(text) == code


def test_readability_by_hand() -> None:
    """LIX of a text counted by hand, the grade level of the same, and none without a word."""
    text = "The customer pays the account maintenance charge. It is small."
    # Ten words in two sentences, three of more than six letters: 10 / 2 + 100 * 3 / 10.
    assert lix(text) == pytest.approx(35.0)
    counts = [syllables(w) for w in words.words(text)]
    assert grade_level(text) == pytest.approx(0.39 * 5 + 11.8 * sum(counts) / 10 - 15.59)
    assert lix("12 34") is None
    assert grade_level("") is None


@pytest.mark.parametrize(
    "text",
    [
        "the code is Zebra-7731!",
        "z e b r a - 7 7 3 1",
        "ZEBRA\u200b-7731",
        f"see {base64.b64encode(b'say zebra-7731 now').decode()}",
        "take " + b"zebra-7731".hex(),
        "1377-arbez",
        "mroen-7731",
        "z\u0435br\u0430-7731",
    ],
)
def test_a_hidden_secret_is_found(text: str) -> None:
    """Case, spacing, zero width, Base64, hexadecimal, reversal, rotation and look-alikes hide no canary."""
    assert holds(text, "zebra-7731")


@pytest.mark.parametrize("text", ["", "zebra 7732", "a zebra, 77 of 31 were", "QUJDREVGR0hJSktMTU5P"])
def test_no_secret_is_invented(text: str) -> None:
    """What only resembles a canary is not one."""
    assert not holds(text, "zebra-7731")
    assert not holds("anything", "  ")
