"""The line: one call through the journal, the limits and the retries, whatever system is at its end."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from secondline.core.declared.genai import Limits
from secondline.core.errors import ModelError
from secondline.evals.cache import Answer, Journal, key_of
from secondline.evals.limits import PATIENCE, Breaker, Bucket, Budget, Clock, Sleep, asked_to_wait, pause
from secondline.evals.wire import Dropped, Failed, Reply, Unreadable, Used, Wire, refused, told

AGAIN = frozenset({408, 409, 425, 429})
SUCCESS, SERVER, LIMITED = range(200, 300), 500, 429
CHARACTERS_A_TOKEN = 4
MOST_OUT = 512
"""Tokens that an answer is reckoned to have where the request names no most."""


class Stopped(Exception):
    """No more calls are made: ``state`` is budget, deadline, broken or asked-to-wait. What was paid is kept."""

    def __init__(self, state: str, because: str) -> None:
        super().__init__(because)
        self.state, self.because = state, because


@dataclass(slots=True)
class Tally:
    """What a run did so far. ``doubtful`` calls were begun by a run that was killed: they may have been counted."""

    asked: int = 0
    answered: int = 0
    kept: int = 0
    again: int = 0
    limited: int = 0
    failed: int = 0
    doubtful: int = 0
    spent: float = 0.0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: its bytes, its replicate, and the most tokens its answer may have."""

    body: bytes
    replicate: int = 0
    most_out: int = MOST_OUT

    @property
    def tokens(self) -> int:
        """The tokens it is reckoned to use before it is known: four characters each, and the longest answer."""
        return len(self.body) // CHARACTERS_A_TOKEN + self.most_out


