"""Opening: from what assistant.yaml declares to a target that answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from secondline.core.declared.genai import Target as Declared
from secondline.core.errors import SpecError
from secondline.evals.cache import Journal
from secondline.evals.importing.reading import read
from secondline.evals.limits import Clock, Sleep
from secondline.evals.line import Line, Tally
from secondline.evals.targets.callable import Callable
from secondline.evals.targets.http import Http
from secondline.evals.targets.openai import OpenAI
from secondline.evals.targets.replay import Replay
from secondline.evals.targets.scripted import Answering, Scripted
from secondline.evals.targets.target import Live, Target
from secondline.evals.targets.words import Words


@dataclass(frozen=True, slots=True)
class Opened:
    """A target that is open, and what its calls came to so far."""

    target: Target
    tally: Tally


@dataclass(frozen=True, slots=True)
class Way:
    """How a run asks: the folder of assistant.yaml, the file of kept answers, the configuration and what is allowed."""

    base: Path
    kept: Path
    config: str = ""
    system: str = ""
    seed: int = 0
    allow_code: bool = False
    scripted: Answering | None = None
    clock: Clock = time.monotonic
    sleep: Sleep = asyncio.sleep


def opened(declared: Declared, way: Way) -> AbstractAsyncContextManager[Opened]:
    """Open a target; what is wrong with its declaration is said before anything is called.

    Raises:
        SpecError: the declaration is wrong, or a key is missing.
        Refused: it is a developer's function, and nobody allowed code to run.
        DataError: the transcripts cannot be read.
        LedgerError: the kept answers cannot be used.
    """
    if declared.kind == "replay" and way.scripted is None:
        replay = Replay.of(read(way.base / declared.file, declared.format, declared.columns), way.config)
        return _at_hand(replay)
    if declared.kind == "words" and way.scripted is None:
        return _at_hand(Words(way.config))
    limits = declared.limits
    if limits.budget is not None and declared.kind == "openai" and not (limits.price_in or limits.price_out):
        raise SpecError("A `budget` needs prices: give `price-in` and `price-out` a million tokens under `limits`.")
    return _alive(_dialect(declared, way), declared, way)


def _dialect(declared: Declared, way: Way) -> OpenAI | Http | Callable | Scripted:
    if way.scripted is not None:
        return Scripted(way.scripted, way.config)
    if declared.kind == "openai":
        return OpenAI(declared, way.config, way.system)
    if declared.kind == "http":
        return Http(declared, way.config, way.system)
    return Callable(declared, way.config, way.system, way.base, allowed=way.allow_code)


@asynccontextmanager
async def _at_hand(target: Target) -> AsyncIterator[Opened]:
    yield Opened(target, Tally())


@asynccontextmanager
async def _alive(dialect: OpenAI | Http | Callable | Scripted, declared: Declared, way: Way) -> AsyncIterator[Opened]:
    journal = Journal(way.kept)
    try:
        line = Line(dialect, journal, declared.limits, seed=way.seed, clock=way.clock, sleep=way.sleep)
        yield Opened(Live(dialect, line, way.config), line.tally)
    finally:
        await dialect.close()
        await journal.settle()
        journal.close()
