"""Runner: asks every case in its turn, many at once, until all are asked or a limit ends it; then it can be resumed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from secondline.core.declared.genai import GenAI
from secondline.evals.components import asked_of, system_of
from secondline.evals.line import Stopped, Tally
from secondline.evals.nouns import Case, Trace
from secondline.evals.pursuing import all_pursued, grading_of
from secondline.evals.schedule import Turn, declared, scheduled
from secondline.evals.targets.opening import Opened, Way, opened
from secondline.evals.targets.replay import Replay
from secondline.evals.targets.scripted import Answering
from secondline.evals.targets.target import Target

State = Literal["done", "budget", "deadline", "broken", "asked-to-wait"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: turns that are over, of how many, seconds since it began, and what the calls came to."""

    done: int
    of: int
    seconds: float
    tally: Tally


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run brought: a trace for each turn that is over and that turn, in the order of the plan, and why it ended.

    Unless ``state`` is ``done`` there are turns ``left``, and the same run again goes on with them: what was paid for
    is kept.
    """

    turns: tuple[Turn, ...]
    traces: tuple[Trace, ...]
    left: tuple[Turn, ...]
    state: State
    because: str
    tally: Tally
    seconds: float
    config: str = ""


T = TypeVar("T")
Tell = Callable[[Progress], None]


async def run(
    target: Target, turns: Sequence[Turn], *, concurrency: int = 8, tally: Tally | None = None, tell: Tell | None = None
) -> Ran:
    """Ask every turn of *target*, *concurrency* at once. Calls on their way when it ends are waited for.

    Raises:
        SecondlineError: no call can work, or answers cannot be kept.
    """
    counts, start = tally or Tally(), time.monotonic()
    found: list[Trace | None] = [None] * len(turns)
    waiting, ends = iter(range(len(turns))), _Ends()
    over = 0

    async def work() -> None:
        nonlocal over
        for place in _until(waiting, ends):
            try:
                found[place] = await target.respond(*turns[place])
            except Stopped as stop:
                ends.stop = ends.stop or stop
                return
            except Exception as error:  # noqa: BLE001 - raised again when the calls on their way are back
                ends.error = ends.error or error
                return
            over += 1
            if tell is not None:
                tell(Progress(over, len(turns), time.monotonic() - start, counts))

    await asyncio.gather(*(work() for _ in range(min(concurrency, len(turns)))))
    if ends.error is not None:
        raise ends.error
    state, because = (ends.stop.state, ends.stop.because) if ends.stop else ("done", "")
    return Ran(
        tuple(turn for turn, trace in zip(turns, found, strict=True) if trace is not None),
        tuple(trace for trace in found if trace is not None),
        tuple(turn for turn, trace in zip(turns, found, strict=True) if trace is None),
        state,  # type: ignore[arg-type]  # a line stops with one of these states
        because, counts, time.monotonic() - start,
    )  # fmt: skip


@dataclass(slots=True)
class _Ends:
    """Why no more turns are begun."""

    stop: Stopped | None = None
    error: Exception | None = None


def _until(waiting: Iterator[int], ends: _Ends) -> Iterator[int]:
    """Yield the next turn as long as nothing ended the run."""
    for place in waiting:
        yield place
        if ends.stop is not None or ends.error is not None:
            return


def ask(
    genai: GenAI, cases: Mapping[str, Sequence[Case]], base: Path, kept: Path, *, allow_code: bool = False,
    scripted: Answering | None = None, tell: Tell | None = None,
) -> Ran:  # fmt: skip
    """Ask the declared system all *cases* of its suites and return what became of them; the way in for other rooms.

    *base* is the folder of assistant.yaml and *kept* the file of kept answers: with the same file and configuration
    nothing is asked twice. *scripted* answers in place of the declared target, for demonstrations.

    Raises:
        SpecError: the declaration, a case or a component is wrong.
        Refused: the target is code, and nobody allowed it to run.
        DataError: transcripts cannot be read.
        ModelError: the endpoint refuses every call.
        LedgerError: answers cannot be kept, or another run holds the file.
    """
    config = asked_of(genai, base)
    way = Way(base, kept, config, system_of(genai, base), genai.seed, allow_code, scripted)
    suites = declared(genai, cases)

    async def all_of_it() -> Ran:
        async with opened(genai.target, way) as target:
            most = target.target.replicates if isinstance(target.target, Replay) else None
            turns = scheduled(suites, genai.seed, most=most)
            if most is not None:
                return await _asked(target, turns, genai.target.limits.concurrency, tell)
            return await _pursued(target, turns, genai, tell)

    ran = finished(all_of_it())
    return replace(ran, config=config)


async def _pursued(target: Opened, turns: Sequence[Turn], genai: GenAI, tell: Tell | None) -> Ran:
    """Ask all turns, and those of suites with an attacker one after the other, as answers have it."""
    most = genai.target.limits.concurrency
    attackers = {name: suite.attacker for name, suite in genai.suites.items() if suite.attacker}
    plain = [turn for turn in turns if turn.case.suite not in attackers]
    hunted = [turn.case for turn in turns if turn.case.suite in attackers and turn.replicate == 0]
    ran = await _asked(target, plain, most, tell)
    if not hunted or ran.state != "done":
        return replace(ran, left=(*ran.left, *(Turn(case, 0) for case in hunted)))
    named = [(case, attackers[case.suite]) for case in hunted]
    each = [(c, a, grading_of(a.criterion, genai.criteria[a.criterion])) for c, a in named]
    over, left, stop = await all_pursued(target.target, each, genai.seed, most)
    state: Any = stop.state if stop else ran.state
    because = stop.because if stop else ran.because
    return replace(
        ran, turns=(*ran.turns, *(turn for turn, _ in over)), traces=(*ran.traces, *(trace for _, trace in over)),
        left=tuple(left), state=state, because=because,
    )  # fmt: skip


async def _asked(target: Opened, turns: Sequence[Turn], concurrency: int, tell: Tell | None) -> Ran:
    return await run(target.target, turns, concurrency=concurrency, tally=target.tally, tell=tell)


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* to its end, in a thread of its own where this one has a loop already, as notebooks do."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
