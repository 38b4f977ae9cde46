"""Hostile requests by the table: each is a name, and what a client might send by malice or mistake."""

# ruff: noqa: E501 - a table reads best with a row a line

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

INFER, SCORE, MIXED = "/v2/models/cards/infer", "/v1/score/cards", "/v2/models/mixed/infer"
DATATYPES = (
    "BOOL",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "FP16",
    "FP32",
    "FP64",
    "BYTES",
)
SHAPES: tuple[Any, ...] = (
    [], [0], [0, 3], [3, 0], [-1, 3], [1, -3], [2, 3], [1, 4], [1, 2], [3, 1], [1, 1, 3], [1] * 50, [2**31, 2**31], [2**63], [2**70],
    [1e400], [1.5, 3], ["1", 3], [None, 3], [[1, 3]], None, "1,3", {"0": 1}, True, 3, [True, 3], [99_999_999, 3], [1, 99_999_999],
)  # fmt: skip
VALUES = (
    "[1,2]", "[1,2,3,4]", "[]", "[[1,2,3],[4,5,6]]", "[[1,2],[3]]", "[[1,2,3]", "[1,2,3", "[[[1,2,3]]]", "[1,[2],3]", "{}", "null", "3",
    '"abc"', "true", "[1,2,true]", '[1,2,"3"]', "[1,2,{}]", "[NaN,1,2]", "[Infinity,1,2]", "[-Infinity,1,2]", "[1e400,1,2]", "[-1e400,1,2]",
    "[0x10,1,2]", "[01,1,2]", "[1,2,3,]", "[,1,2,3]", "[1 2 3]", "['1',2,3]", "[1,2,3]]", "[+1,2,3]", "[.5,2,3]", "[1.,2,3]", "[--1,2,3]",
)  # fmt: skip
WHOLE = (
    "[1.5,2,3]",
    "[null,2,3]",
    "[9007199254740993,2,3]",
    "[-9007199254740993,2,3]",
    "[1e300,2,3]",
    f"[{'9' * 400},2,3]",
)
OVER = {
    "INT8": 128, "INT16": 2**15, "INT32": 2**31, "INT64": 2**53 + 1, "UINT8": 256, "UINT16": 2**16, "UINT32": 2**32, "UINT64": 2**53 + 1,
    "FP16": 65505, "FP32": 3.5e38,
}  # fmt: skip
NOT_JSON = (
    b"", b" ", b"\x00", b"\xff\xfe", b"{", b"}", b"[", b"]", b'"', b"nul", b"tru", b"{]", b"[}", b'{"a"}', b'{"a":}', b"{,}", b'{"a":1,}',
    b"{'a':1}", b"<xml/>", b"a=1&b=2", b"\xef\xbb\xbf{}", b'{"inputs":"\xff"}', b'{"inputs":"\\ud800"}', b'{"inputs":"\\u12"}', b"{}{}",
    b"[" * 100_000, b'{"a":' * 100_000, b"[" * 50_000 + b"]" * 50_000, b'{"inputs":' + b"[" * 50_000 + b"]" * 50_000 + b"}", b"\x80\x04\x95",
    b"PK\x03\x04", b"\x1f\x8b\x08", b"1", b"1e400", b"null", b"true", b'"text"', b"[]", b"{}", b"[[]]", b"[null]", b"[1]", b'[{"a":1}]',
)  # fmt: skip
FIELDS: dict[str, tuple[Any, ...]] = {
    "name": ("", None, 1, [], {}, "x" * 300, True),
    "datatype": ("", None, 1, "FP128", "fp32", "STRING", "OBJECT", [], {}, "FP32 ", True),
    "parameters": (1, "x", [], True, [{}]),
    "data": (None, {}, "x", 1, True, [None, None, {}], [[]], [[], [], []]),
}
PARAMETERS: dict[str, tuple[Any, ...]] = {
    "use": (1, [], {}, "x" * 300, True), "entity": (1, [], {}, ["a", "b"], [None], "x" * 300, [1]),
    "amount": ("1", [], {}, [1, 2], ["1"], True, [True], [[1]]),
    "time": (-1, "yesterday", "2026-01-01", "2026-01-01T00:00:00", [], {}, [1, 2], 2**62, 1.5, True, "1900-01-01T00:00:00Z", "2026-13-01T00:00:00Z"),
    "segments": (1, "a", [], [1], {"a": 1}, {"a": None}, [{}, {}], {"a" * 300: "b"}, {"a": "b" * 300}, {str(i): "x" for i in range(99)}),
    "idempotency_key": (1, "", [], ["a", "b"], [""], {}, "k" * 300, [1], True),
    "reasons": ("yes", 1, [], {}), "binary_data_output": ("yes", 1, [], {}),
}  # fmt: skip
TEXTS = ("a\x00b", "\x1b[2J", "a\nb", "\x7f", "\x85")


