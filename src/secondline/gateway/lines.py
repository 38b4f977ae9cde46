"""Lines: all that deciding for one model needs at one moment, as a value that is exchanged whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from secondline.gateway.breaker import Breaker
from secondline.gateway.conditions import Conditions
from secondline.gateway.loading import Loaded
from secondline.gateway.passes import Pass
from secondline.gateway.routing import Arm, Onlooker
from secondline.gateway.schema import Schema
from secondline.gateway.settings import Served

if TYPE_CHECKING:
    from secondline.gateway.explaining import Explaining


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """What is loaded for one version, and stays the same while it is served."""

    loaded: Loaded
    schema: Schema
    breaker: Breaker
    knock_outs: tuple[tuple[str, str], ...]
    explaining: Explaining | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One model at one moment. ``trouble`` says why nothing may be scored; ``good_until`` ends what is known."""

    model: str
    served: Served
    version: Version | None = None
    one: Pass | None = None
    conditions: Conditions = field(default_factory=lambda: Conditions(""))
    uses: Mapping[str, str] = field(default_factory=dict)
    trouble: str = "it was not looked at yet"
    good_until: float = 0.0
    shadows: tuple[Onlooker, ...] = ()
    arm: Arm | None = None
    problem: str = ""
    """Why a newer version could not be loaded, where an older one goes on."""

    @property
    def ready(self) -> bool:
        """Whether it is loaded and its pass carries."""
        return self.version is not None and not self.trouble

    def metadata(self) -> dict[str, Any]:
        """Return what the protocol tells of a model."""
        schema = self.version.schema if self.version else None
        texts = schema.texts if schema else frozenset()
        names = schema.features if schema else ()
        inputs = [{"name": n, "datatype": "BYTES" if n in texts else "FP64", "shape": [-1]} for n in names]
        outputs = [{"name": n, "datatype": k, "shape": [-1]} for n, k in (("score", "FP64"), ("decision", "BYTES"))]
        return {
            "name": self.model,
            "versions": [self.version.loaded.version] if self.version else [],
            "platform": "onnx_onnxruntime",
            "inputs": inputs,
            "outputs": outputs,
            "pass": self.one.id if self.one else "",
            "uses": sorted(set(self.uses.values())),
            "ready": self.ready,
            "trouble": self.trouble or self.problem,
        }
