"""Back-fill: files of the past as events, row by row, in flat memory, as often as one likes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from secondline.core.errors import DataError, SpecError
from secondline.events.backfill import Filled, Plan, backfill
from secondline.events.dead import DeadLetters
from secondline.events.log import DECISIONS, LABELS, Log
from secondline.events.reading import decode
from secondline.events.shapes import Decision, Event, Label

AT = 1_795_514_400_000_000  # 2026-11-24T10:00:00Z
MOMENT = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
PLAN = Plan(
    "decision",
    {"id": "key", "at": "when", "score": "p", "entity": "card"},
    {"model": "card-fraud", "version": "1.0"},
    {"inputs": ("amount", "country"), "segments": ("channel",)},
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    opened = Log.open(f"sqlite:///{tmp_path / 'log'}")
    yield opened
    opened.close()


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[DeadLetters]:
    letters = DeadLetters(tmp_path / "dead")
    yield letters
    letters.close()


def parquet(folder: Path, **columns: Any) -> Path:
    path = folder / "past.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=700)
    return path


def cases(count: int) -> dict[str, Any]:
    return {
        "key": [f"d{i}" for i in range(count)],
        "when": [MOMENT + dt.timedelta(seconds=i) for i in range(count)],
        "p": [i / count for i in range(count)],
        "card": [i % 7 for i in range(count)],
        "amount": [Decimal("1.50")] * count,
        "country": [None if i % 2 else "007" for i in range(count)],
        "channel": ["web"] * count,
    }


def events_in(log: Log, topic: str) -> list[Event]:
    reader = log.reader(topic, "g")
    found: list[Event] = []
    while batches := reader.poll(5000, 0):
        found += [decode(payload) for batch in batches for payload in batch.payloads]
    reader.close()
    return found


def test_rows_become_decisions(log: Log, dead: DeadLetters, tmp_path: Path) -> None:
    """Each row is an event with its times, numbers, text and parts, and progress is told."""
    told: list[int] = []
    done = backfill(parquet(tmp_path, **cases(1500)), PLAN, log, dead, told.append)
    assert done == Filled(1500, 1500, 0)
    assert told[-1] == 1500
    found = {event.id: event for event in events_in(log, DECISIONS)}
    assert len(found) == 1500
    assert found["d0"] == Decision(
        id="d0", at=AT, model="card-fraud", version="1.0", score=0.0, entity="0",
        inputs={"amount": 1.5, "country": "007"}, segments={"channel": "web"},
    )  # fmt: skip
    assert found["d1"].inputs == {"amount": 1.5, "country": None}  # type: ignore[attr-defined]


def test_bad_rows_are_dead_letters(log: Log, dead: DeadLetters, tmp_path: Path) -> None:
    """A row that makes no event says which field of which row is wrong, and costs the other rows nothing."""
    columns = cases(6)
    columns["p"] = [0.1, float("inf"), 0.1, 0.1, 0.1, float("nan")]
    columns["key"][2] = ""
    columns["when"][3] = None
    columns["channel"][4] = "x" * 300
    assert backfill(path := parquet(tmp_path, **columns), PLAN, log, dead) == Filled(6, 2, 4)
    letters = dead.list()
    assert [(x.place, x.field) for x in letters] == [(2, "score"), (3, "id"), (4, "at"), (5, "segments[...]")]
    assert {x.source for x in letters} == {str(path)}
    assert json.loads(letters[1].payload)["model"] == "card-fraud"
    assert sorted(event.id for event in events_in(log, DECISIONS)) == ["d0", "d5"]


def test_a_second_run_makes_the_same_events(log: Log, dead: DeadLetters, tmp_path: Path) -> None:
    """Without a column for the id it is a digest of the row, so a repetition is known as one."""
    plan = Plan(
        "label", {"decision": "key", "at": "when", "known": "when", "value": "y"}, {"model": "m", "kind": "chargeback"}
    )
    path = parquet(tmp_path, key=["a", "b"], when=[MOMENT] * 2, y=[True, False])
    backfill(path, plan, log, dead)
    backfill(path, plan, log, dead)
    found = events_in(log, LABELS)
    assert len(found) == 4
    assert len({event.id for event in found}) == 2
    assert {(e.decision, e.value) for e in found if isinstance(e, Label)} == {("a", 1.0), ("b", 0.0)}


def test_csv_is_read_as_text(log: Log, dead: DeadLetters, tmp_path: Path) -> None:
    """In a CSV file what is written as a number is one among inputs, 007 is not, and a time needs a zone."""
    path = tmp_path / "past.csv"
    path.write_text(
        "key,when,p,card,amount,country,channel\n"
        "a,2026-11-24T10:00:00Z,0.5,7,12.5,007,web\n"
        "b,2026-11-24T10:00:00,0.5,7,-3,GB,\n"
        f"c,{AT},high,7,1e2,,web\n"
        f"d,{AT},0.5,7,,1,web\n"
    )
    assert backfill(path, PLAN, log, dead) == Filled(4, 2, 2)
    assert [(x.place, x.field) for x in dead.list()] == [(2, "at"), (3, "score")]
    found = {event.id: event for event in events_in(log, DECISIONS) if isinstance(event, Decision)}
    assert found["a"].inputs == {"amount": 12.5, "country": "007"}
    assert found["d"].inputs == {"amount": None, "country": 1}
    assert found["a"].entity == "7"
    assert found["a"].at == found["d"].at == AT


def test_times_without_a_zone_are_utc_where_it_is_said(log: Log, dead: DeadLetters, tmp_path: Path) -> None:
    """Whoever knows that the clock was UTC says so; days are their first instant."""
    columns = {
        "key": ["a"],
        "when": [MOMENT.replace(tzinfo=None)],
        "day": [dt.date(2026, 11, 24)],
        "text": ["2026-11-24T10:00:00"],
    }
    path = parquet(tmp_path, **columns)
    for column, at in (("when", AT), ("text", AT), ("day", AT - 36_000_000_000)):
        plan = Plan("decision", {"id": "key", "at": column}, {"model": column}, zone="utc")
        assert backfill(path, plan, log, dead).events == 1
        assert [event.at for event in events_in(log, DECISIONS) if event.model == column] == [at]
        assert backfill(path, Plan("decision", {"id": "key", "at": column}, {"model": "m"}), log, dead).dead == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("decisions", {}), "no kind of event 'decisions'"),
        (("decision", {"scores": "p"}), "Did you mean 'score'"),
        (("decision", {"inputs": "p"}), "made of columns of its own"),
        (("decision", {"reasons": "p"}), "holds a list"),
        (("decision", {"model": "p"}, {"model": "m"}), "has a value of its own"),
        (("decision", {}, {}, {"score": ("a",)}), "made of columns of its own"),
    ],
)
def test_plans_that_do_not_fit(words: Any, said: str) -> None:
    """A mapping that no event has is refused before the file is opened."""
    with pytest.raises(SpecError, match=said):
        Plan(*words)


def test_files_that_cannot_be_read(log: Log, dead: DeadLetters, tmp_path: Path) -> None:
    """A missing, torn or unknown file and a missing column are told, and nothing is appended."""
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "x.xlsx").write_text("")
    for name, said in (
        ("nowhere.parquet", "Cannot read"),
        ("torn.parquet", "Cannot read"),
        ("empty.csv", "Cannot read"),
        ("x.xlsx", "Give a file ending in .parquet"),
    ):
        with pytest.raises(DataError, match=said):
            backfill(tmp_path / name, PLAN, log, dead)
    with pytest.raises(DataError, match="no column 'card'"):
        backfill(parquet(tmp_path, **{k: v for k, v in cases(3).items() if k != "card"}), PLAN, log, dead)
    assert events_in(log, DECISIONS) == []
