"""Measures of the robustness family: where the model is weak, and what it takes to break it."""

from __future__ import annotations

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.derive import derive
from secondline.core.errors import ModelError
from secondline.core.estimate import Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models import moved, probes
from secondline.models.model import Model
from secondline.stats.robustness import boundary, moves, shift, weakness
from secondline.stats.robustness.weakness import Cells, Weaknesses

SHARE = 0.2
"""Share of the rows of which an input goes missing at random."""
SCALES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)


def _sign(spec: ModelSpec) -> float:
    return -1.0 if spec.score.direction == "lower-is-riskier" else 1.0


def columns_of(rows: Sample, facts: PopulationFacts, spec: ModelSpec) -> list[str]:
    """Return what regions may be made of: features, segments, protected columns and the exposure."""
    roles = spec.columns
    also = (*roles.segments, *roles.protected, *([roles.exposure] if roles.exposure else []))
    return [name for name in dict.fromkeys((*facts.features, *also)) if name in rows.columns]


def cells(rows: Sample, reference: Sample, facts: PopulationFacts, spec: ModelSpec) -> Cells:
    """Cut the columns where the reference has its quantiles, and leave out those that leak the outcome there."""
    cuts = weakness.cut_all(reference, columns_of(rows, facts, spec))
    leaks = weakness.leaking(cuts, reference)
    return Cells({name: made for name, made in cuts.items() if name not in leaks}, leaks)


def search(rows: Sample, made: Cells, spec: ModelSpec) -> Weaknesses | Undefined:
    """Search the rows for weak regions."""
    if "@label" not in rows.columns:
        return Undefined(because="model.yaml names no `label` column", kind="not-applicable")
    return weakness.search(rows, made.cuts, probability=spec.score.kind == "probability", leaks=made.leaks)


def missingness(
    model: Model, rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95, share: float = SHARE
) -> Measured:
    """Take one input away, from every row and from a random share of them, and score again."""
    if column not in model.features:
        return _not_read(column)
    few = rows.first(moved.ROWS)
    try:
        scores = moved.outage(model, few, column, share, _sign(spec))
    except ModelError as error:
        return Undefined(because=f"{moves.NO_ANSWER}: {error}", kind="not-applicable", n=few.size)
    return moves.outage(*scores, few, share, level=level)


def _not_read(column: str) -> Undefined:
    return Undefined(because=f"the artefact does not read {column!r}", kind="not-applicable")


def sensitivity(model: Model, rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Move one input by one and two steps either way, and over its range."""
    if column not in model.features:
        return _not_read(column)
    found = moved.stepped(model, rows, column, _sign(spec))
    if found is None:
        because = f"{column!r} holds text or one value, so it has no steps"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    steps = moves.Steps(
        found.grain.step,
        found.mean_input,
        found.before,
        found.steps,
        found.after,
        found.clipped,
        found.grid,
        found.swept,
    )
    weight = rows.weight[: len(found.before)]
    return moves.sensitivity(steps, weight, spec.decision, _sign(spec), level=level)


def joint_sensitivity(model: Model, rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Move all inputs at once: the way that raises risk, the other way, and along their principal components."""
    found = moved.together(model, rows, _sign(spec), spec.claims.monotone)
    if found is None:
        return Undefined(because="the artefact reads no number that moves", kind="not-applicable", n=rows.size)
    weight = rows.weight[: len(found.before)]
    made = moves.joint(
        found.before, found.names, found.after, found.alone, weight, spec.decision, _sign(spec), level=level
    )
    if isinstance(made, Undefined):
        return made
    ways = {name: "up" if way > 0 else "down" for name, way in zip(found.inputs, found.raises, strict=True)}
    shares = [float(share) for share in found.explained]
    return made.model_copy(update={"detail": made.detail | {"raises risk": ways, "components explain": shares}})


def noise_curve(model: Model, rows: Sample, spec: ModelSpec, *, level: float = 0.95, repeats: int = 2) -> Measured:
    """Disturb every number by noise of growing size."""
    few, sign = rows.first(probes.SHUFFLED), _sign(spec)
    before = probes.produced(model, few, sign)
    return moves.noise_curve(before, moved.curve(model, few, SCALES, repeats, sign), SCALES, few, level=level)


def operating_boundary(
    rows: Sample, reference: Sample, facts: PopulationFacts, spec: ModelSpec, *, level: float = 0.95,
    tolerance: float = boundary.TOLERANCE,
) -> Measured:  # fmt: skip
    """Compare where the rows lie with where the reference's lay."""
    probability = spec.score.kind == "probability"
    return boundary.operating_boundary(
        rows, reference, facts.features, probability=probability, level=level, tolerance=tolerance
    )


def worst_subpopulation(rows: Sample, made: Cells, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Rank the rows by the loss their columns foretell and take the worst."""
    return shift.worst(rows, made.cuts, probability=spec.score.kind == "probability", level=level)


def tilt(rows: Sample, facts: PopulationFacts, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Reweight the rows so that one number after another shifts."""
    return shift.tilt(rows, facts.features, probability=spec.score.kind == "probability", level=level)


_MODEL, _ROWS, _SPEC, _FACTS = needs.Model(), needs.Rows(), needs.Spec(), needs.Facts()
_REFERENCE, _COLUMN = needs.Rows(of="reference"), needs.Column()
CELLS = derive("cells", cells, doing="cutting columns", rows=_ROWS, reference=_REFERENCE, facts=_FACTS, spec=_SPEC)
WEAK = derive("weak-regions", search, doing="searching for weak regions", rows=_ROWS, made=CELLS, spec=_SPEC)
WEAK_REGIONS = Measure(weakness.calibration, unit="ratio", found=WEAK)
WEAK_RANKING = Measure(weakness.ranking, unit="AUC", found=WEAK)
WEAK_LOSS = Measure(weakness.loss, unit="nats", found=WEAK)
MISSINGNESS = Measure(missingness, unit="AUC", model=_MODEL, rows=_ROWS, column=_COLUMN, spec=_SPEC)
SENSITIVITY = Measure(sensitivity, unit="rate", model=_MODEL, rows=_ROWS, column=_COLUMN, spec=_SPEC)
JOINT_SENSITIVITY = Measure(joint_sensitivity, unit="rate", model=_MODEL, rows=_ROWS, spec=_SPEC)
NOISE_CURVE = Measure(noise_curve, unit="AUC", model=_MODEL, rows=_ROWS, spec=_SPEC)
OPERATING_BOUNDARY = Measure(
    operating_boundary, unit="share", rows=_ROWS, reference=_REFERENCE, facts=_FACTS, spec=_SPEC
)
WORST_SUBPOPULATION = Measure(worst_subpopulation, unit="nats", rows=_ROWS, made=CELLS, spec=_SPEC)
TILT = Measure(tilt, unit="AUC", rows=_ROWS, facts=_FACTS, spec=_SPEC)