class Bad(NamedTuple):
    """One hostile request."""

    name: str
    body: bytes
    path: str = INFER
    method: str = "POST"
    headers: Mapping[str, str] = MappingProxyType({})
    chunk: int = 0


def tensor(**changed: Any) -> dict[str, Any]:
    """Return a good tensor with some fields changed."""
    return {"name": "input", "shape": [1, 3], "datatype": "FP64", "data": [1, 2, 3]} | changed


def inference(*tensors: Any, **more: Any) -> bytes:
    """Return the body of an inference request."""
    return json.dumps({"inputs": list(tensors) or [tensor()], **more}).encode()


def raw(datatype: str, data: str, shape: Any = (1, 3)) -> bytes:
    """Return a body whose data are written as they are."""
    text = f'{{"inputs":[{{"name":"input","shape":{json.dumps(shape)},"datatype":"{datatype}","data":{data}}}]}}'
    return text.encode()


def requests() -> Iterator[Bad]:
    """Return every request of the table; the hundreds are products of datatypes, shapes and values."""
    for datatype in DATATYPES:
        yield from (Bad(f"{datatype} {data[:20]}", raw(datatype, data)) for data in VALUES if not fits(datatype, data))
        yield from (Bad(f"{datatype} shape {str(shape)[:20]}", raw(datatype, "[1,2,3]", shape)) for shape in SHAPES)
        if "INT" in datatype:
            yield from (Bad(f"{datatype} {data[:20]}", raw(datatype, data)) for data in WHOLE)
        if datatype in OVER:
            yield Bad(f"{datatype} over", raw(datatype, f"[{OVER[datatype]},2,3]"))
            yield Bad(f"{datatype} under", raw(datatype, f"[{-OVER[datatype] - 1},2,3]"))
    for path in (INFER, SCORE, "/v1/events", "/v1/labels", "/v1/overrides", "/v1/investigations", "/invocations"):
        yield from (Bad(f"{path} {body[:20]!r}", body, path) for body in NOT_JSON)
    yield from fields()
    yield from structures()
    yield from binaries()
    yield from heads()
    yield from cases()
    yield from events()


def fits(datatype: str, data: str) -> bool:
    """Whether data of the table are right for a datatype after all."""
    return (datatype, data) == ("BOOL", "[true,false,true]")


def fields() -> Iterator[Bad]:
    """Return requests with one wrong field."""
    for name, values in FIELDS.items():
        for value in values:
            if (name, value) != ("parameters", {}):
                yield Bad(f"{name} {str(value)[:20]}", inference(tensor(**{name: value})))
        if name != "parameters":
            yield Bad(f"no {name}", inference({k: v for k, v in tensor().items() if k != name}))
    for name, values in PARAMETERS.items():
        yield from (Bad(f"{name} {str(value)[:20]}", inference(parameters={name: value})) for value in values)
    for text in TEXTS:
        yield from (
            Bad(f"control {name}", inference(parameters={name: text})) for name in ("use", "entity", "idempotency_key")
        )
        yield Bad("control segment", inference(parameters={"segments": {"a": text}}))
        two = [
            tensor(name="amount", shape=[1], data=[1]),
            tensor(name="channel", shape=[1], datatype="BYTES", data=[text]),
        ]
        yield Bad("control input", inference(*two), MIXED)


