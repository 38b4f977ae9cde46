"""Schemas: the shapes as JSON Schema, and what a change of them would break.

A change is compatible when every event that was valid stays valid with the same meaning: old events are read by new
readers, and new events by old readers, which ignore what they do not know. Anything else is a new version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from secondline.events.shapes import KINDS

Schema = Mapping[str, Any]
UPPER = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
LOWER = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
TITLES = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each kind of event, every reference written out."""
    found = {}
    for name, shape in KINDS.items():
        schema = msgspec.json.schema(shape)
        whole = _resolved(schema, schema.get("$defs", {}))
        # A version is set by a function, which a schema does not show; where it is absent it is 1.
        whole["properties"]["v"]["default"] = 1
        found[name] = {"$schema": TITLES, **whole}
    return found


def _resolved(schema: Any, defs: Mapping[str, Any]) -> Any:
    if isinstance(schema, (list, tuple)):
        return [_resolved(part, defs) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(defs[schema["$ref"].rpartition("/")[2]], defs)
    return {key: _resolved(value, defs) for key, value in schema.items() if key != "$defs"}


def compatible(old: Schema, new: Schema) -> list[str]:
    """Return the rules that a change of one kind's schema from *old* to *new* breaks; nothing where it may be made."""
    return list(_broken(old, new, ""))


def _broken(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() - after.keys()):
        yield f"{path}{name}: a field may not go; readers still look for it"
    for name in sorted(needs - needed):
        yield f"{path}{name}: a field may not become required; events without it exist"
    for name in sorted(needed - needs):
        yield f"{path}{name}: a required field may not become optional; old readers refuse events without it"
    for name in sorted(before.keys() & after.keys()):
        yield from _field(before[name], after[name], f"{path}{name}")


def _field(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if lost := _kinds(old) - _kinds(new):
        yield f"{path}: may still be {', '.join(sorted(lost))}; such events exist"
    if won := _kinds(new) - _kinds(old):
        yield f"{path}: may not become {', '.join(sorted(won))}; old readers refuse that"
    if old.get("default") != new.get("default"):
        yield f"{path}: its default may not change from {old.get('default')!r}; absent fields would mean something else"
    for word in (*UPPER, *LOWER):
        if _bounds(old, word) != _bounds(new, word):
            yield f"{path}: {word} may not change from {_bounds(old, word)} to {_bounds(new, word)}"
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
            yield from _field(old[key], new[key], f"{path}.{key}")
    if "properties" in old or "properties" in new:
        yield from _broken(old, new, f"{path}.")


def _branches(schema: Schema) -> list[Schema]:
    return [part for branch in schema["anyOf"] for part in _branches(branch)] if "anyOf" in schema else [schema]


def _kinds(schema: Schema) -> set[str]:
    """Return the types and the words that a field may have."""
    found: set[str] = set()
    for part in _branches(schema):
        if "enum" in part or "const" in part:
            found |= {f"the word {word!r}" for word in part.get("enum", [part.get("const")])}
        else:
            kind = part.get("type", "anything")
            found |= {kind} if isinstance(kind, str) else set(kind)
    return found


def _bounds(schema: Schema, word: str) -> dict[str, Any]:
    return {str(part.get("type")): part[word] for part in _branches(schema) if word in part}
