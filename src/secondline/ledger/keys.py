"""Keys: Ed25519 keys in files outside the database. One signs for the service; each person may have their own."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from secondline.core.errors import LedgerError, SpecError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAME = "secondline"
ALGORITHM = b"\x01"  # Ed25519, in the format of signed notes
OTHERS = 0o077
PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,79}")


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that signs."""

    public: str
    """The public key, in hexadecimal."""
    key: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """Return the signature of *message*."""
        return self.key.sign(message)


def make_key(file: Path) -> Signer:
    """Write a new private key that only this user may read.

    Raises:
        SpecError: there is a file of that name.
        LedgerError: the folder cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError as error:
        raise SpecError(f"There is a key in {str(file)!r} already; it is not overwritten.") from error
    except OSError as error:
        raise LedgerError(f"The key cannot be written to {str(file)!r}: {error.strerror}.") from error
    return read_key(file)


def read_key(file: Path) -> Signer:
    """Read a private key.

    Raises:
        LedgerError: others may read the file, it cannot be read, or it holds no Ed25519 key.
    """
    try:
        mode, modified = file.stat().st_mode, file.stat().st_mtime_ns
        if mode & OTHERS:
            raise LedgerError(
                f"The key {str(file)!r} can be read by others (mode {mode & 0o777:04o}), so nothing is signed with it. "
                f"Take their access away (chmod 600) and consider a new key."
            )
        return _read(file, modified)
    except OSError as error:
        raise LedgerError(f"The key {str(file)!r} cannot be read: {error.strerror}.") from error


@cache
def _read(file: Path, _modified: int) -> Signer:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerError(f"The file {str(file)!r} holds no Ed25519 key.")
    return Signer(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(), key)


def own_file(person: str) -> Path:
    """Return where a person's own key lies: in their configuration folder.

    Raises:
        SpecError: no file can have that name.
    """
    if not PERSON.fullmatch(person):
        raise SpecError(f"{person!r} cannot be the name of a key; use letters, digits, dots, dashes.")
    home = os.environ.get("SECONDLINE_CONFIG") or os.environ.get("XDG_CONFIG_HOME")
    folder = Path(home) if home else Path.home() / ".config"
    return folder / "secondline" / "keys" / f"{person}.key"


def own_key(person: str) -> Signer | None:
    """Return a person's own key, if it is on this machine."""
    if not PERSON.fullmatch(person):
        return None
    file = own_file(person)
    return read_key(file) if file.exists() else None


class Keys:
    """The keys of the service: the private one in use, and the public ones of all that ever were."""

    def __init__(self, folder: Path) -> None:
        """Keep them in *folder*."""
        self.folder = folder

    @classmethod
    def of(cls, folder: Path) -> Keys:
        """Return the keys of a record folder: in its ``keys``, or where SECONDLINE_KEYS says."""
        return cls(Path(os.environ.get("SECONDLINE_KEYS") or folder / "keys"))

    @property
    def private(self) -> Path:
        """The file of the private key."""
        return self.folder / "service.key"

    @property
    def public(self) -> Path:
        """The file of public keys, one line each, the newest last."""
        return self.folder / "service.pub"

    def signer(self) -> Signer:
        """Return the key in use, making one when there is none.

        Raises:
            LedgerError: it cannot be read, or others can.
        """
        return read_key(self.private) if self.private.exists() else self._make()

    def _make(self) -> Signer:
        made = make_key(self.private)
        with self.public.open("a", encoding="utf-8") as lines:
            lines.write(key_line(made.public) + "\n")
        return made

    def rotate(self) -> Signer:
        """Put a new key in use; the old private key is removed, its public key stays known."""
        self.signer()
        self.private.unlink()
        return self._make()

    def known(self) -> tuple[str, ...]:
        """Return the lines of all public keys."""
        return tuple(self.public.read_text(encoding="utf-8").split()) if self.public.exists() else ()

    def note(self, text: str) -> str:
        """Return *text* as a signed note."""
        signer = self.signer()
        signature = base64.b64encode(_key_id(signer.public) + signer.sign(text.encode())).decode()
        return f"{text}\n\u2014 {NAME} {signature}\n"


def _key_id(public: str) -> bytes:
    return sha256(NAME.encode() + b"\n" + ALGORITHM + bytes.fromhex(public)).digest()[:4]


def key_line(public: str) -> str:
    """Return a public key as one line: name, short id and key, as verifiers of signed notes read them."""
    return f"{NAME}+{_key_id(public).hex()}+{base64.b64encode(ALGORITHM + bytes.fromhex(public)).decode()}"
