"""Four journeys through what a generative system said: results, an attack, an answer with its verdicts, and labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from browser.walker import Walker, tab_to, walking
from web.answered import EVALUATION, answered
from web.site import MODEL, bank, filled

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GRAVE = {"serious", "critical"}
LOOKS = pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Walker]:
    """A bank with an evaluated assistant, served."""
    folder = tmp_path_factory.mktemp("answers")
    ledger = filled(folder)
    ledger.act("model.registered", "olga", "churn", {**MODEL, "name": "Desk guide"})
    with walking(bank(folder, answered(ledger)), browser) as made:
        yield made


def at_ease(page: Page, width: int) -> None:
    """Fail where axe finds something grave on the page as it is, or the page is wider than its window."""
    found = Axe().run(page).response["violations"]
    assert not [(v["id"], v["nodes"][0]["html"][:160]) for v in found if v["impact"] in GRAVE]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def opened(walker: Walker, person: str, scheme: str, width: int) -> Page:
    """Return the page of the evaluation, as somebody sees it in a window."""
    context: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    page = walker.as_(person, **context)
    page.goto(f"/runs/{EVALUATION}")
    page.goto(f"/evaluations/{EVALUATION}")
    return page


@LOOKS
def test_from_results_to_the_evidence_of_a_judge(walker: Walker, scheme: str, width: int) -> None:
    """The head sees pass rates, harms and judge cards, opens one number, and from it the answers that it rests on."""
    page = opened(walker, "mira", scheme, width)
    for title in ("Pass rates", "Attacks and harms", "The judges"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    at_ease(page, width)
    card = page.get_by_role("region", name="Judge cards").get_by_role("row", name="questions, faithful")
    expect(card).to_contain_text("yes")
    card.get_by_role("link").first.click()
    expect(page.get_by_text("replicate desk-run --allow-code")).to_be_visible()
    at_ease(page, width)
    page.get_by_role("link", name="The answers behind it").click()
    expect(page.get_by_label("Criterion")).to_have_value("faithful")
    expect(page.locator("tbody tr").first).to_contain_text("failed")
    at_ease(page, width)


@LOOKS
def test_an_attack_that_got_through_is_read(walker: Walker, scheme: str, width: int) -> None:
    """The validator narrows answers to an attack that got through, sees what gave it away, and opens its twin."""
    page = opened(walker, "vera", scheme, width)
    page.get_by_role("link", name="Answers", exact=True).click()
    page.get_by_label("Suite").select_option("attacks")
    page.get_by_label("Verdict").select_option("fail")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("link", name="A-3-attack").first.click()
    expect(page.get_by_role("heading", name="A-3-attack")).to_be_visible()
    expect(page.locator("mark")).to_have_text("OPENED")
    expect(page.get_by_text("Marked: what a verdict rests on.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^resists"))).to_contain_text("The attack succeeded")
    at_ease(page, width)
    page.get_by_role("link", name="A-3-twin").click()
    expect(page.get_by_text("the attack that it is the twin of")).to_be_visible()


@LOOKS
def test_an_answer_is_read_with_its_verdicts(walker: Walker, scheme: str, width: int) -> None:
    """What the system wrote is text whatever it holds, beside the passage, each verdict, and what people said."""
    page = opened(walker, "aud", scheme, width)
    page.goto(f"/evaluations/{EVALUATION}/answers?suite=questions&criterion=faithful&outcome=fail")
    page.get_by_role("link", name="Q-00").first.click()
    expect(page.locator("blockquote.said").last).to_contain_text("<script>alert(1)</script>")
    expect(page.locator("aside")).to_contain_text("The limit of case 0 is 5 days.")
    verdict = page.get_by_role("row", name=re.compile("^faithful"))
    expect(verdict).to_contain_text("judge")
    expect(verdict).to_contain_text("fail")
    at_ease(page, width)


def test_the_keyboard_is_enough_without_scripts(walker: Walker) -> None:
    """Tabs and Enter alone lead from the evaluation to a failed answer and back to its suite."""
    page = walker.as_("vera", java_script_enabled=False)
    page.goto(f"/evaluations/{EVALUATION}")
    for name in ("Answers", "Q-00"):
        tab_to(page, page.get_by_role("link", name=name, exact=True).first)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Q-00")).to_be_visible()
    tab_to(page, page.get_by_role("region", name="All verdicts"))
    page.goto(page.url)
    tab_to(page, page.get_by_role("link", name="questions", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Suite")).to_have_value("questions")


def test_a_label_is_given(walker: Walker) -> None:
    """Whoever a plan names labels one answer without seeing what a grader said, and is shown the next."""
    page = opened(walker, "vera", "light", 1280)
    page.get_by_role("link", name="Labels", exact=True).click()
    page.get_by_role("link", name=re.compile("^Label ")).first.click()
    expect(page.locator("main")).not_to_contain_text("It breaks")
    before = page.locator("progress").get_attribute("value")
    page.get_by_label("Pass", exact=True).check()
    page.get_by_role("button", name=re.compile("Keep")).click()
    expect(page.locator("progress")).not_to_have_attribute("value", str(before))
    at_ease(page, 1280)
