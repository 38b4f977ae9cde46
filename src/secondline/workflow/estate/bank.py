"""Bank: the ledger of the example with a clock that moves, and everybody's acts in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Any

from secondline.core.errors import Refused
from secondline.frames.collect import Progress, quiet
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order, Receipt

Story = Iterator[int]
"""What happens to something: acts, and between them the days before today on which it goes on."""

FIRST = 730
"""Days before today on which the bank begins to keep its records."""
VIA = "demo"
STEP = timedelta(seconds=3)


class Bank:
    """The example bank on one day of its past."""

    def __init__(self, folder: Path, today: date, scratch: Path) -> None:
        """Open the bank's ledger; *today* is the day on which the story has arrived, *scratch* a folder for work."""
        self.today, self.scratch = today, scratch
        self._now = datetime.min.replace(tzinfo=UTC)
        self.turn(FIRST)
        self.ledger = Ledger.open(folder, clock=self._clock)
        self.refusals = 0
        self._hurry()

    def _hurry(self) -> None:
        """Let commits not wait for the disk: a bank that breaks off is deleted whole."""
        if self.ledger.database.serial:
            with self.ledger.database.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA synchronous = OFF")

    def _clock(self) -> str:
        self._now += STEP
        return self.instant()

    def instant(self) -> str:
        """Return the present instant of the story."""
        return self._now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def turn(self, ago: int) -> None:
        """Go on to the morning of a day, unless it is later already."""
        day = self.today - timedelta(days=ago)
        self._now = max(self._now, datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC))

    @property
    def day(self) -> date:
        """The present day of the story."""
        return self._now.date()

    @property
    def ago(self) -> int:
        """How many days before today the story is."""
        return (self.today - self.day).days

    def ahead(self, days: int) -> str:
        """Return the day so many days after the present one."""
        return (self.day + timedelta(days=days)).isoformat()

    def do(
        self, act: str, actor: str, id_: str = "", form: Mapping[str, Any] | None = None, *, reason: str = ""
    ) -> Receipt:  # fmt: skip
        """Do one act."""
        return self.ledger.act(act, actor, id_, form or {}, reason=reason, via=VIA)

    def together(self, orders: Iterable[tuple[str, str, str, Mapping[str, Any]]]) -> list[Receipt]:
        """Do several acts (name, actor, id, form) as one."""
        return self.ledger.acts([Order(act, actor, id_, form, via=VIA) for act, actor, id_, form in orders])

    def refused(self, tried: Callable[[], object]) -> None:
        """Let somebody try what the rules forbid; the attempt stays on record."""
        try:
            tried()
        except Refused:
            self.refusals += 1
            return
        raise AssertionError(f"On {self.day} the rules let somebody do what they must not.")

    def get(self, record: str, id_: str) -> dict[str, Any]:
        """Return a record as it stands."""
        return self.ledger.records.need(record, id_)

    def live(self, stories: Iterable[Story], progress: Progress = quiet) -> None:
        """Let all stories happen, each act in the order of its day."""
        waiting = [(-FIRST, number, story) for number, story in enumerate(stories)]
        heapify(waiting)
        while waiting:
            ago, number, story = heappop(waiting)
            self.turn(-ago)
            progress(f"living through {self.day:%B %Y}", FIRST + ago, FIRST)
            following = next(story, None)
            if following is not None:
                heappush(waiting, (max(-following, ago, -FIRST), number, story))
