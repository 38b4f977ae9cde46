"""A bill of materials of a model: the artefact, what it says of itself, and what it runs on, as CycloneDX 1.6 JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from secondline import __version__
from secondline.core.canonical import digest
from secondline.core.errors import SpecError
from secondline.core.spec import ModelSpec
from secondline.models.model import Model
from secondline.models.opening import open_artefact
from secondline.policy.documents import read_spec
from secondline.workflow.environment import now

FAMILIES = {
    "catboost": "gradient-boosted trees",
    "lightgbm": "gradient-boosted trees",
    "xgboost": "gradient-boosted trees",
    "linear": "generalised linear model",
    "scorecard": "scorecard",
    "network": "feed-forward neural network",
}
PACKAGES = {"sklearn": "scikit-learn"}
"""Where a package is not named as it is imported."""
NAMESPACE = uuid.UUID("6f2b1b1e-5d4e-4b53-9d43-2f2a6a1d7c10")


def bill_of(path: Path) -> dict[str, Any]:
    """Open the artefact of a model.yaml and return its bill of materials.

    Raises:
        SpecError: model.yaml names no artefact to open.
    """
    spec = read_spec(path)
    if spec.artefact is None or not spec.artefact.open:
        raise SpecError(f"{path.name} names no artefact to open, so there is nothing to list. Add `artefact:`.")
    model = open_artefact(spec.artefact, path.resolve().parent)
    model.close()
    return bill(spec, model, now())


def bill(spec: ModelSpec, model: Model, timestamp: str) -> dict[str, Any]:
    """Return a CycloneDX 1.6 document: one machine-learning-model with its model card, and the libraries it ran on.

    The serial number depends on the content alone, so that the same artefact on the same libraries has the same.
    """
    libraries = [_library(name, version) for name, version in sorted(_versions(model).items())]
    subject = _subject(spec, model)
    parts = {
        "metadata": {
            "timestamp": timestamp,
            "tools": {"components": [{"type": "application", "name": "secondline", "version": __version__}]},
            "component": subject,
        },
        "components": libraries,
        "dependencies": [{"ref": subject["bom-ref"], "dependsOn": [part["bom-ref"] for part in libraries]}]
        + [{"ref": part["bom-ref"]} for part in libraries],
    }
    serial = uuid.uuid5(NAMESPACE, digest([subject, libraries]))
    head = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
    }
    return head | {"serialNumber": f"urn:uuid:{serial}", "version": 1} | parts


def _subject(spec: ModelSpec, model: Model) -> dict[str, Any]:
    card: dict[str, Any] = {"modelParameters": _parameters(spec, model)}
    if considerations := _considerations(spec):
        card["considerations"] = considerations
    subject: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"model:{spec.model}@{spec.version}",
        "name": spec.model,
        "version": spec.version,
        "modelCard": card,
        "properties": _properties({"format": model.format, "artefact": model.name} | _facts(model)),
    }
    if spec.title:
        subject["description"] = spec.title
    if model.digest:
        subject["hashes"] = [{"alg": "SHA-256", "content": model.digest}]
    return subject


def _parameters(spec: ModelSpec, model: Model) -> dict[str, Any]:
    task = "classification" if spec.score.kind == "probability" else "scoring"
    found: dict[str, Any] = {"task": task, "inputs": [{"format": name} for name in model.features]}
    found["outputs"] = [{"format": f"{spec.score.column} ({spec.score.kind}, {spec.score.direction})"}]
    if family := FAMILIES.get(model.format):
        found["architectureFamily"] = family
    if estimator := model.facts.get("estimator"):
        found["modelArchitecture"] = str(estimator)
    found["datasets"] = [{"type": "dataset", "name": name} for name in spec.populations]
    return found


def _considerations(spec: ModelSpec) -> dict[str, Any]:
    uses = [" ".join(part for part in (use.id, use.decision) if part) for use in spec.uses]
    users = [name for name in (spec.owner,) if name]
    return {key: value for key, value in (("useCases", uses), ("users", users)) if value}


def _versions(model: Model) -> dict[str, str]:
    versions = model.facts.get("versions", {})
    return {str(name): str(version) for name, version in versions.items()} if isinstance(versions, Mapping) else {}


def _library(name: str, version: str) -> dict[str, Any]:
    package = PACKAGES.get(name, name)
    if name == "python":
        return {"type": "platform", "bom-ref": f"python@{version}", "name": "python", "version": version}
    purl = f"pkg:pypi/{package}@{version}"
    return {"type": "library", "bom-ref": purl, "name": package, "version": version, "purl": purl}


def _facts(model: Model) -> dict[str, Any]:
    """What the artefact says of itself, one line a fact; the walls its process stood behind as well."""
    return {name: fact for name, fact in model.facts.items() if name != "versions"}


def _properties(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"name": f"secondline:{name}", "value": fact if isinstance(fact, str) else json.dumps(fact, sort_keys=True)}
        for name, fact in facts.items()
        if fact not in ("", None)
    ]
