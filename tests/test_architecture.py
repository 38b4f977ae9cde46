"""The floor plan: who may import whom, and which room is the one home of each heavy library.

Change the plan where the work teaches better, in one commit that changes this table, docs/explanation/architecture.md
and the code together.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from codebase import Module, imports, imports_at_start, modules, names

# Imports point downward only; lazy and type-only imports count.
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "stats": {"core"},
    "frames": {"core"},
    "samples": {"core", "frames"},
    "models": {"core"},
    "govern": {"core"},
    "ledger": {"core", "govern"},
    "policy": {"core", "govern"},
    "reports": {"core"},
    "events": {"core"},
    "evals": {"core", "frames", "samples", "policy"},
    "measures": {"core", "stats", "frames", "models"},
    "checks": {"core", "measures"},
    "workflow": {
        "core", "stats", "frames", "models", "samples", "govern", "ledger", "policy", "reports", "evals", "measures",
        "checks",
    },
    "assist": {"core", "govern", "ledger", "policy", "reports", "evals", "workflow"},
    "gateway": {"core", "models", "govern", "ledger", "policy", "events", "workflow"},
    "monitor": {
        "core", "stats", "frames", "models", "govern", "ledger", "policy", "reports", "events", "measures", "checks",
        "workflow",
    },
    "operate": {
        "core", "frames", "models", "samples", "govern", "ledger", "policy", "events", "workflow", "gateway", "monitor",
    },
    "client": {"core", "govern"},
    "web": {"core", "govern", "ledger", "policy", "reports", "evals", "workflow", "assist", "monitor"},
    "cli": {
        "core", "stats", "frames", "models", "samples", "govern", "ledger", "policy", "reports", "events", "evals",
        "measures", "checks", "workflow", "assist", "gateway", "monitor", "operate", "client", "web",
    },
}  # fmt: skip
# The package itself is the front door: it hands out names from the rooms, as they are asked for.
DOORS = {"": set(MAY_IMPORT) - {"cli"}, "__main__": {"cli"}}

# A library outside its home is a rule in the wrong room.
HOME: dict[str, set[str]] = {
    "ibis": {"frames"},
    "duckdb": {"frames"},
    "pandas": {"frames", "models"},
    "polars": {"frames"},
    "pyarrow": {"frames", "models", "samples", "events", "monitor", "operate", "evals"},
    "numpy": {
        "core.tables",
        "stats",
        "frames",
        "models",
        "measures",
        "samples",
        "events",
        "gateway",
        "monitor",
        "evals",
    },
    "scipy": {"stats", "models", "samples"},
    "sqlalchemy": {"ledger", "monitor"},
    "yaml": {"policy"},
    "cel": {"policy"},
    "jinja2": {"reports", "web"},
    "openpyxl": {"workflow.sheets"},
    "alembic": {"ledger"},
    "psycopg": {"ledger"},
    "cryptography": {"ledger"},
    "rfc3161_client": {"ledger"},
    "argon2": {"web"},
    "fastapi": {"web"},
    "starlette": {"web", "gateway"},
    "uvicorn": {"web", "gateway"},
    "msgspec": {"events", "gateway", "monitor"},
    "prometheus_client": {"gateway", "monitor"},
    "opentelemetry": {"gateway"},
    "confluent_kafka": {"events"},
    "river": {"monitor"},
    "skl2onnx": {"models"},
    "onnxmltools": {"models", "samples"},
    "onnx": {"models", "samples"},
    "authlib": {"web"},
    "joserfc": {"web"},
    "markupsafe": {"web", "reports"},
    "vl_convert": {"reports"},
    "typst": {"reports"},
    "docx": {"reports"},
    "typer": {"cli"},
    "click": {"cli"},
    "rich": {"cli"},
    "sklearn": {"models", "samples"},
    "lightgbm": {"models", "samples"},
    "optbinning": {"samples"},
    "onnxruntime": {"models", "samples"},
    "skops": {"models"},
    "xgboost": {"models"},
    "httpx": {"models", "client", "web", "operate", "evals"},
    "catboost": {"models"},
    "shap": {"models"},
    "interpret": {"models"},
    "safetensors": {"models"},
    "torch": {"models", "samples"},
    "pyspark": {"models"},
    "zstandard": {"evals"},
}

# Nothing here unpickles, and nothing here opens a connection of its own: data engines do that, where the user points.
NOWHERE = ("pickle", "marshal", "shelve", "joblib", "dill", "socket", "urllib.request", "http.client", "requests")
BELOW = tuple(f"{name}." for name in NOWHERE)


def rooms(module: Module) -> set[str]:
    """Return the rooms a module imports from; ``secondline`` itself shows as its name."""
    ours = (name.split(".") for name in imports(module) if name.split(".")[0] == "secondline")
    return {parts[1] if len(parts) > 1 else "secondline" for parts in ours}


def test_every_room_is_on_the_plan() -> None:
    """A new folder of the package is a new room, and a new room belongs in the table."""
    found = {module.room for module in modules() if module.name.count(".") > 1 or module.path.name == "__init__.py"}
    assert found - set(DOORS) == set(MAY_IMPORT)


def test_the_plan_has_no_cycle() -> None:
    """The table itself only points downward."""
    order = list(TopologicalSorter(MAY_IMPORT).static_order())
    assert order[0] == "core"
    assert order[-1] == "cli"


def test_arrows_point_down() -> None:
    """A module imports only from the rooms that the plan lists for its own."""
    for module in modules():
        allowed = DOORS.get(module.room) or MAY_IMPORT[module.room] | {module.room, "__version__"}
        assert not rooms(module) - allowed, module.path


def test_each_library_has_one_home() -> None:
    """A heavy library is imported only in its home."""
    for module in modules():
        libraries = {name.split(".")[0] for name in imports(module)} & set(HOME)
        strangers = {library for library in libraries if not any(module.inside(place) for place in HOME[library])}
        assert not strangers, module.path


def test_nothing_dangerous_is_imported() -> None:
    """No module can unpickle, and none opens a connection of its own."""
    for module in modules():
        assert not {name for name in imports(module) if name in NOWHERE or name.startswith(BELOW)}, module.path


def test_loading_has_no_cycle() -> None:
    """No module needs, while loading, one that is still loading it."""
    graph = {
        # A package loads before its parts, so naming a parent is not an arrow of its own.
        module.name: {n for n in imports_at_start(module) & names() if not f"{module.name}.".startswith(f"{n}.")}
        for module in modules()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as knot:
        pytest.fail(" -> ".join(knot.args[1]))


def test_the_reader_of_imports_sees_all_kinds(tmp_path: Path) -> None:
    """An import at the top, in a function, for types only or by a string is found: the guard is itself guarded."""
    source = """
import ibis.expr
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from secondline.frames import engines
def f():
    from scipy import stats
    return import_module("yaml"), "secondline.core.spec"
"""
    found = imports(Module(tmp_path, "secondline.core.x", ast.parse(source)))
    assert {"ibis.expr", "secondline.frames.engines", "scipy.stats", "yaml", "secondline.core.spec"} <= found
