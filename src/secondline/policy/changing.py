"""Changing: the criteria of change as they are shipped, and which parts differ between two states of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.govern.classes import CLASSES, Classified, Criteria, Measure, classify
from secondline.policy.methods import read_method

__all__ = ["CLASSES", "Classified", "Criteria", "Measure", "classify", "criteria", "parts_of_components"]


def criteria(which: str = "") -> Criteria:
    """Return criteria of change: the newest, a version of those shipped, or a YAML file of your own."""
    return read_method("change", Criteria, which)


def parts_of_components(rules: Criteria, model: Mapping[str, Any], observed: Mapping[str, str]) -> dict[str, str]:
    """Return for each component that is not the version on record the part of the criteria that it is.

    ``vendor_version`` names the vendor's own version. A component the criteria do not know is a vendor's version.
    """
    recorded = {**model.get("components", {}), "vendor_version": model.get("vendor_version", "")}
    moved = [name for name, version in observed.items() if recorded.get(name, "") != version]
    return {name: rules.part_of(name) for name in moved}
