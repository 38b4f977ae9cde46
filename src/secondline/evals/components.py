"""Components: what the system is made of, by the bytes of its files, and which of them changed."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from secondline.core.canonical import digest
from secondline.core.declared.configuration import configuration
from secondline.core.declared.genai import Component, GenAI, Judge, Target
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
    """Return the hash of the whole configuration: the digest of the digests of its parts."""
    return configuration(fingerprint(genai, base))


def asked_of(genai: GenAI, base: Path) -> str:
    """Return the hash of what answers pass through: all but judges and people. Kept answers are of one such hash."""
    kept = tuple(part for part in genai.components if part.kind not in BESIDE) or genai.components[:1]
    return genai.model_copy(update={"components": kept}).config(digests(genai, base))


def fingerprint(genai: GenAI, base: Path) -> dict[str, str]:
    """Return the digest of each part of the configuration, by ``kind/name``.

    Parts are the components; the judges with their rubrics; and what the target says: its model (``model/target``), a
    prompt that is no component (``prompt/target``), its decoding, and all else as ``target``.

    Raises:
        SpecError: a file or a rubric is missing or wrong, or two components share a name.
    """
    contents = digests(genai, base)
    stated: dict[str, list[Any]] = {}
    for part in genai.components:
        held = part.model_dump(mode="json") | {"digest": part.digest or contents.get(_name(part), "")}
        stated.setdefault(_name(part), []).append(held)
    for name, more in (*_of_target(genai), *_of_judges(genai, base)):
        stated.setdefault(name, []).append(more)
    stated["target"] = [_asking(genai.target, base)]
    return {name: digest(held[0] if len(held) == 1 else held) for name, held in stated.items()}


def _of_target(genai: GenAI) -> Iterator[tuple[str, Any]]:
    target = genai.target
    named = {part.name for part in genai.components if part.kind == "prompt" and part.file}
    if target.model:
        yield "model/target", target.model
    if target.system and target.system not in named:
        yield "prompt/target", target.system
    if target.decoding:
        yield "decoding/target", target.decoding


def _of_judges(genai: GenAI, base: Path) -> Iterator[tuple[str, Any]]:
    for name, judge in genai.judges.items():
        yield f"judge/{name}", _identity(judge, base)


def _identity(judge: Judge, base: Path) -> list[Any]:
    """Return what makes a judge another judge: its rubric by content, how it is asked, the family of its model."""
    from secondline.evals.judging.rubrics import rubric

    target = judge.target
    asked = [target.model, target.system, target.decoding, _asking(target, base)]
    return [rubric(base / judge.rubric).digest, judge.family, asked]


def _asking(target: Target, base: Path) -> dict[str, Any]:
    """Return how a target is asked: no limits, keys or transcripts, and of a function the bytes of its file."""
    told = target.model_dump(mode="json", exclude={"limits", "file", "key", "model", "system", "decoding"})
    code = code_of(target, base)
    return told | ({"code": code} if code else {})


def code_of(target: Target, base: Path) -> str:
    """Return the SHA-256 of the file in which a target's function stands; empty where it is no function of a file."""
    file = target.function.rpartition(":")[0]
    return content_of(base / file) if file and (base / file).is_file() else ""


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
