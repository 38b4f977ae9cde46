"""Card: one model on a page of Markdown, from what is on record; what is not on record is said to be missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from secondline.workflow.inventory.whole import Docs, Whole

TIERS = {0: "not rated", 1: "1 (highest)", 2: "2", 3: "3", 4: "4 (negligible)"}
MISSING = "_not on record_"


def card(found: Whole, as_of: str) -> str:
    """Return a model card as Markdown."""
    model = found.model
    lines = [f"# {_md(model['name'])}", "", f"Model card of `{model['id']}`, from the records as of {as_of}.", ""]
    for title, body in _sections(found):
        lines += [f"## {title}", "", *body, ""]
    return "\n".join(lines).rstrip() + "\n"


def _sections(found: Whole) -> Iterator[tuple[str, list[str]]]:
    model = found.model
    yield "What it is", [_md(model.get("description", "")) or MISSING, "", *_facts(model)]
    yield "Intended use", _uses(found.of("use", "proposed", "approved", "restricted"))
    yield "Versions", _table(("version", "state", "digest", "developers"), found.of("version"))
    yield "Data and dependencies", _links(found)
    yield "Assumptions", _points(found.of("assumption", "open"), "statement", "impact")
    yield "Limitations", _points(found.of("limitation", "open"), "statement", "impact")
    yield "Adjustments", _points(found.of("overlay", "approved"), "reason", "method_over_time")
    yield "Monitoring", _monitoring(found)
    yield "Validation and findings", _judged(found)


def _facts(model: dict[str, Any]) -> list[str]:
    flags = ("machine_learning", "generative", "agentic", "adaptive", "personal_data", "icfr")
    pairs = {
        "State": model.get("state"), "Tier": TIERS[int(model.get("tier", 0))], "Kind": model.get("kind", "model"),
        "Method": model.get("method"), "Output": model.get("output"), "Owner": model.get("owner"),
        "Developer": model.get("developer"), "Validator": model.get("validator"), "Origin": model.get("origin"),
        "Vendor": model.get("vendor"), "Line of business": model.get("business_line"),
        "Jurisdictions": ", ".join(model.get("jurisdictions", ())),
        "In use": model.get("version_in_use"), "In production since": model.get("production_date"),
        "Properties": ", ".join(f.replace("_", " ") for f in flags if model.get(f)),
        "Components": "; ".join(f"{k}: {v}" for k, v in model.get("components", {}).items()),
        "Explainability": model.get("explainability"), "Contingency": model.get("contingency"),
    }  # fmt: skip
    needed = {"Owner", "Developer", "Method", "Output", "Contingency"}
    return [
        "| Field | Value |", "|---|---|",
        *(f"| {k} | {_md(str(v)) if v else MISSING} |" for k, v in pairs.items() if v or k in needed),
    ]  # fmt: skip


def _uses(uses: Docs) -> list[str]:
    lines = []
    for use in uses:
        lines.append(f"**{_md(use['name'])}** ({use['id']}, {use['state']}): {_md(use.get('purpose', '')) or MISSING}")
        lines += ["", f"- Applied to: {_md(use.get('population', '')) or MISSING}"]
        lines.append(f"- Decisions a year: {use.get('decisions_per_year', 0):,}")
        lines += [f"- Bound: {_bound(b)}" for b in use.get("bounds", ())]
        actual = use.get("actual")
        lines.append(
            f"- Actual use: {_md(actual) if actual else MISSING}{' (deviates)' if use.get('deviates') else ''}"
        )
        lines.append("")
    return lines[:-1] or [MISSING]


def _bound(bound: dict[str, Any]) -> str:
    values = ", ".join(bound.get("values") or ())
    low, high = bound.get("low"), bound.get("high")
    sides = f"from {low if low is not None else 'any'} to {high if high is not None else 'any'}"
    return f"{_md(bound['column'])} {f'in {_md(values)}' if values else sides}"


def _links(found: Whole) -> list[str]:
    lines = [f"- rests on `{link['frm']}` ({link.get('kind', 'feeds')})" for link in found.links_in]
    lines += [f"- gives to `{link['to']}` ({link.get('kind', 'feeds')})" for link in found.links_out]
    return lines or [MISSING]


def _monitoring(found: Whole) -> list[str]:
    plans = found.of("monitoring", "draft", "approved")
    lines = []
    for plan in plans:
        lines.append(f"Plan {plan['id']}, {plan['state']}; next check {plan.get('next_check', MISSING)}.")
        lines += ["", *_table(("metric", "frequency", "amber", "red", "action"), plan.get("metrics", []))]
    lines += [f"- {_md(i['name'])}: {i['value']} ({i.get('status', 'green')}, {i['as_of']})"
              for i in found.model.get("indicators", ())]  # fmt: skip
    return lines or [MISSING]


def _judged(found: Whole) -> list[str]:
    model, findings = found.model, [f for f in found.of("finding") if f.get("state") not in {"closed", "draft"}]
    last, following = model.get("last_validated", MISSING), model.get("next_validation", MISSING)
    lines = [f"Last validated {last}; next {following}. Opinion: {model.get('opinion') or MISSING}.", ""]
    return [*lines, *(_points(findings, "statement", "action") if findings else ["No open findings on record."])]


def _points(docs: Docs, first: str, second: str) -> list[str]:
    said = (f"- **{d['id']}** {_md(d.get(first, ''))}{_more(d.get(second, ''))}" for d in docs)
    return list(said) or [MISSING]


def _more(text: str) -> str:
    return f" {_md(text)}" if text else ""


def _table(heads: tuple[str, ...], docs: Docs) -> list[str]:
    if not docs:
        return [MISSING]
    body = ("| " + " | ".join(_md(_short(doc.get(head, ""))) for head in heads) + " |" for doc in docs)
    return ["| " + " | ".join(h.capitalize() for h in heads) + " |", "|" + "---|" * len(heads), *body]


def _short(value: Any) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(str(v) for v in value)
    text = "" if value is None else str(value)
    return text[:12] if re.fullmatch(r"[0-9a-f]{64}", text) else text


def _md(text: str) -> str:
    """Return text that Markdown and HTML take for text."""
    plain = re.sub(r"\s+", " ", str(text)).strip()
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", plain)
