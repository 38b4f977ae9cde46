"""Opening: from the artefact that model.yaml names to a Model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secondline.core.canonical import digest_bytes
from secondline.core.errors import ModelError, SpecError
from secondline.core.spec import Artefact
from secondline.models import formats
from secondline.models.endpoint import endpoint
from secondline.models.model import Model

MOST_BYTES = 2 << 30
MOST_TEXT = 512 << 10
"""Bytes of an architecture; it travels in the head of a message, which is bounded."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An artefact's bytes, its format and what it is opened with: plain data, which may travel to another machine."""

    name: str
    format: str
    content: bytes
    options: dict[str, Any]


def open_artefact(artefact: Artefact, base: Path, *, threads: int | None = None) -> Model:
    """Open an artefact, in a process that runs *threads* threads (None: as many as its library likes).

    Raises:
        ModelError: it is refused (pickles), cannot be read or parsed, or is not the file its digest names.
    """
    if _served(artefact):
        return endpoint(artefact.path, artefact.features)
    return unseal(seal(artefact, base), threads=threads)


def unseal(sealed: Sealed, *, threads: int | None = None) -> Model:
    """Open an artefact that was read before.

    Raises:
        ModelError: it cannot be parsed.
    """
    from secondline.models.sandbox import opened

    return opened(sealed.name, sealed.format, sealed.content, sealed.options, threads=threads)


def seal(artefact: Artefact, base: Path) -> Sealed:
    """Read an artefact's file and what belongs to it, and parse nothing.

    Raises:
        ModelError: it is refused (pickles), cannot be read, or is not the file its digest names; or it is an endpoint.
    """
    if _served(artefact):
        raise ModelError(f"{artefact.path} is a served model, which has no bytes to send anywhere.")
    path = base / artefact.path
    content = _read(path)
    found = digest_bytes(content)
    if artefact.digest and artefact.digest.removeprefix("sha256:") != found:
        raise ModelError(
            f"Artefact {artefact.path!r} is not the file model.yaml names: its SHA-256 is {found[:16]}..., and "
            f"{artefact.digest.removeprefix('sha256:')[:16]}... was declared."
        )
    return beside(artefact, base, content)


def beside(artefact: Artefact, base: Path, content: bytes) -> Sealed:
    """Join bytes that were read before to what model.yaml says of them and to the files beside it; parse nothing.

    Raises:
        ModelError: they are, or may hide, a pickle; or their format is not known.
    """
    kind = formats.recognise(Path(artefact.path).name, content[:200_000], artefact.format)
    options: dict[str, Any] = {"features": artefact.features, "trusted": artefact.trusted}
    options["calibration"] = _line(artefact, base)
    options["architecture"] = _architecture(artefact, base)
    return Sealed(artefact.path, kind, content, options)


def _served(artefact: Artefact) -> bool:
    return artefact.path.startswith(("http://", "https://"))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelError(f"Artefact {path.name!r} is larger than {MOST_BYTES >> 30} GiB.")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"Artefact {str(path)!r} cannot be read: {error.strerror}. Mend `artefact:` in model.yaml, or set "
            "`artefact: {path: ..., open: false}` to name it without opening it."
        ) from error


def _architecture(artefact: Artefact, base: Path) -> str | None:
    """Return the text of the architecture; only the worker reads what it says."""
    if artefact.architecture is None:
        return None
    path = base / artefact.architecture
    try:
        if path.stat().st_size > MOST_TEXT:
            raise SpecError(f"`artefact: architecture:` {path.name!r} is larger than {MOST_TEXT >> 10} KiB.")
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SpecError(
            f"`artefact: architecture:` names {artefact.architecture!r}, which cannot be read: {error}"
        ) from error


def _line(artefact: Artefact, base: Path) -> dict[str, float] | None:
    line = artefact.calibration
    if not isinstance(line, str):
        return None if line is None else {"intercept": line.intercept, "slope": line.slope}
    try:
        content = json.loads((base / line).read_text(encoding="utf-8"))
        return {"intercept": float(content["intercept"]), "slope": float(content["slope"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SpecError(
            f"`artefact: calibration:` names {line!r}, which holds no intercept and slope: {error}"
        ) from error
