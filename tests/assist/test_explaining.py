"""Explaining: every value of a sentence leads to its record, every predicate is told with its truth."""

from __future__ import annotations

import pytest

from assist.shelf import shelf
from secondline.assist.explaining import called, explained
from secondline.assist.sentences import Sentence, predicate

TEXT = "{{E2.title}} ({{E2.about}}): {{E2.auc|.3f}} is below the limit of {{E2.limit}}, outcome {{E2.outcome}}."


def test_values_lead_to_their_records() -> None:
    """Names of records are no values; each value says what it is and where it comes from."""
    found = explained(Sentence(TEXT, "comparison", (predicate("lt(E2.auc, E2.limit)"),)), shelf())
    assert [(v.slot, v.printed, v.item.source if v.item else "") for v in found.values] == [
        ("E2.auc", "0.782", "E-2"), ("E2.limit", "0.79", "E-2"), ("E2.outcome", "failed", "E-2")
    ]  # fmt: skip
    assert found.values[0].what == "auc of The auc is right (current)"
    assert found.problems == ()


@pytest.mark.parametrize(
    ("written", "said", "holds"),
    [
        ("lt(E2.auc, E2.limit)", "0.782 is below 0.79", True), ("gt(E2.auc, E2.limit)", "0.782 is above 0.79", False),
        ("within(E2.auc, E2.low, E2.high)", "0.782 lies within [0.772, 0.792]", True),
        ("ci_excludes(E2.low, E2.high, E2.limit)", "[0.772, 0.792] does not hold 0.79", False),
        ("p_below(E2.p, E2.alpha)", "p = 0.0030 is below 0.05", True),
        ("is(E2.outcome, failed)", "failed is failed", True), ("is(E2.outcome, passed)", "failed is passed", False),
        ("gt(E2.gone, E2.limit)", "names a field that is no longer on record", None),
        ("gt(E2.outcome, E2.limit)", "failed is above 0.79", False),
    ],
)  # fmt: skip
def test_predicates_are_told_with_their_truth(written: str, said: str, holds: bool | None) -> None:
    """Each kind in words with its values; false, beside the point and gone are told apart."""
    (found,) = explained(Sentence("x", predicates=(predicate(written),)), shelf()).predicates
    assert (found.written, found.said, found.holds) == (written, said, holds)


def test_what_is_gone_is_told() -> None:
    """A slot whose record or field is no longer there is shown as such, with the verifier's word."""
    found = explained(Sentence("{{E99.auc}} and {{E2.made_up}}"), shelf())
    assert [(v.what, v.item is None) for v in found.values] == [
        ("no longer on record", True), ("no longer on record", False)
    ]  # fmt: skip
    assert {p.code for p in found.problems} >= {"UNKNOWN_EVIDENCE", "UNKNOWN_FIELD"}


def test_records_are_called_by_heading_and_label() -> None:
    """A check by its claim and population, a finding or a population by its name."""
    by_id = shelf().by_id
    assert called(by_id["E1"]) == "The auc is right (development)"
    assert (called(by_id["F1"]), called(by_id["P1"])) == ("F-1", "current")
