"""Rebuild: hand out the recipe of the model where the person allows it to run, else the reason it did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from secondline.core import needs
from secondline.core.errors import ModelError
from secondline.core.estimate import Undefined
from secondline.core.spec import ModelSpec
from secondline.frames.wants import Want
from secondline.models.inprocess import wrapped
from secondline.models.recipe import Recipe, by_command, by_function

NOT_RUN = "not run: "
"""How the reason begins where nothing but permission is missing."""


@contextmanager
def recipes(
    spec: ModelSpec, base: Path, wanted: set[Want], *, allowed: bool, scorer: Any = None,
    function: Callable[[Any, int], Any] | None = None, given: Mapping[str, Any] | None = None,
) -> Iterator[dict[Want, Recipe | Undefined]]:  # fmt: skip
    """Yield the recipe for each want of one.

    Building a model runs the developer's code, so that it happens only where it is *allowed*; the plan is the same
    either way, and without permission the question is answered as not run.
    """
    asking = [want for want in wanted if isinstance(want[1], needs.Recipe)]
    plan, artefact = spec.reproduce, spec.artefact
    if not asking or plan is None:
        yield {}
    elif not allowed:
        because = f"{NOT_RUN}building the model again runs the developer's code, and nobody asked for that"
        needed = "`secondline validate --refit`, or `Study.validate(refit=True)` in a notebook"
        yield dict.fromkeys(asking, Undefined(because=because, needed=needed))
    elif function is not None:
        table = (given or {}).get(spec.reference_name)
        yield dict.fromkeys(asking, by_function(function, table, wrapped(scorer).features, plan))
    elif artefact is None or scorer is not None:
        raise ModelError("A model that is an object is built again by a function: Study.of(..., refit=function).")
    else:
        with by_command(plan, artefact, base) as recipe:
            yield dict.fromkeys(asking, recipe)
