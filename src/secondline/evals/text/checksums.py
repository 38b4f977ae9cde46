"""Checksums: what tells a card, account or routing number from a number that only looks like one."""

from __future__ import annotations

import re

NINE = 9
CARD_SHORTEST, CARD_LONGEST = 13, 19
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SD": 18,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22,
    "VG": 24, "XK": 20,
}  # fmt: skip
"""Length of an IBAN by country, from the registry of ISO 13616."""


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B).

    Every second digit from the right is doubled and its digits added; the sum ends in 0.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    if not digits.isdecimal():
        return False
    total = 0
    for i, c in enumerate(reversed(digits)):
        value = int(c) * (1 + i % 2)
        total += value - 9 * (value > NINE)
    return total % 10 == 0


def card(digits: str) -> bool:
    """Whether these are the digits of a payment card: 13 to 19, of an issuer's range, not all alike, Luhn holds."""
    issuer = digits[:1] in {"3", "4", "5", "6"} or (digits[:4].isdecimal() and 2221 <= int(digits[:4]) <= 2720)  # noqa: PLR2004, E501, RUF100 - Mastercard's second range
    return CARD_SHORTEST <= len(digits) <= CARD_LONGEST and issuer and len(set(digits)) > 1 and luhn(digits)


def iban(text: str) -> bool:
    """Whether this is an IBAN: the length of its country, and its number modulo 97 is 1 (ISO 13616, ISO 7064).

    The first four characters go to the end and letters become 10 to 35.

    >>> iban("GB82 WEST 1234 5698 7654 32"), iban("GB82 WEST 1234 5698 7654 33")
    (True, False)
    """
    joined = re.sub(r"\s", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]+", joined) or IBAN_LENGTHS.get(joined[:2]) != len(joined):
        return False
    return int("".join(str(int(c, 36)) for c in joined[4:] + joined[:4])) % 97 == 1


def aba(digits: str) -> bool:
    """Whether these are an ABA routing number: of a Federal Reserve range, and 3, 7, 1 weighted digits end in 0.

    >>> aba("021000021"), aba("021000022")
    (True, False)
    """
    if not re.fullmatch(r"\d{9}", digits):
        return False
    first = int(digits[:2])
    known = first <= 12 or 21 <= first <= 32 or 61 <= first <= 72 or first == 80  # noqa: PLR2004 - ABA's ranges
    return known and sum(w * int(d) for w, d in zip((3, 7, 1) * 3, digits, strict=True)) % 10 == 0 and int(digits) > 0


def ssn(digits: str) -> bool:
    """Whether the Social Security Administration can have issued it: no area 000, 666 or 9xx, no group 00, serial 0000.

    >>> ssn("536904399"), ssn("666123456"), ssn("078051120")
    (True, False, False)
    """
    if not re.fullmatch(r"\d{9}", digits) or digits in {"078051120", "219099999"}:  # printed in advertisements
        return False
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"
