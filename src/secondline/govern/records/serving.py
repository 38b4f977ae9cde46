"""Serving: what a gateway says it serves, so that the inventory knows what decides, where, by which pass."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import Field

from secondline.core.errors import OutOfTurn
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import known
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.roles import Role

# The role of programs that watch reports as well, where the bank's law has it.
REPORTERS = frozenset[Role](role for role in get_args(Role) if role in {"owner", "monitor"})


class DeploymentFields(Form):
    """What a gateway serves of one model."""

    gateway: str = Field(min_length=1, max_length=80, description="Name of the gateway.")
    model: str = Field(description="Model.")
    version: str = Field(default="", max_length=160, description="Version label, such as 2.3.0.")
    digest: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the artefact that scores.")
    pass_id: str = Field(default="", max_length=40, description="Pass it goes by.")
    uses: tuple[str, ...] = Field(default=(), max_length=50, description="Uses it is served for.")
    threshold: str = Field(default="", max_length=64, description="Version of the decision rule.")
    trouble: str = Field(default="", max_length=2_000, description="Why it decides nothing; empty where it does.")
    libraries: dict[str, str] = Field(default={}, max_length=50, description="Versions of the libraries that score.")


class ChangeForm(Form):
    """What changed in what a gateway serves; each report states all of it."""

    version: str = Field(default="", max_length=160, description="Version label, such as 2.3.0.")
    digest: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the artefact that scores.")
    pass_id: str = Field(default="", max_length=40, description="Pass it goes by.")
    uses: tuple[str, ...] = Field(default=(), max_length=50, description="Uses it is served for.")
    threshold: str = Field(default="", max_length=64, description="Version of the decision rule.")
    trouble: str = Field(default="", max_length=2_000, description="Why it decides nothing; empty where it does.")
    libraries: dict[str, str] = Field(default={}, max_length=50, description="Versions of the libraries that score.")


class Deployment(Doc, DeploymentFields):
    """A deployment on record; ``reported`` is when it was last told of."""

    reported: str = ""


DEPLOYMENT = declare(
    Record("deployment", "Deployment", "deployments", Deployment,
           ("gateway", "model", "version", "digest", "pass_id"), prefix="D")
)  # fmt: skip


def _only_one(now: Situation) -> None:
    same = now.look.find("deployment", gateway=now.form.gateway, model=now.form.model)
    if standing := [d["id"] for d in same if d.get("state") != "ended"]:
        raise OutOfTurn(f"{now.form.gateway} reports {now.form.model} already, as {standing[0]}. Change that.")


def _as_told(now: Situation) -> dict[str, Any]:
    """Return the form with its empty fields, since each report states the whole, and when it was told."""
    stated = now.form.model_dump(mode="json")
    return {**stated, "state": "stopped" if stated["trouble"] else "serving", "reported": now.at}


STANDING = frozenset({"serving", "stopped"})
allow(
    Act("deployment.reported", "deployment", "Report what is served", REPORTERS, DeploymentFields, creates=True,
        rules=(known("model", "model"), _only_one), changes=_as_told, made=True)
)  # fmt: skip
allow(
    Act("deployment.changed", "deployment", "Report a change of what is served", REPORTERS, ChangeForm,
        before=STANDING, changes=_as_told, made=True)
)  # fmt: skip
allow(
    Act("deployment.ended", "deployment", "Note that it is served no longer", REPORTERS, Nothing, before=STANDING,
        after="ended", reasoned=True)
)  # fmt: skip
