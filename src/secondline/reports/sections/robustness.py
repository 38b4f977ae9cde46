"""Section 10: where the model is weak and what it takes to break it."""

from __future__ import annotations

from secondline.reports import tables
from secondline.reports.blocks import Block, Placeholder, Section
from secondline.reports.sections import uncertainty
from secondline.reports.view import View

ROBUST = ("soundness.noise", "soundness.edge_cases", "soundness.extrapolation")


def section(view: View) -> Section:
    """Return section 10."""
    missing = (
        "Not evidenced: no check of this run perturbs inputs, extrapolates beyond the development range or runs a "
        "scenario. Needed: the artefact, so that it can be scored on changed inputs."
    )
    blocks: tuple[Block, ...] = (
        *tables.answered(view, ROBUST, "robustness", "Changed, odd and unseen inputs", missing),
        Placeholder(
            "Report sensitivity, noise, extrapolation and stress tests, and the uncertainty of single predictions.",
            id="robustness",
        ),
    )
    return Section("robustness", "10", "Robustness and stress", blocks, uncertainty.parts(view))
