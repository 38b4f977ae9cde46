"""Events as bytes: what is read, what is refused and why, and that stored bytes of version 1 are read for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.events import limits
from secondline.events.reading import BadEvent, Codec, decode, decode_many, encode
from secondline.events.shapes import AnyEvent, Decision, Event, Investigation, Label, Override, Snapshot

GOLDEN = Path(__file__).parent / "golden"
AT = 1_750_000_000_000_000
PLAIN: dict[str, Any] = {"type": "decision", "id": "d", "at": AT, "model": "m"}


def line(**more: Any) -> bytes:
    return json.dumps(PLAIN | more).encode()


def refused(payload: bytes) -> BadEvent:
    with pytest.raises(BadEvent) as told:
        decode(payload)
    return told.value


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.v1.json")), ids=lambda path: path.name)
def test_stored_bytes_of_version_1_are_read(path: Path) -> None:
    """Bytes written by the first release give exactly what they gave then, and are written the same way."""
    payload = path.read_bytes().rstrip(b"\n")
    event = decode(payload)
    assert json.loads(msgspec.json.encode(event)) == json.loads(payload)
    assert encode(event) == payload


def test_every_kind_has_golden_bytes() -> None:
    """No kind of event is without stored bytes, full and with the least there can be."""
    kinds = {json.loads(path.read_bytes())["type"] for path in GOLDEN.glob("*.v1.json")}
    assert kinds == {"decision", "label", "override", "investigation", "snapshot"}
    assert len(list(GOLDEN.glob("*.v1.json"))) == 10


def test_unknown_fields_are_ignored_and_absent_ones_have_their_default() -> None:
    """A field of a later release changes nothing; what is left out is as the shape says."""
    event = decode(line(colour="red", nested={"a": [1, {"b": None}]}))
    assert event == Decision(id="d", at=AT, model="m")
    assert isinstance(event, Decision)
    assert (event.v, event.arm, event.chance, event.inputs) == (1, "champion", 1.0, {})


def test_the_version_is_always_written() -> None:
    """A version left out would be read as another one once there are two."""
    assert json.loads(encode(Decision(id="d", at=AT, model="m"))) == PLAIN | {"v": 1}


@pytest.mark.parametrize(
    ("payload", "reason", "field"),
    [
        (b"", "malformed", ""),
        (b"nonsense", "malformed", ""),
        (b"[1]", "malformed", ""),
        (b"\xff\xfe", "malformed", ""),
        (line() + b" x", "malformed", ""),
        (line()[:-1], "malformed", ""),
        (line().replace(b'"d"', b'"\xff"'), "malformed", ""),
        (line().replace(b'"d"', b'"\\ud800"'), "malformed", ""),
        (line(score=0).replace(b"0}", b"NaN}"), "malformed", ""),
        (line(score=0).replace(b"0}", b"Infinity}"), "malformed", ""),
        (line(score=0).replace(b"0}", b"1e999}"), "invalid", "score"),
        (b'{"type":"decision","u":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "malformed", ""),
        (b'{"type":"decision","u":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}", "malformed", ""),
        (line(note="x" * limits.LARGEST), "too-large", ""),
        (b"\0\0\0\0\1", "malformed", ""),
        (b'{"id":"d"}', "unknown-type", "type"),
        (b'{"type":3}', "malformed", ""),
        (line(type="decisions"), "unknown-type", "type"),
        (line(v=2), "unknown-version", "v"),
        (line(v=2, score="changed"), "unknown-version", "v"),
        (line(v=0), "unknown-version", "v"),
        (line(v=-1), "unknown-version", "v"),
        (line(v="1"), "malformed", ""),
        (line(id=""), "invalid", "id"),
        (line(id="x" * 201), "invalid", "id"),
        (line(id=7), "invalid", "id"),
        (line(id="a\nb"), "invalid", "id"),
        (line(id="a\x7fb"), "invalid", "id"),
        (line(id="a\x85b"), "invalid", "id"),
        (line(at=0), "invalid", "at"),
        (line(at=-AT), "invalid", "at"),
        (line(at=limits.LAST + 1), "invalid", "at"),
        (line(at="2026-11-24T10:00:00Z"), "invalid", "at"),
        (line(model=None), "invalid", "model"),
        (b'{"type":"decision","id":"d","at":1}', "invalid", "model"),
        (line(chance=1.5), "invalid", "chance"),
        (line(arm="nobody"), "invalid", "arm"),
        (line(inputs={"a": [1]}), "invalid", "inputs[...]"),
        (line(inputs={"a": "x" * 1001}), "invalid", "inputs[...]"),
        (line(inputs={"a": 2**63}), "invalid", "inputs[...]"),
        (line(inputs={"a\u0000": 1}), "invalid", "inputs"),
        (line(inputs={f"k{i}": 1 for i in range(10_001)}), "invalid", "inputs"),
        (line(inputs={"k" * 201: 1}), "invalid", "inputs"),
        (line(reasons=["r"] * 201), "invalid", "reasons"),
        (line(reasons=["\x1b[2J"]), "invalid", "reasons"),
        (line(decided=-1), "invalid", "decided"),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(payload: bytes, reason: str, field: str) -> None:
    """Each sort of bad bytes has a word for counting, the field that is wrong, and a message for a person."""
    bad = refused(payload)
    assert (bad.reason, bad.field) == (reason, field), str(bad)
    assert len(str(bad)) < 400


def test_a_million_keys_are_refused_for_their_size() -> None:
    """An event of ten megabytes and a million keys costs no more than a look at its length."""
    payload = b'{"type":"decision","inputs":{' + b",".join(b'"k%d":1' % i for i in range(1_000_000)) + b"}}"
    assert len(payload) > 9_000_000
    assert refused(payload).reason == "too-large"


def test_registry_framing_is_passed_over() -> None:
    """A zero byte and the four bytes of a schema id before an event are not part of it."""
    assert decode(b"\0\0\0\1\7" + line()) == Decision(id="d", at=AT, model="m")


def test_words_of_a_person_may_have_lines() -> None:
    """A note may hold line breaks and tabs, in any alphabet, and nothing that moves a terminal's cursor."""
    event = Investigation(id="i", at=AT, model="m", decision="d", outcome="unclear", note="Ünclear:\n\tsee \\ file")
    assert decode(encode(event)) == event
    with pytest.raises(BadEvent, match=r"control characters in its text - at `\$.note`"):
        encode(Investigation(id="i", at=AT, model="m", decision="d", outcome="unclear", note="\x1b[2J"))


