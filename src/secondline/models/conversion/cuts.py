"""Cuts: where a graph's trees split, so that conversion is tried exactly where it could go wrong. Worker only."""

from __future__ import annotations

from typing import Any

import numpy as np

MOST = 64
"""Cuts of one feature that are tried; evenly picked where there are more."""


def cuts_of(content: bytes) -> list[dict[str, list[float]]]:
    """Return for each column of the input its thresholds and the codes it is compared with, as the graph has them."""
    import onnx

    model = onnx.load_model_from_string(content)
    found: dict[int, tuple[set[float], set[float]]] = {}
    raw = {model.graph.input[0].name}
    for node in model.graph.node:
        if node.op_type == "Cast" and node.input[0] in raw:
            raw.add(node.output[0])
        if node.op_type.startswith("TreeEnsemble") and node.input[0] in raw:
            _of_node({a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}, found)
    width = max(found, default=-1) + 1
    pairs = [found.get(place, (set(), set())) for place in range(width)]
    return [{"cuts": _few(cuts), "codes": _few(codes)} for cuts, codes in pairs]


def _of_node(given: dict[str, Any], found: dict[int, tuple[set[float], set[float]]]) -> None:
    from onnx import numpy_helper

    values = given.get("nodes_values")
    if values is None:
        values = numpy_helper.to_array(given["nodes_values_as_tensor"]).tolist()
    for feature, value, mode in zip(given["nodes_featureids"], values, given["nodes_modes"], strict=True):
        kind = mode.decode() if isinstance(mode, bytes) else mode
        if kind != "LEAF" and abs(value) < np.finfo(np.float32).max:
            found.setdefault(int(feature), (set(), set()))[kind == "BRANCH_EQ"].add(float(value))


def _few(values: set[float]) -> list[float]:
    ordered = sorted(values)
    if len(ordered) <= MOST:
        return ordered
    return [ordered[i] for i in np.linspace(0, len(ordered) - 1, MOST).astype(int)]
