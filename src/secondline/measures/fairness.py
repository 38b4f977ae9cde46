"""Measures of fairness between protected groups; where the model itself is asked, the probe beside the statistic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.derive import derive
from secondline.core.estimate import Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models import probes
from secondline.models.model import Floats, Model
from secondline.stats import soundness
from secondline.stats.fairness import (
    age,
    conditional,
    flips,
    intersections,
    matching,
    overrides,
    pricing,
    probabilistic,
    proxies,
    rates,
    scores,
    strata,
)
from secondline.stats.fairness.groups import grouped, levels

YOUNGEST = 18.0
AGES = 10


def _sign(spec: ModelSpec) -> float:
    return -1.0 if spec.score.direction == "lower-is-riskier" else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The model's scores of the rows that are permuted, turned so that higher is riskier."""

    scores: Floats


def scored(model: Model, rows: Sample, spec: ModelSpec) -> Scored:
    """Score once what every input is permuted against."""
    return Scored(probes.produced(model, rows.first(probes.SHUFFLED), _sign(spec)))


def feature_proxy(
    model: Model, rows: Sample, column: str, spec: ModelSpec, before: Scored, *, level: float = 0.95,
    important: float = 0.001,
) -> Measured:  # fmt: skip
    """Ask how well one input tells the groups apart, and by permuting it whether the model uses it.

    Permuted once over at most 10,000 rows. Without a label the score before takes its place: how much of the model's
    own ranking hangs on the input.
    """
    if column not in model.features:
        return Undefined(because=f"the artefact does not read {column!r}", kind="not-applicable", n=rows.size)
    few, sign = rows.first(probes.SHUFFLED), _sign(spec)
    after = probes.shuffled(model, few, column, 1, sign)
    labelled = few if "@label" in few.columns else _own(few, before.scores)
    used = soundness.auc_lost(before.scores, after, labelled, level=level)
    return proxies.feature_proxy(rows, column, spec, used, level=level, important=important)


def _own(rows: Sample, before: Floats) -> Sample:
    """Return the rows with the riskier half of the scores as the event."""
    middle = np.nanmedian(before)
    label = np.where(np.isfinite(before), (before > middle).astype(np.float64), np.nan)
    return Sample(rows.k, rows.total, rows.hashes, rows.columns | {"@label": label})


