"""The safetensors format: a length, a JSON header and numbers. Read here in full, because its header may lie.

Layout: 8 bytes (little-endian length of the header), the header ``{name: {dtype, shape, data_offsets}}``, the data.
Source: the format's own specification (Hugging Face, safetensors).
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.errors import ModelError

MOST_HEADER = 10 << 20
KINDS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4}
"""Bytes a number takes."""
_WIDER = np.dtype("<u4")


def read(content: bytes) -> dict[str, npt.NDArray[np.float64]]:
    """Return every tensor of a file as 64-bit numbers.

    Raises:
        ModelError: the header is not what the format asks for, or the data do not fit it to the last byte.
    """
    start, header = _header(content)
    header.pop("__metadata__", None)
    spans = sorted((_span(name, entry, len(content) - start), name) for name, entry in header.items())
    end = 0
    for (low, high), name in spans:
        if low != end:
            raise ModelError(f"the data of tensor {name!r} begin at byte {low}, and the tensor before it ends at {end}")
        end = high
    if end != len(content) - start:
        raise ModelError(f"{len(content) - start - end} bytes at the end of the file belong to no tensor")
    return {name: _tensor(content[start + low : start + high], header[name]) for (low, high), name in spans}


def _header(content: bytes) -> tuple[int, dict[str, Any]]:
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or not 2 <= size <= min(MOST_HEADER, len(content) - 8):  # noqa: PLR2004 - a length of 8 bytes
        raise ModelError(
            f"its header claims {size:,} bytes; the file has {len(content):,}, and at most {MOST_HEADER:,} are read"
        )
    try:
        header = json.loads(content[8 : 8 + size], object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"its header is not JSON as the format asks: {str(error)[:120]}") from error
    if not isinstance(header, dict):
        raise ModelError("its header is not an object of tensors")
    return 8 + size, header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _span(name: str, entry: Any, size: int) -> tuple[int, int]:
    """Return where a tensor lies, once its kind, its shape and its place agree."""
    known = isinstance(entry, dict) and set(entry) == {"dtype", "shape", "data_offsets"}
    if not known or entry["dtype"] not in KINDS:
        raise ModelError(f"tensor {name!r} needs one of the types {', '.join(KINDS)}, a shape and a place")
    shape, place = entry["shape"], entry["data_offsets"]
    if not (_counts(shape) and _counts(place) and len(place) == 2):  # noqa: PLR2004 - from and to
        raise ModelError(f"the shape {str(shape)[:60]} or the place {str(place)[:60]} of tensor {name!r} is no count")
    low, high = place
    if not low <= high <= size or high - low != math.prod(shape) * KINDS[entry["dtype"]]:
        raise ModelError(
            f"tensor {name!r} of shape {shape} and type {entry['dtype']} cannot lie at bytes {low} to {high}"
        )
    return low, high


def _counts(values: Any) -> bool:
    return isinstance(values, list) and len(values) <= 8 and all(type(v) is int and 0 <= v < 1 << 48 for v in values)  # noqa: PLR2004


def _tensor(data: bytes, entry: dict[str, Any]) -> npt.NDArray[np.float64]:
    kind = entry["dtype"]
    if kind == "BF16":  # the upper half of a 32-bit float
        found = (np.frombuffer(data, dtype="<u2").astype(_WIDER) << 16).view("<f4")
    else:
        found = np.frombuffer(data, dtype=f"<{kind[0].lower()}{KINDS[kind]}")
    return found.astype(np.float64).reshape(entry["shape"])
