"""Validate: fix the plan, read the data, answer, propose findings and an opinion, and seal the run."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import secondline.checks  # noqa: F401 - importing the room registers every check
from secondline.core import needs
from secondline.core.canonical import digest
from secondline.core.check import CHECKS
from secondline.core.errors import ModelError
from secondline.core.estimate import Undefined
from secondline.core.evidence import CardOnRecord, Evidence, Plan, Run
from secondline.core.limit import Limit
from secondline.core.spec import ModelSpec
from secondline.frames.answers import Answers
from secondline.frames.collect import Collected, Progress, collect, open_populations, quiet
from secondline.frames.wants import Want
from secondline.ledger.store import Ledger
from secondline.models.inprocess import wrapped
from secondline.models.model import Model
from secondline.models.opening import open_artefact
from secondline.models.recipe import Recipe
from secondline.policy.compare import changes_since
from secondline.policy.findings import propose
from secondline.policy.opinion import propose_opinion
from secondline.policy.packs import load_pack
from secondline.policy.plans import build_plan
from secondline.workflow import questions
from secondline.workflow.answers import answer
from secondline.workflow.environment import environment, now, today
from secondline.workflow.labelling.standing import UNKNOWN, cited, standing
from secondline.workflow.rebuild import recipes

if TYPE_CHECKING:
    from secondline.workflow.configured import Moved
    from secondline.workflow.evaluating import Evaluated


@dataclass(frozen=True, slots=True)
class Request:
    """What to validate and where to keep the record.

    ``base`` is the folder paths in *spec* are relative to; ``given`` holds tables in memory by population name;
    ``store`` is the folder of the ledger, or None to keep nothing.
    """

    spec: ModelSpec
    base: Path
    store: Path | None
    given: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""
    progress: Progress = quiet
    planned: Callable[[Plan, str], None] = lambda _plan, _at: None
    """Told the plan and the instant it was fixed, before any row is read."""
    scorer: Any = None
    """The model as an object of this process, in place of the artefact model.yaml names."""
    refit: bool = False
    """Whether the person allows the model to be built again, which runs the developer's code."""
    code: bool = False
    """Whether the person allows a system or a judge that is a developer's function to run."""
    answers: Path | None = None
    """The ledger's folder in which answers that were paid for are kept, where ``store`` is None and keeps nothing."""
    builder: Any = None
    """A function of a table and a seed that builds the model, in place of the command model.yaml names."""
    cards: tuple[CardOnRecord, ...] | None = None
    """How the cards of judges stood, in place of what the ledger says now: a run that is repeated is as it was."""
    moved: Callable[[Moved], None] = lambda _: None
    """Told where a generative system is not as approved, and which change that was raised as."""


def plan_for(spec: ModelSpec, base: Path) -> Plan:
    """Return the plan of a study from its packs, as of its date (today when model.yaml gives none)."""
    as_of = spec.as_of or today()
    packs = [load_pack(_pack_name(name, base), as_of) for name in spec.packs]
    return build_plan(spec, packs, CHECKS, as_of)


def _pack_name(name: str, base: Path) -> str:
    """A pack is a built-in name, or a YAML file beside model.yaml."""
    return str(base / name) if name.endswith((".yaml", ".yml")) else name


def validate(request: Request) -> Run:
    """Run a whole validation and return its record; the plan is in the ledger before the first row is read."""
    plan = plan_for(request.spec, request.base)
    return run_plan(plan, request)


def run_plan(plan: Plan, request: Request) -> Run:
    """Run a plan that is already fixed."""
    ledger = Ledger.open(request.store) if request.store else None
    actor = request.actor or whoami()
    fixed_at = now()
    relations = {} if plan.spec.genai else open_populations(plan.spec, request.given, request.base)
    if ledger:
        ledger.record_plan(plan, actor, fixed_at)
    request.planned(plan, fixed_at)
    # Nothing is asked before the plan is on record.
    found = _evaluated(plan, request, ledger) if plan.spec.genai else None
    if plan.spec.genai:
        tables = dict(found.tables) if found else {}
        relations = open_populations(plan.spec, tables | dict(request.given), request.base)
    kept = Answers(request.store / "unfinished" / plan.digest()[:16] if request.store else None)
    asked = questions.before_data(plan, relations)
    wanted = questions.wanted(asked, plan.spec.reference_name)
    with _opened(request, wanted) as artefact, _recipes(request, wanted) as recipe:
        collected = collect(relations, plan.spec, wanted, answers=kept, progress=request.progress)
        for want, record in {**artefact, **recipe}.items():
            collected.records[want], collected.query_of[want] = record, ()
        evidence = answer(questions.after_data(asked, collected), collected, plan, request.progress)
    if plan.spec.genai:
        evidence = cited(evidence, standing(ledger, plan, found) if found else UNKNOWN)
    run = _run(plan, collected, evidence, fixed_at, ledger)
    if found:
        run = run.model_copy(update={"configuration": dict(found.config), "cards": found.cards})
    if ledger:
        ledger.record_run(run, actor, collected.stored)
        _held_against_the_approved(ledger, run, actor, request)
    kept.clear()
    return run


