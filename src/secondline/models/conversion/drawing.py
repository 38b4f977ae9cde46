"""Drawing: an ONNX graph built operator by operator, in single or double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.models.conversion.trees import Ensemble

OPSET, OPSET_ML, IR = 18, 3, 8


class Drawing:
    """A graph of one matrix of features that ends in one score a row."""

    def __init__(self, features: tuple[str, ...], kind: Any) -> None:
        """Begin with the input; *kind* is numpy.float32 or numpy.float64, in which everything is computed."""
        from onnx import TensorProto, helper

        self._helper, self.kind, self.input = helper, kind, "input"
        self._type = TensorProto.DOUBLE if kind is np.float64 else TensorProto.FLOAT
        self._features = features
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def _name(self) -> str:
        return f"t{len(self._nodes) + len(self._constants)}"

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator and return the name of what it gives."""
        name = self._name()
        self._nodes.append(self._helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, value: Any, kind: Any = None) -> str:
        """Add numbers and return their name."""
        from onnx import numpy_helper

        name = self._name()
        self._constants[name] = numpy_helper.from_array(np.asarray(value, dtype=kind or self.kind), name)
        return name

    def plus(self, what: str, number: Any) -> str:
        """Add a number, or one a column."""
        return self.op("Add", what, self.constant(number))

    def times(self, what: str, number: Any) -> str:
        """Multiply by a number, or one a column; by 1 nothing is done."""
        return what if np.isscalar(number) and number == 1.0 else self.op("Mul", what, self.constant(number))

    def sigmoid(self, what: str) -> str:
        """Return 1 / (1 + exp(-x))."""
        return self.op("Sigmoid", what)

    def dense(self, what: str, weights: npt.NDArray[Any], bias: npt.NDArray[Any]) -> str:
        """Return x W' + b."""
        return self.plus(self.op("MatMul", what, self.constant(weights.T)), bias)

    def trees(self, ensemble: Ensemble, base: float, *, average: bool = False) -> str:
        """Return the sum (or mean) of trees and a base, added in double precision where that is the graph's.

        The operator gives single precision whatever it adds in; what follows is computed in the graph's own.
        """
        name = self._name()
        attributes = ensemble.attributes(base, self.kind, average=average)
        node = self._helper.make_node("TreeEnsembleRegressor", [self.input], [name], name=name, domain="ai.onnx.ml")
        for key, value in sorted(attributes.items()):
            node.attribute.append(self._helper.make_attribute(key, value))
        self._nodes.append(node)
        return self.op("Cast", name, to=self._type) if self.kind is np.float64 else name

    def done(self, score: str) -> bytes:
        """End the graph in *score*, one a row, and return it as a file."""
        flat = self.op("Reshape", score, self.constant([-1], np.int64))
        self._nodes[-1].output[0] = "score"
        self._nodes[-1].name = flat
        values = self._helper.make_tensor_value_info
        graph = self._helper.make_graph(
            self._nodes, "secondline", [values("input", self._type, [None, len(self._features)])],
            [values("score", self._type, [None])], list(self._constants.values()),
        )  # fmt: skip
        opsets = [self._helper.make_opsetid("", OPSET), self._helper.make_opsetid("ai.onnx.ml", OPSET_ML)]
        model = self._helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="secondline")
        self._helper.set_model_props(model, {"features": "\n".join(self._features)})
        return bytes(model.SerializeToString())
