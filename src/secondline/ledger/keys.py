"""Keys: the Ed25519 key by which the service signs, kept outside the database, readable by its owner only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from secondline.core.errors import LedgerError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FOLDER, SECRET, PUBLIC = "keys", "service.key", "service.pub"
BYTES = 32


@dataclass(frozen=True)
class SigningKey:
    """A private key; its seed never leaves this object."""

    _seed: bytes

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed)

    @property
    def public(self) -> str:
        """The public half, in hexadecimal."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, content: bytes) -> str:
        """Return the signature of *content*, in hexadecimal."""
        return self._key.sign(content).hex()

    def __repr__(self) -> str:
        return f"SigningKey(public={self.public!r})"


def service_key(folder: Path) -> SigningKey:
    """Return the service's key of a record folder, making one the first time.

    Raises:
        LedgerError: the key is readable by others, damaged, or cannot be kept.
    """
    path = folder / FOLDER / SECRET
    try:
        if not path.exists():
            _make(path)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise LedgerError(f"The key {str(path)!r} can be read by others, so nothing is signed with it: chmod 600.")
        return SigningKey(_seed(path))
    except OSError as error:
        raise LedgerError(f"The key {str(path)!r} cannot be used: {error.strerror or error}.") from error


def _make(path: Path) -> None:
    seed = os.urandom(BYTES)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{SECRET}.{os.getpid()}.{seed[:4].hex()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(seed.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # whole or not at all; when another process was first, theirs counts
        path.with_name(PUBLIC).write_text(SigningKey(seed).public + "\n", encoding="ascii")
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _seed(path: Path) -> bytes:
    try:
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        seed = b""
    if len(seed) != BYTES:
        raise LedgerError(f"The key {str(path)!r} is damaged: it should hold {BYTES} bytes in hexadecimal.")
    return seed


def public_key(folder: Path) -> str:
    """Return the service's public key of a record folder, or '' when it has none yet."""
    path = folder / FOLDER / SECRET
    return service_key(folder).public if path.exists() else ""


def signed_by(public: str, content: bytes, signature: str) -> bool:
    """Whether *signature* of *content* was made by the key whose public half is *public*; junk is simply not."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True
