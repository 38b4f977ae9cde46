"""Suites of cases as files: read with every mistake named, kept by content, never changed in place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secondline.core.canonical import canonical, digest
from secondline.core.errors import DataError
from secondline.evals.nouns import Case
from secondline.evals.text.words import plain
from secondline.policy.documents import load, typed

MOST_BYTES = 200_000_000
SHOWN = 6


@dataclass(frozen=True, slots=True)
class CaseSet:
    """The cases of a suite, in order. ``twice`` are names of cases that ask the same with the same context."""

    name: str
    cases: tuple[Case, ...]
    twice: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of its cases, whatever their order and names."""
        return digest(sorted(case.digest for case in self.cases))


def read(path: Path, suite: str = "") -> CaseSet:
    """Read a suite from JSON lines (one case a line), or from YAML: a list of cases, or ``defaults`` and ``cases``.

    ``question`` may stand for one user's turn. Cases that ask the same are told, not refused: their answers are not
    independent, so they belong into one cluster.

    Raises:
        DataError: the file cannot be read, is empty, or two cases have the same name.
        SpecError: a case is not one; every problem is named with its place.
    """
    found = list(_yaml(path) if path.suffix.lower() in {".yaml", ".yml"} else _lines(path))
    if not found:
        raise DataError(f"{path.name} holds no case.")
    return case_set(suite or path.stem, found, path.name)


def case_set(suite: str, cases: Iterable[Case], origin: str = "The suite") -> CaseSet:
    """Make a suite of cases: each takes its name where it names no other.

    Raises:
        DataError: two cases have the same name.
    """
    named = tuple(case if case.suite else case.model_copy(update={"suite": suite}) for case in cases)
    seen: dict[str, Case] = {}
    for case in named:
        if case.name in seen:
            same = "twice" if seen[case.name].digest == case.digest else "for two different cases"
            raise DataError(f"{origin} has the name {case.name!r} {same}. Give each case an id of its own.")
        seen[case.name] = case
    return CaseSet(suite, named, tuple(duplicates(named)))


def duplicates(cases: Sequence[Case]) -> Iterator[tuple[str, str]]:
    """Yield (first, later) names of cases with the same turns and context, but for case and spaces."""
    first: dict[str, str] = {}
    for case in cases:
        key = digest([[[t.role, plain(t.content)] for t in case.turns], [plain(c.text) for c in case.context]])
        if key in first:
            yield first[key], case.name
        first.setdefault(key, case.name)


def _yaml(path: Path) -> Iterator[Case]:
    content, _ = load(path)
    if isinstance(content, Mapping):
        if unknown := sorted(set(content) - {"suite", "defaults", "cases"}):
            raise DataError(f"{path.name} has the key {unknown[0]!r}; a suite has `suite`, `defaults` and `cases`.")
        defaults, listed = content.get("defaults") or {}, content.get("cases") or []
        defaults = {"suite": content["suite"], **defaults} if content.get("suite") else defaults
    else:
        defaults, listed = {}, content
    if not isinstance(listed, list) or not isinstance(defaults, Mapping):
        raise DataError(f"{path.name} must be a list of cases, or `defaults` and a list of `cases`.")
    for i, one in enumerate(listed, 1):
        yield case_of(_merged(defaults, one), f"{path.name}, case {i}")


def _merged(defaults: Mapping[str, Any], one: Any) -> Any:
    return {**defaults, **one} if isinstance(one, Mapping) else one


def _lines(path: Path) -> Iterator[Case]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path.name} is larger than {MOST_BYTES:,} bytes. Split the suite.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8 text (byte {error.start}).") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                said = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                raise DataError(
                    f"{path.name}, line {number} is not JSON: {getattr(error, 'msg', 'too deep')}."
                ) from error
            yield case_of(said, f"{path.name}, line {number}")


def case_of(said: Any, origin: str) -> Case:
    """Make a case of plain values; *origin* names it in errors."""
    if isinstance(said, Mapping) and isinstance(said.get("question"), str) and "turns" not in said:
        said = {k: v for k, v in said.items() if k != "question"} | {
            "turns": [{"role": "user", "content": said["question"]}]
        }
    return typed(Case, said, origin, {})


def lines(cases: Iterable[Case]) -> str:
    """Return cases as JSON lines: what is at its default is left out, so that the same case is the same line."""
    return "".join(canonical(case.model_dump(mode="json", exclude_defaults=True)) + "\n" for case in cases)


def write(path: Path, cases: Iterable[Case]) -> str:
    """Write a suite as JSON lines and return the digest of its cases.

    Raises:
        DataError: the file exists and holds something else; a suite that was used is never changed, but followed.
    """
    made = tuple(cases)
    content = lines(made)
    if path.exists() and path.read_text(encoding="utf-8") != content:
        raise DataError(f"{path.name} exists and holds other cases. Suites are not changed: write to a new file.")
    path.write_text(content, encoding="utf-8", newline="\n")
    return CaseSet("", made).digest
