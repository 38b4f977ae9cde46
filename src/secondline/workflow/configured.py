"""Configured: hold what a generative system is now against what is approved, and raise the change that it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from secondline.core.declared.configuration import NONE, changed, configuration, told
from secondline.core.errors import SecondlineError, SpecError
from secondline.govern.act import ACTS
from secondline.govern.configured import in_force
from secondline.govern.records.change import baseline_of
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Receipt
from secondline.workflow.changing import rules_in_force

OPEN = ("raised", "classified", "approved", "implemented")


@dataclass(frozen=True, slots=True)
class Moved:
    """A configuration beside the approved one: which version that is, what differs, and the change it has, if any."""

    model: str
    approved: str
    parts: Mapping[str, str]
    differences: Mapping[str, str]
    change: str = ""
    why_not: str = ""
    """Why no change was raised, where one should have been."""

    @property
    def configuration(self) -> str:
        """The hash of the configuration as it is now."""
        return configuration(self.parts)

    @property
    def text(self) -> str:
        """What differs, and under which change, in a sentence."""
        if not self.differences:
            return f"The configuration is that of {self.approved}"
        raised = f"; {self.change} is raised" if self.change else f"; no change is raised: {self.why_not}"
        return f"Not the configuration of {self.approved}: {told(self.differences)}{raised}"


def parts_of(path: Path) -> dict[str, str]:
    """Return the parts of a system by digest: of an assistant.yaml, or as `evals components --json` wrote them.

    Raises:
        SpecError: the file cannot be read, is no study of a generative system, or holds no configuration.
    """
    import json

    from secondline.evals.components import fingerprint
    from secondline.policy.documents import read_spec

    if path.suffix in {".yaml", ".yml"}:
        spec = read_spec(path)
        if spec.genai is None:
            raise SpecError(f"{path.name!r} has no `genai` part, so it has no configuration.")
        return fingerprint(spec.genai, path.resolve().parent)
    try:
        said: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SpecError(f"Cannot read the configuration {path.name!r}: {error}.") from error
    parts = said.get("parts", said) if isinstance(said, dict) else None
    if not isinstance(parts, dict) or not all(isinstance(one, str) for one in parts.values()) or "target" not in parts:
        raise SpecError(f"{path.name!r} holds no configuration. Give what `secondline evals components --json` wrote.")
    return dict(parts)


def held_against(records: Records, model: str, parts: Mapping[str, str]) -> Moved | None:
    """Return a configuration beside the approved one; None where no version of the model holds its components."""
    approved = in_force(records, model)
    if not approved:
        return None
    found = Moved(model, str(approved["id"]), parts, changed(approved["components"], parts))
    known = [c for c in records.find("change", model=model)
             if c.get("configuration") == found.configuration and c["state"] in OPEN]  # fmt: skip
    return replace(found, change=known[-1]["id"]) if known else found


def note(
    ledger: Ledger, model: str, parts: Mapping[str, str], actor: str, *, version: str = "", via: str = ""
) -> Moved:  # fmt: skip
    """Hold a configuration against the approved one, and raise the change where it is another and has none yet.

    Nothing stops for want of a right to raise: the answer then says why there is no change.

    Raises:
        SpecError: no version of the model is approved with its components.
    """
    found = held_against(ledger.records, model, parts)
    if found is None:
        raise SpecError(f"No approved version of {model} holds its components, so nothing can be held against it.")
    return raised(ledger, found, actor, version=version, via=via)


def raised(ledger: Ledger, found: Moved, actor: str, *, version: str = "", via: str = "") -> Moved:
    """Raise the change that a configuration is, where it is another and has none yet; say why where that fails."""
    if not found.differences or found.change:
        return found
    person = ledger.records.get("person", actor) or {}
    if not set(person.get("roles", ())) & ACTS["change.raised"].roles or person.get("state") != "active":
        return replace(found, why_not=f"{actor!r} may not raise one")
    try:
        made = raise_configuration(ledger, found, actor, version=version, via=via)
    except SecondlineError as error:
        return replace(found, why_not=str(error))
    return replace(found, change=made.id)


def raise_configuration(ledger: Ledger, moved: Moved, actor: str, *, version: str = "", via: str = "") -> Receipt:
    """Raise the change that a configuration is: the parts that moved with their digests, and where it leads."""
    records = ledger.records
    rules = rules_in_force(records)
    approved = moved.approved.rpartition("@")[2]
    facts = {
        "model": moved.model, "version": "" if version == approved else version,
        "baseline": baseline_of(records, moved.model), "description": f"{told(moved.differences)}, since {approved}.",
        "parts": list(dict.fromkeys(rules.part_of(name) for name in moved.differences)),
        "components": {name: moved.parts.get(name, NONE) for name in moved.differences},
        "configuration": moved.configuration,
    }  # fmt: skip
    return ledger.act("change.raised", actor, "", facts, via=via)
