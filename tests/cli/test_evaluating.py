"""`secondline evals`: plan, ask, look at answers, label and settle, calibrate judges, exchange with other tools."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistants import RECORDED, assistant, calls, changed, quick
from codebase import ROOT
from secondline.cli.acting import ledger_of
from secondline.cli.app import app
from secondline.cli.exits import Exit
from secondline.evals.labelling import COLUMNS
from secondline.workflow.sheets import book_of, read_book

TRANSCRIPTS = ROOT / "tests" / "evals" / "transcripts"


def run(*args: str | Path) -> Result:
    """Run a command of the group in this process."""
    return CliRunner().invoke(app, ["evals", *map(str, args)], env={"COLUMNS": "300", "TERM": "dumb"})


def told(*args: str | Path, code: int = Exit.PASSED) -> Any:
    """Run a command with --json and return what it says."""
    found = run(*args, "--json")
    assert found.exit_code == code, found.output
    return json.loads(found.stdout)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of eighteen cases that was asked once."""
    spec = quick(tmp_path_factory.mktemp("study"))
    found = run("ask", spec, "--allow-code")
    assert found.exit_code == Exit.PASSED, found.output
    assert "30 answers and 42 judgements are kept" in found.output
    return spec


def test_a_plan_calls_nobody(tmp_path: Path) -> None:
    """Askings, calls, cost and reach by stratum are told before anything is asked; a budget too small fails."""
    live = "kind: openai, url: 'http://192.0.2.1/v1', model: m, limits: {price-in: 1, price-out: 1, budget: 0.0001}"
    found = told("plan", assistant(tmp_path / "a", {"questions": 12, "unanswerable": 6}))
    assert (found["turns"], found["cost"], found["fits"]) == (12 + 18, 0.0, True)
    assert {one["suite"] for one in found["reach"]} == {"questions", "unanswerable"}
    assert all(0 < one["half_width"] <= 0.5 for one in found["reach"])
    dear = changed(assistant(tmp_path / "b", {"questions": 12}), (RECORDED, live))
    over = run("plan", dear)
    assert over.exit_code == Exit.FAILED
    assert "over the budget" in over.output
    assert "12 answers to ask for" in over.output
    assert "Nothing was called." in over.output
    assert "by suite" not in over.output
    shown = run("plan", tmp_path / "a" / "assistant.yaml")
    assert "Next: secondline evals ask" in shown.output
    assert len(run("plan", tmp_path / "a" / "assistant.yaml", "--strata").output) > len(shown.output)


@pytest.mark.parametrize(
    ("old", "new", "told_"),
    [
        ("scorer: reference-facts}", "scorer: reference-fact}", "Did you mean 'reference-facts'?"),
        ("scorer: reference-facts}", "scorer: reference-facts, check: genai.nope}", "takes no verdicts of a criterion"),
        ("file: transcripts.jsonl", "file: nowhere.jsonl", "cannot be read"),
        ("checks: [genai.bias_persona]", "checks: [genai.bias]", "names a check that does not exist"),
    ],
)
def test_a_plan_says_what_is_wrong_with_a_study(old: str, new: str, told_: str, tmp_path: Path) -> None:
    """A wrong scorer, a check that takes no verdicts, and transcripts that are not there are told before asking."""
    spec = assistant(tmp_path, {"questions": 4})
    assert old in spec.read_text()
    found = run("plan", changed(spec, (old, new)))
    assert found.exit_code == Exit.ERROR, found.output
    assert told_ in " ".join(found.output.split())


