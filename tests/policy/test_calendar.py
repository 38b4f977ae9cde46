"""Cadence: the next validation and monitoring by tier, type and packs."""

from __future__ import annotations

from datetime import date

import pytest

from secondline.core.dates import months_after
from secondline.policy.calendar import cadence_policy, next_monitoring, next_validation

DAY = date(2026, 1, 31)


@pytest.mark.parametrize(("tier", "day"), [(0, "2027-01-31"), (1, "2027-01-31"), (2, "2028-01-31"), (3, "2029-01-31")])
def test_the_tier_sets_the_interval(tier: int, day: str) -> None:
    """12, 24, 36 months by tier; what is not rated is treated as tier 1."""
    assert next_validation({}, tier, (), DAY).day == date.fromisoformat(day)


def test_tier_four_waits_for_a_trigger() -> None:
    """A negligible model has no day of its own."""
    assert next_validation({}, 4, (), DAY).day is None


@pytest.mark.parametrize(
    ("kind", "tier", "validation", "monitoring"),
    [
        ("retail-scorecard", 1, 12, 3), ("retail-scorecard", 2, 36, 6), ("retail-pd", 1, 24, 12),
        ("retail-lgd", 2, 36, 24), ("wholesale-rating", 1, 36, 12), ("wholesale-lgd", 2, 60, 24),
        ("macro-pd", 1, 24, 12), ("macro-pd", 2, 36, 24), ("ead", 1, 36, 1), ("var", 1, 36, 3),
    ],
)  # fmt: skip
def test_the_table_of_the_emirates(kind: str, tier: int, validation: int, monitoring: int) -> None:
    """Table 2 of the Model Management Standards is held as it stands, with its source."""
    (uae,) = [c for name, c in cadence_policy().cadences.items() if name == "uae"]
    (rule,) = [r for r in uae.rules if kind in r.when["type"]]
    assert (rule.validation[tier], rule.monitoring[tier]) == (validation, monitoring)
    assert uae.tag == "P"


def test_the_earliest_of_several_rules_holds() -> None:
    """A pack can bring a day forward, never put it off; the answer names the rule that decided."""
    irb = {"regulatory_uses": ["capital"]}
    assert next_validation(irb, 3, (), DAY).months == 36
    found = next_validation(irb, 3, ("eu-irb",), DAY)
    assert (found.months, found.tag) == (12, "P")
    assert "CRR 185" in found.source
    assert next_validation({}, 3, ("eu-irb",), DAY).months == 36
    assert next_validation({"tags": ["wholesale-lgd"]}, 2, ("uae",), DAY).months == 24
    assert next_monitoring({"tags": ["retail-scorecard"]}, 3, ("uae",), DAY).months == 6
    assert next_validation({}, 2, ("us-sr26-2",), DAY).months == 24
    assert next_validation({}, 2, ("us-sr11-7-legacy",), DAY).months == 12


def test_fraud_is_watched_more_often_and_methods_are_validated() -> None:
    """Within a table the more specific rule counts; a method is validated even when its tier is 4."""
    assert next_monitoring({"family": "fraud"}, 2, (), DAY).months == 1
    found = next_validation({"kind": "method"}, 4, (), DAY)
    assert found.months == 36
    assert "SS1/23" in found.source


def test_every_cadence_has_a_source() -> None:
    """Each table says where it is from and how far to trust it."""
    assert all(c.source and c.tag for c in cadence_policy().cadences.values())


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2026-01-31", 1, "2026-02-28"), ("2027-11-30", 3, "2028-02-29"), ("2026-12-15", 1, "2027-01-15")],
)
def test_months_end_where_months_end(day: str, months: int, expected: str) -> None:
    """The last of a month stays within the shorter month it falls into."""
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(expected)
