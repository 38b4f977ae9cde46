"""The card-fraud study: a drawn stream, declared features, a champion, a sequence model, and what was found of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from secondline.samples.cardholders import DAY
from secondline.samples.cardstream import HOUR, Drawn, Scene, Step, steps
from secondline.samples.develop import Progress, quiet
from secondline.samples.fraud import champion, sequence
from secondline.samples.fraud.data import CALENDAR, SCENE, Calendar, Rows, kept_back, matrix, rows
from secondline.samples.fraud.declared import CHAMPION, SEQUENCE, velocities
from secondline.samples.fraud.facts import facts, threshold

HERE = Path(__file__).parent
STAGES = 6


def prepare_fraud(
    folder: Path,
    progress: Progress = quiet,
    *,
    scene: Scene = SCENE,
    calendar: Calendar = CALENDAR,
    train: bool = False,
) -> list[Path]:
    """Write the study into *folder* and return its two model.yaml files, the champion's first.

    Written are development.parquet and out_of_time.parquet (features, labels as known, scores), card-fraud.onnx and
    sequence.onnx (the models as served), card-fraud.txt (LightGBM's own form), features.json (the declared features,
    for batch and online), study.json (scene, calendar, thresholds) and development.json (what was found). The scores
    are those of the written graphs. With *train* the sequence model is trained here, on PyTorch; otherwise the weights
    that come with the package are taken.

    Raises:
        MissingExtra: LightGBM or ONNX Runtime (``models``), ONNX's converters (``convert``) or PyTorch is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    progress("drawing a stream of card transactions and its features", 0, STAGES)
    made = rows(scene, calendar)
    progress("developing the champion", 1, STAGES)
    trees = champion.develop(made.development)
    (folder / "card-fraud.txt").write_text(trees.text, encoding="utf-8")
    (folder / "card-fraud.onnx").write_bytes(trees.to_onnx())
    progress("preparing the sequence model", 2, STAGES)
    network = sequence.train(made.development) if train else sequence.kept()
    (folder / "sequence.onnx").write_bytes(network.to_onnx())
    progress("scoring", 3, STAGES)
    found = _scored(folder, made)
    progress("writing the study", 4, STAGES)
    cuts = {name: found[name]["out_of_time"]["threshold"] for name in found}
    _write(folder, "features.json", velocities().model_dump(mode="json"))
    _write(folder, "study.json", {"scene": asdict(scene), "calendar": asdict(calendar), "thresholds": cuts})
    _write(folder, "development.json", found)
    last = datetime.fromtimestamp(scene.zero / 1e6, UTC).date() + timedelta(days=calendar.fitted - 1)
    specs = [
        _spec(folder, "model", CHAMPION, cuts["p_fraud"], last),
        _spec(folder, "sequence", SEQUENCE, cuts["p_sequence"], last),
    ]
    progress("the study is written", STAGES, STAGES)
    return specs


def live(drawn: Drawn, scene: Scene = SCENE, calendar: Calendar = CALENDAR, step: int = HOUR) -> Iterator[Step]:
    """Yield what happens from the day the model goes live: transactions, and labels as they become known."""
    return steps(drawn, scene.zero + calendar.live * DAY, step)


def before(drawn: Drawn, scene: Scene = SCENE, calendar: Calendar = CALENDAR) -> pa.Table:
    """Return the transactions that fill the windows on the day the model goes live: feed them to the online state."""
    start = scene.zero + calendar.live * DAY
    said = velocities()
    first, last = (int(drawn.at.searchsorted(moment)) for moment in (start - said.longest - said.late, start))
    return drawn.transactions.slice(first, last - first)


def _scored(folder: Path, made: Rows) -> dict[str, dict[str, Any]]:
    """Append both models' scores to both populations, write them, and return what was found."""
    found: dict[str, dict[str, Any]] = {}
    tables = {"development": made.development, "out_of_time": made.out_of_time}
    for name, file, features in (("p_fraud", "card-fraud", CHAMPION), ("p_sequence", "sequence", SEQUENCE)):
        content = (folder / f"{file}.onnx").read_bytes()
        scores = {key: champion.scored(content, matrix(table, features)) for key, table in tables.items()}
        # By the rows that no fit has seen: on its own rows a model alerts more often.
        cut = threshold(scores["development"][kept_back(tables["development"])])
        found[name] = {key: facts(tables[key], scores[key], cut, made.drawn) for key in tables}
        tables = {key: table.append_column(name, pa.array(scores[key])) for key, table in tables.items()}
    for key, table in tables.items():
        pq.write_table(table, folder / f"{key}.parquet", compression="zstd")
    return found


def _spec(folder: Path, name: str, features: tuple[str, ...], cut: float, last: date) -> Path:
    text = (HERE / f"{name}.yaml").read_text(encoding="utf-8")
    text = text.replace("<features>", f"[{', '.join(features)}]").replace("<threshold>", f"{cut:.4f}")
    text = text.replace("<trained-to>", last.isoformat())
    artefact = "card-fraud.onnx" if name == "model" else "sequence.onnx"
    text = text.replace(f"<sha256 of {artefact}>", sha256((folder / artefact).read_bytes()).hexdigest())
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{name}.yaml"


def _write(folder: Path, name: str, content: object) -> None:
    (folder / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
