"""The process that parses and runs an artefact: limited in memory, time and files, and expected to crash.

Native parsers abort on damaged files (113 of 120 mutated LightGBM texts did), so that no artefact is ever parsed in
the process that holds the evidence. This one holds nothing else.
"""

from __future__ import annotations

import os
import platform
import sys
from typing import IO, Any

import numpy as np

from secondline.core.errors import ModelError, SecondlineError
from secondline.models.loaders import Loaded, load
from secondline.models.packing import columns_of
from secondline.models.wire import receive, send

MOST_BYTES = 4 << 30
LIBRARIES = ("numpy", "scipy", "pandas", "lightgbm", "xgboost", "catboost", "onnxruntime", "sklearn", "skops",
             "onnx", "skl2onnx")  # fmt: skip
"""What can move a score; the rest of the process only carries it."""


def main(walls: dict[str, bool] | None = None) -> None:
    """Answer requests until the other side closes the pipe; *walls* are those the jail reports."""
    requests, answers = _private_pipes()
    limited: dict[str, int] = {}
    model: Loaded | None = None
    while True:
        try:
            head, body = receive(requests, MOST_BYTES)
        except (EOFError, ValueError):
            return
        try:
            if head["op"] == "load":
                limited = limit(head["memory"], head["cpu"])
                model = load(head["format"], body, head["options"])
                jail = {"memory": "RLIMIT_AS" in limited, "cpu": "RLIMIT_CPU" in limited, **(walls or {})}
                facts = model.facts | {"jail": jail, "versions": versions()}
                said = {"features": model.features, "facts": facts, **_explains(model)}
                send(answers, {"ok": True, "limits": limited, **said})
            elif head["op"] == "convert":
                limited = limit(head["memory"], head["cpu"])
                send(answers, *_converted(head, body))
            elif model is not None and head["op"] == "explain":
                send(answers, *_explained(model, columns_of(model.features, head, body), int(head["rows"])))
            elif model is not None:
                send(answers, {"ok": True}, _score(model, columns_of(model.features, head, body)))
        except SecondlineError as error:
            send(answers, {"ok": False, "error": str(error)})
        except MemoryError:
            send(answers, {"ok": False, "error": "it asked for more memory than a model may use"})
        except Exception as error:  # noqa: BLE001 - whatever a library raises on a bad file is an answer, not a crash
            send(answers, {"ok": False, "error": f"{type(error).__name__}: {str(error)[:400]}"})


def versions() -> dict[str, str]:
    """Return the version of Python and of every library the model was opened with."""
    known = {name: str(getattr(sys.modules[name], "__version__", "")) for name in LIBRARIES if name in sys.modules}
    return {"python": platform.python_version()} | known


def _private_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Keep the pipes for ourselves: what a library prints must not be taken for an answer."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return requests, answers


def limit(memory: int, cpu: int) -> dict[str, int]:
    """Bound memory, processor seconds, new files and core dumps; returns what could be bounded on this system."""
    if sys.platform == "win32":
        return {}
    import resource

    wanted = {"RLIMIT_AS": memory, "RLIMIT_CPU": cpu, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, value in wanted.items():
        number = getattr(resource, name)
        _, most = resource.getrlimit(number)
        bounded = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(number, (bounded, bounded))
    return wanted


def _explains(model: Loaded) -> dict[str, bool]:
    """Whether a model explains itself, and whether it reads a background for that."""
    return {"explains": model.explain is not None, "background": model.explain is None or model.explain.background}


def _score(model: Loaded, columns: dict[str, Any]) -> bytes:
    return np.ascontiguousarray(model.predict(columns), dtype=np.float64).tobytes()


def _explained(model: Loaded, columns: dict[str, Any], rows: int) -> tuple[dict[str, Any], bytes]:
    """Explain the first *rows* rows; those after them are the background."""
    if model.explain is None:
        raise ModelError("this kind of model has no exact attribution of its own")
    found = model.explain({n: v[:rows] for n, v in columns.items()}, {n: v[rows:] for n, v in columns.items()})
    head = {"base": found.base, "scale": found.scale, "method": found.method, "background": found.background}
    values = np.ascontiguousarray(found.values, dtype=np.float64).tobytes()
    return {"ok": True, **head}, values + np.ascontiguousarray(found.scores, dtype=np.float64).tobytes()


def _converted(head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    from secondline.models.conversion.converters import convert
    from secondline.models.conversion.cuts import cuts_of

    found = convert(head["format"], body, head["options"])
    said = {"features": found.features, "how": found.how, "cuts": cuts_of(found.content), "versions": versions()}
    return {"ok": True, **said}, found.content
