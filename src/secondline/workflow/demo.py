"""Demo: the studies of `secondline demo`, prepared in a folder."""

from __future__ import annotations

from pathlib import Path

from secondline.frames.collect import Progress
from secondline.samples import prepare_demo


def prepare(folder: Path, progress: Progress) -> list[Path]:
    """Develop the demo's models under *folder* and return the model.yaml of each study."""
    return prepare_demo(folder, progress)
