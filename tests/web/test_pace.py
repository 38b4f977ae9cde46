"""Pace: bursts pass, floods wait, and everybody is counted for themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from secondline.web.pace import MOST_CALLERS, Pace
from web.site import bank


async def nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    """An application that is never asked."""


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_a_flood_waits() -> None:
    """Sixty a minute: sixty at once, then one a second."""
    watch = Watch()
    pace = Pace(nothing, per_minute=60, clock=watch)
    assert [pace.wait("ann", 1) for _ in range(61)] == [0] * 60 + [1]
    assert pace.wait("bob", 1) == 0
    watch.now = 1.0
    assert [pace.wait("ann", 1) for _ in range(2)] == [0, 1]
    assert pace.wait("ann", 10) == 10


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from([1, 10])), max_size=200))
def test_nobody_gets_more_than_their_share(asked: list[tuple[float, int]]) -> None:
    """Whatever the rhythm, what passes is at most the burst and what the time allows."""
    watch, passed = Watch(), 0
    pace = Pace(nothing, per_minute=30, clock=watch)
    for gap, cost in asked:
        watch.now += gap
        passed += 0 if pace.wait("ann", cost) else cost
        assert passed <= 30 + watch.now / 2 + 1e-6


def test_memory_is_bounded() -> None:
    """A flood from many addresses forgets the oldest, not the machine's memory."""
    pace = Pace(nothing, per_minute=60, clock=Watch())
    for i in range(MOST_CALLERS + 50):
        pace.wait(str(i), 1)
    assert len(pace.buckets) == MOST_CALLERS


def test_pages_keep_the_pace(tmp_path: Path) -> None:
    """Whoever asks too fast is told when to come back; the next person is served; files of the pages do not count."""
    served = bank(tmp_path, per_minute=20)
    vera, olga = served.as_("vera"), served.as_("olga")
    answers = [vera.get("/models").status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]
    told = vera.get("/models.csv")
    assert told.status_code == 429
    assert told.headers["content-security-policy"]
    assert 0 < int(told.headers["retry-after"]) <= 60
    assert olga.get("/models").status_code == 200
    assert vera.get("/static/app.css").status_code == 200


def test_made_up_cookies_do_not_help(tmp_path: Path) -> None:
    """A flood that brings another cookie each time is stopped by its address."""
    stranger = bank(tmp_path, per_minute=3).as_("")
    answers = {stranger.get("/login", headers={"cookie": f"secondline={i}"}).status_code for i in range(61)}
    assert answers == {200, 429}
