"""Trees: additive trees as one ONNX ensemble, with thresholds in the precision of the library that made them.

A threshold that is rounded sends rows near it the other way. LightGBM compares in double precision and so does the
graph made here; XGBoost compares in single precision, and there the graph does so too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from secondline.core.errors import ModelError

LEAF = "LEAF"
ZERO = float(np.float32(1e-35))
"""What LightGBM takes for zero: whatever is no farther from it than this."""
MOST_CHAINED = 5_000
"""Nodes that the categories of one split may become."""


@dataclass(slots=True)
class Ensemble:
    """Nodes and leaves in the columns of ONNX's TreeEnsembleRegressor."""

    trees: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)
    yes: list[int] = field(default_factory=list)
    no: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    leaves: list[tuple[int, int, float]] = field(default_factory=list)

    def add(self, tree: int, feature: int, value: float, mode: str, *, missing: bool = False) -> int:
        """Add a node, whose branches are set later, and return its place."""
        # Trees are added one after the other, so the nodes of this one are the last ones.
        place = self.nodes[-1] + 1 if self.trees and self.trees[-1] == tree else 0
        for column, item in ((self.trees, tree), (self.nodes, place), (self.features, feature), (self.yes, 0),
                             (self.no, 0), (self.missing, int(missing))):  # fmt: skip
            column.append(item)
        self.values.append(value)
        self.modes.append(mode)
        return len(self.nodes) - 1

    def join(self, at: int, yes: int, no: int) -> None:
        """Set the branches of a node."""
        self.yes[at], self.no[at] = self.nodes[yes], self.nodes[no]

    def leaf(self, tree: int, weight: float) -> int:
        """Add a leaf and return its place."""
        place = self.add(tree, 0, 0.0, LEAF)
        self.leaves.append((tree, self.nodes[place], weight))
        return place

    def attributes(self, base: float, kind: Any, *, average: bool = False) -> dict[str, Any]:
        """Return the attributes of the operator; numbers are tensors of *kind* where it is double."""
        weights = [leaf[2] for leaf in self.leaves]
        numbers: dict[str, Any] = {"nodes_values": self.values, "target_weights": weights, "base_values": [base]}
        if kind is np.float64:
            from onnx import numpy_helper

            numbers = {f"{n}_as_tensor": numpy_helper.from_array(np.array(v, kind), n) for n, v in numbers.items()}
        return {
            "n_targets": 1, "post_transform": "NONE", "aggregate_function": "AVERAGE" if average else "SUM",
            "nodes_treeids": self.trees, "nodes_nodeids": self.nodes, "nodes_featureids": self.features,
            "nodes_modes": self.modes, "nodes_truenodeids": self.yes, "nodes_falsenodeids": self.no,
            "nodes_missing_value_tracks_true": self.missing, "target_treeids": [leaf[0] for leaf in self.leaves],
            "target_nodeids": [leaf[1] for leaf in self.leaves], "target_ids": [0] * len(self.leaves), **numbers,
        }  # fmt: skip


def of_lightgbm(trees: Sequence[Mapping[str, Any]]) -> Ensemble:
    """Return LightGBM's trees, as its own JSON holds them.

    Raises:
        ModelError: it treats zero as missing, or a split lists too many categories.
    """
    found = Ensemble()
    for number, tree in enumerate(trees):
        _light(found, number, tree["tree_structure"])
    return found


def _light(found: Ensemble, tree: int, node: Mapping[str, Any]) -> int:
    if "split_feature" not in node:
        return found.leaf(tree, float(node["leaf_value"]))
    if node["decision_type"] == "==":
        return _light_category(found, tree, node)
    threshold, kind = float(node["threshold"]), node["missing_type"]
    if kind == "Zero":
        raise ModelError("it was trained with zero_as_missing, which no ONNX operator has")
    # Without a place for missing values LightGBM reads them as zero.
    missing = bool(node["default_left"]) if kind == "NaN" else threshold >= 0.0
    if abs(threshold) <= ZERO:
        threshold = ZERO if threshold >= 0.0 else math.nextafter(-ZERO, -math.inf)
    at = found.add(tree, int(node["split_feature"]), threshold, "BRANCH_LEQ", missing=missing)
    yes = _light(found, tree, node["left_child"])
    found.join(at, yes, _light(found, tree, node["right_child"]))
    return at


def _light_category(found: Ensemble, tree: int, node: Mapping[str, Any]) -> int:
    """Return a split of categories as a chain of comparisons, each with the branch of its own."""
    codes = [float(code) for code in str(node["threshold"]).split("||")]
    before = len(found.nodes)
    first = last = found.add(tree, int(node["split_feature"]), codes[0], "BRANCH_EQ")
    for code in [*codes[1:], None]:
        yes = _light(found, tree, node["left_child"])
        if len(found.nodes) - before > MOST_CHAINED:
            raise ModelError("a split of it lists too many categories to be written as comparisons")
        if code is None:
            found.join(last, yes, _light(found, tree, node["right_child"]))
            break
        following = found.add(tree, int(node["split_feature"]), code, "BRANCH_EQ")
        found.join(last, yes, following)
        last = following
    return first


def of_xgboost(trees: Sequence[Mapping[str, Any]], weights: Sequence[float]) -> Ensemble:
    """Return XGBoost's trees, as its own JSON holds them, each weighed (1 but for DART).

    Raises:
        ModelError: a split is by category.
    """
    found = Ensemble()
    for number, (tree, weight) in enumerate(zip(trees, weights, strict=True)):
        if any(tree.get("categories", ())):
            raise ModelError("it splits by categories; only numbers are converted")
        _boosted(found, number, tree, 0, weight)
    return found


def _boosted(found: Ensemble, tree: int, arrays: Mapping[str, Any], node: int, weight: float) -> int:
    value = float(arrays["split_conditions"][node])
    if arrays["left_children"][node] < 0:
        return found.leaf(tree, value * weight)
    missing = bool(arrays["default_left"][node])
    at = found.add(tree, int(arrays["split_indices"][node]), value, "BRANCH_LT", missing=missing)
    yes = _boosted(found, tree, arrays, int(arrays["left_children"][node]), weight)
    found.join(at, yes, _boosted(found, tree, arrays, int(arrays["right_children"][node]), weight))
    return at


def of_steps(features: Sequence[tuple[Any, Any, float, float]]) -> Ensemble:
    """Return functions that are constant between cuts: for each feature its cuts, weights, factor and missing weight.

    A weight holds from its cut on, up to but not including the next.
    """
    found = Ensemble()
    highest = float(np.finfo(np.float64).max)
    for number, (cuts, weights, factor, missing) in enumerate(features):
        # What is neither at most the largest number nor at least it is missing.
        root = found.add(number, number, highest, "BRANCH_LEQ")
        steps = _steps(found, number, list(cuts), [factor * float(w) for w in weights])
        infinite = found.add(number, number, highest, "BRANCH_GTE")
        found.join(root, steps, infinite)
        yes = found.leaf(number, factor * float(weights[-1]))
        found.join(infinite, yes, found.leaf(number, factor * missing))
    return found


def _steps(found: Ensemble, number: int, cuts: list[float], weights: list[float]) -> int:
    if not cuts:
        return found.leaf(number, weights[0])
    middle = len(cuts) // 2
    at = found.add(number, number, float(cuts[middle]), "BRANCH_LT")
    yes = _steps(found, number, cuts[:middle], weights[: middle + 1])
    found.join(at, yes, _steps(found, number, cuts[middle + 1 :], weights[middle + 1 :]))
    return at
