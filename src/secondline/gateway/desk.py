"""Desk: decides the cases of many requests at once, and turns away what cannot be decided on."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy.typing as npt

from secondline.core.errors import SecondlineError, near
from secondline.events.shapes import Arm, Decision
from secondline.gateway.asked import Asked, Turned
from secondline.gateway.clock import Clock
from secondline.gateway.counts import Counts
from secondline.gateway.deciding import Case, diverted, known, scored
from secondline.gateway.explaining import explained
from secondline.gateway.gathering import gathered
from secondline.gateway.lines import Line, Version
from secondline.gateway.onlooking import looked_on
from secondline.gateway.routing import finite
from secondline.models.session import TooSlow

MILLION = 1_000_000
UNSCHEMED = 200
"""Columns that are kept of a request whose model could never be loaded."""


@dataclass(slots=True)
class Plan:
    """One request on its way: its line, its cases, and the rows of it that the model is to score."""

    asked: Asked
    line: Line
    use: str
    cases: list[Case]
    rows: list[int]


class LiveDesk:
    """The desk of a running gateway. ``lines`` are exchanged by whoever watches the passes, one model at a time."""

    def __init__(self, counts: Counts, clock: Clock, key: bytes = b"", prefix: str = "") -> None:
        """Begin with nothing to serve; *key* keys the draws, *prefix* begins the ids of decisions."""
        self.lines: dict[str, Line] = {}
        self._counts, self._clock, self._key = counts, clock, key
        self._prefix, self._number = prefix or secrets.token_hex(6), itertools.count(1)

    def ready(self, model: str = "") -> bool:
        """Whether a model (or every model) has a valid pass and is loaded."""
        lines = [self.lines[model]] if model in self.lines else [] if model else list(self.lines.values())
        return bool(lines) and all(line.ready and line.good_until > self._clock.now() for line in lines)

    def models(self) -> list[dict[str, Any]]:
        """Return what is served, as the protocol's metadata."""
        return [line.metadata() for line in self.lines.values()]

    def decide(self, asked: list[Asked]) -> list[list[Decision] | Turned]:
        """Return for each request its decisions, a case each, or why it was turned away; never raises."""
        began, now = time.perf_counter_ns(), self._clock.now()
        plans: list[Plan | Turned] = [self._planned(one, now) for one in asked]
        groups: dict[int, list[Plan]] = {}
        for plan in plans:
            if isinstance(plan, Plan) and plan.rows:
                groups.setdefault(id(plan.line), []).append(plan)
        for group in groups.values():
            self._score(group)
        return [plan if isinstance(plan, Turned) else self._told(plan, began, now) for plan in plans]

    def _planned(self, asked: Asked, now: float) -> Plan | Turned:
        try:
            return self._plan(asked, now)
        except Turned as turned:
            return turned
        except Exception as error:  # noqa: BLE001 - one request that surprises us must not fail those beside it
            return Turned(500, "desk", f"The desk failed on this request: {type(error).__name__}.")

    def _plan(self, asked: Asked, now: float) -> Plan:
        line = self._line(asked)
        if asked.use and asked.use not in asked.uses and line.uses.get(asked.use, "") not in asked.uses:
            raise Turned(403, "use-not-granted", f"This token does not allow the use {asked.use[:80]!r}.")
        cases = self._cases(asked, line, now)
        use, why = _use(asked, line)
        plan = Plan(asked, line, use, cases, [])
        trouble = line.trouble or ("" if now < line.good_until else "its pass ended, or is too long unconfirmed")
        if trouble:
            for case in cases:
                diverted(case, line, "stopped", trouble)
        elif why:
            for case in cases:
                diverted(case, line, "outside", why)
        else:
            plan.rows = [row for row, case in enumerate(cases) if self._may(case, line, now)]
        return plan

    def _line(self, asked: Asked) -> Line:
        line = self.lines.get(asked.model)
        if line is None:
            hint = near(asked.model, self.lines, f"Served are: {', '.join(self.lines)}.")
            raise Turned(404, "unknown-model", f"No model {asked.model[:80]!r} is served here. {hint}")
        current = line.version.loaded.version if line.version else ""
        if asked.version and asked.version != current:
            raise Turned(404, "unknown-version", f"{asked.model} is served in version {current or 'none'}.")
        return line

    def _cases(self, asked: Asked, line: Line, now: float) -> list[Case]:
        schema = line.version.schema if line.version else None
        rows = schema.cases(asked.columns, asked.rows) if schema else _unschemed(asked)
        micros, made = int(now * MILLION), []
        for i, inputs in enumerate(rows):
            name = asked.ids[i] if asked.ids else f"{self._prefix}-{next(self._number):x}"
            case = Case(inputs, name, asked.times[i] if asked.times else micros)
            if asked.entities:
                case.entity = asked.entities[i]
            if asked.amounts:
                case.amount = finite(asked.amounts[i])
            elif isinstance(money := inputs.get("amount"), (int, float)):
                case.amount = float(money)
            if asked.keys:
                case.key = asked.keys[i]
            if asked.segments:
                case.segments = asked.segments[i]
            made.append(case)
        return made

    def _may(self, case: Case, line: Line, now: float) -> bool:
        """Whether the model may see a case: inside the approved population, and no cap reached."""
        conditions = line.conditions
        if (conditions.bounds or conditions.unknown) and (broken := conditions.outside(known(case))):
            diverted(case, line, "outside", broken)
            return False
        if conditions.caps:
            reached, case.taken = conditions.over(self._counts, now, case.amount)
            if reached:
                diverted(case, line, "cap", reached)
                return False
        return True

    def _score(self, group: list[Plan]) -> None:
        line = group[0].line
        version = line.version
        if version is None:
            return
        cases = [plan.cases[row] for plan in group for row in plan.rows]
        try:
            schema, wanted = version.schema, [(plan.asked, plan.rows) for plan in group]
            columns = gathered(wanted, schema.features, schema.texts)
            scores, why = _scores(version, columns, line.served.time_out)
        except Exception as error:  # noqa: BLE001 - whatever fails in scoring is the fallback's business
            scores, why = None, f"scoring failed: {type(error).__name__}"
        for i, case in enumerate(cases):
            if scores is None:
                for name, used in case.taken:
                    self._counts.give_back(name, used)
                diverted(case, line, "failure", why)
            else:
                scored(case, finite(scores[i]), line, version, self._key)
        if scores is not None and version.explaining is not None:
            asked = [plan.asked for plan in group for _ in plan.rows]
            explained(version.explaining, line.served.reasons.when, asked, cases, line.served.time_out)

    def watched(self, model: str) -> bool:
        """Whether challengers look at the decisions for a model."""
        line = self.lines.get(model)
        return line is not None and bool(line.shadows)

    def look_on(self, decided: Sequence[tuple[Asked, list[Decision]]]) -> list[list[Decision]]:
        """Return decisions with the scores of the challengers, which see what the champion was to score."""
        return looked_on({model: line.shadows for model, line in self.lines.items()}, decided)

    def _told(self, plan: Plan, began: int, now: float) -> list[Decision]:
        asked, line = plan.asked, plan.line
        version = line.version.loaded if line.version else None
        latency = (time.perf_counter_ns() - (asked.received or began)) // 1_000
        decided = int(now * MILLION)
        return [
            Decision(
                id=case.id, at=case.at, model=asked.model, version=version.version if version else "", use=plan.use,
                caller=asked.caller, entity=case.entity, inputs=case.inputs, score=case.score, decision=case.decision,
                threshold=version.threshold if version else "", reasons=case.reasons, path=case.path,
                arm=cast("Arm", case.arm), chance=case.chance, amount=case.amount,
                segments=case.segments, latency=latency, digest=version.digest if version else "",
                pass_id=line.one.id if line.one else "", request=case.key, decided=decided,
            )
            for case in plan.cases
        ]  # fmt: skip


