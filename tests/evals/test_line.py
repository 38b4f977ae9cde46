"""The line: retries, rates, money, deadlines and kept answers, on a clock that is moved by sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.asking import OK, Time, Told, gathered, limited, line
from secondline.core.errors import ModelError
from secondline.evals.limits import FAILURES, OPENINGS
from secondline.evals.line import Ask, Line, Stopped
from secondline.evals.wire import Dropped, Failed, Reply

PRICES = {"price-in": 1000.0, "price-out": 10_000.0}  # 1,000 tokens in and 100 out: 1 + 1 = 2 of money


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def open_lines() -> Iterator[list[Line]]:
    """Close the journals of a test's lines."""
    lines: list[Line] = []
    yield lines
    for one in lines:
        one.journal.close()


@pytest.fixture
def made(tmp_path: Path, time: Time, open_lines: list[Line]) -> Any:
    """Return a function that makes a line to a wire."""

    def make(wire: Told, **limits: Any) -> Line:
        for one in open_lines:
            one.journal.close()
        open_lines.append(line(wire, tmp_path / "kept.sqlite", time, **limits))
        return open_lines[-1]

    return make


def ask(body: str = "a", replicate: int = 0, most_out: int = 100) -> Ask:
    return Ask(body.ljust(1000, ".").encode(), replicate, most_out)


def test_an_answer_is_kept_and_not_asked_again(made: Any) -> None:
    """The second asking, and one of another process after it, costs nothing and brings the same bytes."""
    wire = Told(OK)
    first = asyncio.run(made(wire).ask(ask()))
    again = made(wire)
    second = asyncio.run(again.ask(ask()))
    assert len(wire.sent) == 1
    assert not first.kept
    assert second.kept
    assert (second.body, second.latency_ms, second.began) == (first.body, first.latency_ms, first.began)
    assert (again.tally.kept, again.tally.asked) == (1, 0)


def test_replicates_are_calls_of_their_own(made: Any) -> None:
    """The same request for another replicate is asked."""
    wire = Told(OK)
    one = made(wire)
    gathered([one.ask(ask(replicate=r)) for r in range(3)])
    assert len(wire.sent) == 3
    assert len({key for _, key in wire.sent}) == 3


def test_the_same_call_at_the_same_time_is_made_once(made: Any) -> None:
    """Cases that ask the same share one call, also while it is on its way, and also when it fails."""
    wire = Told(OK)
    one = made(wire)
    answers = gathered([one.ask(ask()) for _ in range(5)])
    assert len(wire.sent) == 1
    assert len({a.body for a in answers}) == 1
    wire = Told(Reply(422, b"no"))
    one = made(wire)
    failed = gathered([one.ask(ask("b")) for _ in range(3)])
    assert len(wire.sent) == 1
    assert all(isinstance(f, Failed) for f in failed)


def test_retry_after_is_honoured(made: Any, time: Time) -> None:
    """The call comes again not before the endpoint asked, and with the same key."""
    wire = Told(limited(retry_after="7"), limited(retry_after="11"), OK)
    one = made(wire)
    asyncio.run(one.ask(ask()))
    assert 7.0 <= time.slept[0] <= 7.75
    assert 11.0 <= time.slept[1] <= 12.15
    assert len({key for _, key in wire.sent}) == 1
    assert (one.tally.limited, one.tally.again, one.tally.answered) == (2, 2, 1)


FAULTS = [Reply(500, b"x"), Reply(529, b"x"), Reply(408, b"x"), Reply(200, b"broken"), Dropped("gone")]


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_tried_again_with_growing_pauses(made: Any, time: Time, fault: Reply | Exception) -> None:
    """Errors of the server, broken answers and lost connections are tried as often as declared, then told."""
    one = made(Told(fault), retries=3)
    with pytest.raises(Failed) as failed:
        asyncio.run(one.ask(ask()))
    assert failed.value.status == "error"
    assert len(time.slept) == 3
    assert time.slept[2] > time.slept[0]
    assert one.tally.failed == 1


