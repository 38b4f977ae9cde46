"""The wire between a model's process and ours: a line of JSON, then that many bytes. Nothing else is understood."""

from __future__ import annotations

import json
from typing import IO, Any

MOST_HEADER = 1 << 20


def send(stream: IO[bytes], head: dict[str, Any], body: bytes = b"") -> None:
    """Write one message."""
    stream.write(json.dumps(head | {"size": len(body)}).encode() + b"\n")
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes], most: int) -> tuple[dict[str, Any], bytes]:
    """Read one message whose body is at most *most* bytes.

    Raises:
        EOFError: the other side is gone.
        ValueError: what came is not a message.
    """
    line = stream.readline(MOST_HEADER)
    if not line:
        raise EOFError
    head = json.loads(line)
    size = head["size"] if isinstance(head, dict) else -1
    if not isinstance(size, int) or not 0 <= size <= most:
        raise ValueError("the message has no believable size")
    body = stream.read(size)
    if len(body) < size:
        raise EOFError
    return head, body
