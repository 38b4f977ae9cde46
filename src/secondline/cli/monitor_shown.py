"""What the commands of `secondline monitor` do and say."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from secondline.cli.screen import Screen, grid, print_json
from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secondline.monitor.ingest import Progress
    from secondline.monitor.readings import Reading, Window
    from secondline.monitor.state import State

EPOCH = date(1970, 1, 1)
DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which window is to be measured, in the words of the command line."""

    model: str
    metrics: tuple[str, ...]
    start: str
    end: str
    known: str
    version: str
    segment: str


def start(model_yaml: Path, state: str, absent: str, after: int, *, as_json: bool) -> None:
    """Begin to watch a model."""
    from secondline.monitor.state import State
    from secondline.monitor.watched import Absent, watch
    from secondline.policy.documents import read_spec

    if absent not in {"unknown", "good"}:
        raise SpecError(f"--absent is {absent!r}; no label means 'unknown' or 'good'.")
    if after and absent == "unknown":
        raise SpecError("--after says when no label means good; give --absent good with it.")
    spec = read_spec(model_yaml)
    meaning = Absent("good" if absent == "good" else "unknown", after)
    kept = watch(State.open(state), spec, model_yaml.resolve().parent, absent=meaning)
    said = {"model": kept.model, "reference": kept.facts.rows, "checks": len(kept.plan.checks)}
    if as_json:
        print_json(said)
    else:
        Screen().say(
            f"[bold]{escape(kept.model)}[/] is watched: windows are cut as its {kept.facts.rows:,} reference rows are, "
            f"and {len(kept.plan.checks)} checks may be asked of them."
        )


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Yield an event that an interrupt or a request to end sets, so that the batch in hand is finished first."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ingest(log: str, state: str, *, until_idle: bool, every: float, most: int, as_json: bool) -> None:
    """Take events in."""
    from secondline.events.log import Log
    from secondline.monitor import ingest as taking
    from secondline.monitor.state import State
    from secondline.monitor.windows import refresh as fresh

    opened, source = State.open(state), Log.open(log)
    screen = Screen(quiet=as_json)
    last = [time.monotonic()]

    def told(done: Progress) -> None:
        screen.err.print(
            f"{done.events:,} events, {done.dead:,} dead", end="\r"
        ) if not as_json and screen.err.is_terminal else None
        if every and time.monotonic() - last[0] >= every:
            fresh(opened)
            last[0] = time.monotonic()

    with _stopping() as stop:
        done = taking.ingest(source, opened, stop=stop, until_idle=until_idle, told=told, most=most)
    if not as_json and screen.err.is_terminal:
        screen.err.print()
    if every:
        fresh(opened)
    source.close()
    if as_json:
        print_json(asdict(done))
    else:
        screen.say(
            f"Took {done.events:,} events in by {done.commits:,} commits; {done.dead:,} could not be taken."
            + (f" {done.lost:,} batches were left to another consumer." if done.lost else "")
        )


def _lags(log: str, state: State) -> list[dict[str, Any]]:
    from secondline.events.log import TOPICS, Log
    from secondline.monitor.ingest import group_of

    if not log:
        return []
    source = Log.open(log)
    found = []
    for topic in TOPICS:
        taken = state.offsets(topic)
        for lag in source.lag(topic, group_of(state)):
            at = max(taken.get(lag.partition, 0), lag.oldest)
            found.append({"topic": topic, "partition": lag.partition, "taken": at, "behind": lag.next - at})
    source.close()
    return found


def status(state: str, log: str, *, as_json: bool) -> None:
    """Say what a state holds."""
    from secondline.events.log import TOPICS
    from secondline.monitor.cells import marks
    from secondline.monitor.state import State
    from secondline.monitor.watched import all_watched, watched

    opened = State.open(state)
    plans = {name: watched(opened, name).digest for name in all_watched(opened)}
    models = []
    for name in sorted({*opened.models(), *plans}):
        held = marks(opened, name)
        models.append({
            "model": name, "watched": name in plans, "days": len({m.day for m in held}),
            "decisions": sum(m.rows for m in held), "labelled": sum(m.labelled for m in held),
            "repeated": sum(m.repeated for m in held), "contradicted": sum(m.contradicted for m in held),
            "stale": sum(not m.current(plans.get(name, "")) for m in held),
        })  # fmt: skip
    said = {
        "models": models, "dead": opened.dead_count(), "offsets": {t: opened.offsets(t) for t in TOPICS},
        "lag": _lags(log, opened),
    }  # fmt: skip
    if as_json:
        print_json(said)
        return
    screen = Screen()
    table = grid("model", "watched", ">days", ">decisions", ">labelled", ">repeated", ">contradicted", ">stale")
    for model in models:
        table.add_row(*(escape(_said(value)) for value in model.values()))
    screen.out.print(table)
    screen.say(f"{said['dead']:,} events could not be taken in.")
    if log:
        screen.say(f"{sum(one['behind'] for one in _lags(log, opened)):,} events of the log are not yet taken in.")


