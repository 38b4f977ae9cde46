"""A served model behind the Open Inference Protocol, version 2 (KServe, Triton, MLServer and others speak it)."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from secondline.core.errors import MissingExtra, ModelError
from secondline.models.model import Floats, Model

MOST_ANSWER = 64 << 20
SECONDS = 30.0
ROWS = 1_000
"""Rows a request carries."""


def endpoint(url: str, features: Sequence[str] | None, *, seconds: float = SECONDS) -> Model:
    """Return a served model, ``http(s)://host/v2/models/NAME``, as a Model. Its metadata name the features.

    Redirects are not followed, an answer is bounded in size and time, and each is checked to be one finite number a
    row before it is used.

    Raises:
        ModelError: the address is not one, or the server does not answer as the protocol says.
    """
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise ModelError(f"{url!r} is not an http(s) address of a model, such as https://host/v2/models/champion.")
    base = url.rstrip("/")
    asked = _asked(base, None, seconds)
    inputs = asked.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(i, dict) and isinstance(i.get("name"), str) for i in inputs):
        raise ModelError(f"The server at {base} gives no list of named inputs, as the protocol asks.")
    names = tuple(features or (i["name"] for i in inputs))
    kinds = {i["name"]: str(i.get("datatype", "FP64")) for i in inputs}
    facts = {"url": base, "versions": [str(v) for v in asked.get("versions") or []][:8]}

    def run(columns: dict[str, npt.NDArray[Any]]) -> Floats:
        size = len(columns[names[0]])
        parts = [_infer(base, names, kinds, columns, slice(i, i + ROWS), seconds) for i in range(0, size, ROWS)]
        return np.concatenate(parts)

    return Model(base.rsplit("/", 1)[-1], "endpoint", names, run, "", facts)


def _infer(
    base: str, names: tuple[str, ...], kinds: dict[str, str], columns: dict[str, npt.NDArray[Any]], part: slice,
    seconds: float,
) -> Floats:  # fmt: skip
    tensors = [_tensor(name, kinds.get(name, "FP64"), columns[name][part]) for name in names]
    answer = _asked(base + "/infer", {"inputs": tensors}, seconds)
    outputs = answer.get("outputs")
    data = outputs[0].get("data") if isinstance(outputs, list) and outputs and isinstance(outputs[0], dict) else None
    rows = len(columns[names[0]][part])
    flat = np.ravel(np.asarray(data, dtype=object)) if isinstance(data, list) else np.empty(0, dtype=object)
    if len(flat) != rows or not all(isinstance(v, (int, float)) and math.isfinite(v) for v in flat):
        raise ModelError(
            f"The server at {base} gave {len(flat):,} usable numbers for {rows:,} rows; one a row is needed."
        )
    return flat.astype(np.float64)


def _tensor(name: str, kind: str, values: npt.NDArray[Any]) -> dict[str, Any]:
    if values.dtype == object:
        data: list[Any] = ["" if value is None else str(value) for value in values]
        return {"name": name, "datatype": "BYTES", "shape": [len(data), 1], "data": data}
    missing = int(np.isnan(values).sum())
    if missing:
        raise ModelError(f"{missing:,} values of {name!r} are missing, and JSON has no number for that.")
    data = [int(v) for v in values] if kind.startswith(("INT", "UINT")) else [float(v) for v in values]
    return {"name": name, "datatype": kind, "shape": [len(data), 1], "data": data}


def _asked(url: str, body: dict[str, Any] | None, seconds: float) -> dict[str, Any]:
    try:
        httpx = import_module("httpx")
    except ImportError as missing:
        raise MissingExtra.needs("Scoring through an endpoint", "models") from missing
    try:
        with (
            httpx.Client(follow_redirects=False, timeout=seconds, trust_env=False) as client,
            client.stream("GET" if body is None else "POST", url, json=body) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise ModelError(f"The server at {url} answered {response.status_code}; 200 was needed.")
            answer = json.loads(_bounded(response, url))
    except httpx.HTTPError as error:
        raise ModelError(f"The server at {url} could not be asked: {type(error).__name__}.") from error
    except ValueError as error:
        raise ModelError(f"The server at {url} did not answer with JSON.") from error
    if not isinstance(answer, dict):
        raise ModelError(f"The server at {url} answered with something other than an object.")
    return answer


def _bounded(response: Any, url: str) -> bytes:
    found = bytearray()
    for chunk in response.iter_bytes():
        found += chunk
        if len(found) > MOST_ANSWER:
            raise ModelError(f"The server at {url} answered with more than {MOST_ANSWER >> 20} MiB.")
    return bytes(found)
