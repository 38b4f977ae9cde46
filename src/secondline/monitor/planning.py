"""Planning: propose the monitoring plan of a model from its tier, its packs and its validation; people decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from secondline.core.errors import SpecError
from secondline.core.evidence import Evidence, Run
from secondline.govern.records.filing import BUDGETED, Metric
from secondline.ledger.store import Ledger
from secondline.monitor.lines import DAYS, Line, next_look
from secondline.monitor.sized import sized
from secondline.monitor.steady import SCORE, Days, Fit, fitting
from secondline.policy.calendar import next_monitoring
from secondline.policy.watching import (
    Frequency,
    LineRule,
    MonitoringMethod,
    as_values,
    frequency_of,
    line_for,
    monitoring_method,
    rules_for,
)
from secondline.stats.monitoring.budget import split
from secondline.workflow.calendar import adopted_packs

UNRATED = 1
"""The tier that a model counts as until somebody rates it: the worst."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan as proposed: what ``monitoring.drafted`` takes, why each line is there, and what was left out and why."""

    form: Mapping[str, Any]
    because: Mapping[str, str]
    left_out: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a proposal rests on: the model's entry, the run whose numbers are baselines, and numbers of its use so far.

    ``baselines`` are values by metric that no run holds, such as the share of adverse decisions.
    """

    model: Mapping[str, Any]
    run: Run | None
    packs: tuple[str, ...]
    limitations: tuple[Mapping[str, Any], ...]
    baselines: Mapping[str, float]
    days: Days | None = None
    """The reference by day, where the model is watched already."""

    @property
    def tier(self) -> int:
        """The tier, or the worst until there is one."""
        return int(self.model.get("tier") or UNRATED)

    @property
    def family(self) -> str:
        """The field of risk."""
        return str(self.model.get("family") or "other")


def propose(
    ledger: Ledger, model: str, *, run: str = "", method: str = "", baselines: Mapping[str, float] | None = None,
    days: Days | None = None,
) -> Proposal:  # fmt: skip
    """Return the plan proposed for a model; baselines come from a run, the newest of the model unless one is named.

    *days* is the model's reference day by day: with it, inputs that vary by themselves get longer windows (`steady`),
    and so do lines of labels that would hold too few events (`sized`).

    Raises:
        SpecError: the model is not on record, or the run is of another model.
    """
    ground = _ground(ledger, model, run, baselines or {}, days)
    policy = monitoring_method(method)
    cadence = next_monitoring(ground.model, ground.tier, ground.packs, date.fromisoformat(ledger.today))
    often = frequency_of(policy, ground.family, ground.tier, cadence.months)
    lines: list[Metric] = []
    weights: list[float] = []
    because, left_out = dict[str, str](), dict[str, str]()
    for rule in rules_for(policy, ground.family):
        places = list(_places(rule, ground))
        for where in places:
            line = _line(rule, policy, ground, often, where)
            key = " ".join(filter(None, (rule.metric, where, "" if rule.basis == "known" else rule.basis)))
            if line is None:
                left_out[key] = "its levels are distances from a baseline, and no run or reading gives one"
                continue
            fit = _fit(rule, line, ground, policy, where)
            if fit.frequency is None:
                left_out[key] = fit.says
                continue
            lines.append(_looked_at(line, fit.frequency))
            weights.append(rule.weight / len(places))
            because[key] = "; ".join(filter(None, (f"{rule.because} ({rule.source}; {rule.tag})", fit.says)))
    form = {
        "model": model, "owner": str(ground.model.get("owner") or ""), "budget": policy.budget[ground.tier],
        "metrics": as_values(dealt(lines, policy.budget[ground.tier], weights)),
        "next_check": next_look([Line("", model, m) for m in lines], date.fromisoformat(ledger.today)).isoformat(),
        "relevance": "The owner attests once a year that use, population and purpose are those that were approved.",
    }  # fmt: skip
    title = f"{cadence.rule} ({cadence.source}; {cadence.tag})"
    return Proposal(form, {"frequency": f"{often}: {title}", **because}, left_out)


def dealt(lines: Sequence[Metric], budget: float, weights: Sequence[float] = ()) -> list[Metric]:
    """Return the lines with their parts of one false-alarm budget, by weight; by the budgets they have without any.

    A count without error and ADWIN take no part of it.
    """
    weights = weights or [line.budget for line in lines]
    spending = {str(n): weights[n] for n, line in enumerate(lines) if line.test in BUDGETED}
    parts = split(budget, spending) if spending else {}
    return [
        line.model_copy(update={"budget": parts[str(n)]}) if str(n) in parts else line for n, line in enumerate(lines)
    ]


def dealt_anew(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return an edited plan with its budget dealt anew over its lines, in proportion to the parts that they state."""
    if form.get("budget") is None or not form.get("metrics"):
        return dict(form)
    lines = [Metric.model_validate(line) for line in form["metrics"]]
    return {**form, "metrics": as_values(dealt(lines, float(form["budget"])))}


