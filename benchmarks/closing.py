"""How soon a change of the pass is felt: `python benchmarks/closing.py`, kept in results-closing.json.

A gateway serves the model of `gateway.py` and is asked without a pause over one connection. At a random moment the
signed list of stopped passes is exchanged: the pass is suspended, revoked, or narrowed so that the row asked about is
outside. Told is the time from the exchange of the file until the first reply that is refused. `--small` changes each
three times.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from gateway_bank import COLUMNS, HEAD, make_bank, make_model

from gateway import Server
from secondline.ledger.keys import Signer
from secondline.ledger.passes import as_file, sealed

HERE = Path(__file__).parent
RESULTS = HERE / "results-closing.json"
CHANGES: dict[str, dict[str, Any]] = {
    "suspended": {"state": "suspended"},
    "revoked": {"state": "revoked"},
    "narrowed": {"state": "restricted", "limits": [{"kind": "population", "column": "x0", "high": -50.0}]},
}


class Bank:
    """The folder that a gateway reads its passes from, and the key that signs them."""

    def __init__(self, folder: Path) -> None:
        """Make the model, its pass and the token of a caller."""
        make_model(folder)
        private = Ed25519PrivateKey.generate()
        self.folder, self.issued = folder, 0
        self.signer = Signer(private.public_key().public_bytes_raw().hex(), private)
        self.token = make_bank(folder, signer=self.signer)

    def stop(self, *passes: dict[str, Any]) -> None:
        """Exchange the list of stopped passes for a newer one."""
        self.issued += 1
        listed = {"issued": f"2026-05-02T00:00:{self.issued // 60:02}.{self.issued % 60:03}Z", "head": HEAD}
        made = self.folder / "stopped.new"
        made.write_bytes(as_file(sealed({**listed, "passes": list(passes)}, self.signer, "secondline-revocations-1")))
        made.replace(self.folder / "stopped.json")


def felt(bank: Bank, carried: Callable[[], bool], change: dict[str, Any], chance: random.Random) -> float:
    """Return the seconds from the exchange to the first refused reply; the pass carries before."""
    bank.stop()
    while not carried():
        time.sleep(0.01)
    until = time.perf_counter() + chance.random()
    while time.perf_counter() < until:
        assert carried()
    bank.stop({"pass": "P-1", **change})
    began = time.perf_counter()
    while carried():
        pass
    return time.perf_counter() - began


def main(*, small: bool) -> None:
    """Measure every change again and again, over one connection."""
    times, chance = 3 if small else 40, random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        bank = Bank(Path(name))
        command = [sys.executable, str(HERE / "gateway.py"), "ours", "{port}", name]
        server = Server("secondline", command, "/v2/models/bench/infer", {"Authorization": f"Bearer {bank.token}"}, {})
        server.start()
        url = f"http://127.0.0.1:{server.port}/v1/score/bench"
        row = {"inputs": {f"x{i}": round(0.1 * i - 1, 3) for i in range(COLUMNS)}}
        try:
            with httpx.Client(headers=server.headers, trust_env=False) as client:

                def carried() -> bool:
                    return str(client.post(url, json=row).json()["decision"]) != "refused"

                found = {
                    kind: [felt(bank, carried, change, chance) for _ in range(times)]
                    for kind, change in CHANGES.items()
                }
        finally:
            server.stop()
    told: dict[str, Any] = {
        kind: {
            "changes": len(one),
            "median": statistics.median(one),
            "p95": sorted(one)[int(0.95 * len(one))],
            "max": max(one),
        }
        for kind, one in found.items()
    }
    told |= {"versions": {"python": platform.python_version(), "secondline": version("secondline")}}
    print(json.dumps(told, indent=1))
    if not small:
        RESULTS.write_text(json.dumps(told | {"cores": os.cpu_count()}, indent=1) + "\n")


if __name__ == "__main__":
    main(small="--small" in sys.argv)
