"""Limits: how many cases may be under way at once; what is beyond is turned away at once rather than made to wait."""

from __future__ import annotations

from secondline.gateway.asked import Turned

SHRINK, SMOOTH, LEAST = 0.9, 0.05, 16


class Limit:
    """A bound on the cases under way, fixed or adaptive.

    The adaptive one grows by one with each answer while the smoothed time to answer is under *target* seconds, and
    shrinks by a tenth, at most once per that many answers, when it is over: additive increase, multiplicative decrease.
    """

    def __init__(self, most: int, target: float = 0.0) -> None:
        self.most, self.target = most, target
        self.now = float(most)
        self.under_way = 0
        self.shed = 0
        self._smoothed = 0.0
        self._since = 0

    def enter(self, cases: int) -> None:
        """Count cases in.

        A request alone is always let in, so that one larger than the limit can be served at all.

        Raises:
            Turned: 429.
        """
        if self.under_way and self.under_way + cases > self.now:
            self.shed += 1
            raise Turned(429, "overload", "Too much is under way. Ask again in a moment.", retry=1)
        self.under_way += cases

    def leave(self, cases: int, seconds: float) -> None:
        """Count cases out, and learn from how long they took."""
        self.under_way -= cases
        if not self.target:
            return
        self._smoothed += SMOOTH * (seconds - self._smoothed)
        self._since += 1
        if self._smoothed <= self.target:
            self.now = min(float(self.most), self.now + 1)
        elif self._since >= self.now:
            self.now, self._since = max(float(min(LEAST, self.most)), self.now * SHRINK), 0
