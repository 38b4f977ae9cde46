"""Measures of the challenge family: challengers fitted once on the reference, scored and compared everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core import needs
from secondline.core.canonical import digest
from secondline.core.check import Measure
from secondline.core.declared.challengers import SIMPLE, Challenger
from secondline.core.derive import derive
from secondline.core.errors import ModelError, SecondlineError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models import challengers
from secondline.models.model import Model
from secondline.stats.challenge import losses, ranking, swaps, worth

Floats = npt.NDArray[np.float64]
READABLE = frozenset({"linear", "scorecard"})
LOGISTIC = "LogisticRegression"
SHAPES, POINTS = 6, 40
"""Curves of a readable challenger that are kept in the evidence of its AUC, and points of each."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The challengers of a study; ``failed`` says why one could not be fitted, ``champion`` what the artefact is."""

    models: dict[str, Model]
    failed: dict[str, str]
    champion: dict[str, Any]

    def digest(self) -> str:
        """Return the SHA-256 of what was fitted."""
        sealed = {name: {"digest": model.digest, **model.to_json()} for name, model in self.models.items()}
        return digest({"models": sealed, "failed": self.failed, "champion": self.champion})


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The challengers' scores of one population, and what is known of the models."""

    scores: dict[str, Floats]
    failed: dict[str, str]
    facts: dict[str, dict[str, Any]]
    champion: dict[str, Any]

    def of(self, name: str) -> Floats:
        """Return the scores of a challenger.

        Raises:
            ModelError: it could not be fitted.
        """
        if name in self.failed:
            raise ModelError(f"Challenger {name!r} could not be fitted: {self.failed[name]}")
        return self.scores[name]


def fit_all(rows: Sample, facts: PopulationFacts, model: Model | Undefined, spec: ModelSpec) -> Fitted | Undefined:
    """Fit every challenger on the rows of the reference that have an outcome; one that fails leaves the others be."""
    label = np.asarray(rows.columns["@label"], dtype=np.float64)
    weight = rows.weight
    events, rest = (int(((label == outcome) & (weight > 0)).sum()) for outcome in (1, 0))
    if min(events, rest) < challengers.LEAST:
        because = f"the reference has {events:,} events in {events + rest:,} rows: too few to fit a challenger on"
        return Undefined(because=because, n=events + rest, events=events, needed=f"{challengers.LEAST} of each class")
    read = None if isinstance(model, Undefined) else model
    models: dict[str, Model] = {}
    failed: dict[str, str] = {}
    for name, asked in spec.challengers.items():
        try:
            models[name] = _fit(asked, rows, label, weight, _features(asked, rows, facts, read, spec), spec)
        except SecondlineError as error:
            failed[name] = str(error)
    return Fitted(models, failed, _champion(read))


def _fit(asked: Challenger, rows: Sample, label: Floats, weight: Floats, features: list[str], spec: ModelSpec) -> Model:
    claims = spec.claims.monotone if asked.monotone == "claimed" else asked.monotone or {}
    return challengers.fit(
        asked.kind, {name: rows.columns[name] for name in features}, label, weight, seed=asked.seed,
        settings=asked.settings, monotone={name: way for name, way in claims.items() if name in features},
    )  # fmt: skip


def _features(
    asked: Challenger, rows: Sample, facts: PopulationFacts, model: Model | None, spec: ModelSpec
) -> list[str]:
    """Return what a challenger may read: its own list, else what the champion reads, else the study's features."""
    roles = spec.columns
    barred = {*spec.claims.excluded, *roles.protected}
    barred |= {c for c in (roles.label, spec.score.column, roles.challenger, roles.override, roles.weight) if c}
    if asked.features is not None:
        if odd := [name for name in asked.features if name in barred]:
            raise ModelError(
                f"it may not read {odd[0]!r}, which is excluded, protected, or holds the outcome or a score"
            )
        if absent := [name for name in asked.features if name not in rows.columns]:
            raise ModelError(f"the reference has no column {absent[0]!r}")
        return list(asked.features)
    wanted = facts.features if model is None else model.features
    return [name for name in wanted if name in rows.columns and name not in barred]


