"""OSCAL: the inventory as a document in the style of NIST's OSCAL system security plan, by a schema of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from secondline import __version__
from secondline.workflow.inventory.cells import shown

if TYPE_CHECKING:
    from secondline.ledger.records import Records

STYLE = "secondline-inventory-1"
TYPES = {"model": "software", "source": "data", "vendor": "service"}
PROPS = (
    "kind", "family", "method", "tier", "origin", "vendor", "version_in_use", "machine_learning", "generative",
    "agentic", "adaptive", "autonomy", "personal_data", "icfr", "eu_role", "annex_iii", "last_validated",
    "next_validation", "business_line", "entity", "endpoint", "monitoring_status", "system", "external",
    "contract_ends",
)  # fmt: skip
ROLES = {"owner": "asset-owner", "developer": "developer", "validator": "assessor", "approver": "authorizing-official"}


def as_oscal(records: Records, *, title: str, at: str, head: str) -> dict[str, Any]:
    """Return the inventory as a document: models, data sources and vendors are components, dependencies are links.

    ``head`` seals the state of the ledger it was made from. Implemented controls are left to the policy packs.
    """
    found = {record: records.find(record) for record in TYPES}
    names = {f"{r}/{d['id']}" for r, docs in found.items() for d in docs}
    out: dict[str, list[dict[str, str]]] = {}
    for link in records.find("link", state="active"):
        if link["to"] in names:
            href = {"rel": f"gives-{link.get('kind', 'feeds')}", "href": f"#{_uuid(link['to'])}"}
            out.setdefault(link["frm"], []).append(href)
    components = [_component(r, d, out.get(f"{r}/{d['id']}", [])) for r, docs in found.items() for d in docs]
    uses = [_use(use) for use in records.find("use")]
    people = sorted({str(d[role]) for docs in found.values() for d in docs for role in ROLES if d.get(role)})
    return {
        "system-security-plan": {
            "uuid": _uuid(f"inventory/{head}"),
            "metadata": {
                "title": title,
                "last-modified": at,
                "version": head[:12],
                "oscal-version": "1.1.3",
                "props": [_prop("style", STYLE), _prop("secondline", __version__), _prop("ledger-head", head)],
                "parties": [{"uuid": _uuid(f"person/{p}"), "type": "person", "name": p} for p in people],
            },
            "system-implementation": {"components": components, "inventory-items": uses},
            "control-implementation": {"description": "See the policy packs.", "implemented-requirements": []},
        }
    }


def _uuid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"secondline:{name}"))


def _prop(name: str, value: Any) -> dict[str, str]:
    return {"name": name.replace("_", "-"), "value": str(shown(value)), "ns": "secondline"}


def _component(record: str, doc: Mapping[str, Any], links: list[dict[str, str]]) -> dict[str, Any]:
    props = [_prop("id", doc["id"]), *(_prop(p, doc[p]) for p in PROPS if doc.get(p) not in {None, "", False})]
    parts = [_prop(f"component.{k}", v) for k, v in doc.get("components", {}).items()]
    held = [
        {"role-id": role, "party-uuids": [_uuid(f"person/{doc[field]}")]}
        for field, role in ROLES.items()
        if doc.get(field)
    ]
    return {
        "uuid": _uuid(f"{record}/{doc['id']}"),
        "type": TYPES[record],
        "title": str(doc["name"]),
        "description": str(doc.get("description") or doc.get("services") or doc["name"]),
        "props": props + parts,
        "links": links,
        "status": {"state": _status(str(doc.get("state", ""))), "remarks": str(doc.get("state", ""))},
        "responsible-roles": held,
    }


def _status(state: str) -> str:
    if state in {"decommissioned", "ended", "out-of-scope"}:
        return "disposition"
    if state in {"in-use", "restricted", "approved", "active", "exempt"}:
        return "operational"
    return "under-development"


def _use(use: Mapping[str, Any]) -> dict[str, Any]:
    facts = ("name", "population", "automation", "adverse", "decisions_per_year", "actual", "deviates", "state")
    return {
        "uuid": _uuid(f"use/{use['id']}"),
        "description": str(use.get("purpose") or use["name"]),
        "props": [_prop("id", use["id"]), *(_prop(f, use[f]) for f in facts if use.get(f) not in {None, "", False})],
        "implemented-components": [{"component-uuid": _uuid(f"model/{use['model']}")}],
    }


_TEXT = {"type": "string", "minLength": 1}
_UUID = {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}
_PROPS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": _TEXT, "value": {"type": "string"}, "ns": _TEXT},
        "required": ["name", "value"],
        "additionalProperties": False,
    },
}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required.split(), "additionalProperties": False}


def _many(**item: Any) -> dict[str, Any]:
    return {"type": "array", "items": _object(" ".join(item), **item)}


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": STYLE,
    **_object(
        "system-security-plan",
        **{
            "system-security-plan": _object(
                "uuid metadata system-implementation control-implementation",
                uuid=_UUID,
                metadata=_object(
                    "title last-modified version oscal-version props",
                    title=_TEXT,
                    **{"last-modified": _TEXT, "version": _TEXT, "oscal-version": _TEXT},
                    props=_PROPS,
                    parties=_many(uuid=_UUID, type={"const": "person"}, name=_TEXT),
                ),
                **{
                    "system-implementation": _object(
                        "components inventory-items",
                        components=_many(
                            uuid=_UUID,
                            type={"enum": sorted(TYPES.values())},
                            title=_TEXT,
                            description=_TEXT,
                            props=_PROPS,
                            links=_many(rel=_TEXT, href={"type": "string", "pattern": "^#"}),
                            status=_object("state", state={"enum": ["disposition", "operational", "under-development"]},
                                           remarks={"type": "string"}),
                            **{"responsible-roles": {"type": "array"}},
                        ),
                        **{
                            "inventory-items": _many(
                                uuid=_UUID, description=_TEXT, props=_PROPS,
                                **{"implemented-components": {"type": "array", "minItems": 1}},
                            )
                        },
                    ),
                    "control-implementation": _object(
                        "description implemented-requirements",
                        description=_TEXT,
                        **{"implemented-requirements": {"type": "array"}},
                    ),
                },
            )
        },
    ),
}  # fmt: skip
