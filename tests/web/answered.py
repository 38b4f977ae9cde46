"""A generative system on record in the lively bank: a run with its answers, and a plan of labels begun."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from secondline.core.canonical import digest
from secondline.core.evidence import Run
from secondline.ledger.store import Ledger
from secondline.workflow.evaluating import FOLDER, kept_of
from secondline.workflow.labelling import begin, say
from witnessed import ran

EVALUATION = "desk-run"
ANSWER = "08b1a2550edcd1aa"
"""The first answer to the first question; a test holds the name against the study."""
LABELLED = digest(["questions", "faithful"])[:16]


@cache
def study() -> tuple[Run, Path, Any]:
    """Validate the small study, once a process; what is returned last holds its folder until the process ends."""
    holder = tempfile.TemporaryDirectory(prefix="secondline-desk-")
    run, store = ran(Path(holder.name))
    spec = run.plan.spec.model_copy(update={"model": "churn"})
    plan = run.plan.model_copy(update={"spec": spec})
    own = run.model_copy(update={"id": EVALUATION, "plan": plan, "plan_digest": plan.digest()})
    (store / FOLDER / run.plan_digest[:16]).rename(store / FOLDER / own.plan_digest[:16])
    return own, store, holder


def answered(ledger: Ledger) -> Ledger:
    """Return the ledger with the run on record, its answers beside it, and some labels given by Vera and Mira."""
    run, store, _ = study()
    ledger.record_plan(run.plan, "vera")
    ledger.record_run(run, "vera")
    folder = ledger.folder / FOLDER / run.plan_digest[:16]
    shutil.copytree(store / FOLDER / run.plan_digest[:16], folder)
    kept = kept_of(ledger.folder, run.plan_digest)
    assert kept is not None
    work = begin(kept, folder, "questions", "faithful", 12, ("vera", "mira"), by="mira", seed=7)
    for task in work.plan.of("vera")[:3]:
        say(folder, work, task.id, "vera", "pass")
    return ledger
