"""Hostile and damaged artefacts end their own process at most."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from secondline.core.errors import ModelError
from secondline.core.spec import Artefact
from secondline.models import endpoint as served
from secondline.models.opening import open_artefact
from secondline.models.sandbox import Sandbox, opened


@pytest.fixture(scope="module")
def text() -> str:
    draw = np.random.default_rng(1)
    x = draw.normal(size=(300, 3))
    data = lightgbm.Dataset(x, x[:, 0] > 0, params={"verbosity": -1})
    return str(lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 5).model_to_string())


@pytest.mark.slow
def test_damaged_lightgbm_texts_hurt_nobody(text: str) -> None:
    """Twenty mutations are each opened or refused with a message, and this process lives on.

    A fault that one mutation in seven brings about is found with 95 %.
    """
    draw = np.random.default_rng(7)
    refused = 0
    for _ in range(20):
        content = bytearray(text.encode())
        for place in draw.integers(0, len(content), 12):
            content[place] = draw.integers(32, 127)
        try:
            model = opened("m.txt", "lightgbm", bytes(content), {}, load_seconds=20, seconds=20)
            columns = {name: np.zeros(2) for name in model.features}
            try:
                model.score(columns)
            finally:
                model.close()
        except ModelError:
            refused += 1
    assert refused > 4


def test_truncated_files_are_refused(text: str) -> None:
    """Half a file is not a model."""
    for kind, content in (("lightgbm", text[: len(text) // 2].encode()), ("onnx", b"\x08\x08"), ("xgboost", b"{}")):
        with pytest.raises(ModelError, match=f"could not be opened as {kind}"):
            opened("m", kind, content, {"features": ["a"]})


def external(place: str) -> bytes:
    """An ONNX whose weights lie in a file beside it."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1, 1], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", place), ("offset", "0"), ("length", "4")):
        tensor.external_data.add(key=key, value=value)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    made = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [tensor],
    )  # fmt: skip
    return bytes(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString())


@pytest.mark.parametrize("place", ["../secret.bin", "{folder}/secret.bin", "secret.bin", "/etc/hostname"])
def test_onnx_reads_nothing_outside_its_bytes(tmp_path: Path, place: str) -> None:
    """External data are not followed, whether the path climbs, is absolute or lies beside the file."""
    (tmp_path / "secret.bin").write_bytes(np.float32(7).tobytes())
    (tmp_path / "m.onnx").write_bytes(external(place.format(folder=tmp_path)))
    with pytest.raises(ModelError, match="could not be opened as onnx"):
        open_artefact(Artefact(path="m.onnx", features=("x",)), tmp_path)


def endless() -> bytes:
    """An ONNX of a few hundred bytes that loops 2**60 times."""

    def value(name: str, kind: int, shape: list[Any]) -> Any:
        return helper.make_tensor_value_info(name, kind, shape)

    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["c2"]), helper.make_node("Add", ["v", "v"], ["v2"])],
        "b",
        [value("i", TensorProto.INT64, []), value("c", TensorProto.BOOL, []), value("v", TensorProto.FLOAT, [None, 2])],
        [value("c2", TensorProto.BOOL, []), value("v2", TensorProto.FLOAT, [None, 2])],
    )
    times = helper.make_tensor("n", TensorProto.INT64, [], [1 << 60])
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    made = helper.make_graph(
        [helper.make_node("Loop", ["n", "yes", "x"], ["y"], body=body)], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])], [times, yes],
    )  # fmt: skip
    return bytes(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString())


def test_a_model_that_never_ends_is_stopped() -> None:
    """The patience of a batch is bounded, and the message says by how much."""
    model = opened("m.onnx", "onnx", endless(), {"features": ["a", "b"]}, seconds=2)
    start = time.monotonic()
    with pytest.raises(ModelError, match="took longer than 2 s and was stopped"):
        model.score({"a": np.zeros(2), "b": np.zeros(2)})
    assert time.monotonic() - start < 60


def greedy() -> bytes:
    """An ONNX that asks for 64 GiB."""
    shape = helper.make_tensor("s", TensorProto.INT64, [2], [1 << 17, 1 << 17])
    nodes = [
        helper.make_node("Expand", ["x", "s"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["t"], keepdims=1),
    ]
    made = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("t", TensorProto.FLOAT, [None, 1])], [shape],
    )  # fmt: skip
    return bytes(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString())