def age_used(model: Model, rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Score the elderly again at a grid of younger ages, all else equal."""
    years = age.ages(rows, spec)
    if isinstance(years, Undefined):
        return years
    name = str(spec.fairness.age)
    if name not in model.features:
        return Undefined(because=f"the artefact does not read {name!r}", kind="not-applicable", n=rows.size)
    old = np.flatnonzero(years >= spec.fairness.elderly_from)[: probes.SWEPT]
    columns = {n: values[old] for n, values in probes.inputs(model, rows).items()}
    grid = np.linspace(YOUNGEST, spec.fairness.elderly_from - 1, AGES)
    own = _sign(spec) * model.score(columns, len(old))
    younger = [_sign(spec) * model.score(columns | {name: np.full(len(old), at)}, len(old)) for at in grid]
    return age.age_used(own, np.column_stack(younger), level=level)


def counterfactual(model: Model, rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Give each group the control's value of the attribute, or its declared proxies the control's distribution."""
    few = rows.first(probes.ROWS)
    groups = grouped(few, column, spec, np.ones(few.size, dtype=bool))
    if isinstance(groups, Undefined):
        return groups
    columns = probes.inputs(model, few)
    numbers = [p for p in spec.fairness.proxies if p in columns and columns[p].dtype != object and p != column]
    if column not in model.features and not numbers:
        because = f"the artefact reads neither {column!r} nor a number that `fairness: proxies` names"
        return Undefined(because=because, kind="not-applicable", n=few.size)
    before = probes.produced(model, few, _sign(spec))
    theirs = groups.masks[groups.control]
    after = {}
    for name, mask in groups.others:
        if column in model.features:
            changed = columns | {column: flips.same_text(columns[column], _held(few, column, groups.control))}
        else:
            changed = columns | {p: flips.moved_to(columns[p], columns[p][mask], columns[p][theirs]) for p in numbers}
        after[name] = _sign(spec) * model.score(changed, few.size)
    how = "attribute set to the control" if column in model.features else "proxies moved to the control's quantiles"
    moved = [column] if column in model.features else numbers
    return flips.changed(groups, before, after, few, spec, how, moved, level=level)


def _held(rows: Sample, column: str, group: str) -> str:
    """Return a group's value as the column holds it: names of numbers are rounded."""
    texts, known = levels(rows.columns[column])
    place = int(np.flatnonzero(known & (texts == group))[0])
    return str(rows.columns[column][place])


_ROWS, _COLUMN, _SPEC, _FACTS, _MODEL = needs.Rows(), needs.Column(), needs.Spec(), needs.Facts(), needs.Model()
ADVERSE_IMPACT = Measure(rates.adverse_impact, unit="ratio", rows=_ROWS, column=_COLUMN, spec=_SPEC)
APPROVAL_GAP = Measure(rates.approval_gap, unit="share", rows=_ROWS, column=_COLUMN, spec=_SPEC)
HOMOGENEITY = Measure(rates.homogeneity, unit="share", rows=_ROWS, column=_COLUMN, spec=_SPEC)
FALSE_DECLINES = Measure(rates.false_declines, unit="share", rows=_ROWS, column=_COLUMN, spec=_SPEC)
ERROR_PARITY = Measure(rates.error_parity, unit="share", rows=_ROWS, column=_COLUMN, spec=_SPEC)
SCORE_GAP = Measure(scores.score_gap, unit="sd", rows=_ROWS, column=_COLUMN, spec=_SPEC)
CALIBRATION_PARITY = Measure(scores.calibration_parity, unit="ratio", rows=_ROWS, column=_COLUMN, spec=_SPEC)
CONDITIONAL_GAP = Measure(conditional.conditional_gap, unit="share", rows=_ROWS, column=_COLUMN, spec=_SPEC)
CONDITIONAL_SCORE = Measure(conditional.conditional_score_gap, unit="sd", rows=_ROWS, column=_COLUMN, spec=_SPEC)
CONDITIONAL_RATIO = Measure(strata.conditional_ratio, unit="ratio", rows=_ROWS, column=_COLUMN, spec=_SPEC)
PRICING_GAP = Measure(pricing.pricing_gap, unit="", rows=_ROWS, column=_COLUMN, spec=_SPEC)
CONDITIONAL_PRICING = Measure(pricing.conditional_pricing_gap, unit="", rows=_ROWS, column=_COLUMN, spec=_SPEC)
INTERSECTIONS = Measure(intersections.intersections, unit="ratio", rows=_ROWS, spec=_SPEC)
OVERRIDE_PARITY = Measure(overrides.override_parity, unit="share", rows=_ROWS, column=_COLUMN, spec=_SPEC)
ELDERLY = Measure(age.elderly, unit="sd", rows=_ROWS, spec=_SPEC)
AGE_USED = Measure(age_used, unit="share", model=_MODEL, rows=_ROWS, spec=_SPEC)
PROXY = Measure(proxies.proxy, unit="AUC", rows=_ROWS, column=_COLUMN, spec=_SPEC, facts=_FACTS)
_SCORED = derive("fairness.scored", scored, doing="scoring the sample", model=_MODEL, rows=_ROWS, spec=_SPEC)
FEATURE_PROXY = Measure(feature_proxy, unit="AUC", model=_MODEL, rows=_ROWS, column=_COLUMN, spec=_SPEC, before=_SCORED)
PROBABILISTIC_GAP = Measure(probabilistic.probabilistic_gap, unit="share", rows=_ROWS, spec=_SPEC)
COUNTERFACTUAL = Measure(counterfactual, unit="share", model=_MODEL, rows=_ROWS, column=_COLUMN, spec=_SPEC)
MATCHED_PAIRS = Measure(matching.matched_pairs, unit="sd", rows=_ROWS, column=_COLUMN, spec=_SPEC, facts=_FACTS)
