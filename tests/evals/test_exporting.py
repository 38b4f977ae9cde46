"""Exporting: a suite becomes a task of Inspect as text, with every case; what it cannot hold is told."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path

import pytest

from evals.asking import case, cases
from secondline.core.errors import SpecError
from secondline.evals.exporting import export, sample, transcripts
from secondline.evals.importing.reading import read
from secondline.evals.nouns import Case, Chunk, Message, ToolCall, Trace

INSPECT = os.environ.get("EVALS_INSPECT", "")
"""The Python of an environment that has Inspect, for the test that runs the exported task."""


def test_every_case_is_a_sample(tmp_path: Path) -> None:
    """Ids, inputs with their passages, targets and what else we know come along; the file is Python without us."""
    listed = [
        case(1, "Fee?", stratum="fees", severity=4, reference="12 euros", context=(Chunk(id="a", text="12"),)),
        case(2, reference=["yes", "Yes"]),
        case(3, reference={"state": 1}),
        Case(id="c4", turns=(Message(role="system", content="S"), Message(role="user", content="U"))),
    ]
    file, dataset = export("fees & cards", listed, tmp_path / "out", system='Be "exact".\n', replicates=3)
    assert (file.name, dataset.name) == ("fees_cards.py", "fees_cards.jsonl")
    lines = [json.loads(line) for line in dataset.read_text().splitlines()]
    assert [line["id"] for line in lines] == ["c1", "c2", "c3", "c4"]
    assert lines[0]["input"] == "Fee?\n\nPassages:\n[a] 12"
    assert lines[0]["target"] == "12 euros"
    assert (lines[0]["metadata"]["stratum"], lines[0]["metadata"]["severity"]) == ("fees", 4)
    assert (lines[1]["target"], lines[2]["target"]) == (["yes", "Yes"], "")
    assert [turn["role"] for turn in lines[3]["input"]] == ["system", "user"]
    tree = ast.parse(file.read_text())
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and "secondline" in str(n.module)]
    assert "epochs=3" in file.read_text()


def test_a_suite_without_a_system_prompt_needs_no_message_for_it(tmp_path: Path) -> None:
    """The task has no empty system prompt, and a name that is no name in Python is made one."""
    file, _ = export("2026 fees", cases(1), tmp_path)
    assert file.name == "suite_2026_fees.py"
    hostile, _ = export('x"""\nimport os', cases(1), tmp_path)
    assert not [n for n in ast.walk(ast.parse(hostile.read_text())) if isinstance(n, ast.Import)]
    assert "solver=generate()" in file.read_text()


def test_what_the_task_cannot_hold_is_refused(tmp_path: Path) -> None:
    """Conversations of several questions, and a suite without cases, are not exported as something else."""
    talk = Case(id="t", turns=(Message(role="user", content="a"), Message(role="user", content="b")))
    with pytest.raises(SpecError, match="such as 't'"):
        export("s", [case(1), talk], tmp_path)
    with pytest.raises(SpecError, match="no cases"):
        export("s", [], tmp_path)


def test_a_sample_leaves_out_what_is_empty() -> None:
    """Metadata holds what is said and nothing else."""
    assert set(sample(case(1))["metadata"]) == {"severity", "kind", "language"}


def test_transcripts_can_be_replayed(tmp_path: Path) -> None:
    """What was asked live and written down answers the same cases again, with all that was told of each answer."""
    traces = [
        Trace(
            case="c1", replicate=r, text=f"answer {r}", status="refused" if r else "ok", config="cfg", cost=0.5,
            messages=(Message(role="user", content="Fee?"), Message(role="assistant", content=f"answer {r}")),
            retrieved=(Chunk(id="a", document="d", text="12", rank=1, score=0.5),), latency_ms=3.25, tokens_in=4,
            tools=(ToolCall(name="pay", arguments={"to": "x"}, result={"ok": 1}, writes=True),), state={"paid": [1]},
            returned_model="m", fingerprint="f", started="2026-11-26T10:00:00+00:00", tokens_out=5,
        )
        for r in (0, 1)
    ]  # fmt: skip
    path = transcripts(traces, tmp_path / "deep" / "answers.jsonl")
    again = [one.trace for one in read(path)]
    assert again == [trace.model_copy(update={"source": "replay"}) for trace in traces]


@pytest.mark.slow
@pytest.mark.skipif(not INSPECT, reason="EVALS_INSPECT names no Python with Inspect")
def test_inspect_runs_it_and_the_log_comes_back(tmp_path: Path) -> None:
    """The exported task runs in Inspect, and its log is read as answers to the same cases."""
    file, _ = export("fees", cases(3, stratum="fees", severity=4), tmp_path, system="Be exact.", replicates=2)
    code = f"""
from inspect_ai import eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model
def output():
    made = ModelOutput.from_content("mockllm/model", "said")
    made.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return made
model = get_model("mockllm/model", custom_outputs=[output() for _ in range(6)])
(log,) = eval({file.name!r}, model=model, log_dir="logs", log_format="json", display="none")
assert log.status == "success", log.error
"""
    subprocess.run([INSPECT, "-c", code], check=True, capture_output=True, timeout=300, cwd=tmp_path)
    (log,) = (tmp_path / "logs").glob("*.json")
    records = read(log, "inspect")
    assert sorted((r.trace.case, r.trace.replicate) for r in records) == [
        (f"c{i}", r) for i in range(3) for r in (0, 1)
    ]
    assert {(r.case.stratum, r.case.severity, r.trace.text) for r in records} == {("fees", 4, "said")}
