"""Recipe: how the model was built, so that it can be built again with another seed or from other rows."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from secondline.core.canonical import digest, digest_bytes
from secondline.core.declared.reproduce import Reproduce
from secondline.core.errors import SpecError
from secondline.core.spec import Artefact
from secondline.models import training
from secondline.models.inprocess import wrapped
from secondline.models.locked import compared
from secondline.models.model import Model
from secondline.models.opening import open_artefact
from secondline.models.resampling import resample_table


@dataclass(frozen=True, slots=True)
class Built:
    """One refit: how to open what it made, the SHA-256 of those bytes (empty for an object) and of what it printed."""

    open: Callable[[], Model]
    digest: str = ""
    printed: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """How to build the model again.

    ``build`` takes a seed and the number of a draw (None: the snapshot as it is) and builds each pair once. ``seed``
    is the one the champion was built with, if the recipe has any; ``refits`` is how often to repeat. ``environment``
    compares what is installed with the lock.
    """

    build: Callable[[int | None, int | None], Built]
    seed: int | None
    refits: int
    environment: Callable[[], dict[str, Any]] = dict
    identity: Mapping[str, Any] = field(default_factory=dict)

    def digest(self) -> str:
        """Return the digest of what the recipe is: the command and its pinned inputs."""
        return digest(dict(self.identity) | {"seed": self.seed, "refits": self.refits})


@contextmanager
def by_command(plan: Reproduce, artefact: Artefact, base: Path) -> Iterator[Recipe]:
    """Yield the recipe that runs the command of model.yaml; what it made is forgotten afterwards.

    Raises:
        SpecError: the artefact is a served model, and model.yaml does not say which file the command writes.
    """
    path = plan.produces or artefact.path
    if path.startswith(("http://", "https://")):
        raise SpecError(
            "The artefact is a served model: say under `reproduce: produces` which file the command writes."
        )
    again = artefact.model_copy(update={"path": path, "digest": None})
    with tempfile.TemporaryDirectory(prefix="secondline-refit-") as kept:

        @cache
        def build(seed: int | None, draw: int | None) -> Built:
            return _built(plan, again, base, Path(kept) / f"{seed}-{draw}", (seed, draw))

        identity = plan.model_dump(mode="json", by_alias=True)
        yield Recipe(build, plan.seed, plan.refits, lambda: compared(plan, base), identity)


def _built(plan: Reproduce, again: Artefact, base: Path, kept: Path, how: tuple[int | None, int | None]) -> Built:
    """Run the command and keep, of all that it left, what a model needs to be opened."""
    with tempfile.TemporaryDirectory(prefix="secondline-training-") as work:
        printed = training.train(plan, base, Path(work), seed=how[0], draw=how[1])
        content = training.produced(Path(work), again.path).read_bytes()
        for path in (again.path, *([again.calibration] if isinstance(again.calibration, str) else ())):
            target = kept / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(training.produced(Path(work), path), target)
    return Built(lambda: open_artefact(again, kept), digest_bytes(content), printed)


def by_function(function: Callable[[Any, int], Any], table: Any, features: tuple[str, ...], plan: Reproduce) -> Recipe:
    """Return the recipe that calls *function* with the table and a seed; it returns what a scorer may be."""

    @cache
    def build(seed: int | None, draw: int | None) -> Built:
        rows = table if draw is None else resample_table(table, draw)
        model = wrapped(function(rows, seed or 0), features)
        return Built(lambda: model)

    name = getattr(function, "__qualname__", type(function).__name__)
    return Recipe(build, plan.seed or 0, plan.refits, identity={"function": name})
