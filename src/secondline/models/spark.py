"""Spark: rows are scored where they are. Executors get the artefact's bytes, and open them in a jail of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.errors import MissingExtra, ModelError, near
from secondline.core.spec import Artefact
from secondline.models.model import BATCH, Floats
from secondline.models.opening import Sealed, seal, unseal

if TYPE_CHECKING:
    import pyarrow as pa


def score_spark(
    frame: Any, artefact: Artefact | str | Path, *, base: str | Path = ".", keep: Sequence[str] = (),
    column: str = "score",
) -> Any:  # fmt: skip
    """Return a lazy DataFrame of the columns to keep and the score of each row; nothing runs until it is used.

    The driver opens the artefact once, to learn its features, and ships its bytes with the function. Each task opens
    them in a sandbox of its own, once for all its batches, and ends it with the last. secondline and the model's
    library must be installed on the executors. A score that is missing is null.

    Raises:
        ModelError: the artefact is refused, is an endpoint, or reads a column that *frame* lacks.
        MissingExtra: pyspark is not installed.
    """
    types = _types()
    named = artefact if isinstance(artefact, Artefact) else Artefact(path=str(artefact))
    sealed = seal(named, Path(base))
    model = unseal(sealed)
    model.close()
    kinds = dict(frame.dtypes)
    for name in (*model.features, *keep):
        if name not in kinds:
            hint = near(name, list(kinds), "It has: " + ", ".join(list(kinds)[:12]) + ".")
            raise ModelError(f"The DataFrame has no column {name!r}. {hint}")
    if column in keep:
        raise ModelError(f"The score and a kept column would both be called {column!r}. Give the score another name.")
    fields = [frame.schema[name] for name in keep] + [types.StructField(column, types.DoubleType())]
    chosen = frame.select(*dict.fromkeys([*keep, *model.features]))
    partition = Partition(sealed, model.features, tuple(keep), column)
    return chosen.mapInArrow(partition, types.StructType(fields))


def _types() -> Any:
    try:
        return import_module("pyspark.sql.types")
    except ImportError as missing:
        raise MissingExtra.needs("Scoring in Spark", "spark") from missing


@dataclass(frozen=True)
class Partition:
    """The function that each task runs over its batches. It holds bytes and names, never a model."""

    sealed: Sealed
    features: tuple[str, ...]
    keep: tuple[str, ...]
    column: str
    rows: int = field(default=BATCH)

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Score the batches of one task."""
        import pyarrow as pa

        model = None
        try:
            for batch in batches:
                model = model or unseal(self.sealed)
                scores = model.score({name: _values(batch.column(name)) for name in self.features}, batch.num_rows)
                kept = [batch.column(name) for name in self.keep]
                yield pa.record_batch([*kept, pa.array(scores, mask=np.isnan(scores))], [*self.keep, self.column])
        finally:
            if model is not None:
                model.close()


def _values(array: Any) -> Floats | np.ndarray[Any, Any]:
    """Return a column as every model takes it: float64 with NaN for null, or objects that are str or None."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(array.type):
        array = pc.cast(array, pa.string())
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return np.array(array.to_pylist(), dtype=object)
    return np.asarray(pc.cast(array, pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
