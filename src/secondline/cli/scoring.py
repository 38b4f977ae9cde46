"""The score command: what to score with, the progress, and one line at the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape

from secondline.cli.screen import Screen, print_json
from secondline.core.errors import SpecError


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    model: str
    data: str | None
    to: Path
    population: str | None = None
    features: str = ""
    calibration: str | None = None
    architecture: str | None = None
    keep: str = ""
    column: str = "score"
    workers: int | None = None


def run_score(asked: Asked, *, as_json: bool) -> None:
    """Score, and say how many rows, how many have no score, and how long it took."""
    from secondline.workflow.score import score

    screen = Screen(quiet=as_json)
    with screen.progress() as progress:
        done = score(_request(asked, progress))
    rate = done.rows / max(done.seconds, 1e-9)
    if as_json:
        print_json({"rows": done.rows, "without_score": done.missing, "seconds": done.seconds, "path": str(done.path),
                    "workers": done.workers, "model": done.model.to_json()})  # fmt: skip
        return
    screen.say(
        f"Wrote {escape(str(done.path))}: {done.rows:,} rows in {done.seconds:.1f} s ({rate:,.0f} rows a second)"
    )
    if done.missing:
        screen.say(f"[yellow]{done.missing:,} rows have no score[/] (null): the model gave none for them.")


def _request(asked: Asked, progress: Any) -> Any:
    from secondline.core.spec import Artefact, Population
    from secondline.workflow.score import ScoreRequest, calibration, from_study

    keep = _names(asked.keep)
    if asked.model.endswith((".yaml", ".yml")):
        if asked.features or asked.calibration or asked.architecture:
            raise SpecError("--features, --calibration and --architecture belong to a bare file; model.yaml says them.")
        return from_study(
            Path(asked.model), asked.population, asked.data, asked.to, keep=keep, column=asked.column,
            workers=asked.workers, progress=progress,
        )  # fmt: skip
    if asked.data is None:
        raise SpecError("Say what to score: secondline score MODEL DATA --to FILE, or give a model.yaml.")
    layers = str(Path(asked.architecture).absolute()) if asked.architecture else None
    where = asked.model if "://" in asked.model else str(Path(asked.model).absolute())
    artefact = Artefact(
        path=where,
        features=_names(asked.features) or None,
        calibration=calibration(asked.calibration),
        architecture=layers,
    )
    population = Population(data=asked.data)
    return ScoreRequest(
        artefact, Path.cwd(), population, asked.to, Path(asked.data).name, keep, asked.column, asked.workers, progress
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
