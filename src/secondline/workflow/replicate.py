"""Replicate: run a recorded plan again and hold every number against the record."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secondline.core.estimate import Estimate
from secondline.core.evidence import Evidence, Run
from secondline.frames.collect import Progress, quiet
from secondline.workflow.rebuild import NOT_RUN
from secondline.workflow.validate import Request, run_plan

RELATIVE, ABSOLUTE = 1e-9, 1e-12
"""Sums of floats depend on the order an engine's threads finish in; nothing else may move a number."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a replication found different."""

    what: str
    recorded: str
    replicated: str


@dataclass(frozen=True, slots=True)
class Replication:
    """The outcome of a replication: what was compared and what differed."""

    run: str
    answers: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether everything agreed within the tolerance."""
        return not self.differences


def replicate(
    recorded: Run,
    base: Path,
    *,
    given: Mapping[str, Any] | None = None,
    progress: Progress = quiet,
    refit: bool = False,
    code: bool = False,
    answers: Path | None = None,
) -> Replication:
    """Run the plan of *recorded* again, keep nothing, and compare data, answers and outcomes.

    A generative system is not asked again what it answered: the answers kept in *answers*, the folder of the ledger,
    are graded and measured anew. *code* allows a system or judge that is a developer's function.

    A number agrees when it differs by at most 1e-9 of itself (or 1e-12). Without *refit* the answers that rest on
    building the model again are left out, and a note says so.
    """
    request = Request(
        recorded.plan.spec, base, None, given or {}, progress=progress, refit=refit, code=code, answers=answers,
        cards=recorded.cards,
    )  # fmt: skip
    again = run_plan(recorded.plan, request)
    return compare(recorded, again)


def compare(recorded: Run, again: Run) -> Replication:
    """Compare two runs of one plan: fingerprints first, then every answer."""
    differences = [*_data(recorded, again), *_answers(recorded, again)]
    notes = (*_versions(recorded, again), *_left_out(recorded, again))
    return Replication(recorded.id, len(recorded.evidence), tuple(differences), notes)


def _left_out(recorded: Run, again: Run) -> list[str]:
    asked = {_key(e) for e in again.evidence if not_run(e)}
    left = [e for e in recorded.evidence if _key(e) in asked and not not_run(e)]
    return [f"{len(left)} answers rest on building the model again, and were left out: add --refit"] if left else []


def not_run(evidence: Evidence) -> bool:
    """Whether an answer lacks nothing but the permission to build the model again."""
    return evidence.outcome.kind == "inconclusive" and evidence.outcome.because.startswith(NOT_RUN)


def _data(recorded: Run, again: Run) -> list[Difference]:
    now = {facts.name: facts.fingerprint for facts in again.populations}
    return [
        Difference(f"data of population {facts.name!r}", facts.fingerprint[:12], now.get(facts.name, "absent")[:12])
        for facts in recorded.populations
        if now.get(facts.name) != facts.fingerprint
    ]


def _answers(recorded: Run, again: Run) -> list[Difference]:
    now = {_key(e): e for e in again.evidence}
    found: list[Difference] = []
    for evidence in recorded.evidence:
        other = now.pop(_key(evidence), None)
        what = f"{evidence.id} {evidence.code} ({evidence.subject.text})"
        if other is not None and (not_run(other) or not_run(evidence)):
            continue
        if other is None:
            found.append(Difference(what, evidence.outcome.kind, "not answered"))
            continue
        found += [Difference(f"{what}: {part}", a, b) for part, a, b in _parts(evidence, other)]
    found += [Difference(f"{e.code} ({e.subject.text})", "not answered", e.outcome.kind) for e in now.values()]
    return found


def _key(evidence: Evidence) -> tuple[str, str]:
    return evidence.code, evidence.subject.model_dump_json()


def _parts(a: Evidence, b: Evidence) -> list[tuple[str, str, str]]:
    parts: list[tuple[str, str, str]] = (
        [("outcome", a.outcome.kind, b.outcome.kind)] if a.outcome.kind != b.outcome.kind else []
    )
    for name in ("value", "low", "high", "p_value", "n", "events"):
        x, y = _number(a.outcome.estimate, name), _number(b.outcome.estimate, name)
        if not _close(x, y):
            parts.append((name, repr(x), repr(y)))
    return parts


def _number(estimate: Estimate | None, name: str) -> float | None:
    return getattr(estimate, name) if estimate is not None else None


def _close(x: float | None, y: float | None) -> bool:
    if x is None or y is None:
        return x is y
    return math.isclose(x, y, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _versions(recorded: Run, again: Run) -> list[str]:
    old, new = recorded.environment, again.environment
    pairs = {"secondline": (old.secondline, new.secondline), "python": (old.python, new.python)}
    pairs |= {name: (was, new.packages.get(name, "")) for name, was in old.packages.items()}
    return [f"{name} was {was}, is {now}" for name, (was, now) in pairs.items() if was != now]
