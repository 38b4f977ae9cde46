"""Passes: signed statements that stand on their own, as files; whoever holds the public key can check one offline."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from secondline.core.canonical import canonical
from secondline.core.errors import LedgerError
from secondline.ledger.keys import SigningKey, signed_by

Format = Literal["secondline-pass-1", "secondline-revocations-1"]
MOST_BYTES = 4_000_000
PARTS = {"format", "key", "payload", "signature"}


class NotGenuine(LedgerError):
    """A signed statement is not what was signed, not of this kind, or not by this key."""


def sealed(payload: Mapping[str, Any], key: SigningKey, kind: Format) -> dict[str, Any]:
    """Return the envelope: the payload, the signature over kind and payload, and the key that made it."""
    return {"format": kind, "key": key.public, "payload": dict(payload), "signature": key.sign(_said(payload, kind))}


def _said(payload: Any, kind: str) -> bytes:
    return f"{kind}\n{canonical(payload)}".encode()


def as_file(envelope: Mapping[str, Any]) -> bytes:
    """Return the one form of an envelope as a file: canonical JSON and a line end."""
    return canonical(envelope).encode() + b"\n"


def opened(content: bytes | Mapping[str, Any], public: str, kind: Format) -> dict[str, Any]:
    """Return the payload of an envelope, from a file's bytes or a record, having checked every byte of it.

    Raises:
        NotGenuine: it is not byte for byte as it was signed, is another kind of statement, or another key signed it.
    """
    envelope = dict(content) if isinstance(content, Mapping) else _read(content)
    if set(envelope) != PARTS or envelope["format"] != kind or not isinstance(envelope["payload"], dict):
        raise NotGenuine(f"This is no {kind}.")
    if envelope["key"] != public:
        raise NotGenuine(f"It names the key {str(envelope['key'])[:16]}, not the trusted key {public[:16]}.")
    try:
        said = _said(envelope["payload"], kind)
    except (ValueError, UnicodeEncodeError) as error:
        raise NotGenuine("It holds values that no signed statement holds.") from error
    if not re.fullmatch(r"[0-9a-f]{128}", str(envelope["signature"])) or not signed_by(
        public, said, envelope["signature"]
    ):
        raise NotGenuine("The signature does not fit: something in it was altered, or another key signed it.")
    return dict(envelope["payload"])


def _read(content: bytes) -> dict[str, Any]:
    if len(content) > MOST_BYTES:
        raise NotGenuine(f"It is larger than {MOST_BYTES:,} bytes.")
    try:
        found = json.loads(content)
        exact = isinstance(found, dict) and as_file(found) == content
    except (ValueError, RecursionError) as error:
        raise NotGenuine("It is no JSON.") from error
    if not exact:
        raise NotGenuine("It is not byte for byte as it was issued.")
    return dict(found)
