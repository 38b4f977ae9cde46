"""Answers kept while a run is under way, so that an interrupted run resumes from its finished queries."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from secondline.core.canonical import digest

if TYPE_CHECKING:
    import pyarrow as pa


class Answers:
    """A folder of query answers, each an Arrow file under a name that depends on the query and the exact source files.

    Files appear by rename, so a killed run leaves whole answers or none. A source whose content cannot be told from
    outside (a database, an object in memory) is never resumed.
    """

    def __init__(self, folder: Path | None) -> None:
        """Keep answers under *folder*, or keep none."""
        self.folder = folder

    def path(self, identity: str, sql: str) -> Path | None:
        """Return where the answer to *sql* over the source *identity* is kept, or None when it is not kept."""
        if self.folder is None or not identity:
            return None
        return self.folder / f"{digest([identity, sql])[:32]}.arrow"

    def read(self, path: Path | None) -> pa.Table | None:
        """Return a kept answer; a damaged one counts as absent."""
        if path is None or not path.exists():
            return None
        import pyarrow as pa

        try:
            with pa.ipc.open_file(path.read_bytes()) as reader:
                return reader.read_all()
        except pa.ArrowInvalid:
            return None

    def write(self, path: Path | None, answer: pa.Table) -> None:
        """Keep *answer* under *path*, whole or not at all."""
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_bytes(to_bytes(answer))
        partial.replace(path)

    def clear(self) -> None:
        """Remove all kept answers: the run is finished and its records are sealed elsewhere."""
        if self.folder is None or not self.folder.exists():
            return
        for file in self.folder.iterdir():
            file.unlink()
        self.folder.rmdir()


def to_bytes(answer: pa.Table) -> bytes:
    """Return an answer as one compressed Arrow file."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(sink, answer.schema, options=options) as writer:
        writer.write_table(answer)
    return bytes(sink.getvalue().to_pybytes())


def answer_digest(content: bytes) -> str:
    """Return the SHA-256 of an answer's bytes."""
    return sha256(content).hexdigest()
