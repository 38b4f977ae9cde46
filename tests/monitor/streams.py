"""Streams for the tests of the monitor: a small card-fraud model, its reference, and events with all their faults."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from secondline import Study
from secondline.events.log import Batch
from secondline.events.reading import encode
from secondline.events.shapes import Decision, Event, Label
from secondline.monitor.ingest import take_in
from secondline.monitor.state import State
from secondline.monitor.watched import Absent, Watched, watch

DAY = 86_400_000_000
MODEL = "card-fraud"
FIRST = 20_000
"""The first day of the events."""
FEW = ("discrimination.auc", "stability.psi", "stability.score_psi", "calibration.actual_expected")


@cache
def reference(rows: int = 2000) -> pa.Table:
    """Return a development sample with a time, an entity, two features and a segment."""
    rng = np.random.default_rng(7)
    amount = np.round(rng.lognormal(3.0, 1.0, rows), 2)
    channel = rng.choice(["web", "pos"], rows)
    score = scores(amount, channel, rng)
    return pa.table({
        "amount": amount,
        "channel": channel,
        "p_fraud": score,
        "fraud": (rng.random(rows) < score).astype(np.int64),
        "at": pa.array((FIRST * 86_400 - rng.integers(1, 864_000, rows)).astype("datetime64[s]")),
        "card": [f"c{i % 97}" for i in range(rows)],
    })  # fmt: skip


def scores(amount: Any, channel: Any, rng: np.random.Generator) -> Any:
    """Return the probabilities of a made-up model."""
    logit = -2.0 + 0.3 * (np.asarray(amount) > 30) + 0.4 * (np.asarray(channel) == "web")
    logit += rng.normal(0, 1, len(amount))
    return 1 / (1 + np.exp(-logit))


def study() -> Study:
    """Return the study of the model."""
    return Study.of(
        {"development": reference()}, model=MODEL, version="1", score="p_fraud", label="fraud", time="at",
        entity=["card"], segments=["channel"], features=["amount", "channel"],
    )  # fmt: skip


def watching(state: State, absent: Absent = Absent("good")) -> Watched:  # noqa: B008 - a value
    """Let a state watch the model."""
    return watch(state, study().spec, Path(), given={"development": reference()}, absent=absent)


@cache
def _watched() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="secondline-monitor-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    state = State.open(folder / "state")
    watching(state)
    state.close()
    return folder / "state"


def fresh(folder: Path) -> Path:
    """Return *folder* as an empty state that watches the model; watching is begun once and copied."""
    shutil.copytree(_watched(), folder)
    return folder


def decisions(count: int, *, seed: int = 1, days: int = 3, versions: Sequence[str] = ("1",)) -> list[Decision]:
    """Return decisions spread over some days."""
    rng = np.random.default_rng(seed)
    amount = np.round(rng.lognormal(3.0, 1.0, count), 2)
    channel = rng.choice(["web", "pos"], count)
    score = scores(amount, channel, rng)
    at = FIRST * DAY + rng.integers(0, days * DAY, count)
    arms = rng.choice(["champion", "control", "refused"], count, p=[0.9, 0.08, 0.02])
    return [
        Decision(
            id=f"d{seed}-{i}", at=int(at[i]), decided=int(at[i]) + 5, model=MODEL, version=versions[i % len(versions)],
            entity=f"c{i % 97}", inputs={"amount": float(amount[i]), "channel": str(channel[i])},
            score=float(score[i]), decision="approve" if score[i] < 0.5 else "decline", amount=float(amount[i]),
            arm=str(arms[i]), reasons=("R1", "R2"),  # type: ignore[arg-type]  # one of the arms
        )
        for i in range(count)
    ]  # fmt: skip


def labels(of: Sequence[Decision], *, seed: int = 2, share: float = 0.3, days: int = 5) -> list[Label]:
    """Return late labels of some decisions, a few of them withdrawn by a second revision."""
    rng = np.random.default_rng(seed)
    found = []
    for one in of:
        if rng.random() >= share:
            continue
        known = one.at + int(rng.integers(1, days * DAY))
        said: dict[str, Any] = {"at": one.at, "model": MODEL, "decision": one.id, "kind": "chargeback"}
        found.append(Label(id=f"l-{one.id}", value=1.0, known=known, **said))
        if rng.random() < 0.1:
            found.append(Label(id=f"w-{one.id}", value=0.0, known=known + DAY, revision=1, **said))
    return found


def take(state: State, topic: str, events: Iterable[Event | bytes], partition: int = 0) -> None:
    """Take events in as one batch that follows on what the state has."""
    payloads = [one if isinstance(one, bytes) else encode(one) for one in events]
    at = {partition: state.offsets(topic).get(partition, 0)}
    first = at[partition]
    batch = Batch(partition, first, first + len(payloads), payloads, range(first, first + len(payloads)))
    take_in(state, topic, [batch], at)
