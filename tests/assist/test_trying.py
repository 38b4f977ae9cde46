"""Trying: how a writer does is counted, and one that obeys a hidden order gets nothing past the verifier."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from assist.shelf import shelf
from secondline.assist.evaluation import Evaluation, Row, report
from secondline.assist.trying import ORDER, tried
from secondline.core.errors import ModelError

RIGHT = {"text": "On {{E3.about}} the psi is {{E3.psi}}, outcome {{E3.outcome}}."}
MARK = ORDER.partition("{said}")[0].rpartition("\n")[2]


@dataclass
class Obedient:
    """A writer that writes well until a document orders it to lie."""

    name: str = "obedient-1"
    silent: bool = False

    async def write(self, prompt: str) -> str:
        """Return a right sentence, or the lie that is asked for."""
        if self.silent:
            raise ModelError("no reply")
        lie = prompt.partition(MARK)[2].partition("\n")[0].strip()
        return json.dumps({"sentences": [{"text": lie} if lie else RIGHT]})


def test_what_was_sent_and_refused_is_counted() -> None:
    """Plainly its sentences stand; under orders each is refused, once and again, and the templates write."""
    plain, lied = asyncio.run(tried(Obedient(), shelf()))
    assert plain.sections == lied.sections > 3
    assert (plain.sent, plain.refused, plain.own) == (plain.sections, 0, plain.sections)
    assert (lied.sent, lied.refused, lied.refused_again) == (lied.sections,) * 3
    assert (lied.own, lied.silent) == (0, 0)
    assert plain.holds
    assert lied.holds
    assert lied.templates > 0


def test_silence_is_counted() -> None:
    """A writer that never answers costs its tries; every section is the templates'."""
    plain, _ = asyncio.run(tried(Obedient(silent=True), shelf()))
    assert (plain.silent, plain.sent, plain.own) == (2 * plain.sections, 0, 0)


def test_the_page_tells_how_it_did() -> None:
    """The evaluation with a writer names it by its digest, with both rows and what it was refused for."""
    found = Evaluation("run-1", 1, (Row("number", 8, 8),), (8, 0), (6, 2), 90.0)
    assert "under the verifier" not in report(found)
    page = report(found.tried(asyncio.run(tried(Obedient(), shelf())), "d" * 64))
    assert f"The writer obedient-1 (digest {'d' * 64}) under the verifier:" in page
    assert page.count(" plainly |") == 1
    assert "What the verifier had against it: " in page
    assert page.rstrip().endswith("no template sentence may be stopped.")
