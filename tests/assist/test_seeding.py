"""The seeded-error suite: four thousand errors of known kinds, and what the verifier makes of them. Permanent."""

from __future__ import annotations

import pytest

from reports.sample_run import sample_run
from secondline.assist.evaluation import evaluate, report
from secondline.assist.evidence import gather
from secondline.assist.seeding import MUST, SHARES, TOTAL, seeded

ITEMS = gather(sample_run())


@pytest.fixture(scope="module")
def suite() -> dict[str, tuple[int, int]]:
    """How many errors of each kind were seeded and stopped."""
    found: dict[str, tuple[int, int]] = {}
    for error in seeded(ITEMS):
        made, stopped = found.get(error.kind, (0, 0))
        found[error.kind] = (made + 1, stopped + error.caught(ITEMS))
    return found


def test_the_suite_is_whole(suite: dict[str, tuple[int, int]]) -> None:
    """Four thousand errors in the declared shares."""
    assert sum(made for made, _ in suite.values()) == TOTAL
    assert {kind: made for kind, (made, _) in suite.items()} == {k: round(s * TOTAL) for k, s in SHARES.items()}


@pytest.mark.parametrize("kind", MUST)
def test_not_one_passes(suite: dict[str, tuple[int, int]], kind: str) -> None:
    """Every seeded number, slot, direction and outcome error is stopped, and no adverse record is lost."""
    made, stopped = suite[kind]
    assert made == stopped
    assert made >= 200


@pytest.mark.parametrize("kind", sorted(set(SHARES) - set(MUST)))
def test_the_others_are_stopped_too(suite: dict[str, tuple[int, int]], kind: str) -> None:
    """Wrong units, wrong precision and judgements without a rule are stopped as well."""
    made, stopped = suite[kind]
    assert made == stopped


def test_the_same_seed_gives_the_same_errors() -> None:
    """The suite is deterministic, and another seed is another suite."""
    first, again, other = ([(e.kind, e.at, e.sentences) for e in seeded(ITEMS, 200, s)] for s in (7, 7, 8))
    assert first == again
    assert first != other


def test_the_evaluation_counts_false_alarms() -> None:
    """No correct sentence is stopped, neither of templates nor in other words; the page says so."""
    found = evaluate(ITEMS, 300, 5)
    assert found.holds
    assert found.templates[1] == found.others[1] == 0
    assert found.templates[0] > 50
    assert found.others[0] > 300
    page = report(found)
    assert "Verdict: holds" in page
    assert all(f"| {row.kind} |" in page for row in found.rows)
    assert found.plain()["correct"]["templates"]["stopped"] == 0
