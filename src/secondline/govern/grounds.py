"""Grounds: what an approval rests on, gathered from the records, so that what is signed is what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.core.canonical import digest
from secondline.govern.act import Look
from secondline.govern.duties import developers, ever, owners, who_did
from secondline.govern.levels import policy_in_force
from secondline.govern.record import RECORDS
from secondline.govern.validating import TYPES

IN_FORCE = ("approved", "conditional", "restricted")
SETTLED = frozenset({"closed", "draft", "withdrawn", "merged", "rejected"})
SHOWN = ("id", "opinion", "recommendation", "signed_at", "for_digest")
AT_WORK = frozenset({"planned", "fieldwork", "reporting", "opined"})


def version_id(model: str, version: str) -> str:
    """Return the id of a version, given as its label or as MODEL@VERSION."""
    return version if "@" in version else f"{model}@{version}"


def label(version: str) -> str:
    """Return the label of a version, given either way."""
    return version.rpartition("@")[2]


def listed(look: Look, record: str, **facets: Any) -> list[dict[str, Any]]:
    """Return records by facets; none where this edition of the law does not know the kind."""
    return look.find(record, **facets) if record in RECORDS else []


def of_version(look: Look, record: str, model: str, version: str) -> list[dict[str, Any]]:
    """Return a model's records about one version, however its name is written."""
    return [doc for doc in listed(look, record, model=model) if label(str(doc.get("version", ""))) == label(version)]


def accounts(look: Look, person: str) -> set[str]:
    """Return every account of the same human being: those that share an e-mail address."""
    found = look.get("person", person) or {}
    mail = str(found.get("email", "")).strip().casefold()
    if not mail:
        return {person}
    return {person} | {p["id"] for p in look.find("person") if str(p.get("email", "")).strip().casefold() == mail}


def builders(look: Look, model: str, version: str) -> set[str]:
    """Return everybody who ever built this version, or led the model's development, by inventory or by study."""
    by_study = {str(run.get("developer", "")) for run in of_version(look, "run", model, version)} - {""}
    return developers(look, model, label(version)) | developers(look, model, version_id(model, version)) | by_study


def validators(look: Look, model: str, version: str) -> set[str]:
    """Return everybody who ever took part in validating this version: team, opinion, signature."""
    people = {str(run.get("opinion_by", "")) for run in of_version(look, "run", model, version)} - {""}
    for validation in of_version(look, "validation", model, version):
        for field in ("lead", "team"):
            people |= ever(look, "validation", validation["id"], field)
        people |= who_did(look, "validation", validation["id"], "validation.opined", "validation.signed")
    return people


def conflict(look: Look, person: str, model: str, version: str, *, owner: bool = False, judge: bool = False) -> str:
    """Return why somebody may not approve a version, or ''; *owner* and *judge* say what the level lets pass."""
    mine = accounts(look, person)
    if mine & builders(look, model, version):
        return f"they developed {model} {label(version)}"
    if not owner and mine & owners(look, model):
        return f"they own or owned {model}"
    if not judge and mine & validators(look, model, version):
        return f"they validated {model} {label(version)}"
    return ""


def validation_signed(look: Look, model: str, version: str) -> dict[str, Any]:
    """Return the newest validation signed for the very digest of a version, or {}.

    It must be of a kind that settles a whole version. One whose version got another digest after the signature proves
    nothing about what is there now.
    """
    now = str((look.get("version", version_id(model, version)) or {}).get("digest", ""))
    signed = [v for v in of_version(look, "validation", model, version) if v.get("state") == "signed"]
    for validation in reversed([v for v in signed if _settles(v)]):
        done = [d for d in look.past("validation", validation["id"]) if d.changes.get("state") == "signed"]
        then = _digest_then(look, version_id(model, version), done[-1].seq) if done else ""
        if now and then == now:
            return {**validation, "signed_at": done[-1].at, "signed_by": done[-1].actor, "for_digest": then}
    return {}


def _settles(validation: Mapping[str, Any]) -> bool:
    kind = TYPES.get(str(validation.get("kind")))  # type: ignore[call-overload]  # any text may stand there
    return kind is not None and kind.settles


