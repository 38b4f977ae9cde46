"""ONNX, run by ONNX Runtime from bytes, so that nothing outside them can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models.loaders import Floats, Loaded, library, named
from secondline.models.model import matrix

KINDS: dict[str, Any] = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64}
"""The types of tensor that hold features, as NumPy's."""
PAIR = 2


def load(content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load a graph that takes one matrix, or one column a feature, and gives a probability or a score a row."""
    runtime = library("onnxruntime", "Opening an ONNX model")
    runtime.set_default_logger_severity(4)
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = int(options.get("threads") or 0)
    session = runtime.InferenceSession(content, settings, providers=["CPUExecutionProvider"])
    inputs, output = session.get_inputs(), output_of(session.get_outputs())
    known = session.get_modelmeta().custom_metadata_map
    facts = {"library": "onnxruntime", "producer": session.get_modelmeta().producer_name, "metadata": dict(known)}
    facts |= stamps(content)
    if len(inputs) == 1 and width_of(inputs[0]) != 1:
        own = known.get("features", "").split("\n") if known.get("features") else None
        features = named(own, options)
        if width_of(inputs[0]) not in {None, len(features)}:
            raise ModelError(f"it takes {width_of(inputs[0])} features and {len(features)} are named")
    else:
        features = named([i.name for i in inputs], options)

    def predict(columns: dict[str, Any]) -> Floats:
        if len(inputs) == 1 and width_of(inputs[0]) != 1:
            fed = {inputs[0].name: matrix(columns, features).astype(KINDS[inputs[0].type])}
        else:
            fed = {i.name: column_of(columns[name], i) for i, name in zip(inputs, features, strict=True)}
        return score_of(session.run([output], fed)[0])

    return Loaded(features, predict, facts)


def stamps(content: bytes) -> dict[str, Any]:
    """Return the version of the format, the producer's and the opsets: the runtime reads them and does not tell.

    They are fields 1, 3 and 8 of the outermost message; the graph itself is stepped over.
    """
    found: dict[str, Any] = {"opsets": {}}
    for number, value in fields_of(memoryview(content)):
        if number == 1 and isinstance(value, int):
            found["ir_version"] = value
        elif number == 3 and not isinstance(value, int):  # noqa: PLR2004 - the field's number
            found["producer_version"] = bytes(value[:64]).decode(errors="replace")
        elif number == 8 and not isinstance(value, int):  # noqa: PLR2004 - the field's number
            opset = dict(fields_of(value))
            domain = opset.get(1, b"")
            name = "ai.onnx" if isinstance(domain, int) else bytes(domain[:64]).decode(errors="replace") or "ai.onnx"
            found["opsets"][name] = opset.get(2)
    return found


def fields_of(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield the fields of a protobuf message: numbers, and what has a length."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(message, place)
            yield key >> 3, value
        elif kind == 2:  # noqa: PLR2004 - the wire type of what has a length
            size, place = _varint(message, place)
            yield key >> 3, message[place : place + size]
            place += size
        else:
            place += {1: 8, 5: 4}.get(kind, len(message))


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(message):
        byte = message[place]
        value, shift, place = value | (byte & 0x7F) << shift, shift + 7, place + 1
        if byte < 0x80 or shift > 63:  # noqa: PLR2004 - the last byte, or more than a number has
            break
    return value, place


def width_of(tensor: Any) -> int | None:
    """Return how many columns an input takes, None where the graph leaves it open."""
    width = tensor.shape[-1] if len(tensor.shape) > 1 else 1
    return width if isinstance(width, int) else None


def output_of(outputs: Any) -> str:
    """Return the output that holds numbers: converters put a label first and probabilities after it."""
    found = [o.name for o in outputs if o.type in {"tensor(float)", "tensor(double)"}]
    if not found:
        raise ModelError("no output is a tensor of numbers; export it with zipmap=False")
    return str(found[-1])


def column_of(values: Any, tensor: Any) -> Any:
    """Return a column as an input takes it; missing text is empty."""
    if tensor.type == "tensor(string)":
        return np.array(["" if value is None else str(value) for value in values], dtype=object)[:, np.newaxis]
    return np.asarray(values, dtype=np.float64).astype(KINDS[tensor.type])[:, np.newaxis]


def score_of(found: Any) -> Floats:
    """Return an output as one score a row.

    Raises:
        ModelError: it is neither one number a row nor two probabilities.
    """
    values = np.asarray(found, dtype=np.float64)
    if values.ndim == 1:
        return values
    if values.ndim == PAIR and values.shape[1] <= PAIR:
        return np.ascontiguousarray(values[:, -1])
    raise ModelError(f"its output has the shape {values.shape}; one score a row, or two probabilities, are understood")
