"""The gate from the terminal and in CI: exit codes, JSON, JUnit, and the examples acted out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from typer.testing import CliRunner

from codebase import ROOT
from govern.signing_house import BYTES, Bank
from secondline.cli.app import app
from secondline.ledger.keys import key_line
from secondline.ledger.passes import key_of
from secondline.workflow.passes import pass_file, revocations, trusted_key

TODAY = datetime.now(UTC).date().isoformat()
NEXT_YEAR = (datetime.now(UTC).date() + timedelta(days=364)).isoformat()
EXAMPLES = ROOT / "examples" / "ci"
SPEC = {
    "model": "pd", "version": "1.0", "artefact": {"path": "model.bin", "open": False},
    "uses": [{"id": "origination"}], "populations": {"a": {"data": "a.parquet"}}, "columns": {"score": "s"},
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger, a model.yaml, the model's file, a pass, and the list of stopped passes."""
    folder = tmp_path_factory.mktemp("gate")
    bank = Bank(folder / "runs", day=TODAY)
    bank.passed(expires=NEXT_YEAR)
    (folder / "model.bin").write_bytes(BYTES)
    (folder / "model.yaml").write_text(yaml.safe_dump(SPEC))
    deploy = folder / "deploy"
    deploy.mkdir()
    (deploy / "pass.json").write_bytes(pass_file(bank.ledger, "P-1"))
    (deploy / "revocations.json").write_bytes(revocations(bank.ledger))
    (deploy / "key").write_text(trusted_key(bank.ledger))
    return folder


