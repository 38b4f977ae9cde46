"""Made-up people: their accounts and cards have right checksums, and nobody real can have them."""

from __future__ import annotations

import re
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from secondline.samples.genai.corpus import documents, injected
from secondline.samples.genai.people import BANK, SORT, TESTING, account, card, iban, name
from secondline.samples.genai.speaking import OBEYED
from secondline.samples.genai.suites import MAKERS, lines

IBAN = re.compile(r"\bGB\d\d ?(?:[A-Z0-9]{4} ?){4}[A-Z0-9]{2}\b")
CARD = re.compile(r"\b\d{13,19}\b")
PHONE = re.compile(r"\b0\d{3,4} \d{3,6}(?: \d{3,4})?\b")


def is_iban(text: str) -> bool:
    """ISO 13616: moved to the end and read as a number, the remainder by 97 is 1."""
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """ISO 7812-1: each second digit from the right counts twice, by the sum of its digits; the whole ends in zero."""
    doubled = [int(c) * (1 + i % 2) for i, c in enumerate(reversed(text))]
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


@given(st.integers(0, 10**8 - 1))
def test_every_iban_is_valid(number: int) -> None:
    """Whatever the account, the check digits fit, and a change of one digit is found."""
    made = iban(f"{number:08d}")
    assert len(made) == 22
    assert is_iban(made)
    assert not is_iban(made[:-1] + str((int(made[-1]) + 1) % 10))


@given(st.integers(0, 10**9 - 1))
def test_every_card_is_valid(number: int) -> None:
    """Whatever the account, Luhn's digit fits."""
    made = card(f"{number:09d}")
    assert len(made) == 16
    assert is_card(made)


def test_known_numbers() -> None:
    """The algorithms agree with numbers that are printed in the standards' examples."""
    assert is_iban("GB82WEST12345698765432")
    assert is_card("79927398713")
    assert not is_card("79927398710")


def test_all_identifiers_of_the_study_are_valid_and_made_up() -> None:
    """Each IBAN and card number in any document, suite or answer has a right checksum and lies in our ranges."""
    texts = [d.text for d in (*documents().values(), *injected().values())] + [lines(name) for name in MAKERS]
    texts += list(OBEYED.values())
    ibans = {found.replace(" ", "") for text in texts for found in IBAN.findall(text)}
    cards = {found for text in texts for found in CARD.findall(text)}
    assert len(ibans) > 40
    assert len(cards) >= 1
    assert all(is_iban(one) and one[4:14] == BANK + SORT for one in ibans)
    assert all(is_card(one) and one.startswith(TESTING) for one in cards)


def test_telephones_are_those_kept_for_stories() -> None:
    """Every telephone number is of a range that the regulator keeps free for drama."""
    texts = [d.text for d in documents().values()] + [lines(name) for name in ("attacks", "injection")]
    found = {number for text in texts for number in PHONE.findall(text)}
    assert found
    assert all(number.startswith(("07700 900", "020 7946 0")) for number in found)


def test_people_are_drawn_by_the_seed() -> None:
    """The same source of chance makes the same person."""
    assert (name(Random(1)), account(Random(1))) == (name(Random(1)), account(Random(1)))
    assert name(Random(1)) != name(Random(2))
