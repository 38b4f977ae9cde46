"""Settings: gateway.yaml as a typed value - what is served, by whose pass, and what happens when it cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from secondline.core.declared.part import Names, Part
from secondline.core.errors import SpecError
from secondline.policy.documents import load, typed

Outcome = Literal["approve", "decline", "review"]
Op = Literal["<", "<=", ">", ">=", "=", "!=", "in", "not-in", "missing"]
Seconds = Annotated[float, Field(gt=0, le=60)]
Share = Annotated[float, Field(gt=0, le=0.5)]


class Tls(Part):
    """The certificate the gateway shows and its key, as PEM files."""

    certificate: str
    key: str


class PassFiles(Part):
    """Passes without a ledger: a folder of pass files, the signed list of stopped ones, and the key that signs them."""

    folder: str
    revocations: str
    key: str = Field(description="Public key, in hexadecimal, or the file that holds it.")


class Limits(Part):
    """How much is taken at a time; what is beyond is turned away before it costs anything."""

    rows: int = Field(default=1_000, ge=1, le=100_000, description="Cases in one request.")
    bytes: int = Field(default=4_000_000, ge=1_000, description="Bytes of one request.")
    waiting: int = Field(default=1_024, ge=1, description="Cases that may be under way; more are answered 429.")
    deadline: Seconds = Field(default=2.0, description="Seconds after which a request is given up with 504.")
    aim: float = Field(
        default=0.0, ge=0, le=60, description="Seconds to answer that `waiting` adapts to; 0 keeps it fixed."
    )


class Comparison(Part):
    """One comparison of one column. A missing value holds for `missing` alone."""

    column: str
    op: Op
    value: float | str | tuple[float | str, ...] | None = None

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Comparison:
        listed = isinstance(self.value, tuple)
        if self.op in {"in", "not-in"} and not listed:
            raise ValueError(f"`{self.op}` needs a list of values")
        if self.op not in {"in", "not-in", "missing"} and (listed or self.value is None):
            raise ValueError(f"`{self.op}` needs one value")
        if self.op in {"<", "<=", ">", ">="} and isinstance(self.value, str):
            raise ValueError(f"`{self.op}` compares numbers, and {self.value!r} is text")
        if self.op == "missing" and self.value is not None:
            raise ValueError("`missing` takes no value")
        return self


def _tests(value: object) -> object:
    return [value] if isinstance(value, dict) else value


class FallbackRule(Part):
    """What is decided where every test of `when` holds."""

    when: Annotated[tuple[Comparison, ...], BeforeValidator(_tests)] = Field(min_length=1, max_length=20)
    then: Outcome
    name: str = ""


class Fallback(Part):
    """What decides when the model may not or cannot: the first rule that holds, else `otherwise`.

    ``covers`` says when it steps in: the model failed or took too long, its pass stopped, the case lies outside what is
    approved, a cap is reached. What is not listed is refused.
    """

    rules: tuple[FallbackRule, ...] = Field(default=(), max_length=200)
    otherwise: Outcome = "review"
    covers: tuple[Literal["failure", "stopped", "outside", "cap"], ...] = ("failure", "stopped", "outside", "cap")


class Shadow(Part):
    """A challenger that scores what the champion decides, and decides nothing."""

    study: str
    digest: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 its artefact must have.")
    time_out: Seconds = Field(default=0.02, alias="time-out")


class Control(Part):
    """The random control arm: this share is approved whatever the score, so that blocked traffic has outcomes too.

    ``most`` bounds the amount of a case that may be let through; ``sticky`` draws for the entity rather than the
    case. ``key`` is a file whose bytes key the draw, so that nobody outside can tell who is in.
    """

    share: Share
    key: str
    most: float | None = Field(default=None, gt=0)
    sticky: bool = False


class Breaking(Part):
    """When a model that fails is left alone: after so many failures in so many seconds, for so long."""

    failures: int = Field(default=5, ge=1)
    within: float = Field(default=10.0, gt=0)
    rest: float = Field(default=5.0, gt=0)


class Explaining(Part):
    """Reason codes of declines: with every decline, only when asked, or never; and the rows they are held against."""

    when: Literal["declines", "on-request", "off"] = "declines"
    reference: str = Field(default="", description="JSON of reference rows, written by `secondline convert`.")


def _explaining(value: object) -> object:
    # YAML reads the bare word off as false.
    return {"when": "off" if value is False else value} if isinstance(value, (str, bool)) else value


class Served(Part):
    """One model. ``study`` is its model.yaml; ``{version}`` in it stands for the version.

    ``version`` is left out to serve the version in use. ``uses`` narrows what the pass allows. ``also`` are columns
    that rules and conditions read beside the model's own features.
    """

    study: str
    version: str = Field(default="", coerce_numbers_to_str=True)
    uses: Names = ()
    also: Names = ()
    shadows: tuple[Shadow, ...] = Field(default=(), max_length=8)
    control: Control | None = None
    fallback: Fallback | None = None
    breaker: Breaking = Breaking()
    time_out: Seconds = Field(default=0.25, alias="time-out")
    reasons: Annotated[Explaining, BeforeValidator(_explaining)] = Explaining()


class Settings(Part):
    """gateway.yaml. Unknown keys are errors."""

    name: str = Field(default="gateway", min_length=1, max_length=80)
    listen: str = Field(default="127.0.0.1:8500", pattern=r"^\S+:\d{1,5}$")
    tls: Tls | None = None
    behind_proxy: bool = Field(
        default=False, alias="behind-proxy", description="Callers come by TLS to a proxy that alone reaches this."
    )
    tokens: str = Field(default="", description="File of the callers' tokens.")
    open: bool = Field(default=False, description="Anybody may call: for trying out on this machine.")
    ledger: str = Field(default="", description="Record folder that holds the passes.")
    passes: PassFiles | None = None
    key: str = Field(default="", description="Public key the ledger's passes must bear; else the ledger's own.")
    log: str = Field(default="sqlite:///decisions.db", description="Where decisions are kept.")
    log_unavailable: Literal["fail-closed", "spool"] = Field(default="fail-closed", alias="log-unavailable")
    state: str = Field(default="gateway-state", description="Folder for counts of caps and the clock.")
    artefacts: Names = Field(default=(), description="Folders that are searched for artefacts by digest.")
    replicas: int = Field(default=1, ge=1, le=1_000, description="Gateways that share the caps, a share each.")
    look_every: float = Field(default=0.25, gt=0, le=0.5, alias="look-every", description="Seconds between looks.")
    reports_as: str = Field(default="", alias="reports-as", description="Who tells the ledger what is served.")
    limits: Limits = Limits()
    models: dict[str, Served] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_source(self) -> Settings:
        if bool(self.ledger) == (self.passes is not None):
            raise ValueError("state exactly one of `ledger` and `passes`: who says what is approved")
        return self


def read_settings(path: Path) -> Settings:
    """Read a gateway.yaml; relative paths in it are from its own folder (see :func:`place`).

    Raises:
        SpecError: there is no such file, or it is no valid gateway.yaml; each problem is named with its line.
    """
    content, lines = load(path)
    return typed(Settings, content, str(path), lines)


def place(base: Path, text: str) -> Path:
    """Return where a path of gateway.yaml lies, which stands in the folder *base*."""
    return base / Path(text).expanduser()


def secret(path: Path, what: str) -> bytes:
    """Return the bytes of a key file.

    Raises:
        SpecError: it cannot be read, or holds fewer than 16 bytes.
    """
    try:
        content = path.read_bytes().strip()
    except OSError as error:
        raise SpecError(f"Cannot read {what} {str(path)!r}: {error.strerror or error}.") from error
    if len(content) < 16:  # noqa: PLR2004 - 128 bits, as every keyed hash wants
        raise SpecError(f"{what.capitalize()} {str(path)!r} holds {len(content)} bytes; give at least 16 random ones.")
    return content
