"""Breaker: a model that keeps failing is left alone for a while, so that a fault costs neither time nor more faults."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from secondline.gateway.settings import Breaking


class Breaker:
    """Closed until ``failures`` happen ``within`` seconds; open for ``rest`` seconds; then one call tries.

    If the trial succeeds it closes and forgets, if it fails it opens again. It is used from one thread.
    """

    def __init__(self, rules: Breaking, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin closed; *clock* gives seconds that never run backwards."""
        self.rules, self._clock = rules, clock
        self._failed: deque[float] = deque(maxlen=rules.failures)
        self._opened: float | None = None
        self._trying = False

    @property
    def state(self) -> str:
        """``closed``, ``open`` or ``half-open`` (the next call is a trial)."""
        if self._opened is None:
            return "closed"
        return "half-open" if self._clock() - self._opened >= self.rules.rest else "open"

    def allows(self) -> bool:
        """Whether a call may be made now; a trial is allowed once, until it is reported."""
        if self._opened is None:
            return True
        if self._trying or self.state == "open":
            return False
        self._trying = True
        return True

    def worked(self) -> None:
        """Report a call that succeeded."""
        if self._opened is not None:
            self._opened, self._trying = None, False
            self._failed.clear()

    def failed(self) -> None:
        """Report a call that failed or took too long."""
        now = self._clock()
        self._failed.append(now)
        many = len(self._failed) == self.rules.failures and now - self._failed[0] <= self.rules.within
        if self._trying or many:
            self._opened, self._trying = now, False
