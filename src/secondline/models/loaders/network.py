"""A neural network: weights in safetensors, layers in a declared architecture, run by NumPy. No code is loaded."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special

from secondline.core.canonical import digest_bytes
from secondline.core.errors import ModelError
from secondline.models.loaders import Floats, Loaded, named, tensors
from secondline.models.loaders.architecture import (
    Architecture,
    BatchNorm,
    Category,
    Gelu,
    Layer,
    LayerNorm,
    Linear,
    Number,
    Residual,
    parse,
)

NUMBERS_AT_ONCE = 16 << 20
"""Numbers of the widest layer that are in memory at a time; rows are taken in parts that keep to it."""
Step = Callable[[Floats], Floats]
ACTIVATIONS: dict[str, Step] = {
    "relu": lambda x: np.maximum(x, 0.0),
    "silu": lambda x: np.asarray(x * special.expit(x)),
    "tanh": np.tanh,
    "sigmoid": lambda x: np.asarray(special.expit(x)),
    "identity": lambda x: x,
    "dropout": lambda x: x,
}
LINKS: dict[str, tuple[int, Step]] = {
    "logit": (1, lambda x: np.asarray(special.expit(x[:, 0]))),
    "log": (1, lambda x: np.asarray(np.exp(x[:, 0]))),
    "identity": (1, lambda x: x[:, 0]),
    "softmax": (2, lambda x: np.asarray(special.expit(x[:, 1] - x[:, 0]))),
}


def load(content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load weights into an architecture; every tensor must be asked for once, and have the shape it is asked for."""
    text = options.get("architecture")
    if not text:
        raise ModelError(
            "a .safetensors file holds weights only: name the JSON of its layers as `artefact: architecture:`"
        )
    declared = parse(str(text))
    weights = _Weights(tensors.read(content))
    features = named([entry.name for entry in declared.inputs], options)
    readers = [_input(entry, weights) for entry in declared.inputs]
    width = weights.widest = sum(size for size, _ in readers)
    steps, last = _chain(declared.layers, width, weights)
    units, link = LINKS[declared.link]
    if last != units:
        raise ModelError(f"its last layer has {last} units, and the link {declared.link!r} takes {units}")
    weights.all_used()
    rows = max(NUMBERS_AT_ONCE // weights.widest, 1)

    def predict(columns: dict[str, Any]) -> Floats:
        given = [columns[name] for name in features]
        parts = []
        for start in range(0, len(given[0]), rows):
            taken = [read(column[start : start + rows]) for (_, read), column in zip(readers, given, strict=True)]
            with np.errstate(over="ignore", invalid="ignore"):
                parts.append(link(_run(steps, np.concatenate(taken, axis=1))))
        return np.concatenate(parts) if parts else np.empty(0)

    return Loaded(features, predict, _facts(declared, weights) | {"architecture": digest_bytes(str(text).encode())})


def _facts(declared: Architecture, weights: _Weights) -> dict[str, Any]:
    layers = [layer.kind for layer in declared.layers]
    return {"library": "numpy", "layers": layers, "parameters": weights.count, "link": declared.link}


@dataclass(slots=True)
class _Weights:
    """The tensors of a file, handed out by name and shape, and counted."""

    found: dict[str, Floats]
    used: set[str] = field(default_factory=set)
    widest: int = 1
    count: int = 0

    def take(self, name: str, *shape: int) -> Floats:
        """Return a tensor of finite numbers of exactly this shape."""
        tensor = self.found.get(name)
        if tensor is None:
            raise ModelError(f"its architecture asks for tensor {name!r}; the file holds {_some(self.found)}")
        if tensor.shape != shape:
            raise ModelError(f"tensor {name!r} has the shape {list(tensor.shape)}, and {list(shape)} is declared")
        if not np.isfinite(tensor).all():
            raise ModelError(f"tensor {name!r} holds numbers that are not finite")
        self.count += 0 if name in self.used else tensor.size
        self.used.add(name)
        return tensor

    def all_used(self) -> None:
        """Refuse a file that holds more than the architecture uses: then one of the two is not this model's."""
        counters = {name for name in self.found if name.endswith(".num_batches_tracked")}
        if rest := set(self.found) - self.used - counters:
            raise ModelError(f"the file holds tensors that its architecture does not use: {_some(rest)}")


def _some(names: Any) -> str:
    shown = sorted(names)
    return ", ".join(shown[:8]) + (", ..." if len(shown) > 8 else "") if shown else "none"  # noqa: PLR2004 - enough


def _input(entry: Number | Category, weights: _Weights) -> tuple[int, Callable[[Any], Floats]]:
    return _category(entry, weights) if isinstance(entry, Category) else (1, lambda values: _number(entry, values))


def _number(entry: Number, values: Any) -> Floats:
    if values.dtype == object:
        raise ModelError(f"it takes numbers, and {entry.name!r} holds text; encode it as it was for training")
    known = values if entry.missing is None else np.where(np.isnan(values), entry.missing, values)
    return ((np.asarray(known, dtype=np.float64) - entry.mean) / entry.scale)[:, np.newaxis]


def _category(entry: Category, weights: _Weights) -> tuple[int, Callable[[Any], Floats]]:
    rows = entry.rows or max(len(entry.levels), *(n + 1 for n in (entry.unknown, entry.missing) if n is not None), 1)
    table = weights.take(f"{entry.embedding}.weight", rows, entry.size)
    # The row below the last is for values that have no row: it holds NaN, and so has the score.
    table = np.vstack([table, np.full(entry.size, np.nan)])
    place = {level: i for i, level in enumerate(entry.levels)}
    unknown, missing = (rows if n is None else n for n in (entry.unknown, entry.missing))
    if len(place) != len(entry.levels) or max(len(place) - 1, 0) >= rows or max(unknown, missing) > rows:
        raise ModelError(f"the levels of {entry.name!r} do not fit the {rows} rows of its embedding")

    def read(values: Any) -> Floats:
        if values.dtype != object:
            values = [None if np.isnan(v) else f"{v:g}" for v in values]
        return table[[missing if v is None else place.get(v, unknown) for v in values]]

    return entry.size, read


def _run(steps: list[Step], x: Floats) -> Floats:
    for step in steps:
        x = step(x)
    return x


def _chain(layers: tuple[Layer, ...], width: int, weights: _Weights) -> tuple[list[Step], int]:
    """Return the steps of layers that begin with *width* units, and the units they end with."""
    steps = []
    for layer in layers:
        step, width = _step(layer, width, weights)
        weights.widest = max(weights.widest, width)
        steps.append(step)
    return steps, width


def _step(layer: Layer, width: int, weights: _Weights) -> tuple[Step, int]:
    match layer:
        case Linear():
            return _linear(layer, width, weights), layer.units
        case BatchNorm():
            return _batch_norm(layer, width, weights), width
        case LayerNorm():
            return _layer_norm(layer, width, weights), width
        case Residual():
            return _residual(layer, width, weights)
        case Gelu():
            return (_gelu_by_tanh if layer.approximate == "tanh" else _gelu), width
    return ACTIVATIONS[layer.kind], width


def _linear(layer: Linear, width: int, weights: _Weights) -> Step:
    weight = weights.take(f"{layer.name}.weight", layer.units, width)
    bias = weights.take(f"{layer.name}.bias", layer.units) if layer.bias else np.zeros(layer.units)
    return lambda x: x @ weight.T + bias


def _batch_norm(layer: BatchNorm, width: int, weights: _Weights) -> Step:
    mean, variance = (weights.take(f"{layer.name}.running_{part}", width) for part in ("mean", "var"))
    if (variance < 0).any():
        raise ModelError(f"tensor '{layer.name}.running_var' holds a negative variance")
    scale, shift = _affine(layer.name, width, weights, weight=layer.affine, bias=layer.affine)
    factor = scale / np.sqrt(variance + layer.eps)
    return lambda x: (x - mean) * factor + shift


def _layer_norm(layer: LayerNorm, width: int, weights: _Weights) -> Step:
    scale, shift = _affine(layer.name, width, weights, weight=layer.affine, bias=layer.affine and layer.bias)

    def step(x: Floats) -> Floats:
        centred = x - x.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + layer.eps)
        return np.asarray(centred / spread * scale + shift)

    return step


def _affine(name: str, width: int, weights: _Weights, *, weight: bool, bias: bool) -> tuple[Floats, Floats]:
    scale = weights.take(f"{name}.weight", width) if weight else np.ones(width)
    return scale, weights.take(f"{name}.bias", width) if bias else np.zeros(width)


def _residual(layer: Residual, width: int, weights: _Weights) -> tuple[Step, int]:
    inside, end = _chain(layer.layers, width, weights)
    beside, other = _chain(layer.shortcut, width, weights)
    if end != other:
        raise ModelError(f"a residual block adds {end} units to {other}; they must be as many")
    return (lambda x: _run(inside, x) + _run(beside, x)), end


def _gelu(x: Floats) -> Floats:
    return np.asarray(0.5 * x * (1.0 + special.erf(x / math.sqrt(2.0))))


def _gelu_by_tanh(x: Floats) -> Floats:
    return np.asarray(0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3))))
