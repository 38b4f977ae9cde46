"""Resting: what a metric rests on: labels that arrived, labels that will, or what decisions hold without any."""

from __future__ import annotations

import secondline.checks  # noqa: F401 - importing the room registers every check
from secondline.core.check import CHECKS
from secondline.govern.watching import LIVE, code_of

OF_LABELS = frozenset({"live.label_delay", "live.event_rate", "live.blocked_bias", "live.reweighted_auc"})
"""Measures of use that outcomes enter; so do all that the control arm speaks for."""
UNBIASED = "live.unbiased_"


def needs_labels(metric: str) -> bool | None:
    """Return whether a metric needs outcomes: of a check what it `requires` says; None of what is no metric of ours."""
    code = code_of(metric)
    if code.partition(".")[0] == LIVE:
        return code in OF_LABELS or code.startswith(UNBIASED)
    return "label" in CHECKS[code].requires if code in CHECKS else None


def rests_on(metric: str, basis: str) -> str:
    """Return in words what the readings of a metric on a basis rest on."""
    if basis == "projected":
        return "labels projected to those that will come"
    if basis == "estimated":
        return "an estimate without labels"
    needs = needs_labels(metric)
    if needs is None:
        return "what was known then"
    return "labels that have arrived" if needs else "what decisions hold; it needs no labels"
