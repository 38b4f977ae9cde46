"""A declaration of features says what can be computed exactly, and refuses what cannot, by name."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from secondline.core.declared.velocity import Condition, Velocities, Velocity, micros
from velocities import EVERY, every

COUNT: dict[str, Any] = {"id": "n", "entity": "card", "aggregate": "count", "window": "1h"}


def test_names_columns_and_reach_are_told() -> None:
    """Lags yield a column each, the columns read are listed once, and the longest window is known."""
    said = every()
    assert said.names[-4:] == ("web_was_1", "web_was_2", "at_shop", "pair")
    assert {"was_1", "was_2", "was_3"} <= set(said.names)
    assert said.columns[:2] == ("id", "at")
    assert set(said.columns) == {"id", "at", "card", "merchant", "channel", "amount", "risk"}
    assert said.longest == micros("1d")


def test_a_declaration_survives_json() -> None:
    """What is written is read back, and its digest is of what it says."""
    said = every()
    assert Velocities.model_validate_json(said.model_dump_json()) == said
    assert every("2h").digest != said.digest == every().digest


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("24h", 86_400), ("2w", 1_209_600)])
def test_durations_are_read(text: str, seconds: int) -> None:
    """Each unit is what it says."""
    assert micros(text) == seconds * 1_000_000


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        (COUNT | {"window": "an hour"}, "no duration"),
        (COUNT | {"window": "0h"}, "no duration"),
        (COUNT | {"window": -1}, "greater than 0"),
        (COUNT | {"column": "amount"}, "takes no column"),
        (COUNT | {"aggregate": "max"}, "needs a column"),
        (COUNT | {"aggregate": "lag", "column": "amount", "current": True}, "looks back"),
        (COUNT | {"last": 3}, "belongs to lag"),
        (COUNT | {"entity": []}, "at least 1"),
        (COUNT | {"id": "1n"}, "pattern"),
        (COUNT | {"where": {"channel": {}}}, "needs values"),
        (COUNT | {"where": {"amount": {"values": [1], "min": 2}}}, "needs values"),
        (COUNT | {"wnidow": "1h"}, "Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_refused(feature: dict[str, Any], said: str) -> None:
    """Each wrong statement is refused, with the reason."""
    with pytest.raises(ValidationError, match=said):
        Velocity.model_validate(feature)


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ([COUNT, COUNT], "two features yield 'n'"),
        ([COUNT | {"aggregate": "sum", "column": "amount"}], "needs its decimals"),
        ([COUNT | {"id": "card"}], "name of a column"),
        ([], "at least 1"),
    ],
)
def test_features_that_do_not_agree_are_refused(features: list[dict[str, Any]], said: str) -> None:
    """Names twice, sums that would not be exact, and names of columns are refused."""
    with pytest.raises(ValidationError, match=said):
        Velocities.model_validate({"features": features})


def test_a_condition_holds_for_what_it_names() -> None:
    """Values, bounds and unknowns; a text is within no bounds."""
    assert Condition(values=("a",)).holds("a")
    assert not Condition(values=("a",)).holds(None)
    assert Condition(min=1, max=2).holds(2)
    assert not Condition(min=1).holds(0.5)
    assert not Condition(max=1).holds(float("nan"))
    assert not Condition(max=1).holds("a")


def test_the_trial_declaration_has_every_aggregate() -> None:
    """The tests of parity leave no aggregate out."""
    aggregates = {feature["aggregate"] for feature in EVERY}
    assert aggregates == {"count", "sum", "mean", "max", "min", "distinct", "since-last", "ratio", "lag"}
