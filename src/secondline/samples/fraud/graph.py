"""The sequence model as numbers, and its ONNX graph written operator by operator.

PyTorch's exporter is not used: its older form gave a graph that was wrong for other batch sizes, and its newer one
needs another library. Thirty nodes are quickly written, and a test holds them against PyTorch for every batch size.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from secondline.samples.fraud.champion import OPSET, converter, finished
from secondline.samples.fraud.declared import LAGGED, NOW, SEQUENCE, STEPS

CODES = 10
CHANNELS = len(LAGGED) - 1 + CODES + 1
"""What one step says: the lagged columns but the code, the code as ten flags, and whether there is such a step."""
PLAIN = ("device_new", "tapped", "weekday", "card_days", "hour")
HIDDEN, WIDE = 24, 24
Arrays = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Weights of the recurrent and the two dense layers (in PyTorch's layout), and the calibrating line."""

    arrays: Arrays
    intercept: float
    slope: float

    def to_text(self) -> str:
        """Return the weights as JSON, each number short and exact in 32 bits."""
        lists = {name: [str(x) for x in array.ravel()] for name, array in self.arrays.items()}
        shapes = {name: list(array.shape) for name, array in self.arrays.items()}
        line = {"intercept": self.intercept, "slope": self.slope}
        rows = ",\n".join(f' "{name}": [{",".join(values)}]' for name, values in lists.items())
        head = json.dumps(line | {"shapes": shapes})[1:-1]
        return f"{{{head},\n{rows}}}\n"

    @staticmethod
    def from_text(text: str) -> Network:
        """Read what `to_text` wrote."""
        read = json.loads(text)
        arrays = {name: np.array(read[name], np.float32).reshape(shape) for name, shape in read["shapes"].items()}
        return Network(arrays, read["intercept"], read["slope"])

    def to_onnx(self) -> bytes:
        """Return the graph from the flat matrix to the calibrated probability.

        Raises:
            MissingExtra: a library of the extra ``convert`` is missing.
        """
        return _Writer(self).written()


def columns() -> list[list[int]]:
    """Return the places of each lagged quantity's steps in the flat matrix, oldest first and the row itself last.

    The row itself happened 0 seconds ago, which is no column: its place is -1, the column of zeros behind the others.
    """
    places = {name: i for i, name in enumerate(SEQUENCE)}
    return [
        [*(places[f"{name}_{k}"] for k in range(STEPS, 0, -1)), places.get(column, len(SEQUENCE))]
        for name, column in LAGGED.items()
    ]


def steps(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (rows, steps, channels): what the graph feeds its recurrent layer, in NumPy for the training."""
    filled = np.concatenate([features, np.zeros((len(features), 1), np.float32)], axis=1)
    was, ago, code, *flags = (filled[:, places] for places in columns())
    there = (~np.isnan(was)).astype(np.float32)
    tags = (code[:, :, None] == np.arange(CODES, dtype=np.float32)).astype(np.float32)
    plain = [_logged(was) / 4, _logged(ago) / 8, *(np.nan_to_num(flag) for flag in flags), there]
    return np.concatenate([np.stack(plain, axis=2), tags], axis=2).astype(np.float32)


def statics(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the dense layers read of the row itself beside the recurrent layer's last state."""
    places = [SEQUENCE.index(name) for name in PLAIN]
    return (features[:, places] / SCALES).astype(np.float32)


SCALES = np.array([1, 1, 6, 3_000, 24], np.float32)


def _logged(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.log(np.maximum(np.nan_to_num(values), 0) + 1), np.float32)


class _Writer:
    """Writes the graph of a network: each method adds a node and gives the name of what it yields."""

    def __init__(self, network: Network) -> None:
        self.network, self.onnx = network, converter("onnx")
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def node(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """Add a node; the name of its last output."""
        names = [f"n{len(self.nodes)}.{i}" for i in range(outputs)]
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), names, **attributes))
        return names[-1]

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """Add a constant."""
        name = f"c{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def written(self) -> bytes:
        """Write it all."""
        helper, tensor = self.onnx.helper, self.onnx.TensorProto
        state = self.recurrent(self.read())
        places = self.constant([SEQUENCE.index(name) for name in PLAIN], np.int64)
        static = self.node("Div", self.node("Gather", "features", places, axis=1), self.constant(SCALES))
        joined = self.node("Concat", state, static, axis=1)
        hidden = self.node("Relu", self.dense(joined, "wide"))
        odds = self.node("Mul", self.dense(hidden, "out"), self.constant(self.network.slope))
        odds = self.node("Add", odds, self.constant(self.network.intercept))
        self.nodes.append(helper.make_node("Sigmoid", [odds], ["probability"]))
        given = helper.make_tensor_value_info("features", tensor.FLOAT, ["rows", len(SEQUENCE)])
        output = helper.make_tensor_value_info("probability", tensor.FLOAT, ["rows", 1])
        graph = helper.make_graph(self.nodes, "sequence", [given], [output], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        return finished(model, SEQUENCE)

    def read(self) -> str:
        """Read the flat matrix into (steps, rows, channels), as `steps` does."""
        zeros = self.node("Mul", self.node("Gather", "features", self.constant([len(NOW) - 1], np.int64), axis=1),
                          self.constant(0.0))  # fmt: skip
        filled = self.node("Concat", "features", zeros, axis=1)
        was, ago, code, *flags = (
            self.node("Gather", filled, self.constant(places, np.int64), axis=1) for places in columns()
        )
        there = self.node("Cast", self.node("Not", self.node("IsNaN", was)), to=self.onnx.TensorProto.FLOAT)
        plain = [
            self.node("Div", self.logged(was), self.constant(4.0)),
            self.node("Div", self.logged(ago), self.constant(8.0)),
            *(self.known(flag) for flag in flags),
            there,
        ]
        last = self.constant([2], np.int64)
        stacked = [self.node("Unsqueeze", one, last) for one in plain]
        same = self.node("Equal", self.node("Unsqueeze", code, last), self.constant(np.arange(CODES)))
        tags = self.node("Cast", same, to=self.onnx.TensorProto.FLOAT)
        return self.node("Transpose", self.node("Concat", *stacked, tags, axis=2), perm=[1, 0, 2])

    def known(self, values: str) -> str:
        """Put 0 where a value is unknown."""
        return self.node("Where", self.node("IsNaN", values), self.constant(0.0), values)

    def logged(self, values: str) -> str:
        """Return log(1 + x), 0 where unknown or negative."""
        positive = self.node("Max", self.known(values), self.constant(0.0))
        return self.node("Log", self.node("Add", positive, self.constant(1.0)))

    def recurrent(self, steps: str) -> str:
        """Add the recurrent layer: ONNX orders its gates update, reset, new; PyTorch reset, update, new."""
        arrays = self.network.arrays

        def ordered(name: str) -> NDArray[np.float32]:
            reset, update, new = np.split(arrays[name], 3)
            return np.concatenate([update, reset, new])

        bias = np.concatenate([ordered("gru.bias_ih_l0"), ordered("gru.bias_hh_l0")])
        weights = (self.constant(ordered(f"gru.weight_{kind}_l0")[None]) for kind in ("ih", "hh"))
        state = self.node("GRU", steps, *weights, self.constant(bias[None]), outputs=2, hidden_size=HIDDEN,
                          linear_before_reset=1)  # fmt: skip
        return self.node("Squeeze", state, self.constant([0], np.int64))

    def dense(self, inputs: str, name: str) -> str:
        """Add a dense layer."""
        weight, bias = (self.constant(self.network.arrays[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.node("Gemm", inputs, weight, bias, transB=1)
