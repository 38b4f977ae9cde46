"""Compare: what changed since the last run of the same model, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from secondline.core.evidence import Evidence, Run
from secondline.core.format import number

MOVES_SHOWN = 10


def changes_since(previous: Run, run: Run) -> tuple[str, ...]:
    """Return what changed between two runs: plan, data, findings, outcomes, and numbers beyond their noise."""
    return (*_plan(previous, run), *_data(previous, run), *_findings(previous, run), *_outcomes(previous, run))


def _plan(previous: Run, run: Run) -> Iterator[str]:
    if previous.plan.spec.version != run.plan.spec.version:
        yield f"The model version was {previous.plan.spec.version} and is {run.plan.spec.version}."
    old, new = ({c.code: c for c in r.plan.checks} for r in (previous, run))
    moved = [code for code in old.keys() & new.keys() if old[code].limit != new[code].limit]
    if moved:
        yield f"The limits of {len(moved)} checks changed: {', '.join(sorted(moved)[:MOVES_SHOWN])}."
    for codes, word in ((new.keys() - old.keys(), "added"), (old.keys() - new.keys(), "removed")):
        if codes:
            yield f"{len(codes)} checks were {word}: {', '.join(sorted(codes)[:MOVES_SHOWN])}."


def _data(previous: Run, run: Run) -> Iterator[str]:
    old = {p.name: p for p in previous.populations}
    for facts in run.populations:
        before = old.get(facts.name)
        if before is None:
            yield f"Population {facts.name!r} is new ({facts.rows:,} rows)."
        elif before.fingerprint != facts.fingerprint:
            yield f"The data of population {facts.name!r} changed ({before.rows:,} rows before, {facts.rows:,} now)."


def _findings(previous: Run, run: Run) -> Iterator[str]:
    old, new = ({f.code for f in r.findings} for r in (previous, run))
    if fresh := sorted(new - old):
        yield f"New findings: {', '.join(fresh)}."
    if gone := sorted(old - new):
        yield f"No longer found: {', '.join(gone)}."


def _key(evidence: Evidence) -> tuple[str, str]:
    return evidence.code, evidence.subject.model_dump_json()


def _outcomes(previous: Run, run: Run) -> Iterator[str]:
    old = {_key(e): e for e in previous.evidence}
    pairs = [(old[_key(e)], e) for e in run.evidence if _key(e) in old]
    turned = Counter((a.outcome.kind, b.outcome.kind) for a, b in pairs if a.outcome.kind != b.outcome.kind)
    for (before, after), count in sorted(turned.items()):
        yield f"{count} answers went from {before} to {after}.".replace("_", " ")
    moved = [pair for pair in pairs if _apart(*pair)]
    yield from (_moved(a, b) for a, b in moved[:MOVES_SHOWN])
    if len(moved) > MOVES_SHOWN:
        yield f"And {len(moved) - MOVES_SHOWN} more numbers moved beyond both intervals."


def _apart(a: Evidence, b: Evidence) -> bool:
    """Whether two intervals do not touch."""
    x, y = a.outcome.estimate, b.outcome.estimate
    if x is None or y is None or x.low is None or x.high is None or y.low is None or y.high is None:
        return False
    return x.high < y.low or y.high < x.low


def _moved(a: Evidence, b: Evidence) -> str:
    x, y = a.outcome.estimate, b.outcome.estimate
    before, after = (number(e.value, b.unit) if e else "" for e in (x, y))
    return f"{b.code} ({b.subject.text}) moved from {before} to {after}, beyond both intervals."
