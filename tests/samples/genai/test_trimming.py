"""A trimmed study: fewer cases of fewer suites, and nothing left that nobody asks for."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import yaml

from assistants import assistant
from secondline.core.declared.genai import GenAI
from secondline.samples.genai.trimming import spread


def declared(spec: Path) -> GenAI:
    """Return what a study declares."""
    return GenAI.model_validate(yaml.safe_load(spec.read_text())["genai"])


def test_only_what_is_named_is_kept(tmp_path: Path) -> None:
    """Suites, transcripts and labels are of the cases that are left; pairs stay whole."""
    spec = assistant(tmp_path, {"questions": 10, "paraphrase": 3})
    genai = declared(spec)
    assert set(genai.suites) == {"questions", "paraphrase"}
    assert {p.stem for p in (tmp_path / "suites").iterdir()} == set(genai.suites)
    files = [tmp_path / "suites" / f"{name}.jsonl" for name in genai.suites]
    cases = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    assert len(cases) == 10 + 3 * 2
    recorded = [json.loads(line)["id"] for line in (tmp_path / "transcripts.jsonl").read_text().splitlines()]
    assert set(recorded) == {one["id"] for one in cases}
    labels = list(csv.DictReader((tmp_path / "labels.csv").read_text().splitlines()))
    assert labels
    assert {row["case"] for row in labels} <= set(recorded)
    assert len({one["stratum"] for one in cases}) > 3
    assert set(genai.judges) == {"faithful", "entailed"}


def test_a_study_without_judges_names_none(tmp_path: Path) -> None:
    """Where no suite is judged, judges, their criteria and labels are gone."""
    genai = declared(assistant(tmp_path, {"agent": 2}))
    assert not genai.judges
    assert not genai.labels
    assert not [name for name, criterion in genai.criteria.items() if criterion.judge]


def test_more_than_there_are_is_all() -> None:
    """A suite smaller than what is asked for stays whole."""
    cases = [{"id": str(i)} for i in range(3)]
    assert spread(cases, 9) == cases
    assert [one["id"] for one in spread(cases, 2)] == ["0", "1"]
