"""JSON Schema, as much of it as answers are held against; a keyword that is not known is refused, never passed over."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from secondline.core.errors import SpecError, near

TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "integer": lambda v: (isinstance(v, int) and not isinstance(v, bool)) or (isinstance(v, float) and v.is_integer()),
}
SAYS_NOTHING = {"title", "description", "default", "examples", "$schema", "$id", "$comment", "$defs", "definitions"}
DEEPEST = 40
STARTS = 200
"""Places at which JSON is sought among words; an answer with more brackets holds no JSON that was meant."""
OPENS = re.compile(r"[{\[]")
FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)


def answered(text: str) -> Any:
    """Return the JSON of an answer: all of it, what is fenced, or the one object or list it holds.

    Raises:
        ValueError: it holds none, or several; or a key twice, or a number that is none.
    """
    fenced = FENCED.findall(text)
    whole = fenced[0] if len(fenced) == 1 else text
    try:
        return _parsed(whole)
    except json.JSONDecodeError:
        found = _found(whole)
    except RecursionError:
        raise ValueError("the answer is nested too deep") from None
    if len(found) != 1:
        raise ValueError("the answer holds no JSON" if not found else f"the answer holds {len(found)} pieces of JSON")
    return found[0]


def _found(text: str) -> list[Any]:
    try:
        return list(_objects(text))
    except RecursionError:
        raise ValueError("the answer is nested too deep") from None


def _parsed(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("the answer gives a key twice")
    return dict(pairs)


def _no_number(text: str) -> Any:
    raise ValueError(f"the answer holds {text}, which is no number of JSON")


def _objects(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
    at = 0
    for _ in range(STARTS):
        match = OPENS.search(text, at)
        if match is None:
            return
        try:
            value, at = decoder.raw_decode(text, match.start())
        except json.JSONDecodeError:
            at = match.end()
        else:
            if isinstance(value, dict) or (value and isinstance(value[0], dict)):
                yield value


def problems(value: Any, schema: Any) -> list[str]:
    """Return what is wrong with a value by a schema: where, and what was expected; empty where nothing is.

    Raises:
        SpecError: the schema has a keyword that is not known here, or is none.
    """
    return list(_Walk(schema).over(value, schema, "the answer", 0))


@dataclass(frozen=True, slots=True)
class _Walk:
    """One schema being held against a value; ``root`` is where its references point."""

    root: Any

    def over(self, value: Any, schema: Any, path: str, depth: int) -> Iterator[str]:
        if isinstance(schema, bool):
            yield from () if schema else (f"{path} is not allowed",)
            return
        if not isinstance(schema, Mapping) or depth > DEEPEST:
            raise SpecError(f"The schema of {path} must be a mapping, nested at most {DEEPEST} deep.")
        for keyword, said in schema.items():
            if keyword in PLAIN:
                problem = PLAIN[keyword](value, said)
                yield from (f"{path} {problem}",) if problem else ()
            elif keyword in NESTED:
                yield from getattr(self, NESTED[keyword])(value, said, schema, path, depth + 1)
            elif keyword not in SAYS_NOTHING:
                hint = near(keyword, [*PLAIN, *NESTED])
                raise SpecError(f"The schema says {keyword!r}, which is not known here. {hint}".rstrip())

    def properties(self, value: Any, said: Any, schema: Any, path: str, depth: int) -> Iterator[str]:
        del schema
        for name in said if isinstance(value, dict) else ():
            if name in value:
                yield from self.over(value[name], said[name], f"{path}.{name}", depth)

    def others(self, value: Any, said: Any, schema: Any, path: str, depth: int) -> Iterator[str]:
        for name in value if isinstance(value, dict) else ():
            if name not in schema.get("properties", {}):
                yield from self.over(value[name], said, f"{path}.{name}", depth)

    def items(self, value: Any, said: Any, schema: Any, path: str, depth: int) -> Iterator[str]:
        del schema
        for i, one in enumerate(value if isinstance(value, list) else ()):
            yield from self.over(one, said, f"{path}[{i}]", depth)

    def every(self, value: Any, said: Any, schema: Any, path: str, depth: int) -> Iterator[str]:
        del schema
        for one in said:
            yield from self.over(value, one, path, depth)

    def some(self, value: Any, said: Any, schema: Any, path: str, depth: int) -> Iterator[str]:
        del schema
        if not self._holding(value, said, path, depth):
            yield f"{path} is none of the {len(said)} that are allowed"

    def exactly(self, value: Any, said: Any, schema: Any, path: str, depth: int) -> Iterator[str]:
        del schema
        if (count := self._holding(value, said, path, depth)) != 1:
            yield f"{path} is {count or 'none'} of the {len(said)} of which it must be one"

    def never(self, value: Any, said: Any, schema: Any, path: str, depth: int) -> Iterator[str]:
        del schema
        if self._holding(value, [said], path, depth):
            yield f"{path} is what it must not be"

    def refers(self, value: Any, said: Any, schema: Any, path: str, depth: int) -> Iterator[str]:
        del schema
        found = self.root
        for part in str(said).removeprefix("#").strip("/").split("/") if said != "#" else ():
            found = found.get(part) if isinstance(found, Mapping) else None
        if found is None or not str(said).startswith("#"):
            raise SpecError(f"The schema refers to {said!r}, which is not in it.")
        yield from self.over(value, found, path, depth)

    def _holding(self, value: Any, said: Any, path: str, depth: int) -> int:
        return sum(not list(self.over(value, one, path, depth)) for one in said)


NESTED = {
    "properties": "properties", "additionalProperties": "others", "items": "items", "allOf": "every", "anyOf": "some",
    "oneOf": "exactly", "not": "never", "$ref": "refers",
}  # fmt: skip
"""Keywords whose value holds schemas, and the method of the walk that reads them."""


def _typed(value: Any, said: Any) -> str:
    kinds = [said] if isinstance(said, str) else said
    if unknown := [kind for kind in kinds if kind not in TYPES]:
        raise SpecError(f"The schema names a type {unknown[0]!r}. There are: {', '.join(TYPES)}.")
    return "" if any(TYPES[kind](value) for kind in kinds) else f"must be of type {' or '.join(kinds)}"


def _same(a: Any, b: Any) -> bool:
    """Whether two values of JSON are the same: true is not 1, and 1.0 is 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(a == b) and (type(a) is type(b) or (TYPES["number"](a) and TYPES["number"](b)))