def test_cases_without_a_transcript_are_told(tmp_path: Path) -> None:
    """The plan names them before they count as errors, and asking says how many calls brought nothing, and why."""
    spec = assistant(tmp_path, {"questions": 6})
    rows = (tmp_path / "transcripts.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "transcripts.jsonl").write_text("".join(row for row in rows if '"Q-0' not in row))
    found = run("plan", spec)
    assert "cases have no transcript" in found.output
    missing = told("plan", spec)["missing"]
    assert missing
    asked = run("ask", spec, "--allow-code")
    assert f"{len(missing)} of 6 calls brought no answer" in asked.output
    assert "no transcript of this case is recorded" in asked.output


TALKS = """case,Frage,answer,retrieved
Q-1,What is the fee?,The fee is 12 euros.,The fee is 12 euros a month.
Q-1,What is the fee?,The fee is 12 euros a month.,The fee is 12 euros a month.
Q-2,Who is Ann?,I cannot say.,
"""


def test_a_study_is_begun_from_transcripts(tmp_path: Path) -> None:
    """What is written can be planned and asked at once; what was asked twice is one case; nothing is overwritten."""
    (tmp_path / "Old talks.csv").write_text(TALKS)
    spec = tmp_path / "assistant.yaml"
    words = ("init", tmp_path / "Old talks.csv", "-o", spec, "--column", "question=Frage")
    found = run(*words)
    assert found.exit_code == Exit.PASSED, found.output
    assert "2 cases" in found.output
    assert "TODO" in spec.read_text()
    assert [json.loads(row)["id"] for row in (tmp_path / "cases.jsonl").read_text().splitlines()] == ["Q-1", "Q-2"]
    assert told("plan", spec)["turns"] == 3
    graded = told("ask", spec)["suites"]["questions"]
    assert graded["grounded"]["pass"] == 3
    assert set(graded) == {"pii", "grounded"}
    again = run(*words)
    assert again.exit_code == Exit.ERROR
    assert "exists already" in again.output
    assert run(*words, "--force").exit_code == Exit.PASSED
    elsewhere = tmp_path / "new" / "assistant.yaml"
    assert "cannot be read" in run("init", tmp_path / "nowhere.csv", "-o", elsewhere).output
    (tmp_path / "none.jsonl").write_text("")
    assert "holds no transcript" in run("init", tmp_path / "none.jsonl", "-o", elsewhere).output
    assert not elsewhere.exists()


def test_asking_twice_calls_once(spec: Path) -> None:
    """What was judged is kept; the second time is told the same, and the plan is on record."""
    before = calls(spec, "judge")
    found = told("ask", spec, "--allow-code")
    assert calls(spec, "judge") == before
    assert found["answers"] == 30
    assert sum(found["suites"]["questions"]["correct"].values()) == 12


def test_answers_are_shown_with_their_reasons(spec: Path) -> None:
    """By suite, criterion, outcome and case: what was asked, what was said, and why it was graded so."""
    rows = told("answers", spec, "--suite", "questions", "--criterion", "correct", "--outcome", "fail")
    assert rows
    assert {(r["suite"], r["criterion"], r["outcome"]) for r in rows} == {("questions", "correct", "fail")}
    assert all(row["reason"] and row["asked"] for row in rows)
    shown = run("answers", spec, "--case", rows[0]["case"], "--criterion", "correct")
    assert rows[0]["answer"] in " ".join(shown.output.split())
    assert "1 graded answer." in shown.output
    assert "the first 2 of them shown" in run("answers", spec, "--limit", "2").output


def labelled(sheet: Path, verdict: str) -> None:
    """Fill a CSV sheet with one verdict."""
    rows = list(csv.reader(sheet.read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    at = COLUMNS.index("verdict")
    with sheet.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([rows[0], *([*row[:at], verdict, *row[at + 1 :]] for row in rows[1:])])


def test_labels_go_round(spec: Path, tmp_path: Path) -> None:
    """From a plan on record over sheets in CSV and Excel to settled labels; a third person decides what is disputed."""
    spec = own(spec, tmp_path / "study")
    settled = tmp_path / "labels.csv"
    raters = ("--rater", "ann", "--rater", "bob", "-n", "20", "--double", "0.5", "--actor", "val")
    made = told("labels", "plan", spec, "--criterion", "faithful", *raters)
    assert (made["id"], made["tasks"]) == ("LB-1", 20)
    plan = made["id"]
    sheets = {"ann": tmp_path / "ann.csv", "bob": tmp_path / "bob.xlsx"}
    for rater, sheet in sheets.items():
        assert told("labels", "export", spec, plan, "--rater", rater, "--to", sheet)["tasks"] == made["raters"][rater]
    assert "It breaks the rubric" not in sheets["ann"].read_text()
    labelled(sheets["ann"], "pass")
    (name, rows), *_ = read_book(sheets["bob"]).items()
    at = COLUMNS.index("verdict")
    sheets["bob"].write_bytes(book_of({name: [rows[0], *([*r[:at], "fail", *r[at + 1 :]] for r in rows[1:])]}))
    for rater, sheet in sheets.items():
        came = told("labels", "import", spec, plan, sheet, "--rater", rater)
        assert (came["new"], came["changed"], came["left"]) == (made["raters"][rater], 0, 0)
    again = told("labels", "import", spec, plan, sheets["ann"], "--rater", "ann")
    assert (again["new"], again["changed"]) == (0, 0)
    first = told("labels", "settle", spec, "--to", settled, code=Exit.INCONCLUSIVE)
    assert first["settled"] == []
    assert not settled.exists()
    assert f"Raters disagree: {plan}" in run("labels", "settle", spec, "--to", settled).output
    disputes = told("labels", "disputes", spec, plan, code=Exit.INCONCLUSIVE)
    assert [one["task"] for one in disputes] == first["disputed"][plan]
    assert all([verdict for verdict, _ in one["said"]] == ["fail", "pass"] for one in disputes)
    shown = run("labels", "disputes", spec, plan).output
    assert "ann" not in shown.split()
    decide = [word for one in disputes for word in ("--decide", f"{one['task']}=fail")]
    assert "'ann' may not settle" in run("labels", "adjudicate", spec, plan, *decide, "--actor", "ann").output
    done = told("labels", "adjudicate", spec, plan, *decide, "--actor", "lead", "--note", "See the rubric.")
    assert done == {"plan": plan, "settled": len(disputes), "left": 0}
    last = told("labels", "settle", spec, plan, "--to", settled, "--actor", "val")
    assert (last["labelled"], last["settled"]) == (20, [plan])
    rows_ = list(csv.DictReader(settled.read_text().splitlines()))
    assert len(rows_) == 20
    assert all(0 < float(row["chance"]) <= 1 for row in rows_)
    (told_,) = told("labels", "list", spec)
    assert (told_["state"], told_["given"], told_["disputes"]) == ("settled", told_["wanted"], [])
    assert "settled" in run("labels", "list", spec).output
    (spec.parent / "labels.csv").write_text(settled.read_text())
    assert "20 labels" in run("card", spec, "faithful").output
    late = run("labels", "import", spec, plan, sheets["bob"], "--rater", "bob").output
    assert "0 new" in late
    assert run("labels", "reopen", spec, plan, "--reason", "A rubric was misread.").exit_code == Exit.PASSED
    assert run("labels", "withdraw", spec, plan, "--reason", "Another rubric.").exit_code == Exit.PASSED
    assert "LB-1 is withdrawn" not in run("labels", "list", spec).output
    assert told("labels", "list", spec)[0]["state"] == "withdrawn"


def own(spec: Path, folder: Path) -> Path:
    """Return a copy of a study that was asked, with a ledger of its own."""
    shutil.copytree(spec.parent, folder)
    return folder / spec.name


def test_the_next_labels_are_suggested(spec: Path, tmp_path: Path) -> None:
    """After a plan about so many more are drawn, none of them twice, and the record says which plans they follow."""
    spec = own(spec, tmp_path / "study")
    first = told("labels", "plan", spec, "--criterion", "faithful", "--rater", "ann", "-n", "10", "--double", "0")
    made = told("labels", "suggest", spec, "--criterion", "faithful", "--rater", "ann", "-n", "8")
    assert 4 <= made["tasks"] <= 12
    assert sum(cell["taken"] for cell in made["cells"]) == made["tasks"]
    assert made["after"] == [first["id"]]
    again = run("labels", "plan", spec, "--criterion", "faithful", "--rater", "ann", "-n", "5")
    assert again.exit_code == Exit.ERROR
    assert "planned already (LB-1, LB-2)" in " ".join(again.output.split())
    shown = run("labels", "suggest", spec, "--criterion", "faithful", "--rater", "ann", "-n", "2")
    assert "LB-3 is planned (suggested)" in shown.output


def test_a_card_tells_how_often_the_judge_errs(spec: Path, tmp_path: Path) -> None:
    """Its figures are those of the labels; a judge that errs too much may not grade, and the exit code says so."""
    path = tmp_path / "card.json"
    found = run("card", spec, "faithful", "--write", path)
    assert found.exit_code in {Exit.PASSED, Exit.FAILED}, found.output
    card = json.loads(path.read_text())[0]
    labels = list(csv.DictReader((spec.parent / "labels.csv").read_text().splitlines()))
    mine = [row for row in labels if row["criterion"] == "faithful"]
    assert card["n"] == len({(row["case"], row["replicate"]) for row in mine if row["label"]})
    assert card["doubled"] == sum(row["second"] != "" for row in mine)
    assert (found.exit_code == Exit.PASSED) == card["figures"]["eligible"]
    assert f"{card['n']} labels" in found.output
    assert "may grade" in found.output or "may not grade" in found.output


@pytest.mark.parametrize(
    ("name", "count"), [("talks.csv", 1), ("inspect-0.3.285.json", 1), ("garak-0.17.1.report.jsonl", 1)]
)
def test_transcripts_are_looked_into(name: str, count: int, tmp_path: Path) -> None:
    """What another tool recorded is told, and written as transcripts that can be replayed."""
    kind: tuple[str, ...] = ("--format", "inspect") if name.startswith("inspect") else ()
    kind = ("--column", "answer=Antwort", "--column", "question=Frage") if name == "talks.csv" else kind
    found = told("import", TRANSCRIPTS / name, *kind, "--write", tmp_path / "t.jsonl")
    assert found["transcripts"] >= count
    assert sum(found["status"].values()) == found["transcripts"]
    assert len((tmp_path / "t.jsonl").read_text().splitlines()) == found["transcripts"]
    assert "transcripts:" in run("import", TRANSCRIPTS / name, *kind).output


def test_a_suite_is_varied(spec: Path, tmp_path: Path) -> None:
    """Variants are written once as a suite, the same by the same seed; another one may not take its place."""
    suite, to = spec.parent / "suites" / "questions.jsonl", tmp_path / "typos.jsonl"
    made = told("vary", suite, "--by", "typo", "--to", to, "--json")
    assert made == told("vary", suite, "--by", "typo", "--to", to, "--json")
    assert made["cases"] % 2 == 0
    assert len(to.read_text().splitlines()) == made["cases"] >= 12
    assert "exists and holds other cases" in run("vary", suite, "--by", "typo", "--seed", "2", "--to", to).output
    assert "Wrote" in run("vary", suite, "--by", "base64", "--to", tmp_path / "b.jsonl").output


def test_a_suite_is_exported(spec: Path, tmp_path: Path) -> None:
    """A suite becomes a dataset and a task that Python can read."""
    found = told("export", spec, "questions", "--to", tmp_path)
    assert found["cases"] == 12
    assert len(Path(found["dataset"]).read_text().splitlines()) == 12
    compile(Path(found["task"]).read_text(), "task", "exec")


def test_changed_parts_are_named(tmp_path: Path) -> None:
    """Against what was written down before, another prompt is a change, and the exit code says so."""
    spec, before = quick(tmp_path), tmp_path / "before.json"
    before.write_text(json.dumps(told("components", spec)))
    assert told("components", spec, "--against", before)["changed"] == {}
    prompt = tmp_path / "prompts" / "guide.md"
    prompt.write_text(f"{prompt.read_text()}\nBe brief.\n")
    assert told("components", spec, "--against", before, code=Exit.FAILED)["changed"] == {"prompt/guide": "changed"}
    assert "prompt/guide" in run("components", spec).output


def test_another_configuration_was_not_asked(tmp_path: Path) -> None:
    """Answers of one configuration are not shown as those of another."""
    found = run("answers", quick(tmp_path))
    assert found.exit_code == Exit.ERROR
    assert "was not asked yet in its present configuration" in found.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("answers", "SPEC", "--suite", "question"), "declares no 'question'. Did you mean 'questions'?"),
        (("answers", "SPEC", "--criterion", "nice"), "declares no 'nice'"),
        (("answers", "SPEC", "--outcome", "good"), "There is no outcome 'good'. Use pass, fail, unscored or error."),
        (("answers", "SPEC", "--case", "Q-999"), "No graded answer is of the case 'Q-999'"),
        (("card", "SPEC", "faithfull"), "declares no judge 'faithfull'. Did you mean 'faithful'?"),
        (("export", "SPEC", "question"), "declares no suite 'question'. Did you mean 'questions'?"),
        (("components", "SPEC", "--against", "none.json"), "Cannot read the configuration 'none.json'"),
        (("components", "SPEC", "--against", "ODD", "--raise"), "or the approved version (--approved)"),
        (("components", "SPEC", "--against", "ODD"), "'odd.json' holds no configuration"),
        (("import", "none.jsonl"), "'none.jsonl' cannot be read"),
        (("vary", "none.jsonl", "--by", "typo", "--to", "v.jsonl"), "none.jsonl"),
        (("vary", "SUITE", "--by", "parafrase", "--to", "v.jsonl"), "Did you mean 'paraphrase'"),
        (("vary", "SUITE", "--by", "translation", "--to", "v.jsonl"), "needs `--language`"),
        (("vary", "SUITE", "--by", "translation", "--language", "de", "--to", "v.jsonl"), "nothing was written"),
        (("import", "x.csv", "--column", "answer"), "does not say which column"),
        (("import", "x.txt"), "does not tell its format"),
        (("import", "x.jsonl", "--format", "trulens"), "No transcripts are of the format 'trulens'"),
        (("labels", "plan", "SPEC", "--criterion", "faithful", "--rater", "ann", "--double", "0.2"),
         "Double labels need two raters"),
        (("labels", "plan", "SPEC", "--criterion", "faithful", "--rater", "a", "--rater", "b", "-n", "900"),
         "A plan of 900 labels over 30 answers"),
        (("labels", "plan", "SPEC", "--criterion", "faithfull", "--rater", "a"), "Did you mean 'faithful'?"),
        (("labels", "plan", "SPEC", "--criterion", "declines", "--suite", "questions", "--rater", "a"),
         "No answer to questions is graded by 'declines'"),
        (("labels", "suggest", "SPEC", "--criterion", "faithful", "--rater", "a", "-n", "900"), "cannot be suggested"),
        (("labels", "export", "SPEC", "LB-9", "--rater", "ann", "--to", "s.csv"), "no plan of labels 'LB-9'"),
        (("labels", "import", "SPEC", "LB-9", "s.csv", "--rater", "ann"), "Cannot read the sheet 's.csv'"),
        (("labels", "settle", "SPEC", "LB-9"), "no plan of labels 'LB-9'"),
        (("labels", "withdraw", "SPEC", "LB-9", "--reason", "why"), "no plan of labels 'LB-9'"),
        (("labels", "disputes", "SPEC", "LB-9"), "no plan of labels 'LB-9'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    args: tuple[str, ...], says: str, spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wrong argument is one message that names it, and exit code 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.json").write_text("{}")
    suite = str(spec.parent / "suites" / "questions.jsonl")
    found = run(*({"SPEC": str(spec), "ODD": "odd.json", "SUITE": suite}.get(word, word) for word in args))
    assert found.exit_code == Exit.ERROR, found.output
    assert says in " ".join(found.output.split())


def test_wrong_sheets_and_decisions_are_said(spec: Path, tmp_path: Path) -> None:
    """A sheet of another kind, another's sheet, a task nobody planned and a verdict that is none are refused."""
    spec = own(spec, tmp_path / "study")
    plan = told("labels", "plan", spec, "--criterion", "faithful", "--rater", "ann", "-n", "20")["id"]
    export = ("labels", "export", spec, plan, "--to")
    assert "is .csv or .xlsx" in run(*export, tmp_path / "s.ods", "--rater", "ann").output
    assert "nothing to label" in run(*export, tmp_path / "s.csv", "--rater", "bob").output
    assert run(*export, tmp_path / "s.csv", "--rater", "ann").exit_code == Exit.PASSED
    labelled(tmp_path / "s.csv", "good")
    found = run("labels", "import", spec, plan, tmp_path / "s.csv", "--rater", "ann")
    assert "'good' is not pass, fail or unsure" in found.output
    assert told("labels", "list", spec)[0]["given"] == 0
    decide = ("labels", "adjudicate", spec, plan, "--actor", "lead", "--decide")
    assert "no task 'x'" in run(*decide, "x=pass").output
    assert "does not say pass or fail" in run(*decide, "x=good").output
    labelled(tmp_path / "s.csv", "pass")
    assert run("labels", "import", spec, plan, tmp_path / "s.csv", "--rater", "ann").exit_code == Exit.PASSED
    (filing,) = ledger_of(spec.parent / "runs").records.need("labels", plan)["filings"].values()
    assert (filing["rater"], filing["labels"]) == ("ann", 20)
    task = next(csv.reader((tmp_path / "s.csv").read_text(encoding="utf-8-sig").splitlines()[1:2]))[0]
    assert "Nobody disagrees" in run(*decide, f"{task}=pass").output


def test_labels_that_are_missing_need_a_reason(spec: Path, tmp_path: Path) -> None:
    """A plan that is labelled in part is settled only with a reason, and what nobody labelled keeps its chance."""
    spec = own(spec, tmp_path / "study")
    plan = told("labels", "plan", spec, "--criterion", "faithful", "--rater", "ann", "-n", "10")["id"]
    sheet = tmp_path / "s.csv"
    run("labels", "export", spec, plan, "--rater", "ann", "--to", sheet)
    rows = list(csv.reader(sheet.read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    rows[1][COLUMNS.index("verdict")] = "fail"
    with sheet.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    told("labels", "import", spec, plan, sheet, "--rater", "ann")
    to = tmp_path / "l.csv"
    assert "9 labels of LB-1 are missing" in run("labels", "settle", spec, "--to", to).output
    done = told("labels", "settle", spec, "--to", to, "--reason", "Ann fell ill.")
    assert (done["labelled"], done["answers"]) == (1, 10)
