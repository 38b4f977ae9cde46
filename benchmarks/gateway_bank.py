"""The bank of the gateway's benchmark: a LightGBM model, a signed pass for it, and a gateway.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from secondline.core.canonical import digest_bytes
from secondline.gateway import tokens
from secondline.ledger.keys import Signer
from secondline.ledger.passes import as_file, sealed

COLUMNS = 20
HEAD = {"seq": 1, "seal": "s"}


def make_model(folder: Path) -> None:
    """Write the model as LightGBM writes it, and as ONNX for the servers that take only that."""
    import lightgbm
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    rng = np.random.default_rng(7)
    x = rng.normal(size=(20_000, COLUMNS))
    y = (rng.random(20_000) < 1 / (1 + np.exp(-(x[:, 0] + x[:, 1] * x[:, 2])))).astype(int)
    model = lightgbm.LGBMClassifier(n_estimators=200, num_leaves=31, verbose=-1, n_jobs=2)
    model.fit(x, y, feature_name=[f"x{i}" for i in range(COLUMNS)])
    model.booster_.save_model(folder / "model.txt")
    shape = [("input", FloatTensorType([None, COLUMNS]))]
    onnx = convert_lightgbm(model, initial_types=shape, zipmap=False, target_opset=15)
    (folder / "model.onnx").write_bytes(onnx.SerializeToString())


def make_bank(folder: Path, artefact: str = "model.txt", signer: Signer | None = None) -> str:
    """Write the study, the pass and the token of a caller into the folder of the model; returns the token."""
    if signer is None:
        private = Ed25519PrivateKey.generate()
        signer = Signer(private.public_key().public_bytes_raw().hex(), private)
    named = {"path": artefact, "features": [f"x{i}" for i in range(COLUMNS)]}
    spec = {"model": "bench", "version": "1", "artefact": named, "populations": {"dev": {"data": "dev.csv"}}}
    spec |= {"columns": {"score": "p"}, "decision": {"approve-below": 0.5}}
    (folder / "model.yaml").write_text(yaml.safe_dump(spec))
    one: dict[str, Any] = {
        "pass": "P-1", "model": "bench", "version": "1", "digest": digest_bytes((folder / artefact).read_bytes()),
        "uses": ["U-1"], "names": {"U-1": "bench"}, "bounds": [], "kind": "normal", "conditions": [], "packs": [],
        "approval": "AP-1", "decided_by": "hal", "signatories": ["hal"], "residual": "low", "head": HEAD,
        "issued": "2026-05-01T00:00:00Z", "expires": "2999-12-31", "stale_hours": 10_000_000,
    }  # fmt: skip
    (folder / "key").write_text(signer.public)
    (folder / "passes").mkdir()
    (folder / "passes" / "P-1.json").write_bytes(as_file(sealed(one, signer, "secondline-pass-1")))
    stopped = {"issued": "2026-05-01T00:00:00Z", "head": HEAD, "passes": []}
    (folder / "stopped.json").write_bytes(as_file(sealed(stopped, signer, "secondline-revocations-1")))
    return tokens.add(folder / "tokens.json", "bench", uses=["U-1"])


def configure(folder: Path, port: int, **served: Any) -> Path:
    """Write gateway.yaml for a port; *served* is said of the model besides where its study is."""
    content = {
        "passes": {"folder": "passes", "revocations": "stopped.json", "key": (folder / "key").read_text()},
        "models": {"bench": {"study": "model.yaml", **served}},
        "tokens": "tokens.json",
        "listen": f"127.0.0.1:{port}",
    }
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(content))
    return path
