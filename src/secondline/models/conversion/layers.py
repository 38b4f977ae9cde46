"""Layers: the declared architecture of a network, drawn as a graph."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models.conversion.drawing import Drawing
from secondline.models.loaders.architecture import (
    Architecture,
    BatchNorm,
    Gelu,
    Layer,
    LayerNorm,
    Linear,
    Number,
    Residual,
)

PLAIN = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}
Weights = Mapping[str, Any]


def drawn(draw: Drawing, declared: Architecture, weights: Weights) -> str:
    """Draw a network from its inputs to its score; returns the name of the score.

    Raises:
        ModelError: it has an input of text.
    """
    if not all(isinstance(entry, Number) for entry in declared.inputs):
        raise ModelError("it has inputs of categories; only numbers are converted")
    end = _chain(draw, declared.layers, _inputs(draw, declared), weights)
    if declared.link == "softmax":
        first, second = (draw.op("Gather", end, draw.constant([i], np.int64), axis=1) for i in (0, 1))
        return draw.sigmoid(draw.op("Sub", second, first))
    if declared.link == "log":
        return draw.op("Exp", end)
    return draw.sigmoid(end) if declared.link == "logit" else end


def _inputs(draw: Drawing, declared: Architecture) -> str:
    numbers = [entry for entry in declared.inputs if isinstance(entry, Number)]
    known = draw.input
    if any(entry.missing is not None for entry in numbers):
        instead = [math.nan if entry.missing is None else entry.missing for entry in numbers]
        known = draw.op("Where", draw.op("IsNaN", draw.input), draw.constant(instead), draw.input)
    centred = draw.op("Sub", known, draw.constant([entry.mean for entry in numbers]))
    return draw.op("Div", centred, draw.constant([entry.scale for entry in numbers]))


def _chain(draw: Drawing, layers: tuple[Layer, ...], at: str, weights: Weights) -> str:
    for layer in layers:
        at = _layer(draw, layer, at, weights)
    return at


def _layer(draw: Drawing, layer: Layer, at: str, weights: Weights) -> str:
    match layer:
        case Linear():
            weight = weights[f"{layer.name}.weight"]
            return draw.dense(at, weight, weights[f"{layer.name}.bias"] if layer.bias else np.zeros(len(weight)))
        case BatchNorm():
            return _batch_norm(draw, layer, at, weights)
        case LayerNorm():
            return _layer_norm(draw, layer, at, weights)
        case Residual():
            return draw.op("Add", _chain(draw, layer.layers, at, weights), _chain(draw, layer.shortcut, at, weights))
        case Gelu():
            return _gelu(draw, at, by_tanh=layer.approximate == "tanh")
    return _activation(draw, layer.kind, at)


def _activation(draw: Drawing, kind: str, at: str) -> str:
    if kind == "silu":
        return draw.op("Mul", at, draw.sigmoid(at))
    return draw.op(PLAIN[kind], at) if kind in PLAIN else at


def _batch_norm(draw: Drawing, layer: BatchNorm, at: str, weights: Weights) -> str:
    mean, variance = weights[f"{layer.name}.running_mean"], weights[f"{layer.name}.running_var"]
    factor = _of(weights, f"{layer.name}.weight", layer.affine, 1.0) / np.sqrt(variance + layer.eps)
    scaled = draw.times(draw.op("Sub", at, draw.constant(mean)), factor)
    return draw.plus(scaled, _of(weights, f"{layer.name}.bias", layer.affine, 0.0))


def _of(weights: Weights, name: str, there: bool, otherwise: float) -> Any:
    return weights[name] if there else np.array(otherwise)


def _layer_norm(draw: Drawing, layer: LayerNorm, at: str, weights: Weights) -> str:
    centred = draw.op("Sub", at, draw.op("ReduceMean", at, draw.constant([1], np.int64), keepdims=1))
    variance = draw.op("ReduceMean", draw.op("Mul", centred, centred), draw.constant([1], np.int64), keepdims=1)
    normal = draw.op("Div", centred, draw.op("Sqrt", draw.plus(variance, layer.eps)))
    scaled = draw.times(normal, _of(weights, f"{layer.name}.weight", layer.affine, 1.0))
    return draw.plus(scaled, _of(weights, f"{layer.name}.bias", layer.affine and layer.bias, 0.0))


def _gelu(draw: Drawing, at: str, *, by_tanh: bool) -> str:
    if by_tanh:
        cubed = draw.times(draw.op("Mul", draw.op("Mul", at, at), at), 0.044715)
        inner = draw.op("Tanh", draw.times(draw.op("Add", at, cubed), math.sqrt(2.0 / math.pi)))
    else:
        # ONNX Runtime has the error function in single precision only.
        single = draw.op("Cast", draw.times(at, 1.0 / math.sqrt(2.0)), to=1)
        inner = draw.op("Cast", draw.op("Erf", single), to=11 if draw.kind is np.float64 else 1)
    return draw.times(draw.op("Mul", at, draw.plus(inner, 1.0)), 0.5)
