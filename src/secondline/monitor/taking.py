"""Taking: the readings that the lines of a plan still lack, of windows that are over, and of those restated since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from secondline.core.dates import months_after
from secondline.core.errors import SecondlineError
from secondline.core.estimate import Measured
from secondline.ledger.records import Records
from secondline.monitor.blocked import UNBIASED, unbiased
from secondline.monitor.early import DELAY, EVENT_RATE, delay, estimated, event_rate, matured
from secondline.monitor.lines import MICROS, Line, day_of
from secondline.monitor.live import MEASURES, SKEW, live
from secondline.monitor.measuring import measure
from secondline.monitor.projecting import projected
from secondline.monitor.readings import Reading, Window
from secondline.monitor.sampling import spread_out

if TYPE_CHECKING:
    from secondline.monitor.state import State

MONTHS = {"monthly": 1, "quarterly": 3, "half-yearly": 6, "yearly": 12}
AGAIN = 6
"""Windows, the newest, that are read again at each look: labels that came since restate them."""
MOST = 400
"""Windows of a line that one look reads at most; the next look goes on."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reading that a line lacks: of which window, as known when."""

    line: Line
    window: Window
    known: int

    @property
    def key(self) -> tuple[str, Window, int]:
        """What tells it apart from others."""
        return self.line.key, self.window, self.known


def windows(line: Line, first: date, until: date, version: str = "") -> Iterator[Window]:
    """Yield the whole windows of a line from *first* to before *until*, aligned to days, Mondays or months."""
    start = _aligned(line, first)
    while (end := _after(line, start)) <= until:
        segment, level = line.segment
        yield Window(line.model, version, _instant(start), _instant(end), segment, level)
        start = end


def _aligned(line: Line, first: date) -> date:
    if months := MONTHS.get(line.metric.frequency):
        month = (first.month - 1) // months * months + 1
        start = date(first.year, month, 1)
        return start if start >= first else months_after(start, months)
    if line.metric.frequency == "weekly":
        return first + timedelta(days=-first.weekday() % 7)
    return first


def _after(line: Line, start: date) -> date:
    months = MONTHS.get(line.metric.frequency)
    return months_after(start, months) if months else start + timedelta(days=line.days)


def _instant(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


def wanted(line: Line, had: Sequence[Reading], first: date, now: int, version: str = "") -> list[Wanted]:
    """Return what a line lacks by *now*: windows whose labels are old enough, and the newest again as known now."""
    mine = [r for r in had if line.mine(r) and r.window.version == version]
    taken = {r.window for r in mine if line.mature(r)}
    over = list(windows(line, first, day_of(now), version))
    due = [w for w in over if w.end + line.metric.lag_days * MICROS <= now]
    fresh = [Wanted(line, w, w.end + line.metric.lag_days * MICROS) for w in due if w not in taken][:MOST]
    if not _late(line):
        return fresh
    read_now = {(r.window, r.known) for r in mine}
    again = [Wanted(line, w, now) for w in over[-AGAIN:] if (w, now) not in read_now]
    return [*fresh, *again]


def _late(line: Line) -> bool:
    """Whether labels that come later restate the line's windows."""
    return line.metric.lag_days > 0 or line.metric.basis == "projected"


def take(
    state: State, records: Records, lines: Sequence[Line], now: int, *, version: str = ""
) -> tuple[list[Reading], list[str]]:  # fmt: skip
    """Read what the lines lack and keep it; returns all readings of the model, and what could not be read and why.

    A line that breaks is told and left, so that a fault in one measure does not blind the watch over the others.
    """
    if not lines:
        return [], []
    model = lines[0].model
    parts = [p for p in state.parts("decision", model) if version in {"", p.version}]
    troubles: list[str] = []
    if parts:
        troubles += _refreshed(state, model)
        first = day_of(min(p.first for p in parts))
        had = state.readings(model)
        lacking = [wanted(line, had, first, now, version) for line in lines]
        with state.one_look():
            together = _together(state, [one for row in lacking for one in row])
            for line, row in zip(lines, lacking, strict=True):
                troubles += _kept(state, records, line, row, together)
    return state.readings(model), troubles


Together = dict[tuple[str, Window, int], list[Reading]]


def _together(state: State, lacking: Sequence[Wanted]) -> Together:
    """Read checks of one window, as known at one instant, by one question; those that break are left to be asked alone.

    The statistics of a window are then made once for all lines that ask about it.
    """
    groups: dict[tuple[Window, int, bool], list[Wanted]] = {}
    for one in lacking:
        if _of_checks(one.line):
            # A column asked for by itself has a narrower interval than beside all others.
            groups.setdefault((one.window, one.known, ":" in one.line.metric.metric), []).append(one)
    found: Together = {}
    for (window, known, _), group in groups.items():
        try:
            readings = measure(state, window.model, window, {one.line.metric.metric for one in group}, known)
        except (SecondlineError, ArithmeticError, ValueError):
            continue
        mine = [spread_out(state, r) for r in readings if r.window == window]
        found |= {one.key: [r for r in mine if _answers(r.metric, one.line.metric.metric)] for one in group}
    return found


def _answers(metric: str, asked: str) -> bool:
    return asked in {metric, metric.partition(":")[0]}


def _of_checks(line: Line) -> bool:
    """Whether a line's readings are those of a check of the plan, by labels as they are known."""
    code, special = line.metric.metric, {EVENT_RATE, DELAY, SKEW, *UNBIASED, *MEASURES}
    return line.metric.basis == "known" and code not in special


def _kept(state: State, records: Records, line: Line, row: Sequence[Wanted], together: Together) -> list[str]:
    """Keep what a line lacks; returns why it could not be read, where it could not."""
    try:
        found = [together[one.key] if one.key in together else read(state, records, one) for one in row]
        state.keep([reading for readings in found for reading in readings])
    except SecondlineError as error:
        return [f"{line.metric.metric}: {error}"]
    except (ArithmeticError, ValueError) as error:
        said = f"{type(error).__name__}: {error}"
        return [f"{line.metric.metric} broke ({said}); this is a defect of secondline, report it"]
    return []


def _refreshed(state: State, model: str) -> list[str]:
    """Bring the cells up to date, so that windows are summed from them; returns why that could not be."""
    from secondline.monitor.windows import refresh

    try:
        refresh(state, model)
    except SecondlineError as error:
        return [str(error)]
    return []


def read(state: State, records: Records, wanted_: Wanted) -> list[Reading]:
    """Return the reading that is wanted: of a check, of use, projected, or estimated without labels."""
    line, window, known = wanted_.line, wanted_.window, wanted_.known
    code, basis = line.metric.metric, line.metric.basis
    found: Measured | None = None
    if basis == "estimated":
        return [_made(wanted_, estimated(state, window, code, known))]
    if code == EVENT_RATE:
        found = event_rate(state, window, known, projected=basis == "projected")
    elif basis == "projected":
        found = projected(state, window, code, known)
    elif code in UNBIASED:
        found = unbiased(state, window, code, known)
    if found is not None:
        return [_made(wanted_, found, matured(state, window, known))]
    if code == DELAY:
        return [_made(wanted_, delay(state, window, known))]
    if code in MEASURES or code == SKEW:
        return [_made(wanted_, live(state, records, window, code))]
    return [spread_out(state, r) for r in measure(state, window.model, window, [code], known) if r.window == window]


def _made(wanted_: Wanted, measured: Measured, maturity: float | None = None) -> Reading:
    metric = wanted_.line.metric
    return Reading(wanted_.window, metric.metric, measured, metric.basis, wanted_.known, maturity)
