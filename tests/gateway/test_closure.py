"""Closure: a serving gateway holds what serving needs, and nothing that development, validation or conversion need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from gateway.desk_house import House

NEVER = {
    "pandas", "pyarrow", "ibis", "duckdb", "polars", "sklearn", "scipy", "matplotlib", "onnx", "lightgbm", "xgboost",
    "catboost", "torch", "shap", "fastapi", "sqlalchemy", "confluent_kafka", "opentelemetry",
}  # fmt: skip
SERVING = """
import json, sys
from pathlib import Path
from secondline.gateway.journal import LogJournal
from secondline.gateway.running import log_of, serving_of
from secondline.gateway.server import application, server
from secondline.gateway.settings import read_settings
from secondline.gateway.watching import Watch
folder = Path(sys.argv[1])
settings = read_settings(folder / "gateway.yaml")
serving = serving_of(settings, folder)
journal = LogJournal.at(log_of(settings, folder), folder / "state")
watch = Watch(settings, folder)
watch.start()
server(application(watch.desk, journal, serving), serving)
print(json.dumps([watch.desk.ready(), sorted({name.partition(".")[0] for name in sys.modules})]))
watch.close()
journal.close()
"""


def test_a_serving_gateway_imports_only_what_serving_needs(house: House) -> None:
    """With a model loaded by its pass and the server made, no table engine, no training library, no database."""
    house.issue(house.study(), stale_hours=1_000_000, expires="2999-01-01")
    house.settings(top={"open": True})
    ready, held = _served(house.folder)
    assert ready
    assert "onnxruntime" in held
    assert not NEVER & set(held)


def _served(folder: Path) -> tuple[bool, list[str]]:
    import json

    done = subprocess.run([sys.executable, "-c", SERVING, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ready, held = json.loads(done.stdout.splitlines()[-1])
    return bool(ready), list(held)


def test_a_gateway_ends_as_it_says() -> None:
    """The process ends with its own exit code: a text pattern kept by msgspec 0.22 ended one in five by a fault."""
    ends = {
        subprocess.run([sys.executable, "-c", "import secondline.gateway.server"], check=False).returncode
        for _ in range(12)
    }
    assert ends == {0}
