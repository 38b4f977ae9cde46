"""What model.yaml says of money: what a default costs and what an account that pays earns."""

from __future__ import annotations

from pydantic import Field

from secondline.core.declared.part import Part


class Money(Part):
    """Shares of the exposure: lost when the event occurs, and earned over the account's life when it does not."""

    loss_given_default: float = Field(alias="loss-given-default", ge=0, le=1)
    margin: float = Field(default=0.0, ge=0, le=10)
