"""Plans: which checks are asked, with which parameters and limits, and on whose authority, before data are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

from secondline.core.check import Check
from secondline.core.errors import SpecError, UnknownCheck
from secondline.core.evidence import ControlStatus, PackRef, Plan, PlannedCheck
from secondline.core.limit import Limit
from secondline.core.spec import ModelSpec
from secondline.policy.coverage import BANK, Demand, Held, demands
from secondline.policy.packs import Pack


def build_plan(spec: ModelSpec, packs: Sequence[Pack], checks: Mapping[str, Check], as_of: str) -> Plan:
    """Return the plan of a study: limits from model.yaml before later packs before earlier ones.

    Raises:
        UnknownCheck: model.yaml or a pack names a check that does not exist.
        SpecError: no pack is given, or a check is skipped without a reason.
    """
    if not packs:
        raise SpecError("A study needs at least one policy pack (`packs: [default]`).")
    _known(spec, packs, checks)
    chosen = _chosen(spec, packs, checks)
    return Plan(
        spec=spec,
        checks=tuple(_planned(checks[code], spec, packs) for code in chosen),
        packs=tuple(PackRef(id=p.id, version=p.version, title=p.title, sha256=p.sha256()) for p in packs),
        controls=tuple(_status(demand, chosen) for demand in _asked(packs, as_of)),
        opinion_rules=next((p.opinion_rules for p in reversed(packs) if p.opinion_rules), ()),
        multiplicity=_multiplicity(packs),
        as_of=as_of,
    )


def _multiplicity(packs: Sequence[Pack]) -> Literal["check", "plan"]:
    for pack in reversed(packs):
        if pack.multiplicity:
            return pack.multiplicity
    return "check"


def _known(spec: ModelSpec, packs: Sequence[Pack], checks: Mapping[str, Check]) -> None:
    named = [*spec.limits, *spec.parameters, *spec.skip]
    for pack in packs:
        named += [*pack.limits, *pack.parameters, *pack.report_only]
        named += [code for selected in pack.selection().values() for code in selected.checks]
    for code in named:
        if code not in checks:
            raise UnknownCheck.among(code, checks)
    for code, reason in spec.skip.items():
        if not reason.strip():
            raise SpecError(f"`skip: {code}` needs a reason; it is printed in the report.")


def _chosen(spec: ModelSpec, packs: Sequence[Pack], checks: Mapping[str, Check]) -> tuple[str, ...]:
    patterns = list(spec.checks) if spec.checks is not None else [c for pack in packs for c in pack.checks]
    for pattern in patterns:
        if not any(fnmatchcase(code, pattern) for code in checks):
            raise UnknownCheck.among(pattern, checks)
    if not patterns:
        # Forty questions of generative systems would each be answered "not applicable" of any other model.
        return tuple(code for code, check in checks.items() if spec.genai or check.family != "genai")
    return tuple(code for code in checks if any(fnmatchcase(code, pattern) for pattern in patterns))


def _planned(check: Check, spec: ModelSpec, packs: Sequence[Pack]) -> PlannedCheck:
    limit, origin = next(_limits(check.code, spec, packs), (None, "no pack sets a limit: reported only"))
    params: dict[str, Any] = dict(check.params)
    for given in (*(pack.parameters for pack in packs), spec.parameters):
        params |= given.get(check.code, {})
    return PlannedCheck(
        code=check.code,
        title=check.title,
        over=check.over,
        role=check.role,
        params=params,
        limit=limit,
        limit_from=origin,
        skipped=spec.skip.get(check.code, ""),
        dimension=check.dimension,
    )


def _limits(code: str, spec: ModelSpec, packs: Sequence[Pack]) -> Iterator[tuple[Limit | None, str]]:
    if code in spec.limits:
        yield spec.limits[code], "model.yaml"
    for pack in reversed(packs):
        if code in pack.report_only:
            yield None, f"pack {pack.id} {pack.version}: reported only"
        if code in pack.limits:
            yield pack.limits[code], f"pack {pack.id} {pack.version}"


def _asked(packs: Sequence[Pack], as_of: str) -> list[Demand]:
    """Return the controls that the packs ask of a model on the day of the study."""
    held = [Held(pack, pack.effective_from) for pack in packs]
    return [d for d in demands(held, as_of).values() if d.now and d.control.about != BANK]


def _status(demand: Demand, chosen: tuple[str, ...]) -> ControlStatus:
    control, asked = demand.control, [a for a in demand.by if a.now]
    clauses = [c for a in asked for c in a.clauses]
    codes = dict.fromkeys(code for a in asked for code in a.selected.checks)
    return ControlStatus(
        id=control.id,
        title=control.title,
        source="; ".join(dict.fromkeys(c.text for c in clauses)),
        tag="/".join(dict.fromkeys(c.tag for c in clauses)),
        checks=tuple(code for code in codes if code in chosen),
        satisfied_by=control.satisfied_by,
        force=demand.level,
    )
