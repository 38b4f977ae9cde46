"""The dry run: what would be asked, what it costs at most and how exact it can be, without asking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evals.asking import case, cases, declared
from secondline.core.errors import DataError
from secondline.evals.dryrun import dry_run
from secondline.evals.nouns import Case, Message
from secondline.evals.runner import ask

LIVE = {"kind": "openai", "url": "http://192.0.2.1/v1", "model": "m", "key": "NOT_SET_ANYWHERE"}


def test_calls_tokens_and_money_are_reckoned(tmp_path: Path) -> None:
    """Calls are of replicates and turns; the cost is that of four characters a token and the longest answers."""
    talk = Case(id="talk", turns=(Message(role="user", content="a"), Message(role="user", content="b")))
    target = LIVE | {"decoding": {"max_tokens": 100}, "limits": {"price-in": 2.0, "price-out": 10.0, "per-minute": 10}}
    genai = declared(target, suites={"s": {"cases": "x", "replicates": 3}})
    found = dry_run(genai, {"s": [*cases(4), talk]}, tmp_path)
    assert (found.turns, found.calls, found.kept) == (15, 18, 0)
    inputs = found.tokens - 1800
    assert 300 < inputs < 600
    assert found.cost == pytest.approx((inputs * 2.0 + 1800 * 10.0) / 1e6)
    assert found.minutes == pytest.approx(1.8)
    assert found.fits


def test_a_budget_that_does_not_reach_is_told(tmp_path: Path) -> None:
    """The plan says so before the first call."""
    target = LIVE | {"limits": {"price-out": 10.0, "budget": 0.01}}
    assert not dry_run(declared(target), {"s": cases(4)}, tmp_path).fits


def test_what_is_kept_is_not_asked_again(tmp_path: Path) -> None:
    """Answers of the same configuration count as there, and what they cost as spent."""
    from secondline.evals.components import asked_of, system_of
    from secondline.evals.targets.openai import OpenAI

    genai = declared({k: v for k, v in LIVE.items() if k != "key"} | {"limits": {"price-in": 1.0, "price-out": 1.0}})
    kept = tmp_path / "kept.sqlite"
    ask(genai, {"s": cases(3)}, tmp_path, kept, scripted=lambda _, __: "x")
    assert dry_run(genai, {"s": cases(5)}, tmp_path, kept).kept == 0
    dialect = OpenAI(genai.target, asked_of(genai, tmp_path), system_of(genai, tmp_path))
    _keep(kept, dialect, cases(3))
    found = dry_run(genai, {"s": cases(5)}, tmp_path, kept)
    assert (found.calls, found.kept, found.spent) == (5, 3, 1.5)


def _keep(path: Path, dialect: Any, listed: list[Case]) -> None:
    """Keep answers as a live run would have."""
    import asyncio

    from secondline.core.canonical import digest_bytes
    from secondline.evals.cache import Answer, Journal, key_of
    from secondline.evals.wire import Used

    journal = Journal(path)

    async def story() -> None:
        for one in listed:
            body = dialect.request(one, one.turns, 0).body
            key = key_of(dialect.endpoint, body, 0)
            number = await journal.begin(dialect.endpoint, key, "now", 0.5)
            answer = Answer(200, b"{}", digest_bytes(body), digest_bytes(b"{}"), "now", 1.0, Used(1, 1, 0.5))
            await journal.keep(number, key, body, answer, 0.5)

    asyncio.run(story())
    journal.close()


def test_the_width_is_of_each_stratum(tmp_path: Path) -> None:
    """Cases and clusters of each stratum decide how exact its rate can be told."""
    listed = [case(i, stratum="fees" if i < 6 else "cards", cluster=f"d{i // 2}") for i in range(10)]
    found = dry_run(declared(LIVE), {"s": listed}, tmp_path, width=lambda n, c: n + c / 100)
    assert [(r.stratum, r.cases, r.clusters, r.turns, r.half_width) for r in found.reach] == [
        ("cards", 4, 2, 4, 4.02),
        ("fees", 6, 3, 6, 6.03),
    ]
    assert dry_run(declared(LIVE), {"s": listed}, tmp_path).reach[0].half_width is None


def test_functions_are_not_opened(tmp_path: Path) -> None:
    """A dry run runs no code: the file of the function need not be there."""
    found = dry_run(declared({"kind": "callable", "function": "a.py:b"}), {"s": cases(2)}, tmp_path)
    assert found.calls == 2
    assert found.tokens


def test_transcripts_are_read_and_what_they_lack_is_named(tmp_path: Path) -> None:
    """They cost no call; a case of which there is none is named, and one recorded twice is asked no third time."""
    held = cases(3)
    rows = [(held[0].name, "x"), (held[0].name, "y"), (held[2].name, "z")]
    (tmp_path / "talks.csv").write_text("".join(["case,question,answer\n", *(f"{a},q of {a},{b}\n" for a, b in rows)]))
    genai = declared({"kind": "replay", "file": "talks.csv"}, suites={"s": {"cases": "x", "replicates": 3}})
    found = dry_run(genai, {"s": held}, tmp_path, width=lambda n, c: n + c / 100)
    assert (found.turns, found.kept, found.tokens, found.missing) == (4, 3, 0, (held[1].name,))
    assert [(one.suite, one.cases, one.turns, one.half_width) for one in found.suites] == [("s", 3, 4, 3.03)]
    with pytest.raises(DataError, match="cannot be read"):
        dry_run(declared({"kind": "replay", "file": "gone.csv"}), {"s": held}, tmp_path)


def test_nothing_to_pay_is_within_any_budget(tmp_path: Path) -> None:
    """What was spent before cannot be over a budget that was lowered since, where every answer is kept."""
    live = {k: v for k, v in LIVE.items() if k != "key"}
    genai = declared(live | {"limits": {"price-in": 1.0, "price-out": 1.0, "budget": 0.0}})
    from secondline.evals.components import asked_of, system_of
    from secondline.evals.targets.openai import OpenAI

    kept = tmp_path / "kept.sqlite"
    _keep(kept, OpenAI(genai.target, asked_of(genai, tmp_path), system_of(genai, tmp_path)), cases(2))
    assert dry_run(genai, {"s": cases(2)}, tmp_path, kept).fits
    assert not dry_run(genai, {"s": cases(3)}, tmp_path, kept).fits
