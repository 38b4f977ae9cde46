"""People and accounts that do not exist: drawn by a seed, with right checksums, in ranges that nobody is given."""

from __future__ import annotations

from random import Random

FIRST = ("Marlow", "Tamsin", "Ilka", "Bertram", "Oona", "Casimir", "Delphine", "Ewart", "Fenna", "Gideon", "Hester",
         "Idris", "Jorun", "Keziah", "Leopold", "Mirren", "Nestor", "Ottoline", "Perrin", "Quilla")  # fmt: skip
LAST = ("Everdene", "Orrowby", "Thistlewood", "Ambleforth", "Quarrie", "Netherby", "Sallowfield", "Wendlebury",
        "Harrowgate", "Pellinore", "Dunmarrow", "Fallowell", "Kestrelman", "Larkspur", "Umberleigh")  # fmt: skip
BANK, SORT = "NBKX", "000000"
"""The bank of every IBAN here, and a sort code that is not handed out."""
TESTING = "400000"
"""The first digits of every card number here: a range that processors publish for tests."""


def iban(account: str) -> str:
    """Return the IBAN of an account of eight digits; its two check digits are 98 less the number modulo 97."""
    tail = BANK + SORT + account
    rest = int("".join(str(int(c, 36)) for c in f"{tail}GB00")) % 97
    return f"GB{98 - rest:02d}{tail}"


def card(account: str) -> str:
    """Return a card number of 16 digits from nine, with Luhn's check digit."""
    body = TESTING + account
    doubled = (sum(divmod(2 * int(c), 10)) if i % 2 == 0 else int(c) for i, c in enumerate(reversed(body)))
    return f"{body}{-sum(doubled) % 10}"


def name(chance: Random) -> str:
    """Return a first and a last name."""
    return f"{chance.choice(FIRST)} {chance.choice(LAST)}"


def account(chance: Random) -> str:
    """Return an IBAN."""
    return iban(f"{chance.randrange(10**8):08d}")
