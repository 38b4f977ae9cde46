"""The shapes as JSON Schema: a change that breaks what version 1 promised fails here."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from secondline.events.schemas import compatible, schemas
from secondline.events.shapes import KINDS

GOLDEN = Path(__file__).parent / "golden"


def stored(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / f"{kind}.v1.schema.json").read_text())
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_shapes_keep_the_promises_of_version_1(kind: str) -> None:
    """Nothing of the first release's shape is broken; if this fails, make a new version and a step up to it."""
    assert compatible(stored(kind), schemas()[kind]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_golden_bytes_fit_the_schema(kind: str) -> None:
    """The schema that users are given accepts what is written, and refuses what is not."""
    schema = schemas()[kind]
    for path in GOLDEN.glob(f"{kind}-*.v1.json"):
        event = json.loads(path.read_bytes())
        jsonschema.validate(event, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(event | {"at": 0}, schema)


def gone(schema: dict[str, Any]) -> None:
    del schema["properties"]["score"]


def needed(schema: dict[str, Any]) -> None:
    schema["required"].append("use")


def added_and_needed(schema: dict[str, Any]) -> None:
    schema["properties"]["new"] = {"type": "string"}
    schema["required"].append("new")


def not_needed(schema: dict[str, Any]) -> None:
    schema["required"].remove("model")


def narrower(schema: dict[str, Any]) -> None:
    schema["properties"]["score"] = {"type": "number", "default": None}


def wider(schema: dict[str, Any]) -> None:
    schema["properties"]["chance"]["type"] = ["number", "string"]


def other_default(schema: dict[str, Any]) -> None:
    schema["properties"]["chance"]["default"] = 0.5


def shorter(schema: dict[str, Any]) -> None:
    schema["properties"]["id"]["maxLength"] = 20


def longer(schema: dict[str, Any]) -> None:
    schema["properties"]["reasons"]["items"]["maxLength"] = 900


def other_word(schema: dict[str, Any]) -> None:
    schema["properties"]["arm"]["enum"].append("second")


def fewer_words(schema: dict[str, Any]) -> None:
    schema["properties"]["arm"]["enum"].remove("control")


def values_of_maps(schema: dict[str, Any]) -> None:
    schema["properties"]["segments"]["additionalProperties"] = {"type": "number"}


def optional_field(schema: dict[str, Any]) -> None:
    schema["properties"]["new"] = {"type": "string", "default": ""}


def other_words_of_help(schema: dict[str, Any]) -> None:
    schema["description"] = "Said better."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (gone, "score: a field may not go"),
        (needed, "use: a field may not become required"),
        (added_and_needed, "new: a field may not become required"),
        (not_needed, "model: a required field may not become optional"),
        (narrower, "score: may still be null"),
        (wider, "chance: may not become string"),
        (other_default, "chance: its default may not change from 1.0"),
        (shorter, "id: maxLength may not change"),
        (longer, "reasons.items: maxLength may not change"),
        (other_word, "arm: may not become the word 'second'"),
        (fewer_words, "arm: may still be the word 'control'"),
        (values_of_maps, "segments.additionalProperties: may still be string"),
    ],
)
def test_a_change_that_breaks_a_rule_is_named(change: Callable[[dict[str, Any]], None], said: str) -> None:
    """Each sort of breaking change is found and said in words."""
    changed = copy.deepcopy(stored("decision"))
    change(changed)
    assert any(said in rule for rule in compatible(stored("decision"), changed)), compatible(
        stored("decision"), changed
    )


@pytest.mark.parametrize("change", [optional_field, other_words_of_help])
def test_a_change_that_breaks_nothing_may_be_made(change: Callable[[dict[str, Any]], None]) -> None:
    """A new optional field and better words are compatible."""
    changed = copy.deepcopy(stored("decision"))
    change(changed)
    assert compatible(stored("decision"), changed) == []
