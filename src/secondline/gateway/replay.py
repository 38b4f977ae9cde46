"""Replay: one decision put together again from its record, the approved bytes and the rules it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from secondline.core.errors import SecondlineError
from secondline.events.shapes import Decision
from secondline.gateway.asked import Asked
from secondline.gateway.building import Builder
from secondline.gateway.clock import Clock
from secondline.gateway.deciding import Case, diverted, scored
from secondline.gateway.explaining import column, explained
from secondline.gateway.lines import Line, Version
from secondline.gateway.passes import Pass, Standing, source_of
from secondline.gateway.routing import finite
from secondline.gateway.settings import Settings

COMPARED = ("score", "decision", "threshold", "path", "arm", "chance", "reasons", "digest")
MILLION = 1_000_000
CAUSES = ("stopped", "outside", "cap", "failure")


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision and what came of it again: ``differences`` are ``field: recorded, again``; none where all agree."""

    decision: Decision
    again: Mapping[str, Any]
    differences: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether score, decision, path and reasons came out as recorded, to the last digit."""
        return not self.differences


def replay(settings: Settings, base: Path, decision: Decision) -> Replayed:
    """Decide a recorded case again, with the artefact of the recorded digest; nothing is counted or kept.

    A decision by the fallback or a refusal is repeated from its recorded cause: whether a cap was reached or the
    model failed at the time cannot be known from the record alone. Draws are repeated with today's keys.

    Raises:
        SecondlineError: the model is not among the settings, or its artefact or study is no longer to be had.
    """
    served = settings.models.get(decision.model)
    if served is None:
        raise SecondlineError(
            f"gateway.yaml serves no model {decision.model!r}; it serves {', '.join(settings.models)}."
        )
    builder = Builder(settings, base)
    case = Case(dict(decision.inputs), decision.id, decision.at, decision.entity, decision.amount, decision.request,
                dict(decision.segments))  # fmt: skip
    one, notes = _pass(settings, base, decision)
    line = Line(decision.model, served, arm=builder.arm(decision.model))
    if one is not None:
        instant = decision.decided / MILLION
        line = builder.line(line, None, one, Standing({decision.model: (one,)}, instant), instant)
    version = _version(builder, decision)
    try:
        return _compared(decision, case, _again(decision, case, line, version, settings), notes)
    finally:
        if version is not None:
            version.loaded.close()


def _pass(settings: Settings, base: Path, decision: Decision) -> tuple[Pass | None, tuple[str, ...]]:
    """Return the pass a decision names, with the conditions it was signed with and those that restrict it today."""
    source = source_of(base, settings.ledger, settings.passes, tuple(settings.models), settings.key)
    try:
        standing = source.look(Clock())
    except SecondlineError as error:
        return None, (f"the passes cannot be read: {error}",)
    found = [one for one in standing.passes.get(decision.model, ()) if one.id == decision.pass_id]
    if not found:
        return None, (f"pass {decision.pass_id or '(none)'} is not on record any more, so its reviews are not drawn",)
    return found[0], ()


def _version(builder: Builder, decision: Decision) -> Version | None:
    if not decision.digest:
        return None
    wanted = Pass(decision.pass_id, "active", {"version": decision.version, "digest": decision.digest})
    return builder.version(decision.model, wanted)


def _again(decision: Decision, case: Case, line: Line, version: Version | None, settings: Settings) -> dict[str, Any]:
    cause, _, why = (decision.path or ("",))[0].partition(": ")
    if cause in CAUSES or version is None:
        diverted(case, line, cause if cause in CAUSES else "failure", why)  # type: ignore[arg-type]  # as checked
    else:
        columns = {name: column([case.inputs.get(name)]) for name in version.loaded.session.features}
        score = finite(version.loaded.session.score(columns)[0])
        scored(case, score, replace(line, version=version), version, settings.name.encode())
        if version.explaining is not None and (decision.reasons or line.served.reasons.when == "declines"):
            explained(version.explaining, "declines", [Asked(decision.model, {}, 1, "", frozenset())], [case])
    return {
        "score": case.score, "decision": case.decision, "threshold": version.loaded.threshold if version else "",
        "path": case.path, "arm": case.arm, "chance": case.chance, "reasons": case.reasons,
        "digest": version.loaded.digest if version else "",
    }  # fmt: skip


def _compared(decision: Decision, case: Case, again: dict[str, Any], notes: tuple[str, ...]) -> Replayed:
    recorded = {name: getattr(decision, name) for name in COMPARED}
    # Without a reason there is nothing to hold new ones against: they may not have been asked for.
    if not decision.reasons:
        again["reasons"] = ()
    differences = tuple(
        f"{name}: recorded {recorded[name]!r}, again {again[name]!r}" for name in COMPARED
        if recorded[name] != again[name]
    )  # fmt: skip
    return Replayed(decision, {"id": case.id, **again}, differences, notes)
