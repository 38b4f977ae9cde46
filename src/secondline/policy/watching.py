"""Watching: what a monitoring plan should hold, by tier, field of risk and packs; the numbers stand in YAML."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from secondline.govern.records.filing import Metric
from secondline.policy.methods import read_method

Frequency = Literal["real-time", "daily", "weekly", "monthly", "quarterly", "half-yearly", "yearly"]
Tiers = dict[int, Any]
MONTHS: tuple[tuple[int, Frequency], ...] = ((1, "monthly"), (3, "quarterly"), (6, "half-yearly"), (12, "yearly"))
ORDER: tuple[Frequency, ...] = ("real-time", "daily", "weekly", "monthly", "quarterly", "half-yearly", "yearly")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class From(_Part):
    """A level as a distance from the model's own baseline, or the limit it was validated by, or so many baselines."""

    baseline: float | None = None
    limit: float | None = None
    times: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one(self) -> From:
        if sum(one is not None for one in (self.baseline, self.limit, self.times)) != 1:
            raise ValueError("a level is a distance from either `baseline` or `limit`, or `times` the baseline")
        return self


Level = float | From


class LineRule(_Part):
    """One line that a plan should have, and for which models."""

    metric: str
    tracks: str
    basis: Literal["known", "projected", "estimated"] = "known"
    test: Literal["sequential", "window", "exact", "adwin"] = "sequential"
    direction: Literal["above", "below"] = "above"
    families: tuple[str, ...] = ()
    labels: bool = False
    """Whether it waits for outcomes, so that a lag belongs to it."""
    lag: int | None = Field(default=None, ge=0)
    """Days of that lag, where they are not those of the field of risk."""
    shortest: Frequency | None = None
    """Windows are at least this long, since shorter ones hold too few events."""
    steady: bool = False
    """Windows are so long that those of the reference itself stay within the mildest level (see `own_windows`)."""
    compared: str = ""
    """The check whose number is the baseline, where it is not the metric itself."""
    weight: float = Field(default=1.0, gt=0)
    """Its part of the false-alarm budget, against the other lines'; that of `each` is for all of them together."""
    each: Literal["", "feature"] = ""
    most: int = Field(default=20, ge=1)
    amber: Level | None = None
    red: Level | None = None
    stop_use: dict[int, Level] = {}
    min_n: int = 0
    action: dict[int, str]
    rating_trigger: bool = False
    because: str
    source: str
    tag: str

    @model_validator(mode="after")
    def _sound(self) -> LineRule:
        if self.amber is None and self.red is None:
            raise ValueError(f"{self.metric} states no level")
        if set(self.action) != {1, 2, 3, 4}:
            raise ValueError(f"{self.metric} needs an action for each tier")
        return self


class MonitoringMethod(_Part):
    """The lines of plans, and how often, at which budget and within how many days they are acted on."""

    version: str
    effective_from: str
    frequency: dict[str, dict[int, Frequency]]
    budget: dict[int, float]
    sla: dict[int, int]
    escalation: dict[int, str]
    lag: dict[str, int]
    severity: dict[int, str]
    own_windows: float = Field(default=0.05, ge=0, lt=1)
    """Share of the reference's own windows that may lie beyond the level of a `steady` line."""
    lines: tuple[LineRule, ...]

    @model_validator(mode="after")
    def _whole(self) -> MonitoringMethod:
        tables: dict[str, Tiers] = {"budget": self.budget, "sla": self.sla, "severity": self.severity}
        for name, table in {**tables, **self.frequency}.items():
            if set(table) != {1, 2, 3, 4}:
                raise ValueError(f"`{name}` needs a value for each of the tiers 1 to 4")
        if "house" not in self.frequency or "house" not in self.lag:
            raise ValueError("`frequency` and `lag` need a row `house` for every other field of risk")
        return self


@cache
def monitoring_method(which: str = "") -> MonitoringMethod:
    """Return the method that comes with secondline, or the YAML file named.

    Raises:
        SpecError: there is none, or it is not whole.
    """
    return read_method("monitoring", MonitoringMethod, which)


def frequency_of(method: MonitoringMethod, family: str, tier: int, months: int | None) -> Frequency:
    """Return how often a model is looked at: by the method, or more often where a cadence of *months* asks for it."""
    mine: Frequency = method.frequency.get(family, method.frequency["house"])[tier]
    asked: Frequency | None = next((name for n, name in reversed(MONTHS) if months is not None and months >= n), None)
    return mine if asked is None or ORDER.index(mine) <= ORDER.index(asked) else asked


def level_of(level: Level | None, baseline: float | None, limit: float | None) -> float | None:
    """Return a level as a number; None where what it is a distance from is not known."""
    if level is None or isinstance(level, (int, float)):
        return level
    if level.times is not None:
        return None if baseline is None else round(baseline * level.times, 10)
    start, distance = (baseline, level.baseline) if level.baseline is not None else (limit, level.limit)
    return None if start is None or distance is None else round(start + distance, 10)


def line_for(
    rule: LineRule, method: MonitoringMethod, *, tier: int, family: str, frequency: Frequency, where: str = "",
    baseline: float | None = None, limit: float | None = None, owner: str = "", lag: int | None = None,
) -> Metric | None:  # fmt: skip
    """Return the line a rule proposes for a model; None where no level of it can be told."""
    levels = {name: level_of(level, baseline, limit) for name, level in (("amber", rule.amber), ("red", rule.red))}
    if all(level is None for level in levels.values()):
        return None
    told = rule.lag if lag is None else lag
    days = method.lag.get(family, method.lag["house"]) if told is None else told
    if rule.shortest is not None and ORDER.index(rule.shortest) > ORDER.index(frequency):
        frequency = rule.shortest
    name = f"{rule.metric}:{where}" if where else rule.metric
    facts: dict[str, Any] = {
        "metric": name, "tracks": rule.tracks, "frequency": frequency, "baseline": baseline,
        "lag_days": days if rule.labels else 0, "direction": rule.direction, "min_n": rule.min_n,
        "action": rule.action[tier], "owner": owner, "sla": method.sla[tier],
        "escalation": method.escalation.get(tier, ""), "rating_trigger": rule.rating_trigger, "test": rule.test,
        "basis": rule.basis, "severity": method.severity[tier],
        "source": f"{rule.source} ({rule.tag}); {method.version}",
        "stop_use": level_of(rule.stop_use.get(tier), baseline, limit), **levels,
    }  # fmt: skip
    return Metric.model_validate({name: value for name, value in facts.items() if value is not None})


def rules_for(method: MonitoringMethod, family: str, codes: Collection[str] = ()) -> list[LineRule]:
    """Return the rules that fit a field of risk, without those of *codes*."""
    return [r for r in method.lines if (not r.families or family in r.families) and r.metric not in codes]


def as_values(metrics: Collection[Metric]) -> list[Mapping[str, Any]]:
    """Return lines as a form states them: nothing that is unset."""
    return [m.model_dump(mode="json", exclude_none=True, exclude_unset=True) for m in metrics]
