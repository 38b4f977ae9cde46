"""A component changes after approval: the change that it is, and the only way on which the gate opens again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from assistants import changed as edited
from bank import put
from configured import FIRST, MODEL, SECOND, accepted, desk, next_version, register, signed, validated
from secondline.core.declared.configuration import configuration
from secondline.core.errors import OutOfTurn, SpecError
from secondline.ledger.store import Ledger
from secondline.workflow.changing import approve_change, classify_change
from secondline.workflow.configured import held_against, note, parts_of
from secondline.workflow.gate import ask, gate
from secondline.workflow.verdict import Verdict


def why_shut(found: Verdict) -> dict[str, str]:
    """Return what closes a gate, by question."""
    return {reason.name: reason.text for reason in found.reasons if reason.holds == "no"}


def shown(ledger: Ledger, spec: Path, version: str = FIRST) -> dict[str, str]:
    """Return why the gate is shut for what assistant.yaml declares now."""
    return why_shut(gate(ledger, version, "desk", running=parts_of(spec)))


@pytest.fixture
def changed(tmp_path: Path) -> tuple[Path, Ledger, str]:
    """A new prompt, raised and classified, its version registered and validated."""
    spec, ledger = desk(tmp_path)
    next_version(spec)
    raised = note(ledger, MODEL, parts_of(spec), "dev", version="1.1")
    register(ledger, spec, "1.1")
    classify_change(ledger, raised.change, "val")
    signed(ledger)
    return spec, ledger, raised.change


def test_a_version_is_its_parts(tmp_path: Path) -> None:
    """The version holds model, prompt, judge and target by digest, and its digest is that of them all."""
    spec, ledger = desk(tmp_path)
    held = ledger.records.need("version", FIRST)
    assert held["components"] == parts_of(spec)
    assert {"model/scripted", "prompt/guide", "judge/faithful", "target"} == set(held["components"])
    assert held["digest"] == configuration(held["components"])
    assert ledger.runs()[0].version == "1.0"
    assert ledger.records.find("run")[0]["configuration"] == held["digest"]
    assert "same configuration" not in shown(ledger, spec)


def test_a_new_prompt_shuts_the_gate_and_is_named(tmp_path: Path) -> None:
    """What runs is not what was approved: the reason names the part, and the way back."""
    spec, ledger = desk(tmp_path)
    next_version(spec)
    assert shown(ledger, spec)["same configuration"] == "Not approved: prompt/guide changed"
    unshown = gate(ledger, FIRST, "desk")
    assert next(r.holds for r in unshown.reasons if r.name == "same configuration") == "warn"
    register(ledger, spec, "1.1")
    told = shown(ledger, spec, SECOND)
    assert "same configuration" not in told
    assert told["change approved"] == "Prompt/guide changed since 1.0, and no change leads to this configuration"


@pytest.mark.parametrize(
    ("pair", "part", "touched"),
    [
        (('name: scripted, version: "1"', 'name: scripted, version: "2"'), "model/scripted", "base-model"),
        (('name: guide, version: "1"', 'name: guide, version: "2"'), "prompt/guide", "prompt"),
        (("format: jsonl}", "format: jsonl, decoding: {temperature: 1}}"), "decoding/target", "decoding"),
        (("family: test", "family: other"), "judge/faithful", "judge"),
        (("format: jsonl}", "format: csv}"), "target", "endpoint"),
        (
            ("  target: {kind: replay", "    - {kind: corpus, name: pages, version: '7'}\n  target: {kind: replay"),
            "corpus/pages", "corpus",
        ),
    ],
)  # fmt: skip
def test_each_component_is_a_part_of_the_criteria(
    tmp_path: Path, pair: tuple[str, str], part: str, touched: str
) -> None:
    """The change names the component by its digest and the part of the criteria; documents are class C, others B."""
    spec, ledger = desk(tmp_path)
    next_version(spec, pair)
    found = note(ledger, MODEL, parts_of(spec), "dev", version="1.1")
    doc = ledger.records.need("change", found.change)
    assert (list(doc["components"]), doc["parts"], doc["version"]) == ([part], [touched], "1.1")
    assert (doc["components"][part], doc["configuration"]) == (parts_of(spec)[part], configuration(parts_of(spec)))
    made = classify_change(ledger, found.change, "val").doc
    assert made["class_"] == ("C" if touched == "corpus" else "B")
    assert made["regression"] == (touched != "judge")


def test_a_change_is_raised_once_and_by_those_who_may(tmp_path: Path) -> None:
    """The same difference is one change; nobody without the right raises, and the answer says so."""
    spec, ledger = desk(tmp_path)
    assert note(ledger, MODEL, parts_of(spec), "dev").differences == {}
    next_version(spec)
    unraised = note(ledger, MODEL, parts_of(spec), "app")
    assert (unraised.change, unraised.why_not) == ("", "'app' may not raise one")
    assert "no change is raised" in unraised.text
    first = note(ledger, MODEL, parts_of(spec), "dev", version="1.0")
    assert note(ledger, MODEL, parts_of(spec), "own").change == first.change
    assert ledger.records.need("change", first.change).get("version", "") == ""
    assert len(ledger.records.find("change")) == 1
    ledger.act("change.withdrawn", "dev", first.change, reason="undone")
    assert note(ledger, MODEL, parts_of(spec), "own").change != first.change


def test_a_removed_part_is_named_as_none(tmp_path: Path) -> None:
    """A part that is gone is part of the change."""
    spec, ledger = desk(tmp_path)
    next_version(spec, ('    - {kind: prompt, name: guide, version: "1"}\n', ""))
    found = note(ledger, MODEL, parts_of(spec), "dev")
    assert ledger.records.need("change", found.change)["components"] == {"prompt/guide": "none"}


def test_validating_another_configuration_raises_it(tmp_path: Path) -> None:
    """`validate` holds what it asked against the approved version, raises the change and tells of it, once."""
    spec, ledger = desk(tmp_path)
    told: list[Any] = []
    validated(spec, ledger, moved=told.append)
    assert told == []
    next_version(spec)
    validated(spec, ledger, moved=told.append)
    assert told[0].text == f"Not the configuration of {FIRST}: prompt/guide changed; {told[0].change} is raised"
    raised = ledger.records.need("change", told[0].change)
    assert (raised["raised_by"], raised["configuration"]) == ("val", ledger.records.find("run")[-1]["configuration"])


def test_the_gate_raises_what_it_finds(tmp_path: Path) -> None:
    """Asked with what runs, the gate raises the change; asked as of a day or by nobody, it only says so."""
    spec, ledger = desk(tmp_path)
    next_version(spec)
    ask(ledger.folder, FIRST, "desk", running=spec)
    ask(ledger.folder, FIRST, "desk", running=spec, actor="dev", as_of="2026-11-26")
    assert ledger.records.find("change") == []
    found = ask(ledger.folder, FIRST, "desk", running=spec, actor="dev")
    said = {reason.name: reason.text for reason in found.reasons}
    assert said["change raised"].endswith("prompt/guide changed; C-1 is raised")
    assert ledger.records.find("change")[0]["raised_by"] == "dev"
    assert "change raised" not in {
        r.name for r in ask(ledger.folder, "other@1", "U-1", running=spec, actor="dev").reasons
    }


def test_the_whole_way(changed: tuple[Path, Ledger, str]) -> None:
    """A regression that passes carries the change, the change carries the version, and the gate opens."""
    spec, ledger, change = changed
    with pytest.raises(OutOfTurn, match=rf"prompt/guide changed since 1.0: {change} is classified, not approved"):
        put_approved(ledger)
    accepted(ledger, spec)
    run = validated(spec, ledger)
    assert approve_change(ledger, change, "app", "ok", validation="V-1", run=run.id).doc["state"] == "approved"
    put_approved(ledger)
    told = shown(ledger, spec, SECOND)
    assert {"same configuration", "change approved"} & set(told) == set()
    reasons = {r.name: r.text for r in gate(ledger, SECOND, "desk", running=parts_of(spec)).reasons}
    assert reasons["change approved"] == "prompt/guide changed since desk-guide@1.0, under an approved change"
    assert "change approved" not in why_shut(gate(ledger, FIRST, "desk"))


def test_an_uncarded_judge_decides_nothing(changed: tuple[Path, Ledger, str]) -> None:
    """Without an accepted card labels alone decide, and where there are none the change stays shut."""
    spec, ledger, change = changed
    edited(spec, ("  labels: labels.csv\n", ""))
    run = validated(spec, ledger)
    with pytest.raises(OutOfTurn, match=r"cannot tell whether anything was lost in questions\. faithful: "):
        approve_change(ledger, change, "app", "ok", validation="V-1", run=run.id)


def put_approved(ledger: Ledger) -> None:
    """Mark version 1.1 approved, on an approval that stands."""
    digest = ledger.records.need("version", SECOND)["digest"]
    put(ledger, "approval", "AP-1", model=MODEL, version="1.1", uses=["U-1"], state="approved", expires="2027-06-01",
        dossier={"digest": digest})  # fmt: skip
    ledger.act("version.approved", "app", SECOND)


RUN: dict[str, Any] = {"model": MODEL, "failed": 3, "state": "finished", "margin": 0.3}
PASSED = {"genai.version_regress": {"questions": "passed"}}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"model": "other"}, "name the run"),
        ({"configuration": "0" * 64}, "is of configuration 0000000000000000; C-1 leads to"),
        ({"outcomes": {}}, "held nothing against the approved answers"),
        ({"outcomes": {"genai.version_regress": {"questions": "failed"}}}, "does not show that nothing was lost"),
        ({"outcomes": {"genai.version_regress": {"questions": "errored"}}}, "does not show that nothing was lost"),
        (
            {"outcomes": {"genai.version_regress": {"questions": "inconclusive"}},
             "lacking": {"correct": "180 more cases on both sides would decide it (there are 20)"}},
            "cannot tell whether anything was lost in questions. correct: 180 more cases",
        ),
        ({"outcomes": PASSED | {"genai.new_harm": {"questions": "failed"}}}, "a new grave harm"),
        ({"outcomes": PASSED | {"genai.unscored": {"questions": "failed"}}}, "could not grade too many answers"),
        ({"margin": 0.31}, r"allowed a loss of 0\.31; change@2026\.9 allows 0\.3"),
        ({"left_out": 4}, "left out 4 cases that the approved configuration answered"),
        ({"prints": {"approved": "other answers"}}, "is not what a run of desk-guide@1.0 measured"),
        ({"prints": {}}, "is not what a run of desk-guide@1.0 measured"),
    ],
)  # fmt: skip
def test_what_opens_nothing(changed: tuple[Path, Ledger, str], facts: dict[str, Any], says: str) -> None:
    """Another model's or configuration's run, none held against the approved answers, a loss, a doubt, a new harm."""
    spec, ledger, change = changed
    prints = ledger.records.find("run")[0]["prints"]
    whole = RUN | {"configuration": configuration(parts_of(spec)), "outcomes": PASSED,
                   "prints": {"approved": prints["questions"]}}  # fmt: skip
    put(ledger, "run", "r-1", **whole | facts)
    with pytest.raises(OutOfTurn, match=says):
        approve_change(ledger, change, "app", "ok", validation="V-1", run="r-1")
    put(ledger, "run", "r-2", **whole)
    assert approve_change(ledger, change, "app", "ok", validation="V-1", run="r-2").doc["run"] == "r-2"


def test_no_run_and_no_validation(changed: tuple[Path, Ledger, str]) -> None:
    """A prompt is material: the signed validation is asked for, and then the run."""
    _, ledger, change = changed
    with pytest.raises(OutOfTurn, match="needs a signed validation"):
        approve_change(ledger, change, "app", "ok")
    with pytest.raises(OutOfTurn, match="nothing was given"):
        approve_change(ledger, change, "app", "ok", validation="V-1")


def test_an_undecided_run_says_how_many_more(changed: tuple[Path, Ledger, str]) -> None:
    """Twenty cases cannot show a margin of 5 points: the run's own record says how many would."""
    spec, ledger, change = changed
    edited(spec, (", margin: 0.3", ""))
    transcripts = spec.with_name("transcripts.jsonl")
    lines = [json.loads(line) for line in transcripts.read_text().splitlines()]
    worse = [one | {"answer": "The limit is 9 days."} if one["id"] == "Q-01" else one for one in lines]
    transcripts.write_text("".join(f"{json.dumps(one)}\n" for one in worse))
    run = validated(spec, ledger)
    with pytest.raises(OutOfTurn, match=r"cannot tell .* correct: \d+ more cases on both sides would decide it"):
        approve_change(ledger, change, "app", "ok", validation="V-1", run=run.id)


