"""Approving: the policy of approvals that comes with secondline, or the bank's own, read from YAML."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from secondline.govern.levels import ApprovalPolicy
from secondline.policy.documents import load, load_text, typed


class PolicyDocument(ApprovalPolicy):
    """The document: the policy with its name."""

    version: str
    title: str = ""


def read_policy(path: Path | None = None) -> PolicyDocument:
    """Return the policy of approvals in *path*, or the one that comes with secondline.

    Raises:
        SpecError: the file is missing, no YAML, or not a whole policy; each wrong key is named.
    """
    if path is not None:
        content, lines = load(path)
        return typed(PolicyDocument, content, str(path), lines)
    text = (files("secondline.policy") / "governance" / "approvals.yaml").read_text(encoding="utf-8")
    content, lines = load_text(text, "governance/approvals.yaml")
    return typed(PolicyDocument, content, "governance/approvals.yaml", lines)


def as_form(policy: PolicyDocument) -> dict[str, Any]:
    """Return the policy as the form that proposes it."""
    facts = policy.model_dump(mode="json")
    version, title = facts.pop("version"), facts.pop("title")
    return {"version": version, "title": title, "parameters": facts}
