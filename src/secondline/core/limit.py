"""A limit: what policy asks of a measure, why, and on whose authority."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

Severity = Literal["critical", "major", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("critical", "major", "medium", "low")


class Limit(BaseModel):
    """The acceptable range of one measure.

    Exactly one rule is set: ``at_least``, ``at_most``, ``within`` [low, high], or ``p_at_least`` (the p-value, after
    the plan's multiplicity control, must not fall below it). ``detect`` belongs to ``p_at_least``: when the smallest
    detectable effect (``mde``) exceeds it, not rejecting proves nothing and the outcome is Inconclusive. ``judge_on``
    chooses between the whole interval (default) and the bare value (for counts of the rows delivered, which have no
    sampling error). ``severity`` grades a breach; ``worse`` raises it when the value is beyond a further bound, in
    either direction away from the limit. ``because``, ``source``, ``tag`` (P primary, V verified at second hand, S
    secondary, R practice), and ``verify_by`` say on what authority the limit stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    at_least: float | None = None
    at_most: float | None = None
    within: tuple[float, float] | None = None
    p_at_least: float | None = None
    detect: float | None = None
    judge_on: Literal["interval", "value"] = "interval"
    severity: Severity = "medium"
    worse: dict[Severity, float] = {}
    because: str = ""
    source: str = ""
    tag: Literal["P", "V", "S", "R", "house"] = "house"
    verify_by: str | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        given = [r for r in ("at_least", "at_most", "within", "p_at_least") if getattr(self, r) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a limit needs exactly one of at_least, at_most, within, p_at_least; got {given or 'none'}"
            )
        if self.within is not None and self.within[0] > self.within[1]:
            raise ValueError(f"within needs [low, high] with low <= high; got {list(self.within)}")
        if self.p_at_least is not None and not 0 < self.p_at_least < 1:
            raise ValueError(f"p_at_least must lie strictly between 0 and 1; got {self.p_at_least}")
        return self

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The acceptable (low, high); None where open. A p-value limit has none."""
        return self.within if self.within is not None else (self.at_least, self.at_most)

    @property
    def text(self) -> str:
        """The rule in a few words, as reports print it."""
        if self.within is not None:
            return f"within [{self.within[0]:g}, {self.within[1]:g}]"
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return f"p at least {self.p_at_least:g}"
