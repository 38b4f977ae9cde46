"""Canonical JSON and content digests: one value, one text, one hash."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any


def canonical(value: Any) -> str:
    """Return *value* as canonical JSON: sorted keys, no spaces, UTF-8, no NaN or infinity (ValueError)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of *value*, in hexadecimal."""
    return sha256(canonical(value).encode()).hexdigest()


def digest_bytes(content: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return sha256(content).hexdigest()