def _use(asked: Asked, line: Line) -> tuple[str, str]:
    """Return the use by its id, and why it is not approved: asked for, or the one the token and the pass share."""
    if asked.use:
        found = line.uses.get(asked.use)
        return found or asked.use, "" if found else f"the pass does not allow the use {asked.use[:80]}"
    shared = {line.uses[use] for use in asked.uses if use in line.uses}
    if len(shared) == 1:
        return shared.pop(), ""
    if shared:
        raise Turned(422, "use-needed", f"Say for which use this is: {', '.join(sorted(shared))}.")
    return "", "the pass allows none of the uses of this token"


def _unschemed(asked: Asked) -> list[dict[str, Any]]:
    """Return the cases of a model that was never loaded, so that they are on record although nothing is known."""
    names = list(asked.columns)[:UNSCHEMED]
    values = [[_plain(v) for v in asked.columns[name].tolist()] for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)] or [{}] * asked.rows


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return finite(value)
    return value if isinstance(value, (int, str, bool)) else None


def _scores(
    version: Version, columns: Mapping[str, npt.NDArray[Any]], seconds: float
) -> tuple[list[float] | None, str]:
    """Return the scores, or None and why there are none; the breaker hears of both."""
    if not version.breaker.allows():
        return None, "the model failed too often and rests"
    try:
        found = version.loaded.session.score(columns, seconds).tolist()
    except TooSlow:
        version.breaker.failed()
        return None, f"the model took longer than {seconds * 1000:g} ms"
    except SecondlineError as error:
        version.breaker.failed()
        return None, f"the model failed: {str(error)[:120]}"
    version.breaker.worked()
    return found, ""
