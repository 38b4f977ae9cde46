"""How large a model is, in numbers that can be compared: inputs, and numbers that were learnt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from secondline.models.model import Model


def leaves(text: str) -> int:
    """Return the leaves of all trees in LightGBM's text."""
    return sum(int(n) for n in re.findall(r"^num_leaves=(\d+)$", text, re.MULTILINE))


def size_of(model: Model) -> dict[str, Any]:
    """Return ``inputs``, ``parameters`` (numbers learnt; None where the artefact does not tell) and ``size`` in words.

    Numbers learnt are coefficients, attributes of a scorecard, leaves of trees: what a reader would have to check.
    """
    facts = model.facts
    known = facts.get("parameters") or facts.get("leaves") or facts.get("attributes") or _linear(facts)
    return {"inputs": len(model.features), "parameters": known or None, "size": facts.get("size") or _said(facts)}


def _linear(facts: Mapping[str, Any]) -> int:
    return int(facts["terms"]) + 1 if "terms" in facts else 0


def _said(facts: Mapping[str, Any]) -> str:
    words = [f"{facts[name]:,} {name}" for name in ("trees", "leaves", "terms", "attributes") if facts.get(name)]
    return ", ".join(words) or str(facts.get("estimator") or facts.get("producer") or "size not told")
