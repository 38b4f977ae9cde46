"""Objects: content-addressed files, written whole or not at all and checked whenever they are read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from secondline.core.errors import LedgerError


class Objects:
    """A folder of files named by the SHA-256 of their bytes: ``ab/cdef...``."""

    def __init__(self, folder: Path) -> None:
        """Keep objects under *folder*."""
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Return where the object with this digest lies."""
        return self.folder / digest[:2] / digest[2:]

    def put(self, content: bytes) -> str:
        """Store *content* and return its digest; storing it again changes nothing.

        Raises:
            LedgerError: the folder cannot be written, or the disk is full.
        """
        digest = sha256(content).hexdigest()
        target = self.path(digest)
        if target.exists():
            return digest
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise LedgerError(f"Cannot keep a record in {str(self.folder)!r}: {error.strerror or error}.") from error
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes of an object.

        Raises:
            LedgerError: it is missing, or its bytes no longer match its name.
        """
        try:
            content = self.path(digest).read_bytes()
        except OSError as error:
            raise LedgerError(f"The record {digest[:12]} is missing from {str(self.folder)!r}.") from error
        if sha256(content).hexdigest() != digest:
            raise LedgerError(f"The record {digest[:12]} was altered after it was sealed. Run `secondline verify`.")
        return content

    def __iter__(self) -> Iterator[str]:
        """Yield the digests of all stored objects, in order."""
        for file in sorted(self.folder.glob("??/*")):
            if not file.name.startswith("."):
                yield file.parent.name + file.name