def structures() -> Iterator[Bad]:
    """Return requests whose inputs do not belong together."""
    one = [tensor(name=name, shape=[1], data=[1]) for name in ("x1", "x2", "x3")]
    yield Bad("twice", inference(*one, one[0]))
    yield Bad("missing", inference(*one[:2]))
    yield Bad("unknown", inference(*one, tensor(name="x4", shape=[1], data=[1])))
    yield Bad("uneven", inference(*one[:2], tensor(name="x3", shape=[2], data=[1, 2])))
    yield Bad("text for a number", inference(*one[:2], tensor(name="x3", shape=[1], datatype="BYTES", data=["1"])))
    yield Bad("matrix of text", inference(tensor(datatype="BYTES", data=["1", "2", "3"])))
    yield Bad(
        "number for text",
        inference(tensor(name="amount", shape=[1], data=[1]), tensor(name="channel", shape=[1], data=[1])),
        MIXED,
    )
    yield Bad("matrix for both", inference(tensor(shape=[1, 2], data=[1, 2])), MIXED)
    yield Bad("no inputs", b'{"inputs":[]}')
    yield Bad("inputs null", b'{"inputs":null}')
    yield Bad("many inputs", inference(*[tensor()] * 10_001))
    yield Bad("rows beyond the limit", inference(tensor(shape=[10_001, 3], data=[0] * 30_003)))
    yield Bad("unknown output", inference(outputs=[{"name": "secrets"}]))
    yield Bad("outputs text", inference(outputs="score"))
    yield Bad("output without a name", inference(outputs=[{}]))
    yield Bad("many outputs", inference(outputs=[{"name": "score"}] * 101))
    yield Bad("id number", inference(id=7))
    yield Bad("id long", inference(id="x" * 300))
    yield Bad("parameters text", inference(parameters="x"))
    yield Bad("parameters list", inference(parameters=[]))


def binaries() -> Iterator[Bad]:
    """Return requests that get the binary extension wrong."""
    for length in ("-1", "1e3", "abc", "", " ", "999999", "9" * 30, "0x10", "1;2", "²", "5"):
        body = inference(tensor(data=None))
        yield Bad(f"header length {length}", body, headers={"Inference-Header-Content-Length": length})
    for size in (-1, 0, 1, 23, 25, 10**6, 10**30, 1.5, "24", True, None, [24]):
        head = inference({k: v for k, v in tensor(parameters={"binary_data_size": size}).items() if k != "data"})
        yield Bad(f"size {size}", head + b"\0" * 24, headers={"Inference-Header-Content-Length": str(len(head))})
    for datatype in DATATYPES:
        wide = {k: v for k, v in tensor(datatype=datatype, parameters={"binary_data_size": 11}).items() if k != "data"}
        head = inference(wide)
        yield Bad(f"{datatype} odd", head + b"\xff" * 11, headers={"Inference-Header-Content-Length": str(len(head))})
    for part in (
        b"\xff\xff\xff\xff",
        b"\x01\0\0\0",
        b"\x05\0\0\0abc",
        b"\x01\0\0\0\xff",
        b"\0\0\0\0" * 9,
        b"\x01\0\0\0a\x01\0\0\0b",
        b"",
    ):
        text = {"name": "channel", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(part)}}
        head = inference(tensor(name="amount", shape=[1], data=[1]), text)
        yield Bad(f"BYTES {part!r}", head + part, MIXED, headers={"Inference-Header-Content-Length": str(len(head))})
    for datatype, part in (
        ("FP64", b"\0\0\0\0\0\0\xf0\x7f"),
        ("FP32", b"\0\0\x80\x7f"),
        ("FP16", b"\0\x7c"),
        ("INT64", b"\xff" * 7 + b"\x7f"),
    ):
        one = {
            "name": "input",
            "shape": [1, 3],
            "datatype": datatype,
            "parameters": {"binary_data_size": 3 * len(part)},
        }
        head = inference(one)
        yield Bad(f"{datatype} infinite", head + part * 3, headers={"Inference-Header-Content-Length": str(len(head))})
    head = inference(tensor(parameters={"binary_data_size": 24}))
    yield Bad("both", head + b"\0" * 24, headers={"Inference-Header-Content-Length": str(len(head))})
    yield Bad("left over", inference() + b"\0", headers={"Inference-Header-Content-Length": str(len(inference()))})


