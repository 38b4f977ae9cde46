"""What model.yaml says for the measures of fraud: money, alerts, time, accounts, rules, costs and the control arm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from secondline.core.declared.part import Names, Part

AMOUNT = "fraud amount"
"""The role of the amount; it may be a feature as well."""


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


Day = Annotated[str, BeforeValidator(_written)]
"""A day such as 2026-06-30; YAML reads one without quotes as a date."""


class Costs(Part):
    """Money: of reviewing one alert, of declining one genuine transaction, and the share of a fraud that is lost."""

    review: float = Field(default=0.0, ge=0)
    friction: float = Field(default=0.0, ge=0)
    loss_share: float = Field(default=1.0, alias="loss-share", ge=0, le=1)


class Arm(Part):
    """The control arm: transactions let through at random, whatever their score.

    ``probability`` is the chance with which a transaction was put into the arm: one number, or a column.
    """

    column: str
    probability: float | str

    @model_validator(mode="after")
    def _is_a_chance(self) -> Arm:
        if not isinstance(self.probability, str) and not 0 < self.probability <= 1:
            raise ValueError(f"the control arm's probability must lie in (0, 1]; got {self.probability:g}")
        return self


class Scheme(Part):
    """Flags of each transaction for the card scheme's ratio.

    ``settled``: settled and card not present. ``reported``: reported to the scheme as fraud. ``disputed``: disputed.
    """

    settled: str
    reported: str
    disputed: str


class Serving(Part):
    """How the score was served: response time in milliseconds, its time-out, and whether a fallback decided."""

    latency: str | None = None
    timeout: float | None = Field(default=None, gt=0)
    fallback: str | None = None


class Fraud(Part):
    """Declarations for the measures of fraud.

    The label of `columns` says what was fraud. ``amount`` is the money of the transaction. Alerts are those recorded
    in ``alert``, or scores at and beyond ``threshold`` (in the score's own units and direction), or the riskiest
    ``alert-budget`` of all transactions, rows tied at the cut left out. ``declined`` records a decline or a challenge,
    ``alerted-at`` when the alert was raised (left out: the transaction's time). ``account`` and ``customer`` are
    columns (left out: the first `entity`; the account). ``known-at`` is when a fraud became known, and ``known-to``
    the day up to which labels were collected (left out: the last ``known-at``). ``saved`` says what an alert saves:
    frauds of the account after it, or from it on, when the alerted transaction itself is stopped. ``trained-to`` is
    the last day of training data.
    """

    amount: str
    alert: str | None = None
    threshold: float | None = None
    alert_budget: float | None = Field(default=None, alias="alert-budget", gt=0, lt=1)
    declined: str | None = None
    alerted_at: str | None = Field(default=None, alias="alerted-at")
    account: str | None = None
    customer: str | None = None
    known_at: str | None = Field(default=None, alias="known-at")
    known_to: Day | None = Field(default=None, alias="known-to")
    rules: Names = ()
    recovered: str | None = None
    saved: Literal["after-alert", "from-alert"] = "after-alert"
    trained_to: Day | None = Field(default=None, alias="trained-to")
    costs: Costs = Costs()
    control: Arm | None = None
    scheme: Scheme | None = None
    serving: Serving = Serving()

    @model_validator(mode="after")
    def _one_alert(self) -> Fraud:
        given = [part for part in (self.threshold, self.alert_budget) if part is not None]
        if len(given) > 1:
            raise ValueError("`fraud` takes `threshold` or `alert-budget`, not both")
        if not given and self.alert is None:
            raise ValueError("`fraud` needs one of `alert`, `threshold` and `alert-budget`: what counts as an alert")
        return self

    @model_validator(mode="after")
    def _days(self) -> Fraud:
        for name, day in (("known-to", self.known_to), ("trained-to", self.trained_to)):
            try:
                _ = day is None or datetime.fromisoformat(day)
            except ValueError as error:
                raise ValueError(f"`fraud: {name}` must be a date such as 2026-06-30; got {day!r}") from error
        return self

    def columns(self) -> Iterator[tuple[str, str]]:
        """Yield every (role, column) that is named here."""
        yield AMOUNT, self.amount
        named = {
            "alert": self.alert, "declined": self.declined, "alerted-at": self.alerted_at, "account": self.account,
            "customer": self.customer, "known-at": self.known_at, "recovered": self.recovered,
            "latency": self.serving.latency, "fallback": self.serving.fallback,
        }  # fmt: skip
        yield from ((f"fraud {role}", column) for role, column in named.items() if column)
        yield from (("fraud rule", column) for column in self.rules)
        if self.control:
            yield "fraud control", self.control.column
            if isinstance(self.control.probability, str):
                yield "fraud control probability", self.control.probability
        if self.scheme:
            yield from ((f"fraud {role}", column) for role, column in self.scheme.model_dump().items())
