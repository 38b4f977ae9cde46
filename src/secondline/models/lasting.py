"""Lasting: a model whose process is begun again where it ended, for those that serve for months."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from secondline.core.errors import ModelError
from secondline.models.model import Contributions, Explain, Floats, Model

REST = 5.0
"""Seconds between two beginnings, so that a file which ends its process does not keep the machine busy."""


def lasting(model: Model, again: Callable[[], Model]) -> Model:
    """Return *model*, which *again* opens anew when it is asked after its process ended, until it is closed.

    The question that finds it ended waits for that, and raises ModelError where it is too early or does not succeed.
    """
    held = _Held(model, again)

    def run(columns: dict[str, Any]) -> Floats:
        return held.now().run(columns)

    def explain(columns: dict[str, Any], absent: dict[str, Any]) -> Contributions:
        able = held.now().explain
        if able is None:
            raise ModelError(f"Model {model.name!r} has no exact method of its own.")
        return able(columns, absent)

    able = model.explain and Explain(explain, model.explain.background)
    return replace(model, run=run, explain=able, close=held.close, alive=lambda: True)


class _Held:
    """The process of the moment."""

    def __init__(self, model: Model, again: Callable[[], Model]) -> None:
        self._model, self._again = model, again
        self._begun, self._closed = float("-inf"), False
        self._lock = threading.Lock()

    def now(self) -> Model:
        """Return the model, in a new process if need be."""
        if self._model.alive():
            return self._model
        if self._closed or time.monotonic() - self._begun < REST:
            raise ModelError(f"The process of model {self._model.name!r} ended.")
        self._begun = time.monotonic()
        model = self._again()
        with self._lock:
            if self._closed:
                model.close()
                raise ModelError(f"Model {model.name!r} is no longer in use.")
            self._model = model
        return model

    def close(self) -> None:
        """End the process for good."""
        with self._lock:
            self._closed = True
            self._model.close()
