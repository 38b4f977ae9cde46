"""Testimony: what the event of a run says about it must be what the sealed run says itself."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from secondline.core.declared.configuration import configuration
from secondline.core.errors import LedgerError
from secondline.core.evidence import Evidence, Run
from secondline.ledger.objects import Objects
from secondline.ledger.proof.seals import Problem
from secondline.ledger.proof.source import Tables

RUN = "run.finished"
PAIRED = "genai.version_regress"
"""The check that holds a changed configuration against the approved one."""
BAD_LAST = ("not_applicable", "passed", "inconclusive", "errored", "failed")
"""Outcomes, the worst last: it is the one that stands for a check in a population."""


def facts_of(run: Run) -> dict[str, Any]:
    """Return what lists, rules and conditions must know of a run without opening it."""
    spec, artefact = run.plan.spec, run.plan.spec.artefact
    outcomes: dict[str, dict[str, str]] = {}
    for one in sorted(run.evidence, key=lambda e: BAD_LAST.index(e.outcome.kind)):
        outcomes.setdefault(one.code, {})[one.subject.population] = one.outcome.kind
    return {
        "digest": run.digest(),
        "model": spec.model,
        "version": spec.version,
        "finished_at": run.finished_at,
        "answers": len(run.evidence),
        "failed": sum(e.outcome.kind == "failed" for e in run.evidence),
        "findings": len(run.findings),
        "grade": run.opinion.grade,
        "proposed_grade": run.opinion.proposed_grade,
        "developer": spec.developer,
        "owner": spec.owner,
        "plan": run.plan_digest,
        "artefact": (artefact.digest if artefact else None) or "",
        "outcomes": outcomes,
        "limits": {check.code: check.limit.text for check in run.plan.checks if check.limit},
        "breaches": {finding.code: finding.severity for finding in run.findings},
        "configuration": configuration(run.configuration),
        "prints": {facts.name: facts.fingerprint for facts in run.populations} if run.configuration else {},
        "margin": _margin(run),
        "left_out": max((_left_out(e) for e in run.evidence if e.code == PAIRED), default=0),
        "lacking": {str(e.subject.column): _lacks(e) for e in run.evidence if e.code == PAIRED and _lacks(e)},
    }


def _margin(run: Run) -> float:
    """Return the loss that a comparison of configurations was allowed: 1, which is all, where no limit was set."""
    limits = [check.limit for check in run.plan.checks if check.code == PAIRED and check.limit]
    return max(-limits[0].at_least, 0.0) if limits and limits[0].at_least is not None else 1.0


def _left_out(evidence: Evidence) -> int:
    estimate = evidence.outcome.estimate
    return int(estimate.detail.get("approved cases left out", 0)) if estimate else 0


def _lacks(evidence: Evidence) -> str:
    """Return how many more cases a comparison of configurations needs that could not decide; empty where it did."""
    outcome = evidence.outcome
    if outcome.kind != "inconclusive":
        return ""
    detail = outcome.estimate.detail if outcome.estimate else {}
    wanted, had = detail.get("pairs for the margin"), outcome.estimate.n if outcome.estimate else 0
    if wanted and wanted > had:
        return f"{math.ceil(wanted - had):,} more cases on both sides would decide it (there are {had:,.0f})"
    return outcome.needed or outcome.because


def check_runs(source: Tables, folder: Path) -> Iterator[Problem]:
    """Yield every run whose event says something else than the run that it seals."""
    objects = Objects(folder)
    for seq, subject, body in source.run("SELECT seq, subject, body FROM events WHERE kind = ? ORDER BY seq", (RUN,)):
        try:
            stated = json.loads(body)["set"]
            run = Run.model_validate(json.loads(objects.get(str(stated["object"]))))
        except (ValueError, KeyError, TypeError, ValidationError, LedgerError):
            continue  # an altered event or object is named elsewhere; another version's record cannot be asked
        true = {name: value for name, value in facts_of(run).items() if value not in ("", {}, 0)}
        wrong = sorted(name for name, value in true.items() if stated.get(name) != value)
        if wrong:
            yield Problem(
                "untrue", f"event {seq} ({RUN} {subject})", f"the run it seals says otherwise: {', '.join(wrong)}"
            )
