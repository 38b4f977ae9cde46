"""Models opened by a test, closed when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from secondline.core.spec import Artefact
from secondline.models.model import Model
from secondline.models.opening import open_artefact


@pytest.fixture
def opened() -> Iterator[Any]:
    held: list[Model] = []

    def open_(folder: Path, **artefact: Any) -> Model:
        held.append(open_artefact(Artefact(**artefact), folder))
        return held[-1]

    yield open_
    for model in held:
        model.close()