def refresh(model: str, state: str, *, as_json: bool) -> None:
    """Bring windows up to date."""
    from secondline.monitor.state import State
    from secondline.monitor.windows import refresh as fresh

    done = fresh(State.open(state), model or None)
    if as_json:
        print_json(asdict(done))
    else:
        Screen().say(f"Computed {done.cells:,} days from {done.parts:,} new parts; merged {done.merged:,} parts.")


def forget(model: str, state: str, before: str, *, yes: bool, as_json: bool) -> None:
    """Forget cases, or say which would go."""
    from secondline.monitor.state import State

    opened = State.open(state)
    if model not in opened.models():
        raise SpecError(f"No decision of {model!r} was taken in. There are: {', '.join(opened.models()) or 'none'}.")
    gone = opened.forget(model, before=_day(before), only_look=not yes)
    if as_json:
        print_json({**asdict(gone), "done": yes})
        return
    what = f"{gone.rows:,} events of {gone.days:,} days in {gone.parts:,} parts ({gone.bytes / 1e6:,.1f} MB)"
    Screen().say(f"Forgot {what}." if yes else f"Would forget {what}. Say --yes to do it: they do not come back.")


def show(asked: Asked, state: str, *, keep: bool, as_json: bool) -> None:
    """Measure a window and show the readings."""
    from secondline.monitor.measuring import measure
    from secondline.monitor.state import State

    opened = State.open(state)
    window = _window(opened, asked)
    known = _end(asked.known) if asked.known else None
    readings = measure(opened, asked.model, window, asked.metrics, known)
    if keep:
        opened.keep(readings)
    if as_json:
        print_json([_plain(reading) for reading in readings])
        return
    out = Screen().out
    table = grid("metric", "*of", ">value", "*interval", ">cases", ">events")
    for reading in readings:
        table.add_row(*(escape(cell) for cell in _row(reading)))
    out.print(table)
    for instant in sorted({reading.known for reading in readings}):
        out.print(f"[dim]With what was known at {_instant(instant)}.[/]")


def _window(state: State, asked: Asked) -> Window:
    from secondline.monitor.cells import marks
    from secondline.monitor.readings import Window

    days = [mark.day for mark in marks(state, asked.model)] or [0]
    first = _day(asked.start) if asked.start else min(days)
    last = _day(asked.end) if asked.end else max(days)
    if last < first:
        raise SpecError(f"The window ends ({asked.end}) before it begins ({asked.start}).")
    segment, is_level, level = asked.segment.partition("=")
    if bool(segment) != bool(is_level):
        raise SpecError(f"--segment is {asked.segment!r}; write column=level, such as channel=web.")
    return Window(asked.model, asked.version, first * DAY, (last + 1) * DAY, segment, level)


def _day(text: str) -> int:
    from secondline.policy.documents import parsed_date

    return (parsed_date(text, "A day") - EPOCH).days


def _end(text: str) -> int:
    return (_day(text) + 1) * DAY - 1


def _instant(micros: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).isoformat(timespec="seconds")


def _plain(reading: Reading) -> dict[str, Any]:
    window = reading.window
    return {
        "metric": reading.metric, "version": window.version, "from": _instant(window.start),
        "to": _instant(window.end), "segment": window.segment, "level": window.level, "basis": reading.basis,
        "known": _instant(reading.known), "maturity": reading.maturity,
        "measured": reading.measured.model_dump(mode="json", exclude={"detail"}),
    }  # fmt: skip


def _row(reading: Reading) -> list[str]:
    window, held = reading.window, reading.measured
    of = f"{window.segment} = {window.level}" if window.segment else "all"
    if not isinstance(held, Estimate):
        return [reading.metric, of, "-", held.because, "-", "-"]
    interval = "-" if held.low is None or held.high is None else f"{held.low:.4g} to {held.high:.4g}"
    events = "-" if held.events is None else f"{held.events:,.0f}"
    return [reading.metric, of, f"{held.value:.4g}", interval, f"{held.n:,.0f}", events]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
