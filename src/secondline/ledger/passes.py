"""Passes: signed statements that stand on their own, as files; whoever holds the public key can check one offline."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from secondline.core.canonical import canonical
from secondline.core.errors import LedgerError, SpecError
from secondline.ledger.keys import Keys, Signer

Format = Literal["secondline-pass-1", "secondline-revocations-1"]
MOST_BYTES = 4_000_000
KEY_BYTES = 32
PARTS = {"format", "key", "payload", "signature"}


class NotGenuine(LedgerError):
    """A signed statement is not what was signed, not of this kind, or not by this key."""


def sealed(payload: Mapping[str, Any], key: Signer, kind: Format) -> dict[str, Any]:
    """Return the envelope: the payload, the signature over kind and payload, and the key that made it."""
    signature = key.sign(_said(payload, kind)).hex()
    return {"format": kind, "key": key.public, "payload": dict(payload), "signature": signature}


def trusted_keys(keys: Keys) -> tuple[str, ...]:
    """Return the public keys of a ledger's service, in hexadecimal, the newest last; none before the first is made."""
    return tuple(key_of(line) for line in keys.known())


def key_of(text: str) -> str:
    """Return a public key, given in hexadecimal or as a line of ``service.pub``, in hexadecimal; '' if it is none."""
    found = text.strip()
    if re.fullmatch(r"[0-9a-f]{64}", found):
        return found
    try:
        raw = base64.b64decode([*found.split("+", 2), "", ""][2], validate=True)
    except ValueError:
        return ""
    return raw[1:].hex() if len(raw) == KEY_BYTES + 1 else ""


def read_keys(text: str) -> tuple[str, ...]:
    """Return public keys given in hexadecimal, as a line of ``service.pub``, or as a file that holds either.

    Raises:
        SpecError: it is none of these.
    """
    if found := key_of(text):
        return (found,)
    try:
        lines = Path(text).read_text(encoding="ascii").split()
    except (OSError, ValueError) as error:
        raise SpecError(f"{text!r} is neither a public key nor a file that holds one.") from error
    keys = tuple(key for key in map(key_of, lines) if key)
    if not keys:
        raise SpecError(f"{text!r} holds no public key; copy the ledger's service.pub.")
    return keys


def _signed_by(public: str, content: bytes, signature: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _said(payload: Any, kind: str) -> bytes:
    return f"{kind}\n{canonical(payload)}".encode()


def as_file(envelope: Mapping[str, Any]) -> bytes:
    """Return the one form of an envelope as a file: canonical JSON and a line end."""
    return canonical(envelope).encode() + b"\n"


def opened(content: bytes | Mapping[str, Any], trusted: Collection[str], kind: Format) -> dict[str, Any]:
    """Return the payload of an envelope, from a file's bytes or a record, having checked every byte of it.

    Raises:
        NotGenuine: it is not byte for byte as it was signed, is another kind of statement, or another key signed it.
    """
    envelope = dict(content) if isinstance(content, Mapping) else _read(content)
    if set(envelope) != PARTS or envelope["format"] != kind or not isinstance(envelope["payload"], dict):
        raise NotGenuine(f"This is no {kind}.")
    if envelope["key"] not in trusted:
        known = ", ".join(key[:16] for key in trusted) or "none"
        raise NotGenuine(f"It names the key {str(envelope['key'])[:16]}; trusted is {known}.")
    try:
        said = _said(envelope["payload"], kind)
    except (ValueError, UnicodeEncodeError) as error:
        raise NotGenuine("It holds values that no signed statement holds.") from error
    if not re.fullmatch(r"[0-9a-f]{128}", str(envelope["signature"])) or not _signed_by(
        str(envelope["key"]), said, envelope["signature"]
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
