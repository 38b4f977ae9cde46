"""Watchdog: ends what takes too long, at the cost of a comparison where nothing does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

IDLE = 1.0
"""Seconds without a run after which the watching thread sleeps until there is one again."""
LEAST = 0.001
Stop = Callable[[], object]


class Watchdog:
    """One thread for all, that calls ``stop`` of whichever run is past its deadline."""

    def __init__(self) -> None:
        """Start asleep; the thread begins with the first run."""
        self._runs: dict[int, tuple[float, float, Stop]] = {}
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def begin(self, stop: Stop, seconds: float) -> int:
        """Watch a run that *stop* ends from now on; returns a number to end the watch by.

        A run that is late is stopped until its watch ends, so that *stop* may be called more than once.
        """
        place = id(stop)
        self._runs[place] = (time.monotonic() + seconds, seconds, stop)
        if not self._awake.is_set():
            self._wake()
        return place

    def end(self, place: int) -> None:
        """Watch that run no longer."""
        self._runs.pop(place, None)

    def _wake(self) -> None:
        with self._lock:
            self._awake.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
                self._thread.start()

    def _watch(self) -> None:
        patience, last = 1.0, time.monotonic()
        while True:
            now = time.monotonic()
            for deadline, seconds, stop in list(self._runs.values()):
                patience, last = min(patience, seconds), now
                if now >= deadline:
                    stop()
            if now - last > IDLE:
                self._awake.clear()
                # A run that began while we fell asleep has seen the event set, so look once more.
                if not self._runs:
                    self._awake.wait()
                self._awake.set()
                last = time.monotonic()
            time.sleep(max(patience / 4, LEAST))


WATCHDOG = Watchdog()
