"""Inventory: models, their versions and their uses. What they rest on is in `supply`."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal

from pydantic import Field

from secondline.core.errors import OutOfTurn, SpecError
from secondline.govern.act import Act, Situation, allow
from secondline.govern.configured import of_its_parts, with_digest
from secondline.govern.duties import known
from secondline.govern.record import Doc, Form, Record, declare, partly
from secondline.govern.roles import FIRST_LINE, SECOND_LINE, Role

HEAD = frozenset[Role]({"mrm-head"})
KEEPERS = FIRST_LINE | HEAD
NAME = r"^[a-z0-9][a-z0-9._-]{0,79}$"
Kind = Literal["model", "tool", "spreadsheet", "genai", "method"]
Family = Literal["credit", "fraud", "aml", "compliance", "market", "treasury", "operations", "genai", "other"]
Origin = Literal["in-house", "vendor", "open-source", "consortium"]


class Spreadsheet(Form):
    """What a spreadsheet, or another tool kept by its users, holds and how it is controlled."""

    location: str = Field(default="", max_length=400, description="Where the file lies.")
    digest: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the file inspected.")
    formulas: int = Field(default=0, ge=0, description="Cells with a formula.")
    links: int = Field(default=0, ge=0, description="Links to other files.")
    macros: bool = Field(default=False, description="Holds program code.")
    hidden_sheets: int = Field(default=0, ge=0, description="Sheets nobody sees.")
    errors: int = Field(default=0, ge=0, description="Cells that show an error.")
    complexity: Literal["", "low", "medium", "high"] = Field(default="", description="How hard it is to check.")
    change_control: str = Field(default="", max_length=400, description="How changes are recorded and checked.")
    access: str = Field(default="", max_length=400, description="Who can open it and who can change it.")
    inspected: date | None = Field(default=None, description="Day its formulas were last inspected.")
    reconciled: date | None = Field(default=None, description="Day its results were last reconciled.")
    migration: str = Field(default="", max_length=400, description="Plan to move it to a controlled system.")


class ModelFields(Form):
    """What the inventory holds of a model: OSFI E-23 appendix 1, SS1/23 1.2, and what else rating and control need."""

    name: str = Field(min_length=1, max_length=200, description="Name people use.")
    description: str = Field(default="", description="Features and use, in a few sentences.")
    kind: Kind = Field(default="model", description="Model, deterministic tool, spreadsheet, GenAI use case or method.")
    family: Family = Field(default="other", description="Field of risk.")
    method: str = Field(default="", max_length=200, description="Technique, such as logistic regression.")
    owner: str = Field(default="", max_length=80, description="Person who answers for it.")
    developer: str = Field(default="", max_length=80, description="Person who leads development.")
    validator: str = Field(default="", max_length=80, description="Person assigned to validate it.")
    validators: tuple[str, ...] = Field(default=(), description="Everybody who validates it.")
    approver: str = Field(default="", max_length=80, description="Person or body that approves it.")
    accountable: str = Field(default="", max_length=200, description="Accountable senior manager.")
    users: tuple[str, ...] = Field(default=(), description="Teams that use it.")
    business_line: str = Field(default="", max_length=120, description="Line of business.")
    entity: str = Field(default="", max_length=120, description="Legal entity.")
    jurisdictions: tuple[str, ...] = Field(default=(), description="Where its results take effect, such as US, UK, EU.")
    origin: Origin = Field(default="in-house", description="Who built it.")
    vendor: str = Field(default="", max_length=80, description="Vendor, if any.")
    vendor_version: str = Field(default="", max_length=120, description="The vendor's name for the version.")
    vendor_contract: str = Field(default="", max_length=200, description="Contract it is supplied under.")
    output: str = Field(default="", max_length=400, description="What comes out and how it is used.")
    regulatory_uses: tuple[str, ...] = Field(
        default=(), description="capital, ecl, aml-obligation, credit-decision, stress-test ..."
    )
    machine_learning: bool = Field(default=False, description="Learns from data beyond a few coefficients.")
    generative: bool = Field(default=False, description="Generates text, images or code.")
    agentic: bool = Field(default=False, description="Acts on its own through tools.")
    adaptive: bool = Field(default=False, description="Changes itself in production.")
    autonomy: int = Field(default=0, ge=0, le=4, description="0 advises, 4 decides and acts alone.")
    personal_data: bool = Field(default=False, description="Uses data of persons.")
    protected_relevant: bool = Field(default=False, description="Its decisions can touch protected classes.")
    alternative_data: bool = Field(default=False, description="Uses alternative data.")
    unstructured_data: bool = Field(default=False, description="Uses text, images or sound.")
    icfr: bool = Field(default=False, description="Feeds financial reporting controls.")
    eu_role: Literal["", "provider", "deployer", "both"] = Field(default="", description="Role under the EU AI Act.")
    annex_iii: str = Field(default="", max_length=40, description="Annex III point, such as 5(b); `none` if looked at.")
    profiling: bool = Field(default=False, description="Profiles natural persons.")
    production_date: date | None = Field(default=None, description="First day in production.")
    endpoint: str = Field(default="", max_length=400, description="Where it is served.")
    frequency: str = Field(default="", max_length=80, description="How often it runs.")
    review_months: int = Field(default=0, ge=0, le=120, description="Months from one validation to the next.")
    monitoring_status: Literal["", "green", "amber", "red", "not-monitored"] = Field(
        default="", description="How monitoring stands."
    )
    monitoring_exceptions: str = Field(default="", description="What monitoring leaves out, and why.")
    euc: Spreadsheet = Field(default=Spreadsheet(), description="If a spreadsheet or tool of its users: what it holds.")
    variant_of: str = Field(default="", max_length=80, description="Model this one is a variant of.")
    components: dict[str, str] = Field(
        default={}, description="GenAI: part (base model, prompt, corpus ...) to version."
    )
    contingency: str = Field(default="", description="What is done when it is unavailable, decays or fails.")
    explainability: str = Field(default="", description="Level of explanation the use needs, and why.")
    retention: str = Field(default="", max_length=120, description="Retention class of its records.")
    aliases: tuple[str, ...] = Field(default=(), description="What other systems call it.")
    reported_state: str = Field(default="", max_length=80, description="State the system it came from gave it.")
    reported_tier: str = Field(default="", max_length=80, description="Tier the system it came from gave it.")
    tags: tuple[str, ...] = Field(default=(), description="Free words to find it by.")


class Indicator(Form):
    """One figure by which a model is watched, as last computed."""

    name: str = Field(min_length=1, max_length=120, description="Such as Gini or PSI.")
    value: float = Field(description="The figure.")
    status: Literal["green", "amber", "red"] = Field(default="green", description="Against its limits.")
    as_of: date = Field(description="Day of the data.")


class IndicatorsForm(Form):
    """Indicators as last computed; they replace those before."""

    indicators: tuple[Indicator, ...] = Field(min_length=1, description="Name, value, status and day of each.")


class Retirement(Form):
    """How a model ends: told, kept, unplugged, watched."""

    on: date = Field(description="Last day in use.")
    notice: str = Field(min_length=1, max_length=2000, description="Who was told, and when.")
    retain_until: date = Field(description="Day until which model and documents are kept.")
    third_parties: str = Field(default="", max_length=2000, description="What vendors and data suppliers must do.")
    downstream: str = Field(default="", max_length=2000, description="What becomes of what depends on it.")
    fallback: str = Field(default="", max_length=2000, description="What does its work from now on.")


class SubmissionForm(Form):
    """What goes to validation."""

    version: str = Field(min_length=1, max_length=170, description="Version to validate, as MODEL@VERSION.")


class ComponentForm(Form):
    """One part of a GenAI system, replaced."""

    part: str = Field(
        min_length=1, max_length=80, description="base model, prompt, corpus, tools, guardrails, judge ..."
    )
    to: str = Field(
        min_length=1, max_length=200, description="Version or digest it has from now on; `none` if removed."
    )


class Model(Doc, ModelFields):
    """A model as the inventory knows it, with what rating, validation and approval have set."""

    tier: int = Field(default=0, ge=0, le=4, description="1 highest, 4 negligible; 0 not rated.")
    tier_first: int = Field(default=0, ge=0, le=4, description="Tier by the first line.")
    tier_second: int = Field(default=0, ge=0, le=4, description="Tier by the validator.")
    materiality: int = Field(default=0, ge=0, le=5)
    inherent: int = Field(default=0, ge=0, le=5)
    residual: str = Field(default="", max_length=40, description="Residual risk, recorded, never a discount.")
    version_in_use: str = ""
    last_validated: date | None = None
    next_validation: date | None = None
    next_rating: date | None = None
    rerating: str = Field(default="", max_length=40, description="Trigger that made a new rating due.")
    last_attested: date | None = None
    taken_over: dict[str, Any] = Field(default={}, description="How it came in use before it was on this record.")
    opinion: int = Field(default=0, ge=0, le=4)
    indicators: tuple[Indicator, ...] = ()
    submitted: str = Field(default="", description="Version that validation was asked for.")
    retirement: Retirement | None = None


class VersionFields(Form):
    """One version of a model: what exactly was built."""

    model: str = Field(description="Model.")
    version: str = Field(min_length=1, max_length=80, description="Version label, such as 2.3.0.")
    digest: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the artefact.")
    developers: tuple[str, ...] = Field(default=(), description="Everybody who built it.")
    commit: str = Field(default="", max_length=80, description="Commit of the code.")
    data: tuple[str, ...] = Field(default=(), description="Snapshots of the data it was built on.")
    runtime: str = Field(default="", max_length=120, description="What runs it.")
    change: str = Field(default="", max_length=40, description="Change ticket that led to it.")
    baseline: str = Field(default="", max_length=80, description="Approved version it was built from.")
    components: dict[str, str] = Field(
        default={}, description="GenAI: SHA-256 of each part by kind/name; the digest is of them all."
    )
    description: str = Field(default="", description="What is new.")


class Version(Doc, VersionFields):
    """A version on record."""


class Bound(Form):
    """The range of an input, or its allowed values, inside which a use is approved."""

    column: str = Field(min_length=1, max_length=200)
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()


class UseFields(Form):
    """One use of a model: risk attaches to the use."""

    model: str = Field(description="Model.")
    name: str = Field(min_length=1, max_length=200, description="Name of the use.")
    purpose: str = Field(default="", description="Decision or figure it serves.")
    population: str = Field(default="", description="Whom or what it is applied to.")
    products: tuple[str, ...] = Field(default=(), description="Products.")
    decisions_per_year: int = Field(default=0, ge=0, description="Decisions a year.")
    amount_per_year: float = Field(default=0, ge=0, description="Money decided on a year.")
    automation: Literal["advisory", "human-decides", "human-reviews", "automated"] = Field(
        default="human-decides", description="Part of the machine in the decision."
    )
    adverse: bool = Field(default=False, description="Can decide against a person.")
    bounds: tuple[Bound, ...] = Field(default=(), description="Operating bounds.")
    actual: str = Field(default="", description="How it is really used, as last checked.")


class ActualUse(Form):
    """How a model is really used, compared with what is intended."""

    actual: str = Field(min_length=1, description="How it is really used.")
    deviates: bool = Field(description="Whether that is outside the purpose, the population or the bounds intended.")
    decisions_per_year: int | None = Field(default=None, ge=0, description="Decisions a year, as counted.")


class Use(Doc, UseFields):
    """A use on record."""

    deviates: bool = Field(default=False, description="Actual use is outside the intended one.")
    checked_on: date | None = Field(default=None, description="Day actual use was last compared.")
    checked_by: str = ""


MODEL = declare(
    Record("model", "Model", "models", Model, (
        "name", "kind", "family", "method", "tier", "owner", "developer", "validator", "business_line", "entity",
        "origin", "vendor", "version_in_use", "next_validation", "last_validated", "next_rating", "opinion",
        "generative", "machine_learning", "materiality", "inherent", "variant_of", "monitoring_status", "last_attested",
    ))
)  # fmt: skip
VERSION = declare(Record("version", "Version", "versions", Version, ("model", "version", "digest")))
USE = declare(Record("use", "Use", "uses", Use, ("model", "name", "automation", "adverse", "deviates"), prefix="U"))

ModelChange, UseChange = partly(ModelFields, "ModelChange"), partly(UseFields, "UseChange")
VersionChange = partly(VersionFields, "VersionChange")
LIVE = frozenset({"proposed", "in-development", "in-validation", "approved", "in-use", "restricted", "suspended"})


def named_well(now: Situation) -> None:
    """Refuse an id that would not serve as a file name, a word in a command and a part of an address."""
    if not re.fullmatch(NAME, now.id):
        raise SpecError(f"{now.id!r} is no id: use lower-case letters, digits, dots and dashes, at most 80.")


def _not_of_itself(now: Situation) -> None:
    if now.form.variant_of == now.id:
        raise SpecError(f"{now.id!r} cannot be a variant of itself. Name the other model.")


def _version_id(now: Situation) -> None:
    if now.id != f"{now.form.model}@{now.form.version}":
        raise SpecError(f"A version's id is MODEL@VERSION: expected {now.form.model}@{now.form.version}, got {now.id}.")


def _same_build(now: Situation) -> None:
    for name in ("model", "version", "digest"):
        stated, stands = getattr(now.form, name), now.doc.get(name)
        if stated is not None and stands and stated != stands:
            raise SpecError(
                f"The {name} of {now.id} is fixed ({str(stands)[:12]}): another build is another version. Register it."
            )


def _same_model(now: Situation) -> None:
    if now.form.model not in {None, now.doc["model"]}:
        raise SpecError(f"Use {now.id} belongs to {now.doc['model']}. Propose a new use of {now.form.model} instead.")


def _ready(now: Situation) -> None:
    version = now.look.get("version", now.form.version)
    if version is None or version["model"] != now.id:
        raise SpecError(f"{now.id} has no version {now.form.version!r}. Register it first, as {now.id}@VERSION.")
    if version["state"] == "retired":
        raise SpecError(f"{now.form.version} is retired. Submit another version.")
    missing = [name for name in ("owner", "developer", "description") if not now.doc.get(name)]
    if missing:
        raise SpecError(f"{now.id} cannot be validated yet: its entry lacks {', '.join(missing)}.")


def _wound_up(now: Situation) -> None:
    form = now.form
    if form.retain_until <= form.on:
        raise SpecError(f"Records are kept after the last day: `retain_until` must come after {form.on}.")
    if now.doc.get("origin") == "vendor" and not form.third_parties:
        raise SpecError(f"{now.id} comes from a vendor: say what the vendor must do (`third_parties`).")
    fed = [link["to"] for link in now.look.find("link", frm=f"model/{now.id}", state="active")]
    if fed and not form.downstream:
        raise SpecError(f"{', '.join(fed[:5])} depend on {now.id}: say what becomes of them (`downstream`).")


def _no_model_anywhere(now: Situation) -> None:
    scopes = now.look.find("scope", model=now.id)
    still = [s["regime"] for s in scopes if s.get("verdict") != "non-model"]
    if not scopes or still:
        why = f"it is in scope under {', '.join(still)}" if still else "no regime's scope was decided"
        raise SpecError(f"{now.id} cannot leave the scope: {why}. Decide the scope under each regime first.")


def _exempted(now: Situation) -> None:
    given = now.look.find("exemption", model=now.id, state="approved")
    if not [x for x in given if str(x["recheck"]) >= now.today]:
        raise SpecError(
            f"{now.id} has no approved exemption whose re-check lies ahead. Propose one and have it approved."
        )


def _announced(now: Situation) -> None:
    """A component is replaced under a change that names it, so that no replacement escapes its class."""
    part, to = now.form.part, now.form.to
    named = [c for c in now.look.find("change", model=now.id) if c.get("state") not in {"rejected", "withdrawn"}]
    if not any(c.get("components", {}).get(part) == to for c in named):
        raise OutOfTurn(
            f"No change names {part} {to}. Raise one with it: secondline tier change component {now.id} {part} {to}."
        )


def _component(now: Situation) -> dict[str, Any]:
    return {"components": {now.form.part: None if now.form.to == "none" else now.form.to}}


def _observed(now: Situation) -> dict[str, Any]:
    stated = now.form.model_dump(mode="json", exclude_none=True)
    return {**stated, "checked_on": now.today, "checked_by": now.actor}


def _retired(now: Situation) -> dict[str, Any]:
    return {"retirement": now.form.model_dump(mode="json")}


ANY_LINE = KEEPERS | SECOND_LINE
VARIANT = known("model", "variant_of")
allow(
    Act("model.registered", "model", "Register a model", KEEPERS, ModelFields, creates=True, after="proposed",
        rules=(named_well, VARIANT))
)  # fmt: skip
allow(Act("model.changed", "model", "Correct the entry", KEEPERS, ModelChange, rules=(VARIANT, _not_of_itself)))
allow(
    Act("model.development-begun", "model", "Begin development", KEEPERS, before=frozenset({"proposed"}),
        after="in-development")
)  # fmt: skip
allow(
    Act("model.submitted", "model", "Submit to validation", KEEPERS, SubmissionForm, after="in-validation",
        before=LIVE - {"suspended"}, rules=(_ready,), changes=lambda now: {"submitted": now.form.version})
)  # fmt: skip
allow(
    Act("model.returned", "model", "Return to development", SECOND_LINE, before=frozenset({"in-validation"}),
        after="in-development", reasoned=True)
)  # fmt: skip
allow(
    Act("model.decommissioned", "model", "Decommission", frozenset[Role]({"owner", "mrm-head"}), Retirement,
        before=LIVE | {"exempt"}, after="decommissioned", rules=(_wound_up,), changes=_retired, reasoned=True)
)  # fmt: skip
allow(
    Act("model.reinstated", "model", "Reinstate, to be validated again", HEAD, before=frozenset({"decommissioned"}),
        after="in-development", changes=lambda _: {"retirement": None, "version_in_use": None}, reasoned=True)
)  # fmt: skip
allow(
    Act("model.scoped-out", "model", "Put out of scope", SECOND_LINE, before=LIVE | {"exempt"}, after="out-of-scope",
        rules=(_no_model_anywhere,), reasoned=True)
)  # fmt: skip
allow(
    Act("model.scoped-in", "model", "Bring into scope", SECOND_LINE, before=frozenset({"out-of-scope", "exempt"}),
        after="proposed", reasoned=True)
)  # fmt: skip
allow(Act("model.exempted", "model", "Treat as exempt", SECOND_LINE, before=LIVE, after="exempt", rules=(_exempted,)))
allow(
    Act("model.component-changed", "model", "Replace a component", KEEPERS, ComponentForm, changes=_component,
        before=LIVE | {"exempt"}, rules=(_announced,), reasoned=True)
)  # fmt: skip
allow(Act("model.indicators-updated", "model", "Record indicators", ANY_LINE, IndicatorsForm, before=LIVE | {"exempt"}))
allow(
    Act("version.registered", "version", "Register a version", KEEPERS, VersionFields, creates=True, after="registered",
        rules=(_version_id, known("model", "model"), of_its_parts), changes=with_digest)
)  # fmt: skip
allow(Act("version.changed", "version", "Complete the version's entry", KEEPERS, VersionChange,
          rules=(_same_build, of_its_parts), changes=with_digest))  # fmt: skip
allow(
    Act("version.retired", "version", "Retire the version", KEEPERS, after="retired", reasoned=True,
        before=frozenset({"registered", "validated", "approved", "superseded", "suspended"}))
)  # fmt: skip
allow(Act("use.proposed", "use", "Propose a use", KEEPERS, UseFields, creates=True, after="proposed",
          rules=(known("model", "model"),)))  # fmt: skip
allow(Act("use.changed", "use", "Correct the use", KEEPERS, UseChange, before=frozenset({"proposed"}),
          rules=(_same_model,)))  # fmt: skip
allow(Act("use.observed", "use", "Compare actual with intended use", ANY_LINE, ActualUse, changes=_observed,
          before=frozenset({"proposed", "approved", "restricted"})))  # fmt: skip
allow(Act("use.ended", "use", "End the use", KEEPERS, after="ended", reasoned=True,
          before=frozenset({"proposed", "approved", "restricted"})))  # fmt: skip
