"""Paths and templates: where something stands in a JSON document, and a document with places to be filled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from secondline.core.errors import SpecError

STEP = re.compile(r"\.?([A-Za-z_@][\w@-]*|\*)|\[(\d+|\*)\]|\[(['\"])(.*?)\3\]")
PLACE = re.compile(r"\{(\w+)\}")
MISSING = object()


def steps(path: str) -> tuple[str | int, ...]:
    """Return the steps of a path such as ``$.choices[0].message.content`` or ``choices.0.message.content``.

    Raises:
        SpecError: it is not a path.

    >>> steps("$.data['long name'][0].text")
    ('data', 'long name', 0, 'text')
    """
    rest = re.sub(r"\.(\d+)(?=\.|\[|$)", r"[\1]", path.removeprefix("$"))
    found: list[str | int] = []
    at = 0
    while at < len(rest):
        match = STEP.match(rest, at)
        if match is None or match.end() == at:
            raise SpecError(f"{path!r} is not a path. Write the names from the outside in: choices[0].message.content.")
        name, number, _, quoted = match.groups()
        found.append(name or (quoted if quoted is not None else _number(number)))
        at = match.end()
    return tuple(found)


def _number(text: str) -> str | int:
    return text if text == "*" else int(text)


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    """Return what stands at *path*, or `MISSING`; ``*`` gives a list of what stands in every element.

    >>> at({"docs": [{"id": "a"}, {"id": "b"}]}, steps("docs[*].id"))
    ['a', 'b']
    """
    for place, step in enumerate(path):
        if step == "*":
            if not isinstance(document, list):
                return MISSING
            rest = path[place + 1 :]
            return [found for item in document if (found := at(item, rest)) is not MISSING]
        there = step in document if isinstance(document, dict) else _is_in(document, step)
        if not there:
            return MISSING
        document = document[step]
    return document


def _is_in(document: Any, step: str | int) -> bool:
    return isinstance(document, list) and isinstance(step, int) and step < len(document)


def places(template: Any) -> set[str]:
    """Return the names of the places that a template has."""
    if isinstance(template, dict):
        return {name for value in template.values() for name in places(value)}
    if isinstance(template, list):
        return {name for value in template for name in places(value)}
    return set(PLACE.findall(template)) if isinstance(template, str) else set()


def filled(template: Any, values: Mapping[str, Any], texts: Mapping[str, str]) -> Any:
    """Return the template with its places filled: by a value where a text is nothing but the place, else by its text.

    Filling is done once, so that what a question says is never taken for a place.

    >>> filled({"q": "Answer: {question}", "all": "{messages}"}, {"messages": [1]}, {"question": "{messages}?"})
    {'q': 'Answer: {messages}?', 'all': [1]}
    """
    if isinstance(template, dict):
        return {key: filled(value, values, texts) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, values, texts) for value in template]
    if not isinstance(template, str):
        return template
    alone = PLACE.fullmatch(template)
    if alone and alone[1] in values:
        return values[alone[1]]
    return PLACE.sub(lambda match: texts.get(match[1], match[0]), template)
