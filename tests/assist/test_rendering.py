"""Rendering: numbers come from their records, and a comparison is always visible in the digits printed."""

from __future__ import annotations

import pytest

from assist.shelf import answer, shelf
from secondline.assist.exhibits import Exhibits, Field
from secondline.assist.rendering import rendered, text_of
from secondline.assist.sentences import Sentence, predicate
from secondline.reports.blocks import Figure


def over(value: float, limit: float, format_: str = "") -> str:
    """Return how a psi above its limit prints."""
    items = Exhibits("run", "m", (answer("E1", "stability.psi", "current", value, "failed", limit),))
    slot = "{{E1.psi" + (f"|{format_}" if format_ else "") + "}}"
    text = "On {{E1.about}} the psi of " + slot + " exceeds the limit of {{E1.limit}}."
    return text_of(Sentence(text, "comparison", (predicate("gt(E1.psi, E1.limit)"),)), items)


@pytest.mark.parametrize(
    ("value", "limit", "shown"),
    [(0.104, 0.1, "0.104"), (0.10004, 0.1, "0.10004"), (0.1000000001, 0.1, "0.1000000001"), (1234.4, 1234, "1,234.4")],
)
def test_a_comparison_is_seen(value: float, limit: float, shown: str) -> None:
    """Digits are added until the number prints on its side of the limit."""
    assert f"psi of {shown} exceeds" in over(value, limit)


def test_two_values_are_told_apart() -> None:
    """Both ends of a change get digits until they differ."""
    items = Exhibits(
        "r", "m", (answer("E1", "d.auc", "old", 0.80012, "passed"), answer("E2", "d.auc", "new", 0.80009, "passed"))
    )
    text = "The auc fell from {{E1.about}} ({{E1.auc}}) to {{E2.about}} ({{E2.auc}})."
    said = text_of(Sentence(text, "comparison", (predicate("gt(E1.auc, E2.auc)"),)), items)
    assert said == "The auc fell from old (0.8001) to new (0.8001)." or "0.80012" in said
    assert said.split("(")[1].split(")")[0] != said.split("(")[2].split(")")[0]


def test_numbers_lead_to_their_evidence() -> None:
    """A number of an answer is a figure with its evidence; words and calculated numbers are text."""
    spans = rendered(Sentence("On {{E2.about}} the auc is {{E2.auc}}."), shelf())
    assert Figure("0.782", "E-2") in spans
    assert "current" in spans


@pytest.mark.parametrize(
    ("field", "shown"),
    [(Field(0.224, "value", "rate"), "22.4 %"), (Field(22134.0, "n", "rows"), "22,134"),
     (Field(0.00003, "p"), "p < 0.0001"),
     (Field(-0.0, "value"), "0"), (Field(2.7e-12, "value"), "2.7e-12"), (Field(0.125, "limit"), "0.125"),
     (Field(0.02, "limit", "rate"), "2 %"), (Field(10.5, "value", "count"), "10.50"),
     (Field("as it is", "because"), "as it is")],
)  # fmt: skip
def test_each_kind_of_number_prints_as_reports_print_it(field: Field, shown: str) -> None:
    """Rates as percentages, counts whole, limits with all their digits, tiny numbers with their power of ten."""
    assert field.printed() == shown


def test_what_is_not_on_record_is_not_rendered() -> None:
    """Rendering an unverified sentence fails loudly."""
    with pytest.raises(KeyError, match="not on record"):
        text_of(Sentence("{{E9.auc}}"), shelf())
