"""Measures of the explanation family: a model's attributions and effects joined to the statistics that read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.derive import derive
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models import attributions, effects, exact, pairs, probes
from secondline.models.attributions import Attributions, attribute
from secondline.models.effects import Effect
from secondline.models.model import Model
from secondline.stats.explanation import contributions, curves, interactions, ranks
from secondline.stats.explanation.contributions import Explained

ROWS = {exact.PATHS: 5_000, exact.TERMS: 5_000, exact.AGAINST: 500}
"""Rows explained by exact methods; those of smallest hash, so that a repetition takes the same ones."""
TREE_ROWS = 500_000
"""Rows times trees that path-dependent contributions may cost, within 1,000 and 5,000 rows."""
EVALUATIONS, EVALUATIONS_OF_ENDPOINT = 500_000, 100_000
"""Scores that sampling may ask for; they decide how many rows are explained."""
FEWEST, MOST = 20, 1_000
SAMPLES, FEWER = 64, 32
BACKGROUND = 1_000
"""Rows of the reference that stand for absent inputs, where the method can use as many."""
OTHERS = 100
"""Rows explained again against another background."""
PERMUTED, REPEATS = 2_000, 1
EFFECT_ROWS = 20_000
STRONGEST = 6
NOT_READ = "the artefact does not read {!r}"


def _sign(spec: ModelSpec) -> float:
    """Contributions are read as the sample holds the score: higher is riskier."""
    return -1.0 if spec.score.direction == "lower-is-riskier" else 1.0


def explained(model: Model, rows: Sample, reference: Sample, spec: ModelSpec) -> Explained | Undefined:
    """Return the contributions of as many rows as the method can explain in a few seconds."""
    if not rows.size or not reference.size:
        return Undefined(because="there are no rows to explain", needed="rows")
    absent = probes.inputs(model, reference.first(BACKGROUND))
    few = rows.first(_rows(model, rows, absent))
    return _oriented(attribute(model, probes.inputs(model, few), absent, samples=SAMPLES), few, spec)


def _rows(model: Model, rows: Sample, absent: dict[str, Any]) -> int:
    """Ask for one row, because only the answer says by which method."""
    method = attribute(model, probes.inputs(model, rows.first(1)), absent, samples=2).method
    if method == exact.PATHS:
        return min(max(TREE_ROWS // max(int(model.facts.get("trees", 0)), 1), MOST), ROWS[method])
    return ROWS.get(method) or _affordable(model)


def _affordable(model: Model) -> int:
    budget = EVALUATIONS_OF_ENDPOINT if model.format == "endpoint" else EVALUATIONS
    return min(max(budget // (2 * SAMPLES * max(len(model.features) - 1, 1)), FEWEST), MOST)


def _oriented(found: Attributions, rows: Sample, spec: ModelSpec) -> Explained:
    sign = _sign(spec)
    weight = rows.weight
    return Explained(
        found.features, sign * found.values, sign * found.base, sign * found.scores, weight, found.error, found.scale,
        found.method, found.background,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """Contributions of the same rows against other backgrounds, by what those are."""

    values: dict[str, npt.NDArray[np.float64]]
    scores: dict[str, npt.NDArray[np.float64]]
    methods: dict[str, str]
    backgrounds: dict[str, int]


def otherwise(
    model: Model, rows: Sample, reference: Sample, spec: ModelSpec, made: Explained
) -> Others | Undefined:  # fmt: skip
    """Explain some rows again: by sampling where the method knows no background, else against other rows."""
    few = rows.first(OTHERS)
    sampled = made.background == 0
    half = reference.size // 2
    later = slice(BACKGROUND, None) if reference.size >= 2 * BACKGROUND else slice(half, None)
    choices = {"other rows of the reference": {n: v[later] for n, v in probes.inputs(model, reference).items()}}
    if not np.array_equal(rows.hashes, reference.hashes):
        choices["rows of this population"] = {n: v[OTHERS:] for n, v in probes.inputs(model, rows).items()}
    found = Others({}, {}, {}, {})
    for name, absent in choices.items():
        few_absent = {n: v[:BACKGROUND] for n, v in absent.items()}
        if not len(next(iter(few_absent.values()))):
            continue
        one = _oriented(
            attribute(model, probes.inputs(model, few), few_absent, method="sampling" if sampled else "auto",
                      samples=FEWER),
            few, spec,
        )  # fmt: skip
        found.values[name], found.scores[name] = one.values, one.scores
        found.methods[name], found.backgrounds[name] = one.method, one.background
    return found


def attribution(made: Explained, rows: Sample, column: str, *, level: float = 0.95) -> Measured:
    """Summarise the contributions of one input."""
    if column not in made.features:
        return Undefined(because=NOT_READ.format(column), kind="not-applicable")
    return contributions.strength(made, column, rows.columns[column][: len(made.scores)], level=level)


def fidelity(model: Model, made: Explained, rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Add contributions up and compare with the model's own score."""
    few = rows.first(len(made.scores))
    score = _sign(spec) * attributions.on(made.scale, model.score(probes.inputs(model, few), few.size))
    return contributions.adding_up(made, score, level=level)


