"""Section 8.2: what the artefact is made of, what ran it, and what its process was kept from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from secondline.reports import words
from secondline.reports.blocks import Block, Cell, Figure, Table
from secondline.reports.view import View, detail

CODE = "soundness.bill_of_materials"
SHOWN = 6
NAMES = {
    "format": "Format",
    "library": "Read by",
    "trees": "Trees",
    "leaves": "Leaves",
    "layers": "Layers",
    "parameters": "Parameters",
    "terms": "Terms",
    "attributes": "Attributes",
    "link": "Link",
    "objective": "Objective",
    "estimator": "Estimator",
    "categories": "Categorical inputs",
    "monotone": "Constrained directions",
    "calibration": "Recalibrated by",
    "architecture": "SHA-256 of its architecture",
    "producer": "Made by",
    "producer_version": "Version of its maker",
    "opsets": "Operator sets",
    "ir_version": "Version of the ONNX format",
    "metadata": "Notes in the file",
}
BOUNDS = {"memory": "memory", "cpu": "time"}
WALLS = {
    "network": "the network",
    "files": "all files but those of its libraries",
    "processes": "other programs",
    "namespace": "the users and devices of the system",
}


def materials(view: View) -> Iterator[Block]:
    """Yield the bill of materials, from the evidence that carries it."""
    evidence = view.first(CODE)
    known = detail(evidence)
    if evidence is None or not known:
        yield words.text("No file of the model was opened in this run, so nothing is known of what it is made of.")
        return
    sealed = evidence.outcome.estimate is not None and not evidence.outcome.estimate.value
    seal = "declared" if sealed else "as found; none is declared"
    rows: list[tuple[str, str]] = [("SHA-256 of the file", f"{known['digest']} ({seal})")]
    rows += [
        (NAMES.get(str(name), str(name)), _told(value))
        for name, value in known["says"].items()
        if value not in ("", {}, [])
    ]
    rows += [("Ran on", ", ".join(f"{name} {version}" for name, version in known["versions"].items()))]
    cells = tuple((Cell(str(name)), Cell(value)) for name, value in rows)
    yield Table(
        "t-materials", "What the artefact says of itself, and what ran it", ("What", "Value"), "ll", cells, (0.25, 0.75)
    )
    yield words.text(_walls(known["jail"]), " See ", Figure("the whole bill", evidence.id), ".")


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return _listed([f"{name} {_told(part)}" for name, part in value.items()])
    return _listed([str(part) for part in value]) if isinstance(value, (list, tuple)) else str(value)


def _listed(parts: list[str]) -> str:
    rest = len(parts) - SHOWN
    return ", ".join(parts[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _walls(jail: Mapping[str, bool]) -> str:
    """Say what the model's process was kept from, and from what it was not."""
    bounds = [text for name, text in BOUNDS.items() if jail.get(name)]
    kept = [text for name, text in WALLS.items() if jail.get(name)]
    free = [text for name, text in WALLS.items() if not jail.get(name)]
    said = f"The process that ran the model was {f'bounded in {_and(bounds)}' if bounds else 'not bounded'}"
    said += f", and kept from {_and(kept)}." if kept else "."
    return said + (f" This system could not keep it from {_and(free)}." if free else "")


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
