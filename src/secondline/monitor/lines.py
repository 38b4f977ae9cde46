"""Lines: the lines of an approved plan as the monitor reads them: what is looked at, how often, and when it alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

from secondline.core.errors import SpecError
from secondline.govern.records.filing import Metric
from secondline.govern.watching import FIELDS, LEVELS, approved_plan, place
from secondline.ledger.records import Records
from secondline.monitor.readings import Reading, Window
from secondline.stats.monitoring.budget import renewals

MICROS = 86_400_000_000
DAYS = {"real-time": 1, "daily": 1, "weekly": 7, "monthly": 30, "quarterly": 91, "half-yearly": 182, "yearly": 365}
"""Days of a window, and between two looks, by the line's frequency."""
SLACK = 0.1
"""How far a calendar's month or quarter may differ from those days."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plan, and which plan of which model it stands in."""

    plan: str
    model: str
    metric: Metric

    @property
    def key(self) -> str:
        """What tells it apart in its plan: metric, population, slice, basis."""
        return "|".join(place(self.metric.model_dump()))

    @property
    def days(self) -> int:
        """Days of one window."""
        return DAYS[self.metric.frequency]

    @property
    def looks(self) -> int:
        """Looks a year."""
        return max(self.metric.looks, round(365 / self.days))

    @property
    def segment(self) -> tuple[str, str]:
        """The segment and its level that the slice names, or two empty texts for everybody."""
        name, _, level = self.metric.slice.partition("=")
        return name, level

    def edges(self) -> dict[str, float]:
        """Return the levels that are stated, mildest first."""
        found = {level: getattr(self.metric, FIELDS[level]) for level in LEVELS}
        return {level: float(edge) for level, edge in found.items() if edge is not None}

    def part(self, run: int) -> float:
        """Return what one level of the line may spend of its budget in a run of its processes, from 0 on.

        A line's levels share its budget evenly, and its runs (one more after each alarm that was closed) share it by
        `renewals`, so that the chance of any false alarm of the line stays within it however many runs there are.
        """
        return renewals(self.metric.budget, run) / max(len(self.edges()), 1)

    @property
    def above(self) -> bool:
        """Whether the trouble is above the levels."""
        return self.metric.direction == "above"

    def mine(self, reading: Reading) -> bool:
        """Whether a reading is one of this line's: its metric, basis, slice and length of window."""
        window = reading.window
        length = (window.end - window.start) / MICROS
        return (
            reading.metric == self.metric.metric
            and reading.basis == self.metric.basis
            and (window.segment, window.level) == self.segment
            and abs(length - self.days) <= max(SLACK * self.days, 0.01)
        )

    def mature(self, reading: Reading) -> bool:
        """Whether a reading rests on labels as old as the line wants them."""
        return reading.known >= reading.window.end + self.metric.lag_days * MICROS


def lines_of(plan: Mapping[str, Any]) -> list[Line]:
    """Return the lines of a plan on record."""
    return [Line(str(plan["id"]), str(plan["model"]), Metric.model_validate(m)) for m in plan.get("metrics", ())]


def plan_in_force(records: Records, model: str) -> dict[str, Any]:
    """Return the approved monitoring plan of a model.

    Raises:
        SpecError: there is none.
    """
    found = approved_plan(records, model)
    if found is None:
        raise SpecError(
            f"{model} has no approved monitoring plan. Propose one (secondline monitor plan {model}), "
            "file it, and have the second line approve it."
        )
    return found


def next_look(lines: list[Line], today: date) -> date:
    """Return the day of the next check: by the line that is looked at most often."""
    return today + timedelta(days=min((line.days for line in lines), default=DAYS["monthly"]))


def day_of(instant: int) -> date:
    """Return the day (UTC) of an instant in microseconds."""
    return datetime.fromtimestamp(instant / 1e6, UTC).date()


def last_day(window: Window) -> date:
    """Return the last day of a window, whose end is excluded."""
    return day_of(window.end - 1)


def instant_of(text: str) -> int:
    """Return the instant of an ISO text (UTC where it names no zone) in microseconds."""
    found = datetime.fromisoformat(text)
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1e6)


def frequencies() -> tuple[str, ...]:
    """Return the frequencies a line may have, the most frequent first."""
    return tuple(get_args(Metric.model_fields["frequency"].annotation))
