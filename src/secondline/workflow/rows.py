"""Rows: every answer of a run as one flat, unrounded row, by a published JSON Schema."""

from __future__ import annotations

from typing import Any

from secondline.core.evidence import Evidence, Run
from secondline.core.outcome import KINDS

_NUMBER = {"type": ["number", "null"]}
_TEXT = {"type": ["string", "null"]}

ROW_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "secondline answers",
    "description": "One row an answer. Numbers are unrounded.",
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "check": {"type": "string", "description": "code of the check"},
            "measure": {"type": "string", "description": "unit of the measure, empty for a pure number"},
            "population": {"type": "string"},
            "reference": _TEXT,
            "column": _TEXT,
            "segment": _TEXT,
            "segment_level": _TEXT,
            "value": _NUMBER,
            "low": _NUMBER,
            "high": _NUMBER,
            "level": _NUMBER | {"description": "confidence of [low, high]"},
            "method": _TEXT,
            "n": _NUMBER,
            "events": _NUMBER,
            "p_value": _NUMBER,
            "p_adjusted": _NUMBER,
            "looks": {"type": "integer", "description": "answers that shared the multiplicity control"},
            "mde": _NUMBER,
            "limit": _TEXT,
            "outcome": {"enum": list(KINDS)},
            "severity": _TEXT,
            "reason": _TEXT,
            "needed": _TEXT,
            "evidence": {"type": "string"},
        },
        "required": ["check", "population", "value", "outcome", "reason", "evidence"],
    },
}


def rows(run: Run) -> list[dict[str, Any]]:
    """Return one flat dictionary an answer, in the plan's order, by ROW_SCHEMA."""
    return [row(evidence) for evidence in run.evidence]


def row(evidence: Evidence) -> dict[str, Any]:
    """Return one answer as a flat dictionary; what does not apply is None."""
    outcome, subject = evidence.outcome, evidence.subject
    estimate = outcome.estimate
    return {
        "check": evidence.code,
        "measure": evidence.unit,
        "population": subject.population,
        "reference": subject.reference,
        "column": subject.column,
        "segment": subject.segment,
        "segment_level": subject.level,
        "value": estimate.value if estimate else None,
        "low": estimate.low if estimate else None,
        "high": estimate.high if estimate else None,
        "level": estimate.level if estimate else None,
        "method": (estimate.method or None) if estimate else None,
        "n": estimate.n if estimate else None,
        "events": estimate.events if estimate else None,
        "p_value": estimate.p_value if estimate else None,
        "p_adjusted": evidence.p_adjusted,
        "looks": evidence.looks,
        "mde": estimate.mde if estimate else None,
        "limit": evidence.limit.text if evidence.limit else None,
        "outcome": outcome.kind,
        "severity": getattr(outcome, "severity", None),
        "reason": outcome.because or None,
        "needed": getattr(outcome, "needed", "") or None,
        "evidence": evidence.id,
    }