def _digest_then(look: Look, version: str, seq: int) -> str:
    found = ""
    for done in look.past("version", version):
        if done.seq <= seq and "digest" in done.changes:
            found = str(done.changes["digest"] or "")
    return found


def validation_at_work(look: Look, model: str, version: str) -> dict[str, Any]:
    """Return the validation project of a version that is not finished yet, or {}."""
    found = [v for v in of_version(look, "validation", model, version) if v.get("state") in AT_WORK]
    return found[-1] if found else {}


def open_findings(look: Look, model: str, version: str, today: str) -> list[dict[str, Any]]:
    """Return the findings on a version that are neither closed nor validly accepted; those on the model as well."""
    about = {"", label(version)}
    found = [f for f in listed(look, "finding", model=model) if label(str(f.get("version", ""))) in about]
    return [f for f in found if f.get("state") not in SETTLED and not _accepted(f, today)]


def _accepted(finding: Mapping[str, Any], today: str) -> bool:
    if finding.get("state") != "accepted":
        return False
    acceptance = finding.get("acceptance")
    nested = acceptance.get("expires") or acceptance.get("until") if isinstance(acceptance, Mapping) else ""
    expires = str(nested or finding.get("acceptance_expires") or "")
    return not expires or expires >= today


def blocking(look: Look, findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings that stop an approval and a pass."""
    return [f for f in findings if f.get("severity") in policy_in_force(look).findings.blocks]


def weaknesses(look: Look, model: str, version: str, today: str) -> list[str]:
    """Return what makes an approval one with weaknesses: open findings, an opinion that is not clean."""
    rule = policy_in_force(look).findings
    found = [f for f in open_findings(look, model, version, today) if f.get("severity") in rule.weakens]
    said = [f"{f['id']} {f.get('severity')} is {f.get('state')}" for f in found]
    signed = validation_signed(look, model, version)
    opinion, advice = int(signed.get("opinion") or 0), str(signed.get("recommendation") or "")
    said += [f"opinion {opinion} of 4"] if opinion > 1 else []
    return said + ([f"validation recommends: {advice}"] if advice not in {"", "approve", "approved"} else [])


def exemption(look: Look, model: str, today: str) -> dict[str, Any]:
    """Return the approved exemption of a model that is not due for re-check, or {}."""
    found = [x for x in listed(look, "exemption", model=model, state="approved") if str(x.get("recheck", "")) >= today]
    return found[-1] if found else {}


def dossier(look: Look, approval: Mapping[str, Any], today: str) -> dict[str, Any]:
    """Return exactly what is signed: the version's bytes, its tier, its validation, what is open, what is proposed."""
    model, version = str(approval["model"]), str(approval["version"])
    entry = look.get("model", model) or {}
    signed = validation_signed(look, model, version)
    uses = [(u, look.get("use", u) or {}) for u in approval.get("uses", ())]
    open_now = open_findings(look, model, version, today)
    return {
        "model": model,
        "version": version,
        "digest": str((look.get("version", version_id(model, version)) or {}).get("digest", "")),
        "tier": int(entry.get("tier") or 0),
        "kind": approval.get("kind", "normal"),
        "level": approval.get("level", ""),
        "seeks": approval.get("seeks", "approve"),
        "uses": [{"id": id_, "name": d.get("name", ""), "population": d.get("population", "")} for id_, d in uses],
        "validation": {name: signed[name] for name in SHOWN if name in signed},
        "exemption": exemption(look, model, today).get("id", ""),
        "findings": [{"id": f["id"], "severity": f.get("severity", ""), "state": f.get("state", "")} for f in open_now],
        "objections": [o for o in approval.get("objections", ()) if not o.get("settled")],
        "blocking": list(approval.get("blocking", ())),
        "conditions": list(approval.get("conditions", ())),
        "mitigants": approval.get("mitigants", ""),
        "justification": approval.get("justification", ""),
        "residual": approval.get("residual", ""),
        "expires": str(approval.get("expires", "")),
        "told": list(approval.get("told", ())),
    }  # fmt: skip


def dossier_digest(look: Look, approval: Mapping[str, Any], today: str) -> str:
    """Return the digest of what is signed."""
    return digest(dossier(look, approval, today))