def _champion(model: Model | None) -> dict[str, Any]:
    if model is None:
        return {}
    readable = model.format in READABLE or model.facts.get("estimator") == LOGISTIC
    return {"format": model.format, "readable": readable, **challengers.size_of(model)}


def score_all(rows: Sample, fitted: Fitted | Undefined) -> Scored | Undefined:
    """Score a population with every challenger."""
    if isinstance(fitted, Undefined):
        return fitted
    scores = {name: model.score(rows.columns, rows.size) for name, model in fitted.models.items()}
    facts = {name: {**model.facts, "inputs": list(model.features)} for name, model in fitted.models.items()}
    return Scored(scores, fitted.failed, facts, fitted.champion)


FITTED = derive(
    "challengers fitted", fit_all, doing="fitting the challengers", rows=needs.Rows(), facts=needs.Facts(),
    model=needs.Model(optional=True), spec=needs.Spec(),
)  # fmt: skip
SCORED = derive(
    "challengers scored", score_all, doing="scoring with the challengers", rows=needs.Rows(),
    fitted=replace(FITTED, of="reference"),
)  # fmt: skip


def auc(rows: Sample, scored: Scored, column: str, *, level: float = 0.95) -> Measured:
    """AUC of the champion less the challenger's, on rows of a population the challenger was not fitted on.

    DeLong's paired variance, normal interval, two-sided p-value of no difference; positive when the champion ranks
    better. ``detail`` holds both areas, their curves, and what the challenger is: rows fitted on, inputs, size, and
    the shapes of one that can be read. Undefined with one class; an error when the challenger could not be fitted.
    """
    found = ranking.auc_lead(rows, scored.of(column), level=level)
    if isinstance(found, Undefined):
        return found
    return found.model_copy(update={"detail": found.detail | {"model": _told(scored.facts[column])}})


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the evidence keeps of a model: all but curves beyond the first few, and few points of each."""
    return {**facts, "shapes": [_thinned(shape) for shape in facts.get("shapes", ())[:SHAPES]]}


def _thinned(shape: Mapping[str, Any]) -> dict[str, Any]:
    values, edges = shape["log-odds"], shape.get("edges")
    if edges is None or len(values) <= POINTS:
        return dict(shape)
    keep = np.unique(np.linspace(0, len(values) - 1, POINTS).round().astype(int)).tolist()
    return {**shape, "log-odds": [values[i] for i in keep], "edges": [*(edges[i] for i in keep), edges[-1]]}


def brier(rows: Sample, scored: Scored, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Mean of ``(y - p_challenger)^2 - (y - p_champion)^2`` over rows; positive when the champion is nearer.

    Standard error of weighted paired differences, normal interval, two-sided p-value of no difference. Not applicable
    when the champion's score is not a probability.
    """
    known = spec.score.kind == "probability"
    return losses.brier_lead(rows, scored.of(column), probability=known, level=level)


