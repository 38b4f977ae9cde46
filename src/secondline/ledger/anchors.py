"""Anchors: checkpoints noted where the ledger's keeper cannot write: a file elsewhere, an RFC 3161 time stamp."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from secondline.core.errors import LedgerError, MissingExtra, SpecError
from secondline.ledger.proof.tree import read_note


def request(folder: Path, note: str, to: Path) -> Path:
    """Write a request for a time stamp over a checkpoint to *to*, and keep the checkpoint beside the ledger."""
    library = _library()
    place = _folder(folder) / f"{read_note(note).size}.note"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(note, encoding="utf-8")
    built = library.TimestampRequestBuilder().data(note.encode()).build()
    to.write_bytes(built.as_bytes())
    return place


def keep(folder: Path, answer: bytes, roots: Path) -> str:
    """File an authority's answer beside the checkpoint it is about; returns the time it states.

    Raises:
        SpecError: it is no answer, no checkpoint here fits it, or the certificates do not vouch for it.
    """
    for note in sorted(_folder(folder).glob("*.note")):
        at = _stated(answer, note.read_bytes(), roots)
        if at:
            note.with_suffix(".tsr").write_bytes(answer)
            return at
    raise SpecError("This answer fits no checkpoint that was requested here, or its signature does not hold.")


def check(folder: Path, roots: Path) -> list[tuple[int, str]]:
    """Return each time-stamped checkpoint's size and time; the time is empty where the stamp does not hold."""
    stamps = sorted(_folder(folder).glob("*.tsr"), key=lambda file: int(file.stem))
    notes = [(int(s.stem), s, s.with_suffix(".note")) for s in stamps]
    return [(size, _stated(s.read_bytes(), n.read_bytes() if n.exists() else b"", roots)) for size, s, n in notes]


def timestamped(folder: Path) -> tuple[dict[str, Any], ...]:
    """Return the time-stamped checkpoints as anchors for the walk along the chain."""
    found = [file.with_suffix(".note") for file in sorted(_folder(folder).glob("*.tsr"))]
    texts = [file.read_text(encoding="utf-8") for file in found if file.exists()]
    return tuple({"size": read_note(text).size, "note": text, "at": "its time stamp"} for text in texts)


def _folder(folder: Path) -> Path:
    return folder / "anchors"


def _stated(answer: bytes, message: bytes, roots: Path) -> str:
    """Return the time a stamp states for *message*, or '' where it does not hold."""
    from cryptography.x509 import load_pem_x509_certificates

    library = _library()
    try:
        response = library.decode_timestamp_response(answer)
        builder = library.VerifierBuilder()
        for certificate in load_pem_x509_certificates(roots.read_bytes()):
            builder = builder.add_root_certificate(certificate)
        builder.build().verify_message(response, message)
    except (ValueError, library.VerificationError):
        return ""
    return str(response.tst_info.gen_time.isoformat())


def _library() -> Any:
    try:
        import rfc3161_client
    except ModuleNotFoundError as error:
        raise MissingExtra.needs("A time stamp", "timestamp") from error
    return rfc3161_client


def anchor(note: str, seal: str, at: str, to: Path) -> None:
    """Add a checkpoint to a file of anchors kept elsewhere; lines there are never changed.

    Raises:
        LedgerError: the file cannot be written.
    """
    line = json.dumps({"size": read_note(note).size, "seal": seal, "at": at, "note": note}, ensure_ascii=False)
    try:
        with to.open("a", encoding="utf-8") as lines:
            lines.write(line + "\n")
    except OSError as error:
        raise LedgerError(f"The anchor cannot be written to {str(to)!r}: {error.strerror}.") from error
