"""Pages of a generative system: results, and answers with their verdicts."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from secondline.core.canonical import digest
from secondline.workflow.evaluating import FOLDER
from web.answered import ANSWER, EVALUATION, answered, registered
from web.lively import RUN
from web.site import Bank, bank
from witnessed import HOSTILE

HOME = f"/evaluations/{EVALUATION}"


@pytest.fixture
def desk(tmp_path: Path) -> Bank:
    """A bank of one's own with the evaluation on record."""
    return bank(tmp_path, answered(registered(tmp_path)))


def test_results_attacks_and_judges_are_shown(town: Bank) -> None:
    """The page of results holds pass rates, families of attacks and judge cards, each number with a link."""
    text = town.as_("aud").get(HOME).text
    assert "Pass rates by suite and criterion" in text
    assert "family-0" in text
    assert "Judge cards" in text
    assert f'href="/runs/{EVALUATION}/E-' in text
    assert 'href="#E-' not in text


def test_answers_are_narrowed(town: Bank) -> None:
    """Suite, criterion, verdict and stratum narrow the list; the CSV holds whole texts."""
    client = town.as_("vera")
    rows = list(csv.DictReader(io.StringIO(client.get(f"{HOME}/answers.csv?suite=questions&criterion=correct").text)))
    assert len(rows) == 40
    assert {row["outcome"] for row in rows} == {"passed", "failed"}
    failed = client.get(f"{HOME}/answers.json?criterion=correct&outcome=fail&stratum=even").json()["rows"]
    assert len(failed) == 10
    assert failed[0]["case"] == "Q-00"
    assert client.get(f"{HOME}/answers?outcome=none").status_code == 400
    assert "No answer is like that." in client.get(f"{HOME}/answers?suite=nowhere").text


def test_an_answer_is_shown_whole_and_as_text(town: Bank) -> None:
    """Question, answer, passages and every verdict with its reason are there; markup in an answer does nothing."""
    text = town.as_("dev").get(f"{HOME}/answers/{ANSWER}").text
    assert "What is the limit of case 0?" in text
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
    assert "The limit of case 0 is 5 days." in text
    assert "By the number." in text
    assert ">contradicted</span>" in text
    assert "<q>The limit of case 0 is 5 days.</q> <code>D-0</code>" in text
    assert town.as_("dev").get(f"{HOME}/answers/nothing").status_code == 404


def test_a_run_of_scores_has_no_answers(town: Bank) -> None:
    """The page of a credit model's run says that there is nothing to show, and its run does not offer it."""
    client = town.as_("vera")
    assert client.get(f"/evaluations/{RUN.id}").status_code == 404
    assert "/evaluations/" not in client.get(f"/runs/{RUN.id}").text
    assert HOME in client.get(f"/runs/{EVALUATION}").text


def test_answers_that_are_gone_are_told(desk: Bank) -> None:
    """Where answers are no longer kept, numbers are shown all the same and nothing else is pretended."""
    shutil.rmtree(desk.ledger.folder / FOLDER)
    client = desk.as_("vera")
    assert "are not kept beside this ledger" in client.get(HOME).text
    assert "only the numbers of the run" in client.get(f"{HOME}/answers").text
    assert client.get(f"{HOME}/answers/{ANSWER}").status_code == 404
    assert "No labels are planned" in client.get(f"{HOME}/labels").text


def test_the_page_of_judges_shows_their_acts(desk: Bank) -> None:
    """A card on record is shown as it stands today, with a link to its record; one that has ended is expired."""
    sums = {name: digest(name) for name in ("card", "identity", "rubric", "prompt", "labels")}
    form = sums | {"model": "churn", "judge": "faithful", "criterion": "faithful", "n": 80, "fit": True}
    dates = {"made": desk.ledger.today, "expires": "2031-01-01"}
    assert "Cards as they stand today" not in desk.as_("aud").get(HOME).text
    card = desk.ledger.act("judge.carded", "dev", "", form | dates).id
    text = desk.as_("aud").get(HOME).text
    assert f'href="/records/judge/{card}"' in text
    assert ">carded<" in text
    desk.ledger.act("judge.made-eligible", "vera", card, reason="Its errors are known.")
    assert 'class="badge good">eligible' in desk.as_("aud").get(HOME).text
    page = desk.as_("vera").get(f"/records/judge/{card}").text
    assert "Withdraw the judge" in page
