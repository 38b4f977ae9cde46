"""Convert: a study's artefact written as ONNX, with the report that proves it is the same model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from secondline.core.errors import ModelError, SpecError
from secondline.core.spec import ModelSpec
from secondline.frames.stream import columns_of, open_stream
from secondline.models.conversion.equivalence import Report
from secondline.models.conversion.intake import converted
from secondline.models.opening import seal
from secondline.policy.documents import read_spec
from secondline.workflow.write import write_whole

ROWS = 5_000
"""Rows of the reference population that are tried, and kept for explanations."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was written: the graph, its report, and reference rows; a conversion that fails writes the report alone."""

    report: Report
    graph: Path
    report_file: Path
    reference: Path | None


def convert(path: Path, to: Path, *, population: str = "", synthetic: bool = False) -> Conversion:
    """Convert the artefact of a model.yaml, in a process of its own, and write ``TO``, ``TO.report.json`` and more.

    Rows of *population* (left out, the reference) are tried and written to ``TO.reference.json``; with *synthetic*
    only rows made near the thresholds are tried, and no population is read.

    Raises:
        SpecError: the study names no artefact or no such population, or a file cannot be written.
        ModelError: the artefact cannot be opened or expressed as a graph.
    """
    spec = read_spec(path)
    base = path.resolve().parent
    if to.suffix != ".onnx":
        raise SpecError(f"The graph is written as ONNX; {to.name!r} does not end in .onnx.")
    if spec.artefact is None or not spec.artefact.open:
        raise SpecError(f"{path.name} names no artefact to open, so there is nothing to convert. Add `artefact:`.")
    rows: dict[str, Any] = {}
    reader = None if synthetic else partial(_read, spec, base, population or spec.reference_name, rows)
    found = converted(seal(spec.artefact, base), spec, reader)
    found.native.close()
    report = found.report
    if report is None:
        raise ModelError("The conversion gave no report.")
    report_file, reference = to.with_name(f"{to.name}.report.json"), to.with_name(f"{to.name}.reference.json")
    write_whole(report_file, report.file())
    if report.passed:
        write_whole(to, found.content)
        if rows:
            write_whole(reference, json.dumps({"columns": rows}, allow_nan=False).encode())
    return Conversion(report, to, report_file, reference if rows and report.passed else None)


def _read(spec: ModelSpec, base: Path, name: str, rows: dict[str, Any], features: tuple[str, ...]) -> Mapping[str, Any]:
    if name not in spec.populations:
        raise SpecError(f"There is no population {name!r}; there are {', '.join(spec.populations)}.")
    stream = open_stream(name, spec.populations[name], base)
    columns = columns_of(next(stream.batches(features, (), ROWS)), features)
    rows |= {name: [_plain(value) for value in values.tolist()] for name, values in columns.items()}
    return columns


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and value - value != 0.0 else value
