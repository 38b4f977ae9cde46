"""The measure of the search for less discriminatory alternatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.declared.alternatives import Alternatives
from secondline.core.derive import derive
from secondline.core.errors import MissingColumn
from secondline.core.estimate import Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models.alternatives import Material, Tried, search
from secondline.stats.alternatives import Candidate, Scored, less_discriminatory
from secondline.stats.fairness.groups import decisions, grouped, levels

ENOUGH = 100
NONE_ASKED = Undefined(because="model.yaml asks for no search under `alternatives`", kind="not-applicable")


def tried(reference: Sample, spec: ModelSpec, facts: PopulationFacts) -> Tried | Undefined:
    """Fit the variations of the declared search on the reference, for the group that the champion approves least."""
    declared = spec.alternatives
    if declared is None:
        return NONE_ASKED
    if declared.column not in reference.columns:
        raise MissingColumn.among(declared.column, facts.name, list(facts.columns), "`alternatives: column:`")
    approved, decided = decisions(reference, spec)
    groups = grouped(reference, declared.column, spec, decided)
    if isinstance(groups, Undefined):
        return groups
    rates = {name: float(approved[mask].mean()) for name, mask in groups.others if _enough(approved[mask])}
    if declared.group is not None and declared.group not in rates:
        return _no_group(f"group {declared.group!r}", declared.column)
    if not rates:
        return _no_group("group beside the control", declared.column)
    group = declared.group or min(rates, key=lambda name: (rates[name], name))
    label = np.asarray(reference.columns["@label"], dtype=np.float64)
    columns = {name: reference.columns[name] for name in _features(declared, spec, facts)}
    material = Material(columns, label, reference.weight, groups.masks[group], groups.masks[groups.control])
    return search(declared, material, tuple(columns), (group, groups.control))


def _enough(approved: np.ndarray[Any, Any]) -> bool:
    return min(int(approved.sum()), int((~approved).sum())) >= ENOUGH


def _no_group(what: str, column: str) -> Undefined:
    because = f"{column!r} has no {what} with {ENOUGH} approved and {ENOUGH} declined rows in the reference"
    return Undefined(because=because, needed="rows of the group on both sides of the decision")


def _features(declared: Alternatives, spec: ModelSpec, facts: PopulationFacts) -> tuple[str, ...]:
    """Return what alternatives may read: the features declared, less what is excluded or protected."""
    kept = {*spec.claims.excluded, *spec.columns.protected}
    return tuple(name for name in declared.features or facts.features if name not in kept)


def alternatives(made: Tried, rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Score rows that no alternative was fitted on, and hold each against the champion.

    See ``stats.alternatives.less_discriminatory``: candidates are chosen on the half of the rows whose hash is even
    and confirmed on the other.
    """
    declared = spec.alternatives
    if declared is None:
        return NONE_ASKED
    approved, decided = decisions(rows, spec)
    texts, known = levels(rows.columns[declared.column])
    score = np.where(decided, np.asarray(rows.columns["@score"], dtype=np.float64), np.nan)
    table = Scored(
        score, approved, np.asarray(rows.columns["@label"], dtype=np.float64), rows.weight,
        known & (texts == made.group), known & (texts == made.control), rows.hashes % 2 == 0,
    )  # fmt: skip
    pairs = zip(made.variations, made.models, strict=True)
    candidates = [Candidate(v.name, v.move, model.score(rows.columns, rows.size)) for v, model in pairs]
    found = less_discriminatory(table, candidates, declared.comparable, level=level)
    if isinstance(found, Undefined):
        return found
    about = {"column": made.column, "group": made.group, "control": made.control, "rows fitted": made.rows,
             "because": declared.because}  # fmt: skip
    return found.model_copy(update={"detail": found.detail | about})


_TRIED = derive(
    "alternatives", tried, doing="searching for less discriminatory alternatives",
    reference=needs.Rows(of="reference"), spec=needs.Spec(), facts=needs.Facts(of="reference"),
)  # fmt: skip
ALTERNATIVES = Measure(
    alternatives, unit="ratio", made=needs.Made(name=_TRIED.name, of="reference"), rows=needs.Rows(), spec=needs.Spec()
)
