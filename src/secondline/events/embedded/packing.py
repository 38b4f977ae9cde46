"""Packing: a run of events as one row, sealed so that a torn, altered or moved row is noticed.

A row's body is the length of each event (32-bit, little-endian) followed by the events. Its seal is the SHA-256 of
where the row stands and of the body. A seal finds accidents and careless edits; somebody who can write the file can
also write a new seal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import accumulate, pairwise
from struct import Struct, error, unpack_from
from struct import pack as packed

EVENTS, BYTES = 2000, 4 << 20
_PLACE = Struct("<qqqq")


def pack(payloads: Sequence[bytes]) -> bytes:
    """Return the body that holds *payloads*."""
    return packed(f"<{len(payloads)}I", *map(len, payloads)) + b"".join(payloads)


def unpack(body: bytes, count: int) -> list[bytes]:
    """Return the payloads of a body.

    Raises:
        ValueError: the body does not hold *count* events.
    """
    try:
        sizes = unpack_from(f"<{count}I", body)
    except error as short:
        raise ValueError(str(short)) from None
    ends = list(accumulate(sizes, initial=4 * count))
    if ends[-1] != len(body):
        raise ValueError("the lengths do not add up")
    return [body[start:end] for start, end in pairwise(ends)]


def seal(topic: str, partition: int, first: int, next: int, at: int, body: bytes) -> bytes:  # noqa: A002 - as in Batch
    """Return the seal of a row."""
    digest = sha256(topic.encode())
    digest.update(_PLACE.pack(partition, first, next, at))
    digest.update(body)
    return digest.digest()


def runs(payloads: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Cut payloads into runs that one row holds, so that a reader never has to hold more than a row at a time."""
    start = size = 0
    for i, payload in enumerate(payloads):
        if i > start and (i - start == EVENTS or size + len(payload) > BYTES):
            yield payloads[start:i]
            start, size = i, 0
        size += len(payload)
    if start < len(payloads):
        yield payloads[start:]