def test_a_model_that_wants_too_much_memory_is_refused() -> None:
    """Memory is bounded in the model's own process."""
    model = opened("m.onnx", "onnx", greedy(), {"features": ["a"]}, memory=4 << 30, seconds=60)
    try:
        with pytest.raises(ModelError, match="could not score"):
            model.score({"a": np.zeros(1)})
    finally:
        model.close()


def test_a_worker_that_talks_nonsense_is_ended() -> None:
    """A message that is not understood closes the process rather than being guessed at."""
    box = Sandbox("m")
    with pytest.raises(ModelError, match="KeyError"):
        box.ask({"op": "load"}, b"", "could not be opened")
    with pytest.raises(ModelError, match="took longer than 1 s"):
        box.ask({"op": "score"}, b"", "could not score", 1)


# A served model


@pytest.fixture
def server() -> Iterator[Callable[[Callable[[str, Any], tuple[int, bytes]]], str]]:
    """Serve answers made by a function of path and body."""
    running: list[HTTPServer] = []

    def serve(answer: Callable[[str, Any], tuple[int, bytes]]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, body: Any) -> None:
                code, content = answer(self.path, body)
                self.send_response(code)
                if code == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                try:
                    self.wfile.write(content)
                except OSError:
                    return

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
                return

        held = HTTPServer(("127.0.0.1", 0), Handler)
        running.append(held)
        threading.Thread(target=held.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{held.server_port}/v2/models/champion"

    yield serve
    for held in running:
        held.shutdown()
        held.server_close()


META = json.dumps({"name": "champion", "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, 1]}]}).encode()


def test_an_endpoint_scores(server: Any) -> None:
    """The features come from its metadata; rows go in requests of a thousand."""
    asked: list[int] = []

    def answer(path: str, body: Any) -> tuple[int, bytes]:
        if body is None:
            return 200, META
        data = body["inputs"][0]["data"]
        asked.append(len(data))
        return 200, json.dumps({"outputs": [{"name": "p", "data": [v / 2 for v in data]}]}).encode()

    model = open_artefact(Artefact(path=server(answer)), Path())
    x = np.arange(2_500.0)
    assert np.array_equal(model.score({"x": x}), x / 2)
    assert asked == [1_000, 1_000, 500]
    with pytest.raises(ModelError, match="1 values of 'x' are missing"):
        model.score({"x": np.array([np.nan])})


@pytest.mark.parametrize(
    ("code", "content", "said"),
    [
        (500, b"{}", "answered 500"),
        (302, b"", "answered 302"),
        (200, b"not json", "did not answer with JSON"),
        (200, b"[]", "other than an object"),
        (200, b"{}", "gave 0 usable numbers for 2 rows"),
        (200, b'{"outputs": [{"data": [1, NaN]}]}', "usable numbers"),
        (200, b'{"outputs": [{"data": ["1", "2"]}]}', "usable numbers"),
        (200, b'{"outputs": [{"data": [1, 2, 3]}]}', "gave 3 usable numbers for 2 rows"),
        (200, b" " * 3_000_000, "more than 2 MiB"),
    ],
)
def test_a_hostile_endpoint_is_refused(
    server: Any, monkeypatch: pytest.MonkeyPatch, code: int, content: bytes, said: str
) -> None:
    """Errors, redirects, floods and answers that are not one number a row never become scores."""
    monkeypatch.setattr(served, "MOST_ANSWER", 2 << 20)
    model = served.endpoint(server(lambda path, body: (200, META) if body is None else (code, content)), None)
    with pytest.raises(ModelError, match=said):
        model.score({"x": np.zeros(2)})


def test_an_address_must_be_http(server: Any) -> None:
    """Files and other schemes are not endpoints; metadata must name inputs; a dead server is said to be one."""
    with pytest.raises(ModelError, match="is not an http"):
        served.endpoint("file:///etc/passwd", None)
    with pytest.raises(ModelError, match="no list of named inputs"):
        served.endpoint(server(lambda path, body: (200, b"{}")), None)
    with pytest.raises(ModelError, match="could not be asked"):
        served.endpoint("http://127.0.0.1:9/v2/models/none", None, seconds=5)


def test_onnx_helpers_are_valid() -> None:
    """The hostile graphs are real graphs, so that what refuses them is the runtime and its limits."""
    onnx.checker.check_model(onnx.load_from_string(endless()))
    onnx.checker.check_model(onnx.load_from_string(greedy()))
