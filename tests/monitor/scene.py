"""A small card stream as a gateway would have decided it: a score that is calibrated, declines, and a control arm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from monitor.streams import DAY, take
from secondline import Study
from secondline.events.log import DECISIONS, LABELS
from secondline.events.shapes import Decision, Label
from secondline.monitor.state import State
from secondline.monitor.watched import Absent, watch
from secondline.samples.cardstream import Drawn, Scene, draw, labelled

MODEL = "card-fraud"
BEGUN = 40
"""Days of the scene that are the reference; those after it are decided live."""
CUT, ARM = 0.25, 0.2
COLUMNS = ("amount", "channel", "at", "card")


@dataclass(frozen=True)
class Cards:
    """A drawn scene, the scores a made-up model gives it, and what became of each transaction."""

    scene: Scene
    harmed: int | None = None
    """Day from which on the model sees nothing of fraud any more."""

    @cached_property
    def drawn(self) -> Drawn:
        """The stream."""
        return draw(self.scene)

    @cached_property
    def day(self) -> Any:
        """The day of each transaction in the scene."""
        return (self.drawn.at - self.scene.zero) // DAY

    @property
    def first(self) -> int:
        """The day (since 1970) on which live decisions begin."""
        return self.scene.zero // DAY + BEGUN

    @cached_property
    def truth(self) -> Any:
        """Which transactions are fraud."""
        return np.asarray(self.drawn.truth["fraud"].to_numpy(zero_copy_only=False)).astype(bool)

    @cached_property
    def score(self) -> Any:
        """Probabilities: the posterior of two normal laws a distance of two apart, so that they are calibrated."""
        rng = np.random.default_rng(5)
        seen = self.truth & ((self.day < self.harmed) if self.harmed is not None else True)
        x = rng.normal(2.2 * seen, 1.0)
        base = float(self.truth.mean())
        odds = base / (1 - base) * np.exp(2.2 * x - 2.2**2 / 2)
        return odds / (1 + odds)

    @cached_property
    def control(self) -> Any:
        """Which transactions would be let through at random."""
        return np.random.default_rng(6).random(len(self.score)) < ARM

    def columns(self, rows: Any) -> dict[str, Any]:
        """Return the columns a model.yaml would name."""
        table = self.drawn.transactions
        kept = {name: table[name].combine_chunks().filter(pa.array(rows)) for name in COLUMNS}
        return {**kept, "p_fraud": self.score[rows]}

    def reference(self) -> pa.Table:
        """Return the first days, with all their labels."""
        rows = self.day < BEGUN
        return pa.table({**self.columns(rows), "fraud": labelled(self.drawn).to_numpy()[rows].astype(np.int64)})

    def decisions(self, until: int) -> list[Decision]:
        """Return the live decisions before a day of the scene."""
        mask = (self.day >= BEGUN) & (self.day < until)
        rows, columns = np.flatnonzero(mask), self.columns(mask)
        table = {name: columns[name].to_pylist() for name in COLUMNS}
        found = []
        for i, row in enumerate(rows):
            alerted, spared = bool(self.score[row] >= CUT), bool(self.control[row])
            found.append(Decision(
                id=f"d{row}", at=int(self.drawn.at[row]), model=MODEL, version="1", entity=table["card"][i],
                inputs={"amount": table["amount"][i], "channel": table["channel"][i]}, score=float(self.score[row]),
                decision="decline" if alerted and not spared else "approve", amount=table["amount"][i],
                arm="control" if alerted and spared else "champion", chance=ARM if alerted else 1.0,
                latency=9_000, digest="abc", threshold="T-1", use="U-1", caller="pos",
            ))  # fmt: skip
        return found

    def labels(self, until: int, *, blocked: bool = False) -> list[Label]:
        """Return what became known before a day of the scene; of what was blocked nothing does, unless asked."""
        edge, table = self.scene.zero + until * DAY, self.drawn.labels
        known = self.drawn.known
        found = []
        for i in np.flatnonzero(known < edge):
            row = int(table["transaction"][i].as_py()) - 1
            hidden = self.score[row] >= CUT and not self.control[row] and not blocked
            if not BEGUN <= self.day[row] < until or hidden:
                continue
            revision = int(table["revision"][i].as_py())
            found.append(Label(
                id=f"l{row}-{revision}", at=int(known[i]), model=MODEL, decision=f"d{row}",
                value=float(table["value"][i].as_py()), known=int(known[i]), kind=str(table["kind"][i].as_py()),
                revision=revision,
            ))  # fmt: skip
        return found

    def study(self) -> Study:
        """Return the study of the model."""
        return Study.of(
            {"development": self.reference()}, model=MODEL, version="1", score="p_fraud", label="fraud", time="at",
            entity=["card"], segments=["channel"], features=["amount", "channel"],
            fraud={"amount": "amount", "threshold": CUT, "account": "card", "saved": "from-alert"},
        )  # fmt: skip

    def state(self, folder: Path, until: int, *, blocked: bool = False) -> State:
        """Return a state that watches the model and has taken in all that happened and was known before a day."""
        opened = State.open(folder)
        study = self.study()
        watch(opened, study.spec, Path(), given={"development": self.reference()}, absent=Absent("good"))
        take(opened, DECISIONS, self.decisions(until))
        take(opened, LABELS, self.labels(until, blocked=blocked))
        return opened


def frauds(cards: Cards, start: int, end: int) -> Any:
    """Return a mask of the transactions of a span of days that are fraud and will be reported."""
    told = labelled(cards.drawn).to_numpy() == 1
    return told & (cards.day >= start) & (cards.day < end)


def share(mask: Any, of: Any) -> float:
    """Return the share of one mask in another."""
    return float((mask & of).sum()) / float(max(of.sum(), 1))
