"""The studies of the demo: data, models and model.yaml, written into a folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from secondline.samples.develop import Progress, quiet, write_study
from secondline.samples.portfolio import Truth, Window, accepted, draw

STORIES = Path(__file__).parent / "stories"
SEAL = re.compile(r"<sha256 of ([\w.]+)>")
"""Stands in a story for the digest of a file of the study, whose bytes depend on the versions that wrote it."""
DEVELOPED = Truth(declined=0.15, overridden=0.04, leak=True)
SINCE = Truth(drift=0.6, misjudged={"north": 1.5}, overridden=0.06, unrated=0.004, leak=True)
DEVELOPMENT = Window(rows=60_000, start="2022-01", months=24, seed=2022)
OUT_OF_TIME = Window(rows=24_000, start="2025-01", months=9, first_id=1_000_001, seed=2025)


def prepare_demo(folder: Path, progress: Progress = quiet) -> list[Path]:
    """Write the studies ``cards`` (real data, two models developed here) and ``loans`` (known truth) under *folder*.

    Returns the model.yaml of each, cards first.
    """
    return [_cards(folder / "cards", progress), _loans(folder / "loans", progress)]


def _cards(folder: Path, progress: Progress) -> Path:
    return _study(folder, "cards", lambda: write_study(folder, progress))


def _loans(folder: Path, progress: Progress) -> Path:
    def write() -> None:
        progress("drawing a portfolio with known truth", 0, 1)
        _write(accepted(draw(DEVELOPED, DEVELOPMENT)), folder / "development.parquet")
        _write(draw(SINCE, OUT_OF_TIME), folder / "out_of_time.parquet")
        progress("drawn", 1, 1)

    return _study(folder, "loans", write)


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _study(folder: Path, story: str, write: Callable[[], object]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write()
    spec = folder / "model.yaml"
    text = (STORIES / f"{story}.yaml").read_text(encoding="utf-8")
    sealed = SEAL.sub(lambda seal: sha256((folder / seal[1]).read_bytes()).hexdigest(), text)
    spec.write_text(sealed, encoding="utf-8")
    return spec
