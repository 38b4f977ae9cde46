"""Clock: the present instant, which never runs backwards, not even over a restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

MARK_EVERY = 60.0


class Clock:
    """Wall-clock time in seconds, held up by a monotonic one, by what others have seen, and by a file.

    Set the machine's clock back and it goes on from the latest instant that was ever seen: no pass lives longer.
    """

    def __init__(
        self, mark: Path | None = None, wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Begin at the later of the wall clock and the instant noted in the file *mark*."""
        self._mark, self._wall, self._steady = mark, wall, steady
        self._latest, self._seen, self._noted = max(wall(), _noted(mark)), steady(), 0.0

    def now(self) -> float:
        """Return seconds since 1970-01-01 UTC."""
        steady = self._steady()
        self._latest, self._seen = max(self._latest + steady - self._seen, self._wall()), steady
        return self._latest

    def saw(self, instant: str) -> None:
        """Take note of an instant that somebody else has signed, in ISO form."""
        self.saw_second(moment(instant))

    def saw_second(self, instant: float) -> None:
        """Take note of an instant in seconds since 1970-01-01 UTC."""
        self._latest = max(self.now(), instant)

    def note(self, *, force: bool = False) -> None:
        """Write the instant down, about once a minute."""
        now = self.now()
        if self._mark is None or (now - self._noted < MARK_EVERY and not force):
            return
        partial = self._mark.with_suffix(".partial")
        partial.write_text(f"{now:.3f}", encoding="ascii")
        partial.replace(self._mark)
        self._noted = now

    @property
    def today(self) -> str:
        """The present day in UTC, as ISO text."""
        return day(self.now())


def _noted(mark: Path | None) -> float:
    try:
        return float(mark.read_text(encoding="ascii")) if mark is not None else 0.0
    except (OSError, ValueError):
        return 0.0


def moment(instant: str) -> float:
    """Return an ISO instant as seconds since 1970-01-01 UTC."""
    found = datetime.fromisoformat(instant)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def day(seconds: float) -> str:
    """Return the day of an instant in UTC, as ISO text."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
