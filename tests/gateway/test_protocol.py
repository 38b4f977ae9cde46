"""Protocol: what the Open Inference Protocol says, in JSON and with binary tensors, and the plain routes beside it."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desks import Rig
from secondline.gateway.binary import CODES

INFER = "/v2/models/cards/infer"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A gateway with a model of three numbers and one of a number and a text."""
    rig = Rig(tmp_path)
    yield rig
    rig.close()


def _post(rig: Rig, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
    answer = asyncio.run(rig.ask("POST", path, body, headers))
    assert answer.status == 200, answer.body
    return answer


def _get(rig: Rig, path: str) -> Any:
    return asyncio.run(rig.ask("GET", path))


def _one(name: str, values: list[Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "shape": [len(values)], "datatype": "FP64", "data": values} | more


def _outputs(answer: Any) -> dict[str, Any]:
    return {one["name"]: one["data"] for one in answer.json["outputs"]}


@pytest.mark.parametrize(
    "datatype", ["INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FP16", "FP32", "FP64"]
)
@pytest.mark.parametrize("nested", [False, True])
def test_each_number_comes_through(rig: Rig, datatype: str, nested: bool) -> None:
    """Every datatype reaches the desk as the same numbers, flat or nested, in the order of the model's inputs."""
    data = [[1, 2, 3], [4, 5, 6]] if nested else [1, 2, 3, 4, 5, 6]
    _post(rig, INFER, {"inputs": [{"name": "any", "shape": [2, 3], "datatype": datatype, "data": data}]})
    columns = rig.desk.asked[0].columns
    assert {name: column.tolist() for name, column in columns.items()} == {"x1": [1, 4], "x2": [2, 5], "x3": [3, 6]}


@pytest.mark.parametrize("datatype", sorted(CODES))
def test_each_binary_number_comes_through(rig: Rig, datatype: str) -> None:
    """Little-endian raw bytes of every datatype are the same numbers as in JSON."""
    values = np.array([[1, 0, 1], [1, 1, 0]]).astype(CODES[datatype])
    raw = values.tobytes()
    tensor = {"name": "any", "shape": [2, 3], "datatype": datatype, "parameters": {"binary_data_size": len(raw)}}
    head = json.dumps({"inputs": [tensor]}).encode()
    headers = {"Inference-Header-Content-Length": str(len(head)), "content-type": "application/octet-stream"}
    _post(rig, INFER, head + raw, {name.lower(): value for name, value in headers.items()})
    assert [column.tolist() for column in rig.desk.asked[0].columns.values()] == [[1, 1], [0, 1], [1, 0]]


def test_one_tensor_per_feature_in_any_order(rig: Rig) -> None:
    """Columns by name, [n] or [n, 1], reach the desk in the model's order; null is a missing number."""
    body = {"inputs": [_one("x3", [5, None]), _one("x1", [[1], [2]], shape=[2, 1]), _one("x2", [3, 4])]}
    answer = _post(rig, INFER, body)
    columns = rig.desk.asked[0].columns
    assert list(columns) == ["x1", "x2", "x3"]
    assert columns["x1"].tolist() == [1, 2]
    assert np.isnan(columns["x3"][1])
    assert _outputs(answer)["score"][1] is None
    assert _outputs(answer)["decision"] == ["decline", "refused"]


def test_text_comes_as_bytes(rig: Rig) -> None:
    """BYTES hold text, in JSON and raw, with null as a missing one."""
    tensors = [_one("amount", [1, 2]), _one("channel", ["pos", None], datatype="BYTES")]
    _post(rig, "/v2/models/mixed/infer", {"inputs": tensors})
    raw = b"".join(struct.pack("<I", len(text)) + text for text in ("käse".encode(), b""))
    binary = {"name": "channel", "shape": [2], "datatype": "BYTES", "parameters": {"binary_data_size": len(raw)}}
    head = json.dumps({"inputs": [_one("amount", [1, 2]), binary]}).encode()
    _post(rig, "/v2/models/mixed/infer", head + raw, {"inference-header-content-length": str(len(head))})
    assert [one.columns["channel"].tolist() for one in rig.desk.asked] == [["pos", None], ["käse", ""]]


def test_true_and_false_are_numbers(rig: Rig) -> None:
    """BOOL reaches the desk as one and nought."""
    _post(rig, INFER, {"inputs": [{"name": "b", "shape": [1, 3], "datatype": "BOOL", "data": [True, False, True]}]})
    assert [column[0] for column in rig.desk.asked[0].columns.values()] == [1, 0, 1]


def test_outputs_are_those_asked_for(rig: Rig) -> None:
    """The usual outputs, those requested in their order, no reasons when none are wanted; nothing optional is null."""
    inputs = [_one("x1", [1]), _one("x2", [1]), _one("x3", [1])]
    usual = _post(rig, INFER, {"inputs": inputs, "id": "7"})
    asked = _post(
        rig,
        INFER,
        {"inputs": inputs, "outputs": [{"name": "version"}, {"name": "score"}], "id": None, "parameters": None},
    )
    without = _post(rig, INFER, {"inputs": inputs, "parameters": {"reasons": False}})
    assert list(_outputs(usual)) == ["score", "decision", "reasons", "decision_id"]
    assert usual.json["id"] == "7"
    assert list(_outputs(asked)) == ["version", "score"]
    assert b"null" not in asked.body
    assert "id" not in asked.json
    assert "reasons" not in _outputs(without)
    assert not rig.desk.asked[2].reasons


def test_outputs_go_out_raw_when_asked(rig: Rig) -> None:
    """With binary_data_output all outputs follow the JSON; with binary_data of one output, that one."""
    inputs = [_one("x1", [1, None]), _one("x2", [1, 1]), _one("x3", [1, 1])]
    every = _post(rig, INFER, {"inputs": inputs, "parameters": {"binary_data_output": True}})
    length = int(every.headers["inference-header-content-length"])
    head, rest = json.loads(every.body[:length]), every.body[length:]
    assert every.headers["content-type"] == "application/octet-stream"
    assert sum(one["parameters"]["binary_data_size"] for one in head["outputs"]) == len(rest)
    scores = np.frombuffer(rest[:16], "<f8")
    assert scores[0] == pytest.approx(1 / (1 + np.exp(-3)))
    assert np.isnan(scores[1])
    one = _post(
        rig,
        INFER,
        {"inputs": inputs, "outputs": [{"name": "score", "parameters": {"binary_data": True}}, {"name": "decision"}]},
    )
    head = json.loads(one.body[: int(one.headers["inference-header-content-length"])])
    assert ["data" in output for output in head["outputs"]] == [False, True]


def test_what_is_said_beside_the_inputs_reaches_the_desk(rig: Rig) -> None:
    """Use, entity, amount, time, segments, keys and version come from the parameters, the path and the header."""
    said = {
        "use": "pos", "entity": ["a", "b"], "amount": [1.5, None],
        "time": ["2026-01-01T00:00:00Z", 5], "segments": [{"c": "x"}, {}],
        "idempotency_key": ["k1", "k2"],
    }  # fmt: skip
    body = {"inputs": [{"name": "m", "shape": [2, 3], "datatype": "FP64", "data": [0] * 6}], "parameters": said}
    _post(rig, "/v2/models/cards/versions/1/infer", body)
    asked = rig.desk.asked[0]
    assert (asked.use, asked.version, asked.entities, asked.keys) == ("pos", "1", ("a", "b"), ("k1", "k2"))
    assert asked.amounts[0] == 1.5
    assert np.isnan(asked.amounts[1])
    assert asked.times == (1_767_225_600_000_000, 5)
    assert asked.segments == ({"c": "x"}, {})
    assert asked.received > 0


def test_metadata_and_readiness(rig: Rig) -> None:
    """Server, model, index and readiness say what the desk says; an unknown model or version is 404."""
    assert _get(rig, "/v2").json["extensions"] == ["binary_tensor_data"]
    assert _get(rig, "/v2/models/cards").json["versions"] == ["1"]
    assert _get(rig, "/v2/models/cards/versions/1/ready").json == {"name": "cards", "ready": True}
    assert [one["state"] for one in _get(rig, "/v2/repository/index").json] == ["READY", "READY"]
    assert [_get(rig, path).status for path in ("/v2/models/nix", "/v2/models/cards/versions/9")] == [404, 404]
    rig.desk.is_ready = False
    assert [
        _get(rig, path).status for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/cards/ready", "/ping")
    ] == [200, 503, 503, 503]
    assert _get(rig, "/version").status == 200


def test_a_model_that_appears_is_seen_at_once(rig: Rig) -> None:
    """A new model of the desk is served without waiting for the next look."""
    _get(rig, "/v2/models/cards")
    rig.desk.documents = [*rig.desk.documents, rig.desk.documents[0] | {"name": "new"}]
    assert _get(rig, "/v2/models/new").status == 200


def test_head_is_get_without_a_body(rig: Rig) -> None:
    """HEAD answers with the length of what GET would say."""
    answer = asyncio.run(rig.ask("HEAD", "/livez"))
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "13")


def test_another_method_names_those_allowed(rig: Rig) -> None:
    """405 comes with Allow."""
    answer = asyncio.run(rig.ask("PUT", INFER))
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_a_request_that_the_desk_turns_away_is_told_why(rig: Rig) -> None:
    """Status, message and Retry-After are the desk's."""
    from secondline.gateway.asked import Turned

    rig.desk.turn_away = Turned(503, "suspended", "The pass is suspended.", retry=7)
    answer = asyncio.run(rig.ask("POST", "/v1/score/cards", {"inputs": {"x1": 1, "x2": 1, "x3": 1}}))
    assert (answer.status, answer.json, answer.headers["retry-after"]) == (
        503,
        {"error": "The pass is suspended."},
        "7",
    )


def test_the_plain_route_names_each_wrong_field(rig: Rig) -> None:
    """Every wrong field of every case is told with what is wrong."""
    body = [{"inputs": {"x1": "a", "x2": 1, "x3": 1}}, {"inputs": {"x1": 1, "x2": 1, "x3": [1]}}]
    answer = asyncio.run(rig.ask("POST", "/v1/score/cards", body))
    assert answer.status == 400
    assert answer.json["fields"] == {
        "[0].inputs.x1": "must be a number; got text",
        "[1].inputs.x3": "must be a number; got a list",
    }


def test_one_case_or_a_list(rig: Rig) -> None:
    """One case gets one decision, a list gets a list; booleans and null are numbers and missing."""
    one = _post(
        rig,
        "/v1/score/cards",
        {"inputs": {"x1": True, "x2": 1, "x3": -1}, "entity": "e", "amount": 2, "time": 5, "segments": {"a": "b"}},
    )
    many = _post(rig, "/v1/score/cards", [{"inputs": {"x1": None, "x2": 1, "x3": 1}}])
    assert one.json["decision"] == "decline"
    assert one.json["reasons"] == ["R1", "R2"]
    assert "score" not in many.json[0]
    assert (rig.desk.asked[0].entities, rig.desk.asked[0].amounts, rig.desk.asked[0].times) == (("e",), (2.0,), (5,))


def test_mlflow_clients_are_served(rig: Rig) -> None:
    """Split tables and records get predictions; with one model only, it need not be named."""
    split = {"dataframe_split": {"columns": ["x2", "x1", "x3"], "data": [[2, 1, 3], [0, 0, 0]]}, "model": "cards"}
    answer = _post(rig, "/invocations", split)
    assert rig.desk.asked[0].columns["x1"].tolist() == [1, 0]
    assert answer.json["predictions"][1] == 0.5
    rig.desk.documents = rig.desk.documents[:1]
    records = {"dataframe_records": [{"x1": 1, "x2": 1, "x3": 1}], "params": {"idempotency_key": "k"}}
    first, again = _post(rig, "/invocations", records), _post(rig, "/invocations", records)
    assert first.body == again.body
