"""A desk at which answers of the small study are labelled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from secondline.core.evidence import Run
from secondline.workflow.labelling.desk import Desk, desk_of_run
from secondline.workflow.store import open_store
from witnessed import ran


@pytest.fixture(scope="package")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """Validate the small study once."""
    return ran(tmp_path_factory.mktemp("assistant"))


@pytest.fixture
def desk(made: tuple[Run, Path], tmp_path: Path) -> Desk:
    """The desk of the evaluation, with a ledger of its own."""
    run, store = made
    shutil.copytree(store, tmp_path / "runs")
    found = desk_of_run(open_store(tmp_path / "runs"), run)
    assert found is not None
    return found
