"""Raters at their browsers: labels by keyboard, a sheet out and back, and a dispute settled by a third person."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.walker import Walker, tab_to, walking
from secondline.evals.labelling import COLUMNS, read_csv
from web.answered import EVALUATION, LABELLED, answered, registered
from web.site import bank

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACE = f"/evaluations/{EVALUATION}/labels/{LABELLED}"


@pytest.fixture
def walker(tmp_path: Path, browser: Browser) -> Iterator[Walker]:
    """A bank with a plan of labels begun, served."""
    ledger = registered(tmp_path)
    ledger.act("person.added", "ada", "vic", {"name": "Vic", "roles": ["validator"]})
    with walking(bank(tmp_path, answered(ledger)), browser) as made:
        yield made


def test_labels_are_given_and_settled_without_a_mouse(walker: Walker, tmp_path: Path) -> None:
    """Vera labels by keyboard on a narrow screen, Mira's sheet comes back, Vic settles what they disagree on."""
    vera = walker.as_("vera", viewport={"width": 360, "height": 740})
    vera.goto(PLACE)
    while not vera.get_by_text("You have labelled all").count():
        tab_to(vera, vera.get_by_role("radio", name="Pass"))
        vera.keyboard.press("Space")
        tab_to(vera, vera.get_by_role("button", name="Keep, and show the next"))
        with vera.expect_navigation():
            vera.keyboard.press("Enter")
    assert vera.evaluate("document.documentElement.scrollWidth") <= 360

    mira = walker.as_("mira")
    mira.goto(f"{PLACE}/about")
    with mira.expect_download() as coming:
        mira.get_by_role("link", name="Sheet of mira as CSV").click()
    rows = read_csv(Path(coming.value.path()).read_bytes())
    at, text = COLUMNS.index("verdict"), io.StringIO()
    csv.writer(text).writerows([rows[0], *([*row[:at], "fail", ""] for row in rows[1:])])
    back = tmp_path / "back.csv"
    back.write_text(text.getvalue(), encoding="utf-8")
    mira.goto(f"{PLACE}/about")
    mira.get_by_label("Whose it is").select_option("mira")
    mira.get_by_label("The sheet").set_input_files(back)
    mira.get_by_role("button", name="File its labels").click()
    expect(mira.get_by_text("You have labelled all")).to_be_visible()

    vic = walker.as_("vic")
    vic.goto(f"{PLACE}/disputes")
    while vic.get_by_role("button", name="Settle, and show the next").count():
        tab_to(vic, vic.get_by_role("radio", name="Pass"))
        vic.keyboard.press("ArrowRight")
        tab_to(vic, vic.get_by_role("button", name="Settle, and show the next"))
        with vic.expect_navigation():
            vic.keyboard.press("Enter")
    vic.get_by_role("button", name="Settle 15 labels").click()
    expect(vic.get_by_role("heading", name="Settled")).to_be_visible()
