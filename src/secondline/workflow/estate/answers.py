"""Answers: what the bank's people say about a model when they rate it, as its row in the table lets one expect."""

from __future__ import annotations

from typing import Any

from secondline.workflow.estate.tables import Entry

PURPOSES = {"fraud": "fraud-prevention", "aml": "aml-obligation", "market": "internal-risk",
            "treasury": "internal-risk", "credit": "internal-risk", "compliance": "internal-risk",
            "operations": "management-information",
            "genai": "productivity", "other": "internal-risk"}  # fmt: skip
NAMED = {"capital": "regulatory-capital", "ecl": "provisions", "stress-test": "stress-testing",
         "credit-decision": "credit-decision", "aml-obligation": "aml-obligation"}  # fmt: skip
COMPLEX = (
    ("questionnaire", 1), ("spreadsheet", 1), ("deterministic", 1), ("haircut", 3), ("scorecard", 2), ("slotting", 2),
    ("average", 2), ("regression", 2), ("matching", 3), ("historical", 3), ("Monte Carlo", 4), ("boosting", 4),
    ("network", 5), ("forest", 4), ("language", 5), ("agent", 5), ("undisclosed", 5), ("classifier", 4), ("optimi", 3),
    ("time series", 2), ("pooled", 3), ("cash-flow", 3),
)  # fmt: skip
JUDGED = {"complexity": 3, "assumptions": 4, "data_limits": 4, "opacity": 2}
"""A method of rating is judgement put into numbers."""
CUSTOMERS = 3
"""One customer for so many decisions a year."""


SMALL = 1_000_000
"""Below this, and with few results, little can go wrong."""


def answers(entry: Entry, *, second: bool = False) -> dict[str, Any]:
    """Return the answers of one line; the second line looks harder at what machines learn and vendors hide."""
    decisions, amount = int(entry.decisions), float(entry.amount)
    touches = entry.has("personal") and entry.automation != "advisory"
    complexity = next((score for word, score in COMPLEX if word in entry.method), 3)
    small = amount < SMALL and decisions < SMALL // 10_000 and not entry.has("generative")
    harder = int(second and (entry.has("ml") or entry.has("alternative")))
    found = {
        "value_per_year": amount,
        "decisions_per_year": decisions,
        "customers": decisions // CUSTOMERS if touches else 0,
        "capital": amount * _stake(entry),
        "purposes": _purposes(entry),
        "complexity": complexity,
        "assumptions": 1 if small else min(5, 1 + entry.number("assumptions", 3) + ("expert" in entry.method)),
        "input_quality": 3 if entry.has("alternative") else 1 if small else 1 + entry.number("inputs", 2),
        "data_limits": 1 if small else min(5, 1 + entry.number("data", 2) + ("pooled" in entry.method) + harder),
        "autonomy": min(5, int(entry.autonomy) + entry.has("adaptive")),
        "opacity": 4 if entry.has("opaque") else 3 if entry.has("ml") else 1,
        "vendor_opacity": 0 if entry.origin == "in-house" else 4 if entry.has("opaque") else 2,
        "customer_harm": 4 if entry.adverse == "yes" else 2 if touches else 0,
    }
    return found | (JUDGED if entry.kind == "method" else {})


def _stake(entry: Entry) -> float:
    """Return which part of the money it measures is capital, provision or loss at stake."""
    uses = set(entry.words("regulatory_uses"))
    return 0.08 if "capital" in uses else 1.0 if "ecl" in uses and entry.business_line == "Finance" else 0.01


def _purposes(entry: Entry) -> list[str]:
    found = [NAMED[use] for use in entry.words("regulatory_uses")]
    if "offer" in entry.purpose:
        return ["marketing"]
    return found or ["productivity" if entry.kind == "genai" else PURPOSES[entry.family]]
