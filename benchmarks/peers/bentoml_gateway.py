"""BentoML with the benchmark's model: `bentoml serve bentoml_gateway:Bench`."""

from __future__ import annotations

import os

import bentoml
import numpy as np


@bentoml.service(workers=1)
class Bench:
    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["GATEWAY_MODEL"], options)

    @bentoml.api
    def infer(self, inputs: list) -> dict:
        tensor = inputs[0]
        x = np.array(tensor["data"], dtype=np.float32).reshape(tensor["shape"])
        scores = self.session.run(["probabilities"], {"input": x})[0][:, 1]
        return {"outputs": [{"name": "score", "shape": [len(scores)], "datatype": "FP64", "data": scores.tolist()}]}
