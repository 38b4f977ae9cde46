"""Features online and in batch are one: to the last bit, whatever comes late, twice, at once, or after a restart."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondline.core.errors import DataError
from secondline.events.velocity import State
from secondline.frames.velocity import featured
from velocities import every, plain, table

MINUTE = 60_000_000
Row = dict[str, Any]


def row(number: int, at: int, card: str = "a", **other: Any) -> Row:
    """Return a row, plain unless told otherwise."""
    usual = {"merchant": "m1", "channel": "chip", "amount": 10.0, "risk": 0.5}
    return {"id": number, "at": at, "card": card} | usual | other


def drawn(n: int, seed: int, minutes: int = 600) -> list[Row]:
    """Draw rows in order of time, dense enough for ties, with values that are missing."""
    rng = random.Random(seed)
    rows = [
        row(
            0, rng.randrange(minutes) * MINUTE, rng.choice("abc"), merchant=rng.choice(["m1", "m2", "m3", None][:3]),
            channel=rng.choice(["chip", "online", None]), risk=rng.choice([None, 0.25, 0.1, -1.5]),
            amount=rng.choice([None, 0.1, 0.2, 0.7, 4.99, 5.0, 19.99, 1e6 / 3, -12.34, 0.0]),
        )
        for _ in range(n)
    ]  # fmt: skip
    rows.sort(key=lambda r: r["at"])
    return [one | {"id": i} for i, one in enumerate(rows)]


def batch(rows: list[Row], late: str = "1h") -> dict[int, Row]:
    """Return the batch side's values of each row."""
    said = every(late)
    found = featured(table(rows), said).to_pylist()
    return {one["id"]: {name: one[name] for name in said.names} for one in found}


def same(a: Row, b: Row) -> bool:
    """Whether values and their types are the same; a float's bits are told by its hexadecimal form."""
    return {k: _told(v) for k, v in a.items()} == {k: _told(v) for k, v in b.items()}


def _told(value: Any) -> Any:
    return (type(value), value.hex() if isinstance(value, float) else value)


