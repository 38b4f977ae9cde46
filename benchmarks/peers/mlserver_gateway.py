"""MLServer with the benchmark's model, without worker processes, its quickest setting: `python mlserver_gateway.py`."""

from __future__ import annotations

import asyncio
import os

import numpy as np
import onnxruntime
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput


class Bench(MLModel):
    async def load(self) -> bool:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["GATEWAY_MODEL"], options)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        tensor = payload.inputs[0]
        x = np.array(tensor.data.root, dtype=np.float32).reshape(tensor.shape)
        scores = self.session.run(["probabilities"], {"input": x})[0][:, 1]
        out = ResponseOutput(name="score", shape=[len(scores)], datatype="FP64", data=scores.tolist())
        return InferenceResponse(model_name=self.name, model_version="1", outputs=[out])


async def main() -> None:
    port = int(os.environ["GATEWAY_PORT"])
    settings = Settings(
        host="127.0.0.1", http_port=port, grpc_port=port + 1, metrics_port=port + 2, parallel_workers=0, debug=False
    )
    server = MLServer(settings)
    await server.start([ModelSettings(name="bench", implementation=Bench)])


if __name__ == "__main__":
    asyncio.run(main())
