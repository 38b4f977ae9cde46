"""A journey of drafting: a validator drafts a section, decides every sentence by keyboard and mouse, and reports it."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from browser.walker import do, tab_to, walking
from web.drafted import PAPER, desk_in
from web.lively import RUN

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MINE = "{{E211.title}}, seen on {{E211.about}}: {{E211.override_rate}}, outcome {{E211.outcome}}."


def clean(page: Page) -> None:
    """Axe finds nothing grave, and nothing is wider than the window."""
    found = Axe().run(page).response["violations"]
    assert not [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in {"serious", "critical"}]
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_a_section_is_drafted_decided_and_reported(tmp_path: Path, browser: Browser, scheme: str, width: int) -> None:
    """Dropped, drafted anew, accepted by keyboard, a lie refused where it was typed, finished, in the report."""
    desk = desk_in(tmp_path)
    with walking(desk, browser) as walker:
        page = walker.as_("vera", color_scheme=scheme, viewport={"width": width, "height": 800})
        page.goto(f"/runs/{RUN.id}")
        page.get_by_role("link", name="Drafted sections").click()
        page.get_by_role("link", name="PS-1").click()
        do(page, "Drop the passage", "passage.dropped", reason="Once more.")
        page.goto(f"/drafts/{RUN.id}")
        clean(page)
        page.locator("#section").select_option("use")
        page.get_by_role("button", name="Draft it").click()
        expect(page.get_by_text("0 of 3 decided.")).to_be_visible()
        for number in (1, 2):
            tab_to(page, page.get_by_role("button", name=f"Accept sentence {number}", exact=True))
            page.keyboard.press("Enter")
            expect(page.get_by_text(f"{number} of 3 decided.")).to_be_visible()
        third = page.locator("#s-3")
        third.get_by_text("Edit or reject").click()
        third.get_by_label("In your words").fill("The rate is 0.041.")
        third.get_by_role("button", name="Keep these words").click()
        expect(page.get_by_role("alert")).to_contain_text("FREE_DIGIT")
        expect(third.get_by_label("In your words")).to_have_value("The rate is 0.041.")
        third.get_by_label("In your words").fill(MINE)
        clean(page)
        third.get_by_role("button", name="Keep these words").click()
        expect(page.get_by_text("Everything is decided and told.")).to_be_visible()
        for rests in page.get_by_text("What it rests on").all():
            rests.click()
        clean(page)
        do(page, "Finish the passage", "passage.finished")
        report = page.request.get(f"/runs/{RUN.id}/report/html").text()
        assert "Text of vera (PS-2)" in report


def test_a_quote_leads_to_its_place(tmp_path: Path, browser: Browser) -> None:
    """From a clause to the marked words of the paper and back; another checklist is one choice away."""
    with walking(desk_in(tmp_path), browser) as walker:
        page = walker.as_("vera")
        page.goto("/documents")
        page.get_by_role("link", name=PAPER).click()
        page.get_by_role("link", name="Line 10").click()
        expect(page.locator("mark .mark-of:target")).to_have_text("DOC-4")
        page.locator("mark .mark-of").first.click()
        expect(page.locator("#c-4:target")).to_be_visible()
        page.get_by_label("Held against").select_option("us-sr26-2")
        expect(page.locator(".subtitle")).to_contain_text("US supervisory guidance")
        clean(page)
