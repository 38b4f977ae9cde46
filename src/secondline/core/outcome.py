"""Outcomes: the closed set of answers a planned check can have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from secondline.core.estimate import Estimate
from secondline.core.limit import Severity


class _Outcome(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Passed(_Outcome):
    """The data show that the limit is met."""

    kind: Literal["passed"] = "passed"
    estimate: Estimate
    because: str = ""


class Failed(_Outcome):
    """The data show that the limit is breached."""

    kind: Literal["failed"] = "failed"
    estimate: Estimate
    because: str
    severity: Severity


class Inconclusive(_Outcome):
    """The interval straddles the limit, or the data are too few; ``needed`` says what would decide it.

    ``detail`` holds the small tables that are known without a number; it is written only where there are any.
    """

    kind: Literal["inconclusive"] = "inconclusive"
    estimate: Estimate | None = None
    because: str
    needed: str = ""
    detail: dict[str, Any] = Field(default_factory=dict)

    @model_serializer(mode="wrap")
    def _without_nothing(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told: dict[str, Any] = plain(self)
        return told if self.detail else {name: value for name, value in told.items() if name != "detail"}


class NotApplicable(_Outcome):
    """The question does not arise, or no limit is set and the number is only reported."""

    kind: Literal["not_applicable"] = "not_applicable"
    estimate: Estimate | None = None
    because: str


class Errored(_Outcome):
    """The check could not be answered because something broke; this blocks, it is never filed away."""

    kind: Literal["errored"] = "errored"
    estimate: None = None
    because: str


Outcome = Annotated[Passed | Failed | Inconclusive | NotApplicable | Errored, Field(discriminator="kind")]
KINDS = ("passed", "failed", "inconclusive", "not_applicable", "errored")
