"""What a run leaves behind: plan, evidence, findings, opinion. Records that outlive the data."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from secondline.core.canonical import digest
from secondline.core.limit import Limit, Severity
from secondline.core.outcome import Outcome
from secondline.core.spec import ModelSpec
from secondline.core.subject import Subject


class Record(BaseModel):
    """A frozen record with a digest of everything in it, so that a field added later is sealed too."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def digest(self) -> str:
        """Return the SHA-256 of the record's canonical JSON."""
        return digest(self.model_dump(mode="json", by_alias=True))


class PlannedCheck(Record):
    """One check of a plan: parameters, the limit that will judge it and where the limit comes from."""

    code: str
    title: str
    over: str
    role: str
    params: dict[str, Any] = Field(default_factory=dict)
    limit: Limit | None = None
    limit_from: str = ""
    finding_on_breach: bool = True
    skipped: str = ""
    """The reason model.yaml gives for leaving the check out; it is still answered, as NotApplicable."""
    dimension: str = ""
    """Which of the seven dimensions of data quality the check serves, if any."""


class PackRef(Record):
    """A policy pack a plan was built from, pinned by digest."""

    id: str
    version: str
    title: str
    sha256: str


class OpinionRule(Record):
    """One line of the declared roll-up, of which the first that matches decides.

    The grade holds when at least ``count`` findings have at least this severity, or when ``unanswered`` and any gate
    errored or was inconclusive. A rule without either always matches.
    """

    grade: int = Field(ge=1, le=4)
    severity: Severity | None = None
    count: int = 1
    unanswered: bool = False


class ControlStatus(Record):
    """A control of a pack: which checks evidence it, or that nothing does."""

    id: str
    title: str
    source: str
    tag: str
    checks: tuple[str, ...] = ()
    satisfied_by: str = ""
    force: str = ""


class Plan(Record):
    """What will be asked, and by which limits, fixed before data are read. Its digest is the plan's identity."""

    spec: ModelSpec
    checks: tuple[PlannedCheck, ...]
    packs: tuple[PackRef, ...]
    controls: tuple[ControlStatus, ...] = ()
    opinion_rules: tuple[OpinionRule, ...] = ()
    multiplicity: Literal["check", "plan"] = "check"
    confidence: float = 0.95
    as_of: str = ""


class Query(Record):
    """One query that ran: its SQL, the engine, the rows it scanned."""

    id: str
    population: str
    engine: str
    sql: str
    rows_scanned: int | None = None
    purpose: str = ""
    answer: str = ""
    """Digest of the stored answer; empty for answers that hold rows or keys of persons, which are not kept."""


class Timing(Record):
    """How long one query took and whether its result was resumed from an interrupted run."""

    query: str
    seconds: float
    resumed: bool = False


class PopulationFacts(Record):
    """What was read: rows, schema, fingerprint and where it came from."""

    name: str
    role: str
    source: str
    engine: str
    rows: int
    columns: dict[str, str]
    features: tuple[str, ...] = ()
    fingerprint: str = ""
    fingerprint_method: str = ""
    label_missing: int = 0
    score_missing: int = 0
    weight_total: float | None = None
    events: int | None = None
    time_first: str | None = None
    time_last: str | None = None
    notes: tuple[str, ...] = ()


class Evidence(Record):
    """One answer with everything needed to defend and repeat it."""

    id: str
    """Short name within the run, such as ``E-118``."""
    code: str
    subject: Subject
    outcome: Outcome
    limit: Limit | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    looks: int = 1
    """How many answers shared this one's multiplicity control."""
    p_adjusted: float | None = None
    unit: str = ""
    statistics: tuple[str, ...] = ()
    """Digests of the sufficient statistics the number was computed from."""
    queries: tuple[str, ...] = ()
    """Ids of the queries that produced them."""


class Finding(Record):
    """A weakness that can be fixed, proposed by rule and confirmed by a person."""

    id: str
    severity: Severity
    code: str
    statement: str
    effect: str
    evidence: tuple[str, ...]
    populations: tuple[str, ...] = ()
    owner: str = ""
    due: str = ""
    status: Literal["proposed", "issued", "closed"] = "proposed"
    recommendation: str = ""


class Opinion(Record):
    """The four-grade opinion. The engine only proposes; a named validator confirms or overrides, with a reason."""

    grade: int = Field(ge=1, le=4)
    proposed_grade: int = Field(ge=1, le=4)
    status: Literal["proposed", "confirmed", "overridden"] = "proposed"
    because: str = ""
    by: str = ""
    reason: str = ""


GRADES = {
    1: "no material deficiency found by the checks run",
    2: "adequate with minor deficiencies",
    3: "significant deficiencies",
    4: "unfit for the use tested",
}


class Environment(Record):
    """Where a run was made: versions that can move a number."""

    secondline: str
    python: str
    platform: str
    packages: dict[str, str]


class CardOnRecord(Record):
    """How the card of a judge stood on record when a study used the judge.

    ``state`` is that of the newest card that is of this very judge: ``none`` without one, ``expired`` after its day.
    ``holds`` says that it may grade here; ``because`` why it may not.
    """

    judge: str
    criterion: str
    holds: bool
    card: str = ""
    """Id of the record, such as ``J-3``."""
    state: str = ""
    by: str = ""
    on: str = ""
    expires: str = ""
    because: str = ""


class Run(Record):
    """A validation run: plan, data read, evidence, findings, opinion. All that a report needs."""

    id: str
    plan_digest: str
    plan: Plan
    started_at: str
    finished_at: str
    fixed_at: str
    """When the plan was recorded, which is before data were read."""
    environment: Environment
    populations: tuple[PopulationFacts, ...]
    queries: tuple[Query, ...] = ()
    timings: tuple[Timing, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    opinion: Opinion
    deviations: tuple[str, ...] = ()
    previous: str | None = None
    """Id of the previous run of the same model, if any."""
    changes: tuple[str, ...] = ()
    """What changed since it, one sentence each."""
    configuration: dict[str, str] = Field(default_factory=dict)
    """Of a generative system: the digest of each part, by ``kind/name``; the system's hash is theirs."""
    cards: tuple[CardOnRecord, ...] = ()
    """Cards of its judges as they stood on record; empty where the model is not in the inventory of this ledger."""
