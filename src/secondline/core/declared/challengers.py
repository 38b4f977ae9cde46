"""What model.yaml says of the challengers to be fitted: a name for each, and its kind and settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from secondline.core.declared.part import Names, Part
from secondline.core.errors import near

Kind = Literal["logistic", "scorecard", "ebm", "boosting", "network"]
Direction = Literal["increasing", "decreasing"]
SIMPLE: frozenset[str] = frozenset({"logistic", "scorecard", "ebm"})
"""Kinds that a person can read whole: each input's part in a score stands alone, and the parts add."""
SEED = 20_261_125


class Logistic(Part):
    """Ridge-penalised logistic regression: ``ridge`` is lambda of ``lambda / 2 |beta|^2`` beside the sum of losses."""

    ridge: float = Field(default=1.0, gt=0, le=1e9)


class Scorecard(Part):
    """Weights of evidence: at most ``bins`` attributes a feature, each of a ``least-share`` of the rows.

    Features of an information value below ``least-information`` stay off the card.
    """

    bins: int = Field(default=6, ge=2, le=20)
    least_share: float = Field(default=0.03, gt=0, le=0.5, alias="least-share")
    least_information: float = Field(default=0.02, ge=0, alias="least-information")


class Ebm(Part):
    """An explainable boosting machine: one curve a feature and ``interactions`` surfaces of two."""

    interactions: int = Field(default=0, ge=0, le=50)
    bags: int = Field(default=4, ge=1, le=50)
    bins: int = Field(default=64, ge=2, le=1024)
    rate: float = Field(default=0.04, gt=0, le=1)
    rounds: int = Field(default=5_000, ge=1, le=50_000)


class Boosting(Part):
    """Gradient-boosted trees, stopped where an inner test sample stops gaining."""

    leaves: int = Field(default=15, ge=2, le=1024)
    rate: float = Field(default=0.05, gt=0, le=1)
    rounds: int = Field(default=1_000, ge=1, le=20_000)
    least_rows: int = Field(default=40, ge=1, alias="least-rows")
    ridge: float = Field(default=5.0, ge=0)
    sample: float = Field(default=0.8, gt=0, le=1)
    columns: float = Field(default=0.8, gt=0, le=1)


class Network(Part):
    """A small neural network: ``layers`` of hidden units, stopped where an inner test sample stops gaining."""

    layers: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = Field(default=(64, 32), min_length=1, max_length=4)
    rate: float = Field(default=0.003, gt=0, le=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    epochs: int = Field(default=60, ge=1, le=1_000)
    batch: int = Field(default=512, ge=8, le=65_536)
    patience: int = Field(default=6, ge=1)


Settings = Logistic | Scorecard | Ebm | Boosting | Network
SETTINGS: dict[str, type[Settings]] = {
    "logistic": Logistic,
    "scorecard": Scorecard,
    "ebm": Ebm,
    "boosting": Boosting,
    "network": Network,
}


class Challenger(Part):
    """One challenger to be fitted on the reference population.

    ``features`` are what it may read; left out, what the champion's artefact reads, else the features of the study.
    ``monotone: claimed`` holds it to the directions under ``claims``, a mapping to directions of its own.
    """

    kind: Kind
    features: Names | None = Field(default=None, min_length=1)
    seed: int = Field(default=SEED, ge=0, lt=2**31)
    settings: dict[str, Any] = Field(default={})
    monotone: Literal["claimed"] | dict[str, Direction] | None = None

    @model_validator(mode="after")
    def _settings_of_the_kind(self) -> Challenger:
        read_settings(self.kind, self.settings)
        if self.monotone and self.kind in {"logistic", "network"}:
            raise ValueError(f"a {self.kind} challenger cannot be held to directions; leave `monotone` out")
        return self


def read_settings(kind: str, given: dict[str, Any]) -> Settings:
    """Return the settings of a kind, defaults filled in.

    Raises:
        ValueError: a setting is unknown, or has a value it may not have.
    """
    try:
        return SETTINGS[kind].model_validate(given)
    except ValidationError as error:
        raise ValueError("; ".join(_said(kind, dict(e)) for e in error.errors())) from error


def _said(kind: str, error: dict[str, Any]) -> str:
    name = ".".join(str(part) for part in error["loc"])
    known = [field.alias or own for own, field in SETTINGS[kind].model_fields.items()]
    if error["type"] == "extra_forbidden":
        return f"a {kind} challenger has no setting {name!r}. {near(name, known)} It has: {', '.join(known)}".replace(
            "  ", " "
        )
    return f"setting {name!r} of a {kind} challenger: {error['msg']}; got {error['input']!r}"


def _named(value: Any) -> Any:
    """Read a list of kinds as challengers named for their kind, and a bare kind as one without settings."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, (list, tuple)):
        if odd := [kind for kind in value if not isinstance(kind, str)]:
            raise ValueError(f"a list of challengers holds kinds ({', '.join(get_args(Kind))}); {odd[0]!r} is none")
        if twice := [kind for i, kind in enumerate(value) if kind in value[:i]]:
            raise ValueError(f"{twice[0]!r} is listed twice; name the two: `first: {{kind: {twice[0]}}}`")
        value = {kind: kind for kind in value}
    if not isinstance(value, dict):
        return value
    return {name: {"kind": kind} if isinstance(kind, str) else kind for name, kind in value.items()}


Challengers = Annotated[dict[str, Challenger], BeforeValidator(_named)]
