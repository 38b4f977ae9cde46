"""Components: what the system is made of, by the bytes of its files, and which of them changed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from secondline.core.canonical import digest
from secondline.core.declared.genai import Component, GenAI
from secondline.core.errors import SpecError

BESIDE = frozenset({"judge", "human-step"})
"""Kinds of components that answers do not pass through: another judge needs other grades, not other answers."""


def content_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, or of the names and digests of all files in a folder, hidden ones not.

    Raises:
        SpecError: there is nothing, or it cannot be read.
    """
    try:
        if not path.is_dir():
            return sha256(path.read_bytes()).hexdigest()
        files = sorted(file for file in path.rglob("*") if file.is_file())
        names = {file.relative_to(path): file for file in files}
        shown = {name: file for name, file in names.items() if not any(part.startswith(".") for part in name.parts)}
        return digest({name.as_posix(): sha256(file.read_bytes()).hexdigest() for name, file in shown.items()})
    except OSError as error:
        raise SpecError(
            f"A component names {path.name!r}, which cannot be read: {error.strerror or error}. Give the path from "
            "assistant.yaml."
        ) from error


def digests(genai: GenAI, base: Path) -> dict[str, str]:
    """Return the digests of components' files, by kind and name, as `GenAI.config` takes them.

    Raises:
        SpecError: a file is missing, is not the one whose digest is declared, or two components share a name.
    """
    found: dict[str, str] = {}
    names: set[str] = set()
    for part in genai.components:
        if _name(part) in names:
            raise SpecError(f"Two components are called {_name(part)!r}. Give each a name of its own.")
        names.add(_name(part))
        if not part.file:
            continue
        content = content_of(base / part.file)
        if part.digest and part.digest != content:
            raise SpecError(
                f"The component {_name(part)!r} is not the one declared: the SHA-256 of {part.file!r} is "
                f"{content}, and {part.digest[:16]}... was declared. Restore it, or declare the new one."
            )
        found[_name(part)] = content
    return found


def config_of(genai: GenAI, base: Path) -> str:
    """Return the hash of the whole configuration."""
    return genai.config(digests(genai, base))


def asked_of(genai: GenAI, base: Path) -> str:
    """Return the hash of what answers pass through: all but judges and people. Kept answers are of one such hash."""
    kept = tuple(part for part in genai.components if part.kind not in BESIDE) or genai.components[:1]
    return genai.model_copy(update={"components": kept}).config(digests(genai, base))


def fingerprint(genai: GenAI, base: Path) -> dict[str, str]:
    """Return the digest of each part of the configuration, by ``kind/name``, and of the target as ``target``."""
    contents = digests(genai, base)
    parts = {
        _name(part): digest(part.model_dump(mode="json") | {"digest": part.digest or contents.get(_name(part), "")})
        for part in genai.components
    }
    return parts | {"target": digest(genai.target.model_dump(mode="json", exclude={"limits", "file", "key"}))}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return which parts differ between two fingerprints: ``added``, ``removed`` or ``changed``, by name."""
    said: dict[str, str] = {}
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            said[name] = "added"
        elif name not in after:
            said[name] = "removed"
        elif before[name] != after[name]:
            said[name] = "changed"
    return said


def system_of(genai: GenAI, base: Path) -> str:
    """Return the system's prompt: the target's text, or the file of the prompt component that it names."""
    named = next((c for c in genai.components if c.kind == "prompt" and c.file and c.name == genai.target.system), None)
    if named is None:
        return genai.target.system
    try:
        return (base / named.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"The prompt {named.name!r} cannot be read from {named.file!r}: {error}.") from error


def _name(part: Component) -> str:
    return f"{part.kind}/{part.name}"
