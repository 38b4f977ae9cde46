"""Journal: nothing is told that is not durable; a key gets its first answer again; a log that is down loses nothing."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from desks import Rig, SmallLog, SumDesk
from secondline.core.errors import LedgerError
from secondline.events.log import DECISIONS, LABELS
from secondline.events.shapes import Decision, Label
from secondline.gateway.answers import Answer, Answers, Entry
from secondline.gateway.asked import Asked
from secondline.gateway.journal import LogJournal

CASE = {"inputs": {"x1": 1, "x2": 2, "x3": 3}}
LABEL = {"id": "L1", "at": 1, "model": "cards", "decision": "d", "value": 1, "known": 2}


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def _score(rig: Rig, body: Any = CASE, key: str = "") -> Any:
    return asyncio.run(rig.ask("POST", "/v1/score/cards", body, {"idempotency-key": key} if key else {}))


def test_a_decision_is_in_the_log_before_it_is_told(tmp_path: Path) -> None:
    """The reply names a decision that another connection to the log already sees."""
    rig = Rig(tmp_path)
    answer = _score(rig)
    (row,) = sqlite3.connect(tmp_path / "log.db").execute("SELECT payload FROM log").fetchall()
    rig.close()
    assert answer.json["decision_id"] in row[0].decode()


def test_a_key_gets_the_identical_answer_even_after_a_restart(tmp_path: Path) -> None:
    """The same key and case give the same bytes again and one decision in the log; another case gives 409."""
    rig = Rig(tmp_path)
    first = _score(rig, key="k1")
    again = _score(rig, key="k1")
    rig.close()
    rig = Rig(tmp_path)
    restarted = _score(rig, key="k1")
    other = _score(rig, CASE | {"amount": 5.0}, key="k1")
    events = rig.logs[DECISIONS].events()
    rig.close()
    assert first.status == 200
    assert first.body == again.body == restarted.body
    assert again.headers["idempotency-replayed"] == "true"
    assert other.status == 409
    assert [event["request"] for event in events] == ["k1"]


def test_a_key_belongs_to_its_model(tmp_path: Path) -> None:
    """The same key for another model is another case."""
    rig = Rig(tmp_path)
    first = _score(rig, key="k")
    body = {"inputs": {"amount": 1, "channel": "pos"}}
    second = asyncio.run(rig.ask("POST", "/v1/score/mixed", body, {"idempotency-key": "k"}))
    rig.close()
    assert (first.status, second.status) == (200, 200)
    assert first.json["decision_id"] != second.json["decision_id"]


def test_the_same_key_at_the_same_time_is_decided_once(tmp_path: Path) -> None:
    """Of many requests with one key under way together one is decided, and all get its answer."""
    rig = Rig(tmp_path)

    async def together() -> list[Any]:
        ask = (rig.ask("POST", "/v1/score/cards", CASE, {"idempotency-key": "k"}) for _ in range(20))
        return list(await asyncio.gather(*ask))

    answers = asyncio.run(together())
    events = rig.logs[DECISIONS].events()
    rig.close()
    assert len({answer.body for answer in answers}) == 1
    assert len(events) == 1


def test_only_the_cases_that_are_new_are_decided(tmp_path: Path) -> None:
    """Of a request in which some keys are known, the others are decided, and the order is kept."""
    rig = Rig(tmp_path)
    cases = [{"inputs": {"x1": i, "x2": 0, "x3": 0}, "key": f"k{i}"} for i in range(4)]
    first = _score(rig, cases[1:3]).json
    both = _score(rig, cases).json
    events = rig.logs[DECISIONS].events()
    rig.close()
    assert both[1:3] == first
    assert sorted(event["request"] for event in events) == ["k0", "k1", "k2", "k3"]


def test_closed_a_log_that_fails_turns_requests_away(tmp_path: Path) -> None:
    """With fail-closed nothing is told while the log is down, readiness says so, and it heals by itself."""
    rig = Rig(tmp_path)
    rig.logs[DECISIONS].broken = True
    plain, keyed = _score(rig), _score(rig, key="k")
    ready = asyncio.run(rig.ask("GET", "/readyz")).status
    rig.logs[DECISIONS].broken = False
    _wait(rig.journal.ready)
    after = _score(rig, key="k")
    waiting, events = rig.journal.answers.waiting(), rig.logs[DECISIONS].events()
    rig.close()
    assert (plain.status, keyed.status, ready) == (503, 503, 503)
    assert plain.headers["retry-after"] == "1"
    assert after.status == 200
    assert "idempotency-replayed" not in after.headers
    assert [event["id"] for event in events] == [after.json["decision_id"]]
    assert waiting == 0


def test_spooled_events_reach_the_log_in_order_when_it_is_back(tmp_path: Path) -> None:
    """With spool requests are answered while the log is down, and each event is delivered once it is back."""
    rig = Rig(tmp_path, policy="spool")
    before = _score(rig)
    rig.logs[DECISIONS].broken = True
    during = [_score(rig, key="k" if i == 1 else "") for i in range(3)]
    page = asyncio.run(rig.ask("GET", "/metrics")).body.decode()
    rig.logs[DECISIONS].broken = False
    _wait(lambda: len(rig.logs[DECISIONS].events()) == 4)
    after = _score(rig)
    events = rig.logs[DECISIONS].events()
    rig.close()
    assert all(answer.status == 200 for answer in during)
    assert "secondline_gateway_spooled_events 3.0" in page
    assert [e["id"] for e in events] == [a.json["decision_id"] for a in (before, *during, after)]


def test_what_a_crash_left_in_the_spool_is_delivered_at_the_next_start(tmp_path: Path) -> None:
    """Events of the outbox that no one knows to be delivered go to the log when a journal begins."""
    answers = Answers(tmp_path / "state")
    answers.spool([Entry(LABELS, b"d", b'{"id":"L1"}')])
    answers.keep([Answer(b"k", b"h", b"p")], [Entry(LABELS, b"d", b'{"id":"L2"}')])
    answers._writes.close()
    rig = Rig(tmp_path)
    _wait(lambda: len(rig.logs[LABELS].events()) == 2)
    rig.close()
    assert [event["id"] for event in rig.logs[LABELS].events()] == ["L1", "L2"]
    assert Answers(tmp_path / "state").waiting() == 0


def test_labels_are_kept_once_and_contradictions_refused(tmp_path: Path) -> None:
    """A new batch is 202, duplicates are named, the same id with other content is 409 and nothing of it is kept."""
    rig = Rig(tmp_path)

    async def post(body: Any) -> Any:
        return await rig.ask("POST", "/v1/labels", body)

    new = asyncio.run(post(LABEL))
    again = asyncio.run(post([LABEL, LABEL | {"id": "L2"}, LABEL | {"id": "L2"}]))
    other = asyncio.run(post([LABEL | {"id": "L3"}, LABEL | {"value": 0}]))
    events = rig.logs[LABELS].events()
    rig.close()
    assert (new.status, new.json) == (202, {"accepted": 1, "duplicates": [], "duplicate": False})
    assert (again.status, again.json) == (202, {"accepted": 1, "duplicates": ["L1", "L2"]})
    assert other.status == 409
    assert [event["id"] for event in events] == ["L1", "L2"]


def test_events_of_any_kind_go_to_their_topics(tmp_path: Path) -> None:
    """A mixed batch is kept, each event in the topic of its kind."""
    rig = Rig(tmp_path)
    decision = {
        "type": "decision",
        "id": "D1",
        "at": 1,
        "model": "cards",
        "inputs": {"a": 1.5, "b": None},
        "score": 0.5,
    }
    asyncio.run(rig.ask("POST", "/v1/events", [decision, LABEL | {"type": "label"}]))
    investigation = {"id": "I1", "at": 1, "model": "cards", "decision": "D1", "outcome": "confirmed"}
    asyncio.run(rig.ask("POST", "/v1/investigations", investigation))
    asyncio.run(
        rig.ask("POST", "/v1/overrides", {"id": "O1", "at": 1, "model": "cards", "decision": "D1", "to": "approve"})
    )
    kept = [[event["id"] for event in rig.logs[topic].events()] for topic in (DECISIONS, LABELS)]
    rig.close()
    assert kept == [["D1"], ["L1", "I1", "O1"]]


def test_requests_that_wait_together_share_one_writing(tmp_path: Path) -> None:
    """What gathers while the disk is busy is one group."""
    rig = Rig(tmp_path)

    async def many() -> None:
        await asyncio.gather(*(rig.ask("POST", "/v1/score/cards", CASE) for _ in range(64)))

    asyncio.run(many())
    groups = rig.logs[DECISIONS].groups
    rig.close()
    assert sum(groups) == 64
    assert max(groups) > 8


def test_too_many_waiting_events_are_turned_away(tmp_path: Path) -> None:
    """The queue to the log is bounded."""
    rig = Rig(tmp_path)
    rig.journal._most = 5

    async def both() -> list[int]:
        batch = [LABEL | {"id": f"x{i}"} for i in range(4)]
        other = [LABEL | {"id": f"y{i}"} for i in range(4)]
        return [
            a.status
            for a in await asyncio.gather(rig.ask("POST", "/v1/labels", batch), rig.ask("POST", "/v1/labels", other))
        ]

    statuses = asyncio.run(both())
    rig.close()
    assert sorted(statuses) == [202, 429]


def test_answers_lapse(tmp_path: Path) -> None:
    """An answer is known for its time and then forgotten, also on the disk."""
    answers = Answers(tmp_path, kept_for=100)
    answers.keep([Answer(b"k", b"h", b"p")], [])
    now = time.time()
    assert answers.find([b"k"], now + 99)
    assert not answers.find([b"k"], now + 101)
    answers.settle(now + 102)
    assert not answers.find([b"k"], now)


def test_a_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    """A strange file in the place of the answers is told of, not overwritten."""
    (tmp_path / "answers.db").write_text("something else entirely, longer than a header of a database" * 10)
    with pytest.raises(LedgerError, match="cannot be opened"):
        Answers(tmp_path)


def test_the_journal_writes_to_the_embedded_log(tmp_path: Path) -> None:
    """Opened by an address, what was put is read back from the log itself."""
    from secondline.events.log import Log
    from secondline.gateway.journal import entries_of

    url = f"sqlite:///{tmp_path / 'events.db'}"
    journal = LogJournal.at(url, tmp_path / "state")

    async def put() -> None:
        await journal.put(entries_of([Label(id="L1", at=1, model="m", decision="d", value=1.0, known=2)]))

    asyncio.run(put())
    journal.close()
    log = Log.open(url)
    reader = log.reader(LABELS, "test")
    payloads = [payload for batch in reader.poll(10, 5.0) for payload in batch.payloads]
    reader.close()
    log.close()
    assert b'"L1"' in payloads[0]


class Watched(SumDesk):
    """A desk with a challenger that takes its time."""

    def __init__(self, go: threading.Event) -> None:
        super().__init__()
        self.go = go

    def watched(self, model: str) -> bool:
        """Whether challengers look on."""
        return model == "cards"

    def look_on(self, decided: Sequence[tuple[Asked, list[Decision]]]) -> list[list[Decision]]:
        """Wait until the test says so, and give each decision a challenger's score."""
        assert self.go.wait(20)
        return [[replace(one, shadows={"2": 0.25}) for one in decisions] for _, decisions in decided]


