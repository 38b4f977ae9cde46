"""Pages of labels: plans on record, labelling blind, sheets out and back, disputes, suggestions, and settling."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from secondline.evals.labelling import COLUMNS, read_csv
from secondline.evals.labelling.filed import read
from secondline.workflow.evaluating import kept_of
from secondline.workflow.sheets import book_of, read_book
from web.answered import EVALUATION, LABELLED, answered, registered, study
from web.answered import desk as desk_at
from web.site import Bank, bank

HOME = f"/evaluations/{EVALUATION}"
PLACE = f"{HOME}/labels/{LABELLED}"
TASK = re.compile(r'name="task" value="([0-9a-f]+)"')
AT = COLUMNS.index("verdict")


@pytest.fixture
def desk(tmp_path: Path) -> Bank:
    """A bank of one's own with the evaluation on record, and a plan of labels by Vera and Mira."""
    ledger = registered(tmp_path)
    ledger.act("person.added", "ada", "hal", {"name": "Hal", "roles": ["mrm-head"]})
    ledger.act("person.added", "ada", "vic", {"name": "Vic", "roles": ["validator"]})
    return bank(tmp_path, answered(ledger))


def labelled(bank: Bank, who: str, verdict: str) -> int:
    """Label all that is open for somebody, one after the other; returns how many there were."""
    client, seen = bank.as_(who), set()
    while found := TASK.search(client.get(PLACE).text):
        assert found[1] not in seen
        seen.add(found[1])
        sent = client.post(PLACE, data={"csrf": bank.csrf(client), "task": found[1], "verdict": verdict})
        assert sent.headers["location"] == PLACE
    return len(seen)


def test_a_rater_labels_blind_until_none_is_left(desk: Bank) -> None:
    """One answer after the other is shown without any verdict, and then the rater is thanked."""
    client = desk.as_("vera")
    text = client.get(PLACE).text
    assert "By the number." not in text
    assert "even" not in re.sub(r"<[^>]+>", "", text).split()
    assert labelled(desk, "vera", "fail")
    assert "You have labelled all" in client.get(PLACE).text


def test_labels_count_once_disputes_and_plan_are_settled(desk: Bank, tmp_path: Path) -> None:
    """Two disagree, a third settles blind, the plan is settled; then the file is what a study reads."""
    labelled(desk, "vera", "pass")
    assert list(csv.DictReader(io.StringIO(desk.as_("vera").get(f"{HOME}/labels.csv").text))) == []
    labelled(desk, "mira", "fail")
    vera, vic = desk.as_("vera"), desk.as_("vic")
    assert vera.post(f"{PLACE}/settle", data={"csrf": desk.csrf(vera)}).status_code == 409
    assert "a third person settles" in vera.get(f"{PLACE}/disputes").text
    assert "Raters disagree on 3 answers" in vera.get(f"{PLACE}/about").text
    task = TASK.search(vic.get(f"{PLACE}/disputes").text)
    assert task
    own = {"csrf": desk.csrf(vera), "task": task[1], "verdict": "fail"}
    assert vera.post(f"{PLACE}/disputes", data=own).status_code == 403
    assert vic.post(f"{PLACE}/disputes", data={**own, "csrf": desk.csrf(vic), "verdict": "unsure"}).status_code == 422
    while found := TASK.search(text := vic.get(f"{PLACE}/disputes").text):
        plain = re.sub(r"<[^>]+>", " ", text)
        assert "By the number." not in plain
        assert "vera" not in plain
        assert "mira" not in plain
        vic.post(f"{PLACE}/disputes", data={"csrf": desk.csrf(vic), "task": found[1], "verdict": "fail", "note": "5."})
    assert "Nobody disagrees" in vic.get(f"{PLACE}/disputes").text
    assert vic.post(f"{PLACE}/settle", data={"csrf": desk.csrf(vic)}).headers["location"] == f"{PLACE}/about"
    assert "who disagreed on 3" in vic.get(f"{PLACE}/about").text
    path = tmp_path / "given.csv"
    path.write_text(vic.get(f"{HOME}/labels.csv").text)
    kept = kept_of(desk.ledger.folder, study()[0].plan_digest)
    assert kept is not None
    labels = read([path], {r.trace.id: r.trace for r in kept.rows if r.trace}.values())
    assert len(labels) == 12
    assert sum(said.second is not None and said.second != said.label for said in labels.values()) == 3
    late = vera.post(PLACE, data={"csrf": desk.csrf(vera), "task": task[1], "verdict": "fail"})
    assert late.status_code == 409


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_sheet_goes_out_and_comes_back(desk: Bank, kind: str) -> None:
    """One's own sheet holds what one said and no verdict of a grader; filled and sent back it is filed, and kept."""
    client = desk.as_("vera")
    out = client.get(f"{PLACE}/sheet?as={kind}")
    assert f"{LABELLED}-vera.{kind}" in out.headers["content-disposition"]
    rows = read_csv(out.content) if kind == "csv" else next(iter(read_book(out.content).values()))
    assert sum(bool(row[AT]) for row in rows[1:]) == 3
    assert not any("By the number" in str(cell) for row in rows for cell in row)
    full = [rows[0], *([*row[:AT], "fail", "Odd."] for row in rows[1:])]
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text, delimiter=";").writerows(full)
        content = text.getvalue().encode()
    else:
        content = book_of({"labels": [[str(c or "") for c in row] for row in full]})
    files = {"sheet": (f"back.{kind}", content)}
    sent = client.post(f"{PLACE}/sheet", data={"csrf": desk.csrf(client)}, files=files)
    assert sent.headers["location"] == PLACE
    assert "You have labelled all" in client.get(PLACE).text
    filing = list(desk.ledger.records.need("labels", LABELLED)["filings"].values())[-1]
    assert filing["labels"] == len(rows) - 1
    assert desk.ledger.objects.get(filing["sheet"]) == content