moments = st.integers(0, 200).map(lambda minute: minute * MINUTE)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "at": moments,
            "card": st.sampled_from("ab"),
            "merchant": st.sampled_from(["m1", "m2"]),
            "channel": st.sampled_from(["chip", "online", "tap", None]),
            "amount": st.one_of(st.none(), st.integers(-50_000, 5_000_000).map(lambda c: c / 100), st.just(0.125)),
            "risk": st.sampled_from([None, 0.1, 0.3, -2.5]),
        }
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25)
@given(rows, st.randoms(use_true_random=False))
def test_batch_online_and_definition_agree(made: list[Row], chance: random.Random) -> None:
    """On any rows, in any order of arrival within the allowance, some of them twice: settled values are the batch's,
    and both are those of the definition read row by row.
    """
    numbered = [one | {"id": i} for i, one in enumerate(made)]
    arrived = [*numbered, *chance.sample(numbered, len(numbered) // 3)]
    chance.shuffle(arrived)
    said, found = every("1d"), batch(numbered, "1d")
    state, before = State(said), list[Row]()
    for one in arrived:
        answer = state.add(one)
        assert same(answer.values, plain(one, before, said))
        before += [] if answer.kind == "repeated" else [one]
    for one in numbered:
        assert same(state.values(one), found[one["id"]])
        assert same(found[one["id"]], plain(one, numbered, said))


def test_a_stream_in_order_is_answered_at_once_as_in_batch() -> None:
    """Without late rows the first answer is final, though the state forgets as it goes."""
    made = drawn(2_000, 1, minutes=60_000)
    found, state = batch(made), State(every())
    for one in made:
        assert same(state.add(one).values, found[one["id"]])
    assert state.rows() < len(made)


def test_late_rows_are_settled_within_the_allowance(tmp_path: Path) -> None:
    """Rows up to an hour late, repeated rows and restarts from disk in the middle leave the batch's values."""
    rng, made = random.Random(3), drawn(1_500, 2, minutes=20_000)
    found = batch(made)
    arrival = sorted(made, key=lambda one: one["at"] + rng.choice([0, 0, 0, 20, 59]) * MINUTE)
    state, settled, kinds, waiting = State(every()), 0, set(), list(made)
    for place, one in enumerate(arrival):
        kinds.add(state.add(one).kind)
        if place % 7 == 0:
            assert state.add(one).kind == "repeated"
        if place % 400 == 0:
            state.save(tmp_path / "state", {"offset": place})
            state, note = State.load(tmp_path / "state", every())
            assert note == {"offset": place}
        while waiting and waiting[0]["at"] + 60 * MINUTE == state.newest:
            assert same(state.values(waiting[0]), found[waiting.pop(0)["id"]])
            settled += 1
        while waiting and waiting[0]["at"] + 60 * MINUTE < (state.newest or 0):
            waiting.pop(0)
    assert kinds == {"new", "late"}
    assert settled > 10


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    """A state that was saved and read at every step ends as the one that never stopped, to the byte."""
    made = drawn(300, 5)
    straight, stopped = State(every()), State(every())
    for one in made:
        stopped = State.from_bytes(stopped.to_bytes(), every())[0]
        assert same(stopped.add(one).values, straight.add(one).values)
    assert stopped.to_bytes() == straight.to_bytes()


def test_rows_of_one_moment_do_not_see_one_another() -> None:
    """Of three rows at one microsecond each sees only what was before, whichever came first."""
    state = State(every())
    state.add(row(1, 0))
    counts = [state.add(row(number, MINUTE)).values["n"] for number in (4, 2, 3)]
    assert counts == [1, 1, 1]
    assert state.add(row(5, 2 * MINUTE)).values["n"] == 4


def test_the_ends_of_a_window_are_exact() -> None:
    """A row exactly one window ago counts; a microsecond more and it does not."""
    state = State(every())
    state.add(row(1, 0))
    assert state.values(row(2, 60 * MINUTE))["n"] == 1
    assert state.values(row(2, 60 * MINUTE + 1))["n"] == 0


def test_a_sum_of_tenths_is_exact() -> None:
    """Ten times ten cents is one, in any order, which no sum of doubles gives."""
    state = State(every())
    for number in range(10):
        state.add(row(number, number, amount=0.1))
    assert sum([0.1] * 10) != 1.0
    assert state.values(row(99, 10))["spent"] == 1.0


def test_what_is_too_late_is_not_counted() -> None:
    """A row older than the allowance has no values and changes none."""
    state = State(every())
    state.add(row(1, 180 * MINUTE))
    answer = state.add(row(2, 119 * MINUTE))
    assert (answer.kind, set(answer.values.values())) == ("too-late", {None})
    assert state.values(row(3, 181 * MINUTE))["n"] == 1
    with pytest.raises(DataError, match="older than `late`"):
        state.values(row(2, 119 * MINUTE))


def test_memory_is_bounded() -> None:
    """Over a year of ever new cards and a busy one the state holds what its windows reach, and no more."""
    state, most = State(every()), 0
    for number in range(8_760):
        state.add(row(number, number * 60 * MINUTE, card=f"c{number % 977}", merchant="m1"))
        most = max(most, state.rows())
    assert most < 700


def test_the_same_rows_give_the_same_bytes() -> None:
    """The state depends on nothing but the rows."""
    states = [State(every()), State(every())]
    for state in states:
        for one in drawn(200, 8):
            state.add(one)
    assert states[0].to_bytes() == states[1].to_bytes()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"id": None}, "needs 'id'"),
        ({"at": 1.5}, "whole microseconds"),
        ({"card": None}, "has no 'card'"),
        ({"amount": "ten"}, "a decimal"),
        ({"amount": float("inf")}, "a decimal"),
        ({"amount": 1e15}, "2\\^53"),
        ({"risk": "high"}, "max needs a number"),
        ({"merchant": ["m"]}, "a number, a text or nothing"),
    ],
)
def test_a_wrong_row_is_refused_and_not_counted(bad: Row, said: str) -> None:
    """Each wrong row is refused by name, and the state is as if it had never come."""
    state = State(every())
    state.add(row(1, 0))
    before = state.to_bytes()
    with pytest.raises(DataError, match=said):
        state.add(row(2, MINUTE) | bad)
    assert state.to_bytes() == before


@pytest.mark.parametrize("content", [b"", b"\x80", b"not a state", b"\xc1", State(every("2h")).to_bytes()])
def test_what_is_no_state_is_refused(content: bytes) -> None:
    """Neither other bytes nor the state of other features are read."""
    with pytest.raises(DataError, match="state"):
        State.from_bytes(content, every())


def test_a_torn_state_is_refused(tmp_path: Path) -> None:
    """A state cut short is refused, and a missing file is named."""
    state = State(every())
    state.add(row(1, 0))
    with pytest.raises(DataError, match="no state"):
        State.from_bytes(state.to_bytes()[:-3], every())
    with pytest.raises(DataError, match="'gone'"):
        State.load(tmp_path / "gone", every())