def _evaluated(plan: Plan, request: Request, ledger: Ledger | None) -> Evaluated | None:
    """Ask the generative system and have its answers graded, unless all graded answers were given."""
    from secondline.workflow.evaluating import FOLDER, evaluate, keep, kept_in
    from secondline.workflow.judges import on_record
    from secondline.workflow.triage import held_back

    if all(name in request.given for name in plan.spec.populations):
        return None
    place = request.store or request.answers
    kept = kept_in(place, plan.spec) if place else None
    found = evaluate(plan.spec, request.base, kept, allow_code=request.code, progress=request.progress)
    cards = request.cards
    if cards is None:
        cards = on_record(ledger.records, plan.spec, found.config, ledger.today) if ledger else ()
    found = replace(found, tables=held_back(found.tables, cards), cards=cards)
    if request.store:
        keep(found, request.store / FOLDER / plan.digest()[:16])
    return found


def _held_against_the_approved(ledger: Ledger, run: Run, actor: str, request: Request) -> None:
    """Raise the change that a configuration is which is not the approved one, and tell of it."""
    from secondline.workflow.configured import held_against, raised

    spec = run.plan.spec
    found = held_against(ledger.records, spec.model, run.configuration) if run.configuration else None
    if found and found.differences:
        request.moved(raised(ledger, found, actor, version=spec.version, via="validate"))


@contextmanager
def _opened(request: Request, wanted: set[Want]) -> Iterator[dict[Want, Model | Undefined]]:
    """Open the artefact when something asked needs it, and end its process afterwards."""
    asking = [want for want in wanted if isinstance(want[1], needs.Model)]
    if not asking:
        yield {}
        return
    named = request.spec.artefact
    if request.scorer is None and (named is None or not named.open):
        if not all(isinstance(need, needs.Model) and need.optional for _, need in asking):
            raise ModelError("The plan asks about the artefact, and model.yaml names none to open.")
        yield dict.fromkeys(asking, Undefined(because="model.yaml names no `artefact` to open", kind="not-applicable"))
        return
    model = (
        wrapped(request.scorer) if named is None or request.scorer is not None else open_artefact(named, request.base)
    )
    try:
        yield dict.fromkeys(asking, model)
    finally:
        model.close()


def _recipes(request: Request, wanted: set[Want]) -> AbstractContextManager[dict[Want, Recipe | Undefined]]:
    return recipes(
        request.spec, request.base, wanted, allowed=request.refit, scorer=request.scorer, function=request.builder,
        given=request.given,
    )  # fmt: skip


def whoami() -> str:
    """Return the login name of the person at the keyboard."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _run(plan: Plan, collected: Collected, evidence: tuple[Evidence, ...], fixed_at: str, ledger: Ledger | None) -> Run:
    findings = propose(evidence, plan)
    run = Run(
        id=_run_id(plan, collected, ledger),
        plan_digest=plan.digest(),
        plan=plan,
        started_at=fixed_at,
        finished_at=now(),
        fixed_at=fixed_at,
        environment=environment(),
        populations=tuple(collected.facts.values()),
        queries=tuple(collected.queries),
        timings=tuple(collected.timings),
        evidence=evidence,
        findings=findings,
        opinion=propose_opinion(findings, evidence, plan.opinion_rules),
    )
    previous = ledger.latest_of(plan.spec.model) if ledger else None
    if previous is None:
        return run
    return run.model_copy(update={"previous": previous.id, "changes": changes_since(previous, run)})


def _run_id(plan: Plan, collected: Collected, ledger: Ledger | None) -> str:
    """Name a run by what was asked of which data; a repetition gets a number."""
    prints = {name: facts.fingerprint for name, facts in collected.facts.items()}
    name = digest([plan.digest(), prints])[:8]
    taken = {summary.id for summary in ledger.runs()} if ledger else set()
    if name not in taken:
        return name
    return next(f"{name}-{i}" for i in range(2, len(taken) + 3) if f"{name}-{i}" not in taken)


def default_limit(code: str) -> Limit | None:
    """Return the limit the default pack sets for a check, as of today."""
    return _default_limits(today()).get(code)


@cache
def _default_limits(as_of: str) -> Mapping[str, Limit]:
    return load_pack("default", as_of).limits