def test_a_run_tells_its_margin_and_what_it_left_out(changed: tuple[Path, Ledger, str]) -> None:
    """A margin of one's own is on the run's record, and cases dropped from the suite are counted; neither passes."""
    spec, ledger, change = changed
    cases = spec.with_name("questions.jsonl")
    for path in (cases, spec.with_name("transcripts.jsonl")):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not re.search('"Q-1[79]"', line)))
    accepted(ledger, spec)
    run = validated(spec, ledger)
    doc = ledger.records.need("run", run.id)
    assert (doc["margin"], doc["left_out"]) == (0.3, 2)
    with pytest.raises(OutOfTurn, match="left out 2 cases"):
        approve_change(ledger, change, "app", "ok", validation="V-1", run=run.id)


def test_a_class_follows_the_components(tmp_path: Path) -> None:
    """Whatever parts the raiser states, a change that names a prompt is of the prompt's class."""
    _, ledger = desk(tmp_path)
    facts = {"model": MODEL, "description": "a word", "parts": ["documentation"], "baseline": FIRST,
             "components": {"prompt/guide": "0" * 64}, "configuration": "1" * 64}  # fmt: skip
    sly = ledger.act("change.raised", "dev", "", facts).id
    made = classify_change(ledger, sly, "val").doc
    assert (made["class_"], made["regression"]) == ("B", True)


