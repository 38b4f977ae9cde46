"""What a search for less discriminatory alternatives tries: a function of the declaration and of the proxies."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from secondline.core.declared.alternatives import Alternatives
from secondline.models.variations import by_proxy, reweighed, variations


def search(**fields: object) -> Alternatives:
    return Alternatives.model_validate({"column": "sex"} | fields)


def test_the_space_is_that_declared_and_ends_at_most() -> None:
    """Every kind of move is there, in the declared order, and no more than asked for."""
    found = variations(search(settings=[{"num_leaves": 7}], drop=3), ["a", "b", "c", "d"])
    assert list(dict.fromkeys(v.move for v in found)) == ["seed", "drop", "reweigh", "penalty", "settings", "both"]
    assert {v.dropped for v in found if v.move == "drop"} == {("a",), ("b",), ("c",), ("a", "b"), ("a", "b", "c")}
    assert len({v.name for v in found}) == len(found)
    assert variations(search(most=4), ["a"]) == variations(search(), ["a"])[:4]


def test_a_penalty_is_tried_only_where_it_can_be_fitted() -> None:
    """A logistic search has no penalised fits."""
    assert "penalty" not in {v.move for v in variations(search(kind="logistic"), ["a"])}


def test_proxies_are_ordered_by_what_they_tell() -> None:
    """Numbers, texts and missing values are all seen; the order is that of scikit-learn's AUC."""
    draw = np.random.default_rng(1)
    group = draw.random(2_000) < 0.5
    columns = {
        "noise": draw.normal(size=2_000),
        "strong": draw.normal(size=2_000) - 2.0 * group,
        "text": np.where(draw.random(2_000) < 0.25 + 0.5 * group, "x", "y").astype(object),
        "absent": np.where(draw.random(2_000) < 0.6 * group, np.nan, 1.0),
        "flat": np.ones(2_000),
    }
    assert by_proxy(columns, list(columns), group, ~group) == ("strong", "absent", "text", "noise", "flat")
    assert roc_auc_score(group, -columns["strong"]) > 0.9


def test_proxies_without_a_group_are_in_the_order_of_their_names() -> None:
    """Nothing can be told where one group has no rows."""
    nobody = np.zeros(5, dtype=bool)
    columns = {"b": np.arange(5.0), "a": np.array([None, "x", "y", "x", None], dtype=object)}
    assert by_proxy(columns, ["b", "a"], nobody, ~nobody) == ("a", "b")


def test_full_reweighing_makes_group_and_outcome_independent() -> None:
    """Under the new weights both groups have one event rate, and total weight stays; halfway the gap is smaller."""
    draw = np.random.default_rng(2)
    group, weight = draw.random(3_000) < 0.3, draw.random(3_000) + 0.5
    label = (draw.random(3_000) < 0.1 + 0.2 * group).astype(float)

    def gap(w: np.ndarray) -> float:
        return float(np.average(label[group], weights=w[group]) - np.average(label[~group], weights=w[~group]))

    full, half = (reweighed(weight, label, group, ~group, s) for s in (1.0, 0.5))
    assert gap(full) == pytest.approx(0, abs=1e-12)
    assert 0 < gap(half) < gap(weight)
    assert full.sum() == pytest.approx(weight.sum())


def test_reweighing_leaves_others_and_empty_cells_alone() -> None:
    """Rows of neither group keep their weight, and a group without events makes no infinite weight."""
    label = np.array([0.0, 0.0, 1.0, 0.0, 1.0])
    group, control = np.array([1, 1, 0, 0, 0]) == 1, np.array([0, 0, 1, 1, 0]) == 1
    made = reweighed(np.ones(5), label, group, control, 1.0)
    assert np.isfinite(made).all()
    assert made[4] == 1.0
