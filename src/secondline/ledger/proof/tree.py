"""The tree: RFC 6962 over the seals, and the signed notes that state its root."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple


def leaf(seal: str) -> bytes:
    """Return the hash of a leaf: the event's seal as 32 bytes."""
    return sha256(b"\x00" + bytes.fromhex(seal)).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Edge:
    """The right edge of a growing tree: the roots of its full subtrees, largest first."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        """Go on from *size* leaves."""
        self.size, self.roots = size, list(roots)

    def push(self, hashed: bytes) -> None:
        """Add a leaf."""
        size, roots = self.size, self.roots
        while size & 1:
            hashed = sha256(b"\x01" + roots.pop() + hashed).digest()
            size >>= 1
        roots.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        if not self.roots:
            return sha256(b"").digest()
        found = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            found = node(left, found)
        return found


class Note(NamedTuple):
    """A signed checkpoint: origin, size, root and time, and its signatures as (name, key id and signature)."""

    text: str
    size: int
    root: str
    signatures: tuple[tuple[str, bytes], ...]


def read_note(note: str) -> Note:
    """Read a checkpoint in the format of signed notes.

    Raises:
        ValueError: it is none.
    """
    text, _, signed = note.partition("\n\n")
    lines = text.split("\n")
    found = [line.split(" ") for line in signed.splitlines()]
    if len(lines) < 3 or not found or any(len(f) != 3 or f[0] != "\u2014" for f in found):  # noqa: PLR2004 - three lines, three words
        raise ValueError("not a signed checkpoint")
    signatures = tuple((name, base64.b64decode(given, validate=True)) for _, name, given in found)
    return Note(text + "\n", int(lines[1]), base64.b64decode(lines[2], validate=True).hex(), signatures)


def signed_by(note: Note, keys: Iterable[str]) -> bool:
    """Whether one of *keys* (lines NAME+ID+BASE64) signed the note."""
    for key in keys:
        name, id_, given = key.split("+", 2)
        public = base64.b64decode(given)[1:].hex()
        for signer, signature in note.signatures:
            if signer == name and signature[:4].hex() == id_ and true(public, signature[4:], note.text.encode()):
                return True
    return False


def true(public: str, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is true."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
