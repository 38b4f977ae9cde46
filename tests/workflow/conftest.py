"""What the tests of workflows share: the example bank, built once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from secondline.ledger.store import Ledger
from secondline.workflow.estate.build import Built, build_estate

DAY = date(2026, 11, 25)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Built]:
    """Return the folder of the example bank, built on a fixed day, and what was built."""
    folder = tmp_path_factory.mktemp("estate") / "bank"
    return folder, build_estate(folder, DAY)


@pytest.fixture(scope="session")
def estate(built: tuple[Path, Built]) -> Ledger:
    """Return the example bank's ledger, whose clock stands on the day it was built."""
    return Ledger.open(built[0], clock=lambda: f"{DAY}T12:00:00.000Z")


@pytest.fixture(scope="session")
def day() -> date:
    """Return the day on which the example bank was built."""
    return DAY
