"""Documents: YAML files read safely into typed values, with errors that name the key, the line and what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from secondline.core.errors import SpecError, near
from secondline.core.spec import ModelSpec

MOST_BYTES = 2_000_000
MOST_DEPTH = 30
ERRORS_SHOWN = 6
Document = TypeVar("Document", bound=BaseModel)
Lines = dict[tuple[str | int, ...], int]


def read_spec(path: Path) -> ModelSpec:
    """Read a model.yaml.

    Raises:
        SpecError: there is no such file, or it is not a valid study.
    """
    content, lines = load(path)
    return _study(content, str(path), lines)


def parse_spec(content: Mapping[str, Any], origin: str) -> ModelSpec:
    """Turn plain values into a study; *origin* names them in errors."""
    return _study(content, origin, {})


def _study(content: Any, origin: str, lines: Lines) -> ModelSpec:
    spec = typed(ModelSpec, content, origin, lines)
    if spec.reference is not None and spec.reference not in spec.populations:
        hint = near(spec.reference, spec.populations, f"There are: {', '.join(spec.populations)}.")
        raise SpecError(f"{origin}: `reference` names a population {spec.reference!r} that is not listed. {hint}")
    return spec


def load(path: Path) -> tuple[Any, Lines]:
    """Return the content of a YAML file and the line of each key.

    Raises:
        SpecError: the file is missing, too large, not YAML, too deep, or has a key twice.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SpecError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
    if len(content) > MOST_BYTES:
        raise SpecError(f"{str(path)!r} is larger than {MOST_BYTES:,} bytes; that is no study and no pack.")
    try:
        return load_text(content.decode(), str(path))
    except UnicodeDecodeError as error:
        raise SpecError(f"{str(path)!r} is not UTF-8 text (byte {error.start}).") from error


def load_text(text: str, origin: str, *, ours: bool = False) -> tuple[Any, Lines]:
    """Return the content of a YAML text and the line of each key; see :func:`load`.

    What comes with secondline (*ours*) is read by the faster parser, which lets aliases through.
    """
    loader = _Quick(text) if ours else _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise SpecError(f"{origin} is empty.")
        lines = dict(_lines(node, (), origin, 0))
        return loader.construct_document(node), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise SpecError(f"{origin} is not valid YAML{where}: {getattr(error, 'problem', None) or error}.") from error
    except (RecursionError, ValueError) as error:
        raise SpecError(f"{origin} cannot be read as YAML: {error}.") from error
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """The safe loader, reading dates as the text they are and refusing aliases (a small file can hide a huge one)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)


class _Quick(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C parser is not everywhere
    """The same by the C parser, where there is one: the catalogue is long and read at every start."""


_Loader.yaml_implicit_resolvers = _Quick.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _lines(
    node: yaml.Node, path: tuple[str | int, ...], origin: str, depth: int
) -> Iterator[tuple[tuple[str | int, ...], int]]:
    yield path, node.start_mark.line + 1
    if depth > MOST_DEPTH:
        raise SpecError(f"{origin} is nested more than {MOST_DEPTH} levels deep (line {node.start_mark.line + 1}).")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise SpecError(f"{origin}: the key {name!r} is given twice (line {key.start_mark.line + 1}).")
            seen.add(name)
            yield from _lines(value, (*path, name), origin, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield from _lines(value, (*path, i), origin, depth + 1)


def typed(kind: type[Document], content: Any, origin: str, lines: Lines) -> Document:
    """Return *content* as a *kind*, or say for each wrong key where it is, what was given and what is allowed.

    Raises:
        SpecError: the content is not a valid *kind*.
    """
    if not isinstance(content, Mapping):
        raise SpecError(f"{origin} must be a mapping of keys to values, such as `model: retail-pd`.")
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        said = [_sentence(kind, e, lines) for e in _own(error)]
        shown = said[:ERRORS_SHOWN] + ([f"and {len(said) - ERRORS_SHOWN} more."] if len(said) > ERRORS_SHOWN else [])
        raise SpecError(
            "\n  ".join([f"{origin} has {len(said)} problem{'s' if len(said) > 1 else ''}:", *shown])
        ) from error


PLAIN = {
    "tuple_type": "must be a list, as in [one, other]", "list_type": "must be a list, as in [one, other]",
    "dict_type": "must hold keys and values", "too_short": "needs at least one entry",
    "model_type": "must hold keys and values", "model_attributes_type": "must hold keys and values",
}  # fmt: skip
"""What kinds of errors mean to who wrote the file, where the library speaks of its own types."""


def _own(error: ValidationError) -> list[dict[str, Any]]:
    """Return the errors, without a list that is too short only because its entries are wrong."""
    found = [dict(one) for one in error.errors()]
    paths: list[tuple[str | int, ...]] = [one["loc"] for one in error.errors()]
    return [
        one for one, path in zip(found, paths, strict=True)
        if one["type"] != "too_short" or not any(len(p) > len(path) and p[: len(path)] == path for p in paths)
    ]  # fmt: skip


def _sentence(kind: type[BaseModel], error: dict[str, Any], lines: Lines) -> str:
    path = tuple(error["loc"])
    line = next((lines[path[:i]] for i in range(len(path), 0, -1) if path[:i] in lines), None)
    where = f" (line {line})" if line else ""
    name = ".".join(str(part) for part in path) or "the document"
    if error["type"] == "extra_forbidden":
        return f"`{name}` is not a known key{where}. {_known(kind, path)}".rstrip()
    if error["type"] == "missing":
        return f"`{name}` is missing{where}."
    given = error.get("input")
    shown = "" if isinstance(given, (Mapping, list, tuple)) else f"; got {given!r}"
    if error["type"] in PLAIN:
        keys = ", ".join(sorted(_fields_at(kind, path))[:14])
        return f"`{name}`{where} {PLAIN[error['type']]}{f': {keys}' if keys else ''}{shown}."
    return f"`{name}`{where}: {error['msg'].removeprefix('Value error, ')}{shown}."


def _known(kind: type[BaseModel], path: tuple[str | int, ...]) -> str:
    """Suggest the keys near an unknown one, by walking the model to where it stands."""
    fields = _fields_at(kind, path[:-1])
    return near(str(path[-1]), fields, f"Known keys: {', '.join(sorted(fields)[:14])}." if fields else "")


def _fields_at(kind: type[BaseModel], path: tuple[str | int, ...]) -> set[str]:
    schema = kind.model_json_schema(by_alias=True)
    node: dict[str, Any] = schema
    for part in path:
        node = _resolved(node, schema)
        inner = node.get("properties", {}).get(part)
        if inner is None:
            inner = node.get("items") if isinstance(part, int) else node.get("additionalProperties")
        if not isinstance(inner, dict):
            return set()
        node = inner
    return set(_resolved(node, schema).get("properties", {}))


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for option in node.get("anyOf", []):
        if "$ref" in option:
            node = option
    if "$ref" in node:
        found = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        return dict(found)
    return node


def parsed_date(text: str, what: str) -> date:
    """Return an ISO date.

    Raises:
        SpecError: *text* is not one.
    """
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise SpecError(f"{what} must be a date such as 2026-11-24; got {text!r}.") from error
