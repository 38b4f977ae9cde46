"""Protocol: the Open Inference Protocol, version 2, over HTTP; small and strict.

Inputs come as one tensor per feature, ``[n]`` or ``[n, 1]``, or as one matrix ``[n, k]`` with a column per input in the
order of the model's metadata.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec

from secondline import __version__
from secondline.events.shapes import Decision
from secondline.gateway import binary
from secondline.gateway.asked import Asked, Desk
from secondline.gateway.calls import Call, Reply, bad, decoded, told
from secondline.gateway.catalogue import Catalogue, Served
from secondline.gateway.saying import PLAIN, Parameters, asked, fitting
from secondline.gateway.tensors import Column, from_json
from secondline.models.matrix import Matrix

Datatype = Literal[
    "BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FP16", "FP32", "FP64", "BYTES"
]  # fmt: skip
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Dim = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Decide = Callable[[Asked], Awaitable[tuple[list[Decision], bool]]]
OUTPUTS = ("score", "decision", "reasons", "decision_id", "version", "arm")
KINDS = {"score": "FP64"}
STATES = {True: "READY", False: "UNAVAILABLE"}
TOLD = ("score", "decision", "reasons", "decision_id")
REPLAYED = (b"idempotency-replayed", b"true")


def _no_data() -> msgspec.Raw:
    return msgspec.Raw(b"")


class Tensor(msgspec.Struct, frozen=True):
    """An input."""

    name: Name
    shape: Annotated[list[Dim], msgspec.Meta(max_length=8)]
    datatype: Datatype
    data: msgspec.Raw = msgspec.field(default_factory=_no_data)
    parameters: dict[str, Any] | None = None


class Wanted(msgspec.Struct, frozen=True):
    """An output that is asked for."""

    name: Name
    parameters: dict[str, Any] | None = None


class Inference(msgspec.Struct, frozen=True):
    """The body of an inference request; unknown fields are ignored, as the protocol says."""

    inputs: Annotated[list[Tensor], msgspec.Meta(min_length=1, max_length=10_000)]
    id: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    parameters: Parameters | None = None
    outputs: Annotated[list[Wanted], msgspec.Meta(max_length=100)] | None = None


_decode = msgspec.json.Decoder(Inference)


class Protocol:
    """The routes of the protocol, around a desk."""

    def __init__(
        self, desk: Desk, catalogue: Catalogue, decide: Decide, most: int, writable: Callable[[], bool]
    ) -> None:
        self._desk, self._catalogue, self._decide, self._most = desk, catalogue, decide, most
        self._writable = writable

    async def server(self, _: Call) -> Reply:
        """Tell who serves and which extensions it knows."""
        return told({"name": "secondline", "version": __version__, "extensions": ["binary_tensor_data"]})

    async def live(self, _: Call) -> Reply:
        """Tell that the process answers."""
        return told({"live": True})

    async def ready(self, _: Call) -> Reply:
        """Tell whether every model can decide and decisions can be kept; 503 when not."""
        ready = self._desk.ready() and self._writable()
        return told({"ready": ready}, 200 if ready else 503)

    async def model(self, call: Call) -> Reply:
        """Tell a model's metadata."""
        return told(self._versioned(call).document)

    async def model_ready(self, call: Call) -> Reply:
        """Tell whether one model can decide; 503 when not."""
        served = self._versioned(call)
        ready = self._desk.ready(served.name) and self._writable()
        return told({"name": served.name, "ready": ready}, 200 if ready else 503)

    async def index(self, call: Call) -> Reply:
        """List the models that the caller's token covers."""
        return told(
            [
                {"name": one.name, "version": str(version), "state": STATES[self._desk.ready(one.name)]}
                for one in self._catalogue.all()
                if not call.caller.models or one.name in call.caller.models
                for version in one.document.get("versions", ()) or ("",)
            ]
        )  # fmt: skip

    async def infer(self, call: Call) -> Reply:
        """Decide on the cases of an inference request."""
        call.wants_json(binary=True)
        served = self._known(call)
        head, rest = binary.split(call.headers, call.body)
        body: Inference = decoded(_decode, head)
        said = body.parameters or PLAIN
        columns, rows = self._columns(served, body.inputs, binary.Raw(rest))
        outputs = chosen(body.outputs, reasons=said.reasons is not False)
        request = asked(call, served, columns, rows, said, call.params.get("version", ""))
        decisions, replayed = await self._decide(request)
        answer = answered(served.name, decisions, outputs, body.id)
        reply = Reply(b"", model=served.name, version=decisions[0].version)
        if replayed:
            reply.headers.append(REPLAYED)
        raw = _raw(body.outputs, said)
        if raw is None or raw:
            return binary.packed(answer, raw, reply)
        reply.body = told(answer).body
        return reply

    def _known(self, call: Call) -> Served:
        """Return the model of a path; the desk itself checks the version of a request to decide."""
        name = call.params["model"]
        call.caller.must_reach(name)
        return self._catalogue.need(name)

    def _versioned(self, call: Call) -> Served:
        served, version = self._known(call), call.params.get("version")
        if version is not None and version not in map(str, served.document.get("versions", ())):
            raise bad(f"Version {version[:100]!r} of {served.name!r} is not served here.", 404, "unknown-version")
        return served

    def _columns(self, served: Served, inputs: list[Tensor], raw: binary.Raw) -> tuple[Mapping[str, Column], int]:
        first = inputs[0]
        rows = first.shape[0] if first.shape else 0
        if not 1 <= rows <= self._most:
            raise bad(
                f"A request holds 1 to {self._most} cases; shape {first.shape[:4]} says {rows}.",
                400 if rows < 1 else 413,
            )
        if len(inputs) == 1 and len(first.shape) > 1 and (len(served.inputs) != 1 or first.shape[1] != 1):
            return _matrix(served, first, raw), rows
        columns: dict[str, Column] = {}
        for one in inputs:
            if one.name in columns:
                raise bad(f"Input {one.name[:100]!r} is given twice.")
            if one.shape not in ([rows], [rows, 1]):
                raise bad(f"Input {one.name[:100]!r}: shape must be [{rows}] or [{rows}, 1]; got {one.shape[:4]}.")
            columns[one.name] = _values(one, raw)
        raw.done()
        return fitting(served, columns), rows