def log_loss(rows: Sample, scored: Scored, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Mean of the challenger's ``-(y ln p + (1 - y) ln(1 - p))`` less the champion's, in nats.

    Positive when the champion is less surprised. Probabilities are clipped to [2^-52, 1 - 2^-52]; otherwise as the
    difference of Brier scores.
    """
    known = spec.score.kind == "probability"
    return losses.log_loss_lead(rows, scored.of(column), probability=known, level=level)


def noninferiority(rows: Sample, scored: Scored, column: str, *, level: float = 0.95, margin: float = 0.01) -> Measured:
    """AUC of the champion less the challenger's, against *margin* from one side.

    H0: the champion leads by the margin at least. Both one-sided ends at the confidence of the check (DeLong, paired),
    the one-sided p-value, and in ``detail`` the verdict: non-inferior, inferior, superior, or open.
    """
    return ranking.noninferiority(rows, scored.of(column), level=level, margin=margin)


def agreement(rows: Sample, scored: Scored, column: str, *, level: float = 0.95) -> Measured:
    """Spearman's correlation of the two scores, over weighted mid-ranks of the rows that both score.

    Fisher's transformation with the standard error ``sqrt((1 + r^2 / 2) / (n - 3))``. Undefined with fewer than ten
    rows or when a score does not vary.
    """
    return ranking.agreement(rows, scored.of(column), level=level)


def swap_sets(
    rows: Sample, scored: Scored, column: str, spec: ModelSpec, *, level: float = 0.95, rate: float | None = None
) -> Measured:
    """Event rate of those only the challenger approves, less that of those only the champion approves.

    The champion approves by the decision rule (or its best *rate* of rows), the challenger its best rows to the same
    weight. Newcombe's interval, given the cut-offs. ``detail`` holds the four sets with Wilson's intervals. Not
    applicable without a rule or a rate, or when the two approve the same rows.
    """
    return swaps.swap_sets(
        rows, scored.of(column), spec.decision, lower_is_riskier=_lower(spec), level=level, rate=rate
    )


def value(
    rows: Sample, scored: Scored, column: str, spec: ModelSpec, *, level: float = 0.95, rate: float | None = None
) -> Measured:
    """Money that the champion's approvals earn beyond the challenger's, scaled to the population.

    At the same rate of approval as the swap sets; a row loses ``loss-given-default`` of its exposure or earns
    ``margin`` of it. Standard error by 400 bootstrap resamples of rows, cut-offs found again in each; normal interval.
    Not applicable without `money` in model.yaml.
    """
    if spec.money is None:
        because = "model.yaml states no `money`: write `money: {loss-given-default: 0.45, margin: 0.03}`"
        return Undefined(because=because, kind="not-applicable")
    return worth.money_lead(
        rows, scored.of(column), spec.decision, spec.money, lower_is_riskier=_lower(spec), level=level, rate=rate
    )


def _lower(spec: ModelSpec) -> bool:
    return spec.score.direction == "lower-is-riskier"


def complexity_gain(rows: Sample, scored: Scored, *, level: float = 0.95) -> Measured:
    """Least lead in AUC of the champion over the challengers that a person can read whole.

    Paired DeLong intervals, Bonferroni over those challengers, from the least low end to the least high end. ``detail``
    lists every model with its size: numbers learnt are coefficients, attributes, points of curves, leaves or weights.
    Not applicable when the champion can be read itself, or when no such challenger is declared.
    """
    if scored.champion.get("readable"):
        because = (
            f"the champion is itself a readable model ({scored.champion['size']}): there is no complexity to pay for"
        )
        return Undefined(because=because, kind="not-applicable")
    if not scored.scores and scored.failed:
        raise ModelError("; ".join(f"Challenger {name!r}: {why}" for name, why in scored.failed.items()))
    simple = {name: scored.facts[name]["kind"] in SIMPLE for name in scored.scores}
    found = worth.complexity_gain(rows, scored.scores, simple, level=level)
    if not isinstance(found, Estimate):
        return found
    models = [{**model, **_size(scored.facts[model["name"]])} for model in found.detail["models"]]
    unread = () if scored.champion else ("the champion's artefact is not opened, so its size is not known",)
    failed = tuple(f"challenger {name!r} could not be fitted: {why}" for name, why in scored.failed.items())
    detail = found.detail | {"models": models, "champion": scored.champion}
    return found.model_copy(update={"detail": detail, "warnings": (*found.warnings, *unread, *failed)})


def _size(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in ("kind", "terms", "parameters", "size", "rows")}


_ROWS, _COLUMN, _SPEC = needs.Rows(), needs.Column(), needs.Spec()
AUC = Measure(auc, unit="AUC", rows=_ROWS, scored=SCORED, column=_COLUMN)
BRIER = Measure(brier, unit="mean square", rows=_ROWS, scored=SCORED, column=_COLUMN, spec=_SPEC)
LOG_LOSS = Measure(log_loss, unit="nats", rows=_ROWS, scored=SCORED, column=_COLUMN, spec=_SPEC)
NONINFERIORITY = Measure(noninferiority, unit="AUC", rows=_ROWS, scored=SCORED, column=_COLUMN)
AGREEMENT = Measure(agreement, unit="rank correlation", rows=_ROWS, scored=SCORED, column=_COLUMN)
SWAP_SETS = Measure(swap_sets, unit="rate", rows=_ROWS, scored=SCORED, column=_COLUMN, spec=_SPEC)
VALUE = Measure(value, unit="money", rows=_ROWS, scored=SCORED, column=_COLUMN, spec=_SPEC)
COMPLEXITY_GAIN = Measure(complexity_gain, unit="AUC", rows=_ROWS, scored=SCORED)
