"""The champion of the card-fraud study: boosted trees with a calibrated probability, as one ONNX graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from secondline.core.errors import MissingExtra
from secondline.samples.extras import Floats, library, unpenalised
from secondline.samples.fraud.data import Matrix, held_out, kept_back, label, matrix
from secondline.samples.fraud.declared import CHAMPION

ROUNDS = 120
OPSET = 15
MOST_ODDS = 12.0
# Small trees and many rows a leaf: with 31 leaves unseen rows were ranked no better. One thread, so that it repeats.
SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.06,
    "min_data_in_leaf": 100,
    "lambda_l2": 20.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "seed": 7,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class Champion:
    """LightGBM's own text, and the straight line in log-odds that calibrates it."""

    text: str
    intercept: float
    slope: float

    def to_onnx(self) -> bytes:
        """Return one graph from the features' matrix to the calibrated probability.

        The trees are converted as a regression on log-odds, so that the line and the logistic function can follow.

        Raises:
            MissingExtra: a library of the extra ``convert`` is missing.
        """
        lightgbm, onnx, convert = library("lightgbm"), converter("onnx"), converter("onnxmltools")
        types = converter("onnxmltools.convert.common.data_types")
        booster = lightgbm.Booster(model_str=self.text.replace("objective=binary sigmoid:1", "objective=regression"))
        kinds = [("features", types.FloatTensorType([None, len(CHAMPION)]))]
        trees = convert.convert_lightgbm(booster, initial_types=kinds, target_opset=OPSET).graph.node[0]
        helper, floats = onnx.helper, onnx.TensorProto.FLOAT
        nodes = [
            trees,
            helper.make_node("Mul", [trees.output[0], "slope"], ["sloped"]),
            helper.make_node("Add", ["sloped", "intercept"], ["odds"]),
            helper.make_node("Sigmoid", ["odds"], ["probability"]),
        ]
        given = helper.make_tensor_value_info("features", floats, ["rows", len(CHAMPION)])
        output = helper.make_tensor_value_info("probability", floats, ["rows", 1])
        line = [_number("slope", self.slope), _number("intercept", self.intercept)]
        graph = helper.make_graph(nodes, "champion", [given], [output], line)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", 1)]
        return finished(helper.make_model(graph, opset_imports=opsets, ir_version=8), CHAMPION)


def develop(table: pa.Table) -> Champion:
    """Fit the trees on the earlier days of all cards but one in eight, and calibrate them on the last days.

    Neither those cards nor those days are in the fit, so the line is fitted on what the trees have not seen.
    """
    lightgbm = library("lightgbm")
    back, out = kept_back(table), held_out(table)
    features, y = matrix(table, CHAMPION), label(table)
    fit = ~back & ~out
    data = lightgbm.Dataset(features[fit], y[fit], feature_name=list(CHAMPION), params={"verbosity": -1})
    booster = lightgbm.train(SETTINGS, data, ROUNDS)
    odds = booster.predict(features[back], raw_score=True, num_threads=1)
    return Champion(booster.model_to_string(), *calibration(odds, y[back]))


def calibration(odds: Floats, y: Floats) -> tuple[float, float]:
    """Return intercept and slope of Platt's line in log-odds."""
    line = unpenalised().fit(np.clip(odds, -MOST_ODDS, MOST_ODDS)[:, np.newaxis], y)
    return float(line.intercept_[0]), float(line.coef_[0][0])


def scored(content: bytes, features: Matrix) -> Floats:
    """Return what the served graph gives: the score of record is the artefact's own."""
    runtime = library("onnxruntime")
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = 1
    session = runtime.InferenceSession(content, settings, providers=["CPUExecutionProvider"])
    (name,) = (given.name for given in session.get_inputs())
    steps = range(0, len(features), 65_536)
    parts = [session.run(None, {name: features[i : i + 65_536]})[0] for i in steps]
    return np.concatenate(parts).reshape(-1).astype(np.float64)


def converter(name: str) -> Any:
    """Return a module of the extra ``convert``.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return library(name)
    except MissingExtra as missing:
        raise MissingExtra.needs("Writing the models of the card-fraud study", "convert") from missing


def finished(model: Any, features: tuple[str, ...]) -> bytes:
    """Return the graph's bytes with the names of its inputs in its metadata, checked."""
    onnx = converter("onnx")
    onnx.helper.set_model_props(model, {"features": "\n".join(features)})
    model.producer_name, model.producer_version = "secondline", "1"
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _number(name: str, value: float) -> Any:
    return converter("onnx.numpy_helper").from_array(np.array([[value]], dtype=np.float32), name)
