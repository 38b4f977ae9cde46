"""Inventory: models, versions, uses, data sources, vendors, and the links between them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from secondline.core.errors import SpecError
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import known
from secondline.govern.record import Doc, Form, Nothing, Record, declare, partly
from secondline.govern.roles import FIRST_LINE, Role

KEEPERS = FIRST_LINE | frozenset[Role]({"mrm-head"})
NAME = r"^[a-z0-9][a-z0-9._-]{0,79}$"
Kind = Literal["model", "tool", "spreadsheet", "genai", "method"]
Family = Literal["credit", "fraud", "aml", "compliance", "market", "treasury", "operations", "genai", "other"]
Origin = Literal["in-house", "vendor", "open-source", "consortium"]


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
    approver: str = Field(default="", max_length=80, description="Person or body that approves it.")
    accountable: str = Field(default="", max_length=200, description="Accountable senior manager.")
    users: tuple[str, ...] = Field(default=(), description="Teams that use it.")
    business_line: str = Field(default="", max_length=120, description="Line of business.")
    entity: str = Field(default="", max_length=120, description="Legal entity.")
    jurisdictions: tuple[str, ...] = Field(default=(), description="Where its results take effect, such as US, UK, EU.")
    origin: Origin = Field(default="in-house", description="Who built it.")
    vendor: str = Field(default="", max_length=80, description="Vendor, if any.")
    vendor_version: str = Field(default="", max_length=120, description="The vendor's name for the version.")
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
    variant_of: str = Field(default="", max_length=80, description="Model this one is a variant of.")
    components: dict[str, str] = Field(
        default={}, description="GenAI: part (base model, prompt, corpus ...) to version."
    )
    contingency: str = Field(default="", description="What is done when it is unavailable, decays or fails.")
    explainability: str = Field(default="", description="Level of explanation the use needs, and why.")
    retention: str = Field(default="", max_length=120, description="Retention class of its records.")
    tags: tuple[str, ...] = Field(default=(), description="Free words to find it by.")


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
    opinion: int = Field(default=0, ge=0, le=4)


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


class Use(Doc, UseFields):
    """A use on record."""


class SourceFields(Form):
    """A source of data."""

    name: str = Field(min_length=1, max_length=200, description="Name.")
    system: str = Field(default="", max_length=200, description="System of record.")
    owner: str = Field(default="", max_length=80, description="Who answers for it.")
    description: str = Field(default="", description="What it holds.")
    lineage: str = Field(default="", description="Where it comes from, to the source.")
    snapshot: str = Field(default="", max_length=120, description="Digest of the snapshot used.")
    legal_basis: str = Field(default="", max_length=400, description="Basis for using personal data.")
    personal: bool = False
    alternative: bool = False
    unstructured: bool = False
    synthetic: bool = False
    proxy: bool = False
    external: bool = Field(default=False, description="Comes from outside the bank.")


class Source(Doc, SourceFields):
    """A source on record."""


class LinkFields(Form):
    """One dependency: ``frm`` gives something to ``to``; ends are such as ``model/NAME`` or ``source/NAME``."""

    frm: str = Field(pattern=r"^(model|source|vendor)/.+$", max_length=120, description="What gives.")
    to: str = Field(pattern=r"^(model|source|vendor)/.+$", max_length=120, description="What depends on it.")
    kind: Literal["feeds", "data", "supplies", "component", "method", "overlay"] = Field(
        default="feeds", description="What passes."
    )
    explanation: str = Field(default="", description="Why a cycle, if it makes one, is harmless.")


class Link(Doc, LinkFields):
    """A dependency on record."""


MODEL = declare(
    Record("model", "Model", "models", Model, (
        "name", "kind", "family", "method", "tier", "owner", "developer", "validator", "business_line", "entity",
        "origin", "vendor", "version_in_use", "next_validation", "last_validated", "next_rating", "opinion",
        "generative", "machine_learning", "materiality", "inherent",
    ))
)  # fmt: skip
VERSION = declare(Record("version", "Version", "versions", Version, ("model", "version", "digest")))
USE = declare(Record("use", "Use", "uses", Use, ("model", "name", "automation", "adverse"), prefix="U"))
SOURCE = declare(Record("source", "Data source", "data sources", Source, ("name", "system", "owner", "external")))
LINK = declare(Record("link", "Dependency", "dependencies", Link, ("frm", "to", "kind"), prefix="D"))

ModelChange, UseChange, SourceChange = (
    partly(ModelFields, "ModelChange"), partly(UseFields, "UseChange"), partly(SourceFields, "SourceChange"),
)  # fmt: skip


def _named_well(now: Situation) -> None:
    import re

    if not re.match(NAME, now.id):
        raise SpecError(f"{now.id!r} is no id: use lower-case letters, digits, dots and dashes, at most 80.")


def _version_id(now: Situation) -> None:
    if now.id != f"{now.form.model}@{now.form.version}":
        raise SpecError(f"A version's id is MODEL@VERSION: expected {now.form.model}@{now.form.version}, got {now.id}.")


def _ends_exist(now: Situation) -> None:
    from secondline.core.errors import UnknownRecord

    for end in (now.form.frm, now.form.to):
        kind, _, name = end.partition("/")
        if kind != "vendor" and now.look.get(kind, name) is None:
            raise UnknownRecord.of(kind, name)


allow(
    Act("model.registered", "model", "Register a model", KEEPERS, ModelFields, creates=True, after="proposed",
        rules=(_named_well, known("model", "variant_of")))
)  # fmt: skip
allow(Act("model.changed", "model", "Correct the entry", KEEPERS, ModelChange, rules=(known("model", "variant_of"),)))
allow(
    Act("version.registered", "version", "Register a version", KEEPERS, VersionFields, creates=True, after="registered",
        rules=(_version_id, known("model", "model")))
)  # fmt: skip
allow(
    Act("use.proposed", "use", "Propose a use", KEEPERS, UseFields, creates=True, after="proposed",
        rules=(known("model", "model"),))
)  # fmt: skip
allow(Act("use.changed", "use", "Correct the use", KEEPERS, UseChange, before=frozenset({"proposed"})))
allow(Act("use.ended", "use", "End the use", KEEPERS, Nothing, after="ended", reasoned=True))
allow(Act("source.registered", "source", "Register a data source", KEEPERS, SourceFields, creates=True, after="active",
          rules=(_named_well,)))  # fmt: skip
allow(Act("source.changed", "source", "Correct the data source", KEEPERS, SourceChange))
allow(Act("link.made", "link", "Record a dependency", KEEPERS, LinkFields, creates=True, after="active",
          rules=(_ends_exist,)))  # fmt: skip
allow(Act("link.ended", "link", "End a dependency", KEEPERS, Nothing, before=frozenset({"active"}), after="ended",
          reasoned=True))  # fmt: skip