def test_a_timeout_is_told_as_one(tmp_path: Path) -> None:
    """A call that takes longer than it may is given up, by the clock of the loop."""

    class Slow(Told):
        async def send(self, body: bytes, key: str) -> Reply:
            await asyncio.sleep(30)
            return OK

    time = Time()
    one = line(Slow(OK), tmp_path / "kept.sqlite", time, retries=0, **{"seconds-a-call": 0.02})
    with pytest.raises(Failed) as failed:
        asyncio.run(one.ask(ask()))
    assert failed.value.status == "timeout"
    one.journal.close()


def test_what_is_wrong_with_one_request_is_not_tried_again(made: Any) -> None:
    """A request that is refused for what it says fails at once, and costs nothing."""
    wire = Told(Reply(422, b'{"error": "too long"}'))
    one = made(wire, **PRICES)
    with pytest.raises(Failed, match=r"422.*too long"):
        asyncio.run(one.ask(ask()))
    assert len(wire.sent) == 1
    assert one.tally.spent == 0.0


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(401, b"no"), "key is missing or wrong"),
        (Reply(403, b""), "may not do this"),
        (Reply(404, b""), "no such address"),
        (Reply(405, b""), "takes no POST"),
        (Reply(402, b""), "out of credit"),
        (Reply(302, b""), "redirects are not followed"),
        (Reply(429, b'{"error": {"code": "insufficient_quota"}}'), "out of credit"),
    ],
)
def test_an_endpoint_that_refuses_all_calls_ends_the_run(made: Any, reply: Reply, says: str) -> None:
    """What cannot work for any call is an error at once, not ten thousand failed cases."""
    with pytest.raises(ModelError, match=says):
        asyncio.run(made(Told(reply)).ask(ask()))


def test_a_budget_is_never_exceeded_and_goes_on_when_raised(made: Any) -> None:
    """Calls in flight count with what they may cost; a raised budget goes on without paying for anything twice."""
    wire = Told(OK)
    one = made(wire, budget=7.0, **PRICES)
    results = gathered([one.ask(ask(str(i))) for i in range(10)])
    assert sum(isinstance(r, Stopped) for r in results) == 7
    assert {r.state for r in results if isinstance(r, Stopped)} == {"budget"}
    assert one.tally.spent == pytest.approx(6.0)
    more = made(wire, budget=20.0, **PRICES)
    assert more.tally.spent == pytest.approx(6.0)
    results = gathered([more.ask(ask(str(i))) for i in range(10)])
    assert not [r for r in results if isinstance(r, Exception)]
    assert len(wire.sent) == 10
    assert more.tally.spent == pytest.approx(20.0)


def test_kept_answers_are_given_with_no_budget_left(made: Any) -> None:
    """What is paid can always be read."""
    asyncio.run(made(Told(OK), **PRICES).ask(ask()))
    assert asyncio.run(made(Told(OK), budget=0.0, **PRICES).ask(ask())).kept


def test_lost_answers_count_as_spent(made: Any) -> None:
    """An answer that got lost or was broken may have been paid, so that the budget counts it; a 429 does not."""
    one = made(Told(limited(), Dropped("gone"), OK), **PRICES)
    asyncio.run(one.ask(ask()))
    assert one.tally.spent == pytest.approx(2.0 + 2.0)


def test_calls_of_a_killed_run_count_as_spent(made: Any, tmp_path: Path, time: Time) -> None:
    """A run that begins after one that was killed tells the calls in doubt and counts them against the budget."""

    class Killed(Told):
        async def send(self, body: bytes, key: str) -> Reply:
            await super().send(body, key)
            raise KeyboardInterrupt

    one = made(Killed(OK), **PRICES)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(one.ask(ask()))
    again = made(Told(OK), **PRICES)
    assert again.tally.doubtful == 1
    assert again.tally.spent == pytest.approx(2.0)
    asyncio.run(again.ask(ask()))
    assert again.tally.spent == pytest.approx(4.0)


