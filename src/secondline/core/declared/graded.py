"""What a study of a generative system takes for granted: its populations are tables of graded answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.core.declared.genai import Anchor, GenAI

GRADED = "graded:"
"""How the data of a population begin that is made by asking the system: the suite's name follows."""
APPROVED, REVIEWS, ANCHORS = "approved", "reviews", "anchors-"
"""Names of the populations beside the suites: the answers of the approved configuration, reviewers' verdicts on seeded
errors, and the labelled answers that a judge graded again (the judge's name follows)."""
COLUMNS: dict[str, Any] = {
    "score": {"column": "verdict", "kind": "probability", "direction": "lower-is-riskier"},
    "entity": ("case",),
    "features": (),
}
PACKS: dict[int, tuple[str, ...]] = {1: ("genai", "genai-tier-1"), 2: ("genai",)}
LEAST = ("genai", "genai-tier-3")


def filled(given: Mapping[str, Any], genai: GenAI | None) -> dict[str, Any]:
    """Return a study with what it leaves out: a population for each suite, the columns of graded answers, and packs.

    The packs follow the tier (that of internal decision support where none is given). A *genai* of None, one that
    could not be read, stands for a single suite.

    Raises:
        ValueError: a suite has the name of one of the other populations.
    """
    made: dict[str, Any] = {"columns": COLUMNS, "packs": PACKS.get(given.get("tier") or 2, LEAST)}
    made["populations"] = populations(genai) if genai else {"suite": {"data": GRADED}}
    return made | dict(given) | _margin(given, genai.anchor if genai else None)


def _margin(given: Mapping[str, Any], anchor: Anchor | None) -> dict[str, Any]:
    """Return the limits with the margin that was declared for the anchor, where it is not the usual one."""
    if anchor is None or anchor.margin == Anchor.model_fields["margin"].default:
        return {}
    limit = {"at_least": -anchor.margin, "severity": "major", "source": "`genai: anchor: margin`",
             "because": "the margin of non-inferiority was fixed before the run"}  # fmt: skip
    return {"limits": {"genai.version_regress": limit} | dict(given.get("limits") or {})}


def populations(genai: GenAI) -> dict[str, dict[str, str]]:
    """Return the populations of a study: its suites, the approved answers as the reference, reviews, and anchors.

    Raises:
        ValueError: a suite has the name of one of the others.
    """
    for name in genai.suites:
        if name in {APPROVED, REVIEWS} or name.startswith(ANCHORS):
            raise ValueError(f"a suite may not be called {name!r}: that population holds something else")
    made = {name: {"data": f"{GRADED}{name}"} for name in genai.suites}
    if genai.anchor is None:
        # Said and not left to their order, which a record does not keep.
        made[next(iter(made))]["role"] = "reference"
    else:
        made[APPROVED] = {"data": genai.anchor.graded, "role": "reference"}
    if genai.reviews:
        made[REVIEWS] = {"data": f"{GRADED}{REVIEWS}"}
    for name, judge in genai.judges.items():
        if judge.anchors:
            made[f"{ANCHORS}{name}"] = {"data": f"{GRADED}{ANCHORS}{name}"}
    return made
