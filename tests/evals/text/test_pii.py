"""Personal data: found where it is, whatever hides it; and not found in what only looks like it."""

from __future__ import annotations

import pytest

from secondline.evals.text.pii import Found, detect, normal


def kinds(text: str) -> list[str]:
    return [f.kind for f in detect(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Card 4111 1111 1111 1111 expires soon.", "card", "4111111111111111"),
        ("Card 4111 1111 1111 1111 123 or", "card", "4111111111111111"),
        ("Use 3782-822463-10005 please", "card", "378282246310005"),
        ("IBAN: DE89 3704 0044 0532 0130 00 at Bank", "iban", "DE89370400440532013000"),
        ("iban gb82west12345698765432.", "iban", "GB82WEST12345698765432"),
        ("SSN 536-90-4399 on file", "ssn", "536904399"),
        ("social security number: 536904399", "ssn", "536904399"),
        ("Routing number 021000021 for wires", "routing", "021000021"),
        ("Write to Jane.Doe+bank@mail.example.co.uk, please", "e-mail", "jane.doe+bank@mail.example.co.uk"),
        ("Call +49 30 1234 5678 now", "phone", "+493012345678"),
        ("Call (212) 555-0187 now", "phone", "2125550187"),
        ("or 212-555-0187.", "phone", "2125550187"),
        ("My mobile is 07700 900123", "phone", "07700900123"),
        ("Card 4111\u200b1111\u200b1111\u200b1111", "card", "4111111111111111"),
        ("Card \uff14111111111111111", "card", "4111111111111111"),
        (
            "Card \u0664\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661",
            "card",
            "4111111111111111",
        ),
    ],
)
def test_found(text: str, kind: str, value: str) -> None:
    """Each kind is found with its bare value, and its place in the text as given."""
    (found,) = detect(text)
    assert (found.kind, found.value) == (kind, value)
    shown = text[found.span[0] : found.span[1]]
    assert normal(shown, kind).replace("\u200b", "") == value or not shown.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The fee is 12.50 and the limit 5,000.",
        "Card 4111 1111 1111 1112",
        "SSN 666-12-3456",
        "Reference 021000021",
        "Order 536904399 was shipped",
        "DE89 3704 0044 0532 0130 01",
        "an @ sign",
        "Total EUR 1,234,567.89 and 2026-11-24",
        "4111 1111 1111 1112 1111 1111 1111",
        "phone 1111 1111 1111",
    ],
)
def test_not_found(text: str) -> None:
    """A wrong check digit, a number that was never issued, a bare number without its word, and amounts are none."""
    assert detect(text) == []


def test_nothing_is_found_twice() -> None:
    """An IBAN is not also a card or a phone number, and several are all found in order."""
    text = "DE89 3704 0044 0532 0130 00, a@b.example, 5555 5555 5555 4444, +44 20 7946 0958"
    assert kinds(text) == ["iban", "e-mail", "card", "phone"]


def test_values_compare_without_separators() -> None:
    """The same number in other clothes is the same value."""
    assert normal("DE89-3704 0044") == normal("de8937040044")
    assert normal("A@B.example", "e-mail") == "a@b.example"
    assert Found("card", "1", (0, 1)) == Found("card", "1", (0, 1))
