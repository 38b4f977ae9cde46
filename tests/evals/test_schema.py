"""JSON Schema: as the reference library has it, and JSON taken out of answers."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.core.errors import SpecError
from secondline.evals.schema import answered, problems

LEAVES = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 1.0, 2.5]) | st.text("ab@-1", max_size=4)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner), max_leaves=6
)
PLAIN = st.one_of(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"])}
    ),
    st.fixed_dictionaries({"type": st.just(["string", "null"])}),
    st.fixed_dictionaries({"enum": st.lists(LEAVES, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"const": VALUES}),
    st.fixed_dictionaries({"minimum": st.integers(-3, 3), "exclusiveMaximum": st.integers(0, 5)}),
    st.fixed_dictionaries({"minLength": st.integers(0, 3), "maxLength": st.integers(1, 4)}),
    st.fixed_dictionaries({"minItems": st.integers(0, 2), "uniqueItems": st.booleans()}),
    st.fixed_dictionaries(
        {"required": st.lists(st.sampled_from("ab"), unique=True), "maxProperties": st.integers(0, 2)}
    ),
    st.fixed_dictionaries({"pattern": st.sampled_from(["^a", "b$", "1+"])}),
    st.booleans(),
)
SCHEMAS = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"properties": st.dictionaries(st.sampled_from("ab"), inner), "additionalProperties": inner}
        ),
        st.fixed_dictionaries({"items": inner}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=3), "not": inner}),
    ),
    max_leaves=5,
)


@given(VALUES, SCHEMAS)
def test_as_the_reference_library(value: Any, schema: Any) -> None:
    """A value holds to a schema here exactly where the reference library says so."""
    assert (not problems(value, schema)) == jsonschema.Draft202012Validator(schema).is_valid(value)


def test_problems_say_where() -> None:
    """Each problem names its place; references within the schema are followed."""
    schema = {
        "type": "object",
        "title": "a loan",
        "required": ["amount", "due"],
        "additionalProperties": False,
        "properties": {"amount": {"$ref": "#/$defs/money"}, "due": {"type": "string", "format": "date"}},
        "$defs": {"money": {"type": "number", "minimum": 0}},
    }
    assert problems({"amount": 5, "due": "2026-11-26"}, schema) == []
    wrong = problems({"amount": -1, "due": "26.11.2026", "x": 1}, schema)
    assert wrong == ["the answer.x is not allowed", "the answer.amount must be at least 0", "the answer.due is no date"]
    assert problems({}, schema) == ["the answer lacks 'amount', 'due'"]


@pytest.mark.parametrize(
    "schema",
    [
        {"tpye": "object"},
        {"type": "text"},
        {"format": "iban"},
        {"$ref": "#/$defs/none"},
        {"$ref": "http://x.example"},
        3,
        {"$ref": "#"},
    ],
)
def test_a_wrong_schema_is_refused(schema: Any) -> None:
    """An unknown keyword, type, format or reference is an error of the schema, never passed over."""
    with pytest.raises(SpecError):
        problems({"a": 1}, schema)


@pytest.mark.parametrize(
    "text",
    ['{"a": 1}', ' {"a": 1}\n', 'Here:\n```json\n{"a": 1}\n```\nDone.', 'The result is {"a": 1} as asked [see above].'],
)
def test_json_is_found(text: str) -> None:
    """JSON is read bare, fenced, or among words."""
    assert answered(text) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        '{"a": 1} or {"a": 2}',
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": ',
        "```json\n{}\n```\n```json\n{}\n```x",
        "[" * 100_000,
    ],
)
def test_json_is_not_guessed(text: str) -> None:
    """None, two, a key twice, a number that is none, half of one, or nesting without end: none is an answer."""
    with pytest.raises(ValueError, match=r"."):
        answered(text)