def test_sheets_of_others(desk: Bank) -> None:
    """The second line hands out a rater's sheet, blank, and files it when it comes back; others may do neither."""
    vic, dev = desk.as_("vic"), desk.as_("dev")
    rows = read_csv(vic.get(f"{PLACE}/sheet?rater=vera").content)
    assert not any(row[AT] for row in rows[1:])
    assert dev.get(f"{PLACE}/sheet?rater=vera").status_code == 403
    text = io.StringIO()
    csv.writer(text).writerows([rows[0], *([*row[:AT], "pass", ""] for row in rows[1:])])
    files = {"sheet": ("vera.csv", text.getvalue().encode())}
    mine = {"csrf": desk.csrf(dev), "rater": "vera"}
    assert dev.post(f"{PLACE}/sheet", data=mine, files=files).status_code == 403
    sent = vic.post(f"{PLACE}/sheet", data={"csrf": desk.csrf(vic), "rater": "vera"}, files=files)
    assert sent.headers["location"] == f"{PLACE}/about"
    filing = list(desk.ledger.records.need("labels", LABELLED)["filings"].values())[-1]
    assert (filing["rater"], filing["by"]) == ("vera", "vic")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"task,verdict\nx,pass\n", "lacks the column"),
        (b"PK\x03\x04 nothing", "is no Excel workbook"),
        (b"\xff\xfe", "is not UTF-8"),
        (None, "Choose the sheet"),
    ],
)
def test_wrong_sheets_are_refused_whole(desk: Bank, content: bytes | None, says: str) -> None:
    """What is no sheet is told in words, and nothing of it is filed."""
    client = desk.as_("vera")
    files = {"sheet": ("s.csv", content)} if content is not None else None
    sent = client.post(f"{PLACE}/sheet", data={"csrf": desk.csrf(client)}, files=files)
    assert sent.status_code == 422
    assert says in sent.text
    assert len(desk.ledger.records.need("labels", LABELLED)["filings"]) == 3


def test_a_wrong_row_is_named(desk: Bank) -> None:
    """A sheet with one wrong row is not filed, and the row is named by its number."""
    client = desk.as_("vera")
    rows = read_csv(client.get(f"{PLACE}/sheet").content)
    rows[2][AT] = "perhaps"
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    files = {"sheet": ("s.csv", text.getvalue().encode())}
    sent = client.post(f"{PLACE}/sheet", data={"csrf": desk.csrf(client)}, files=files)
    assert "row 3: the verdict" in sent.text
    assert len(desk.ledger.records.need("labels", LABELLED)["filings"]) == 3


def test_no_object_is_read_through_a_sheet(desk: Bank) -> None:
    """The sheet is what was sent: a name in its place that is no digest of an object is not there."""
    client = desk.as_("vera")
    for name in ("../../ledger.sqlite", "0" * 64):
        sent = client.post(f"{PLACE}/sheet", data={"csrf": desk.csrf(client), "sheet": name})
        assert sent.status_code == 404


