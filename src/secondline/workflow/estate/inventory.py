"""Inventory of the example bank: sources, vendors, entries, versions, uses and what depends on what."""

from __future__ import annotations

from typing import Any

from secondline.workflow.estate.bank import Bank, Story
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.tables import digest_of, entry, rows

COMMITTEE = "Model risk committee"
VENDORS = {
    "Cobalt Bureau": "amara.diallo", "Northgate Analytics": "ines.moreau", "Landmark Values": "hugh.mercer",
    "Veridian ID": "kofi.mensah", "Sentry AML": "elena.popova", "ClearName": "elena.popova",
    "Listenwell": "ruth.adeyemi", "Tradewatch": "ruth.adeyemi", "Balance Point": "yuki.sato",
    "Horizon Macro": "grace.tanaka", "Modelhouse": "elena.popova", "Talentry": "ruth.adeyemi",
}  # fmt: skip
OPAQUE = ("Cobalt Bureau", "Listenwell", "Talentry")
RETENTION = {"credit": "7 years after the last decision", "aml": "5 years after the relation ends"}
FORMER_OWNER = {"cards-collections": "carl.jensen"}
"""Models that somebody else owned at first."""
BUILT_TOO = {"cash-forecast": ("tom.aldana",)}
"""Models that a validator helped to build before joining the second line."""
GENAI_PARTS = {
    "sar-drafting": {"base model": "house-large-3", "prompt": "narrative-v4", "judge": "house-small-2"},
    "service-assistant": {"base model": "house-large-3", "prompt": "service-v2", "corpus": "policy-pages 2026-06",
                          "guardrails": "topics-v3"},
    "dispute-agent": {"base model": "house-large-4", "prompt": "dispute-v1", "tools": "case files, card ledger"},
    "policy-search": {"base model": "house-small-2", "prompt": "search-v1", "corpus": "policy-pages 2026-06"},
    "code-assistant": {"base model": "house-code-2", "prompt": "none"},
}  # fmt: skip
TAGS = {"sanctions-screening": ("screening",), "mortgage-pd-irb": ("retail-pd",), "mortgage-lgd-irb": ("retail-lgd",),
        "mortgage-ead-irb": ("ead",), "var-historical": ("var",)}  # fmt: skip
ANNEX_III = {"hr-screening": "4(a)", "sme-cashflow-pd": "none", "bnpl-limit": "5(b)"}


def slug(name: str) -> str:
    """Return a name as an id."""
    return name.lower().replace(" ", "-")


def supply(bank: Bank) -> Story:
    """Vendors and sources enter the inventory; some are completed later, when a review asks for it."""
    for name, owner in VENDORS.items():
        bank.do("vendor.registered", owner, slug(name), {
            "name": name, "owner": owner, "services": f"Models and data of {name}", "critical": name in OPAQUE[:1],
            "contract": f"HB-{digest_of(name)[:6]}", "contract_ends": bank.ahead(1095),
            "disclosed": "Purpose, inputs, yearly performance on pooled data",
            "withheld": ["method", "development data"] if name in OPAQUE else [],
            "change_notice": "90 days before a release", "exit_plan": "Fallback model, 120 days to move",
        })  # fmt: skip
    yield 728
    for row in rows("sources"):
        bank.do("source.registered", row["owner"], row["id"], _source(row))
    yield 640
    for row in rows("sources"):
        if row["id"] not in {"checkout-events", "corporate-accounts"}:  # two stay without lineage: a gap to be seen
            seal = {"lineage": f"{row['system']}, copied nightly and reconciled", "snapshot": digest_of(row["id"])}
            bank.do("source.changed", row["owner"], row["id"], seal)


def _source(row: dict[str, str]) -> dict[str, Any]:
    flags = row["flags"].split()
    vendor = slug(row["system"]) if row["system"] in VENDORS else ""
    facts = {"name": row["name"], "system": row["system"], "owner": row["owner"], "description": row["description"],
             "external": "external" in flags, "personal": "personal" in flags, "vendor": vendor,
             "alternative": "alternative" in flags, "unstructured": "unstructured" in flags}  # fmt: skip
    return facts | ({"legal_basis": "contract with the customer; legitimate interest"} if facts["personal"] else {})


def register(life: Life) -> None:
    """Enter a model and its use, and what it depends on as far as that is there."""
    owner = FORMER_OWNER.get(life.id, life.entry.owner)
    life.do("model.registered", owner, life.id, _facts(life, owner))
    life.use = life.do("use.proposed", owner, "", _use(life))
    connect(life)


