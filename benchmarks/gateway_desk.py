"""The desk of the gateway's benchmark: an ONNX model, a threshold, and a whole decision on record for each case."""

from __future__ import annotations

import secrets
import time
from itertools import count
from typing import Any

import numpy as np
import onnxruntime

from secondline.events.shapes import Decision
from secondline.gateway.asked import Asked, Turned, text_or_none


class OnnxDesk:
    """Scores all cases of a turn in one run of the session."""

    def __init__(self, model: str, columns: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._names = [f"x{i}" for i in range(columns)]
        self._prefix, self._count = secrets.token_hex(6), count()

    def decide(self, asked: list[Asked]) -> list[list[Decision] | Turned]:
        """Decide on each request."""
        tables = [np.stack([one.columns[name] for name in self._names], axis=1) for one in asked]
        table = np.concatenate(tables).astype(np.float32)
        scores = self._session.run(["probabilities"], {"input": table})[0][:, 1].tolist()
        at = time.time_ns() // 1000
        next_ = iter(scores)
        return [[self._case(one, i, next(next_), at) for i in range(one.rows)] for one in asked]

    def _case(self, one: Asked, i: int, score: float, at: int) -> Decision:
        return Decision(
            id=f"{self._prefix}-{next(self._count)}", at=at, decided=at, model=one.model, version="1", use="bench",
            caller=one.caller, inputs={name: text_or_none(column[i]) for name, column in one.columns.items()},
            score=score, decision="decline" if score > 0.5 else "approve", threshold="1", path=("pass", "population"),
            latency=(time.perf_counter_ns() - one.received) // 1000, digest="0" * 64, pass_id="PA-1",
        )  # fmt: skip

    def ready(self, model: str = "") -> bool:  # noqa: ARG002 - there is one
        """It is always ready."""
        return True

    def models(self) -> list[dict[str, Any]]:
        """Return the one model."""
        inputs = [{"name": name, "datatype": "FP64", "shape": [-1, 1]} for name in self._names]
        return [{"name": "bench", "versions": ["1"], "platform": "onnx", "inputs": inputs, "outputs": []}]
