"""What model.yaml says of the search for less discriminatory alternatives: the space and the rule, fixed beforehand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from secondline.core.declared.part import Names, Part

Share = Annotated[float, Field(ge=0, le=1)]


class Comparable(Part):
    """The rule by which an alternative counts as comparable with the champion; it must be stated before the search.

    It may lose at most ``auc-loss`` of AUC and, where ``bad-rate-rise`` is given, may raise the event rate of those
    approved by at most so much, each shown by its interval and not by its value alone.
    """

    auc_loss: Share = Field(default=0.01, alias="auc-loss")
    bad_rate_rise: Share | None = Field(default=None, alias="bad-rate-rise")


class Alternatives(Part):
    """The search: whose approvals are to rise, which models are tried, and what counts as comparable.

    ``group`` of ``column`` (left out: the one with the lowest approval rate) is held against the control group
    (``reference-groups``, else the largest). Tried are: other ``seeds``; without each and then without all of the
    ``drop`` features that tell the group best; with weights that make group and outcome independent, at the strengths
    ``reweigh``; with a ``penalty`` on the gap in mean log-odds (boosting only); with other ``settings``; and the drops
    and weights together. At most ``most`` models are fitted, in that order.
    """

    column: str
    group: str | None = None
    kind: Literal["boosting", "logistic"] = "boosting"
    features: Names | None = None
    seeds: int = Field(default=3, ge=1, le=20)
    drop: int = Field(default=5, ge=0, le=20)
    reweigh: tuple[Share, ...] = (0.5, 1.0)
    penalty: tuple[Annotated[float, Field(gt=0)], ...] = (0.3, 1.0, 3.0)
    settings: tuple[dict[str, Any], ...] = ()
    most: int = Field(default=40, ge=1, le=500)
    comparable: Comparable = Comparable()
    because: str = ""