def test_one_bad_event_does_not_cost_the_others() -> None:
    """Read in bulk, each payload gives its event or its reason, in its place."""
    found = decode_many([line(id="a"), b"no", line(id="b"), line(v=9)])
    assert [event.id if isinstance(event, Event) else event.reason for event in found] == [
        "a", "malformed", "b", "unknown-version",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (Decision(id="d", at=AT, model="m", score=float("nan")), "score"),
        (Decision(id="d", at=AT, model="m", inputs={"a": float("inf")}), "inputs"),
        (Label(id="d", at=AT, model="m", decision="d", value=float("nan"), known=AT), "value"),
        (Decision(id="\ud800", at=AT, model="m"), ""),
        (Decision(id="d", at=AT, model="m", inputs={"a": object()}), ""),  # type: ignore[dict-item]
        (Decision(id="d", at=0, model="m"), "at"),
        (Override(id="d", at=AT, model="m", decision="", to="approve"), "decision"),
    ],
)
def test_what_could_not_be_read_is_never_written(event: Event, field: str) -> None:
    """An event that a reader would refuse, or that would say something else, is refused where it is made."""
    with pytest.raises(BadEvent) as told:
        encode(event)
    assert (told.value.reason, told.value.field) == ("invalid", field)


text = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
value = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
events = st.builds(
    Decision,
    id=text.filter(bool),
    at=st.integers(1, limits.LAST),
    model=text.filter(bool),
    inputs=st.dictionaries(text, value, max_size=5),
    reasons=st.lists(text, max_size=3).map(tuple),
    score=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    chance=st.floats(0, 1),
    arm=st.sampled_from(["champion", "control", "fallback", "refused"]),
)


@given(events)
def test_what_is_written_is_read(event: Decision) -> None:
    """Whatever an event holds, its bytes give it back."""
    assert decode(encode(event)) == event


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(payload: bytes) -> None:
    """Any bytes are an event or are refused as none; nothing else is ever raised."""
    (found,) = decode_many([payload])
    assert isinstance(found, (Event, BadEvent))


class Later(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="decision"):
    """A second version of a decision, which names its score otherwise."""

    id: str
    at: int
    model: str
    v: int = msgspec.field(default_factory=lambda: 2)
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None


def renamed(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "score"} | {"probability": content.get("score")}


def test_an_earlier_version_is_raised() -> None:
    """A reader of version 2 reads version 1, stated or absent, by the step between, and refuses version 3."""
    codec = Codec(Later | Label | Snapshot, 2, {("decision", 1): renamed})
    wanted = Later(id="d", at=AT, model="m", probability=0.5)
    assert codec.decode(line(score=0.5, v=1)) == wanted
    assert codec.decode(line(score=0.5)) == wanted
    assert codec.decode(line(probability=0.5, v=2)) == wanted
    label = codec.decode(encode(Label(id="l", at=AT, model="m", decision="d", value=1, known=AT)))
    assert (label.value, label.v) == (1, 2)
    for payload, reason in (
        (line(v=3), "unknown-version"),
        (line(score=7), "invalid"),
        (line(probability=7, v=2), "invalid"),
    ):
        with pytest.raises(BadEvent) as told:
            codec.decode(payload)
        assert told.value.reason == reason


def test_all_kinds_are_read() -> None:
    """Each kind goes there and back as what it is."""
    made: list[AnyEvent] = [
        Label(id="l", at=AT, model="m", decision="d", value=1, known=AT),
        Override(id="o", at=AT, model="m", decision="d", to="approve", reason="Known customer"),
        Investigation(id="i", at=AT, model="m", decision="d", outcome="confirmed"),
        Snapshot(id="s", at=AT, model="m", entity="e", values={"a": 1, "b": None, "c": "x", "d": True}),
    ]
    assert decode_many(map(encode, made)) == made
