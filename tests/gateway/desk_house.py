"""A small bank's gateway for tests: a graph, its model.yaml, signed pass files, and clocks that are set by hand."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from secondline.core.canonical import digest_bytes
from secondline.events.shapes import Decision
from secondline.gateway.asked import Asked, Turned
from secondline.gateway.clock import Clock, moment
from secondline.gateway.settings import read_settings
from secondline.gateway.watching import Watch
from secondline.ledger.keys import Signer
from secondline.ledger.passes import as_file, sealed
from secondline.models.conversion.drawing import Drawing

NOON = "2026-05-01T12:00:00Z"
USES = frozenset({"U-1"})


def graph(weight: float = 1.0, features: tuple[str, ...] = ("limit", "age")) -> bytes:
    """Return a logistic graph whose first feature weighs most."""
    draw = Drawing(features, np.float64)
    weights = np.array([[weight, *([0.01] * (len(features) - 1))]])
    return draw.done(draw.sigmoid(draw.dense(draw.input, weights, np.array([0.0]))))


class Time:
    """Wall and steady clocks that stand until they are moved."""

    def __init__(self, instant: str = NOON) -> None:
        self.wall, self.steady = moment(instant), 1_000.0

    def on(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += seconds
        self.steady += seconds

    def clock(self, mark: Path | None = None) -> Clock:
        """Return a clock that goes by these."""
        return Clock(mark, lambda: self.wall, lambda: self.steady)


class House:
    """Files of a gateway that goes by pass files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.time, self.told, self.watches = folder, Time(), [], []  # type: ignore[var-annotated]
        private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
        self.signer = Signer(private.public_key().public_bytes_raw().hex(), private)
        (folder / "passes").mkdir(parents=True)
        (folder / "arm.key").write_bytes(b"0123456789abcdef0123456789abcdef")
        self.listed()

    def study(self, version: str = "1.0", content: bytes | None = None, **more: Any) -> str:
        """Write a version's graph and model.yaml; returns the digest of the graph."""
        place = self.folder / version
        place.mkdir(exist_ok=True)
        made = graph() if content is None else content
        (place / "model.onnx").write_bytes(made)
        spec = {
            "model": "pd", "version": version, "artefact": "model.onnx", "populations": {"dev": {"data": "dev.csv"}},
            "columns": {"score": "p"}, "decision": {"approve-below": 0.6}, **more,
        }  # fmt: skip
        (place / "model.yaml").write_text(yaml.safe_dump(spec))
        return digest_bytes(made)

    def issue(self, digest: str, id_: str = "P-1", version: str = "1.0", **more: Any) -> None:
        """Write a pass."""
        payload = {
            "pass": id_, "model": "pd", "version": version, "digest": digest, "uses": ["U-1"],
            "names": {"U-1": "origination"}, "bounds": [], "kind": "normal", "conditions": [], "packs": [],
            "approval": f"AP-{id_}", "decided_by": "hal", "signatories": ["hal"], "residual": "low",
            "head": {"seq": 1, "seal": "s"}, "issued": "2026-05-01T00:00:00Z", "expires": "2026-12-31",
            "stale_hours": 24, **more,
        }  # fmt: skip
        (self.folder / "passes" / f"{id_}.json").write_bytes(as_file(sealed(payload, self.signer, "secondline-pass-1")))

    def listed(self, *stopped: Mapping[str, Any], issued: str = NOON) -> None:
        """Write the list of stopped passes, as whoever hands out such lists does: whole, in one step."""
        payload = {"issued": issued, "head": {"seq": 1, "seal": "s"}, "passes": list(stopped)}
        made = self.folder / ".list"
        made.write_bytes(as_file(sealed(payload, self.signer, "secondline-revocations-1")))
        # Two writes within one tick of the file system's clock must differ in time, too.
        self.ticks = getattr(self, "ticks", 0) + 1
        os.utime(made, ns=(self.ticks * 10**9, self.ticks * 10**9))
        made.replace(self.folder / "stopped.json")

    def settings(self, *, top: Mapping[str, Any] | None = None, **served: Any) -> Path:
        """Write gateway.yaml."""
        content = {
            "passes": {"folder": "passes", "revocations": "stopped.json", "key": self.signer.public},
            "models": {"pd": {"study": "{version}/model.yaml", **served}}, **(top or {}),
        }  # fmt: skip
        path = self.folder / "gateway.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    def watch(self, *, top: Mapping[str, Any] | None = None, **served: Any) -> Watch:
        """Return a gateway's desk, looked at once; nothing looks again unless told to."""
        settings = read_settings(self.settings(top=top, **served))
        made = Watch(settings, self.folder, self.time.clock(self.folder / "mark"), self.told.append)
        self.watches.append(made)
        made.settle()
        return made

    def close(self) -> None:
        """Close every desk that was made."""
        for watch in self.watches:
            watch.close()


def asked(
    limit: Sequence[float] | float = 0.0,
    *,
    use: str = "U-1",
    uses: frozenset[str] = USES,
    model: str = "pd",
    **more: Any,
) -> Asked:
    """Return a request of cases that differ in their limit."""
    limits = np.atleast_1d(np.asarray(limit, dtype=np.float64))
    columns = {"limit": limits, "age": np.full(len(limits), 30.0), **more.pop("columns", {})}
    return Asked(model, columns, len(limits), "till", uses, use, **more)


def decided(watch: Watch, request: Asked) -> list[Decision]:
    """Return the decisions of one request, which must not be turned away."""
    (found,) = watch.desk.decide([request])
    if isinstance(found, Turned):
        raise found
    return found


def looked_on(watch: Watch, request: Asked) -> list[Decision]:
    """Return the decisions of one request after the challengers have looked at them."""
    (found,) = watch.desk.look_on([(request, decided(watch, request))])
    return found


def turned(watch: Watch, request: Asked) -> Turned:
    """Return how one request was turned away."""
    (found,) = watch.desk.decide([request])
    assert isinstance(found, Turned), found
    return found
