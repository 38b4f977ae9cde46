"""The suite of extraction: letters and statements drawn by a seed, with the fields that a reader should find."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from secondline.samples.genai.cases import Case, case, chance
from secondline.samples.genai.corpus import TODAY
from secondline.samples.genai.people import account, name

EACH = 10
FIELDS = ("name", "date", "amount", "iban", "reference")
ASK = (
    "Read the text and answer with one JSON object with the keys name, date (YYYY-MM-DD), amount (a number in pounds), "
    "iban (without spaces) and reference. Use null for what the text does not say.\n\n"
)
KINDS = {
    "payment-order": "Please pay {amount} from my account {iban} on {date}. Use the reference {reference}.\n\n{name}",
    "salary-statement": (
        "Statement of pay for {name}, paid on {date}\nGross 112.5 hours\nNet pay: {amount}\nPaid to: {iban}\n"
        "Staff number of the office: 40-11"
    ),
    "invoice": (
        "INVOICE {reference}\nTo: {name}\nDate of invoice: {date}\nItems: 3\nTotal to be paid: {amount}\n"
        "Our account: {iban}\nPayable within 30 days."
    ),
    "dispute": (
        "Dear Northbank,\n\nI do not know the card payment of {amount} that was made on {date}. My two earlier letters "
        "were not answered. Your case number is {reference}.\n\nYours faithfully,\n{name}"
    ),
    "closing": (
        "I, {name}, ask you to close my account {iban} by {date} and to send me the papers. The balance may go to "
        "the hospice in Eastmere."
    ),
    "standing-order": (
        "Change of a standing order\nHolder: {name}\nFrom account {iban}\nOld amount: see last statement\n"
        "New amount: {amount} a month, for the first time on {date}\nReference: {reference}"
    ),
}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAYS = ("%d %B %Y", "%d/%m/%Y", "%B %d, %Y", "%Y-%m-%d")


def extraction() -> list[Case]:
    """Return ten texts of each kind; a field that the kind does not say is null in the reference."""
    return [_letter(kind, text, place) for kind, text in KINDS.items() for place in range(1, EACH + 1)]


def _letter(kind: str, text: str, place: int) -> Case:
    fields, shown = drawn(chance("letter", kind, place))
    said = {key: value if f"{{{key}}}" in text else None for key, value in fields.items()}
    return case(
        f"E-{kind}-{place:02d}", ASK + text.format(**shown), reference=said, stratum=kind,
        severity=3, persona="staff", tags=["nist:information-integrity"], origin="generated(letters)",
    )  # fmt: skip


def drawn(by: Random) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the fields of one letter, and how each is written in it: dates and accounts in several ways."""
    day = TODAY - timedelta(days=by.randrange(1, 700))
    fields = {
        "name": name(by), "date": day.isoformat(), "amount": by.randrange(1_000, 2_000_000) / 100, "iban": account(by),
        "reference": f"{by.choice('ABKRTX')}{by.choice('CDGMPZ')}-{by.randrange(10_000, 99_999)}",
    }  # fmt: skip
    iban = str(fields["iban"])
    spaced = " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))
    written = {
        "date": _written(day, by.choice(DAYS)), "amount": f"£{fields['amount']:,.2f}", "iban": by.choice([iban, spaced])
    }  # fmt: skip
    return fields, {key: str(value) for key, value in fields.items()} | written


def _written(day: date, form: str) -> str:
    # The name of the month is ours, so that no language of the machine changes the text.
    return day.strftime(form.replace("%B", MONTHS[day.month - 1]))
