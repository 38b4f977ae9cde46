"""Measures of the model itself: a probe of the artefact joined to the statistic that judges its answers."""

from __future__ import annotations

import numpy as np

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.estimate import Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models import probes
from secondline.models.model import Model
from secondline.stats import soundness


def _sign(spec: ModelSpec) -> float:
    """Scores are compared as the sample holds them: higher is riskier."""
    return -1.0 if spec.score.direction == "lower-is-riskier" else 1.0


def parity(model: Model, rows: Sample, spec: ModelSpec, *, level: float = 0.95, tolerance: float = 1e-6) -> Measured:
    """Score the sample with the artefact and compare with the recorded score."""
    recorded = np.asarray(rows.columns["@score"], dtype=np.float64)
    made = probes.produced(model, rows, _sign(spec))
    return soundness.differing(recorded, made, rows.total, level=level, tolerance=tolerance)


def repeatable(model: Model, rows: Sample, *, level: float = 0.95) -> Measured:
    """Score the same rows twice."""
    return soundness.unrepeatable(*probes.twice(model, rows.first(probes.ROWS)), level=level)


def edge_cases(model: Model, rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Score rows no one had in mind."""
    if not rows.size:
        return Undefined(because=soundness.NO_ROWS, needed="rows")
    return soundness.unanswered(
        probes.edges(model, rows.first(probes.ROWS)), probability=spec.score.kind == "probability", level=level
    )


def monotone(model: Model, rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Sweep a claimed input over its range for every row."""
    if column not in model.features:
        return Undefined(because=f"the artefact does not read {column!r}", kind="not-applicable")
    if rows.columns[column].dtype == object:
        return Undefined(because=f"{column!r} holds text, which has no order", kind="not-applicable")
    sign = 1 if spec.claims.monotone[column] == "increasing" else -1
    return soundness.against(probes.sweep(model, rows.first(probes.ROWS), column, _sign(spec)), sign, level=level)


def importance(
    model: Model, rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95, repeats: int = 3
) -> Measured:
    """Permute one input and see what ranking is lost."""
    if column not in model.features:
        return Undefined(because=f"the artefact does not read {column!r}", kind="not-applicable")
    few, sign = rows.first(probes.SHUFFLED), _sign(spec)
    after = probes.shuffled(model, few, column, repeats, sign)
    return soundness.auc_lost(probes.produced(model, few, sign), after, few, level=level)


def noise(
    model: Model, rows: Sample, spec: ModelSpec, *, level: float = 0.95, scale: float = 0.1, repeats: int = 5
) -> Measured:
    """Disturb every number a little and see what ranking is lost."""
    few, sign = rows.first(probes.ROWS), _sign(spec)
    after = probes.noisy(model, few, scale, repeats, sign)
    return soundness.auc_lost(probes.produced(model, few, sign), after, few, level=level)


def extrapolation(rows: Sample, reference: Sample, facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Compare the rows with the ranges of the reference."""
    return soundness.outside(rows, reference, facts.features, level=level)


def bill_of_materials(model: Model, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Say what the artefact is, what it ran on, and whether model.yaml seals it."""
    declared = spec.artefact.digest if spec.artefact else None
    return soundness.unsealed(model.digest, declared, {"format": model.format, **model.facts}, level=level)


def declared_inputs(model: Model, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Compare what the artefact reads with what the documentation says."""
    roles = spec.columns
    excluded = {*spec.claims.excluded, *roles.protected}
    outcomes = {c for c in (roles.label, spec.score.column, roles.challenger, roles.override) if c}
    return soundness.unexpected(model.features, excluded, outcomes, roles.features, level=level)


_MODEL, _ROWS, _SPEC = needs.Model(), needs.Rows(), needs.Spec()
PARITY = Measure(parity, unit="share", model=_MODEL, rows=_ROWS, spec=_SPEC)
REPEATABLE = Measure(repeatable, unit="share", model=_MODEL, rows=_ROWS)
EDGE_CASES = Measure(edge_cases, unit="cases", model=_MODEL, rows=_ROWS, spec=_SPEC)
MONOTONE = Measure(monotone, unit="share", model=_MODEL, rows=_ROWS, column=needs.Column(), spec=_SPEC)
IMPORTANCE = Measure(importance, unit="AUC", model=_MODEL, rows=_ROWS, column=needs.Column(), spec=_SPEC)
NOISE = Measure(noise, unit="AUC", model=_MODEL, rows=_ROWS, spec=_SPEC)
EXTRAPOLATION = Measure(
    extrapolation, unit="share", rows=_ROWS, reference=needs.Rows(of="reference"), facts=needs.Facts()
)
MATERIALS = Measure(bill_of_materials, unit="files", model=_MODEL, spec=_SPEC)
INPUTS = Measure(declared_inputs, unit="inputs", model=_MODEL, spec=_SPEC)