def heads() -> Iterator[Bad]:
    """Return requests whose line or headers are wrong."""
    for media in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
        "application/jsonp",
        "json",
        "*/*",
    ):
        yield Bad(f"media {media}", inference(), headers={"content-type": media})
    for coding in ("gzip", "br", "deflate", "zstd", "gzip, gzip", "identity, gzip", "x"):
        yield Bad(f"coding {coding}", b"\x1f\x8b\x08" + b"\0" * 100, headers={"content-encoding": coding})
    for length in ("-1", "abc", "99999999999", "1e9", "9" * 40, "0x5", "1,1", "+5"):
        yield Bad(f"length {length}", inference(), headers={"content-length": length})
    yield Bad("both lengths", inference(), headers={"transfer-encoding": "chunked"})
    yield Bad("50 MB", b"[" + b"1," * 25_000_000, chunk=65_536, headers={"content-length": ""})
    yield Bad("50 MB said", b"[" + b"1," * 25_000_000)
    yield Bad("trickled", inference()[:-1], chunk=1, headers={"content-length": ""})
    for key in ("k" * 300, " ", "\x7f", "a\tb"):
        yield Bad(f"key {key[:5]!r}", inference(), headers={"idempotency-key": key})
    yield Bad("two keys", inference(parameters={"idempotency_key": "a"}), headers={"idempotency-key": "b"})
    for path in (
        "/", "/v1", "/v3", "/v2/models", "/v2/models/", "/v2/models//infer", "/v2/models/nix/infer", "/v2/models/cards/infer/", "/V2/models/cards/infer",
        "/v2/models/../cards/infer", "/v2/models/cards/versions/9/infer", "/v2/models/cards/versions//infer", "/v2/models/a b/infer", "/etc/passwd",
        "/v2/models/cards\x00/infer", "/v2/models/" + "x" * 5000 + "/infer", "//v2//models", "/v2/models/çards/infer", "/v1/score/", "/v1/score/nix",
        "/v2/models/cards;x/infer", "/v2/models/%2e%2e/infer", "/docs", "/admin", "/v2/repository/models/cards/load", "/v2/models/cards/explain",
    ):  # fmt: skip
        yield Bad(f"path {path[:20]}", inference(), path)
    for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", "post", ""):
        yield Bad(f"method {method}", inference(), method=method)
        yield Bad(f"method {method} score", inference(), SCORE, method=method)


