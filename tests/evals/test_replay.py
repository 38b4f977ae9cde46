"""Replay and schedule: transcripts are found, those missing are told; the order and the replicates are of the seed."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from evals.asking import case, cases
from secondline.core.declared.genai import Suite
from secondline.core.errors import SpecError
from secondline.evals.nouns import Case, Message, Trace
from secondline.evals.schedule import replicated, scheduled
from secondline.evals.targets.replay import Recorded, Replay
from secondline.evals.targets.target import has_the_word


def record(of: Case, text: str, config: str = "") -> Recorded:
    return Recorded(of, Trace(case=of.name, text=text, config=config))


def respond(replay: Replay, of: Case, replicate: int = 0) -> Trace:
    return asyncio.run(replay.respond(of, replicate))


def test_transcripts_are_found_by_name_then_by_question() -> None:
    """A named transcript is its case's; one without a name answers whoever asks the same."""
    unnamed = Case(turns=(Message(role="user", content="  Fee?\n"),))
    replay = Replay.of([record(case(1), "a"), record(unnamed, "b", "old"), record(case(1), "c")], "cfg")
    assert [respond(replay, case(1), r).text for r in (0, 1)] == ["a", "c"]
    found = respond(replay, case(9, "Fee?"))
    assert (found.text, found.case, found.config) == ("b", "c9", "old")
    assert respond(replay, case(1)).config == "cfg"


def test_a_case_without_a_transcript_is_told() -> None:
    """Nothing is left out: what is not recorded is an error with its reason."""
    replay = Replay.of([record(case(1), "a")])
    assert respond(replay, case(2)).error == "no transcript of this case is recorded"
    assert respond(replay, case(1), 1).error == "it was not recorded so often"
    assert {respond(replay, case(2)).status, respond(replay, case(1), 1).status} == {"error"}


def test_the_order_is_of_the_seed_and_of_nothing_else() -> None:
    """The same seed gives the same order, whatever order cases come in; a new case moves no other."""
    suite = Suite(cases="x", replicates=2)
    first = scheduled({"s": (suite, cases(30))}, 1)
    assert first == scheduled({"s": (suite, cases(30)[::-1])}, 1)
    assert first != scheduled({"s": (suite, cases(30))}, 2)
    assert [t.case.name for t in first] != sorted(t.case.name for t in first)
    more = scheduled({"s": (suite, cases(31))}, 1)
    assert [t for t in more if t.case.name != "c30"] == list(first)
    assert {t.case.suite for t in first} == {"s"}


def test_a_share_of_each_stratum_is_replicated() -> None:
    """The share is rounded up in each stratum, and the rest is asked once."""
    listed = [case(i, stratum="ab"[i % 2]) for i in range(22)]
    times = replicated("s", Suite(cases="x", replicates=5, share=0.2), listed, 7)
    often = Counter(c.stratum for c, n in times if n == 5)
    assert often == {"a": 3, "b": 3}
    assert {n for _, n in times} == {1, 5}
    again = replicated("s", Suite(cases="x", replicates=5, share=0.2), listed, 8)
    assert {c.name for c, n in times if n == 5} != {c.name for c, n in again if n == 5}
    assert {n for _, n in replicated("s", Suite(cases="x", replicates=3), listed, 7)} == {3}


def test_pairs_are_replicated_together() -> None:
    """Both sides of a pair are asked equally often, or a paired comparison would lack one."""
    listed = [case(i, pair=f"p{i // 2}", side="ab"[i % 2]) for i in range(40)]
    times = replicated("s", Suite(cases="x", replicates=4, share=0.3), listed, 7)
    by_pair: dict[str, set[int]] = {}
    for one, n in times:
        by_pair.setdefault(one.pair, set()).add(n)
    assert all(len(ns) == 1 for ns in by_pair.values())
    assert sum(ns == {4} for ns in by_pair.values()) == 6


def test_transcripts_limit_replicates() -> None:
    """A case is asked as often as it was recorded, and once where it was not, to tell so."""
    turns = scheduled({"s": (Suite(cases="x", replicates=5), cases(2))}, 1, most=lambda c: 3 if c.name == "c0" else 0)
    assert Counter(t.case.name for t in turns) == {"c0": 3, "c1": 1}


def test_two_cases_of_one_name_are_refused() -> None:
    """Answers could not be told apart."""
    with pytest.raises(SpecError, match="two cases called 'c1'"):
        scheduled({"s": (Suite(cases="x"), [case(1), case(1, "other")])}, 1)


def test_the_system_has_the_word_after_users_and_tools() -> None:
    """It is asked after a user's or a tool's turn that no given turn answers."""
    roles = ["system", "user", "assistant", "user", "tool", "user"]
    turns = [Message.model_validate({"role": role, "content": "x"}) for role in roles]
    assert [has_the_word(turns, i) for i in range(len(turns))] == [False, False, False, False, True, True]
