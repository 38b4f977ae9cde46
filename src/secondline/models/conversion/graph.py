"""Graph: what an ONNX file is made of, read without its library, and what of that is never served.

A graph may ask for files beside it, for code that only some runtimes have, for loops that never end and for tensors
larger than the machine. All of that can be told from its bytes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from secondline.core.errors import ModelError
from secondline.models.loaders.onnx import fields_of

DOMAINS: dict[str, tuple[int, int]] = {"ai.onnx": (7, 26), "ai.onnx.ml": (1, 5)}
"""Domains of operators that are served, with the oldest and newest opset of each."""
CONTROL = frozenset({"Loop", "Scan", "If"})
MOST_NODES, MOST_NUMBERS, MOST_DEPTH = 20_000, 200_000_000, 8


@dataclass(slots=True)
class Graph:
    """What a file holds: operators by name, opsets by domain, the numbers of its largest tensor, and what is wrong."""

    operators: Counter[str] = field(default_factory=Counter)
    opsets: dict[str, int] = field(default_factory=dict)
    largest: int = 0
    numbers: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def nodes(self) -> int:
        """How many operators there are, those inside branches included."""
        return sum(self.operators.values())

    def to_json(self) -> dict[str, object]:
        """Return what a report says of the graph."""
        return {"opsets": self.opsets, "operators": dict(sorted(self.operators.items())), "numbers": self.numbers}


def examined(content: bytes, *, allow: frozenset[str] = frozenset()) -> Graph:
    """Return what an ONNX file holds, having checked it; *allow* names operators of control flow that may be there.

    Raises:
        ModelError: it is no ONNX, or holds something that is never served; every reason is named.
    """
    found = Graph()
    try:
        _model(memoryview(content), found, allow)
    except (IndexError, ValueError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(f"It is no ONNX file: {str(error)[:100]}.") from error
    if not found.operators and not found.problems:
        raise ModelError("It is no ONNX file: it holds no graph of operators.")
    if found.nodes > MOST_NODES:
        found.problems.append(f"it has {found.nodes:,} operators; at most {MOST_NODES:,} are served")
    if found.numbers > MOST_NUMBERS:
        found.problems.append(f"its tensors hold {found.numbers:,} numbers; at most {MOST_NUMBERS:,} are served")
    if found.problems:
        raise ModelError(f"This graph is not served: {'; '.join(dict.fromkeys(found.problems))}.")
    return found


def _model(content: memoryview, found: Graph, allow: frozenset[str]) -> None:
    for number, value in _parts(content):
        match number:
            case 7:
                _graph(value, found, allow, 0)
            case 8:
                _opset(value, found)
            case 20:
                found.problems.append("it carries training steps")
            case 25:
                found.problems.append("it defines functions of its own")


def _opset(content: memoryview, found: Graph) -> None:
    fields = dict(fields_of(content))
    name = _text(fields.get(1, memoryview(b""))) or "ai.onnx"
    version = fields.get(2, 0)
    found.opsets[name] = version if isinstance(version, int) else 0
    if name not in DOMAINS:
        return  # converters name domains they do not use; an operator of one is what counts
    low, high = DOMAINS[name]
    if not low <= found.opsets[name] <= high:
        found.problems.append(f"it needs opset {found.opsets[name]} of {name}; {low} to {high} are served")


def _graph(content: memoryview, found: Graph, allow: frozenset[str], depth: int) -> None:
    if depth > MOST_DEPTH:
        found.problems.append(f"its branches are nested more than {MOST_DEPTH} deep")
        return
    for number, value in _parts(content):
        if number == 1:
            _node(value, found, allow, depth)
        elif number == 5:  # noqa: PLR2004 - GraphProto.initializer
            _tensor(value, found)
        elif number == 15:  # noqa: PLR2004 - GraphProto.sparse_initializer
            found.problems.append("it holds a sparse tensor")


def _node(content: memoryview, found: Graph, allow: frozenset[str], depth: int) -> None:
    name, domain = "", "ai.onnx"
    for number, value in _parts(content):
        match number:
            case 4:
                name = _text(value)
            case 7:
                domain = _text(value) or "ai.onnx"
            case 5:
                _attribute(value, found, allow, depth)
    found.operators[name] += 1
    if domain not in DOMAINS:
        found.problems.append(f"it uses {name!r} of the domain {domain!r}, which is not ONNX's own")
    if name in CONTROL - allow:
        found.problems.append(f"it uses {name}, which may never end or hide a branch")


def _attribute(content: memoryview, found: Graph, allow: frozenset[str], depth: int) -> None:
    for number, value in _parts(content):
        if number in {5, 10}:
            _tensor(value, found)
        elif number in {6, 11}:
            _graph(value, found, allow, depth + 1)
        elif number in {22, 23}:
            found.problems.append("it holds a sparse tensor")


def _tensor(content: memoryview, found: Graph) -> None:
    sizes: list[int] = []
    for number, value in fields_of(content):
        if number == 1:
            sizes += [value] if isinstance(value, int) else list(_packed(value))
        elif number == 13 or (number == 14 and value == 1):  # noqa: PLR2004 - external_data, data_location
            found.problems.append("a tensor of it lies in another file")
    if any(size >= 1 << 62 for size in sizes):
        found.problems.append("a tensor of it has a negative size")
        return
    numbers = math.prod(sizes)
    found.largest, found.numbers = max(found.largest, numbers), found.numbers + numbers


def _parts(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the fields that have a length."""
    for number, value in fields_of(content):
        if not isinstance(value, int):
            yield number, value


def _packed(content: memoryview) -> Iterator[int]:
    value = shift = 0
    for byte in content:
        value, shift = value | (byte & 0x7F) << shift, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            yield value
            value = shift = 0


def _text(value: memoryview | int) -> str:
    return "" if isinstance(value, int) else bytes(value[:200]).decode()