def test_the_next_labels_are_suggested(desk: Bank) -> None:
    """A suggestion comes after the plans that stand, asks nothing again, and has its chances on record."""
    client = desk.as_("vic")
    typed = {"csrf": desk.csrf(client), "of": "questions/faithful", "n": "6", "how": "suggest", "raters": "vera"}
    to = client.post(f"{HOME}/labels", data=typed).headers["location"]
    assert to == f"{HOME}/labels/LB-2/about"
    text = client.get(to).text
    assert "suggested, going by severity, margin" in text
    doc = desk.ledger.records.need("labels", "LB-2")
    first, second = desk_at(desk.ledger).works()
    assert (doc["after"], doc["chances"]) == (["LB-1"], second.plan.chances_digest)
    assert not {t.key for t in first.plan.tasks} & {t.key for t in second.plan.tasks}
    assert "planned already (LB-1, LB-2)" in client.post(f"{HOME}/labels", data={**typed, "how": "plan"}).text


def test_a_plan_is_made_by_the_second_line(desk: Bank) -> None:
    """A validator plans labels and is led to the first; a second plan, odd numbers and strangers are refused."""
    client = desk.as_("vera")

    def sent(**typed: str) -> tuple[int, str]:
        answer = client.post(f"{HOME}/labels", data={"csrf": desk.csrf(client), **typed})
        return answer.status_code, answer.headers.get("location", "")

    status, to = sent(of="questions/correct", n="8")
    assert status == 303
    assert "does the answer pass?" in client.get(to).text
    assert sent(of="questions/correct", n="8")[0] == 422
    assert sent(of="attacks/refuses", n="many")[0] == 422
    assert sent(of="attacks/refuses", n="8", raters="vera nobody")[0] == 404
    assert sent(of="attacks/refuses", n="8", raters="vera dev")[0] == 403
    assert sent(of="nowhere/refuses", n="8")[0] == 422
    assert sent(of="attacks/refuses", n="8", raters="mira")[1] == f"{HOME}/labels/LB-3/about"
    dev = desk.as_("dev")
    answer = dev.post(f"{HOME}/labels", data={"csrf": desk.csrf(dev), "of": "attacks/refuses", "n": "8"})
    assert answer.status_code == 403


def test_labels_of_others_are_not_given(desk: Bank) -> None:
    """Who is no rater may look and not label, and a rater may not label for another."""
    dev = desk.as_("dev")
    mira, vera = desk.as_("mira"), desk.as_("vera")
    tasks = {t.id: t.raters for t in desk_at(desk.ledger).work(LABELLED).plan.tasks}
    task = next(name for name, raters in tasks.items() if raters == ("mira",))
    for client in (dev, vera):
        typed = {"csrf": desk.csrf(client), "task": task, "verdict": "pass"}
        assert client.post(PLACE, data=typed).status_code == 403
    assert "gives you nothing to label" in dev.get(PLACE).text
    assert mira.post(PLACE, data={"csrf": desk.csrf(mira), "task": task, "verdict": "perhaps"}).status_code == 422
    assert vera.get(f"{HOME}/labels/nothing").status_code == 404


def test_a_plan_is_withdrawn_by_a_form_with_a_reason(desk: Bank) -> None:
    """The plan's page leads to the form; afterwards nothing is taken, and the list says so."""
    client = desk.as_("vic")
    assert "/do/labels.withdrawn" in client.get(f"{PLACE}/about").text
    typed = {"csrf": desk.csrf(client), "id": LABELLED, "reason": "Another rubric.", "then": f"{PLACE}/about"}
    assert client.post("/do/labels.withdrawn", data=typed).headers["location"] == f"{PLACE}/about"
    assert "nothing: withdrawn" in client.get(f"{HOME}/labels").text
    assert "no more are taken" in desk.as_("vera").get(PLACE).text


def test_missing_labels_need_a_reason(desk: Bank) -> None:
    """A plan labelled in part is settled with a reason, which its page shows."""
    client = desk.as_("vic")
    assert client.post(f"{PLACE}/settle", data={"csrf": desk.csrf(client)}).status_code == 422
    client.post(f"{PLACE}/settle", data={"csrf": desk.csrf(client), "reason": "Mira left."})
    assert "labels are missing: Mira left." in client.get(f"{PLACE}/about").text
