"""model.yaml as a typed value: the model, its uses, its populations and what each column is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from secondline.core.declared.alternatives import Alternatives
from secondline.core.declared.challengers import Challengers
from secondline.core.declared.fairness import Fairness
from secondline.core.declared.fraud import Fraud
from secondline.core.declared.genai import GenAI
from secondline.core.declared.graded import filled
from secondline.core.declared.money import Money
from secondline.core.declared.part import Names, Part
from secondline.core.declared.reasons import Reasons
from secondline.core.declared.reproduce import Reproduce
from secondline.core.limit import Limit


class Use(Part):
    """One use of the model: risk attaches to the use."""

    id: str
    population: str = ""
    decision: str = ""


class Purpose(Part):
    """Why the model exists and what hangs on it."""

    kind: str
    regime_relevant: bool = Field(default=True, alias="regime-relevant")
    decisions_per_year: int | None = Field(default=None, alias="decisions-per-year")


class Population(Part):
    """Where one population comes from: a file, a folder of Parquet, or a database URL with a query in a file."""

    data: str
    sql: str | None = None
    table: str | None = None
    role: Literal["reference", "out-of-sample", "out-of-time", "current"] | None = None
    description: str = ""


class Score(Part):
    """The score column: what it is and which way it points."""

    column: str
    kind: Literal["probability", "points"] = "probability"
    direction: Literal["higher-is-riskier", "lower-is-riskier"] = "higher-is-riskier"


class Columns(Part):
    """What each column is for. Without ``features``, every number, text or boolean without another role is one."""

    score: Score | str
    label: str | None = None
    weight: str | None = None
    time: str | None = None
    entity: Names = ()
    exposure: str | None = None
    grade: str | None = None
    previous_grade: str | None = Field(default=None, alias="previous-grade")
    challenger: str | None = None
    override: str | None = None
    production: str | None = None
    observed_at: str | None = Field(default=None, alias="observed-at")
    segments: Names = ()
    protected: Names = ()
    features: Names | None = None
    ignore: Names = ()

    @model_validator(mode="after")
    def _one_role_each(self) -> Columns:
        score = self.score if isinstance(self.score, str) else self.score.column
        for role, column in (("label", self.label), ("weight", self.weight), ("time", self.time)):
            if column == score:
                raise ValueError(f"{column!r} is named as the score and as the {role}; they must be two columns")
        return self


class Rule(Part):
    """A row rule that must hold, as an expression over columns, such as ``limit > 0`` or ``balance <= limit``."""

    id: str
    holds: str
    because: str = ""


class Exclusion(Part):
    """One step of the waterfall from source to model set: rows removed, their defaults where known, and why."""

    reason: str
    rows: int = Field(ge=0)
    events: int | None = Field(default=None, ge=0)


class Waterfall(Part):
    """The exclusions that lead from the source rows to the development population."""

    source_rows: int = Field(alias="source-rows", ge=0)
    steps: tuple[Exclusion, ...] = ()


class Domain(Part):
    """The values a column may take."""

    type: Literal["number", "integer", "text", "time", "boolean"] | None = None
    min: float | None = None
    max: float | None = None
    values: tuple[str | int | float | bool, ...] | None = None
    nullable: bool = True


Kind = Literal[
    "boosted-trees", "forest", "linear-regression", "logistic-regression", "neural-network", "scorecard", "tree"
]


class Claims(Part):
    """What the documentation says of the model, to be held against the facts.

    ``inputs`` are the columns the model reads, or how many; ``reason-method`` is how reasons are said to be found.
    """

    monotone: dict[str, Literal["increasing", "decreasing"]] = Field(default={})
    excluded: Names = ()
    type: Kind | None = None
    inputs: int | Names | None = None
    trees: int | None = Field(default=None, ge=1)
    terms: int | None = Field(default=None, ge=1)
    reason_method: str | None = Field(default=None, alias="reason-method")


class Decision(Part):
    """The rule that turns a score into a decision: approve below a score, or at and above one."""

    approve_below: float | None = Field(default=None, alias="approve-below")
    approve_at_least: float | None = Field(default=None, alias="approve-at-least")

    @model_validator(mode="after")
    def _one_rule(self) -> Decision:
        if (self.approve_below is None) == (self.approve_at_least is None):
            raise ValueError("a decision needs exactly one of approve-below and approve-at-least")
        return self

    def approves(self, score: Any) -> Any:
        """Whether the rule approves a score (or each of an array), as the model gives it; a missing one is not."""
        return score < self.approve_below if self.approve_below is not None else score >= self.approve_at_least


class Line(Part):
    """A straight line in log-odds, applied to the probability an artefact gives (Platt's recalibration)."""

    intercept: float
    slope: float


class Artefact(Part):
    """The model itself: a file beside model.yaml, or the http(s) address of a served model.

    ``open: false`` names it for the record without opening it. ``features`` are needed only where the artefact does
    not name its own; ``calibration`` is a line or a JSON file that holds one; ``digest`` is the SHA-256 it must have;
    ``trusted`` are the types a skops file may hold beyond scikit-learn's; ``architecture`` is the JSON file that says
    which layers the weights of a ``.safetensors`` file belong to.
    """

    path: str = Field(min_length=1)
    format: Literal["catboost", "lightgbm", "linear", "network", "onnx", "scorecard", "skops", "xgboost"] | None = None
    architecture: str | None = None
    features: Names | None = None
    calibration: Line | str | None = None
    digest: str | None = None
    trusted: Names = ()
    open: bool = True


def _artefact(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


class ModelSpec(Part):
    """A model as its model.yaml describes it. Unknown keys are errors.

    With a `genai` part, `populations` and `columns` may be left out: each suite is a population of graded answers.
    """

    model: str = Field(min_length=1)
    version: str = Field(coerce_numbers_to_str=True, min_length=1)
    title: str = ""
    purpose: Purpose | None = None
    tier: Literal[1, 2, 3, 4] | None = None
    owner: str = ""
    developer: str = ""
    validator: str = ""
    uses: tuple[Use, ...] = ()
    artefact: Annotated[Artefact, BeforeValidator(_artefact)] | None = None
    populations: dict[str, Population] = Field(min_length=1)
    reference: str | None = None
    columns: Columns
    domains: dict[str, Domain] = Field(default={})
    rules: tuple[Rule, ...] = ()
    waterfall: Waterfall | None = None
    decision: Decision | None = None
    reasons: Reasons | None = None
    reproduce: Reproduce | None = None
    challengers: Challengers = Field(default={})
    money: Money | None = None
    fairness: Fairness = Fairness()
    fraud: Fraud | None = None
    genai: GenAI | None = None
    alternatives: Alternatives | None = None
    reference_groups: dict[str, str] = Field(default={}, alias="reference-groups")
    claims: Claims = Claims()
    packs: Names = ("default", "us-sr26-2")
    checks: Names | None = None
    skip: dict[str, str] = Field(default={})
    limits: dict[str, Limit] = Field(default={})
    parameters: dict[str, dict[str, Any]] = Field(default={})
    as_of: str | None = Field(default=None, alias="as-of")

    @model_validator(mode="before")
    @classmethod
    def _suites_are_populations(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("genai") is None:
            return given
        try:
            genai = GenAI.model_validate(given["genai"])
        except ValidationError:
            genai = None  # its own errors are told where it is read; nothing else is missing
        return filled(given, genai)

    @model_validator(mode="before")
    @classmethod
    def _the_first_is_the_reference(cls, given: Any) -> Any:
        """Say which population is the reference where only its place says so: a record keeps no order."""
        every = given.get("populations") if isinstance(given, dict) else None
        if not isinstance(every, dict) or len(every) == 1 or given.get("reference") or given.get("genai") is not None:
            return given
        roles = [one.get("role") if isinstance(one, dict) else getattr(one, "role", None) for one in every.values()]
        return given if not every or "reference" in roles else given | {"reference": next(iter(every))}

    @model_validator(mode="after")
    def _fraud_counts_accounts(self) -> ModelSpec:
        if self.fraud and not (self.fraud.account or self.columns.entity):
            raise ValueError("`fraud` counts accounts: name one under `fraud: account` or `columns: entity`")
        return self

    @property
    def score(self) -> Score:
        """The score column with its kind and direction."""
        score = self.columns.score
        return score if isinstance(score, Score) else Score(column=score)

    @property
    def reference_name(self) -> str:
        """The reference population: the one named, the one whose role says so, or the first."""
        if self.reference:
            return self.reference
        named = [name for name, population in self.populations.items() if population.role == "reference"]
        return (named or list(self.populations))[0]

    @property
    def current_names(self) -> tuple[str, ...]:
        """Every population but the reference, in order."""
        return tuple(name for name in self.populations if name != self.reference_name)