def test_a_deadline_ends_new_calls(made: Any, time: Time) -> None:
    """After the deadline nothing new is asked, and no wait is begun that would end after it."""
    wire = Told(OK, time=time, takes=30.0)
    one = made(wire, deadline=50.0)
    results = [asyncio.run(one.ask(ask(str(i)))) for i in range(2)]
    assert len(results) == 2
    with pytest.raises(Stopped, match="50 s are over"):
        asyncio.run(one.ask(ask("9")))
    waiting = made(Told(limited(retry_after="100"), OK), deadline=50.0)
    with pytest.raises(Stopped) as stop:
        asyncio.run(waiting.ask(ask("b")))
    assert stop.value.state == "deadline"
    assert not time.slept


def test_an_endpoint_that_asks_for_hours_ends_the_run(made: Any, time: Time) -> None:
    """A wait that is longer than anybody's patience is told, and the run can be resumed."""
    with pytest.raises(Stopped, match="asks to wait 7,20") as stop:
        asyncio.run(made(Told(limited(retry_after="7200"))).ask(ask()))
    assert stop.value.state == "asked-to-wait"
    assert not time.slept


def test_a_stop_wakes_those_that_wait(tmp_path: Path) -> None:
    """A run that ends does not wait for pauses that other calls are in."""

    class Mixed(Told):
        async def send(self, body: bytes, key: str) -> Reply:
            await super().send(body, key)
            return limited(retry_after="200" if body.startswith(b"a") else "7200")

    one = line(Mixed(OK), tmp_path / "kept.sqlite", Time())
    one.sleep = asyncio.sleep
    results = gathered([asyncio.wait_for(one.ask(ask(name)), 20) for name in "ab"])
    assert [type(r) for r in results] == [Stopped, Stopped]
    one.journal.close()


def test_an_endpoint_that_is_down_is_given_up(made: Any, time: Time) -> None:
    """Failures in a row open the breaker; when its trials fail too, all calls stop, with few calls made."""
    wire = Told(Reply(503, b""))
    one = made(wire, retries=9)
    results = gathered([one.ask(ask(str(i))) for i in range(60)])
    assert {r.state for r in results if isinstance(r, Stopped)} == {"broken"}
    assert all(isinstance(r, Stopped) for r in results)
    assert len(wire.sent) <= 60 + FAILURES + OPENINGS


def test_a_breaker_stops_calls_one_after_the_other(made: Any) -> None:
    """Asked one after the other, a dead endpoint sees only the failures that open it and its trials."""
    wire = Told(Dropped("refused"))
    one = made(wire, retries=0)
    results = [gathered([one.ask(ask(str(i)))])[0] for i in range(20)]
    assert {type(r) for r in results} == {Failed, Stopped}
    assert isinstance(results[-1], Stopped)
    assert "kept failing" in results[-1].because
    assert "the last time: refused" in results[-1].because
    assert len(wire.sent) == FAILURES + OPENINGS - 1


def test_rates_are_kept(made: Any, time: Time) -> None:
    """Thirty calls at twelve a minute take more than a minute and a half; tokens are limited alike."""
    one = made(Told(OK), **{"per-minute": 12})
    start = time.now
    for i in range(30):
        asyncio.run(one.ask(ask(str(i))))
    assert time.now - start >= 90.0
    slow = made(Told(OK), **{"tokens-per-minute": 2200})
    start = time.now
    for i in range(30, 40):
        asyncio.run(slow.ask(ask(str(i))))
    assert time.now - start >= 200.0


def test_blocked_prompts_are_kept_as_answers(made: Any) -> None:
    """What the wire calls an answer is kept, whatever its status."""
    wire = Told(Reply(400, b"blocked"))
    first, second = asyncio.run(made(wire).ask(ask())), asyncio.run(made(wire).ask(ask()))
    assert (first.status, second.kept, len(wire.sent)) == (400, True, 1)
