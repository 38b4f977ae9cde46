"""Dry run: what a plan would ask, what it would cost at most, and how exact its answers can be; nothing is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from secondline.core.declared.genai import GenAI, Suite
from secondline.evals.cache import Journal, key_of
from secondline.evals.components import asked_of, system_of
from secondline.evals.importing.reading import read
from secondline.evals.line import CHARACTERS_A_TOKEN
from secondline.evals.nouns import Case, Message
from secondline.evals.schedule import Turn, declared, scheduled
from secondline.evals.targets.http import Http
from secondline.evals.targets.openai import OpenAI, most_out
from secondline.evals.targets.replay import Replay
from secondline.evals.targets.target import has_the_word

Width = Callable[[int, int], float]
"""From a number of cases and of clusters to the half-width of an interval that so many can give."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a suite, or one stratum of it, can show: cases, clusters, askings, and the half-width they can reach."""

    suite: str
    stratum: str
    cases: int
    clusters: int
    turns: int
    half_width: float | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would be done: askings, calls (a conversation makes several), those kept already, tokens, money, minutes.

    Of transcripts, those recorded are kept, and ``missing`` names the cases of which there is none. ``cost`` is an
    upper reckoning: four characters a token, and every answer as long as it may be. ``minutes`` is the least that the
    rates allow. ``fits`` says whether the cost is within the budget, which nothing to pay always is. ``reach`` is by
    stratum and ``suites`` by suite.
    """

    turns: int
    calls: int
    kept: int
    tokens: int
    cost: float
    spent: float
    minutes: float
    fits: bool
    config: str
    reach: tuple[Reach, ...] = field(default=())
    suites: tuple[Reach, ...] = field(default=())
    missing: tuple[str, ...] = field(default=())


def dry_run(
    genai: GenAI, cases: Mapping[str, Sequence[Case]], base: Path, kept: Path | None = None, *,
    width: Width | None = None,
) -> DryRun:  # fmt: skip
    """Return what a run would ask and cost, and how exact it can be by stratum where *width* says so.

    *kept* is the file of kept answers: what is there is not asked again. No key is needed and no code runs, so the
    prompts of a function or of transcripts are reckoned by the questions alone.

    Raises:
        SpecError: the declaration or a case is wrong.
        DataError: the transcripts cannot be read.
        LedgerError: the file of kept answers cannot be read, or a run holds it.
    """
    suites = declared(genai, cases)
    if genai.target.kind == "replay":
        return _recorded(genai, suites, base, width)
    turns = scheduled(suites, genai.seed)
    config, limits = asked_of(genai, base), genai.target.limits
    dialect = _dialect(genai, base, config)
    asked = [(body, turn.replicate) for turn in turns for body in _bodies(dialect, turn)]
    there, spent = _kept(dialect, kept, asked)
    new = [len(body) // CHARACTERS_A_TOKEN for (body, _), is_kept in zip(asked, there, strict=True) if not is_kept]
    out = most_out(genai.target.decoding) * len(new)
    cost = (sum(new) * limits.price_in + out * limits.price_out) / 1e6
    fits = limits.budget is None or not cost or spent + cost <= limits.budget
    return DryRun(
        len(turns), len(asked), sum(there), sum(new) + out, cost, spent, _minutes(genai, len(new), sum(new) + out),
        fits, config, _reached(turns, width), _reached(turns, width, whole=True),
    )  # fmt: skip


def _recorded(
    genai: GenAI, suites: Mapping[str, tuple[Suite, Sequence[Case]]], base: Path, width: Width | None
) -> DryRun:  # fmt: skip
    """Return what transcripts hold of a plan: they are read as often as they were recorded, and cost nothing."""
    said = genai.target
    replay = Replay.of(read(base / said.file, said.format, said.columns))
    turns = scheduled(suites, genai.seed, most=replay.replicates)
    absent = dict.fromkeys(turn.case.name for turn in turns if not replay.replicates(turn.case))
    there = sum(turn.case.name not in absent for turn in turns)
    return DryRun(
        len(turns), len(turns), there, 0, 0.0, 0.0, 0.0, True, asked_of(genai, base), _reached(turns, width),
        _reached(turns, width, whole=True), tuple(sorted(absent)),
    )  # fmt: skip


def _minutes(genai: GenAI, calls: int, tokens: int) -> float:
    limits = genai.target.limits
    by_calls = calls / limits.per_minute if limits.per_minute else 0.0
    return max(by_calls, tokens / limits.tokens_per_minute if limits.tokens_per_minute else 0.0)


def _dialect(genai: GenAI, base: Path, config: str) -> OpenAI | Http | None:
    """Return the dialect of an endpoint; without its key, which a dry run does not need."""
    bare = genai.target.model_copy(update={"key": ""})
    if bare.kind == "openai":
        return OpenAI(bare, config, system_of(genai, base))
    return Http(bare, config, system_of(genai, base)) if bare.kind == "http" else None


def _bodies(dialect: OpenAI | Http | None, turn: Turn) -> list[bytes]:
    """Return the requests of one conversation; answers that are not there yet count as nothing."""
    found, history = [], list[Message]()
    for place, said in enumerate(turn.case.turns):
        history.append(said)
        if has_the_word(turn.case.turns, place):
            plain = "".join(m.content for m in history) + "".join(c.text for c in turn.case.context)
            found.append(dialect.request(turn.case, history, turn.replicate).body if dialect else plain.encode())
            history.append(Message(role="assistant", content=""))
    return found


def _kept(
    dialect: OpenAI | Http | None, kept: Path | None, asked: Sequence[tuple[bytes, int]]
) -> tuple[list[bool], float]:
    """Return which first requests are answered already, and what was spent on this configuration."""
    if kept is None or not kept.is_file() or dialect is None:
        return [False] * len(asked), 0.0
    journal = Journal(kept)
    try:
        there = [journal.holds(key_of(dialect.endpoint, body, replicate)) for body, replicate in asked]
        return there, journal.past(dialect.endpoint).cost
    finally:
        journal.close()


def _reached(turns: Sequence[Turn], width: Width | None, *, whole: bool = False) -> tuple[Reach, ...]:
    asked: Counter[tuple[str, str]] = Counter()
    cases: dict[tuple[str, str], dict[str, str]] = {}
    for turn in turns:
        place = (turn.case.suite, "" if whole else turn.case.stratum)
        asked[place] += 1
        cases.setdefault(place, {})[turn.case.name] = turn.case.cluster or turn.case.name
    return tuple(
        Reach(*place, len(held), len(set(held.values())), asked[place],
              width(len(held), len(set(held.values()))) if width else None)
        for place, held in sorted(cases.items())
    )  # fmt: skip
