"""The `fraud` part of model.yaml: what it takes, what it refuses, and what it names."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from frauds import spec
from secondline.core.declared.fraud import Fraud
from secondline.core.spec import ModelSpec


def test_every_named_column_has_a_role() -> None:
    """All columns come back with the role they play."""
    given = Fraud.model_validate({
        "amount": "a", "alert": "b", "declined": "c", "alerted-at": "d", "account": "e", "customer": "f",
        "known-at": "g", "rules": ["h", "i"], "recovered": "j", "control": {"column": "k", "probability": "l"},
        "scheme": {"settled": "m", "reported": "n", "disputed": "o"}, "serving": {"latency": "p", "fallback": "q"},
    })  # fmt: skip
    assert sorted(column for _, column in given.columns()) == list("abcdefghijklmnopq")
    assert all(role.startswith("fraud") for role, _ in given.columns())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"alert": None}, "needs one of `alert`, `threshold` and `alert-budget`"),
        ({"threshold": 0.5, "alert-budget": 0.01}, "not both"),
        ({"alert-budget": 1.0}, "less than 1"),
        ({"control": {"column": "c", "probability": 0}}, "must lie in"),
        ({"known-to": "soon"}, "must be a date"),
        ({"trained-to": "31.12.2025"}, "must be a date"),
        ({"costs": {"review": -1}}, "greater than or equal to 0"),
        ({"costs": {"loss-share": 1.1}}, "less than or equal to 1"),
        ({"serving": {"timeout": 0}}, "greater than 0"),
        ({"saved": "never"}, "after-alert"),
        ({"amuont": "x"}, "Extra inputs"),
    ],
)
def test_wrong_statements_are_refused(wrong: dict[str, Any], says: str) -> None:
    """Each contradiction is named."""
    with pytest.raises(ValidationError, match=says):
        Fraud.model_validate({"amount": "a", "alert": "b"} | wrong)


def test_a_study_of_fraud_counts_accounts() -> None:
    """Without an entity and without an account there is nothing to count."""
    with pytest.raises(ValidationError, match="name one under"):
        spec(columns={"entity": []})
    assert spec(columns={"entity": []}, account="card").fraud is not None
    assert ModelSpec.model_fields["fraud"].default is None


def test_a_day_may_be_written_without_quotes() -> None:
    """YAML reads 2026-06-30 as a date; it is kept as it was written."""
    given = Fraud.model_validate({"amount": "a", "alert": "b", "known-to": date(2026, 6, 30)})
    assert given.known_to == "2026-06-30"
