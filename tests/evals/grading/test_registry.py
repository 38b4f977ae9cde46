"""The registry of scorers and the check each answers."""

from __future__ import annotations

import secondline.checks  # noqa: F401 - registers every check
from secondline.core.check import CHECKS
from secondline.core.declared.scorers import OWN, USUAL
from secondline.evals.grading.registry import SCORERS


def test_a_scorer_says_which_check_it_answers_as_the_plan_takes_it() -> None:
    """What a plan takes a scorer's verdicts for, before any scorer is loaded, is what the scorer says of itself."""
    assert {name: found.check for name, found in SCORERS.items()} == {name: OWN.get(name, USUAL) for name in SCORERS}
    assert set(OWN) <= set(SCORERS)
    assert {found.check for found in SCORERS.values()} <= set(CHECKS)