@pytest.fixture
def at(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in that folder."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("SECONDLINE_STORE", str(place / "runs"))
    return place


def run(*args: str) -> tuple[int, str]:
    """Run a command; returns its exit code and what it printed."""
    found = CliRunner().invoke(app, list(args), env={"COLUMNS": "200"})
    return found.exit_code, found.output


DAY = ("--as-of", TODAY)


def test_open_closed_undecided_usage(at: Path) -> None:
    """Exit codes 0, 1, 3 and 2."""
    assert run("gate", "pd@1.0", "--use", "origination", "--artefact", "model.bin", *DAY)[0] == 0
    assert run("gate", "model.yaml", *DAY)[0] == 0
    assert run("gate", "pd@1.0", "--use", "limits", *DAY)[0] == 1
    assert run("gate", "pd@1.0", "--use", "origination", "--artefact", "model.yaml", *DAY)[0] == 1
    assert run("gate", "pd@1.0", "--use", "origination", "--store", "nowhere")[0] == 3
    for wrong in (("pd@1.0",), ("pd", "--use", "x"), ("none.yaml",), ("pd@1.0", "--use", "nix"),
                  ("pd@1.0", "--use", "U-1", "--pass", "none"), ("pd@1.0", "--use", "U-1", "--key", "zz")):  # fmt: skip
        code, said = run("gate", *wrong)
        assert code == 2, (wrong, said)
        assert "error" in said


def test_json_has_every_reason(at: Path) -> None:
    """One object for one question, a list for several; reasons with control, proof and next step."""
    code, said = run("gate", "pd@1.0", "--use", "limits", "--json", *DAY)
    found = json.loads(said)
    assert (code, found["verdict"]) == (1, "closed")
    assert all({"name", "control", "holds", "text", "proof", "next"} == set(r) for r in found["reasons"])
    code, said = run("gate", "pd@1.0", "--use", "limits", "--use", "origination", "--json", *DAY)
    assert [one["verdict"] for one in json.loads(said)] == ["closed", "open"]
    assert code == 1


def test_the_screen_says_what_to_do_next(at: Path) -> None:
    """A closed gate names the next step; an open one its conditions and source."""
    assert "approval request pd@1.0" in run("gate", "pd@1.0", "--use", "limits", *DAY)[1]
    assert f"open until {NEXT_YEAR}" in run("gate", "model.yaml", *DAY)[1]


def test_approvals_are_told_on_the_screen(at: Path) -> None:
    """List, show, policy and passes print what is on record, as tables and as JSON."""
    for words in (
        ("approval", "list"), ("approval", "show", "AP-1"), ("approval", "policy", "show"),
        ("approval", "pass", "list"), ("approval", "pass", "show", "P-1"),
    ):  # fmt: skip
        code, said = run(*words)
        assert code == 0, said
        code, said = run(*words, "--json")
        assert code == 0
        assert json.loads(said)
    assert run("approval", "pass", "key")[1].strip() == (at / "deploy" / "key").read_text()
    assert run("approval", "pass", "check", "deploy/pass.json", "--key", "deploy/key")[0] == 0
    assert run("approval", "pass", "check", "model.yaml", "--key", "deploy/key")[0] == 1


def test_the_way_of_an_approval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked, read, signed, decided, issued, in use, stopped: every command does what it says."""
    monkeypatch.chdir(tmp_path)
    bank = Bank(tmp_path / "runs", day="2020-01-01")
    bank.validated()
    bank.watched()
    monkeypatch.setenv("SECONDLINE_STORE", str(tmp_path / "runs"))
    until = NEXT_YEAR

    def does(who: str, *words: str) -> str:
        code, said = run(*words, "--actor", who)
        assert code == 0, said
        return said

    does("olga", "approval", "request", "pd@1.0", "--use", "origination", "--expires", until, "--residual", "low",
         "--seeks", "restricted", "--condition", "volume decisions=500 per=day",
         "--condition", '{"kind": "exclusion", "column": "state", "values": ["NY"]}')  # fmt: skip
    assert "at most 500 decisions a day" in run("approval", "show", "AP-1")[1]
    does("olga", "approval", "amend", "AP-1", "--reason", "asked", "--mitigants", "cap")
    does("dan", "approval", "object", "AP-1", "--statement", "not for this")
    does("dan", "approval", "settle", "AP-1", "1", "--how", "talked")
    signs = json.loads(run("approval", "show", "AP-1", "--json")[1])["signs"]
    does("hal", "approval", "sign", "AP-1", "--signs", signs[:12], "--affirm")
    does("bea", "approval", "sign", "AP-1", "--signs", signs, "--affirm")
    assert run("approval", "sign", "AP-1", "--signs", "0" * 12, "--affirm", "--actor", "ben")[0] == 2
    assert "restricted" in does("bea", "approval", "decide", "AP-1", "restricted", "--rationale", "capped")
    does("hal", "approval", "pass", "issue", "AP-1")
    does("olga", "approval", "pass", "put-in-use", "pd@1.0")
    does("vera", "approval", "pass", "suspend", "P-1", "--reason", "drift")
    does("hal", "approval", "pass", "resume", "P-1", "--reason", "mended")
    run("approval", "pass", "export", "P-1", "-o", "p.json")
    run("approval", "pass", "revocations", "-o", "r.json")
    assert {"p.json", "r.json", "pd@1.0.pass.json"} <= {f.name for f in tmp_path.iterdir()}
    does("olga", "approval", "pass", "stop", "pd", "--reason", "incident")
    does("hal", "approval", "pass", "revoke", "P-1", "--reason", "over")
    does("hal", "approval", "withdraw", "AP-1", "--reason", "over")


@pytest.mark.parametrize("text", ["volume decisions", "{not json", "", '{"kind": "magic"}'])
def test_bad_conditions(at: Path, text: str) -> None:
    """A condition that cannot be read is a usage error."""
    code, said = run("approval", "request", "pd@1.0", "--use", "U-1", "--expires", "2027-01-01", "--residual", "r",
                     "--seeks", "conditional", "--condition", text, "--actor", "olga")  # fmt: skip
    assert code == 2, said


@pytest.mark.parametrize("public", ["00" * 32, "ff" * 32, "fb" * 32, "3e" * 32])
def test_keys_are_read_as_lines_too(public: str) -> None:
    """A line of service.pub gives its key back, plus signs in its base64 and all."""
    assert key_of(key_line(public)) == public == key_of(public)
    assert key_of("secondline+1234+###") == key_of("") == key_of("aa") == ""


# The examples


def test_the_examples_are_valid_yaml() -> None:
    """Each parses, and says what its system asks for."""
    files = {path.name: yaml.safe_load(path.read_text()) for path in EXAMPLES.iterdir()}
    assert {"action.yml", "workflow.yml", "gitlab-ci.yml", ".pre-commit-hooks.yaml", "pre-commit-config.yaml"} <= set(
        files
    )
    action = files["action.yml"]
    assert action["runs"]["using"] == "composite"
    assert all(step["shell"] == "bash" for step in action["runs"]["steps"])
    uses = [
        s
        for job in files["workflow.yml"]["jobs"].values()
        for s in job["steps"]
        if "secondline-gate" in s.get("uses", "")
    ]
    assert set(uses[0]["with"]) <= set(action["inputs"])
    assert {"id", "name", "entry", "language"} <= set(files[".pre-commit-hooks.yaml"][0])


def acted(at: Path, script: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a step of an example as its system would, with a `secondline` on the path."""
    tools = at / "bin"
    tools.mkdir(exist_ok=True)
    tool = tools / "secondline"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m secondline "$@"\n')
    tool.chmod(0o755)
    given = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(at), "PYTHONPATH": str(ROOT / "src"), **env}
    return subprocess.run(["bash", "-e", "-c", script], cwd=at, env=given, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("more", "verdict", "code"),
    [
        ({"STORE": "runs"}, "open", 0), ({"STORE": "runs", "USE": "limits"}, "closed", 1),
        ({"STORE": "nowhere"}, "undecided", 3), ({"STORE": "nowhere", "UNDECIDED": "warn"}, "undecided", 0),
        ({"STORE": "runs", "VERSION": "x.yaml"}, "error", 2),
    ],
)  # fmt: skip
def test_the_action_acted_out(at: Path, more: dict[str, str], verdict: str, code: int) -> None:
    """The step of the action runs here: its verdict is put out, its exit code is the gate's."""
    action = yaml.safe_load((EXAMPLES / "action.yml").read_text())
    env = dict.fromkeys(action["runs"]["steps"][0]["env"], "")
    out, summary = at / "output", at / "summary.md"
    out.write_text("")
    summary.write_text("")
    env |= {"VERSION": "model.yaml", "JUNIT": "gate.xml", "GITHUB_OUTPUT": str(out), **more,
            "GITHUB_STEP_SUMMARY": str(summary)}  # fmt: skip
    done = acted(at, action["runs"]["steps"][0]["run"], **env)
    assert (done.returncode, out.read_text().strip()) == (code, f"verdict={verdict}"), done.stderr + done.stdout
    if verdict != "error":
        assert ET.parse(at / "gate.xml").getroot().tag == "testsuites"
        assert f": {verdict}" in summary.read_text()


def test_the_gitlab_job_and_the_hook_acted_out(at: Path) -> None:
    """The last line of the GitLab job runs offline by pass and key; the hook stops a commit of another file."""
    line = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())["gate"]["script"][-1]
    done = acted(at, line, SECONDLINE_GATE_KEY=(at / "deploy" / "key").read_text())
    assert done.returncode in {0, 3}, done.stderr  # undecided once the list of stopped passes is stale
    hook = yaml.safe_load((EXAMPLES / ".pre-commit-hooks.yaml").read_text())[0]
    assert acted(at, f"{hook['entry']} model.yaml").returncode == 0
    (at / "other").mkdir(exist_ok=True)
    (at / "other" / "model.yaml").write_text(yaml.safe_dump(SPEC))
    (at / "other" / "model.bin").write_bytes(b"retrained")
    done = acted(at, f"{hook['entry']} model.yaml other/model.yaml")
    assert done.returncode == 1
    assert "same bytes" in done.stdout
