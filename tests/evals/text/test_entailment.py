"""Entailment by words: claims, what supports them, what contradicts them."""

from __future__ import annotations

import pytest

from secondline.evals.text.entailment import claims, supported_by, windows

SOURCE = windows(
    "The overdraft fee is EUR 12.50 per month. Customers may cancel within 14 days. No fee is charged to minors. "
    "Approval of the manager is mandatory above EUR 5,000.",
    "doc",
)


@pytest.mark.parametrize(
    ("claim", "how"),
    [
        ("The overdraft fee is EUR 12.50 per month.", "supported"),
        ("An overdraft fee of 13 EUR is due at the end of every quarter.", "not found"),
        ("The overdraft fees are 12.50 per month", "supported"),
        ("The overdraft fee is EUR 15 per month.", "contradicted"),
        ("Customers may not cancel within 14 days.", "contradicted"),
        ("A fee is charged to minors.", "contradicted"),
        ("Approval of the manager is optional above EUR 5,000.", "contradicted"),
        ("within 14 days", "supported"),
        ("within 14 days of it, and for minors", "not found"),
        ("Savings accounts earn interest every quarter.", "not found"),
        ("Customers may cancel within 30 days.", "contradicted"),
    ],
)
def test_how(claim: str, how: str) -> None:
    """Words, numbers, denials and opposites decide; the window that says so is named."""
    found = supported_by(claim, SOURCE)
    assert found.how == how
    assert (found.window is not None) == (how != "not found")


def test_a_denial_of_something_else() -> None:
    """A denial elsewhere in the sentence turns nothing round; one at the claim's own words does."""
    said = windows("The customer may withdraw within 14 days of signing without giving a reason, and pays interest.")
    assert supported_by("within 14 days", said).how == "supported"
    assert supported_by("The customer may withdraw within 14 days of signing", said).how == "supported"
    assert supported_by("The customer may not withdraw within 14 days of signing", said).how == "contradicted"
    assert (
        supported_by("40 percent of income", windows("Payments may not exceed 40 percent of income.")).how
        == "supported"
    )


def test_claims_of_an_answer() -> None:
    """Questions, courtesies, declines, offers and marks of citations are no claims; numbers and rules are material."""
    text = (
        "Thank you for your question. The overdraft fee is EUR 12.50 [fees#1]; the account itself looks friendly. "
        "Do you need more? I cannot find the fee for cheques in the documents. Please contact us for help."
    )
    said = claims(text)
    assert [c.text.strip() for c in said] == ["The overdraft fee is EUR 12.50", "the account itself looks friendly."]
    assert [c.material for c in said] == [True, False]
    assert all(text[a:b] for a, b in (c.span for c in said))
    assert claims("") == []