def surrogate(made: Explained, rows: Sample, *, level: float = 0.95) -> Measured:
    """Read the score off one curve an input."""
    columns = [rows.columns[name][: len(made.scores)] for name in made.features]
    return contributions.surrogate(made, columns, level=level)


def stability(made: Explained, *, level: float = 0.95) -> Measured:
    """Draw the rows again."""
    return ranks.resampled(made, level=level)


def background(made: Explained, others: Others, *, level: float = 0.95) -> Measured:
    """Compare the orders of the inputs under other backgrounds."""
    again = {
        name: Explained(
            made.features, values, 0.0, others.scores[name], made.weight[: len(values)], None, made.scale,
            others.methods[name], others.backgrounds[name],
        )
        for name, values in others.values.items()
    }  # fmt: skip
    return ranks.against(made, again, level=level)


def agreement(model: Model, made: Explained, rows: Sample, *, level: float = 0.95) -> Measured:
    """Permute each input of the explained rows and compare what moves with what is credited."""
    few = rows.first(min(PERMUTED, len(made.scores)))
    before = attributions.on(made.scale, probes.produced(model, few))
    changes = [
        np.mean(
            [
                np.abs(attributions.on(made.scale, after) - before)
                for after in probes.shuffled(model, few, name, REPEATS)
            ],
            axis=0,
        )
        for name in made.features
    ]
    return ranks.agreeing(made, changes, level=level)


def moved(model: Model, rows: Sample, column: str, spec: ModelSpec) -> Effect | Undefined:
    """Move one input over its range."""
    if column not in model.features:
        return Undefined(because=NOT_READ.format(column), kind="not-applicable")
    if not rows.size:
        return Undefined(because="there are no rows", needed="rows")
    few = rows.first(EFFECT_ROWS)
    weight = few.weight
    return effects.effect(model, probes.inputs(model, few) | {"@weight": weight}, column, sign=_sign(spec))


def effect(made: Effect, *, level: float = 0.95) -> Measured:
    """Draw the curves of one input."""
    number = not made.levels
    parts = made.parts if not number else _around(made)
    at: list[Any] = list(made.levels) if not number else [float(x) for x in made.grid]
    points, missing = curves.individual(at, parts, made.curves, made.without, made.curve_weight, level)
    curve = curves.accumulated(made.edges, made.shares, made.place, made.steps, made.weight) if number else None
    if number and curve is None:
        return Undefined(because=f"{made.column!r} takes fewer than two values", kind="not-applicable", n=made.rows)
    found = (
        curves.moved(curve, made.scale, level=level)
        if curve is not None
        else curves.spread_of(points, made.curves, made.curve_weight, made.scale, level)
    )
    if isinstance(found, Undefined):
        return found
    detail = found.detail | {
        "pdp": points,
        "missing": missing | {"share": made.missing},
        "density": _density(made),
        "rows": {"placed": made.rows, "scored twice": len(made.steps), "whole curves": len(made.curves)},
    }
    return Estimate.model_validate(found.model_dump() | {"detail": detail})


