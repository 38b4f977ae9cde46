"""Configured: versions of a generative system are its parts by digest, and another configuration takes a change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from secondline.core.declared.configuration import changed, configuration, told
from secondline.core.errors import OutOfTurn, SpecError
from secondline.govern.act import Look, Situation
from secondline.govern.grounds import label

ONCE_SOUND = frozenset({"approved", "in-use", "superseded", "suspended"})
DECIDED = frozenset({"approved", "implemented"})


def of_its_parts(now: Situation) -> None:
    """A version's digest is that of its parts, and a system whose versions have parts has no version without."""
    parts, stated = now.field("components") or {}, now.field("digest")
    if now.doc.get("components", parts) != parts:
        raise SpecError(f"The components of {now.id} are fixed: another configuration is another version. Register it.")
    bad = sorted(name for name, content in parts.items() if not re.fullmatch(r"[0-9a-f]{64}", content))
    if bad:
        raise SpecError(f"`components` names each part by its SHA-256; {bad[0]!r} is none.")
    if parts and stated and stated != configuration(parts):
        raise SpecError(
            f"The digest of {now.id} must be that of its components, {configuration(parts)[:16]}...; got {stated[:16]}."
        )
    others = [v["id"] for v in now.look.find("version", model=str(now.field("model"))) if v.get("components")]
    if not parts and set(others) - {now.id} and now.act.creates:
        raise SpecError(
            f"{others[-1]} holds its components, so {now.id} must as well: "
            "secondline inventory version --configuration assistant.yaml."
        )


def with_digest(now: Situation) -> dict[str, Any]:
    """Return what is stated of a version, with the hash of its configuration as its digest where it has parts."""
    facts: dict[str, Any] = now.form.model_dump(mode="json", exclude_unset=True)
    return facts | ({"digest": configuration(facts["components"])} if facts.get("components") else {})


def in_force(look: Look, model: str, but: str = "") -> dict[str, Any]:
    """Return the version whose configuration is approved: the one in use, or else the one approved last; or {}.

    *but* is a version to leave out: then only those count that were approved before it was.
    """
    until = _approved_at(look, but) if but else 0
    held = [v for v in look.find("version", model=model) if v.get("components") and v.get("state") in ONCE_SOUND]
    found = [(v["state"] == "in-use" and not but, _approved_at(look, v["id"]), v) for v in held if v["id"] != but]
    earlier = [one for one in found if not until or one[1] < until]
    return max(earlier, key=lambda one: one[:2])[2] if earlier else {}


def _approved_at(look: Look, version: str) -> int:
    """Return the event of a version's first approval; 0 for one that never was approved."""
    return next((done.seq for done in look.past("version", version) if done.changes.get("state") == "approved"), 0)


def differs(look: Look, version: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the approved version before this one, and which parts differ from it; nothing where there is none."""
    before = in_force(look, str(version["model"]), str(version["id"])) if version.get("components") else {}
    return before, changed(before["components"], version["components"]) if before else {}


def uncontrolled(look: Look, version: Mapping[str, Any]) -> str:
    """Return why a version's configuration did not come about by an approved change, or ''."""
    before, moved = differs(look, version)
    if not moved:
        return ""
    leading = [c for c in look.find("change", model=str(version["model"]))
               if c.get("configuration") == version["digest"]]  # fmt: skip
    if any(c["state"] in DECIDED for c in leading):
        return ""
    since = f"{told(moved)} since {label(before['id'])}"
    live = [c for c in leading if c["state"] not in {"rejected", "withdrawn"}]
    if not live:
        return f"{since}, and no change leads to this configuration"
    return f"{since}: {live[-1]['id']} is {live[-1]['state']}, not approved"


def came_by_change(now: Situation) -> None:
    """A version whose configuration is not the approved one is approved after its change."""
    if why := uncontrolled(now.look, {**now.doc, "id": now.id}):
        raise OutOfTurn(f"{now.id}: {why}. Have the change approved on its regression first.")
