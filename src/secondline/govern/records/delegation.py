"""Delegation: who may approve what, with all its numbers, adopted by two people so that the ledger can apply it."""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError

from secondline.core.canonical import digest
from secondline.core.errors import SpecError
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import not_the_one_who
from secondline.govern.levels import ApprovalPolicy
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.roles import Role

HEADS = frozenset[Role]({"mrm-head", "approver"})


class DelegationFields(Form):
    """A policy of approvals, whole."""

    version: str = Field(min_length=1, max_length=40, description="Version, such as 2026.1.")
    title: str = Field(default="", max_length=200, description="Name people use.")
    parameters: dict[str, Any] = Field(description="Levels by tier, emergency caps, what blocks.")


class Delegation(Doc, DelegationFields):
    """A policy of approvals on record."""

    digest: str = Field(default="", description="SHA-256 of the parameters.")
    since: str = Field(default="", description="Day of its adoption.")


declare(Record("delegation", "Delegation", "delegations", Delegation, ("version", "digest")))


def _is_whole(now: Situation) -> None:
    if now.id != f"approvals@{now.form.version}":
        raise SpecError(f"A policy of approvals is named approvals@VERSION: approvals@{now.form.version}.")
    try:
        ApprovalPolicy.model_validate(now.form.parameters)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "parameters"
        raise SpecError(f"The policy of approvals is not whole: `{name}`: {first['msg']}.") from error


def _proposed(now: Situation) -> dict[str, Any]:
    stated = now.form.model_dump(mode="json")
    return {**stated, "digest": digest(stated["parameters"])}


allow(
    Act("delegation.proposed", "delegation", "Propose a policy of approvals", HEADS, DelegationFields, creates=True,
        after="proposed", rules=(_is_whole,), changes=_proposed, reasoned=True)
)  # fmt: skip
allow(
    Act("delegation.adopted", "delegation", "Adopt the policy of approvals", HEADS, Nothing,
        before=frozenset({"proposed"}), after="adopted", changes=lambda now: {"since": now.today}, reasoned=True,
        rules=(not_the_one_who("delegation.proposed", what="adopt the policy they proposed"),))
)  # fmt: skip
allow(
    Act("delegation.ended", "delegation", "End the policy of approvals", frozenset({"mrm-head"}), Nothing,
        before=frozenset({"proposed", "adopted"}), after="ended", reasoned=True)
)  # fmt: skip
