"""The parts of the reference that come from the code: commands, model.yaml, limits, results, Python names."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer.main

import controls
import secondline
from handbook import table
from law import law
from secondline.core.limit import Limit
from secondline.core.spec import ModelSpec
from secondline.workflow.rows import ROW_SCHEMA


def cli() -> str:
    """Return every command with its arguments and options."""
    root = typer.main.get_command(importlib.import_module("secondline.cli.app").app)
    return "\n\n".join(_command(root, "secondline"))


def _command(command: Any, path: str) -> list[str]:
    children: dict[str, Any] = getattr(command, "commands", {})
    parts = [f"## {path}", inspect.cleandoc(command.help or "")]
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    rows = [[_spelled(p), _meaning(p)] for p in shown]
    parts += [table(["Argument or option", "Meaning"], rows)] if rows else []
    return parts + [part for name in children for part in _command(children[name], f"{path} {name}")]


def _spelled(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{(parameter.metavar or parameter.name).upper()}`"
    return ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _meaning(parameter: Any) -> str:
    text = " ".join((getattr(parameter, "help", "") or "").split())
    default = parameter.default
    if parameter.required:
        return f"{text} Required."
    plain = isinstance(default, (str, int, float, Path)) and not isinstance(default, bool) and default != ""
    return f"{text} Default: `{default}`." if plain else text


def model_yaml() -> str:
    """Return every key of model.yaml: its type, its default and where it belongs."""
    schema = ModelSpec.model_json_schema()
    parts = _keys("Every key", schema)
    names = sorted(name for name in schema["$defs"] if name != "Limit")
    return "\n\n".join(parts + [part for name in names for part in _keys(name, schema["$defs"][name])])


def limit() -> str:
    """Return every key of a limit."""
    return "\n\n".join(_keys("Limit", Limit.model_json_schema()))


def _keys(title: str, schema: dict[str, Any]) -> list[str]:
    needed = set(schema.get("required", ()))
    rows = [
        [f"`{name}`", _type(part), "required" if name in needed else _default(part)]
        for name, part in schema["properties"].items()
    ]
    about = " ".join(schema.get("description", "").replace("``", "`").split())
    return [f"## {title}", about, table(["Key", "Type", "Default"], rows)]


def _type(part: dict[str, Any]) -> str:
    if "$ref" in part:
        name = part["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](outcomes.md#limit)" if name == "Limit" else f"[{name}](#{name.lower()})"
    if "anyOf" in part:
        return " or ".join(_type(option) for option in part["anyOf"] if option.get("type") != "null")
    if "enum" in part or "const" in part:
        return ", ".join(f"`{value}`" for value in part.get("enum", [part.get("const")]))
    return _container(part)


def _container(part: dict[str, Any]) -> str:
    if "prefixItems" in part:
        return f"[{', '.join(_type(item) for item in part['prefixItems'])}]"
    if part.get("type") == "array":
        return f"list of {_type(part['items'])}" if "items" in part else "list"
    if part.get("type") == "object":
        inner = part.get("additionalProperties")
        return f"map of name to {_type(inner)}" if isinstance(inner, dict) else "map"
    kind = str(part.get("type", "any"))
    return "text" if kind == "string" else kind


def _default(part: dict[str, Any]) -> str:
    value = part.get("default")
    return "" if value in (None, "", [], {}) else f"`{json.dumps(value)}`"


def results() -> str:
    """Return the JSON Schema of ``--json``."""
    properties = ROW_SCHEMA["items"]["properties"]
    rows = [[f"`{name}`", _type(part), part.get("description", "")] for name, part in properties.items()]
    return f"{table(['Field', 'Type', 'Meaning'], rows)}\n\n```json\n{json.dumps(ROW_SCHEMA, indent=2)}\n```"


def python() -> str:
    """Return every public name of the package with its signature and docstring."""
    return "\n\n".join(_name(name) for name in secondline.__all__ if not name.startswith("_"))


def _name(name: str) -> str:
    thing = getattr(secondline, name)
    parts = [f"## sl.{name}{_signature(thing)}", _doc(thing)]
    if inspect.isclass(thing):
        for member, value in vars(thing).items():
            if not member.startswith("_") and (
                callable(value) or isinstance(value, (property, classmethod, staticmethod))
            ):
                function = value.fget if isinstance(value, property) else getattr(thing, member)
                shown = "" if isinstance(value, property) else _signature(function)
                parts.append(f"`{member}{shown}`\n:   {_first(function)}")
    return "\n\n".join(parts)


def _signature(thing: Any) -> str:
    if inspect.isclass(thing) or not callable(thing):
        return ""
    return str(inspect.signature(thing)).replace("'", "")


def _doc(thing: Any) -> str:
    return inspect.cleandoc(thing.__doc__ or "") if callable(thing) else ""


def _first(thing: Any) -> str:
    return " ".join(inspect.cleandoc(thing.__doc__ or "").split("\n\n")[0].split())


PARTS: dict[str, Callable[[], str]] = {
    "cli": cli,
    "controls": controls.catalogue,
    "control-tags": controls.tags,
    "model-yaml": model_yaml,
    "limit": limit,
    "results": results,
    "python": python,
    "law": law,
}
