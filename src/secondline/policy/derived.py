"""Derived facts: what follows from a model's records and a condition could say only awkwardly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

Doc = Mapping[str, Any]
Raw = Mapping[str, Any]
Ways = Mapping[str, Sequence[str]]

FARTHEST = 12
"""How many links long a cycle may be to be found."""
NEVER = 99_999
"""Days since something that never happened."""

KINDS = (
    "development-document", "code-review", "implementation-test", "production-test", "security-assessment", "drill",
    "contingency-plan", "independence-declaration", "competence", "external-validator", "legal-review", "board-report",
    "framework-approval", "policy-review", "internal-audit", "concentration-report", "identification-survey",
    "vendor-questionnaire", "vendor-gap", "exit-plan", "notice", "stakeholder-agreement", "data-quality", "lineage",
    "privacy-review", "sbom-review", "decision-replay", "rollback-drill", "decommission-checklist", "fria", "annex-iv",
    "post-market-plan", "incident-process", "aml-coverage", "aml-e2e-test", "aml-parameters", "certification",
    "human-review", "red-team", "eval-set", "judge-validation", "trace-log", "tool-permissions", "minutes", "other",
)  # fmt: skip
GONE = frozenset({"exempt", "out-of-scope", "decommissioned"})
BUILT = frozenset({"in-validation", "approved", "in-use", "restricted", "suspended"})
RELEASED = BUILT - {"in-validation"}
STANDING = frozenset({"approved", "conditional", "restricted"})
NO_OPINION = frozenset({"emergency", "decommission-check", "annual-review", "targeted"})
"""Kinds of validation that do not stand for a validation of the version."""
LIVE = frozenset({"issued", "agreed", "disputed", "in-remediation", "ready-for-retest"})
STRICT = 2
"""Up to this tier, and without one, whoever validated may not approve."""


def derive(raw: Raw, today: str, blank: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Return the derived facts of one model's raw records."""
    model = raw["model"]
    current = _current(model, raw["versions"]) or blank("version")
    mine = {current["id"], current.get("version", "")} - {""}
    chosen = {
        "current": current,
        "opinion": _newest(v for v in _signed(raw) if v["version"] in mine and v["kind"] not in NO_OPINION),
        "approval": _newest(
            a for a in raw["approvals"]
            if a["state"] in STANDING and str(a["expires"]) >= today and a["version"] in mine
        ),
        "rating": _newest(r for r in raw["ratings"] if r["state"] != "superseded"),
        "watch": _newest(m for m in raw["monitoring"] if m["state"] == "approved"),
    }  # fmt: skip
    empty = {"opinion": "validation", "approval": "approval", "rating": "rating", "watch": "monitoring"}
    named = {name: doc or {"kind": "", **blank(empty[name])} for name, doc in chosen.items()}
    return {
        **named,
        **_kinds(model, raw["uses"]),
        **_answers(raw["checks"]),
        **valid(raw["evidence"], today),
        **_calendar(raw, today),
        **_entry(raw, named, today),
        **_work(raw, named, mine, today),
        "downstream": [
            str(link["to"]).removeprefix("model/")
            for link in raw["links_out"]
            if link["state"] == "active" and str(link["to"]).startswith("model/")
        ],
        "conflicts": _conflicts(raw),
        "cycles": _cycles(f"model/{model['id']}", raw.get("ways", {})),
    }


def valid(evidence: Iterable[Doc], today: str) -> dict[str, Any]:
    """Return which kinds of evidence count on a day (``shown``), and for how many days they have (``age``)."""
    age = dict.fromkeys(KINDS, NEVER)
    for one in evidence:
        counts = one["state"] == "filed" and str(one["on"]) <= today and not _past(one.get("valid_until"), today)
        if counts:
            age[one["kind"]] = min(age.get(one["kind"], NEVER), days(one["on"], today))
    return {"shown": {kind: since < NEVER for kind, since in age.items()}, "age": age}


def days(start: Any, end: Any) -> int:
    """Return the days from one date to another, or ``NEVER`` when one is blank."""
    if not start or not end:
        return NEVER
    return (date.fromisoformat(str(end)[:10]) - date.fromisoformat(str(start)[:10])).days


def _past(day: Any, today: str) -> bool:
    return bool(day) and str(day) < today


def _newest(docs: Iterable[Doc]) -> Doc | None:
    found = list(docs)
    return found[-1] if found else None


def _signed(raw: Raw) -> list[Doc]:
    return [v for v in raw["validations"] if v["state"] == "signed"]


def _current(model: Doc, versions: Sequence[Doc]) -> Doc | None:
    """Return the version in use; before there is one, the newest."""
    named = [v for v in versions if model.get("version_in_use") in {v["id"], v["version"]}]
    running = [v for v in versions if v["state"] == "in-use"]
    return _newest(named) or _newest(running) or _newest(v for v in versions if v["state"] != "retired")


