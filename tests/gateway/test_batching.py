"""Batching: one turn, one call of the desk; bounded in time and number."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from desks import Rig, SumDesk
from secondline.events.log import DECISIONS
from secondline.gateway.asked import Turned
from secondline.gateway.limits import LEAST, Limit

CASE = {"inputs": {"x1": 1, "x2": 2, "x3": 3}}


async def _together(rig: Rig, count: int, **headers: str) -> list[Any]:
    asks = (rig.ask("POST", "/v1/score/cards", CASE, headers) for _ in range(count))
    return list(await asyncio.gather(*asks))


def test_requests_of_one_turn_go_to_the_desk_together(tmp_path: Path) -> None:
    """Forty requests that arrive in one turn of the loop are one call."""
    rig = Rig(tmp_path)
    answers = asyncio.run(_together(rig, 40))
    rig.close()
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["decision_id"] for answer in answers}) == 40
    assert rig.desk.turns == [40]


def test_a_slow_desk_moves_to_a_thread_and_the_loop_stays_free(tmp_path: Path) -> None:
    """After three slow turns the desk no longer holds up health, and what gathers meanwhile is one turn."""
    desk = SumDesk(hook=lambda: time.sleep(0.04))
    rig = Rig(tmp_path, desk=desk)
    threads: list[str] = []
    started, release = threading.Event(), threading.Event()

    def hook() -> None:
        threads.append(threading.current_thread().name)
        started.set()
        release.wait(10)

    async def go() -> None:
        for _ in range(3):
            await _together(rig, 1)
        desk.hook = hook
        asked = asyncio.create_task(_together(rig, 5))
        assert await asyncio.get_running_loop().run_in_executor(None, started.wait, 10)
        assert (await rig.ask("GET", "/livez")).status == 200
        assert not asked.done()
        more = asyncio.create_task(_together(rig, 7))
        await asyncio.sleep(0)
        release.set()
        assert {answer.status for answer in await asked} == {200}
        assert {answer.status for answer in await more} == {200}

    asyncio.run(go())
    rig.close()
    assert desk.turns == [1, 1, 1, 5, 7]
    assert all(name.startswith("desk") for name in threads)


def test_a_request_out_of_time_gets_504_and_its_key_the_answer_later(tmp_path: Path) -> None:
    """Who waits too long is told so; the decision made late is on record, and the same key gets that one."""
    release = threading.Event()
    desk = SumDesk(hook=lambda: time.sleep(0.04))
    rig = Rig(tmp_path, desk=desk, deadline=0.5)

    async def go() -> tuple[Any, Any, Any]:
        for _ in range(3):
            await _together(rig, 1)
        desk.hook = lambda: release.wait(10)
        (late,) = await _together(rig, 1, **{"idempotency-key": "k"})
        (meanwhile,) = await _together(rig, 1, **{"idempotency-key": "k"})
        release.set()
        (again,) = await _together(rig, 1, **{"idempotency-key": "k"})
        return late, meanwhile, again

    late, meanwhile, again = asyncio.run(go())
    events = [event for event in rig.logs[DECISIONS].events() if event.get("request") == "k"]
    rig.close()
    assert (late.status, meanwhile.status, again.status) == (504, 504, 200)
    assert [event["id"] for event in events] == [again.json["decision_id"]]


def test_a_request_whose_time_is_up_before_its_turn_is_not_decided(tmp_path: Path) -> None:
    """A request that waited out its deadline in the queue costs the desk nothing."""
    release = threading.Event()
    desk = SumDesk(hook=lambda: time.sleep(0.04))
    rig = Rig(tmp_path, desk=desk, deadline=0.5)

    async def go() -> Any:
        for _ in range(3):
            await _together(rig, 1)
        desk.hook = lambda: release.wait(10)
        first = asyncio.create_task(_together(rig, 1))
        await asyncio.sleep(0)
        second = asyncio.create_task(_together(rig, 2))
        await asyncio.wait([first, second])
        release.set()
        (last,) = await _together(rig, 1)
        return last

    last = asyncio.run(go())
    rig.close()
    assert last.status == 200
    assert sum(desk.turns) <= 3 + 1 + 1


def test_what_is_beyond_the_limit_is_shed_at_once(tmp_path: Path) -> None:
    """Of ten requests at a limit of four, four are decided and six get 429 with Retry-After, and all is free again."""
    rig = Rig(tmp_path, limit=4)
    answers = asyncio.run(_together(rig, 10))
    after = asyncio.run(_together(rig, 4))
    rig.close()
    shed = [answer for answer in answers if answer.status == 429]
    assert len(shed) == 6
    assert {answer.headers["retry-after"] for answer in shed} == {"1"}
    assert {answer.status for answer in after} == {200}


@pytest.mark.parametrize("wrong", ["raises", "too few"])
def test_a_desk_that_breaks_its_word_answers_nobody(tmp_path: Path, wrong: str) -> None:
    """A desk that raises, or returns too little, is our fault: 500, nothing on record, no inputs in the message."""

    class Broken(SumDesk):
        def decide(self, asked: Any) -> Any:
            if wrong == "raises":
                raise KeyError("secret input 4111")
            return []

    rig = Rig(tmp_path, desk=Broken())
    (answer,) = asyncio.run(_together(rig, 1))
    events = rig.logs[DECISIONS].events()
    rig.close()
    assert answer.status == 500
    assert b"4111" not in answer.body
    assert not events


def test_a_decision_that_cannot_be_recorded_fails_alone(tmp_path: Path) -> None:
    """A decision that the log would refuse gets 422, and those of the same turn beside it are kept and told."""

    class Odd(SumDesk):
        def decide(self, asked: Any) -> Any:
            import msgspec

            found = super().decide(asked)
            found[0] = [msgspec.structs.replace(found[0][0], entity="a\x00b")]  # type: ignore[index]
            return found

    rig = Rig(tmp_path, desk=Odd())
    answers = asyncio.run(_together(rig, 3))
    events = rig.logs[DECISIONS].events()
    rig.close()
    assert [answer.status for answer in answers] == [422, 200, 200]
    assert len(events) == 2


def test_the_adaptive_limit_follows_the_time_to_answer() -> None:
    """It shrinks while answers take too long, never below its least, and grows back to its most."""
    limit = Limit(100, target=0.1)
    for _ in range(3000):
        limit.enter(1)
        limit.leave(1, 1.0)
    assert limit.now == LEAST
    for _ in range(3000):
        limit.enter(1)
        limit.leave(1, 0.01)
    assert limit.now == 100


def test_a_fixed_limit_lets_one_large_request_in_alone() -> None:
    """A request larger than the limit is served when nothing else is under way, and not beside others."""
    limit = Limit(10)
    limit.enter(50)
    with pytest.raises(Turned, match="Too much"):
        limit.enter(1)
    limit.leave(50, 0.0)
    limit.enter(1)
    with pytest.raises(Turned):
        limit.enter(50)
    assert limit.shed == 2
