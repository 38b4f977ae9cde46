"""Foreign events: times as text, CloudEvents, and what KServe logs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from secondline.events.foreign import Pairing, imported, micros, unwrapped
from secondline.events.limits import LARGEST
from secondline.events.reading import BadEvent, encode
from secondline.events.shapes import Decision, Label

AT = 1_795_514_400_000_000  # 2026-11-24T10:00:00Z
PLAIN = {"type": "label", "id": "l", "model": "m", "decision": "d", "value": 1}


def envelope(kind: str, data: Any, **more: Any) -> bytes:
    whole = {
        "specversion": "1.0",
        "id": "r-1",
        "source": "http://localhost:9081/",
        "type": kind,
        "time": "2026-11-24T10:00:00Z",
        "inferenceservicename": "card-fraud",
        "data": data,
    }
    return json.dumps(whole | more).encode()


def request(data: Any, **more: Any) -> bytes:
    return envelope("org.kubeflow.serving.inference.request", data, **more)


def response(data: Any, **more: Any) -> bytes:
    return envelope("org.kubeflow.serving.inference.response", data, **more)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-24T10:00:00Z", AT),
        ("2026-11-24T12:00:00+02:00", AT),
        ("2026-11-24T10:00:00.000001Z", AT + 1),
        ("1970-01-01T00:00:00.000001Z", 1),
    ],
)
def test_times_are_exact(text: str, value: int) -> None:
    """An instant as text is the same instant in microseconds, to the last."""
    assert micros(text) == value


@pytest.mark.parametrize("text", ["2026-11-24T10:00:00", "2026-11-24", "24/11/2026", "yesterday", ""])
def test_times_that_are_none_are_refused(text: str) -> None:
    """A time without a zone could be any of many instants, so it is refused like one that is none."""
    with pytest.raises(ValueError, match=r"zone|RFC 3339"):
        micros(text)


def test_times_as_text_are_imported() -> None:
    """Import takes text or microseconds; the ordinary reader never takes text."""
    label = Label(id="l", at=AT, model="m", decision="d", value=1, known=AT + 1)
    times = {"at": "2026-11-24T10:00:00Z", "known": AT + 1}
    assert imported(json.dumps(PLAIN | times).encode()) == label
    for times, field in (({"at": "soon", "known": 1}, "at"), ({"at": 1, "known": "2026-11-24T10:00:00"}, "known")):
        with pytest.raises(BadEvent) as told:
            imported(json.dumps(PLAIN | times).encode())
        assert (told.value.reason, told.value.field) == ("invalid", field)
    for payload, reason in ((b"[]", "malformed"), (b"{", "malformed"), (b"x" * (LARGEST + 1), "too-large")):
        with pytest.raises(BadEvent) as told:
            imported(payload)
        assert told.value.reason == reason


def test_an_event_in_an_envelope_is_unwrapped() -> None:
    """A CloudEvent whose data is an event of ours gives that event, and others are refused."""
    event = Decision(id="d", at=AT, model="m", score=0.5)
    assert unwrapped(envelope("secondline.decision", json.loads(encode(event)))) == event
    for payload, reason in (
        (envelope("com.example.order", {}), "unknown-type"),
        (envelope("secondline.decision", {}, specversion="0.3"), "unknown-version"),
        (envelope("secondline.decision", {"type": "decision"}), "invalid"),
        (encode(event), "malformed"),
        (b"x" * (LARGEST + 1), "too-large"),
    ):
        with pytest.raises(BadEvent) as told:
            unwrapped(payload)
        assert told.value.reason == reason


@pytest.mark.parametrize(
    ("asked", "answered", "inputs", "scores"),
    [
        ({"instances": [{"a": 1, "b": "x"}]}, {"predictions": [0.25]}, [{"a": 1, "b": "x"}], [0.25]),
        (
            {"instances": [[1, 2], [3, 4]]},
            {"predictions": [[0.9, 0.1], [0.2, 0.8]]},
            [{"x0": 1, "x1": 2}, {"x0": 3, "x1": 4}],
            [0.1, 0.8],
        ),
        (
            {
                "inputs": [
                    {"name": "a", "shape": [2, 1], "data": [1, 2]},
                    {"name": "b", "shape": [2, 1], "data": ["x", "y"]},
                ]
            },
            {"model_name": "m", "model_version": "3", "outputs": [{"name": "p", "data": [0.1, 0.2]}]},
            [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
            [0.1, 0.2],
        ),
        (
            {"inputs": [{"name": "rows", "shape": [2, 2], "data": [1, 2, 3, 4]}]},
            {"outputs": [{"data": [0.1, 0.2]}]},
            [{"x0": 1, "x1": 2}, {"x0": 3, "x1": 4}],
            [0.1, 0.2],
        ),
        (
            {"inputs": [{"name": "a", "shape": [2], "data": [1, 2]}]},
            {"outputs": [{"data": [0, 1]}]},
            [{"a": 1}, {"a": 2}],
            [0.0, 1.0],
        ),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_requests_and_responses_become_decisions(
    asked: Any, answered: Any, inputs: Any, scores: Any, late: bool
) -> None:
    """Both protocols of KServe's logger give a decision a row, whichever of the pair comes first."""
    pairing = Pairing()
    pair = [request(asked), response(answered)]
    assert pairing.feed(pair[late]) == []
    found = pairing.feed(pair[not late])
    assert [decision.inputs for decision in found] == inputs
    assert [decision.score for decision in found] == scores
    assert {decision.model for decision in found} == {"card-fraud"}
    assert {decision.at for decision in found} == {AT}
    assert len({decision.id for decision in found}) == len(found)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (request({"instances": [[1]]}), response({"predictions": [1, 2]}), "invalid"),
        (request({"nothing": 1}), response({"predictions": [1]}), "invalid"),
        (request({"instances": [[1]]}), response({"predictions": ["high"]}), "invalid"),
        (request({"instances": [[1]]}), response({}), "invalid"),
        (request({"instances": [[1]]}, time=None), response({"predictions": [1]}, time=None), "invalid"),
        (request({"instances": [{"a": [1]}]}), response({"predictions": [1]}), "invalid"),
        (request([1]), response({"predictions": [1]}), "malformed"),
        (
            request({"inputs": [{"name": "a", "data": [1]}, {"name": "b", "data": [1, 2]}]}),
            response({"predictions": [1]}),
            "invalid",
        ),
        (request({"inputs": [{"name": "a", "shape": [1, 0], "data": [1]}]}), response({"predictions": [1]}), "invalid"),
        (request({"instances": [[1]]}), envelope("org.kubeflow.serving.inference.x", {}), "unknown-type"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(first: bytes, second: bytes, reason: str) -> None:
    """A pair that makes no decision says why, and leaves nothing behind."""
    pairing = Pairing()
    assert pairing.feed(first) == []
    with pytest.raises(BadEvent) as told:
        pairing.feed(second)
    assert told.value.reason == reason


def test_what_waits_is_bounded() -> None:
    """Requests whose response never comes do not pile up; those forgotten are counted."""
    pairing = Pairing("m", most=3)
    for i in range(10):
        pairing.feed(request({"instances": [[1]]}, id=str(i)))
    assert pairing.dropped == 7
    assert pairing.feed(response({"predictions": [1]}, id="0")) == []
    assert [d.model for d in pairing.feed(response({"predictions": [1]}, id="9"))] == ["m"]