def _kinds(model: Doc, uses: Sequence[Doc]) -> dict[str, Any]:
    """Return what kind of model it is, and which rules it therefore meets."""
    live = [u for u in uses if u["state"] in {"approved", "restricted"}]
    places = [str(place) for place in model.get("jurisdictions", ())]
    genai = model["kind"] == "genai" or model["generative"] or model["agentic"]
    adverse = any(u["adverse"] for u in uses if u["state"] != "ended")
    eu = any(place == "EU" or place.startswith("EU-") for place in places)
    return {
        "governed": model["kind"] in {"model", "genai", "method"} and model["state"] not in GONE,
        "developed": model["state"] in BUILT,
        "released": model["state"] in RELEASED,
        "statistical": model["kind"] == "model" and not genai,
        "ai": bool(model["machine_learning"] or genai),
        "genai": bool(genai),
        "adverse": adverse,
        "eu": eu,
        "irb": "capital" in model["regulatory_uses"] and model["family"] == "credit",
        "lending": model["family"] == "credit" and bool(model["protected_relevant"] or adverse),
        "aml": model["family"] == "aml",
        "screening": model["family"] in {"aml", "compliance"} and "screening" in model["tags"],
        "bought": model["origin"] in {"vendor", "consortium"},
        "high_risk": eu and model["annex_iii"] not in {"", "none"},
        "live_uses": live,
    }


