"""Declarations of fairness are read in short forms and refused with words that help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from portfolios import spec
from secondline.core.declared.fairness import Fairness
from secondline.core.errors import MissingColumn
from secondline.frames.collect import open_populations


def test_short_forms() -> None:
    """One control, one crossing and one price column need no list and no mapping."""
    found = Fairness.model_validate({"controls": "dti", "intersections": ["sex", "race"], "price": "apr"})
    assert found.controls == ("dti",)
    assert found.intersections == (("sex", "race"),)
    assert found.price is not None
    assert (found.price.column, found.price.unit, found.price.worse) == ("apr", "percent", "higher")
    assert found.smallest_group == 30


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"control": "dti"}, "Extra inputs are not permitted"),
        ({"smallest-group": 2}, "greater than or equal to 5"),
        ({"intersections": [["sex"]]}, r"crosses \['sex'\]; a crossing needs two"),
        ({"price": {"column": "apr", "unit": "euros"}}, "'percent', 'share', 'bp' or 'amount'"),
        ({"probabilities": {"groups": {"a": "p_a"}}}, "at least 2"),
        ({"probabilities": {"groups": {"a": "p", "b": "p"}}}, "two groups share a probability column"),
        ({"probabilities": {"groups": {"a": "p", "b": "q"}, "control": "c"}}, r"'c' is none of the groups \(a, b\)"),
    ],
)
def test_what_is_refused(content: dict[str, Any], says: str) -> None:
    """Says which key, what is wrong and what to write instead."""
    with pytest.raises(ValidationError, match=says):
        Fairness.model_validate(content)


def test_columns_must_exist() -> None:
    """A declared column that the data lack is named with its role."""
    table = pa.table({"id": [1], "pd": [0.1], "y": [0], "region": ["n"], "w": [1.0], "apr": np.array([6.0])})
    study = spec("dev", fairness={"price": "arp"})
    with pytest.raises(MissingColumn, match="fairness price"):
        open_populations(study, {"dev": table}, Path())


def test_controls_stay_features_and_prices_do_not() -> None:
    """A control may be a feature; a price, a probability and a known group are none."""
    numbers = {name: [0.1, 0.2] for name in ("pd", "dti", "apr", "p", "q", "w")}
    table = pa.table(numbers | {"id": [1, 2], "y": [0, 1], "region": ["n", "s"], "race": ["a", None]})
    memberships = {"groups": {"a": "p", "b": "q"}, "known": "race"}
    study = spec("dev", fairness={"controls": "dti", "price": "apr", "probabilities": memberships})
    assert open_populations(study, {"dev": table}, Path())["dev"].features == ("dti", "region")
