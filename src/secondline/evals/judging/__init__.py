"""Judging: a model asked to grade by a versioned rubric, one criterion a call, its reply read strictly."""

from __future__ import annotations

from secondline.evals.judging.asking import judge, judged, same_family
from secondline.evals.judging.calling import Target
from secondline.evals.judging.replies import Reply, read
from secondline.evals.judging.rubrics import Rubric, Rule, material, prompt, rubric

__all__ = [
    "Reply",
    "Rubric",
    "Rule",
    "Target",
    "judge",
    "judged",
    "material",
    "prompt",
    "read",
    "rubric",
    "same_family",
]
