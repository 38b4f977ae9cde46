"""Runs of the example bank: small real validations on synthetic data, made by the validator before they are attached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from secondline.core.evidence import Run
from secondline.ledger.store import Ledger
from secondline.samples.portfolio import Truth, Window, draw
from secondline.workflow.estate.life import Life
from secondline.workflow.study import Study

if TYPE_CHECKING:
    import pyarrow as pa

CHECKS = [
    "data.completeness", "data.label", "data.sample_size", "data.representativeness",
    "discrimination.auc", "discrimination.capture", "calibration.in_the_large", "calibration.actual_expected",
    "calibration.actual_expected_by_segment", "stability.psi", "robustness.unseen",
]  # fmt: skip
ROWS = 1_500
KEPT_FOR = 320
"""The days before today since which the team keeps its runs here."""
PACK_FROM = date(2026, 1, 1)
"""The first day of the pack by which they judge."""


@dataclass(frozen=True, slots=True)
class Made:
    """How the data of a model are drawn: the truth in production, and how many rows."""

    truth: Truth = Truth()
    rows: int = ROWS
    seed: int = 1


TRUTHS: dict[str, Made] = {
    "cards-application-pd": Made(seed=3),
    "personal-loan-pd": Made(Truth(misjudged={"north": 3.5}), seed=5),
    "auto-application-pd": Made(Truth(drift=1.0), seed=7),
    "sme-rating": Made(rows=600, seed=9),
}


def _drawn(truth: Truth, rows: int, seed: int, start: str) -> pa.Table:
    return draw(truth, Window(rows=rows, start=start, seed=seed, first_id=seed * 100_000))


def study(life: Life) -> Study:
    """Return the study of a model: development data as the model knows the world, recent data as the world is."""
    made = TRUTHS[life.id]
    tables = {
        "development": _drawn(Truth(), made.rows, made.seed, "2023-01"),
        "recent": _drawn(made.truth, made.rows, made.seed + 50, "2024-01"),
    }
    fields: dict[str, Any] = {
        "score": "pd", "label": "default_12m", "segments": ["region"], "entity": "customer_id",
        "ignore": ["true_pd"], "checks": CHECKS, "packs": ["default"], "as-of": max(life.bank.day, PACK_FROM).isoformat(),
        "developer": life.entry.developer, "owner": life.owner,
    }  # fmt: skip
    return Study.of(tables, model=life.id, version=life.version, **fields)


def tested(life: Life) -> str:
    """Make a run as the validator, record plan and run at this moment of the story, and return the run's id."""
    bank, lead = life.bank, life.lead
    found = study(life).validate(store=bank.scratch, actor=lead).run
    start = bank.instant()
    bank.ledger.record_plan(found.plan, lead)
    run = _at(found, start, bank.instant())
    kept = Ledger.open(bank.scratch)
    stored = kept.records.need("run", run.id).get("stored", ())
    bank.ledger.record_run(run, lead, {digest: kept.objects.get(digest) for digest in stored})
    return run.id


def _at(run: Run, start: str, end: str) -> Run:
    """Return a run as made at a moment of the story: its clock is the story's, and how long it took is left out."""
    return run.model_copy(update={"started_at": start, "fixed_at": start, "finished_at": end, "timings": ()})