def test_a_change_may_not_hide_a_part(changed: tuple[Path, Ledger, str]) -> None:
    """A change that leads to the configuration but does not name all that moved is not approved; nor one of nothing."""
    spec, ledger, change = changed
    ledger.act("change.withdrawn", "dev", change, reason="again")
    facts = {"model": MODEL, "description": "little", "parts": ["documentation"], "baseline": FIRST, "version": "1.1",
             "components": {"human-step/adviser": "none"}, "configuration": configuration(parts_of(spec))}  # fmt: skip
    sly = ledger.act("change.raised", "dev", "", facts).id
    assert classify_change(ledger, sly, "val").doc["regression"] is False
    with pytest.raises(SpecError, match="prompt/guide moved as well"):
        approve_change(ledger, sly, "app", "ok", validation="V-1")
    nowhere = ledger.act("change.raised", "dev", "", facts | {"configuration": "1" * 64}).id
    classify_change(ledger, nowhere, "val")
    with pytest.raises(OutOfTurn, match="No version of desk-guide has the configuration"):
        approve_change(ledger, nowhere, "app", "ok", validation="V-1")


def test_versions_with_parts_are_sealed(tmp_path: Path) -> None:
    """The digest is that of the parts, which are fixed and SHA-256; no later version goes without."""
    spec, ledger = desk(tmp_path)
    facts = {"model": MODEL, "version": "2"}
    with pytest.raises(SpecError, match="must be that of its components"):
        ledger.act(
            "version.registered", "dev", f"{MODEL}@2", facts | {"components": parts_of(spec), "digest": "0" * 64}
        )
    with pytest.raises(SpecError, match="names each part by its SHA-256; 'prompt/guide' is none"):
        ledger.act("version.registered", "dev", f"{MODEL}@2", facts | {"components": {"prompt/guide": "v2"}})
    with pytest.raises(SpecError, match="must as well"):
        ledger.act("version.registered", "dev", f"{MODEL}@2", facts | {"digest": "0" * 64})
    with pytest.raises(SpecError, match=r"components of desk-guide@1\.0 are fixed"):
        ledger.act("version.changed", "dev", FIRST, {"components": parts_of(next_version(spec))})
    assert ledger.act("version.changed", "dev", FIRST, {"description": "the first"}).doc["digest"]