def cases() -> Iterator[Bad]:
    """Return requests that get the plain route wrong."""
    good = {"x1": 1, "x2": 2, "x3": 3}
    for value in ("1", [], {}, [1], 2**53 + 1, -(2**60), 10**40, "", "NaN", {"a": 1}):
        for name in good:
            yield Bad(f"{name} {value}", json.dumps({"inputs": good | {name: value}}).encode(), SCORE)
            yield Bad(
                f"{name} {value} of two",
                json.dumps([{"inputs": good}, {"inputs": good | {name: value}}]).encode(),
                SCORE,
            )
    for text in ("NaN", "Infinity", "1e400", "-1e400", "01", "1..2"):
        yield Bad(f"number {text}", f'{{"inputs":{{"x1":{text},"x2":1,"x3":1}}}}'.encode(), SCORE)
    odd: tuple[Any, ...] = (None, [], {}, 1, {"x1": 1}, good | {"x4": 1}, {"X1": 1, "x2": 2, "x3": 3})
    for inputs in odd:
        yield Bad(f"inputs {inputs}", json.dumps({"inputs": inputs}).encode(), SCORE)
    wrong = {
        "entity": 1,
        "amount": "1",
        "time": "now",
        "segments": [],
        "key": "",
        "use": 5,
        "reasons": "no",
        "version": 3,
        "extra": 1,
    }
    for field, given in wrong.items():
        yield Bad(f"{field} {given}", json.dumps({"inputs": good, field: given}).encode(), SCORE)
    for one, two in (({"key": "a"}, {}), ({"time": 1}, {}), ({"use": "a"}, {"use": "b"}), ({"key": "a"}, {"key": "a"})):
        yield Bad(f"uneven {one} {two}", json.dumps([{"inputs": good, **one}, {"inputs": good, **two}]).encode(), SCORE)
    yield Bad("too many", json.dumps([{"inputs": good}] * 10_001).encode(), SCORE)
    tables: tuple[Any, ...] = (
        {}, {"dataframe_split": {}}, {"dataframe_split": {"columns": ["x1"], "data": [[1, 2]]}}, {"instances": [1]}, {"inputs": [1]},
        {"dataframe_split": {"columns": ["x1", "x1"], "data": [[1, 2]]}}, {"dataframe_records": []}, {"dataframe_records": [good]},
        {"dataframe_records": [{"x1": 1}], "model": "cards"}, {"dataframe_records": [good], "model": "nix"}, {"dataframe_records": 1},
        {"dataframe_records": [good], "dataframe_split": {"columns": [], "data": []}, "model": "cards"},
    )  # fmt: skip
    for table in tables:
        yield Bad(f"table {str(table)[:30]}", json.dumps(table).encode(), "/invocations")


def events() -> Iterator[Bad]:
    """Return batches of events that cannot be."""
    good = {"id": "e", "at": 1, "model": "cards", "decision": "d", "value": 1, "known": 2}
    changes: tuple[dict[str, Any], ...] = (
        {"id": ""}, {"id": None}, {"id": 1}, {"id": "x" * 300}, {"id": "a\nb"}, {"at": "now"}, {"at": -1}, {"at": 2**63}, {"at": 1.5}, {"v": 2},
        {"v": 0}, {"v": "1"}, {"model": ""}, {"model": "x" * 300}, {"value": "1"}, {"value": None}, {"known": -1}, {"known": "x"}, {"decision": 1},
        {"revision": 2**70}, {"revision": 1.5}, {"type": "decision"}, {"type": "x"}, {"type": 1}, {"amount": "1"}, {"kind": 5}, {"kind": "\x1b"},
    )  # fmt: skip
    for change in changes:
        yield Bad(f"label {change}", json.dumps(good | change).encode(), "/v1/labels")
        yield Bad(f"second label {change}", json.dumps([good, good | {"id": "f"} | change]).encode(), "/v1/labels")
    for name in good:
        yield Bad(
            f"label without {name}", json.dumps({k: v for k, v in good.items() if k != name}).encode(), "/v1/labels"
        )
    yield Bad("no type", json.dumps(good).encode(), "/v1/events")
    yield Bad("contradiction", json.dumps([good, good | {"value": 0}]).encode(), "/v1/labels")
    yield Bad("too many", json.dumps([good] * 10_001).encode(), "/v1/labels")
    yield Bad(
        "number beyond",
        b'{"type":"decision","id":"1","at":1,"model":"m","inputs":{"a":' + b"9" * 40 + b"}}",
        "/v1/events",
    )
    outcome = {"id": "i", "at": 1, "model": "cards", "decision": "d", "outcome": "guilty"}
    yield Bad("outcome", json.dumps(outcome).encode(), "/v1/investigations")
    yield Bad("override", json.dumps({"id": "o", "at": 1, "model": "cards"}).encode(), "/v1/overrides")
