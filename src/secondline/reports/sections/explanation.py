"""Section 11: what moves the score, and whether the reasons given for decisions are true."""

from __future__ import annotations

from secondline.reports import tables, words
from secondline.reports.blocks import Block, Placeholder, Section
from secondline.reports.sections import reasons
from secondline.reports.view import View

EXPLAINED = ("soundness.importance", "soundness.monotone")


def section(view: View) -> Section:
    """Return section 11."""
    missing = "Not evidenced: the artefact was not asked what its inputs do. Needed: the artefact."
    blocks: tuple[Block, ...] = (
        *tables.answered(view, EXPLAINED, "explainability", "What the inputs do", missing),
        words.text(
            "Not evidenced: no attribution of single scores was computed. Needed: a declared background sample."
        ),
        Placeholder(
            "Assess whether the model can be explained to the degree its use requires, and whether reason codes are "
            "true.",
            id="explainability",
        ),
    )
    return Section("explainability", "11", "Explainability and reason codes", blocks, (reasons.section(view),))
