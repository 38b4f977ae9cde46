"""Intake: from an artefact's bytes to a graph that may be served; every doubtful step in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from secondline.core.canonical import digest_bytes
from secondline.core.errors import ModelError
from secondline.core.spec import ModelSpec
from secondline.models.conversion.equivalence import Report, compared
from secondline.models.conversion.graph import examined
from secondline.models.conversion.rows import tried
from secondline.models.model import Floats, Model
from secondline.models.opening import Sealed
from secondline.models.sandbox import BY_PATH, CPU_SECONDS, MEMORY, Sandbox, opened

TRIAL_MEMORY, SECONDS = 4 << 30, 60.0
TRIAL_SECONDS = 10.0
TRIAL_ROWS = 256
EITHER = frozenset({"skops"})
"""Formats that are converted in double precision, or in single where that is what the estimator computes in."""


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A graph that may be served; ``native`` is the process that holds the artefact as it came."""

    content: bytes
    features: tuple[str, ...]
    native: Model
    facts: dict[str, Any]
    report: Report | None = None


def taken(sealed: Sealed, spec: ModelSpec) -> Taken:
    """Take an artefact in: an ONNX graph is examined and tried, anything else is converted and compared.

    Raises:
        ModelError: it is damaged, holds what is never served, or is not the same after conversion.
    """
    if sealed.format != "onnx":
        found = converted(sealed, spec)
        if found.report is not None and not found.report.passed:
            found.native.close()
            raise ModelError(f"The conversion of {sealed.name!r} does not hold: {'; '.join(found.report.problems)}.")
        return found
    graph = examined(sealed.content)
    native = _tried(sealed.name, sealed.content, sealed.options)
    return Taken(sealed.content, native.features, native, dict(native.facts) | {"graph": graph.to_json()})


def _tried(name: str, content: bytes, options: Mapping[str, Any]) -> Model:
    """Open a graph in a process with little memory and time, and score rows there."""
    model = opened(name, "onnx", content, options, memory=TRIAL_MEMORY, load_seconds=TRIAL_SECONDS,
                   seconds=TRIAL_SECONDS, threads=1)  # fmt: skip
    try:
        model.score(_trial(model))
    except ModelError:
        model.close()
        raise
    return model


def _trial(model: Model) -> dict[str, npt.NDArray[Any]]:
    import numpy as np

    # Whole numbers suit every kind of input: text reads them as categories it never saw.
    return {name: np.arange(TRIAL_ROWS, dtype=np.float64) % 7 for name in model.features}


def converted(
    sealed: Sealed, spec: ModelSpec, reader: Callable[[tuple[str, ...]], Mapping[str, npt.NDArray[Any]]] | None = None
) -> Taken:
    """Convert an artefact and compare both on at least 10,000 rows; the report says whether it holds.

    *reader* gives real rows of the model's features, which are tried besides those made near the thresholds.

    Raises:
        ModelError: it cannot be opened or expressed as a graph, or the graph is not served.
    """
    if sealed.format == "onnx":
        raise ModelError(f"{sealed.name!r} is an ONNX graph already; serve it as it is.")
    native = held(sealed)
    try:
        reference = reader(native.features) if reader else None
        return _best(sealed, spec, native, reference)
    except Exception:
        native.close()
        raise


def held(sealed: Sealed) -> Model:
    """Open an artefact as it came, in a process of its own with one thread.

    Raises:
        ModelError: it cannot be opened.
    """
    return opened(sealed.name, sealed.format, sealed.content, sealed.options, load_seconds=SECONDS,
                  seconds=SECONDS, threads=1)  # fmt: skip


def _best(sealed: Sealed, spec: ModelSpec, native: Model, reference: Mapping[str, npt.NDArray[Any]] | None) -> Taken:
    """Convert in double precision; where that cannot be done or does not hold, in single, if the format knows both."""
    if sealed.format not in EITHER:
        return _once(sealed, spec, native, reference, "")
    try:
        found: Taken | None = _once(sealed, spec, native, reference, "")
    except ModelError:
        found = None  # some operators exist in single precision only
    if found is not None and _holds(found):
        return found
    return _once(sealed, spec, native, reference, "single")


def _holds(one: Taken) -> bool:
    return one.report is not None and one.report.passed


def _once(
    sealed: Sealed, spec: ModelSpec, native: Model, reference: Mapping[str, npt.NDArray[Any]] | None, precision: str
) -> Taken:
    content, said = _asked(sealed, precision)
    graph = examined(content)
    made = _tried(f"{sealed.name} as ONNX", content, {"features": native.features})
    try:
        report = _compared(sealed, spec, native, made, said, reference, content, graph.to_json())
    finally:
        made.close()
    return Taken(content, native.features, native, dict(native.facts), report)


def _asked(sealed: Sealed, precision: str) -> tuple[bytes, dict[str, Any]]:
    box = Sandbox(sealed.name, SECONDS, 1)
    options: dict[str, Any] = {**sealed.options, "threads": 1, "precision": precision}
    if sealed.format in BY_PATH:
        options["path"] = box.place(sealed.content)
    head = {"op": "convert", "format": sealed.format, "options": options, "memory": MEMORY, "cpu": CPU_SECONDS}
    try:
        said, content = box.ask(head, sealed.content, f"could not be converted from {sealed.format}")
    finally:
        box.close()
    return content, said


def _compared(
    sealed: Sealed, spec: ModelSpec, native: Model, made: Model, said: Mapping[str, Any],
    reference: Mapping[str, npt.NDArray[Any]] | None, content: bytes, graph: dict[str, Any],
) -> Report:  # fmt: skip
    before, columns, missing = _before(native, said, spec, reference)
    rule = spec.decision
    cut = None if rule is None else rule.approve_below if rule.approve_below is not None else rule.approve_at_least
    count = len(next(iter(reference.values()))) if reference else 0
    same = compared(before, made.score(columns), rule.approves if rule else None, cut, columns,
                    reference_rows=count, missing=missing)  # fmt: skip
    return Report(
        model=spec.model, version=spec.version, source=digest_bytes(sealed.content), source_format=sealed.format,
        result=digest_bytes(content), how=str(said["how"]), features=native.features, graph=graph,
        versions=dict(said["versions"]), equivalence=same, passed=same.passed, problems=same.problems,
    )  # fmt: skip


def _before(
    native: Model, said: Mapping[str, Any], spec: ModelSpec, reference: Mapping[str, npt.NDArray[Any]] | None
) -> tuple[Floats, dict[str, Any], bool]:
    """Score the rows with the artefact as it came; without missing values where it refuses them."""
    columns = tried(native.features, said["cuts"], spec, reference)
    try:
        return native.score(columns), columns, True
    except ModelError:
        columns = tried(native.features, said["cuts"], spec, reference, missing=False)
        return native.score(columns), columns, False
