"""Passes: issue the signed pass of an approval, stop it, and list what is stopped, so that any gate can know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.core.errors import SpecError
from secondline.govern.grounds import listed, version_id
from secondline.govern.levels import policy_in_force
from secondline.ledger.database import last
from secondline.ledger.passes import as_file, sealed, trusted_keys
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order, Receipt

TRIES = 5


def issue(ledger: Ledger, actor: str, approval: str, *, expires: str = "", via: str = "") -> Receipt:
    """Issue the pass that an approval carries, signed by the service; it ends with the approval, or earlier."""
    found = ledger.records.need("approval", approval)
    for extra in range(TRIES):
        number = int(ledger.records.count("pass").get((), 0)) + 1 + extra
        if ledger.records.get("pass", f"P-{number}") is None:
            payload = _payload(ledger, found, f"P-{number}", expires)
            envelope = sealed(payload, ledger.keys.signer(), "secondline-pass-1")
            form = {"approval": approval, "envelope": envelope}
            return ledger.act("pass.issued", actor, f"P-{number}", form, via=via)
    raise SpecError("Too many passes are being issued at once. Try again.")


def _payload(ledger: Ledger, approval: Mapping[str, Any], id_: str, expires: str) -> dict[str, Any]:
    look, model, version = ledger.records, str(approval["model"]), str(approval["version"])
    version_doc = look.need("version", version_id(model, version))
    conditions = list(approval.get("conditions", ()))
    ends = [str(approval["expires"]), *(str(c["day"]) for c in conditions if c["kind"] == "until"), expires]
    with ledger.database.reading() as connection:
        seq, seal, at = last(connection)
    return {
        "pass": id_,
        "model": model,
        "version": version,
        "digest": version_doc["digest"],
        **({"components": version_doc["components"]} if version_doc.get("components") else {}),
        "uses": list(approval["uses"]),
        "names": {use: look.need("use", use).get("name", "") for use in approval["uses"]},
        "bounds": [b for use in approval["uses"] for b in look.need("use", use).get("bounds", ())],
        "kind": approval.get("kind", "normal"),
        "conditions": conditions,
        "packs": [
            f"{a.get('pack', a['id'])} {a.get('version', '')}".strip()
            for a in listed(look, "adoption", state="adopted")
        ],
        "approval": approval["id"],
        "decided_by": approval.get("decided_by", ""),
        "signatories": [s["person"] for s in approval.get("signatures", ())],
        "residual": approval.get("residual", ""),
        "head": {"seq": seq, "seal": seal},
        "issued": max(ledger.clock(), at),
        "expires": min(day for day in ends if day),
        "stale_hours": policy_in_force(look).stale_hours,
    }


def pass_file(ledger: Ledger, id_: str) -> bytes:
    """Return a pass as the file a gateway loads."""
    return as_file(ledger.records.need("pass", id_)["envelope"])


def revocations(ledger: Ledger) -> bytes:
    """Return the signed, dated list of every pass that is restricted, suspended or revoked, as a file.

    A restricted pass stands, with the further conditions in its ``limits``.
    """
    stopped = [
        {"pass": doc["id"], "state": state} | ({"limits": list(doc["limits"])} if state == "restricted" else {})
        for state in ("restricted", "suspended", "revoked")
        for doc in ledger.records.find("pass", state=state)
    ]
    with ledger.database.reading() as connection:
        seq, seal, at = last(connection)
    payload = {"issued": max(ledger.clock(), at), "head": {"seq": seq, "seal": seal}, "passes": stopped}
    return as_file(sealed(payload, ledger.keys.signer(), "secondline-revocations-1"))


def trusted_key(ledger: Ledger) -> str:
    """Return the public key that signs the passes of a ledger now.

    Raises:
        SpecError: nothing was signed yet.
    """
    found = trusted_keys(ledger.keys)
    if not found:
        raise SpecError("This ledger has no key yet: it is made when the first pass is issued.")
    return found[-1]


def stop_model(ledger: Ledger, actor: str, model: str, reason: str, *, via: str = "") -> list[Receipt]:
    """Suspend a model and every pass of it that stands: the kill switch."""
    orders = [
        Order("pass.suspended", actor, doc["id"], reason=reason, via=via)
        for state in ("active", "restricted")
        for doc in ledger.records.find("pass", model=model, state=state)
    ]
    return ledger.acts([*orders, Order("model.suspended", actor, model, reason=reason, via=via)])
