"""Limits: rates hold in any minute, waits are honoured as asked, money is never over, endpoints get their rest."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.asking import Time
from secondline.evals.limits import (
    FAILURES,
    OPENINGS,
    REST,
    REST_AT_FIRST,
    Breaker,
    Bucket,
    Budget,
    asked_to_wait,
    pause,
)


async def turns() -> None:
    """Let every other task go on until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


NOON = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)


@given(st.integers(1, 400), st.lists(st.floats(0, 20), min_size=1, max_size=300))
def test_no_minute_has_more_calls_than_the_limit(per_minute: int, gaps: list[float]) -> None:
    """However calls come, no span of just under sixty seconds holds more of them than a minute may."""
    time = Time()
    bucket, made = Bucket(per_minute, time), list[float]()
    for gap in gaps:
        time.now += gap
        made.append(time.now + bucket.wait())
    made.sort()
    for place, first in enumerate(made):
        assert sum(1 for at in made[place:] if at < first + 59.999) <= per_minute


def test_a_bucket_serves_in_order_and_refills() -> None:
    """Those who ask at once wait longer one after the other; after a minute of rest nobody waits."""
    time = Time()
    bucket = Bucket(60, time)
    waits = [bucket.wait() for _ in range(20)]
    assert waits == sorted(waits)
    assert waits[0] == 0.0
    assert waits[-1] > 10.0
    time.now += 60
    assert bucket.wait() == 0.0


def test_an_amount_above_the_capacity_passes_and_is_paid_back() -> None:
    """A call of more tokens than a tenth of a minute's waits for a full bucket, not for ever; the next one pays."""
    time = Time()
    bucket = Bucket(1000, time)
    assert bucket.wait(500.0) == 0.0
    assert bucket.wait(1.0) == pytest.approx(401.0 / ((1000 - 100 + 1) / 60))
    bucket.correct(401.0)
    assert bucket.wait(0.0) == 0.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Thu, 26 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Thu, 26 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "Thu, 26 Nov 2026 14:00:40 GMT", "date": "Thu, 26 Nov 2026 14:00:00 GMT"}, 40.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Thu, 26 Nov 2026 12:00:30 GMT", "date": "never"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds and HTTP dates are understood, dates by the server's clock; the rest is nothing."""
    assert asked_to_wait(headers, NOON) == seconds


@given(st.integers(1, 20), st.floats(0, 300), st.text(max_size=8))
def test_a_pause_is_never_shorter_than_asked(attempt: int, asked: float, seed: str) -> None:
    """Chance is added to what an endpoint asks for, and never taken from it; without a wish a pause is capped."""
    assert asked <= pause(attempt, asked, seed) <= asked + 5.0
    free = pause(attempt, None, seed)
    assert free == pause(attempt, None, seed)
    assert min(0.25 * 2.0 ** (attempt - 1), 30.0) <= free <= 60.0


def test_pauses_differ_between_calls() -> None:
    """Calls that failed together do not come back together."""
    assert len({pause(1, None, f"0:{key}") for key in range(50)}) == 50


def test_a_budget_counts_what_is_in_flight() -> None:
    """A call waits for those in flight where they may leave enough, and is refused where they cannot."""

    async def story() -> None:
        budget = Budget(1.0, 0.5)
        assert not await budget.reserve(0.6)
        assert await budget.reserve(0.3)
        second = asyncio.create_task(budget.reserve(0.4))
        await turns()
        assert not second.done()
        budget.settle(0.3, 0.1)
        assert await second
        assert budget.spent == pytest.approx(0.6)
        third = asyncio.create_task(budget.reserve(0.3))
        await turns()
        budget.settle(0.4, 0.4)
        assert not await third
        assert await Budget(None).reserve(1e9)

    asyncio.run(story())


def test_a_breaker_rests_and_one_call_tries() -> None:
    """After so many failures in a row all wait for the rest, then one tries while the others wait for it."""
    time = Time()

    async def story() -> None:
        breaker = Breaker(time, time.sleep)
        breaker.worked()
        for _ in range(FAILURES):
            await breaker.ready()
            breaker.failed()
        await breaker.ready()
        assert time.slept == [REST]
        second = asyncio.create_task(breaker.ready())
        await turns()
        assert not second.done()
        breaker.worked()
        await second
        assert not breaker.broken

    asyncio.run(story())


def test_an_endpoint_that_never_answered_is_given_up_within_seconds() -> None:
    """A wrong address is told soon: rests are short until one call was answered."""
    time = Time()

    async def story() -> None:
        breaker = Breaker(time, time.sleep)
        while not breaker.broken:
            await breaker.ready()
            breaker.failed()
        assert time.slept == [REST_AT_FIRST] * (OPENINGS - 1)

    asyncio.run(story())
    assert sum(time.slept) < 15


def test_a_breaker_gives_up_after_some_rests() -> None:
    """An endpoint whose trials fail too is given up; one call that works makes it forget."""
    time = Time()

    async def story(worked: int) -> bool:
        breaker = Breaker(time, time.sleep)
        for number in range(FAILURES + OPENINGS + 1):
            await breaker.ready()
            if breaker.broken:
                break
            if number == worked:
                breaker.worked()
            else:
                breaker.failed()
        return breaker.broken

    assert asyncio.run(story(worked=-1))
    assert not asyncio.run(story(worked=FAILURES))


def test_a_trial_without_an_outcome_lets_another_try() -> None:
    """A trial that is neither answered nor failed does not lock the others out."""
    time = Time()

    async def story() -> None:
        breaker = Breaker(time, time.sleep)
        for _ in range(FAILURES):
            breaker.failed()
        await breaker.ready()
        breaker.release()
        await asyncio.wait_for(breaker.ready(), 5)

    asyncio.run(story())
