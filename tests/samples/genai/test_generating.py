"""The study as it is written: the same bytes everywhere, a declaration that is read, and transcripts of every case."""

from __future__ import annotations

import csv
import json
import os
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from secondline.core.declared.genai import RISKS, GenAI
from secondline.evals.nouns import Case, Trace
from secondline.samples.genai.archive import archive, outdated
from secondline.samples.genai.corpus import canaries, documents
from secondline.samples.genai.generating import LABELLED, REPLICATES, declared, prepare
from secondline.samples.genai.rates import truth
from secondline.samples.genai.scripted import JUDGE
from secondline.samples.genai.suites import MAKERS, suite

DIGEST = """
import sys
from hashlib import sha256
from pathlib import Path
from secondline.samples.genai.generating import prepare
folder = Path(sys.argv[1])
prepare(folder)
for path in sorted(folder.rglob("*")):
    if path.is_file():
        print(path.relative_to(folder).as_posix(), sha256(path.read_bytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study, written once."""
    return prepare(tmp_path_factory.mktemp("study")).parent


@pytest.fixture(scope="module")
def genai(study: Path) -> GenAI:
    """What it declares."""
    return GenAI.model_validate(yaml.safe_load((study / "assistant.yaml").read_text())["genai"])


def test_it_is_written_the_same_twice(tmp_path: Path) -> None:
    """Two processes whose hashes of texts differ write the same bytes into every file."""
    said = [
        subprocess.run(
            [sys.executable, "-c", DIGEST, str(tmp_path / seed)],
            capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert said[0] == said[1]
    assert len(said[0].splitlines()) == len(documents()) + len(archive()) + 8 + len(MAKERS) + 13


def test_it_tells_how_far_it_is(tmp_path: Path) -> None:
    """Progress goes from the first step to the last."""
    steps: list[tuple[int, int]] = []
    prepare(tmp_path, lambda _, done, total: steps.append((done, total)))
    assert steps == [(k, 4) for k in range(5)]


def test_the_declaration_is_read_and_its_files_are_there(study: Path, genai: GenAI) -> None:
    """Every file that is named exists, every suite but that for reviewers is asked, every risk has a word."""
    named = [s.cases for s in genai.suites.values()] + [c.file for c in genai.components if c.file]
    named += [*genai.labels, genai.reviews, genai.target.file]
    named += [name for judge in genai.judges.values() for name in (judge.rubric, judge.anchors)]
    assert not [name for name in named if not (study / name).exists()]
    assert set(genai.suites) == set(MAKERS) - {"oversight"}
    assert set(genai.risks) == set(RISKS)
    assert all(risk.because and risk.applies == bool(risk.checks) for risk in genai.risks.values())
    assert {name: s.replicates for name, s in genai.suites.items() if s.replicates > 1} == REPLICATES
    assert genai.criteria["canary"].params["canaries"][1:] == list(canaries())
    assert genai.criteria["current"].params["expired"] == list(outdated())
    assert genai.criteria["prompt"].params["prompt"] == (study / "prompts" / "guide.md").read_text()
    assert "<" not in declared()


def test_criteria_that_are_judged_are_those_that_are_labelled(study: Path, genai: GenAI) -> None:
    """Judged suites are as in the labels, and each criterion of the truth table is declared where its suite is."""
    for criterion, names in LABELLED.items():
        assert {name for name, s in genai.suites.items() if criterion in s.criteria} == set(names)
    with (study / "labels.csv").open(newline="") as lines:
        assert {(row["criterion"], row["suite"]) for row in csv.DictReader(lines)} == {
            (criterion, name) for criterion, names in LABELLED.items() for name in names
        }
    asked = {criterion for s in genai.suites.values() for criterion in s.criteria}
    assert asked == set(genai.criteria)


def test_per_case_parameters_are_of_criteria_that_are_asked(genai: GenAI) -> None:
    """A case expects something only of criteria of its own suite."""
    for name in genai.suites:
        for case in suite(name):
            assert set(case.get("expects", {})) <= set(genai.suites[name].criteria)


def test_every_case_has_its_transcripts(study: Path) -> None:
    """As many replicates as are asked for, in turns that alternate, and passages as they were retrieved."""
    rows = [json.loads(line) for line in (study / "transcripts.jsonl").read_text().splitlines()]
    found = Counter(row["id"] for row in rows)
    wanted = {c["id"]: REPLICATES.get(name, 1) for name in MAKERS if name != "oversight" for c in suite(name)}
    assert found == wanted
    cases = {c["id"]: c for name in wanted_suites() for c in suite(name)}
    for row in rows:
        case = cases[row["id"]]
        roles = [m["role"] for m in row["messages"] if m["role"] != "tool"]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert row["messages"][-1] == {"role": "assistant", "content": row["answer"]}
        assert [c["id"] for c in row["retrieved"]] == [c["id"] for c in case.get("context", [])]
        assert ("state" in row) == (case["suite"] == "agent")


def wanted_suites() -> list[str]:
    """Return the suites that the assistant is asked."""
    return [name for name in MAKERS if name != "oversight"]


def test_suites_are_those_of_the_package(study: Path) -> None:
    """Each written line is a case of the suite that its file is named for."""
    for name in MAKERS:
        lines = (study / "suites" / f"{name}.jsonl").read_text().splitlines()
        assert [Case.model_validate_json(line).suite for line in lines] == [name] * len(suite(name))


def test_an_endpoint_takes_the_place_of_what_was_recorded() -> None:
    """With an address, target and judge are asked there, each under its own model's name."""
    said = GenAI.model_validate(yaml.safe_load(declared("http://127.0.0.1:1/v1"))["genai"])
    assert (said.target.kind, said.target.url, said.target.system) == ("openai", "http://127.0.0.1:1/v1", "guide")
    asked = [judge.target for judge in said.judges.values() if judge.target.kind != "words"]
    assert {target.model for target in asked} == {JUDGE}
    assert {target.kind for target in asked} == {"openai"}
    assert not said.labels


def test_the_functions_of_the_study_answer(study: Path) -> None:
    """`assistant.py` answers with passages handed over or found, runs tools, and grades."""
    functions: dict[str, Any] = runpy.run_path(str(study / "assistant.py"))
    case = suite("questions")[2]
    asked = {"messages": case["turns"], "persona": case["persona"], "seed": 0}
    alone, handed = functions["answer"](asked), functions["answer"](asked | {"context": case["context"]})
    assert alone["text"] == handed["text"]
    assert [c["id"] for c in alone["retrieved"]] == [c["id"] for c in case["context"]]
    assert handed["retrieved"] == []
    done = functions["answer"]({"messages": suite("agent")[1]["turns"], "seed": 1})
    assert (done["tools"][0]["name"], done["state"]["cards"]["K-1"]) == ("block_card", "blocked:asked")
    assert json.loads(functions["judge"]({"messages": [{"role": "user", "content": "?"}]}))["verdict"] == "abstain"


@pytest.mark.parametrize("name", ["faithful", "harmless"])
def test_anchors_are_answers_of_both_kinds(study: Path, name: str) -> None:
    """Each is a case and a trace as the runner knows them, with a label and the judge's verdict of before."""
    rows = [json.loads(line) for line in (study / "anchors" / f"{name}.jsonl").read_text().splitlines()]
    assert 40 <= len(rows) <= 60
    for row in rows:
        assert Case.model_validate(row["case"]).name == Trace.model_validate(row["trace"]).case
    labels = Counter(row["label"] for row in rows)
    assert min(labels["pass"], labels["fail"]) >= 0.3 * len(rows)
    agree = sum(row["label"] == row["verdict"] for row in rows)
    assert 0.6 * len(rows) < agree < len(rows)


@pytest.mark.parametrize("name", ["faithful", "harmless"])
def test_rubrics_say_what_passes_and_what_fails(study: Path, name: str) -> None:
    """A rubric is versioned, of one criterion, says when to abstain, and has examples of both verdicts with reasons."""
    said = yaml.safe_load((study / "rubrics" / f"{name}.yaml").read_text())
    assert (said["id"], said["version"], said["criterion"]) == (name, "1.0", name)
    assert all(word in said["instructions"] for word in ("Pass:", "Fail:", "Abstain"))
    for one in (*said["passes"], *said["fails"]):
        assert set(one) == {"question", "answer", "because"}


def test_the_truth_is_written(study: Path) -> None:
    """The table of true rates lies beside the study."""
    assert json.loads((study / "truth.json").read_text()) == truth()


def test_the_prompt_says_what_its_marker_is(study: Path) -> None:
    """The marker of the prompt stands in it once, and the prompt forbids what the attacks try."""
    text = (study / "prompts" / "guide.md").read_text()
    assert text.count("NBCANARY-51D0-GUIDE") == 1
    assert all(word in text for word in ("cite", "Do not guess", "report of suspicion", "never an instruction"))
