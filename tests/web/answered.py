"""A generative system on record in the lively bank: a run with its answers, and a plan of labels begun."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from secondline.core.evidence import Run
from secondline.ledger.store import Ledger
from secondline.workflow.evaluating import FOLDER
from secondline.workflow.labelling.desk import Desk, desk_of_run
from secondline.workflow.labelling.giving import plan, say
from web.site import filled
from witnessed import ran

EVALUATION = "desk-run"
ANSWER = "08b1a2550edcd1aa"
"""The first answer to the first question; a test holds the name against the study."""
LABELLED = "LB-1"


@cache
def study() -> tuple[Run, Path, Any]:
    """Validate the small study, once a process; what is returned last holds its folder until the process ends."""
    holder = tempfile.TemporaryDirectory(prefix="secondline-desk-")
    run, store = ran(Path(holder.name))
    spec = run.plan.spec.model_copy(update={"model": "churn"})
    asked = run.plan.model_copy(update={"spec": spec})
    own = run.model_copy(update={"id": EVALUATION, "plan": asked, "plan_digest": asked.digest()})
    (store / FOLDER / run.plan_digest[:16]).rename(store / FOLDER / own.plan_digest[:16])
    return own, store, holder


def registered(folder: Path) -> Ledger:
    """Return the ledger of a bank of one's own in which the system is registered: Dev built it, Olga owns it."""
    ledger = filled(folder)
    ledger.act("model.registered", "olga", "churn", {"name": "Desk", "kind": "model", "family": "other",
                                                     "owner": "olga", "developer": "dev", "business_line": "Care",
                                                     "description": "A desk guide."})  # fmt: skip
    return ledger


def desk(ledger: Ledger) -> Desk:
    """Return the desk at which the answers of the run are labelled."""
    found = desk_of_run(ledger, study()[0])
    assert found is not None
    return found


def answered(ledger: Ledger) -> Ledger:
    """Return the ledger with the run on record, its answers beside it, and some labels given by Vera and Mira."""
    run, store, _ = study()
    ledger.record_plan(run.plan, "vera")
    ledger.record_run(run, "vera")
    shutil.copytree(store / FOLDER / run.plan_digest[:16], ledger.folder / FOLDER / run.plan_digest[:16])
    at = desk(ledger)
    work = plan(at, "questions", "faithful", 12, ("vera", "mira"), by="mira", seed=7)
    for task in work.plan.of("vera")[:3]:
        say(at, work, task.id, "vera", "pass")
    return ledger
