"""Gaps that remain when legitimate reasons are held fixed: approval, score and price on controls and group."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core.estimate import Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.fairness.design import design
from secondline.stats.fairness.groups import Floats, Found, Groups, Mask, decisions, grouped, scored, worst
from secondline.stats.fairness.regression import Fitted, linear, logistic, marginal_effect
from secondline.stats.fairness.scores import spread

NO_CONTROLS = "model.yaml names no `fairness: controls`"


def conditional_gap(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Lowest gap in approval between a group and the control group at equal controls, as a share.

    Logistic regression of the decision on the controls of model.yaml and the groups; the value is the average marginal
    effect of the group, with HC1 errors carried by the delta method, normal interval, simultaneous. Numbers enter
    linearly and are standardised, missing ones as the mean with a flag; texts by their twenty commonest levels.
    ``detail`` has the raw gap beside it. Where the controls or a group decide all (separation) there is no logistic
    fit: the linear probability model takes its place, with a warning. Controls that others determine are dropped and
    named; undefined where they determine the group. A gap that controls explain may still be carried by them: choose
    controls that are reasons. Sources: White (1980); Bartus (2005), Stata Journal 5, for the effect.
    """
    approved, decided = decisions(rows, spec)
    return _conditional(rows, column, spec, approved.astype(np.float64), decided, level, binary=True)


def conditional_score_gap(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Highest gap in the score between a group and the control at equal controls, in standard deviations of the score.

    Linear regression of the score (higher is riskier) on controls and groups with HC1 errors; otherwise as
    ``conditional_gap``. Undefined when the score does not vary.
    """
    score, usable = scored(rows)
    unit = spread(score[usable])
    if unit <= 0:
        return Undefined(because="the score does not vary", n=rows.size, needed="a score that varies")
    values = np.where(usable, score, 0.0) / unit
    return _conditional(rows, column, spec, values, usable, level, binary=False)


def _conditional(
    rows: Sample, column: str, spec: ModelSpec, y: Floats, usable: Mask, level: float, *, binary: bool
) -> Measured:
    controls = tuple(c for c in spec.fairness.controls if c != column)
    if not controls:
        return Undefined(because=NO_CONTROLS, kind="not-applicable", n=rows.size)
    groups = grouped(rows, column, spec, usable)
    if isinstance(groups, Undefined):
        return groups
    found = regressed(rows, groups, controls, y, level, binary=binary)
    if isinstance(found, Undefined):
        return found
    told, method, warnings = found
    return worst(rows, groups, told, level, method, lowest=binary, controls=list(controls), warnings=warnings)


def regressed(
    rows: Sample, groups: Groups, controls: tuple[str, ...], y: Floats, level: float, *, binary: bool
) -> tuple[list[Found], str, list[str]] | Undefined:
    """Return each group's effect on *y* at equal controls, the method and what to warn of."""
    keep = np.logical_or.reduce(list(groups.masks.values()))
    made = design(rows, controls, list(groups.others), keep)
    if made.determined:
        because = f"the controls determine who is in {', '.join(map(repr, made.determined))}"
        return Undefined(because=because, n=groups.size, needed="controls that do not name the group")
    x, w, target = made.matrix, rows.weight[keep], y[keep]
    if len(x) <= 2 * x.shape[1]:
        return Undefined(because="there are hardly more rows than coefficients", n=groups.size, needed="more rows")
    warnings = [f"dropped {name!r}: other controls determine it" for name in made.dropped]
    fit: Fitted | None = None
    if binary and 0 < target.mean() < 1:
        fit = logistic(x, target, w)
        if fit is None:
            warnings.append("no logistic fit exists (separation); the linear probability model took its place")
    elif binary:
        said = "everyone" if target.mean() else "nobody"
        return Undefined(because=f"{said} was approved, so there is nothing to explain", n=groups.size)
    used = fit or linear(x, target, w)
    method = "average marginal effect, HC1" if used.logistic else "linear, HC1"
    places = {name: made.column(name) for name in made.groups}
    told = [_effect(used, x, w, places, name, groups, y, rows, level) for name, _ in groups.others]
    return told, method, warnings


def _effect(
    fit: Fitted, x: Floats, w: Floats, places: dict[str, int], name: str, groups: Groups, y: Floats, rows: Sample,
    level: float,
) -> Found:  # fmt: skip
    others = [place for other, place in places.items() if other != name]
    value, se = marginal_effect(fit, x, w, places[name], others)
    span = intervals.normal(value, se, groups.each(level))
    every = rows.weight
    raw = [float(np.average(y[m], weights=every[m])) for m in (groups.masks[name], groups.masks[groups.control])]
    told: dict[str, Any] = {"group": name, "rows": int(groups.masks[name].sum()), "value": value, "low": span.low,
                            "high": span.high, "se": se, "raw": raw[0] - raw[1]}  # fmt: skip
    return told
