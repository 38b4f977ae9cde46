"""ONNX, run by ONNX Runtime from bytes, so that nothing outside them can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models.loaders import Floats, Loaded, library, named
from secondline.models.model import matrix

_KINDS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64}
PAIR = 2


def load(content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load a graph that takes one matrix, or one column a feature, and gives a probability or a score a row."""
    runtime = library("onnxruntime", "Opening an ONNX model")
    runtime.set_default_logger_severity(4)
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = int(options.get("threads") or 0)
    session = runtime.InferenceSession(content, settings, providers=["CPUExecutionProvider"])
    inputs, output = session.get_inputs(), _output(session.get_outputs())
    known = session.get_modelmeta().custom_metadata_map
    facts = {"library": "onnxruntime", "producer": session.get_modelmeta().producer_name, "metadata": dict(known)}
    if len(inputs) == 1 and _width(inputs[0]) != 1:
        own = known.get("features", "").split("\n") if known.get("features") else None
        features = named(own, options)
        if _width(inputs[0]) not in {None, len(features)}:
            raise ModelError(f"it takes {_width(inputs[0])} features and {len(features)} are named")
    else:
        features = named([i.name for i in inputs], options)

    def predict(columns: dict[str, Any]) -> Floats:
        if len(inputs) == 1 and _width(inputs[0]) != 1:
            fed = {inputs[0].name: matrix(columns, features).astype(_KINDS[inputs[0].type])}
        else:
            fed = {i.name: _column(columns[name], i) for i, name in zip(inputs, features, strict=True)}
        return _score(session.run([output], fed)[0])

    return Loaded(features, predict, facts)


def _width(tensor: Any) -> int | None:
    width = tensor.shape[-1] if len(tensor.shape) > 1 else 1
    return width if isinstance(width, int) else None


def _output(outputs: Any) -> str:
    """Return the output that holds numbers: converters put a label first and probabilities after it."""
    found = [o.name for o in outputs if o.type in {"tensor(float)", "tensor(double)"}]
    if not found:
        raise ModelError("no output is a tensor of numbers; export it with zipmap=False")
    return str(found[-1])


def _column(values: Any, tensor: Any) -> Any:
    if tensor.type == "tensor(string)":
        return np.array(["" if value is None else str(value) for value in values], dtype=object)[:, np.newaxis]
    return np.asarray(values, dtype=np.float64).astype(_KINDS[tensor.type])[:, np.newaxis]


def _score(found: Any) -> Floats:
    values = np.asarray(found, dtype=np.float64)
    if values.ndim == 1:
        return values
    if values.ndim == PAIR and values.shape[1] <= PAIR:
        return np.ascontiguousarray(values[:, -1])
    raise ModelError(f"its output has the shape {values.shape}; one score a row, or two probabilities, are understood")