def test_challengers_never_keep_an_answer_waiting(tmp_path: Path) -> None:
    """The answer is given, and durable, while the challenger still thinks; the log gets it with the scores, once."""
    go = threading.Event()
    rig = Rig(tmp_path, desk=Watched(go))
    told = _score(rig, key="k")
    box = sqlite3.connect(tmp_path / "state" / "answers.db")
    held = [row[0].count(told.json["decision_id"].encode()) for row in box.execute("SELECT payload FROM outbox")]
    box.close()
    assert told.status == 200
    assert not rig.logs[DECISIONS].events()
    assert held == [1]
    go.set()
    _wait(lambda: bool(rig.logs[DECISIONS].events()))
    assert _score(rig, key="k").body == told.body
    rig.close()
    (event,) = SmallLog(tmp_path / "log.db", DECISIONS).events()
    assert (event["id"], event["shadows"]) == (told.json["decision_id"], {"2": 0.25})


def test_killed_while_challengers_think_a_decision_reaches_the_log_without_them(tmp_path: Path) -> None:
    """What waited in the outbox of a gateway that is gone is delivered by the next one, once."""
    go = threading.Event()
    rig = Rig(tmp_path, desk=Watched(go))
    told = _score(rig)
    shutil.copytree(tmp_path / "state", tmp_path / "copy" / "state")
    go.set()
    rig.close()
    after = Rig(tmp_path / "copy")
    _wait(lambda: bool(after.logs[DECISIONS].events()))
    (event,) = after.logs[DECISIONS].events()
    after.close()
    assert (event["id"], event.get("shadows")) == (told.json["decision_id"], None)


def test_a_log_that_is_down_when_challengers_are_done_gets_it_later(tmp_path: Path) -> None:
    """The decision stays in the outbox with the challenger's score, and goes to the log when it is back."""
    go = threading.Event()
    rig = Rig(tmp_path, desk=Watched(go))
    _score(rig)
    rig.logs[DECISIONS].broken = True
    go.set()
    _wait(lambda: not rig.journal.ready())
    rig.logs[DECISIONS].broken = False
    _wait(lambda: bool(rig.logs[DECISIONS].events()))
    (event,) = rig.logs[DECISIONS].events()
    rig.close()
    assert event["shadows"] == {"2": 0.25}
