"""Exporting: answers as transcripts that can be replayed, and a suite as a task of Inspect AI, all as text.

A task is a dataset as JSONL and a short Python file that reads it, made for Inspect 0.3.285. Nothing of Inspect is
imported; its logs come back through `importing.inspect`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from secondline.core.canonical import digest
from secondline.core.errors import SpecError
from secondline.evals.importing.inspect import OURS
from secondline.evals.nouns import Case, Trace
from secondline.evals.targets.target import has_the_word, worded

TASK = '''"""The suite {name} as a task of Inspect AI, exported by secondline. Run: inspect eval {file} --model NAME

The answers are graded in secondline: log with --log-format json, and replay the log with `format: inspect`. The scorer
only shows whether an answer holds the reference. Digest of the cases: {digest}.
"""

from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import json_dataset
from inspect_ai.scorer import includes
from inspect_ai.solver import {imports}

SYSTEM = {system!r}


@task
def {name}() -> Task:
    """{cases} cases."""
    return Task(
        dataset=json_dataset(str(Path(__file__).with_name({dataset!r}))),
        solver={solver},
        scorer=includes(),
        epochs={epochs},
    )
'''


def export(
    suite: str, cases: Sequence[Case], folder: Path, *, system: str = "", replicates: int = 1
) -> tuple[Path, Path]:
    """Write ``SUITE.py`` and ``SUITE.jsonl`` into *folder* and return their paths.

    A case of several questions is left out of what Inspect's plain solver can do, and refused.

    Raises:
        SpecError: there are no cases, or one needs more than one answer.
    """
    if not cases:
        raise SpecError(f"Suite {suite!r} has no cases to export.")
    several = [c.name for c in cases if sum(has_the_word(c.turns, i) for i in range(len(c.turns))) != 1]
    if several:
        raise SpecError(
            f"{len(several):,} cases of {suite!r} are conversations of several questions, such as {several[0]!r}, "
            "which a task with a plain solver cannot hold. Export the others."
        )
    name = re.sub(r"\W+", "_", suite).strip("_").lower() or "suite"
    name = f"suite_{name}" if name[0].isdigit() else name
    dataset, file = folder / f"{name}.jsonl", folder / f"{name}.py"
    lines = [json.dumps(sample(case), ensure_ascii=False, sort_keys=True) for case in cases]
    folder.mkdir(parents=True, exist_ok=True)
    dataset.write_text("\n".join(lines) + "\n", encoding="utf-8")
    solver = "[system_message(SYSTEM), generate()]" if system else "generate()"
    file.write_text(
        TASK.format(
            file=file.name, digest=digest([c.digest for c in cases]), system=system, name=name,
            cases=len(cases), dataset=dataset.name, solver=solver, epochs=replicates,
            imports="generate, system_message" if system else "generate",
        ), encoding="utf-8",
    )  # fmt: skip
    return file, dataset


def transcripts(traces: Iterable[Trace], path: Path) -> Path:
    """Write traces as JSONL, one a line, as a target of kind ``replay`` reads them, and return the path."""
    lines = [trace.model_dump_json(exclude_defaults=True) for trace in traces]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def sample(case: Case) -> dict[str, Any]:
    """Return a case as a sample of Inspect: its input, its target, and what else we know of it as metadata."""
    turns = worded(case, case.turns)
    alone = len(turns) == 1
    known = case.model_dump(mode="json", include=set(OURS) | {"suite", "tags", "gold"})
    several = isinstance(case.reference, list) and all(isinstance(item, str) for item in case.reference)
    target = case.reference if several or isinstance(case.reference, str) else ""
    return {
        "id": case.name, "target": target, "metadata": {k: v for k, v in known.items() if v not in ("", [], None)},
        "input": turns[0].content if alone else [{"role": turn.role, "content": turn.content} for turn in turns],
    }  # fmt: skip
