"""Takeover: models that were in use before they were on this record come in with what is known, and with a deadline."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pydantic import Field

from secondline.core.errors import SpecError, UnknownRecord
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import independent_of_first_line
from secondline.govern.record import Form
from secondline.govern.roles import Role

LONGEST = 366


class TakeOverForm(Form):
    """What an older record says of a model that is in use."""

    version: str = Field(min_length=1, max_length=80, description="Version label in use, such as 2.3.0.")
    evidence: str = Field(min_length=1, max_length=40, description="Evidence (EV-n) of the older approval.")
    since: date = Field(description="First day in production.")
    last_validated: date | None = Field(default=None, description="Last validation, as the older record has it.")
    next_validation: date = Field(description="Day by which it is validated here; at most a year ahead.")


def _shown(now: Situation) -> None:
    """The version is on record, and so is what the older approval was."""
    version = f"{now.id}@{now.form.version}"
    if now.look.get("version", version) is None:
        raise UnknownRecord.of("version", version, [v["id"] for v in now.look.find("version", model=now.id)])
    filed = now.look.get("evidence", now.form.evidence)
    if filed is None:
        raise UnknownRecord.of("evidence", now.form.evidence)
    if filed.get("state") != "filed" or filed.get("model", "") not in {"", now.id}:
        raise SpecError(f"{now.form.evidence} is withdrawn, or is about another model.")


def _in_time(now: Situation) -> None:
    today, form = date.fromisoformat(now.today), now.form
    if not today < form.next_validation <= today + timedelta(days=LONGEST):
        raise SpecError(f"`next_validation` must be after today and within a year; got {form.next_validation}.")
    if form.since > today or (form.last_validated and form.last_validated > today):
        raise SpecError("What happened before this record cannot lie in the future.")


def _taken(now: Situation) -> dict[str, Any]:
    said = now.form.model_dump(mode="json", exclude_none=True)
    facts = {"by": now.actor, "on": now.today, "evidence": said["evidence"], "version": said["version"]}
    return {
        "version_in_use": said["version"],
        "production_date": said["since"],
        "next_validation": said["next_validation"],
        "taken_over": facts,
        **({"last_validated": said["last_validated"]} if "last_validated" in said else {}),
    }


allow(
    Act("model.taken-over", "model", "Take over a model in use", frozenset[Role]({"mrm-head"}), TakeOverForm,
        before=frozenset({"proposed"}), after="in-use", changes=_taken, reasoned=True,
        rules=(independent_of_first_line("take over the model"), _shown, _in_time))
)  # fmt: skip
