"""Converters: an artefact as an ONNX graph. They run only inside the worker, where a bad file harms nobody."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models import loaders
from secondline.models.conversion import forests, trees
from secondline.models.conversion.drawing import Drawing

ONCE, TWICE = np.float32, np.float64


@dataclass(frozen=True, slots=True)
class Converted:
    """A graph, the features it reads in order, and how it was made."""

    content: bytes
    features: tuple[str, ...]
    how: str


def convert(kind: str, content: bytes, options: Mapping[str, Any]) -> Converted:
    """Convert an artefact; a recalibration that belongs to it becomes part of the graph.

    Raises:
        ModelError: it cannot be expressed; the message says what stands in the way.
    """
    if kind not in CONVERTERS:
        raise ModelError(f"there is no conversion of {kind}")
    loaders.library("onnx", "Converting a model")
    return CONVERTERS[kind](content, options)


def _lightgbm(content: bytes, options: Mapping[str, Any]) -> Converted:
    loaded = loaders.load("lightgbm", content, options)
    booster = loaders.library("lightgbm", "Converting a LightGBM model").Booster(model_str=content.decode())
    if booster.pandas_categorical:
        raise ModelError("its categories are text that LightGBM codes; train on numeric codes to convert it")
    dump = booster.dump_model()
    ensemble = trees.of_lightgbm(dump["tree_info"])
    draw = Drawing(loaded.features, TWICE)
    total = draw.trees(ensemble, 0.0, average=bool(dump.get("average_output")))
    return _finished(draw, _light_link(draw, total, str(loaded.facts["objective"])), loaded.features, options)


def _light_link(draw: Drawing, total: str, objective: str) -> str:
    name, *rest = (objective or "regression").split()
    given = dict(part.split(":", 1) for part in rest if ":" in part)
    if name in {"binary", "cross_entropy", "xentropy"}:
        return draw.sigmoid(draw.times(total, float(given.get("sigmoid", 1.0))))
    if name in {"poisson", "gamma", "tweedie"}:
        return draw.op("Exp", total)
    if "sqrt" in rest or name not in {"regression", "regression_l1", "huber", "fair", "quantile", "mape", "l2", "l1"}:
        raise ModelError(f"its objective {objective!r} has no conversion")
    return total


def _xgboost(content: bytes, options: Mapping[str, Any]) -> Converted:
    loaded = loaders.load("xgboost", content, options)
    xgboost = loaders.library("xgboost", "Converting an XGBoost model")
    booster = xgboost.Booster()
    booster.load_model(bytearray(content))
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    boosted = learner["gradient_booster"]
    weights = boosted.get("weight_drop")
    model = boosted.get("gbtree", boosted).get("model")
    if not model or "trees" not in model:
        raise ModelError("it is no ensemble of trees (gblinear); give its coefficients as a linear model")
    base = _base(learner)
    ensemble = trees.of_xgboost(model["trees"], [float(w) for w in weights or [1.0] * len(model["trees"])])
    objective = str(loaded.facts["objective"])
    draw = Drawing(loaded.features, ONCE)
    if objective in {"binary:logistic", "reg:logistic"}:
        total = draw.trees(ensemble, math.log(base) - math.log1p(-base))
        return _finished(draw, draw.sigmoid(total), loaded.features, options)
    if objective in {"count:poisson", "reg:gamma", "reg:tweedie"}:
        return _finished(draw, draw.op("Exp", draw.trees(ensemble, math.log(base))), loaded.features, options)
    if objective not in {"reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "binary:logitraw"}:
        raise ModelError(f"its objective {objective!r} has no conversion")
    if objective == "binary:logitraw":
        base = math.log(base) - math.log1p(-base) if 0 < base < 1 else base
    return _finished(draw, draw.trees(ensemble, base), loaded.features, options)


def _base(learner: Mapping[str, Any]) -> float:
    # Newer versions write a list of one.
    return float(str(learner["learner_model_param"]["base_score"]).strip("[] "))


def _scorecard(content: bytes, options: Mapping[str, Any]) -> Converted:
    from secondline.models.loaders.scorecard import pieces

    loaded = loaders.load("scorecard", content, options)
    intercept, parts = pieces(json.loads(content))
    draw = Drawing(loaded.features, TWICE)
    ensemble = trees.of_steps([(cuts, weights, beta, missing) for beta, (cuts, weights, missing) in parts])
    return _finished(draw, draw.sigmoid(draw.trees(ensemble, intercept)), loaded.features, options)


def _linear(content: bytes, options: Mapping[str, Any]) -> Converted:
    from secondline.models.loaders.linear import terms_of

    table = json.loads(content)
    loaded = loaders.load("linear", content, options)
    intercept, terms = terms_of(table)
    if any(term.level is not None for term in terms) or table.get("exposure"):
        raise ModelError("it has terms of text or an exposure; only numbers are converted")
    betas = dict.fromkeys((term.column for term in terms), 0.0)
    for term in terms:
        betas[term.column] += term.beta
    if offset := table.get("offset"):
        betas[str(offset)] = betas.get(str(offset), 0.0) + 1.0
    draw = Drawing(loaded.features, TWICE)
    total = draw.dense(draw.input, np.array([list(betas.values())]), np.array([intercept]))
    links: dict[str, Callable[[str], str]] = {
        "logit": draw.sigmoid, "log": lambda x: draw.op("Exp", x), "identity": lambda x: x,
    }  # fmt: skip
    link = str(loaded.facts["link"])
    if link not in links:
        raise ModelError(f"its link {link!r} has no operator in ONNX")
    return _finished(draw, links[link](total), loaded.features, options)


def _network(content: bytes, options: Mapping[str, Any]) -> Converted:
    from secondline.models.conversion.layers import drawn
    from secondline.models.loaders import tensors
    from secondline.models.loaders.architecture import parse

    loaded = loaders.load("network", content, options)
    draw = Drawing(loaded.features, TWICE)
    score = drawn(draw, parse(str(options["architecture"])), tensors.read(content))
    return _finished(draw, score, loaded.features, options)


def _catboost(content: bytes, options: Mapping[str, Any]) -> Converted:
    from secondline.models.loaders.catboost import read

    loaded = loaders.load("catboost", content, options)
    if loaded.facts["categories"]:
        raise ModelError("it reads categories, which CatBoost hashes; only numbers are converted")
    catboost = loaders.library("catboost", "Converting a CatBoost model")
    model = read(catboost.CatBoost(), content, str(options["path"]))
    graph = loaders.library("catboost.utils", "Converting a CatBoost model").convert_to_onnx_object(model)
    return Converted(_without_maps(graph), loaded.features, "catboost.utils.convert_to_onnx_object")


def _skops(content: bytes, options: Mapping[str, Any]) -> Converted:
    import warnings

    skl2onnx: Any = loaders.library("skl2onnx", "Converting a scikit-learn model")
    types: Any = loaders.library("skl2onnx.common.data_types", "Converting a scikit-learn model")
    loaded = loaders.load("skops", content, options)
    skops = loaders.library("skops.io", "Converting a skops model")
    estimator = skops.loads(content, trusted=list(options.get("trusted") or ()))
    if (own := forests.drawn(estimator, loaded.features)) is not None:
        draw, score = own
        return _finished(draw, score, loaded.features, options)
    kind = types.FloatTensorType if options.get("precision") == "single" else types.DoubleTensorType
    named = {id(estimator): {"zipmap": False}} if hasattr(estimator, "predict_proba") else None
    # It warns of versions it has not been tried with; the comparison is what counts.
    warnings.simplefilter("ignore")
    graph = skl2onnx.to_onnx(estimator, initial_types=[("input", kind([None, len(loaded.features)]))], options=named,
                             target_opset={"": 18, "ai.onnx.ml": 3})  # fmt: skip
    return Converted(graph.SerializeToString(), loaded.features, f"skl2onnx, {options.get('precision') or 'double'}")


def _without_maps(graph: Any) -> bytes:
    """Return a graph whose probabilities are a tensor: CatBoost puts them into maps at the end."""
    maps = [node for node in graph.graph.node if node.op_type == "ZipMap"]
    for node in maps:
        output = next(o for o in graph.graph.output if o.name == node.output[0])
        graph.graph.node.remove(node)
        output.name = node.input[0]
        output.type.Clear()
        output.type.tensor_type.elem_type = 1
    return bytes(graph.SerializeToString())


def _finished(draw: Drawing, score: str, features: tuple[str, ...], options: Mapping[str, Any]) -> Converted:
    line = options.get("calibration")
    if line:
        odds = draw.op("Sub", draw.op("Log", score), draw.op("Log", draw.op("Sub", draw.constant(1.0), score)))
        score = draw.sigmoid(draw.plus(draw.times(odds, float(line["slope"])), float(line["intercept"])))
    return Converted(draw.done(score), features, "secondline")


CONVERTERS: dict[str, Callable[[bytes, Mapping[str, Any]], Converted]] = {
    "catboost": _catboost, "lightgbm": _lightgbm, "linear": _linear, "network": _network, "scorecard": _scorecard,
    "skops": _skops, "xgboost": _xgboost,
}  # fmt: skip
