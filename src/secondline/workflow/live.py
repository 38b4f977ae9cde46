"""Live: a validation run begun from a page: one at a time for each project, watched while it works."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from secondline.core.errors import OutOfTurn, SecondlineError, SpecError, near
from secondline.ledger.store import Ledger
from secondline.policy.documents import read_spec
from secondline.workflow.study import Study
from secondline.workflow.validating import attach_run

MOST_STUDIES = 200
FILE = "model.yaml"


@dataclass
class Live:
    """One run under way, or ended."""

    study: str
    by: str
    began: str
    doing: str = "reading model.yaml"
    done: int = 0
    total: int = 0
    run: str = ""
    raised: int = 0
    trouble: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def under_way(self) -> bool:
        """Whether it still works."""
        return not self.ended.is_set()


_RUNS: dict[tuple[str, str], Live] = {}
"""The last run of each project, by record folder and validation."""
_LOCK = threading.Lock()


def studies(folder: Path | None, model: str) -> list[str]:
    """Return the studies of a model in the folder of studies: paths of model.yaml files, relative to it."""
    if folder is None or not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.rglob(FILE))[:MOST_STUDIES]:
        try:
            if read_spec(path).model == model:
                found.append(path.relative_to(folder).as_posix())
        except SecondlineError:
            continue
    return found


def live(ledger: Ledger, validation: str) -> Live | None:
    """Return the last run begun for a project, if any was since the pages started."""
    return _RUNS.get((str(ledger.folder), validation))


def begin(ledger: Ledger, folder: Path | None, study: str, validation: str, actor: str, *, via: str = "") -> Live:
    """Begin a run of a study for a project; when it ends, it is attached and its breaches are raised as drafts.

    Raises:
        SpecError: the study is none of the model's.
        OutOfTurn: the project is not in fieldwork, or a run is under way.
    """
    project = ledger.records.need("validation", validation)
    known = studies(folder, str(project["model"]))
    if study not in known or folder is None:
        raise SpecError(f"There is no study {study!r} of {project['model']}. {near(study, known)}".rstrip())
    if project["state"] not in {"fieldwork", "reporting"}:
        raise OutOfTurn(f"{validation} is {project['state']!r}; runs are made in fieldwork.")
    with _LOCK:
        current = live(ledger, validation)
        if current is not None and current.under_way:
            raise OutOfTurn(f"A run of {current.study} is under way for {validation}, begun by {current.by}.")
        one = _RUNS[str(ledger.folder), validation] = Live(study, actor, ledger.clock())
    work = threading.Thread(target=_work, args=(ledger, folder / study, validation, actor, via, one), daemon=True)
    work.start()
    return one


def _work(ledger: Ledger, path: Path, validation: str, actor: str, via: str, one: Live) -> None:
    def told(doing: str, done: int, total: int) -> None:
        one.doing, one.done, one.total = doing, done, total

    try:
        result = Study.read(path).validate(store=ledger.folder, progress=told, actor=actor)
        one.run = result.run.id
        seen = attach_run(ledger, validation, one.run, actor, via=via)
        one.raised = len(seen.raised)
    except SecondlineError as error:
        one.trouble = str(error)
    except Exception as error:  # noqa: BLE001 - a thread has nobody above it to tell
        one.trouble = f"The run broke off: {type(error).__name__}: {error}"
    finally:
        one.ended.set()
