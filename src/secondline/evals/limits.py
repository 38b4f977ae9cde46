"""Limits: how fast, how often again, how much money, and when to leave an endpoint alone, by a clock that is given."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any

Clock = Callable[[], float]
Sleep = Callable[[float], Coroutine[Any, Any, object]]

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds before a call is tried again: the first time, and at most."""
PATIENCE = 300.0
"""Seconds that an endpoint may ask to wait; whoever asks for more ends the run, which can be resumed."""
FAILURES, REST, OPENINGS = 8, 30.0, 3
REST_AT_FIRST = 4.0
"""Seconds of rest before any call was answered: an address that is wrong should be told within seconds."""
BURST = 0.1


class Bucket:
    """Tokens that fill at a steady rate: at most *per_minute* in any minute, a tenth of them at once.

    With capacity B and rate r a minute lets at most B + 60 r through, the first instant counted once, so that
    r = (per_minute - B + 1) / 60 keeps whole calls within the limit. An amount above the capacity is let through when
    the bucket has paid for all before it, and leaves a debt.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._capacity = max(1.0, math.floor(per_minute * BURST))
        self._rate = (per_minute - self._capacity + 1.0) / 60.0
        self._clock = clock
        self._level, self._at = self._capacity, clock()

    def wait(self, amount: float = 1.0) -> float:
        """Take *amount* and return the seconds to wait before using it; who asks first is served first."""
        now = self._clock()
        self._level = min(self._capacity, self._level + (now - self._at) * self._rate)
        self._at = now
        self._level -= amount
        short = -self._level if amount <= self._capacity else -(self._level + amount - self._capacity)
        return max(0.0, short / self._rate)

    def correct(self, amount: float) -> None:
        """Give back what was taken too much, or take what was too little (negative)."""
        self._level = min(self._capacity, self._level + amount)


class Budget:
    """Money: what is spent, what calls in flight may cost, and the most of both."""

    def __init__(self, most: float | None, spent: float = 0.0) -> None:
        self.most, self.spent, self.reserved = most, spent, 0.0
        self._settled = asyncio.Event()

    def _fits(self, amount: float) -> bool:
        return self.most is None or amount <= self.most + 1e-12

    async def reserve(self, estimate: float) -> bool:
        """Set money aside for a call that may cost *estimate*; waits for calls in flight where they may leave enough.

        False means that what is spent leaves too little, whatever they cost.
        """
        while not self._fits(self.spent + self.reserved + estimate):
            if not self._fits(self.spent + estimate):
                return False
            self._settled.clear()
            await self._settled.wait()
        self.reserved += estimate
        return True

    def settle(self, estimate: float, cost: float) -> None:
        """Exchange what was set aside for what the call cost."""
        self.reserved = max(self.reserved - estimate, 0.0)
        self.spent += cost
        self._settled.set()


class Breaker:
    """Leaves an endpoint alone for ``REST`` seconds after ``FAILURES`` calls in a row failed; then one call tries.

    One that never answered is left alone for ``REST_AT_FIRST`` only. When it has opened ``OPENINGS`` times without a
    call that worked, `broken` is true.
    """

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        self._clock, self._sleep = clock, sleep
        self._failed, self._openings = 0, 0
        self._answered = False
        self._until: float | None = None
        self._trying = False
        self._changed = asyncio.Event()

    @property
    def broken(self) -> bool:
        """Whether the endpoint is given up."""
        return self._openings >= OPENINGS

    async def ready(self) -> None:
        """Wait until a call may be made: while open, until the rest is over and the one that tries is back."""
        while self._until is not None and not self.broken:
            if self._trying:
                await self._changed.wait()
            elif (left := self._until - self._clock()) > 0:
                await self._sleep(left)
            else:
                self._trying = True
                self._changed.clear()
                return

    def worked(self) -> None:
        """Report a call that was answered."""
        self._failed, self._openings, self._until, self._answered = 0, 0, None, True
        self.release()

    def failed(self) -> None:
        """Report a call that was not."""
        self._failed += 1
        if self._trying or (self._until is None and self._failed >= FAILURES):
            self._openings += 1
            self._failed, self._until = 0, self._clock() + (REST if self._answered else REST_AT_FIRST)
        self.release()

    def release(self) -> None:
        """Let others try again: the call that tried was neither answered nor failed."""
        self._trying = False
        self._changed.set()


def asked_to_wait(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that an endpoint asks to wait, or None: ``Retry-After`` in seconds or as an HTTP date.

    ``retry-after-ms``, which some vendors send beside it, goes first. A date counts from the reply's own ``Date``,
    where it has one, since clocks differ. What cannot be read asks for nothing.
    """
    try:
        if "retry-after-ms" in headers:
            return _seconds(float(headers["retry-after-ms"]) / 1000.0)
        said = headers.get("retry-after", "").strip()
        return _seconds(float(said)) if said and not said[0].isalpha() else _until(said, headers, now)
    except (ValueError, TypeError, OverflowError):
        return None


def _seconds(value: float) -> float | None:
    return max(value, 0.0) if math.isfinite(value) else None


def _until(said: str, headers: Mapping[str, str], now: datetime | None) -> float | None:
    if not said:
        return None
    there = parsedate_to_datetime(headers["date"]) if "date" in headers else now or datetime.now(UTC)
    return max((_aware(parsedate_to_datetime(said)) - _aware(there)).total_seconds(), 0.0)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def pause(attempt: int, asked: float | None, seed: str) -> float:
    """Return the seconds before attempt number *attempt* (1 is the second try): never less than was *asked* for.

    Otherwise twice as long each time up to a minute, and between half and all of it by chance: chance is of the
    *seed*, so that a run can be repeated, and calls that failed together do not come back together.
    """
    chance = int.from_bytes(sha256(f"{seed}:{attempt}".encode()).digest()[:8]) / 2.0**64
    if asked is not None:
        return asked + chance * min(0.1 * asked + 0.05, 5.0)
    return min(FIRST_PAUSE * 2.0 ** (attempt - 1), LONGEST_PAUSE) * (0.5 + 0.5 * chance)
