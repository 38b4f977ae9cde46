"""The demo's pilot: approved within limits on the parts of a system; other parts do not pass, offline either."""

from __future__ import annotations

from pathlib import Path

import pytest

import witnessed
from assistants import changed as edited
from secondline.core.declared.configuration import configuration
from secondline.ledger.store import Ledger
from secondline.samples.genai.generating import STUDY
from secondline.workflow import pilot
from secondline.workflow.configured import parts_of
from secondline.workflow.gate import ask, gate_offline
from secondline.workflow.passes import pass_file, trusted_key

VERSION = "desk-guide@1.0"


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The study of the desk guide, and the bank in which its pilot is approved."""
    folder = tmp_path_factory.mktemp("pilot")
    spec = witnessed.write(folder)
    assert pilot.approved(spec, folder / "bank") == VERSION
    return spec, folder / "bank"


def test_the_pilot_is_open_for_its_parts_alone(approved: tuple[Path, Path], tmp_path: Path) -> None:
    """Open as an emergency within limits; one changed part shuts it, by name, and is raised."""
    spec, bank = approved
    found = ask(bank, VERSION, pilot.USE, running=spec)
    assert (found.word, found.kind) == ("open", "emergency")
    assert found.digest == configuration(parts_of(spec))
    other = edited(witnessed.write(tmp_path), ('name: guide, version: "1"', 'name: guide, version: "2"'))
    shut = ask(bank, VERSION, pilot.USE, running=other, actor=pilot.DEVELOPER)
    said = {reason.name: reason.text for reason in shut.reasons}
    assert (shut.word, said["same configuration"]) == ("closed", "Not approved: prompt/guide changed")
    assert "C-1 is raised" in said["change raised"]


def test_the_pass_file_holds_the_parts(approved: tuple[Path, Path], tmp_path: Path) -> None:
    """Without the ledger the pass names the part that differs; without a configuration it proves less, and says so."""
    spec, bank = approved
    ledger = Ledger.open(bank)
    file, keys = pass_file(ledger, "P-1"), (trusted_key(ledger),)
    parts = parts_of(spec)
    assert gate_offline(VERSION, "U-1", file, keys, running=parts).word == "open"
    moved = parts | {"tool/pay": "0" * 64}
    shut = {r.name: r for r in gate_offline(VERSION, "U-1", file, keys, running=moved).reasons}
    assert (shut["same configuration"].holds, shut["same configuration"].text) == ("no", "Not approved: tool/pay added")
    bare = {r.name: r.holds for r in gate_offline(VERSION, "U-1", file, keys).reasons}
    assert bare["same configuration"] == "warn"
    held = tmp_path / "pass.json"
    held.write_bytes(file)
    asked = ask(bank, VERSION, "U-1", running=spec, offline=True, pass_path=held, key=keys[0])
    assert {r.name: r.holds for r in asked.reasons}["same configuration"] == "yes"


def test_the_edited_study_has_one_more_sentence(tmp_path: Path) -> None:
    """The prompt of the copy is the prompt and a sentence; the study itself stays as it is."""
    assert STUDY["guide.md"] == "prompts"
    spec = tmp_path / "assistant.yaml"
    spec.write_text("components: [{kind: prompt, name: guide, file: prompts/guide.md}]\n")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "guide.md").write_text("Be exact.\n")
    other = pilot.edited(spec)
    assert "prompts/guide-edited.md" in other.read_text()
    assert (tmp_path / "prompts" / "guide-edited.md").read_text() == f"Be exact.\n{pilot.SENTENCE}"
    assert "edited" not in spec.read_text()
