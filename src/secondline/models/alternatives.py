"""The search for less discriminatory alternatives: each variation fitted on the reference population."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.canonical import digest, digest_bytes
from secondline.core.declared.alternatives import Alternatives
from secondline.core.declared.challengers import Boosting
from secondline.models.challengers import fit
from secondline.models.challengers.fitting import given_rows
from secondline.models.challengers.given import cleaned
from secondline.models.challengers.penalised import Penalty
from secondline.models.challengers.penalised import fit as fit_penalised
from secondline.models.model import Floats, Model
from secondline.models.variations import Variation, by_proxy, reweighed, variations

ROWS = 20_000
"""Rows of the reference a variation is fitted on: those of smallest hash that have an outcome."""
ROUNDS = 400
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """The models of a search, and whose approvals it is about."""

    column: str
    group: str
    control: str
    variations: tuple[Variation, ...]
    models: tuple[Model, ...]
    rows: int

    def digest(self) -> str:
        """Return the SHA-256 of what was tried and of every model fitted."""
        said = [
            [v.name, v.move, list(v.dropped), v.reweigh, v.penalty, v.seed, dict(v.settings)] for v in self.variations
        ]
        return digest([self.column, self.group, self.control, self.rows, said, [m.digest for m in self.models]])


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What every variation is fitted on: rows with an outcome, and who is in the group and who in its control."""

    columns: Mapping[str, npt.NDArray[Any]]
    label: Floats
    weight: Floats
    group: Mask
    control: Mask

    def first(self, rows: int) -> Material:
        """Return the first rows that can be fitted on."""
        kept = np.flatnonzero(np.isfinite(self.label) & (self.weight > 0))[:rows]
        columns = {name: values[kept] for name, values in self.columns.items()}
        return Material(columns, self.label[kept], self.weight[kept], self.group[kept], self.control[kept])


def search(declared: Alternatives, material: Material, features: Sequence[str], names: tuple[str, str]) -> Tried:
    """Fit every variation of the declared search; *names* are the group and its control.

    Fits run side by side, each on one thread, so that a repetition gives the same models.
    """
    few = material.first(ROWS)
    listed = variations(declared, by_proxy(few.columns, features, few.group, few.control))
    first = _fitted(declared, few, features, listed[0], ROUNDS)
    rounds = int(first.facts.get("trees") or ROUNDS)
    with ThreadPoolExecutor(os.cpu_count() or 1) as side:
        rest = side.map(lambda v: _fitted(declared, few, features, v, rounds), listed[1:])
        models = (first, *rest)
    return Tried(declared.column, *names, tuple(listed), models, len(few.label))


def _fitted(
    declared: Alternatives, material: Material, features: Sequence[str], change: Variation, rounds: int
) -> Model:
    kept = tuple(name for name in features if name not in change.dropped)
    settings = dict(change.settings)
    if declared.kind == "boosting":
        settings = {"rounds": ROUNDS} | settings
    if change.penalty:
        return _penalised(material, kept, change, Boosting.model_validate(settings), rounds)
    weight = material.weight
    if change.reweigh:
        weight = reweighed(weight, material.label, material.group, material.control, change.reweigh)
    return fit(
        declared.kind, material.columns, material.label, weight, features=kept, seed=change.seed, settings=settings
    )


def _penalised(
    material: Material, features: Sequence[str], change: Variation, settings: Boosting, rounds: int
) -> Model:
    given, facts = given_rows("boosting", material.columns, material.label, material.weight, features, change.seed, {})
    penalty = Penalty(material.group, material.control, change.penalty)
    made = fit_penalised(given, settings, penalty, rounds)

    def run(some: dict[str, npt.NDArray[Any]]) -> Floats:
        return made.predict({name: cleaned(values) for name, values in some.items()})

    return Model("penalised", "boosting", given.features, run, digest_bytes(made.content), facts | made.facts)
