"""An architecture as data: which inputs go in, which layers follow, and what the last number means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from secondline.core.errors import ModelError

MOST_LAYERS = 512
Count = Annotated[int, Field(ge=1, le=1 << 20)]


class Declared(BaseModel):
    """A part of an architecture; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Number(Declared):
    """A numeric input: ``(x - mean) / scale``, with *missing* in place of a missing x (none: no score)."""

    name: str
    mean: float = 0.0
    scale: float = Field(default=1.0, gt=0)
    missing: float | None = None


class Category(Declared):
    """A text input: the row of tensor ``embedding`` + ".weight" that stands at its place among *levels*.

    *unknown* and *missing* are the rows for other values and for none; without them such a row has no score.
    """

    name: str
    embedding: str
    levels: tuple[str, ...] = Field(min_length=1)
    size: Count
    rows: Count | None = None
    unknown: int | None = Field(default=None, ge=0)
    missing: int | None = Field(default=None, ge=0)


class Linear(Declared):
    """``x W' + b`` with *units* outputs (torch.nn.Linear)."""

    kind: Literal["linear"]
    name: str
    units: Count
    bias: bool = True


class BatchNorm(Declared):
    """Batch normalisation as it stands after training, by the running mean and variance (torch.nn.BatchNorm1d)."""

    kind: Literal["batch_norm"]
    name: str
    eps: float = Field(default=1e-5, gt=0)
    affine: bool = True


class LayerNorm(Declared):
    """Normalisation over the units of a row (torch.nn.LayerNorm)."""

    kind: Literal["layer_norm"]
    name: str = ""
    eps: float = Field(default=1e-5, gt=0)
    affine: bool = True
    bias: bool = True


class Gelu(Declared):
    """``x Phi(x)``, or its approximation by tanh (torch.nn.GELU)."""

    kind: Literal["gelu"]
    approximate: Literal["none", "tanh"] = "none"


class Dropout(Declared):
    """Nothing: what is dropped in training stays when scoring."""

    kind: Literal["dropout"]
    p: float = Field(default=0.5, ge=0, le=1)


class Activation(Declared):
    """A function of each number."""

    kind: Literal["relu", "silu", "tanh", "sigmoid", "identity"]


class Residual(Declared):
    """``x + layers(x)``, or ``shortcut(x) + layers(x)``."""

    kind: Literal["residual"]
    layers: tuple[Layer, ...] = Field(min_length=1, max_length=64)
    shortcut: tuple[Layer, ...] = Field(default=(), max_length=8)


Layer = Annotated[Linear | BatchNorm | LayerNorm | Gelu | Dropout | Activation | Residual, Field(discriminator="kind")]


class Architecture(Declared):
    """A feed-forward network over named columns. ``link`` turns what the last layer gives into the score.

    ``logit`` and ``identity`` and ``log`` take one unit, ``softmax`` two, of which the second is the event.
    """

    inputs: tuple[Number | Category, ...] = Field(min_length=1, max_length=10_000)
    layers: tuple[Layer, ...] = Field(min_length=1, max_length=MOST_LAYERS)
    link: Literal["logit", "identity", "log", "softmax"] = "logit"


Residual.model_rebuild()
Architecture.model_rebuild()


def parse(text: str) -> Architecture:
    """Read an architecture from JSON.

    Raises:
        ModelError: it is not one; the message names the first key that is wrong.
    """
    try:
        return Architecture.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(f"its architecture is not one that is understood: {where}: {first['msg']}") from error
