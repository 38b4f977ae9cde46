"""What every picture says of an answer: its ends, its words and where it leads."""

from __future__ import annotations

from secondline.core.evidence import Evidence
from secondline.reports import words
from secondline.reports.view import estimate_of

AXES = {
    "auc": "AUC",
    "actual_expected": "observed / predicted",
    "psi": "PSI",
    "score_psi": "PSI",
    "ks": "KS",
    "gini": "Gini",
}


def link(evidence: Evidence | None) -> dict[str, str]:
    """Return where a mark leads: to the record of its answer."""
    return {"href": f"#{evidence.id}"} if evidence else {}


def ends(evidence: Evidence) -> dict[str, float]:
    """Return the ends of the interval; none when the number has no sampling error."""
    estimate = estimate_of(evidence)
    return {} if estimate.low is None or estimate.high is None else {"low": estimate.low, "high": estimate.high}


def says(evidence: Evidence) -> str:
    """Return a mark in words: what it is about, its number and its outcome."""
    about = evidence.subject.text.split(", ", 1)[-1]
    return f"{about}: {words.measured(evidence)}, {words.outcome(evidence)}"


def axis(code: str) -> str:
    """Return what to write along the axis of a measure: its usual name, else the words of its code."""
    name = code.rsplit(".", maxsplit=1)[-1].split("_by_", maxsplit=1)[0]
    return AXES.get(name, name.replace("_", " "))