def _values(one: Tensor, raw: binary.Raw) -> Column:
    length = one.parameters.get("binary_data_size") if one.parameters else None
    if length is None:
        return from_json(one.name, one.datatype, one.shape, bytes(one.data))
    if bytes(one.data):
        raise bad(f"Input {one.name[:100]!r} has both data and binary_data_size.")
    return raw.take(one.name, one.datatype, one.shape, length)


def _matrix(served: Served, one: Tensor, raw: binary.Raw) -> Mapping[str, Column]:
    if not served.inputs:
        raise bad(f"{served.name!r} is not loaded, so its inputs are not known.", 503, "not-loaded")
    if len(one.shape) != 2 or one.shape[1] != len(served.inputs):  # noqa: PLR2004 - rows and columns
        raise bad(f"One tensor for all inputs has the shape [n, {len(served.inputs)}]; got {one.shape[:4]}.")
    if served.text and (one.datatype != "BYTES" or len(served.text) < len(served.inputs)):
        raise bad("This model takes text and numbers, so give one tensor per input.")
    if one.datatype == "BYTES" and not served.text:
        raise bad("This model takes numbers; got BYTES.")
    table = _values(one, raw).reshape(one.shape)
    raw.done()
    if not served.text:
        return Matrix(served.inputs, table)
    return {name: table[:, i] for i, name in enumerate(served.inputs)}


def chosen(outputs: list[Wanted] | None, *, reasons: bool) -> tuple[str, ...]:
    """Return the outputs to tell: those asked for, or the usual ones.

    Raises:
        Turned: 400, an output does not exist.
    """
    if outputs:
        names = tuple(dict.fromkeys(one.name for one in outputs))
        if unknown := [name for name in names if name not in OUTPUTS]:
            raise bad(f"No output is called {unknown[0][:100]!r}; there are {', '.join(OUTPUTS)}.")
        return names
    return TOLD if reasons else tuple(name for name in TOLD if name != "reasons")


def _raw(outputs: list[Wanted] | None, said: Parameters) -> set[str] | None:
    """Return which outputs go as raw bytes; None means all."""
    if outputs:
        each = {one.name: (one.parameters or {}).get("binary_data", said.binary_data_output) for one in outputs}
        return {name for name, yes in each.items() if yes is True}
    return None if said.binary_data_output else set()


def answered(model: str, decisions: list[Decision], outputs: tuple[str, ...], id_: str | None) -> dict[str, Any]:
    """Return the answer; a case without a score has ``null`` among the data."""
    answer: dict[str, Any] = {"model_name": model, "model_version": decisions[0].version}
    if id_ is not None:
        answer["id"] = id_
    shape = [len(decisions)]
    answer["outputs"] = [
        {"name": name, "shape": shape, "datatype": KINDS.get(name, "BYTES"), "data": _data(name, decisions)}
        for name in outputs
    ]
    return answer


def _data(name: str, decisions: list[Decision]) -> list[Any]:
    match name:
        case "score":
            return [one.score for one in decisions]
        case "decision_id":
            return [one.id for one in decisions]
        case "reasons":
            return [",".join(one.reasons) for one in decisions]
        case _:
            return [getattr(one, name) for one in decisions]
