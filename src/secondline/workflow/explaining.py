"""Explain: the contributions behind single scores of a study, of its own rows or of rows at hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from secondline.core import needs
from secondline.core.errors import ModelError, SpecError, near
from secondline.core.spec import ModelSpec
from secondline.frames.collect import collect, open_populations
from secondline.models.attributions import Attributions, attribute, columns_of
from secondline.models.inprocess import wrapped
from secondline.models.opening import open_artefact
from secondline.models.probes import inputs

BACKGROUND = 1_000
"""Rows of the reference that stand for absent inputs, where the method can use as many."""


def explain(
    spec: ModelSpec, base: Path, rows: int | Any, *, population: str = "", given: Mapping[str, Any] | None = None,
    scorer: Any = None,
) -> Attributions:  # fmt: skip
    """Return the contributions of *rows*: so many of a population, or a table (anything with columns by name).

    Rows of a population are those of smallest hash, the same on every call; the first population that is not the
    reference is asked unless *population* names one. Absent inputs take values from the study's reference.

    Raises:
        ModelError: the study names no artefact to open, or the rows lack an input.
        SpecError: there is no such population.
    """
    name = population or (*spec.current_names, spec.reference_name)[0]
    if name not in spec.populations:
        raise SpecError(f"The study has no population {name!r}. {near(name, list(spec.populations))}")
    if scorer is None and not (spec.artefact and spec.artefact.open):
        raise ModelError("The study names no artefact to open. Give its path under `artefact:` in model.yaml.")
    relations = open_populations(spec, given or {}, base)
    wanted = {(side, needs.Rows()) for side in (name, spec.reference_name)}
    collected = collect(relations, spec, wanted)
    reference = collected.record((spec.reference_name, needs.Rows()), None).first(BACKGROUND)
    model = wrapped(scorer) if scorer is not None or spec.artefact is None else open_artefact(spec.artefact, base)
    try:
        if isinstance(rows, int):
            columns = inputs(model, collected.record((name, needs.Rows()), None).first(rows))
        else:
            columns = columns_of(rows, model)
        return attribute(model, columns, inputs(model, reference))
    finally:
        model.close()