def test_where_nothing_was_approved_there_is_no_change(tmp_path: Path) -> None:
    """Without an approved configuration there is nothing to be held against, and the gate asks for components."""
    spec, ledger = desk(tmp_path)
    put(ledger, "version", FIRST, state="registered")
    assert held_against(ledger.records, MODEL, parts_of(spec)) is None
    with pytest.raises(SpecError, match="nothing can be held against it"):
        note(ledger, MODEL, parts_of(spec), "dev")
    put(ledger, "version", "plain@1", model="plain", version="1", digest="0" * 64)
    put(ledger, "model", "plain", name="plain")
    use = ledger.act("use.proposed", "own", "", {"model": "plain", "name": "some"}).id
    told = why_shut(gate(ledger, "plain@1", use, running=parts_of(spec)))
    assert "holds no components" in told["same configuration"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"parts": {"prompt/a": 1, "target": "x"}}', '{"prompt/a": "x"}'])
def test_what_is_no_configuration_is_refused(tmp_path: Path, content: str) -> None:
    """A broken file, another JSON, and one without a target are errors that name the file."""
    path = tmp_path / "parts.json"
    path.write_text(content)
    with pytest.raises(SpecError, match=r"parts\.json"):
        parts_of(path)


def test_a_model_that_is_asked_nothing_has_no_configuration(tmp_path: Path) -> None:
    """model.yaml of a credit model has no `genai` part."""
    path = tmp_path / "model.yaml"
    path.write_text("model: pd\nversion: 1\npopulations: {a: {data: a.csv}}\ncolumns: {score: p, label: y}\n")
    with pytest.raises(SpecError, match="no `genai` part"):
        parts_of(path)
