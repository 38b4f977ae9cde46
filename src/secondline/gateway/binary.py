"""Binary: the binary tensor data extension of the Open Inference Protocol.

The body is JSON of ``Inference-Header-Content-Length`` bytes and then the raw tensors, little-endian, in the order of
the inputs that give ``binary_data_size``. BYTES elements are four bytes of length and then UTF-8.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from secondline.gateway.calls import BYTES, Reply, bad, encode
from secondline.gateway.tensors import EXACT, WIDTHS, Column, as_text, size, within

HEADER = b"inference-header-content-length"
FLOATS = {"FP16": "<f2", "FP32": "<f4", "FP64": "<f8", "BOOL": "|b1"}
WHOLE = {name: f"<{'u' if sign else 'i'}{bits // 8}" for name, (sign, bits) in WIDTHS.items()}
CODES = {**FLOATS, **WHOLE}
MOST_DIGITS = 12


def split(headers: dict[bytes, bytes], body: bytes) -> tuple[bytes, bytes]:
    """Return the JSON part and the raw part of a body.

    Raises:
        Turned: 400, the header does not say a length within the body.
    """
    said = headers.get(HEADER)
    if said is None:
        return body, b""
    if not said.isdigit() or len(said) > MOST_DIGITS or int(said) > len(body):
        raise bad("Inference-Header-Content-Length must be a number of bytes within the body.")
    return body[: int(said)], body[int(said) :]


class Raw:
    """The raw part of a body, taken from the front tensor by tensor."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def take(self, name: str, datatype: str, shape: list[int], length: object) -> Column:
        """Return the next tensor as a flat column.

        Raises:
            Turned: 400, it is shorter or longer than its datatype and shape say.
        """
        if isinstance(length, bool) or not isinstance(length, int) or length < 0:
            raise bad(f"Input {name[:100]!r}: binary_data_size must be a number of bytes.")
        part = self._body[self._at : self._at + length]
        if len(part) != length:
            raise bad(f"Input {name[:100]!r}: {length} bytes are promised, {len(part)} are there.")
        self._at += length
        expected = size(name, shape)
        if datatype == "BYTES":
            return _texts(name, part, expected)
        code = np.dtype(CODES[datatype])
        if length != expected * code.itemsize:
            raise bad(
                f"Input {name[:100]!r}: {datatype} {shape[:4]} takes {expected * code.itemsize} bytes, not {length}."
            )
        if datatype == "BOOL" and part.strip(b"\x00\x01"):
            raise bad(f"Input {name[:100]!r}: a BOOL is the byte 0 or 1.")
        return _numbers(name, datatype, np.frombuffer(part, code))

    def done(self) -> None:
        """Refuse bytes that no input claims.

        Raises:
            Turned: 400.
        """
        if self._at != len(self._body):
            raise bad(f"{len(self._body) - self._at} bytes after the JSON belong to no input.")


def _numbers(name: str, datatype: str, values: Column) -> Column:
    if datatype in {"INT64", "UINT64"} and values.size and (int(values.max()) > EXACT or int(values.min()) < -EXACT):
        raise bad(f"Input {name[:100]!r} holds an integer beyond 2^53, which is not exact.")
    return within(name, datatype, values.astype(np.float64))


def _texts(name: str, part: bytes, expected: int) -> Column:
    values: list[str] = []
    at = 0
    while at < len(part) and len(values) <= expected:
        if at + 4 > len(part):
            raise bad(f"Input {name[:100]!r}: a BYTES length is cut short.")
        (length,) = struct.unpack_from("<I", part, at)
        text = part[at + 4 : at + 4 + length]
        if len(text) != length:
            raise bad(f"Input {name[:100]!r}: a BYTES element is cut short.")
        try:
            values.append(text.decode())
        except UnicodeDecodeError as error:
            raise bad(f"Input {name[:100]!r}: a BYTES element is not UTF-8.") from error
        at += 4 + length
    if len(values) != expected:
        raise bad(f"Input {name[:100]!r}: the shape holds {expected} elements, not {len(values)}.")
    return as_text(name, values)


def packed(answer: dict[str, Any], wanted: set[str] | None, reply: Reply) -> Reply:
    """Return the reply with the outputs named in *wanted* (None: all) as raw bytes after the JSON."""
    parts: list[bytes] = []
    for output in answer["outputs"]:
        if wanted is None or output["name"] in wanted:
            part = _bytes(output["datatype"], output.pop("data"))
            output["parameters"] = {"binary_data_size": len(part)}
            parts.append(part)
    head = encode(answer)
    reply.body = b"".join([head, *parts])
    reply.media = BYTES
    reply.headers.append((b"inference-header-content-length", str(len(head)).encode()))
    return reply


def _bytes(datatype: str, values: list[Any]) -> bytes:
    if datatype == "BYTES":
        texts = [str(value).encode() for value in values]
        return b"".join(struct.pack("<I", len(text)) + text for text in texts)
    return np.array(values, dtype=np.float64).astype(CODES[datatype]).tobytes()
