"""The HTML report in a browser without a network: the drawer, the keyboard, narrow screens, and no script at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reports.sample_run import hostile_run, sample_run
from secondline.reports import html
from secondline.reports.draft import draft

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the report of a whole run once and return its address."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html.render(draft(sample_run())), encoding="utf-8")
    return path.as_uri()


def test_a_figure_opens_its_evidence(page: Page, report: str) -> None:
    """A click on a number of the summary shows its record, with the SQL behind it; Escape closes it."""
    page.goto(report)
    figure = page.locator("#summary a[href^='#E-']").first
    name = (figure.get_attribute("href") or "")[1:]
    figure.click()
    drawer = page.locator("dialog.drawer")
    expect(drawer).to_be_visible()
    expect(page.locator("#drawer-title")).to_have_text(name)
    drawer.locator("details summary").first.click()
    expect(drawer.locator("pre").first).to_contain_text("SELECT")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_evidence_can_be_walked_with_the_keyboard(page: Page, report: str) -> None:
    """The arrows step through the records in order."""
    page.goto(report)
    page.locator("a[href='#E-2']").first.evaluate("link => link.click()")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#drawer-title")).to_have_text("E-3")


def test_an_address_leads_to_its_evidence(page: Page, report: str) -> None:
    """A link someone sends opens the record it names."""
    page.goto(f"{report}#E-4")
    expect(page.locator("#E-4")).to_be_attached()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, report: str, width: int) -> None:
    """On a telephone and on a desk, the page itself never scrolls sideways."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_names_run_nothing(page: Page, tmp_path: Path) -> None:
    """Names that hold scripts are shown as text; the page raises no error and opens no dialogue."""
    path = tmp_path / "hostile.html"
    path.write_text(html.render(draft(hostile_run())), encoding="utf-8")
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message))
    page.goto(path.as_uri())
    page.wait_for_load_state("load")
    assert not alerts


def test_it_reads_without_scripts(browser: Browser, report: str) -> None:
    """With scripts turned off every section, chart and record is there."""
    context = browser.new_context(java_script_enabled=False, offline=True)
    opened = context.new_page()
    opened.goto(report)
    assert opened.locator("svg").count() >= 3
    assert opened.locator(".record article").count() >= 10
    context.close()


@pytest.mark.slow
def test_the_report_of_an_assistant_fits_a_telephone(page: Page, tmp_path: Path) -> None:
    """Section 9 of a generative system, with its long names and reasons, never makes the page scroll sideways."""
    from secondline.workflow.witnessing import witness_of
    from witnessed import ran

    run, store = ran(tmp_path)
    path = tmp_path / "assistant.html"
    path.write_text(html.render(draft(run, witness=witness_of(store, run))), encoding="utf-8")
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