def _facts(life: Life, owner: str) -> dict[str, Any]:
    e = life.entry
    personal, ml = e.has("personal"), e.has("ml")
    facts: dict[str, Any] = {
        "name": e.name, "description": f"{e.purpose}: {e.method} for {e.population[0].lower()}{e.population[1:]}.",
        "kind": e.kind, "family": e.family, "method": e.method, "owner": owner, "developer": e.developer,
        "validator": e.validator, "validators": [e.validator, life.second], "approver": COMMITTEE,
        "accountable": f"Chief risk officer, {e.entity}", "users": [e.business_line], "business_line": e.business_line,
        "entity": e.entity, "jurisdictions": e.words("jurisdictions"), "origin": e.origin,
        "regulatory_uses": e.words("regulatory_uses"), "machine_learning": ml, "generative": e.has("generative"),
        "agentic": e.has("agentic"), "adaptive": e.has("adaptive"), "autonomy": int(e.autonomy),
        "personal_data": personal, "protected_relevant": e.has("protected"), "profiling": personal and ml,
        "alternative_data": e.has("alternative"), "unstructured_data": e.has("unstructured"), "icfr": e.has("icfr"),
        "output": "A draft in words" if e.has("generative") else f"{e.name}, used for {e.use.lower()}",
        "frequency": "each request" if int(e.decisions) > 1000 else "monthly",  # noqa: PLR2004 - a rough cut
        "contingency": f"Decide by the rules of {e.business_line} and cap volumes until it is back.",
        "retention": RETENTION.get(e.family, "7 years"), "tags": TAGS.get(e.id, ()),
        "components": GENAI_PARTS.get(e.id, {}), "annex_iii": ANNEX_III.get(e.id, ""),
    }  # fmt: skip
    if "EU" in facts["jurisdictions"] and (ml or e.has("generative")):
        facts["eu_role"] = "deployer" if e.vendor else "both"
    if ml or e.adverse == "yes":
        facts["explainability"] = "Reasons for each decision, by contributions to the score"
    return facts | _special(life)


def _special(life: Life) -> dict[str, Any]:
    e = life.entry
    if e.kind == "spreadsheet":
        return {"contingency": "", "euc": {
            "location": f"shared drive, {e.business_line}", "formulas": 4_200 + e.number("cells", 9_000), "links": 7,
            "macros": e.id == "ecl-consolidation", "complexity": "high", "access": f"{e.business_line}, 9 people",
            "change_control": "log on the first sheet, checked by another", "migration": "planned for next year",
        }}  # fmt: skip
    if e.vendor:
        return {
            "vendor": slug(e.vendor),
            "vendor_version": "2025.2",
            "vendor_contract": f"HB-{digest_of(e.vendor)[:6]}",
        }
    return {}


def _use(life: Life) -> dict[str, Any]:
    e = life.entry
    bounds = [{"column": "utilisation", "low": 0, "high": 1.5}] if e.family == "credit" and e.kind == "model" else []
    products = ["cards"] if e.id in {"card-fraud-cnp", "card-fraud-realtime", "merchant-risk"} else [slug(e.use)]
    return {"model": e.id, "name": e.use, "purpose": e.purpose, "population": e.population, "products": products,
            "decisions_per_year": int(e.decisions), "amount_per_year": float(e.amount), "automation": e.automation,
            "adverse": e.adverse == "yes", "bounds": bounds}  # fmt: skip


def connect(life: Life) -> None:
    """Record the dependencies of a model whose other end is in the inventory by now."""
    look = life.bank.ledger.records
    keeper = str(life.doc["owner"])
    for row in rows("links"):
        ends = {row["frm"], row["to"]}
        if life.id in ends and all(look.get("model", end) for end in ends):
            form = {"frm": f"model/{row['frm']}", "to": f"model/{row['to']}", "kind": row["kind"]}
            life.do("link.made", keeper, "", form | {"explanation": row["explanation"]})
    for row in rows("sources"):
        if life.id in row["feeds"].split():
            life.do("link.made", keeper, "", {"frm": f"source/{row['id']}", "to": f"model/{life.id}", "kind": "data"})
    if life.entry.vendor:
        frm = f"vendor/{slug(life.entry.vendor)}"
        life.do("link.made", keeper, "", {"frm": frm, "to": f"model/{life.id}", "kind": "supplies"})


def build(life: Life, version: str = "1.0", note: str = "First version") -> None:
    """Register what the developers built."""
    e = life.entry
    life.version = version
    before = f"{life.id}@1.0" if version != "1.0" else ""
    life.do("version.registered", e.developer, life.version_id, {
        "model": e.id, "version": version, "digest": digest_of(e.id, version), "baseline": before,
        "developers": [e.developer, *BUILT_TOO.get(e.id, ())], "commit": digest_of(e.id, version, "code")[:12],
        "runtime": "vendor's service" if e.vendor else "python 3.12", "description": note,
    })  # fmt: skip


def outsider(life: Life) -> bool:
    """Whether somebody from outside takes part in the validation."""
    return life.id in {"irrbb-eve", "comms-surveillance"}


def named(bank: Bank, name: str) -> Life:
    """Return the life of a model before it begins."""
    return Life(bank, entry(name))