@dataclass(slots=True)
class Line:
    """Calls to one endpoint. ``clock`` and ``sleep`` are the loop's unless a test gives its own."""

    wire: Wire
    journal: Journal
    limits: Limits
    seed: int = 0
    clock: Clock = time.monotonic
    sleep: Sleep = asyncio.sleep
    tally: Tally = field(default_factory=Tally)
    _calls: Bucket | None = None
    _tokens: Bucket | None = None
    _budget: Budget = field(default_factory=lambda: Budget(None))
    _breaker: Breaker = field(init=False)
    _until: float | None = None
    _longest: int = 0
    _flying: dict[str, asyncio.Future[Answer]] = field(default_factory=dict)
    _stopped: Stopped | None = None
    _why: str = ""
    _ends: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Begin with what was spent on this endpoint before: a budget is for one configuration and one file."""
        limits = self.limits
        self._calls = Bucket(limits.per_minute, self.clock) if limits.per_minute else None
        self._tokens = Bucket(limits.tokens_per_minute, self.clock) if limits.tokens_per_minute else None
        past = self.journal.past(self.wire.endpoint)
        self._budget = Budget(limits.budget, past.cost)
        self.tally.spent, self.tally.doubtful = past.cost, past.doubtful
        self._breaker = Breaker(self.clock, self.sleep)
        self._until = self.clock() + limits.deadline if limits.deadline else None

    async def ask(self, ask: Ask) -> Answer:
        """Return the answer to a request: the one that is kept, or a new one that is kept before it is returned.

        Raises:
            Failed: there is none, after all that was tried.
            Stopped: no more calls are made.
            ModelError: the endpoint refuses every call.
        """
        key = key_of(self.wire.endpoint, ask.body, ask.replicate)
        if (kept := self.journal.find(key)) is not None:
            self.tally.kept += 1
            return kept
        if key in self._flying:
            self.tally.kept += 1
            return await asyncio.shield(self._flying[key])
        flying: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        flying.add_done_callback(_heard)
        self._flying[key] = flying
        try:
            answer = await self._asked(ask, key)
        except BaseException as error:
            flying.set_exception(error if isinstance(error, Exception) else Failed("error", "the run was ended"))
            raise
        finally:
            del self._flying[key]
        flying.set_result(answer)
        return answer

    async def _asked(self, ask: Ask, key: str) -> Answer:
        failed = Failed("error", "it was not asked")
        for attempt in range(self.limits.retries + 1):
            if attempt:
                self.tally.again += 1
            try:
                return await self._once(ask, key)
            except _Again as again:
                failed = again.failed
                if attempt < self.limits.retries:
                    await self._rest(pause(attempt + 1, again.wait, f"{self.seed}:{key}"))
        self.tally.failed += 1
        raise failed

    async def _once(self, ask: Ask, key: str) -> Answer:
        """Make one call, if it may be made."""
        call = _Call(self._reckoned(ask))
        await self._allowed(ask, call.estimate)
        try:
            return await self._made(ask, key, call)
        finally:
            self._budget.settle(call.estimate, call.cost)
            self._breaker.release()
            self.tally.spent = self._budget.spent

    async def _made(self, ask: Ask, key: str, call: _Call) -> Answer:
        began = datetime.now(UTC).isoformat(timespec="milliseconds")
        call.number = await self.journal.begin(self.wire.endpoint, key, began, call.estimate)
        self.tally.asked += 1
        start, call.cost = self.clock(), call.estimate  # from here on it may be paid
        try:
            async with asyncio.timeout(self.limits.seconds_a_call):
                reply = await self.wire.send(ask.body, key)
            elapsed = round((self.clock() - start) * 1000.0, 3)
            used = self.wire.used(reply) if reply.status in SUCCESS or self.wire.answers(reply) else None
        except TimeoutError as error:
            raise await self._lost(call, "timeout", "no answer in time") from error
        except (Dropped, Unreadable) as error:
            raise await self._lost(call, "error", str(error)) from error
        except ModelError:
            call.cost = 0.0
            await self.journal.end(call.number, "not sent", 0.0)
            raise
        if used is None:
            call.cost = 0.0
            raise await self._unanswered(call, reply)
        call.cost = self._cost(used, call.estimate)
        digests = sha256(ask.body).hexdigest(), sha256(reply.body).hexdigest()
        used = Used(used.tokens_in, used.tokens_out, call.cost)
        answer = Answer(reply.status, reply.body, *digests, began, elapsed, used)
        await self.journal.keep(call.number, key, ask.body, answer, call.cost)
        self._worked(ask, used)
        return answer

    async def _allowed(self, ask: Ask, estimate: float) -> None:
        """Wait for the buckets and the breaker, refuse where time or money is over, and set the money aside."""
        self._go_on()
        waits = [bucket.wait(n) for bucket, n in ((self._calls, 1), (self._tokens, ask.tokens)) if bucket is not None]
        if any(waits):
            await self._rest(max(waits), math.inf)
        await self._breaker.ready()
        self._go_on()
        if self._breaker.broken:
            raise self._stop("broken", f"the endpoint kept failing, also after rests; the last time: {self._why}")
        if self._until is not None and self.clock() >= self._until:
            raise self._stop("deadline", f"{self.limits.deadline:g} s are over")
        if not await self._budget.reserve(estimate):
            spent, most = self._budget.spent, self.limits.budget
            because = f"{spent:.6g} of the budget of {most:g} is spent, and the next call may cost {estimate:.3g}"
            raise self._stop("budget", because)

    async def _rest(self, seconds: float, patience: float = PATIENCE) -> None:
        if seconds > patience and self._until is None:
            raise self._stop("asked-to-wait", f"the endpoint asks to wait {seconds:,.0f} s")
        if self._until is not None and self.clock() + seconds >= self._until:
            raise self._stop("deadline", f"a wait of {seconds:,.0f} s would end after the deadline")
        sleeping, ending = asyncio.ensure_future(self.sleep(seconds)), asyncio.ensure_future(self._ends.wait())
        try:
            await asyncio.wait({sleeping, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            ending.cancel()

    def _go_on(self) -> None:
        """Raise what another call stopped the run with."""
        if self._stopped is not None:
            self._breaker.release()
            raise self._stopped

    def _stop(self, state: str, because: str) -> Stopped:
        self._breaker.release()
        self._ends.set()
        self._stopped = self._stopped or Stopped(state, because)
        return self._stopped

    async def _lost(self, call: _Call, status: str, because: str) -> _Again:
        """Write down a call that may be paid and brought nothing."""
        await self.journal.end(call.number, because[:200], call.cost)
        self._why = because
        self._breaker.failed()
        return _Again(Failed(status, because), None)

    async def _unanswered(self, call: _Call, reply: Reply) -> Exception:
        """Write down a call that was turned away, and return how to go on."""
        await self.journal.end(call.number, str(reply.status), 0.0)
        if (refusal := refused(reply)) is not None:
            return refusal
        failed = Failed("error", f"the endpoint said {told(reply)}")
        if reply.status >= SERVER:
            self._why = failed.because
            self._breaker.failed()
        else:
            self._breaker.worked()
        self.tally.limited += reply.status == LIMITED
        if reply.status in AGAIN or reply.status >= SERVER:
            return _Again(failed, asked_to_wait(reply.headers))
        self.tally.failed += 1
        return failed

    def _worked(self, ask: Ask, used: Used) -> None:
        self._breaker.worked()
        tokens = (used.tokens_in or 0) + (used.tokens_out or 0)
        if self._tokens is not None and tokens:
            self._tokens.correct(ask.tokens - tokens)
        self._longest = max(self._longest, used.tokens_out or 0)
        self.tally.answered += 1
        self.tally.tokens += tokens

    def _reckoned(self, ask: Ask) -> float:
        """Return the most that a call can cost: no token is shorter than a byte, and none answered longer so far."""
        out = max(ask.most_out, self._longest)
        return (len(ask.body) * self.limits.price_in + out * self.limits.price_out) / 1e6

    def _cost(self, used: Used, estimate: float) -> float:
        if used.cost is not None:
            return used.cost
        if used.tokens_in is None or used.tokens_out is None:
            return estimate
        return (used.tokens_in * self.limits.price_in + used.tokens_out * self.limits.price_out) / 1e6


@dataclass(slots=True)
class _Call:
    """A call on its way: what it may cost, what it did cost as far as is known, and its number in the journal."""

    estimate: float
    cost: float = 0.0
    number: int = 0


class _Again(Exception):
    """A call is to be made again, after the seconds that the endpoint asked for, if it did."""

    def __init__(self, failed: Failed, wait: float | None) -> None:
        super().__init__(failed.because)
        self.failed, self.wait = failed, wait


def _heard(done: Awaitable[Answer]) -> None:
    """Take note of an exception that nobody else was waiting for."""
    if isinstance(done, asyncio.Future) and not done.cancelled():
        done.exception()
