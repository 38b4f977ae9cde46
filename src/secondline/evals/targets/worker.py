"""The process in which a developer's function runs: it answers requests, one line of JSON each, until the pipe closes.

It runs with the rights of the person who allowed it, and holds nothing of ours. What the function prints goes to the
error stream, so that it is never taken for an answer.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

SHOWN = 400


def main(where: str, name: str) -> None:
    """Load the function *name* of the file *where* and answer until the other side closes the pipe."""
    requests, answers = _private_pipes()
    try:
        function = _loaded(Path(where), name)
    except BaseException as error:  # noqa: BLE001 - whatever the file does when it is loaded is an answer
        _say(answers, {"ok": False, "error": f"{type(error).__name__}: {str(error)[:SHOWN]}"})
        return
    _say(answers, {"ok": True})
    for line in requests:
        _say(answers, _answered(function, line))


def _private_pipes() -> tuple[IO[bytes], IO[bytes]]:
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    return requests, answers


def _loaded(where: Path, name: str) -> Callable[[dict[str, Any]], Any]:
    sys.path.insert(0, str(where.parent))
    spec = importlib.util.spec_from_file_location("target", where)
    if spec is None or spec.loader is None:
        raise ImportError(f"{where.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["target"] = module
    spec.loader.exec_module(module)
    function: Callable[[dict[str, Any]], Any] = getattr(module, name)
    return function


def _answered(function: Callable[[dict[str, Any]], Any], line: bytes) -> dict[str, Any]:
    try:
        said = function(json.loads(line))
        answer = said if isinstance(said, dict) else {"text": said}
        if not isinstance(answer.get("text"), str):
            return {"ok": False, "error": "it returned neither text nor a dictionary with `text`"}
        json.dumps(answer, allow_nan=False)
    except Exception as error:  # noqa: BLE001 - whatever the function raises is the answer to this one request
        return {"ok": False, "error": f"{type(error).__name__}: {str(error)[:SHOWN]}"}
    return {"ok": True, "answer": answer}


def _say(answers: IO[bytes], said: dict[str, Any]) -> None:
    answers.write(json.dumps(said).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:3])