def _number(holds: Callable[[Any, Any], bool], what: str) -> Callable[[Any, Any], str]:
    return lambda v, s: "" if not TYPES["number"](v) or holds(v, s) else f"must be {what} {s}"


def _size(kind: type[Any], holds: Callable[[int, int], bool], what: str) -> Callable[[Any, Any], str]:
    return lambda v, s: "" if not isinstance(v, kind) or holds(len(v), s) else f"must have {what} {s}"


def _required(value: Any, said: Any) -> str:
    missing = [name for name in said if name not in value] if isinstance(value, dict) else []
    return f"lacks {', '.join(map(repr, missing))}" if missing else ""


def _unique(value: Any, said: Any) -> str:
    if not said or not isinstance(value, list):
        return ""
    twice = any(_same(a, b) for i, a in enumerate(value) for b in value[:i])
    return "holds something twice" if twice else ""


def _pattern(value: Any, said: Any) -> str:
    return "" if not isinstance(value, str) or re.search(said, value) else f"does not match {said!r}"


def _format(value: Any, said: Any) -> str:
    if said not in FORMATS:
        raise SpecError(f"The schema names a format {said!r}. There are: {', '.join(FORMATS)}.")
    return "" if not isinstance(value, str) or FORMATS[said](value) else f"is no {said}"


def _date(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _date,
    "email": lambda text: bool(re.fullmatch(r"[^@\s]+@[^@\s]+", text)),
}
PLAIN: dict[str, Callable[[Any, Any], str]] = {
    "type": _typed,
    "enum": lambda v, s: "" if any(_same(v, one) for one in s) else f"must be one of {', '.join(map(repr, s))}",
    "const": lambda v, s: "" if _same(v, s) else f"must be {s!r}",
    "minimum": _number(operator.ge, "at least"),
    "maximum": _number(operator.le, "at most"),
    "exclusiveMinimum": _number(operator.gt, "more than"),
    "exclusiveMaximum": _number(operator.lt, "less than"),
    "minLength": _size(str, operator.ge, "a length of at least"),
    "maxLength": _size(str, operator.le, "a length of at most"),
    "minItems": _size(list, operator.ge, "a number of entries of at least"),
    "maxItems": _size(list, operator.le, "a number of entries of at most"),
    "minProperties": _size(dict, operator.ge, "a number of keys of at least"),
    "maxProperties": _size(dict, operator.le, "a number of keys of at most"),
    "required": _required,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "format": _format,
}
"""Keywords whose value is plain, and what they find wrong."""
