"""The desk guide under governance, for tests: its study on disk, a bank that knows it, an approved version."""

from __future__ import annotations

import shutil
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import witnessed
from assistants import changed as edited
from bank import add_model, open_bank, put
from secondline.core.canonical import digest
from secondline.ledger.store import Ledger
from secondline.workflow.configured import parts_of
from secondline.workflow.evaluating import FOLDER
from secondline.workflow.rating import adopt
from secondline.workflow.study import Study
from secondline.workflow.validate import Request, validate

MODEL = "desk-guide"
FIRST, SECOND = f"{MODEL}@1.0", f"{MODEL}@1.1"
CRITERIA = Path(str(files("secondline.policy") / "methods" / "change-2026.1.yaml"))
ONE_JUDGE = (
    (", entailed]", "]"), ("    entailed: {judge: words, check: genai.grounded}\n", ""),
    ("    words: {rubric: entailed.yaml, family: words, target: {kind: words}}\n", ""),
)  # fmt: skip
"""What is taken out of the study, so that one judge grades."""
ANCHOR = "  anchor: {suite: questions, graded: approved.parquet, margin: 0.3}\n"


def validated(spec: Path, ledger: Ledger, actor: str = "val", **more: Any) -> Any:
    """Validate the study with its records in the bank's ledger; returns the run."""
    study = Study.read(spec)
    return validate(Request(study.spec, study.base, ledger.folder, actor=actor, code=True, **more))


@cache
def _template() -> TemporaryDirectory[str]:
    """Make study, bank and first run once: each test gets a copy."""
    holder = TemporaryDirectory()
    folder = Path(holder.name)
    spec = edited(witnessed.write(folder), *ONE_JUDGE)
    ledger, _ = open_bank(folder / "runs", "2026-11-26")
    add_model(ledger, MODEL, kind="genai", generative=True)
    own = folder / "change.yaml"
    own.write_text(CRITERIA.read_text().replace("2026.1", "2026.9").replace("margin: 0.05", "margin: 0.3"))
    adopt(ledger, "change", "head", which=str(own), reason="Few cases")
    run = validated(spec, ledger)
    shutil.copy(folder / "runs" / FOLDER / run.plan_digest[:16] / "questions.parquet", folder / "approved.parquet")
    register(ledger, spec, "1.0")
    put(ledger, "version", FIRST, state="approved")
    ledger.act("use.proposed", "own", "", {"model": MODEL, "name": "desk"})
    ledger.database.engine.dispose()
    return holder


def desk(folder: Path, day: str = "2026-11-26") -> tuple[Path, Ledger]:
    """Return the study's assistant.yaml and the bank, in which version 1.0 was run, registered and approved."""
    from bank import Clock

    shutil.copytree(_template().name, folder, dirs_exist_ok=True)
    return folder / "assistant.yaml", Ledger.open(folder / "runs", clock=Clock(day))


def register(ledger: Ledger, spec: Path, label: str) -> None:
    """Register a version with the parts that assistant.yaml declares."""
    form = {"model": MODEL, "version": label, "components": parts_of(spec), "developers": ["dev"]}
    ledger.act("version.registered", "dev", f"{MODEL}@{label}", form)


SHARE = {"value": 0.9, "low": 0.8, "high": 0.95, "labels": 40}


def carded(ledger: Ledger, spec: Path, actor: str = "dev", **more: Any) -> str:
    """Put a card of the study's judge on record; returns its id."""
    form = {name: digest(name) for name in ("card", "rubric", "prompt", "labels")} | {
        "model": MODEL, "judge": "faithful", "criterion": "faithful", "identity": parts_of(spec)["judge/faithful"],
        "n": 80, "sensitivity": SHARE, "specificity": SHARE, "fit": True, "made": ledger.today, "expires": "2027-05-25",
    }  # fmt: skip
    return ledger.act("judge.carded", actor, "", form | more).id


def accepted(ledger: Ledger, spec: Path, **more: Any) -> str:
    """Have the second line accept a card of the study's judge; returns its id."""
    card = carded(ledger, spec, **more)
    return ledger.act("judge.made-eligible", "val", card, reason="Its errors are known.").id


def next_version(spec: Path, *pairs: tuple[str, str]) -> Path:
    """Edit the study into version 1.1, held against the approved answers; a new prompt unless told otherwise."""
    prompt = ('name: guide, version: "1"', 'name: guide, version: "2"')
    first = ('version: "1.0"\ntitle', 'version: "1.1"\ntitle')
    return edited(spec, first, ("  labels: labels.csv\n", f"  labels: labels.csv\n{ANCHOR}"), *(pairs or (prompt,)))


def signed(ledger: Ledger, version: str = "1.1") -> str:
    """Put a signed validation of a version on record."""
    put(ledger, "validation", "V-1", model=MODEL, version=version, kind="change", state="signed", lead="val2")
    return "V-1"
