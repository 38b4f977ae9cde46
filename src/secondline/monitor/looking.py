"""Looking: what one line's readings say by now: green, amber, red, or what it would take to decide.

No level is passed on a bare point. A sequential line tests the null of each level by an e-process over windows, each
taken once its labels are as old as the line wants them, so that all its looks, at all its levels and in all its runs,
raise a false alarm with a chance of at most the budget. A window line judges each window by an interval widened for the
looks of a year. An exact line compares a count that has no error. An ADWIN line looks for a change of unknown form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from secondline.core.errors import MissingExtra
from secondline.core.estimate import Estimate
from secondline.core.format import number
from secondline.monitor.adwin import changes
from secondline.monitor.evidence import EVENTS, begun, increment, kind_of, labels_of, se_of, too_few
from secondline.monitor.lines import Line, day_of
from secondline.monitor.readings import Reading
from secondline.monitor.sampling import SAMPLING
from secondline.stats.intervals import z_of
from secondline.stats.monitoring.sequential import Watch

Status = Literal["green", "amber", "red", "stop", "undecided"]
BEYOND = {"amber": "Warning", "red": "Alarm", "stop": "Use stops"}
Held = dict[str, Any]
HOUR = 3_600_000_000
STEADY, DELTA = 30, 0.02
"""Windows from which ADWIN takes the spread of quiet readings, and its bound at one cut."""
EVEN = 0.05
"""How far an interval may lean in log-odds, as a share of its width, and still count as made on that scale."""
KEPT = 800
"""Windows whose sums are kept, so that labels that come later can restate them."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a line's readings say.

    ``status`` is what is proved; undecided where nothing is, and the newest reading is beyond a level or lacks cases.
    ``newest`` is the newest reading in time, ``used`` the share of the way to an alarm that the evidence has come
    (1: alarm), ``p_value`` the anytime-valid one of the level in ``status``, or of the mildest. ``wants`` says what it
    would take to decide. ``calm`` is whether the newest reading lies, with its whole interval, on the good side.
    """

    line: Line
    status: Status
    newest: Reading | None = None
    shown: Estimate | None = None
    p_value: float | None = None
    used: float = 0.0
    calm: bool = False
    wants: str = ""
    windows: int = 0
    restated: int = 0
    method: str = ""
    held: Held = field(default_factory=dict)


def look(line: Line, readings: Sequence[Reading], held: Mapping[str, Any]) -> Look:
    """Return what *readings* say of a line, going on from where its processes stood (*held*)."""
    mine = [r for r in readings if line.mine(r) and line.mature(r)]
    numbers = [r for r in mine if isinstance(r.measured, Estimate)]
    if not numbers:
        return Look(line, "undecided", wants=_nothing(line, readings, mine), held=dict(held))
    enough = [r for r in numbers if getattr(r.measured, "n", 0) >= line.metric.min_n]
    newest = max(enough or numbers, key=lambda r: (r.window.end, r.known))
    estimate = newest.measured
    if not isinstance(estimate, Estimate):  # pragma: no cover - numbers holds estimates only
        raise TypeError
    if line.metric.test == "exact" or kind_of(estimate) == "exact":
        return _exact(line, newest, estimate, held, len(numbers))
    if line.metric.test == "window":
        return _alone(line, newest, estimate, held, len(numbers))
    if line.metric.test == "adwin":
        return _changed(line, enough or numbers, newest, estimate, held)
    return _sequential(line, numbers, newest, estimate, dict(held))


def _nothing(line: Line, readings: Sequence[Reading], mine: Sequence[Reading]) -> str:
    if mine:
        last = mine[-1].measured
        return f"{getattr(last, 'because', '')}; {getattr(last, 'needed', '') or 'more cases'}".strip("; ")
    if any(line.mine(r) for r in readings):
        return f"windows whose labels are {line.metric.lag_days} days old"
    return f"a reading of {line.metric.metric} over {line.days} days"


def _beyond(line: Line, value: float, edge: float) -> bool:
    return value > edge if line.above else value < edge


def _calm(line: Line, estimate: Estimate) -> bool:
    """Whether the whole interval lies on the good side of the mildest level."""
    edge = next(iter(line.edges().values()), None)
    if SAMPLING in estimate.detail:
        low, high = _wider(estimate, estimate.level)
        estimate = estimate.model_copy(update={"low": low, "high": high})
    far = estimate.high if line.above else estimate.low
    worst = estimate.value if far is None else far
    return edge is not None and estimate.n >= line.metric.min_n and not _beyond(line, worst, edge)


def _few(line: Line, estimate: Estimate) -> str:
    if line.metric.test not in {"exact", "window"} and too_few(estimate):
        return f"{EVENTS:.0f} events in a window; there are {estimate.events:,.0f}: look at longer windows"
    return "" if estimate.n >= line.metric.min_n else f"{line.metric.min_n:,} cases; there are {estimate.n:,.0f}"


def _exact(line: Line, newest: Reading, estimate: Estimate, held: Mapping[str, Any], windows: int) -> Look:
    passed = [level for level, edge in line.edges().items() if _beyond(line, estimate.value, edge)]
    few = _few(line, estimate)
    status: Any = "undecided" if few else passed[-1] if passed else "green"
    return Look(line, status, newest, estimate, used=float(bool(passed) and not few), calm=not passed and not few,
                wants=few, windows=windows, method="a count without error", held=dict(held))  # fmt: skip


def _wider(estimate: Estimate, level: float) -> tuple[float, float]:
    """Return an estimate's interval about the truth at a level, in log-odds where it was made so, within (0, 1).

    The interval of a projected figure is widened by what the window is off by as a sample.
    """
    half = ((estimate.high or 0.0) - (estimate.low or 0.0)) / 2.0
    drawn = SAMPLING in estimate.detail and half > 0
    stretch = z_of(level) * (se_of(estimate) / half if drawn else 1.0 / z_of(estimate.level))
    low, value, high = estimate.low, estimate.value, estimate.high
    if low is not None and high is not None and 0.0 < low <= value <= high < 1.0:
        centre, down, up = (math.log(x / (1.0 - x)) for x in (value, low, high))
        if kind_of(estimate) == "rate" or abs(up + down - 2.0 * centre) <= EVEN * (up - down):
            ends = (centre + (end - centre) * stretch for end in (down, up))
            below, above = (1.0 / (1.0 + math.exp(-end)) for end in ends)
            return below, above
    reach = se_of(estimate) * z_of(level)
    return value - reach, value + reach


def _alone(line: Line, newest: Reading, estimate: Estimate, held: Mapping[str, Any], windows: int) -> Look:
    """Judge the newest window by itself, at a level that pays for all the looks of a year (Bonferroni)."""
    level = 1.0 - line.metric.budget / line.looks
    low, high = _wider(estimate, level)
    wide = estimate.model_copy(update={"low": low, "high": high, "level": level})
    near = wide.low if line.above else wide.high
    few = _few(line, estimate)
    passed = [lv for lv, edge in line.edges().items() if near is not None and _beyond(line, near, edge)]
    open_ = [edge for edge in line.edges().values() if _beyond(line, estimate.value, edge)]
    status: Any = passed[-1] if passed and not few else "undecided" if few or open_ else "green"
    return Look(line, status, newest, wide, used=_share(line, wide), calm=not few and _calm(line, wide),
                wants=few or (_more(estimate, open_[0]) if status == "undecided" else ""), windows=windows,
                method=f"interval at {level:.4%}, for {line.looks} looks a year", held=dict(held))  # fmt: skip


def _changed(
    line: Line, numbers: Sequence[Reading], newest: Reading, estimate: Estimate, held: Mapping[str, Any]
) -> Look:
    """Judge whether ADWIN saw the readings change and the newest lies beyond a level with its whole interval."""
    row = [one.measured for _, (one, _) in sorted(_windows(numbers).items())]
    values = [one.value for one in row if isinstance(one, Estimate)]
    few, calm = _few(line, estimate), _calm(line, estimate)
    few = few or ("" if len(values) >= STEADY else f"{STEADY} windows to see how they spread; there are {len(values)}")
    try:
        at = [] if len(values) < STEADY else changes(_scaled(values), delta=DELTA)
    except MissingExtra as missing:
        return Look(line, "undecided", newest, estimate, wants=str(missing), windows=len(values), held=dict(held))
    near = estimate.low if line.above else estimate.high
    passed = [lv for lv, edge in line.edges().items() if at and near is not None and _beyond(line, near, edge)]
    status: Any = passed[-1] if passed and not few else "undecided" if few or (at and not calm) else "green"
    wants = few or ("a newest window that lies beyond a level with its whole interval" if status == "undecided" else "")
    return Look(line, status, newest, estimate, used=float(bool(passed)), calm=calm, wants=wants, windows=len(values),
                method=f"ADWIN, {len(at)} changes in {len(values)} windows; no promise on false alarms",
                held=dict(held))  # fmt: skip


def _scaled(values: Sequence[float]) -> list[float]:
    """Return readings cut to three deviations about the middle of the first thirty, as shares of that range."""
    first = np.array(values[:STEADY])
    middle = float(np.median(first))
    reach = 3.0 * max(1.4826 * float(np.median(np.abs(first - middle))), 1e-9 + 1e-6 * abs(middle))
    return [min(max((v - middle + reach) / (2.0 * reach), 0.0), 1.0) for v in values]


def _share(line: Line, wide: Estimate) -> float:
    """Return how far the window has come towards an alarm: its distance from the level in half-widths, from -1 to 1."""
    edge = next(iter(line.edges().values()), None)
    half = ((wide.high or 0.0) - (wide.low or 0.0)) / 2.0
    if edge is None or half <= 0:
        return 0.0
    far = (wide.value - edge if line.above else edge - wide.value) / half
    return min(max((far + 1.0) / 2.0, 0.0), 1.0)


def _more(estimate: Estimate, edge: float) -> str:
    """Return how many times the cases would bring the interval down to the distance from the level."""
    gap, half = abs(estimate.value - edge), se_of(estimate) * z_of(estimate.level)
    if gap <= 0 or not estimate.n:
        return "more cases: the value lies on the level"
    wanted = max(half / gap, 1.0) ** 2 * estimate.n
    return f"about {wanted:,.0f} cases in a window if the value stays; it has {estimate.n:,.0f}"


def _sequential(line: Line, numbers: Sequence[Reading], newest: Reading, estimate: Estimate, held: Held) -> Look:
    windows, levels = _windows(numbers), dict(held.get("levels", {}))
    runs = held.get("runs") or {str(day_of(min(windows) * HOUR).year): 1}
    alpha = line.part(int(held.get("run", 0)))
    passed, found = [], dict[str, _Process]()
    for level, edge in line.edges().items():
        process = _Process.of(levels.get(level) or {}, edge, alpha)
        process.go(line, windows)
        if process.watch is None:
            levels |= {level: {"after": process.after}} if process.after is not None else {}
            continue
        found[level], levels[level] = process, process.kept()
        passed += [level] if process.watch.decided.alarm is not None else []
    if not found and levels:
        return Look(line, "green", newest, estimate, p_value=1.0, calm=_calm(line, estimate), windows=len(windows),
                    method="e-process over windows, begun anew", held={**held, "levels": levels})  # fmt: skip
    if not found:
        return _alone(line, newest, estimate, held, len(numbers))
    at = passed[-1] if passed else next(iter(found))
    watch = found[at].watch
    peak = watch.decided.peak if watch else 0.0
    open_ = [edge for edge in line.edges().values() if _beyond(line, estimate.value, edge)]
    few = _few(line, estimate)
    status: Any = at if passed else "undecided" if few or open_ else "green"
    return Look(line, status, newest, estimate, p_value=math.exp(-peak), calm=_calm(line, estimate),
                used=min(max(peak / -math.log(alpha), 0.0), 1.0), windows=len(windows),
                wants=few or (_evidence(alpha, peak, estimate, open_[0]) if status == "undecided" else ""),
                restated=max(p.restated for p in found.values()), held={**held, "levels": levels, "runs": runs},
                method=f"e-process over windows ({kind_of(estimate)}), budget {alpha:.3g} a level and run")  # fmt: skip


def _evidence(alpha: float, peak: float, estimate: Estimate, edge: float) -> str:
    odds, wanted = math.exp(min(peak, 600.0)), 1.0 / alpha
    beyond = f"{number(estimate.value)} against {number(edge)}"
    return (
        f"more windows like this one ({beyond}): the evidence is {odds:,.1f} to 1, the budget asks {wanted:,.0f} to 1"
    )


def _windows(numbers: Sequence[Reading]) -> dict[int, tuple[Reading, Reading]]:
    """Return the first mature and the newest reading of each window by the hour it ends; windows do not overlap."""
    found: dict[int, tuple[Reading, Reading]] = {}
    edge = 0
    for reading in sorted(numbers, key=lambda r: (r.window.start, r.known)):
        key = reading.window.end // HOUR
        if key in found:
            found[key] = (found[key][0], reading)
        elif reading.window.start >= edge:
            found[key], edge = (reading, reading), reading.window.end
    return found


@dataclass
class _Process:
    """The process of one level as it goes through the windows; ``after`` is the last key of an earlier run."""

    edge: float
    alpha: float
    watch: Watch | None = None
    labels: tuple[str, ...] = ()
    sums: dict[str, list[float]] = field(default_factory=dict)
    restated: int = 0
    after: int | None = None

    @staticmethod
    def of(kept: Mapping[str, Any], edge: float, alpha: float) -> _Process:
        """Return it as it was kept; begun anew where the plan has another level or budget since."""
        watch = Watch.from_json(kept["watch"]) if kept.get("watch") else None
        if watch is None or watch.decided.alpha != alpha or kept.get("edge", edge) != edge:
            return _Process(edge, alpha, after=watch.decided.through if watch else kept.get("after"))
        return _Process(edge, alpha, watch, tuple(kept.get("labels", ())), dict(kept.get("sums", {})))

    def go(self, line: Line, windows: Mapping[int, tuple[Reading, Reading]]) -> None:
        """Take every window not taken yet, and restate those whose labels have changed since."""
        for key in sorted(windows):
            first, newest = (r.measured for r in windows[key])
            if not isinstance(first, Estimate) or not isinstance(newest, Estimate) or too_few(first):
                continue
            if first.n >= line.metric.min_n:
                self._take(line, key, first)
                self._restate(key, newest)
        self.sums = dict(sorted(self.sums.items(), key=lambda item: int(item[0]))[-KEPT:])

    def _take(self, line: Line, key: int, estimate: Estimate) -> None:
        if self.after is not None and key <= self.after:
            return
        if self.watch is None:
            shift = _shift(line, self.edge)
            self.watch = begun(estimate, self.edge, above=line.above, shift=shift, alpha=self.alpha, after=self.after)
            self.labels = labels_of(estimate)
        if self.watch is None or (self.watch.decided.through is not None and key <= self.watch.decided.through):
            return
        sums = increment(self.watch.decided.null, estimate, self.labels)
        if sums is not None:
            self.watch = self.watch.take(key, sums)
            self.sums[str(key)] = list(sums)

    def _restate(self, key: int, estimate: Estimate) -> None:
        before = self.sums.get(str(key))
        after = increment(self.watch.decided.null, estimate, self.labels) if self.watch and before else None
        if self.watch is None or before is None or after is None or list(after) == before:
            return
        self.watch = self.watch.restate(key, tuple(before), after)
        self.sums[str(key)] = list(after)
        self.restated += 1

    def kept(self) -> Held:
        """Return it as it is kept."""
        held: Held = {"labels": list(self.labels), "sums": self.sums, "edge": self.edge}
        return {**held, "watch": self.watch.to_json()} if self.watch else {}


def _shift(line: Line, edge: float) -> float:
    """Return the smallest change that matters: from the baseline to the level, or a tenth of the level."""
    base = line.metric.baseline
    gap = abs(edge - base) if base is not None else 0.0
    return max(gap, 0.1 * abs(edge), 1e-6)


def renewed(held: Mapping[str, Any], year: str) -> Held:
    """Return where a line stands after its alarm was closed in a *year*: the evidence begun anew, on the next part."""
    levels = {level: {"after": through} for level, kept in dict(held.get("levels", {})).items()
              if (through := _through(kept)) is not None}  # fmt: skip
    runs = dict(held.get("runs", {}))
    return {**held, "levels": levels, "run": int(runs.get(year, 0)), "runs": {**runs, year: int(runs.get(year, 0)) + 1}}


def _through(kept: Mapping[str, Any]) -> int | None:
    watch = kept.get("watch")
    found = Watch.from_json(dict(watch)).decided.through if watch else kept.get("after")
    return None if found is None else int(found)
