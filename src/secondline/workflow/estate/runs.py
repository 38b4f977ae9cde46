"""Runs of the example bank: small real validations on synthetic data, made by the validators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from secondline.ledger.store import Ledger
from secondline.samples.portfolio import Truth, Window, draw
from secondline.workflow.estate.life import Life
from secondline.workflow.retold import carry
from secondline.workflow.study import Study

CHECKS = [
    "data.completeness", "data.rules", "data.timeliness", "data.uniqueness", "data.schema", "data.fingerprint",
    "data.label", "data.representativeness", "discrimination.auc", "discrimination.auc_drop", "discrimination.capture",
    "calibration.in_the_large", "calibration.actual_expected", "calibration.actual_expected_by_segment",
    "stability.psi", "stability.score_psi", "use.override_rate", "use.unrated",
]  # fmt: skip
SCARCE = [*CHECKS, "data.sample_size"]
ROWS = 3_000
KEPT_FOR = 320
"""The days before today since which the team keeps its runs here."""
PACK_FROM = date(2026, 1, 1)
"""The first day of the pack by which they judge."""
OUTCOMES = {"credit": "default_12m", "fraud": "confirmed_fraud", "aml": "reported"}
"""What the label is called, by field of risk."""
RATE = 0.08
"""So many outcomes that a few thousand rows can show something."""


@dataclass(frozen=True, slots=True)
class Made:
    """How the data of a model are drawn: the truth in production, and how many rows."""

    seed: int
    drift: float = 0.0
    north: float = 1.0
    """By how much the model is wrong in the north."""
    rows: int = ROWS

    def truth(self) -> Truth:
        """Return what is true of the newest data."""
        return Truth(default_rate=RATE, drift=self.drift, misjudged={"north": self.north}, overridden=0.02)


TRUTHS: dict[str, tuple[Made, ...]] = {
    "cards-application-pd": (Made(3),),
    "cards-behaviour-pd": (Made(11),),
    "personal-loan-pd": (Made(5), Made(6, north=2.6)),
    "auto-application-pd": (Made(7, drift=1.3), Made(8)),
    "sme-rating": (Made(9),),
    "mortgage-pd-irb": (Made(13),),
    "corporate-lgd": (Made(15, rows=250),),
    "card-fraud-realtime": (Made(17),),
    "app-scam-score": (Made(19),),
    "aml-alert-ranking": (Made(21),),
    "bureau-score": (Made(26),),
}
"""How the data of each run are made, the runs of a model in their order; the last goes on."""


def _drawn(truth: Truth, rows: int, seed: int, start: str, outcome: str) -> Any:
    table = draw(truth, Window(rows=rows, start=start, seed=seed, first_id=seed * 100_000))
    return table.rename_columns([outcome if name == "default_12m" else name for name in table.column_names])


def study(life: Life) -> Study:
    """Return the study of a model: development data as the model knows the world, recent data as the world is."""
    made = TRUTHS[life.id]
    before = life.bank.ledger.records.count("run", (), {"model": life.id}).get((), 0)
    now, outcome = made[min(before, len(made) - 1)], OUTCOMES.get(life.entry.family, "outcome")
    tables = {
        "development": _drawn(Truth(default_rate=RATE, overridden=0.02), now.rows, made[0].seed, "2023-01", outcome),
        "recent": _drawn(now.truth(), now.rows, now.seed + 50, "2024-01", outcome),
    }
    fields: dict[str, Any] = {
        "score": "pd", "label": outcome, "segments": ["region"], "entity": "customer_id", "override": "pd_override",
        "ignore": ["true_pd", "decided_at"], "packs": ["default"], "developer": life.entry.developer,
        "checks": SCARCE if now.rows < ROWS else CHECKS, "as-of": max(life.bank.day, PACK_FROM).isoformat(),
        "owner": life.owner,
    }  # fmt: skip
    return Study.of(tables, model=life.id, version=life.version, **fields)


def tested(life: Life) -> str:
    """Make a run as the validator, record plan and run at this moment of the story, and return the run's id."""
    bank, lead = life.bank, life.lead
    found = study(life).validate(store=bank.scratch, actor=lead).run
    return carry(found, Ledger.open(bank.scratch), bank.ledger, lead, bank.instant).id
