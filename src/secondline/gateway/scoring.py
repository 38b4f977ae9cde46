"""Scoring: the plain JSON route. One case, or a list of cases, by the names of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import numpy as np

from secondline.events.shapes import Decision
from secondline.gateway.asked import Asked
from secondline.gateway.calls import BadFields, Call, Reply, bad, decoded, told
from secondline.gateway.catalogue import Catalogue, Served
from secondline.gateway.protocol import REPLAYED, Decide
from secondline.gateway.saying import Key, Moment, Segments, Word, keys_of, micros, must_be_plain, words
from secondline.gateway.tensors import EXACT, Column, as_text
from secondline.models.matrix import Matrix

SHOWN = 20


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One case as it is sent."""

    inputs: Annotated[dict[str, Any], msgspec.Meta(min_length=1)]
    entity: Word = ""
    amount: float | None = None
    time: Moment | None = None
    segments: Segments = {}
    key: Key | None = None
    use: Word = ""
    reasons: bool = True
    version: Word = ""


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One decision as it is told."""

    decision_id: str
    decision: str
    model: str
    version: str
    arm: str
    score: float | None = None
    threshold: str = ""
    reasons: tuple[str, ...] = ()


_decode = msgspec.json.Decoder(Case | list[Case])


class Scoring:
    """The route ``POST /v1/score/{model}``."""

    def __init__(self, catalogue: Catalogue, decide: Decide, most: int) -> None:
        self._catalogue, self._decide, self._most = catalogue, decide, most

    async def score(self, call: Call) -> Reply:
        """Decide on one case, or on each of a list."""
        call.wants_json()
        name = call.params["model"]
        call.caller.must_reach(name)
        served = self._catalogue.need(name)
        body: Case | list[Case] = decoded(_decode, call.body)
        cases = body if isinstance(body, list) else [body]
        if not 1 <= len(cases) <= self._most:
            raise bad(f"A request holds 1 to {self._most} cases; got {len(cases)}.", 413 if cases else 400)
        request = asked_of(call, served, cases)
        decisions, replayed = await self._decide(request)
        answers = [_told(one, reasons=request.reasons) for one in decisions]
        reply = told(answers if isinstance(body, list) else answers[0], 200, served.name, decisions[0].version)
        if replayed:
            reply.headers.append(REPLAYED)
        return reply


def _told(one: Decision, *, reasons: bool) -> Told:
    because = one.reasons if reasons else ()
    return Told(one.id, one.decision, one.model, one.version, one.arm, one.score, one.threshold, because)


def asked_of(call: Call, served: Served, cases: list[Case]) -> Asked:
    """Return the request that a list of cases makes.

    Raises:
        Turned: 400, with each field that is wrong; cases of one request differ in use, version or reasons.
    """
    first = cases[0]
    if any((one.use, one.version, one.reasons) != (first.use, first.version, first.reasons) for one in cases):
        raise bad("The cases of one request have the same use, version and reasons.")
    if any(one.key is None for one in cases) and any(one.key is not None for one in cases):
        raise bad("Give every case of a request a key, or none.")
    times = [one.time for one in cases]
    if any(at is None for at in times) and any(at is not None for at in times):
        raise bad("Give every case of a request a time, or none.")
    must_be_plain(
        entity=(one.entity for one in cases), use=[first.use], key=(one.key or "" for one in cases),
        version=[first.version], segments=words(one.segments for one in cases),
    )  # fmt: skip
    return Asked(
        model=served.name,
        columns=columns_of(served, [one.inputs for one in cases]),
        rows=len(cases),
        caller=call.caller.name,
        uses=served.uses_of(call.caller),
        use=first.use,
        version=first.version,
        keys=keys_of(
            tuple(one.key for one in cases if one.key is not None), call.headers.get(b"idempotency-key"), len(cases)
        ),
        entities=tuple(one.entity for one in cases) if any(one.entity for one in cases) else (),
        amounts=_amounts(cases),
        times=tuple(micros(at) for at in times if at is not None),
        segments=tuple(one.segments for one in cases) if any(one.segments for one in cases) else (),
        received=call.received,
        reasons=first.reasons,
    )


def _amounts(cases: list[Case]) -> tuple[float, ...]:
    amounts = [one.amount for one in cases]
    return () if all(x is None for x in amounts) else tuple(float("nan") if x is None else x for x in amounts)


def columns_of(served: Served, rows: list[dict[str, Any]]) -> Mapping[str, Column]:
    """Return cases by name as columns.

    Raises:
        Turned: 400, with each field that is wrong.
    """
    if not served.text and (values := _numbers(served.inputs, rows)):
        return Matrix(served.inputs, np.array(values, dtype=np.float64))
    wrong: dict[str, str] = {}
    names = list(served.inputs) + [name for name in rows[0] if name not in served.inputs]
    many = len(rows) > 1
    columns: dict[str, Column] = {}
    for name in names:
        values = [row.get(name, _MISSING) for row in rows]
        text = name in served.text or (name not in served.inputs and any(isinstance(value, str) for value in values))
        bad_ones = {i: what for i, value in enumerate(values) if (what := _wrong(value, text=text))}
        wrong |= {
            f"[{i}].inputs.{name[:100]}" if many else f"inputs.{name[:100]}": what for i, what in bad_ones.items()
        }
        if not wrong:
            columns[name] = as_text(name, values) if text else np.array(values, dtype=np.float64)
    for i, row in enumerate(rows):
        if len(row) > len(names) or not row.keys() <= set(names):
            raise bad(f"Case {i} has inputs that the first has not.")
    if wrong:
        raise BadFields(dict(list(wrong.items())[:SHOWN]))
    return columns


def _numbers(names: tuple[str, ...], rows: list[dict[str, Any]]) -> list[list[float]] | None:
    """Return the rows in the order of *names*, or None unless each has just these, and all as exact numbers."""
    try:
        found = [[row[name] for name in names] for row in rows]
    except KeyError:
        return None
    kinds = {type(x) for row in found for x in row}
    if any(len(row) != len(names) for row in rows) or not kinds <= {float, int}:
        return None
    if int in kinds and any(abs(x) > EXACT for row in found for x in row if type(x) is int):
        return None
    return found


_MISSING = object()


def _wrong(value: Any, *, text: bool) -> str:
    """Return what is wrong with the value of an input, or nothing; None is a missing value."""
    if value is None or type(value) is (str if text else float):
        return ""
    if value is _MISSING:
        return "input is missing"
    if text:
        return f"must be text; got {_kind(value)}"
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) <= EXACT):
        return ""
    return "an integer beyond 2^53 is not exact" if isinstance(value, int) else f"must be a number; got {_kind(value)}"


def _kind(value: Any) -> str:
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")
