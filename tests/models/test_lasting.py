"""Lasting: a process that ended is begun again when it is needed, not too often, and never after it was closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from secondline.core.errors import ModelError
from secondline.models import lasting as module
from secondline.models.lasting import lasting
from secondline.models.model import Contributions, Explain, Model

ROW = {"a": np.array([1.0])}


class Process:
    """What stands for a process that can end."""

    def __init__(self) -> None:
        self.runs, self.begun = True, 1

    def model(self, *, explains: bool = True) -> Model:
        """Return a model that runs while this does."""

        def explain(columns: object, _: object) -> Contributions:
            return Contributions(np.array([[float(self.begun)]]), 0.0, np.zeros(1), "score", "m")

        able = Explain(explain, background=False) if explains else None
        return Model("m", "x", ("a",), lambda _: np.array([float(self.begun)]), close=self.end, explain=able,
                     alive=lambda: self.runs)  # fmt: skip

    def again(self) -> Model:
        """Begin anew."""
        self.runs, self.begun = True, self.begun + 1
        return self.model()

    def end(self) -> None:
        """End."""
        self.runs = False


def test_it_is_begun_again_when_it_is_asked() -> None:
    """The next question is answered by a new process; what it reads for that stays the same."""
    process = Process()
    model = lasting(process.model(), process.again)
    assert model.score(ROW).tolist() == [1.0]
    process.end()
    assert model.score(ROW).tolist() == [2.0]
    assert model.explain is not None
    assert not model.explain.background
    assert model.explain({}, {}).values.tolist() == [[2.0]]


def test_it_is_not_begun_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that ends every process it is opened in is left alone for a while."""
    process = Process()
    model = lasting(process.model(), process.again)
    process.end()
    model.score(ROW)
    process.end()
    with pytest.raises(ModelError, match="ended"):
        model.score(ROW)
    monkeypatch.setattr(module, "REST", 0.0)
    assert model.score(ROW).tolist() == [3.0]


def test_what_is_closed_stays_closed() -> None:
    """Neither a question after it nor one under way brings the process back."""
    process = Process()
    model = lasting(process.model(), process.again)
    model.close()
    with pytest.raises(ModelError, match="ended"):
        model.score(ROW)

    def closing() -> Model:
        other.close()
        return process.again()

    other = lasting(process.model(), closing)
    process.end()
    with pytest.raises(ModelError, match="no longer in use"):
        other.score(ROW)
    assert not process.runs


def test_what_cannot_explain_does_not_begin_to() -> None:
    """A model without a method of its own has none here; one that lost it says so."""
    process = Process()
    assert lasting(process.model(explains=False), process.again).explain is None
    model = lasting(process.model(), lambda: replace(process.again(), explain=None))
    process.end()
    assert model.explain is not None
    with pytest.raises(ModelError, match="no exact method"):
        model.explain({}, {})