def _looked_at(line: Metric, frequency: Frequency) -> Metric:
    return line.model_copy(update={"frequency": frequency, "looks": max(1, round(365 / DAYS[frequency]))})


def _fit(rule: LineRule, line: Metric, ground: Ground, method: MonitoringMethod, where: str) -> Fit:
    answer = _answer(ground.run, rule.compared or rule.metric, where)
    if ground.days and rule.steady:
        return fitting(ground.days, line, method.own_windows)
    if ground.days and rule.labels and answer and answer.outcome.estimate:
        return sized(ground.days, line, answer.outcome.estimate)
    return Fit(line.frequency)


def _ground(ledger: Ledger, model: str, run: str, baselines: Mapping[str, float], days: Days | None) -> Ground:
    entry = ledger.records.get("model", model)
    if entry is None:
        raise SpecError(f"There is no model {model!r} on record. Register it first: secondline inventory add {model}.")
    found = ledger.run(run) if run else ledger.latest_of(model)
    if found is not None and found.plan.spec.model != model:
        raise SpecError(f"Run {found.id} is of {found.plan.spec.model!r}, not of {model!r}.")
    limits = tuple(ledger.records.find("limitation", model=model, state="open"))
    return Ground(entry, found, tuple(adopted_packs(ledger.records)), limits, baselines, days)


def _places(rule: LineRule, ground: Ground) -> Iterator[str]:
    """Yield where a rule looks: everywhere, or at each feature, those that moved most in the validation first."""
    if not rule.each:
        yield ""
        return
    moved: dict[str, float] = {}
    for e in ground.run.evidence if ground.run else ():
        if e.code == rule.metric and e.subject.column and e.outcome.estimate is not None:
            moved[e.subject.column] = max(e.outcome.estimate.value, moved.get(e.subject.column, 0.0))
    columns = ground.run.plan.spec.columns.features if ground.run else None
    watched = [name for name in (ground.days.counts if ground.days else ()) if name != SCORE]
    names = sorted(moved, key=lambda name: (-moved[name], name)) or list(columns or watched)
    yield from names[: rule.most]


def _line(
    rule: LineRule, method: MonitoringMethod, ground: Ground, often: Any, where: str
) -> Metric | None:  # fmt: skip
    answer = _answer(ground.run, rule.compared or rule.metric, where)
    estimate = answer.outcome.estimate if answer else None
    baseline = ground.baselines.get(rule.compared or rule.metric) if estimate is None else estimate.value
    limit = _limit(ground.run, rule.metric)
    line = line_for(
        rule, method, tier=ground.tier, family=ground.family, frequency=often, where=where, baseline=baseline,
        limit=limit, owner=str(ground.model.get("owner") or ""),
    )  # fmt: skip
    watched = next((str(one["id"]) for one in ground.limitations if rule.metric in str(one.get("watched_by", ""))), "")
    return line.model_copy(update={"limitation": watched}) if line and watched else line


def _answer(run: Run | None, code: str, about: str) -> Evidence | None:
    """Return the newest answer of a run to a check, about one feature where one is meant."""
    found = [
        e for e in (run.evidence if run else ())
        if e.code == code and e.outcome.estimate is not None and (not about or about == e.subject.column)
    ]  # fmt: skip
    return found[-1] if found else None


def _limit(run: Run | None, code: str) -> float | None:
    """Return the limit that a run judged a check by, where it is one number."""
    limit = next((c.limit for c in (run.plan.checks if run else ()) if c.code == code and c.limit), None)
    if limit is None:
        return None
    return next((end for end in limit.bounds if end is not None), None)