def _density(made: Effect) -> list[dict[str, Any]]:
    """Return the share of the rows in each bin of a number, or at each text."""
    if made.levels:
        return [{"x": name, "share": float(s)} for name, s in zip(made.levels, made.parts, strict=True)]
    bins = zip(made.edges[:-1], made.edges[1:], made.shares, strict=True)
    return [{"from": float(a), "to": float(b), "share": float(s)} for a, b, s in bins]


def _around(made: Effect) -> npt.NDArray[np.float64]:
    """Return the share of rows near each edge: half of the bin on either side."""
    if not len(made.shares):
        return np.empty(0)
    return np.asarray((np.append(made.shares, 0.0) + np.append(0.0, made.shares)) / 2)


def direction(made: Effect, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Hold the trend of the curve against the claim."""
    if made.levels:
        return Undefined(because=f"{column!r} holds text, which has no order", kind="not-applicable")
    curve = curves.accumulated(made.edges, made.shares, made.place, made.steps, made.weight)
    if curve is None:
        return Undefined(because=f"{column!r} takes fewer than two values", kind="not-applicable", n=made.rows)
    sign = 1 if spec.claims.monotone[column] == "increasing" else -1
    return curves.pointing(curve, sign, made.scale, level=level)


def interaction(model: Model, made: Explained, rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Move the strongest inputs two at a time."""
    keep = made.whole()
    if not keep.any():
        return Undefined(because=contributions.NO_ROWS, needed="rows with a score")
    strong = contributions.mean_size(made.values[keep], made.weight[keep])
    order = [j for j in np.argsort(-strong, kind="stable")[:STRONGEST] if strong[j] > 0]
    few = rows.first(2 * pairs.ROWS)
    names = [made.features[j] for j in order]
    found = pairs.pairs(model, probes.inputs(model, few), names, sign=_sign(spec)) if len(names) > 1 else None
    if found is None:
        return Undefined(because="fewer than two inputs move the score", kind="not-applicable", n=few.size)
    return interactions.strongest(found.names, found.inputs, found.single, found.double, found.scale, level=level)


_MODEL, _ROWS, _SPEC, _COLUMN = needs.Model(), needs.Rows(), needs.Spec(), needs.Column()
_REFERENCE = needs.Rows(of="reference")
EXPLAINED = derive(
    "attributions", explained, doing="explaining scores", compares=False, model=_MODEL, rows=_ROWS,
    reference=_REFERENCE, spec=_SPEC,
)  # fmt: skip
OTHERWISE = derive(
    "attributions by background", otherwise, doing="explaining scores against other rows", compares=False,
    model=_MODEL, rows=_ROWS, reference=_REFERENCE, spec=_SPEC, made=EXPLAINED,
)  # fmt: skip
MOVED = derive("effect", moved, doing="moving one input", model=_MODEL, rows=_ROWS, column=_COLUMN, spec=_SPEC)
ATTRIBUTION = Measure(attribution, made=EXPLAINED, rows=_ROWS, column=_COLUMN)
FIDELITY = Measure(fidelity, model=_MODEL, made=EXPLAINED, rows=_ROWS, spec=_SPEC)
SURROGATE = Measure(surrogate, unit="R2", made=EXPLAINED, rows=_ROWS)
STABILITY = Measure(stability, unit="correlation", made=EXPLAINED)
BACKGROUND_CHOICE = Measure(background, unit="correlation", made=EXPLAINED, others=OTHERWISE)
AGREEMENT = Measure(agreement, unit="correlation", model=_MODEL, made=EXPLAINED, rows=_ROWS)
EFFECT = Measure(effect, made=MOVED)
DIRECTION = Measure(direction, made=MOVED, column=_COLUMN, spec=_SPEC)
INTERACTIONS = Measure(interaction, unit="H", model=_MODEL, made=EXPLAINED, rows=_ROWS, spec=_SPEC)
