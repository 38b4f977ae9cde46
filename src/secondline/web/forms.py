"""Forms: any act's form as fields to fill in, and what was typed as values again."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from secondline.core.errors import SpecError
from secondline.govern.act import Act
from secondline.govern.record import RECORDS
from secondline.web.views import words

PREFIX = "f."
SHORT = 200
YES, NO = "yes", "no"
PLAIN: dict[Any, str] = {int: "number", float: "decimal", date: "date"}


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form, with what is answered so far.

    ``kind`` is text, long, number, date, select, check, choice (yes, no or unchanged), lines, pairs, objects or file.
    """

    name: str
    label: str
    hint: str
    kind: str
    required: bool
    value: str = ""
    error: str = ""
    options: tuple[tuple[str, str], ...] = ()
    low: str = ""
    high: str = ""
    longest: int = 0
    record: str = ""
    """The kind of record the answer names, for a list of suggestions."""

    @property
    def input(self) -> str:
        """The name in the form that is sent."""
        return PREFIX + self.name


def fields(act: Act, values: Mapping[str, Any], errors: Mapping[str, str] | None = None) -> list[Field]:
    """Return the questions of an act's form; *values* are answers so far, as typed or as they stand."""
    errors = errors or {}
    return [_field(act, name, info, values.get(name), errors.get(name, "")) for name, info in _asked(act).items()]


def corrects(act: Act) -> bool:
    """Whether an act's form states only what changes: then it begins with what stands."""
    asked = _asked(act)
    return not act.creates and bool(asked) and all(f.default is None and not f.is_required() for f in asked.values())


def _asked(act: Act) -> dict[str, FieldInfo]:
    return dict(act.form.model_fields)


def _field(act: Act, name: str, info: FieldInfo, value: Any, error: str) -> Field:
    kind, inner = _kind(name, info)
    bounds = {type(m): m for m in [*_standing(act, name), *info.metadata]}
    low, high, longest = bounds.get(Ge), bounds.get(Le), bounds.get(MaxLen)
    if value is None and not info.is_required() and info.default is not None:
        value = info.default
    if kind == "text" and not longest and not _reference(name):
        kind = "long"
    if kind == "text" and longest and longest.max_length > SHORT:
        kind = "long"
    options = tuple((str(o), words(str(o)) if o != "" else "") for o in inner) if kind == "select" else ()
    return Field(
        name, words(name), info.description or "", kind, info.is_required(), shown(value), error, options,
        str(low.ge) if low else "", str(high.le) if high else "", longest.max_length if longest else 0,
        _reference(name),
    )  # fmt: skip


def _standing(act: Act, name: str) -> list[Any]:
    """Return the bounds of the record's own field: a correction's questions do not repeat them."""
    own = RECORDS[act.record].shape.model_fields.get(name)
    return list(own.metadata) if own else []


def _reference(name: str) -> str:
    person = {"owner", "developer", "validator", "approver", "lead", "by"}
    return name if name in RECORDS else "person" if name in person else ""


def _kind(name: str, info: FieldInfo) -> tuple[str, tuple[Any, ...]]:
    """Return how a question is asked, and the options of a choice."""
    annotation, optional = _bare(info.annotation)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "select", inner if not optional or "" in inner else ("", *inner)
    if annotation is bool:
        return ("choice" if optional else "check"), ()
    if origin in {tuple, list, frozenset, set}:
        return ("objects" if _is_model(inner[0]) else "lines"), ()
    if origin in {dict, Mapping}:
        return ("pairs" if inner[1] in {str, int, float, bool} else "objects"), ()
    if _is_model(annotation) or annotation is Any:
        return "object", ()
    return ("file" if name == "object" else PLAIN.get(annotation, "text")), ()


def _bare(annotation: Any) -> tuple[Any, bool]:
    """Return an annotation without its ``| None``, and whether it had one."""
    if get_origin(annotation) in {Union, types.UnionType}:
        parts = [a for a in get_args(annotation) if a is not type(None)]
        optional = len(parts) < len(get_args(annotation))
        return (parts[0] if len(parts) == 1 else str), optional
    return annotation, False


def _is_model(annotation: Any) -> bool:
    """Whether values of an annotation are objects: a model, or one of several models."""
    if get_origin(annotation) is Annotated:
        return _is_model(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return all(_is_model(one) for one in get_args(annotation))
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def shown(value: Any) -> str:
    """Return a value as it is typed in a form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, Mapping):
        flat = all(isinstance(v, (str, int, float)) for v in value.values())
        return "\n".join(f"{k} = {v}" for k, v in value.items()) if flat else _json(value)
    if isinstance(value, BaseModel):
        return _json(value.model_dump(mode="json"))
    if isinstance(value, (list, tuple, set, frozenset)):
        return "\n".join(v if isinstance(v, str) else shown(v) if isinstance(v, BaseModel) else _json(v) for v in value)
    return str(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def read(act: Act, typed: Mapping[str, str], standing: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what was typed as values of the act's form, and what is wrong with them, field by field.

    A correction states only what differs from what stands.
    """
    values, errors = dict[str, Any](), dict[str, str]()
    correction = corrects(act)
    for field in fields(act, {}):
        if field.input not in typed and not (field.kind == "check" and not correction):
            continue
        raw = typed.get(field.input, "").replace("\r\n", "\n")
        if correction and raw.strip() == shown(standing.get(field.name)).strip():
            continue
        try:
            found = _value(field, raw)
        except SpecError as error:
            errors[field.name] = str(error)
            continue
        if found is not None:
            values[field.name] = found
    return values, errors or _wrong(act, values)


def _wrong(act: Act, values: Mapping[str, Any]) -> dict[str, str]:
    try:
        act.form.model_validate(values)
    except ValidationError as error:
        wrong: dict[str, str] = {}
        for e in error.errors(include_url=False):
            name, *rest = [str(part) for part in e["loc"]] or [""]
            where = f"{'.'.join(rest)}: " if rest else ""
            said = "This is needed." if e["type"] == "missing" and not rest else f"{where}{e['msg']}."
            wrong[name] = f"{wrong[name]} {said}" if name in wrong else said
        return wrong
    return {}


def _value(field: Field, raw: str) -> Any:
    """Return what was typed as a value; None when the question was left alone."""
    text = raw.strip()
    reader = READERS.get(field.kind)
    if reader:
        return reader(text)
    left = field.required or field.kind in {"number", "decimal", "date"}
    left = left or (field.kind == "select" and "" not in {option for option, _ in field.options})
    return None if left and not text else text


def _objects(text: str) -> Any:
    if text.startswith("{") and "\n" not in text.strip() and _is_map_of_maps(text):
        return _parsed(text, 1)
    return [_parsed(line, i) for i, line in enumerate(text.split("\n"), start=1) if line.strip()]


def _is_map_of_maps(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and bool(found) and all(isinstance(v, dict) for v in found.values())


def _parsed(line: str, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise SpecError(f"Line {number} is not JSON: {error}.") from error


def _pair(line: str) -> tuple[str, str]:
    key, sign, value = line.partition("=")
    if not sign:
        raise SpecError(f"Write one `name = value` a line; got {line.strip()[:40]!r}.")
    return key.strip(), value.strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


READERS: dict[str, Callable[[str], Any]] = {
    "check": lambda text: {YES: True, NO: False, "": False}.get(text, text),
    "choice": lambda text: {YES: True, NO: False, "": None}.get(text, text),
    "lines": _lines,
    "pairs": lambda text: dict(_pair(line) for line in _lines(text)),
    "objects": _objects,
    "object": lambda text: _parsed(text, 1) if text else None,
}
