"""Measures of a model built again, and of the same decisions made elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.derive import derive
from secondline.core.estimate import Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models import probes
from secondline.models.model import Floats, Model
from secondline.models.recipe import Built, Recipe
from secondline.stats import claims, reproduction, soundness
from secondline.stats.reproduction import Refit
from secondline.stats.robustness import churn
from secondline.stats.robustness.churn import Refits


def _sign(spec: ModelSpec) -> float:
    return -1.0 if spec.score.direction == "lower-is-riskier" else 1.0


def _scored(built: Built, rows: Sample, sign: float) -> Floats:
    model = built.open()
    try:
        return probes.produced(model, rows, sign)
    finally:
        model.close()


def rebuild(model: Model, rows: Sample, recipe: Recipe | Undefined, spec: ModelSpec) -> Refit | Undefined:
    """Build the model again as it was built, and score the sample with both."""
    if isinstance(recipe, Undefined):
        return recipe
    built = recipe.build(recipe.seed, None)
    facts = {"identical files": built.digest == model.digest if built.digest and model.digest else None,
             "artefact built": built.digest, "output digest": built.printed, **recipe.environment()}  # fmt: skip
    return Refit(probes.produced(model, rows, _sign(spec)), _scored(built, rows, _sign(spec)), facts)


def other_seeds(model: Model, rows: Sample, recipe: Recipe | Undefined, spec: ModelSpec) -> Refits | Undefined:
    """Build the model with other seeds, and score at most 20,000 rows with each."""
    if isinstance(recipe, Undefined):
        return recipe
    seed = recipe.seed
    if seed is None:
        because = "model.yaml gives no `reproduce: seed`, so no other seed can be tried"
        return Undefined(because=because, kind="not-applicable")
    return _several(model, rows, [recipe.build(seed + k, None) for k in range(1, recipe.refits + 1)], spec)


def other_rows(model: Model, rows: Sample, recipe: Recipe | Undefined, spec: ModelSpec) -> Refits | Undefined:
    """Build the model from rows of the snapshot drawn with replacement, and score at most 20,000 rows with each."""
    if isinstance(recipe, Undefined):
        return recipe
    found = _several(model, rows, [recipe.build(recipe.seed, k) for k in range(1, recipe.refits + 1)], spec)
    if churn.same(found) and np.isfinite(found.scores).any():
        because = "models built from resampled rows score exactly alike: the command does not read the snapshot"
        return Undefined(because=because, needed="a command that reads the snapshot that model.yaml declares")
    return found


def _several(model: Model, rows: Sample, built: list[Built], spec: ModelSpec) -> Refits:
    few, sign = rows.first(probes.ROWS), _sign(spec)
    return Refits(probes.produced(model, few, sign), np.stack([_scored(one, few, sign) for one in built]))


def flips(refits: Refits, rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Share of decisions of the champion that a refit takes otherwise, on average over refits, of at most 20,000 rows.

    Refits and rows are both samples, and crossed: the variance is that between the refits' shares over their number
    plus that between rows over theirs; Student's t on the logit scale with Satterthwaite's
    degrees of freedom. With no flip at all the high
    end is the zero-defect bound of the rows. ``detail`` has the share of each refit, the share on which two refits
    differ (with a jackknife over refits), the spread of the AUC and the flips by score. Sources: Owen (2007), Annals
    of Applied Statistics 1, 386; Satterthwaite (1946), Biometrics 2, 110.
    """
    return churn.flips(refits, rows.first(probes.ROWS), spec, level=level)


def decision_parity(model: Model, rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Share of rows on which the recorded score and the artefact's lead to different decisions.

    With no difference among n rows the interval ends at the zero-defect bound ``1 - (1 - level)^(1/n)``; else it is
    Clopper and Pearson's.
    """
    recorded = np.asarray(rows.columns["@score"], dtype=np.float64)
    return reproduction.decisions_differ(rows, recorded, probes.produced(model, rows, _sign(spec)), spec, level=level)


def production(rows: Sample, *, level: float = 0.95, tolerance: float = 1e-6) -> Measured:
    """Share of rows whose score in production is not the recorded one: |production - recorded| > *tolerance*.

    Counted as parity with the artefact is: every row of a small population, of a large one Clopper and Pearson's
    interval on the sample.
    """
    here, there = (np.asarray(rows.columns[name], dtype=np.float64) for name in ("@score", "@production"))
    return soundness.differing(here, there, rows.total, level=level, tolerance=tolerance)


def held(model: Model, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Count of claims of the documentation about the artefact itself that do not hold; ``detail`` lists each.

    Its type, inputs, trees, terms, constrained directions and the method of reasons. A count: no interval.
    """
    method = getattr(spec.reasons, "method", None)
    return claims.held(
        spec.claims, model.name, model.format, model.features, model.facts, sign=int(_sign(spec)), level=level,
        method=None if method is None else str(method),
    )  # fmt: skip


_MODEL, _ROWS, _SPEC, _RECIPE = needs.Model(), needs.Rows(), needs.Spec(), needs.Recipe()
_BUILT: dict[str, Any] = {"model": _MODEL, "rows": _ROWS, "recipe": _RECIPE, "spec": _SPEC}
REFIT = derive("refit", rebuild, doing="building the model again", **_BUILT)
SEEDS = derive("refits with other seeds", other_seeds, doing="building the model with other seeds", **_BUILT)
DRAWS = derive("refits of resampled rows", other_rows, doing="building the model from resampled rows", **_BUILT)

REPRODUCE = Measure(reproduction.rebuilt, unit="share", refit=REFIT, rows=_ROWS, spec=_SPEC)
REPRODUCE_AUC = Measure(reproduction.rebuilt_auc, unit="AUC", refit=REFIT, rows=_ROWS)
SEED_CHURN = Measure(flips, unit="rate", refits=SEEDS, rows=_ROWS, spec=_SPEC)
BOOTSTRAP_CHURN = Measure(flips, unit="rate", refits=DRAWS, rows=_ROWS, spec=_SPEC)
SEED_RANK = Measure(churn.rank, refits=SEEDS)
BOOTSTRAP_RANK = Measure(churn.rank, refits=DRAWS)
DECISION_PARITY = Measure(decision_parity, unit="share", model=_MODEL, rows=_ROWS, spec=_SPEC)
PRODUCTION_PARITY = Measure(production, unit="share", rows=_ROWS)
CLAIMS = Measure(held, unit="count", model=_MODEL, spec=_SPEC)