def _answers(checks: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the checks of the latest run by how they came out."""
    return {
        "answered": [code for code, kind in checks.items() if kind not in {"not_applicable", "errored"}],
        "passed": [code for code, kind in checks.items() if kind == "passed"],
        "failed": [code for code, kind in checks.items() if kind in {"failed", "errored"}],
        "undecided": [code for code, kind in checks.items() if kind == "inconclusive"],
    }


def _calendar(raw: Raw, today: str) -> dict[str, Any]:
    """Return how long ago things happened."""
    model = raw["model"]
    attested = [model.get("last_attested"), *(a["on"] for a in raw["attestations"])]
    signed = [model.get("last_validated"), *(v["signed_on"] for v in _signed(raw))]
    return {
        "attested_days": min(days(day, today) for day in attested),
        "validated_days": min(days(day, today) for day in signed),
        "review_days": days(model.get("last_validated"), model.get("next_validation")),
    }


def _entry(raw: Raw, named: Mapping[str, Doc], today: str) -> dict[str, Any]:
    """Return what the entry lacks, or says otherwise than the records."""
    del today
    model = raw["model"]
    ratings = [r for r in raw["ratings"] if r["state"] != "superseded"]
    newest = {r["line"]: int(r["resolved_tier"] or r["tier"]) for r in ratings}
    tiers = [newest[line] for line in ("first", "second") if line in newest] or list(newest.values())
    resolved = int(named["rating"].get("resolved_tier") or 0)
    strictest = min((int(r["resolved_tier"] or r["tier"]) for r in raw["ratings"]), default=0)
    since = max((int(r["seq"]) for r in raw["ratings"]), default=0)
    return {
        "missing": _missing(raw),
        "stale": _stale(raw, named["current"]),
        "vacant": _vacant(model, raw["bank"]["people"]),
        "rated_tier": resolved or min(tiers, default=0),
        "downgraded": 0 < strictest < int(model["tier"]),
        "changed_since_rating": [c["id"] for c in _material(raw) if c["state"] == "implemented" and c["seq"] > since],
    }


def _missing(raw: Raw) -> list[str]:
    """Return the fields of OSFI E-23's appendix 1 that are blank, the second half only once it is released."""
    model = raw["model"]
    needed = ["name", "description", "tier", "owner", "developer", "origin"]
    lists: dict[str, Sequence[Doc]] = {}
    if model["state"] in RELEASED:
        needed += [
            "version_in_use", "production_date", "validator", "approver", "last_validated", "next_validation"
        ]  # fmt: skip
        lists = {name: raw[name] for name in ("uses", "links_in", "limitations", "monitoring")}
    return [name for name in needed if not model.get(name)] + [name for name, docs in lists.items() if not docs]


def _stale(raw: Raw, current: Doc) -> list[str]:
    model, versions = raw["model"], raw["versions"]
    named = str(model.get("version_in_use") or "")
    found = []
    if named and named not in {name for v in versions for name in (v["id"], v["version"])}:
        found.append(f"version in use {named} is not on record")
    running = [v["id"] for v in versions if v["state"] == "in-use"]
    if running and current["id"] not in running:
        found.append(f"in use are {', '.join(running)}, the entry says {named or 'none'}")
    signed = max((str(v["signed_on"]) for v in _signed(raw) if v["signed_on"]), default="")
    if signed and model.get("last_validated") and str(model["last_validated"]) < signed:
        found.append(f"last validated {model['last_validated']}, a validation was signed on {signed}")
    return found


def _vacant(model: Doc, people: Sequence[Doc]) -> list[str]:
    roles = ("owner", "developer", "validator", "approver")
    named = {model.get(role) for role in roles}
    left = {p["id"] for p in people if p["id"] in named and p["state"] == "left"}
    empty = [role for role in (*roles, "users") if not model.get(role)]
    return empty + [f"{role} {model[role]} left" for role in roles if model.get(role) in left]


def _material(raw: Raw) -> list[Doc]:
    return [c for c in raw["changes"] if c["class_"] in {"A", "B"}]


def _work(raw: Raw, named: Mapping[str, Doc], mine: set[str], today: str) -> dict[str, Any]:
    """Return what validation, findings and changes leave open."""
    model, opinion = raw["model"], named["opinion"]
    waiting = [c for c in _material(raw) if c["state"] in {"classified", "approved", "implemented"}]
    triggers = [c["id"] for c in waiting if not c["validation"]]
    triggers += ["red monitoring"] if named["watch"].get("status") == "red" else []
    triggers += ["calendar"] if _past(model.get("next_validation"), today) else []
    plans = {p["id"]: p["seq"] for p in raw["plans"]}
    runs = {r["id"]: r for r in raw["runs"]}
    rests = [runs[name] for name in opinion.get("runs", ()) if name in runs]
    open_ = [f for f in raw["findings"] if f["state"] in LIVE]
    expired = [f for f in raw["findings"] if f["state"] == "accepted" and _past(f["acceptance"].get("expires"), today)]
    one = len(raw["versions"]) == 1
    return {
        "triggers": triggers,
        "plans": len(plans),
        "unplanned": [r["id"] for r in rests if plans.get(r["plan"], r["seq"]) >= r["seq"]],
        "other_bytes": [r["id"] for r in rests if r["artefact"] not in {"", named["current"]["digest"]}],
        "reliances": [r for r in raw["reliances"] if r["validation"] == opinion["id"]],
        "outsiders": _outsiders(raw),
        "earlier": [f for f in open_ if opinion["id"] and f["validation"] not in {"", opinion["id"]}],
        "overdue": [f["id"] for f in open_ if _past(f["due"], today)] + [f["id"] for f in expired],
        "documented": _of_version(raw, "development-document", mine, today, one=one),
        "tested_after": _of_version(raw, "aml-e2e-test", mine, today, one=one),
    }


def _of_version(raw: Raw, kind: str, mine: set[str], today: str, *, one: bool) -> bool:
    """Whether valid evidence of a kind is about the version in use; unnamed, it is about the only one there is."""
    found = [e for e in raw["evidence"] if e["kind"] == kind and valid([e], today)["shown"][kind]]
    return any(e["version"] in mine or (one and not e["version"]) for e in found)


def _team(validation: Doc) -> set[str]:
    return {str(validation["lead"]), *validation["team"], str(validation["signed_by"])} - {""}


def _outsiders(raw: Raw) -> list[str]:
    everybody = raw["bank"]["people"]
    members = {name for v in raw["validations"] for name in _team(v)}
    known = {p["id"]: p for p in everybody if p["id"] in members}
    outside = {name for name, p in known.items() if str(p["department"]).casefold() == "external"}
    return sorted(outside | (members - set(known) if everybody else set()))


def _conflicts(raw: Raw) -> list[str]:
    """Return who judged what they built, own or validated."""
    model = raw["model"]
    known = raw.get("first_line", {})
    built = {model["developer"], *known.get("developers", ()), *(d for v in raw["versions"] for d in v["developers"])}
    owned = {model["owner"], *known.get("owners", ())}
    found: list[str] = []
    for one in raw["validations"]:
        for deed, people in (("developed", built), ("owns", owned)):
            found += [f"{name} {deed} it and validates in {one['id']}" for name in sorted(_team(one) & people - {""})]
    strict = int(model["tier"]) <= STRICT
    judges = {name for v in _signed(raw) for name in _team(v)} if strict else set()
    for one in raw["approvals"]:
        by = str(one["decided_by"] or "")
        if by and by in built | judges:
            found.append(f"{by} {'developed' if by in built else 'validated'} it and decided {one['id']}")
    return found


def unexplained(links: Iterable[Doc]) -> Ways:
    """Return where each end leads by links that are active and carry no explanation."""
    ways: dict[str, list[str]] = {}
    for link in links:
        if link["state"] == "active" and not link["explanation"]:
            ways.setdefault(str(link["frm"]), []).append(str(link["to"]))
    return ways


def _cycles(start: str, ways: Ways) -> list[list[str]]:
    """Return the shortest cycle through a model in which no link is explained, if there is one."""
    came: dict[str, str] = {}
    edge = [start]
    for _ in range(FARTHEST):
        step = [(here, there) for here in edge for there in ways.get(here, ())]
        for here, there in step:
            if there == start:
                return [_path(came, start, here)]
        edge = []
        for here, there in step:
            if there not in came:
                came[there] = here
                edge.append(there)
    return []


def _path(came: Mapping[str, str], start: str, end: str) -> list[str]:
    path = [end]
    while path[-1] != start:
        path.append(came[path[-1]])
    return path[::-1]
