"""Plain: verdicts, demands and differences as plain values, for JSON, CSV and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from secondline.policy.catalogue import Clause, Control
from secondline.policy.coverage import Asked, Demand, Verdict
from secondline.policy.impact import Difference, Turn


def clause_plain(clause: Clause, day: str) -> dict[str, Any]:
    """Return a clause and where it stands on a day."""
    return {
        "regime": clause.regime, "doc": clause.doc, "clause": clause.clause, "force": clause.force, "tag": clause.tag,
        "from": clause.since, "to": clause.until, "superseded_by": clause.superseded_by,
        "in_force": clause.in_force(day), "standing": clause.standing(day),
    }  # fmt: skip


def control_plain(control: Control, day: str) -> dict[str, Any]:
    """Return a control with all its clauses and where each stands on a day."""
    return {
        "id": control.id, "title": control.title, "intent": control.intent, "about": control.about,
        "level": control.level, "applies": control.applies, "check": control.check, "params": dict(control.params),
        "satisfied_by": control.satisfied_by, "fix": control.fix, "alternatives": list(control.alternatives),
        "evidence": list(control.evidence), "checks": list(control.checks), "day": day,
        "required": bool(control.clauses(day)), "clauses": [clause_plain(c, day) for c in control.sources],
    }  # fmt: skip


def asked_plain(asked: Asked, day: str) -> dict[str, Any]:
    """Return how one pack asks for a control."""
    return {
        "pack": asked.pack, "level": asked.level, "begins": asked.begins, "voluntary": asked.voluntary,
        "params": dict(asked.selected.params), "clauses": [clause_plain(c, day) for c in asked.clauses],
    }  # fmt: skip


def demand_plain(demand: Demand, day: str) -> dict[str, Any]:
    """Return a control and everyone who asks for it."""
    return {
        "control": demand.control.id, "title": demand.control.title, "about": demand.control.about,
        "level": demand.level, "required": demand.now, "begins": demand.begins,
        "by": [asked_plain(a, day) for a in demand.by],
    }  # fmt: skip


def verdict_plain(verdict: Verdict, day: str) -> dict[str, Any]:
    """Return where a control stands, what decided it and who asks."""
    return {
        "control": verdict.control, "title": verdict.title, "subject": verdict.subject, "status": verdict.status,
        "because": verdict.because, "level": verdict.level, "counts": verdict.counts, "begins": verdict.begins,
        "records": list(verdict.records), "waiver": verdict.waiver, "regimes": list(verdict.regimes),
        "by": [asked_plain(a, day) for a in verdict.by],
    }  # fmt: skip


def difference_plain(difference: Difference) -> dict[str, Any]:
    """Return one difference between two sets of demands."""
    return asdict(difference)


def turn_plain(turn: Turn) -> dict[str, Any]:
    """Return one model whose standing would change."""
    return asdict(turn)


COLUMNS: tuple[str, ...] = (
    "subject",
    "control",
    "title",
    "status",
    "level",
    "begins",
    "waiver",
    "packs",
    "clauses",
    "records",
    "because",
)


def rows(matrix: Mapping[str, Mapping[str, Verdict]]) -> Iterator[dict[str, str]]:
    """Return the coverage matrix as flat rows, one a model and control, for CSV."""
    for subject, row in matrix.items():
        for verdict in row.values():
            clauses = dict.fromkeys(c.text for a in verdict.by for c in a.clauses)
            yield {
                "subject": subject, "control": verdict.control, "title": verdict.title, "status": verdict.status,
                "level": verdict.level, "begins": verdict.begins, "waiver": verdict.waiver,
                "packs": " ".join(a.pack for a in verdict.by), "clauses": "; ".join(clauses),
                "records": " ".join(verdict.records), "because": verdict.because,
            }  # fmt: skip
