"""Score: every row of a population through the artefact, in memory that does not grow with the rows."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from secondline.core.errors import SpecError, near
from secondline.core.spec import Artefact, ModelSpec, Population
from secondline.frames.collect import Progress, quiet
from secondline.frames.stream import Stream, columns_of, open_stream, written
from secondline.models.model import BATCH, Model
from secondline.models.opening import open_artefact
from secondline.models.pool import pool, scored
from secondline.policy.documents import read_spec

MOST_WORKERS = 8
ALONE = 2 * BATCH
"""Rows below which one process is enough: opening another takes longer than it saves."""


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What to score, by what, and where the scores go.

    ``workers`` is the number of processes that hold the model (None: one a processor, at most eight); ``keep`` are
    columns written beside the score, which is called ``column``.
    """

    artefact: Artefact
    base: Path
    population: Population
    to: Path
    name: str = "data"
    keep: tuple[str, ...] = ()
    column: str = "score"
    workers: int | None = None
    progress: Progress = quiet


@dataclass(frozen=True, slots=True)
class Scored:
    """What was done: rows, those without a score, seconds, and the seal of the model that scored them."""

    path: Path
    rows: int
    missing: int
    seconds: float
    workers: int
    model: Model


def from_study(
    path: Path, population: str | None, data: str | None, to: Path, *, keep: Iterable[str] = (), column: str = "score",
    workers: int | None = None, progress: Progress = quiet,
) -> ScoreRequest:  # fmt: skip
    """Return the request for a population of a model.yaml, or for another file of *data*, with its artefact.

    Raises:
        SpecError: model.yaml names no artefact to open, or no such population.
    """
    spec = read_spec(path)
    base = path.resolve().parent
    if spec.artefact is None or not spec.artefact.open:
        raise SpecError(f"{path.name} names no artefact to open, so there is nothing to score with. Add `artefact:`.")
    chosen, name = _population(spec, population, data, base)
    kept = tuple(keep) or tuple(spec.columns.entity)
    return ScoreRequest(spec.artefact, base, chosen, to, name, kept, column, workers, progress)


def _population(spec: ModelSpec, name: str | None, data: str | None, base: Path) -> tuple[Population, str]:
    if data is not None:
        # A path on the command line starts where the person stands, not where model.yaml lies.
        there = data if "://" in data else os.path.relpath(Path(data).absolute(), base)
        return Population(data=there), Path(data).name
    wanted = name or (*spec.current_names, spec.reference_name)[0]
    if wanted not in spec.populations:
        known = ", ".join(spec.populations)
        raise SpecError(f"There is no population {wanted!r}. {near(wanted, list(spec.populations))} Known: {known}.")
    return spec.populations[wanted], wanted


def score(request: ScoreRequest) -> Scored:
    """Score a population and write the scores, whole or not at all.

    Rows keep their order where the source has one. A row the model gives no score (NaN) is written as null and counted.

    Raises:
        SecondlineError: a column is missing, the model refuses, or the file cannot be written; nothing is left behind.
    """
    start = time.perf_counter()
    stream = open_stream(request.name, request.population, request.base)
    size = _workers(request, stream)
    threads = max((os.cpu_count() or 1) // size, 1)
    request.progress("opening the model", 0, stream.rows)
    with pool(partial(open_artefact, request.artefact, request.base, threads=threads), size) as models:
        done, missing = _streamed(request, stream, models)
        return Scored(request.to, done, missing, time.perf_counter() - start, size, models[0])


def _streamed(request: ScoreRequest, stream: Stream, models: list[Model]) -> tuple[int, int]:
    features = models[0].features
    batches = stream.batches(features, request.keep, BATCH)
    given = chain([next(batches)], batches)  # a column that is missing is named before a file is begun
    done = missing = 0
    with written(request.to, request.keep, request.column) as append:
        for batch, scores in scored(models, given, lambda b: columns_of(b, features), lambda b: b.num_rows):
            append(batch, scores)
            done += len(scores)
            missing += int((scores != scores).sum())  # noqa: PLR0124 - NaN is not itself
            request.progress(f"scoring {request.name}", done, stream.rows)
    return done, missing


def _workers(request: ScoreRequest, stream: Stream) -> int:
    if request.artefact.path.startswith(("http://", "https://")) or stream.rows <= ALONE:
        return request.workers or 1
    return request.workers or min(os.cpu_count() or 1, MOST_WORKERS)


def calibration(path: str | None) -> str | None:
    """Return the absolute path of a calibration file named on the command line.

    Raises:
        SpecError: it is not JSON.
    """
    if path is None:
        return None
    try:
        json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SpecError(f"--calibration: {path!r} cannot be read as JSON: {error}") from error
    return str(Path(path).absolute())
