"""Changing: raise a change against the approved baseline, classify it, approve it on what it needs, put it live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from secondline.core.errors import SpecError
from secondline.govern.classes import Classified, Criteria, Measure, classify
from secondline.govern.records.change import baseline_of, since_baseline
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order, Receipt
from secondline.policy.changing import parts_of_components
from secondline.workflow.rating import in_force


def rules_in_force(records: Records) -> Criteria:
    """Return the criteria of change in force."""
    return Criteria.model_validate(records.need("method", in_force(records, "change"))["parameters"])


def measured(name: str, value: float, low: float | None = None, high: float | None = None, n: int | None = None,
             against: str = "previous") -> dict[str, Any]:  # fmt: skip
    """Return a measure as a form takes it; a share of decisions with a sample size but no interval gets one."""
    if name == "decision_flips" and n and low is None and high is None and 0 <= value <= 1:
        from secondline.stats.intervals import wilson

        found = wilson(round(value * n), n)
        low, high = min(found.low, value), max(found.high, value)
    stated = {"value": value, "low": low, "high": high, "n": n, "against": against}
    return {key: v for key, v in stated.items() if v is not None}


def raise_change(
    ledger: Ledger, model: str, parts: Sequence[str], description: str, actor: str, *, version: str = "",
    measures: Mapping[str, Mapping[str, Any]] | None = None, origin: str = "internal",
    components: Mapping[str, str] | None = None, follows_up: str = "", reason: str = "", via: str = "",
) -> Receipt:  # fmt: skip
    """Raise a change; it counts from the model's last approved and validated version.

    Components that differ from those on record add the parts they are.
    """
    facts = _stated(ledger.records, model, parts, description, version, measures, origin, components, follows_up)
    return ledger.act("change.raised", actor, "", facts, reason=reason, via=via)


def _stated(
    records: Records, model: str, parts: Sequence[str], description: str, version: str,
    measures: Mapping[str, Mapping[str, Any]] | None, origin: str, components: Mapping[str, str] | None,
    follows_up: str,
) -> dict[str, Any]:  # fmt: skip
    moved, rules = dict(components or {}), rules_in_force(records)
    more = parts_of_components(rules, records.need("model", model), moved)
    facts: dict[str, Any] = {
        "model": model, "version": version, "baseline": baseline_of(records, model), "origin": origin,
        "description": description, "parts": list(dict.fromkeys([*parts, *more.values()])),
        "components": {name: moved[name] for name in more}, "measures": dict(measures or {}), "follows_up": follows_up,
    }  # fmt: skip
    if not facts["parts"]:
        raise SpecError(
            f"Nothing of {model} changed: name a part, or a component that differs from the record." if moved
            else f"Say which parts changed. One or more of: {', '.join(rules.parts)}."
        )  # fmt: skip
    return facts


def replace_component(
    ledger: Ledger, model: str, part: str, to: str, actor: str, *, reason: str, origin: str = "internal", via: str = "",
) -> list[Receipt]:  # fmt: skip
    """Replace a component of a model (``none`` drops it) and raise the change that it is: both, or neither."""
    said = f"{part}: {ledger.records.need('model', model).get('components', {}).get(part, 'none')} to {to}. {reason}"
    facts = _stated(ledger.records, model, (), said, "", None, origin, {part: to}, "")
    moved = Order("model.component-changed", actor, model, {"part": part, "to": to}, reason, via)
    return ledger.acts([Order("change.raised", actor, "", facts, reason, via), moved])


def preview_class(
    records: Records, model: str, parts: Sequence[str], measures: Mapping[str, Mapping[str, Any]]
) -> Classified:  # fmt: skip
    """Return the class a change would have now, recording nothing."""
    earlier = since_baseline(records, model, baseline_of(records, model))
    given = {name: Measure.model_validate(m) for name, m in measures.items()}
    return classify(rules_in_force(records), parts, given, earlier)


def classify_change(
    ledger: Ledger, change: str, actor: str, *, at_least: str = "", reason: str = "", via: str = ""
) -> Receipt:  # fmt: skip
    """Apply the criteria in force, with all changes since the baseline."""
    facts = {"method": in_force(ledger.records, "change"), "at_least": at_least}
    return ledger.act("change.classified", actor, change, facts, reason=reason, via=via)


def approve_change(
    ledger: Ledger, change: str, actor: str, reason: str, *, validation: str = "", run: str = "", via: str = ""
) -> Receipt:  # fmt: skip
    """Approve a change on the validation or the run that its class needs."""
    return ledger.act("change.approved", actor, change, {"validation": validation, "run": run}, reason=reason, via=via)


def drift_of_components(records: Records, model: str, observed: Mapping[str, str]) -> dict[str, str]:
    """Return which observed components (or ``vendor_version``) are not those on record, and the part each is.

    A gateway or a canary that sees a new version calls this, then :func:`raise_change` with origin ``provider``.
    """
    return parts_of_components(rules_in_force(records), records.need("model", model), observed)
