"""Many writers keep one chain, and a writer killed at any moment loses nothing it acknowledged."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from ledger.estates import peopled
from ledger.writers import killed, start, survivors
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify

WRITERS = 32
ACTS, KILLS = int(os.environ.get("SECONDLINE_ACTS", "12")), int(os.environ.get("SECONDLINE_KILLS", "25"))


@pytest.mark.slow
def test_32_writers_lose_nothing(tmp_path: Path, url: str) -> None:
    """32 processes at once: every act acknowledged is there, and there is one chain without a gap."""
    peopled(Ledger.open(tmp_path, database=url))
    writers = [start(tmp_path, url, f"w{n}", ACTS) for n in range(WRITERS)]
    said = {line for writer in writers for line in writer.communicate()[0].split()} - {"ready"}
    assert {writer.returncode for writer in writers} == {0}
    assert len(said) == WRITERS * ACTS
    assert survivors(tmp_path, url) == said
    found = verify(tmp_path, database=url)
    assert (found.events, found.problems) == (2 + WRITERS * ACTS, ())
    assert found.checkpoints == (2 + WRITERS * ACTS) // 256


@pytest.mark.slow
def test_kill_9_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Killed 25 times at random points: what was said to be written is written, and the chain verifies."""
    peopled(Ledger.open(tmp_path))
    at = random.Random(7)
    said = {line for n in range(KILLS) for line in killed(tmp_path, "", f"k{n}", at)}
    assert len(said) > KILLS
    assert said <= survivors(tmp_path)
    assert verify(tmp_path).problems == ()


@pytest.mark.slow
def test_acknowledging_too_early_is_noticed(tmp_path: Path) -> None:
    """The same test fails for a writer that says so before the commit: the test can bite."""
    peopled(Ledger.open(tmp_path))
    at = random.Random(7)
    said = {line for n in range(10) for line in killed(tmp_path, "", f"k{n}", at, before=True)}
    assert not said <= survivors(tmp_path)
