"""LitServe with the benchmark's model: `python litserve_gateway.py`."""

from __future__ import annotations

import os

import litserve
import numpy as np


class Bench(litserve.LitAPI):
    def setup(self, device: object) -> None:  # noqa: ARG002 - as LitServe calls it
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["GATEWAY_MODEL"], options)

    def decode_request(self, request: dict) -> np.ndarray:
        tensor = request["inputs"][0]
        return np.array(tensor["data"], dtype=np.float32).reshape(tensor["shape"])

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.session.run(["probabilities"], {"input": x})[0][:, 1]

    def encode_response(self, output: np.ndarray) -> dict:
        return {"outputs": [{"name": "score", "shape": [len(output)], "datatype": "FP64", "data": output.tolist()}]}


if __name__ == "__main__":
    litserve.LitServer(Bench(), accelerator="cpu").run(
        port=int(os.environ["GATEWAY_PORT"]), generate_client_file=False, log_level="error"
    )
