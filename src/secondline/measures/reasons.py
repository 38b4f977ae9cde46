"""Measures of reason codes: a battery run on the artefact joined to the statistics that judge what it saw."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.declared.reasons import Reasons as Declared
from secondline.core.derive import derive
from secondline.core.estimate import Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.models.battery import Battery, battery
from secondline.models.drivers import withheld_features
from secondline.models.model import Model
from secondline.models.reasons import BY_PERSON, BY_RULE, BY_SCORE
from secondline.stats.explanation import reasons, texts

CREDIT = "credit-decision"
UNWORDED = "model.yaml declares no `reasons: texts`, so no reason has words that could be specific"


def _said(found: Measured, tried: Battery) -> Measured:
    """Add to an estimate how the reasons were found and of how many rows."""
    if isinstance(found, Undefined):
        return found
    seen = len(tried.named)
    detail = found.detail | {"reference": tried.method, "declined": tried.declined, "decided": tried.rows}
    warnings = found.warnings
    if seen < tried.declined:
        warnings = (*warnings, f"{seen:,} of {tried.declined:,} declined rows were explained")
    return found.model_copy(update={"detail": detail, "warnings": warnings})


def coverage(tried: Battery, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Count declined rows with reasons in words."""
    if not tried.declared:
        if spec.purpose is not None and spec.purpose.kind == CREDIT:
            return Undefined(because=UNWORDED, n=len(tried.named), needed="a code and words for each feature")
        because = f"{UNWORDED}, and the purpose is not `{CREDIT}`"
        return Undefined(because=because, kind="not-applicable", n=len(tried.named))
    specific = np.array([code in tried.specific for code in tried.codes])
    detail = {
        "declined by a rule": int((tried.by == BY_RULE).sum()),
        "declined by a person": int((tried.by == BY_PERSON).sum()),
    }
    return _said(reasons.coverage(tried.named, specific, tried.most, level=level, detail=detail), tried)


def mix(tried: Battery, *, level: float = 0.95) -> Measured:
    """Show how often each reason is given, and three decisions."""
    detail = {
        "given": reasons.given(tried.named, tried.weights, tried.codes, tried.words),
        "examples": reasons.examples(tried.named, tried.weights, tried.margins, tried.cut, tried.codes, tried.words),
        "most": tried.most,
    }
    return _said(reasons.mix(tried.named, level=level, detail=detail), tried)


def determinism(tried: Battery, *, level: float = 0.95) -> Measured:
    """Ask for the reasons of the same rows again."""
    return _said(reasons.determinism(tried.named, tried.again, level=level), tried)


def direction(tried: Battery, *, level: float = 0.95) -> Measured:
    """Set each named driver alone to the reference."""
    at = tried.named[tried.tried]
    return _said(reasons.direction(tried.alone, tried.sense, at, tried.codes, level=level), tried)


def effect(tried: Battery, *, level: float = 0.95) -> Measured:
    """Set all named drivers to the reference, and as many others at random."""
    return _said(reasons.effect(tried.margins[tried.tried], tried.together, tried.random, level=level), tried)


def suffices(tried: Battery, *, level: float = 0.95) -> Measured:
    """Hold the margin after all named drivers are as the reference has them against the cut-off."""
    found = reasons.suffices(tried.together, tried.random, tried.cut, ties=tried.ties_approved, level=level)
    return _said(found, tried)


def stability(tried: Battery, *, level: float = 0.95) -> Measured:
    """Compare reasons before and after noise."""
    own = tried.by == BY_SCORE
    found = reasons.stability(tried.named[own], tried.noisy[:, own], tried.noised, tried.codes, level=level)
    return _said(found, tried)


def actionability(tried: Battery, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Count the reasons that speak only of what cannot be changed."""
    if not (spec.reasons and spec.reasons.immutable):
        because = "model.yaml declares no `reasons: immutable`, so nothing says what a person cannot change"
        return Undefined(because=because, kind="not-applicable")
    fixed = set(tried.immutable)
    drivers = [set(features) <= fixed for features in tried.driver_features]
    of_code = np.zeros(len(tried.codes), dtype=bool)
    of_code[: len(drivers)] = drivers
    return _said(reasons.actionability(tried.named, of_code, tried.codes, level=level), tried)


def proxies(tried: Battery, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Look for drivers that may not be named among the strongest."""
    if not withheld_features(spec):
        because = "model.yaml names nothing that a reason may not name: no protected, excluded or proxy features"
        return Undefined(because=because, kind="not-applicable")
    return _said(reasons.proxies(tried.suppressed, tried.drivers, tried.withheld, level=level), tried)


def mapping(model: Model, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Hold the declared texts against the features of the artefact."""
    declared = spec.reasons or Declared()
    return texts.mapping(declared, model.features, withheld_features(spec), spec.claims.monotone, level=level)


def missing(tried: Battery, *, level: float = 0.95) -> Measured:
    """Look at reasons that rest on a missing value."""
    found = reasons.missing(tried.blank, tried.named, len(tried.drivers), tried.thin, level=level)
    return _said(found, tried)


def agreement(tried: Battery, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Compare the codes on record with these."""
    if not (spec.reasons and spec.reasons.recorded):
        because = "model.yaml names no `reasons: recorded` columns"
        return Undefined(because=because, kind="not-applicable")
    return _said(reasons.agreement(tried.recorded, level=level), tried)


_MODEL, _SPEC = needs.Model(), needs.Spec()
TRIED = derive(
    "reasons", battery, doing="giving reasons and trying them",
    compares=False, model=_MODEL, rows=needs.Rows(), reference=needs.Rows(of="reference"), spec=_SPEC,
)  # fmt: skip
_OF: dict[str, Any] = {"unit": "share", "tried": TRIED}
COVERAGE = Measure(coverage, spec=_SPEC, **_OF)
MIX = Measure(mix, **_OF)
DETERMINISM = Measure(determinism, **_OF)
DIRECTION = Measure(direction, **_OF)
EFFECT = Measure(effect, **_OF)
SUFFICES = Measure(suffices, **_OF)
STABILITY = Measure(stability, **_OF)
ACTIONABILITY = Measure(actionability, spec=_SPEC, **_OF)
PROXIES = Measure(proxies, spec=_SPEC, **_OF)
TEXTS = Measure(mapping, unit="defects", model=_MODEL, spec=_SPEC)
MISSING = Measure(missing, **_OF)
AGREEMENT = Measure(agreement, spec=_SPEC, **_OF)
