"""Signing: what a signed validation makes of its model and of its version."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from secondline.core.errors import OutOfTurn, SpecError, UnknownRecord
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import independent_of_first_line
from secondline.govern.record import Form
from secondline.govern.roles import SECOND_LINE
from secondline.govern.validating import TYPES


class ByForm(Form):
    """The validation that shows it."""

    validation: str = Field(min_length=1, max_length=40, description="Signed validation (V-n).")


def _signed(now: Situation) -> dict[str, Any]:
    found = now.look.get("validation", now.form.validation)
    if found is None:
        raise UnknownRecord.of("validation", now.form.validation)
    if found.get("state") != "signed":
        raise OutOfTurn(f"{now.form.validation} is {found.get('state')}, not signed.")
    return found


def _shows_model(now: Situation) -> None:
    found = _signed(now)
    if found["model"] != now.id or not TYPES[found["kind"]].full:
        raise SpecError(f"{now.form.validation} ({found['kind']}) is no full validation of {now.id}.")
    if str(found["signed_on"]) < str(now.doc.get("last_validated") or ""):
        raise SpecError(f"{now.id} was validated since, on {now.doc['last_validated']}.")


def _shows_version(now: Situation) -> None:
    found = _signed(now)
    if (found["model"], found.get("version")) != (now.doc["model"], now.doc["version"]):
        raise SpecError(f"{now.form.validation} is of {found['model']} {found.get('version', '')}, not of {now.id}.")
    if not TYPES[found["kind"]].settles or found["recommendation"] == "reject":
        raise SpecError(f"{now.form.validation} ({found['kind']}, {found['recommendation']}) does not clear {now.id}.")


def _validated(now: Situation) -> dict[str, Any]:
    found = _signed(now)
    return {"last_validated": found["signed_on"], "opinion": found["opinion"], "validator": found["lead"]}


allow(
    Act("model.validated", "model", "Enter the validation", SECOND_LINE, ByForm,
        rules=(independent_of_first_line("enter the validation"), _shows_model), changes=_validated)
)  # fmt: skip
allow(
    Act("version.validated", "version", "Mark the version as validated", SECOND_LINE, ByForm,
        before=frozenset({"registered"}), after="validated", changes=lambda _now: {},
        rules=(independent_of_first_line("mark it as validated"), _shows_version))
)  # fmt: skip
