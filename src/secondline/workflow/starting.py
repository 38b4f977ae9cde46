"""Starting: a first assistant.yaml and its cases from transcripts, with a TODO wherever a person must decide."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path

from secondline.core.errors import DataError, SpecError
from secondline.evals.importing.reading import read
from secondline.evals.nouns import Case
from secondline.evals.targets.replay import Recorded
from secondline.workflow.write import write_whole

CASES = "cases.jsonl"
KEPT = {"turns", "id", "stratum", "cluster", "kind", "severity", "language", "persona", "pair", "side"}
TEXT = """# Written from {file}. Decide at every TODO; keys: docs/reference/assistant-yaml.md.
model: {name}
version: "1"
tier: 2                # TODO 1 faces customers or acts, 2 supports staff, 3 is a tool of one's own
genai:
  autonomy: advise     # TODO draft, advise or act
  components:          # TODO every part whose change would change answers
{components}
  target: {{kind: replay, file: {file}{format}{columns}}}
  suites:
    questions: {{cases: {cases}{replicates}}}
  criteria:            # TODO add {{right: {{scorer: reference-facts}}}} once the cases have references
{criteria}
"""


@dataclass(frozen=True, slots=True)
class Started:
    """What was written: the declaration, the file of cases, and how many cases there are."""

    spec: Path
    cases: Path
    count: int


def start(
    source: Path, output: Path, kind: str = "", columns: Mapping[str, str] | None = None, *, overwrite: bool = False
) -> Started:
    """Write *output* and its cases beside it from the transcripts *source*; what was asked often is one case.

    Raises:
        SpecError: a file of these names exists and *overwrite* is false, or the format is not known.
        DataError: the transcripts cannot be read, or hold nothing.
    """
    cases = output.with_name(CASES)
    if taken := [str(path) for path in (output, cases) if path.exists() and not overwrite]:
        raise SpecError(f"{taken[0]!r} exists already. Edit it, write elsewhere with --output, or use --force.")
    found = read(source, kind, dict(columns or {}))
    if not found:
        raise DataError(f"{source.name!r} holds no transcript, so there is nothing to begin with.")
    asked = {one.case.name: one.case for one in reversed(found)}
    lines = [json.dumps(_plain(case), ensure_ascii=False) for case in reversed(asked.values())]
    write_whole(cases, "".join(f"{line}\n" for line in lines).encode())
    place = json.dumps(relpath(source, output.parent), ensure_ascii=False)
    write_whole(output, _text(found, place, kind, columns or {}, source.stem).encode())
    return Started(output, cases, len(asked))


def _plain(case: Case) -> dict[str, object]:
    told = case.model_dump(mode="json", include=KEPT, exclude_defaults=True)
    turns = told.pop("turns")
    single = {"question": turns[0]["content"]} if len(turns) == 1 and turns[0]["role"] == "user" else {"turns": turns}
    return {"id": case.name, **single, **{name: value for name, value in told.items() if name != "id"}}


def _text(found: Sequence[Recorded], place: str, kind: str, columns: Mapping[str, str], stem: str) -> str:
    models = sorted({one.trace.returned_model for one in found if one.trace.returned_model}) or ["TODO"]
    often = max(Counter(one.case.name for one in found).values())
    passages = any(chunk.text for one in found for chunk in one.trace.retrieved)
    criteria = ["pii: {scorer: pii-leak}"] + ["grounded: {scorer: claims-grounded}"] * passages
    return TEXT.format(
        file=place, name=re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "assistant", cases=CASES,
        components="\n".join(f"    - {{kind: model, name: {json.dumps(name)}}}" for name in models),
        format=f", format: {kind}" if kind else "",
        columns=f", columns: {json.dumps(dict(columns))}" if columns else "",
        replicates=f", replicates: {often}" if often > 1 else "", criteria="\n".join(f"    {one}" for one in criteria),
    )  # fmt: skip
