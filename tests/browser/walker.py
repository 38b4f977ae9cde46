"""People at their browsers: each signed in to one served bank; whatever goes wrong in a browser fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from web.site import Bank, listening

MOST_TABS = 150
EXPECTED = "Failed to load resource: the server responded with a status of 4"
"""What Chromium says of a refusal that a journey is about."""


@dataclass
class Walker:
    """A served bank and the browsers of its people."""

    bank: Bank
    url: str
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def as_(self, person: str, **context: Any) -> Page:
        """Return a page of a browser in which *person* is signed in ('' for a stranger)."""
        opened = self.browser.new_context(base_url=self.url, **context)
        opened.set_default_timeout(15_000)
        self.contexts.append(opened)
        if person:
            secret = self.bank.session(person)
            opened.add_cookies([{"name": self.bank.site.settings.cookie, "value": secret, "url": self.url}])
        page = opened.new_page()
        page.on("console", lambda m: self.said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.said.append(str(e)))
        page.on("request", lambda r: self.asked.append(r.url))
        return page

    def close(self) -> None:
        """Close every browser, and fail if one complained or asked a stranger for something."""
        for context in self.contexts:
            context.close()
        assert not [s for s in self.said if not s.startswith(EXPECTED)]
        assert not [a for a in self.asked if not a.startswith((self.url, "data:"))]


@contextmanager
def walking(bank: Bank, browser: Browser) -> Iterator[Walker]:
    """Serve *bank* and let people walk through it."""
    with listening(bank.app) as url:
        walker = Walker(bank, url, browser)
        yield walker
        walker.close()


def fill(page: Page, act: str, **answers: str) -> None:
    """Fill in the form of an act by its fields, and send it; ``id`` and ``reason`` are the act's own."""
    for name, answer in answers.items():
        own = name in {"id", "reason", "password"}
        place = page.locator(f'[id="{act}-{name}"]' if own else f'[id="{act}-f-{name}"]')
        if place.evaluate("e => e.tagName") == "SELECT":
            place.select_option(answer)
        elif place.get_attribute("type") == "checkbox":
            place.set_checked(answer == "yes")
        else:
            place.fill(answer)
    page.locator("form.act button.main").last.click()


def do(page: Page, title: str, act: str, **answers: str) -> None:
    """Press the button of an act on the page of a record, fill in its form and send it."""
    press(page, title)
    fill(page, act, **answers)
    expect(page.locator(".flash").first).to_contain_text("done")


def press(page: Page, title: str) -> None:
    """Press a button of acts, opening the list of further ones if it is there."""
    button = page.locator("nav.acts").get_by_role("link", name=title, exact=True)
    if not button.first.is_visible():
        page.locator("details.more > summary").first.click()
    button.first.click()


def tab_to(page: Page, place: Locator) -> None:
    """Go to *place* by the tabulator alone."""
    for _ in range(MOST_TABS):
        if place.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{place} cannot be reached by the keyboard")
