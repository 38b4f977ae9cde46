"""A run in a notebook is one card, and its words cannot become markup."""

from __future__ import annotations

from reports.sample_run import hostile_run, sample_run
from secondline.core.evidence import GRADES
from secondline.reports.notebook import card


def test_the_card_says_what_matters() -> None:
    """Opinion, answers and the worst finding."""
    run = sample_run()
    shown = card(run)
    assert f"{run.opinion.grade} of 4, {GRADES[run.opinion.grade]}" in shown
    assert f"{len(run.evidence)} answers" in shown
    assert all(f.id in shown for f in run.findings[:1])


def test_names_are_escaped() -> None:
    """A model's name that holds a tag is shown, not run."""
    assert "<script" not in card(hostile_run())
    assert "<img" not in card(hostile_run())
