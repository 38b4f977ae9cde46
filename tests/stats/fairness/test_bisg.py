"""BISG by hand, what it covers, and tables it refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondline.stats.fairness.bisg import bisg

Table = dict[str, dict[str, float]]
NAMES = {"GARCIA": {"hispanic": 0.9, "other": 0.1}, "SMITH": {"hispanic": 0.02, "other": 0.98}}
PLACES = {"north": {"hispanic": 0.001, "other": 0.004}, "south": {"hispanic": 0.01, "other": 0.002}}


def test_bayes_rule_by_hand() -> None:
    """Garcia in the north: 0.0009 and 0.0004 of 0.0013; Smith in the south: 0.0002 and 0.00196 of 0.00216."""
    found = bisg(["garcia ", "Smith"], ["north", "south"], NAMES, PLACES)
    assert found.groups == ("hispanic", "other")
    assert found.probability[0] == pytest.approx([9 / 13, 4 / 13])
    assert found.probability[1] == pytest.approx([20 / 216, 196 / 216])
    assert found.coverage == {"both": 2, "surname only": 0, "place only": 0, "neither": 0}
    assert found.columns()["p_other"] == pytest.approx([4 / 13, 196 / 216])


def test_what_is_known_decides_what_is_said() -> None:
    """A surname alone gives its own shares, a place alone needs a prior, neither gives no number."""
    rows = ["Garcia", "Unheard", None, "Unheard"], ["nowhere", "south", None, "nowhere"]
    found = bisg(*rows, NAMES, PLACES)
    assert found.probability[0] == pytest.approx([0.9, 0.1])
    assert np.isnan(found.probability[1:]).all()
    assert found.coverage == {"both": 0, "surname only": 1, "place only": 0, "neither": 3}
    prior = bisg(*rows, NAMES, PLACES, prior={"hispanic": 0.2, "other": 0.8})
    assert prior.probability[1] == pytest.approx([0.002 / 0.0036, 0.0016 / 0.0036])
    assert prior.coverage["place only"] == 1


def test_an_impossible_row_is_no_guess() -> None:
    """A surname and a place that exclude each other leave nothing to say."""
    places = {"x": {"hispanic": 1.0, "other": 0.0}}
    found = bisg(["Only"], ["x"], {"ONLY": {"hispanic": 0.0, "other": 1.0}}, places)
    assert np.isnan(found.probability).all()
    assert found.coverage["neither"] == 1


def test_it_recovers_what_was_drawn() -> None:
    """Where surname and place are independent given the group, the probabilities are calibrated."""
    draw = np.random.default_rng(2)
    group = draw.random(60_000) < 0.3
    name = np.where(draw.random(60_000) < np.where(group, 0.7, 0.1), "A", "B")
    place = np.where(draw.random(60_000) < np.where(group, 0.6, 0.2), "n", "s")
    share_a = 0.3 * 0.7 / (0.3 * 0.7 + 0.7 * 0.1)
    share_b = 0.3 * 0.3 / (0.3 * 0.3 + 0.7 * 0.9)
    names = {"A": {"in": share_a, "out": 1 - share_a}, "B": {"in": share_b, "out": 1 - share_b}}
    places = {"n": {"in": 0.6, "out": 0.2}, "s": {"in": 0.4, "out": 0.8}}
    p = bisg(name.tolist(), place.tolist(), names, places).probability[:, 0]
    for value in np.unique(p):
        mine = p == value
        assert group[mine].mean() == pytest.approx(value, abs=4 * np.sqrt(value * (1 - value) / mine.sum()))


@pytest.mark.parametrize(
    ("names", "places", "says"),
    [
        ({"A": {"x": 0.5, "y": 0.4}}, {}, "add up to 0.9, not 1"),
        ({"A": {"x": 1.2, "y": -0.2}}, {}, r"outside \[0, 1\]"),
        ({"A": {"x": 0.5, "y": 0.5}}, {"n": {"x": 0.1}}, "place 'n' has the groups"),
    ],
)
def test_tables_that_cannot_be_used(
    names: dict[str, dict[str, float]], places: dict[str, dict[str, float]], says: str
) -> None:
    """Says which entry and what is wrong with it."""
    with pytest.raises(ValueError, match=says):
        bisg(["A"], ["n"], names, places)


def test_the_example_of_the_documentation_runs() -> None:
    """The code on the page about fair lending works as printed."""
    page = (Path(__file__).parents[3] / "docs" / "howto" / "fair-lending.md").read_text()
    (code,) = re.findall(r'^```python title="bisg.py"\n(.*?)^```', page, re.MULTILINE | re.DOTALL)
    told: dict[str, Any] = {}
    exec(compile(code, "bisg.py", "exec"), told)
    garcia, smith = 0.92 * 0.0011, 0.08 * 0.0001
    assert told["columns"]["p_hispanic"][0] == pytest.approx(garcia / (garcia + smith))
    assert np.isnan(told["columns"]["p_other"][3])
