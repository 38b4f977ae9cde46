"""How large a model is: numbers learnt, where the artefact tells them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest

from secondline.core.spec import Artefact
from secondline.models.model import Model
from secondline.models.opening import open_artefact
from secondline.models.sizes import leaves, size_of


def opened(path: str, base: Path) -> dict[str, Any]:
    model = open_artefact(Artefact(path=path), base)
    try:
        return size_of(model)
    finally:
        model.close()


def test_leaves_are_those_of_the_trees(tmp_path: Path) -> None:
    """Counted from the text, they equal what LightGBM's own dump lists, also when the file is opened apart."""
    draw = np.random.default_rng(1)
    x = draw.normal(size=(500, 2))
    params = {"objective": "binary", "num_leaves": 6, "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(params, lightgbm.Dataset(x, (x[:, 0] > 0).astype(float)), 7)
    listed = sum(tree["num_leaves"] for tree in booster.dump_model()["tree_info"])
    assert leaves(booster.model_to_string()) == listed
    booster.save_model(tmp_path / "m.txt")
    assert opened("m.txt", tmp_path) == {"inputs": 2, "parameters": listed, "size": f"7 trees, {listed} leaves"}


def test_coefficients_and_attributes_are_counted(tmp_path: Path) -> None:
    """A table of two coefficients has three numbers with its intercept."""
    (tmp_path / "m.json").write_text(json.dumps({"intercept": 1, "coefficients": {"a": 1, "b": 2}}))
    assert opened("m.json", tmp_path) == {"inputs": 2, "parameters": 3, "size": "2 terms"}


@pytest.mark.parametrize(("facts", "said"), [({}, "size not told"), ({"estimator": "SVC"}, "SVC")])
def test_a_model_that_tells_nothing_has_no_size(facts: dict[str, Any], said: str) -> None:
    """No number is made up."""
    model = Model("m", "onnx", ("a",), lambda columns: columns["a"], facts=facts)
    assert size_of(model) == {"inputs": 1, "parameters": None, "size": said}
