"""Measures of evasion: an attack on the artefact, and the density of scores at the cut-off."""

from __future__ import annotations

import numpy as np

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.derive import derive
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models.deciding import log_odds
from secondline.models.evasion import Evasion
from secondline.models.evasion import evasion as attacked
from secondline.stats.robustness import evasion as statistic

UNSTATED = (
    "model.yaml declares no `reasons: changes`: every number that is not immutable was taken to be a person's to move"
)


def evasion(tried: Evasion, *, level: float = 0.95, budget: float = 0.1) -> Measured:
    """Count the declined rows that a small change turns."""
    found = statistic.evasion(
        tried.cheapest,
        tried.by,
        tried.all_at_once,
        tried.cliffs,
        tried.names,
        tried.budgets,
        budget=budget,
        level=level,
    )
    if not isinstance(found, Estimate):
        return found
    seen = len(tried.cheapest)
    warnings = () if tried.stated else (UNSTATED,)
    if seen < tried.declined:
        warnings = (*warnings, f"{seen:,} of {tried.declined:,} declined rows were tried")
    detail = found.detail | {"declined": tried.declined, "rows scored": tried.scored, "controlled": list(tried.names)}
    return found.model_copy(update={"detail": detail, "warnings": warnings})


def bunching(rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Look for a jump in the density of recorded scores at the cut-off."""
    rule = spec.decision
    if rule is None:
        return Undefined(because="model.yaml states no `decision` rule", kind="not-applicable")
    given = rule.approve_at_least if rule.approve_below is None else rule.approve_below
    sign = -1.0 if spec.score.direction == "lower-is-riskier" else 1.0
    turned = np.asarray(rows.columns["@score"], dtype=np.float64)
    cut = np.array([sign * (given or 0.0)])
    if spec.score.kind == "probability":
        turned, cut = (sign * log_odds(sign * values) for values in (turned, cut))
    return statistic.bunching(turned, float(cut[0]), level=level)


ATTACKED = derive(
    "evasion", attacked, doing="moving inputs until the decision turns",
    compares=False, model=needs.Model(), rows=needs.Rows(), reference=needs.Rows(of="reference"), spec=needs.Spec(),
)  # fmt: skip
EVASION = Measure(evasion, unit="share", tried=ATTACKED)
BUNCHING = Measure(bunching, unit="log ratio", rows=needs.Rows(), spec=needs.Spec())
