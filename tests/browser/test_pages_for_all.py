"""Pages for everybody: axe finds nothing serious and nothing overflows, light and dark, wide and narrow, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from browser.walker import Walker, walking
from web.answered import answered
from web.drafted import PAPER, PASSAGE, drafted
from web.lively import lively
from web.places import ADMIN, PLACES
from web.site import bank
from web.watched import watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GRAVE = {"serious", "critical"}
ALSO = ("/models?as_of=2026-03-01", "/models/retail-pd?as_of=2026-03-01", "/models/nothing", "/records/finding",
        "/do/model.changed?id=retail-pd")  # fmt: skip

WHOLE = (("light", 1280), ("dark", 360))
"""Every page is looked at in these; the other two see what differs: colours, marks, matrix and drawing."""
FEW = ("/", "/models", "/models/retail-pd", "/findings/F-1", "/validations/V-2", "/policy/coverage", "/audit/20",
       "/monitoring/card-fraud", "/alarms/AL-1", "/gate?version=card-fraud@1.4.0&use=U-2",
       f"/passages/{PASSAGE}", f"/documents/{PAPER}")  # fmt: skip


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Walker]:
    """A lively bank, served, that is only looked at."""
    folder = tmp_path_factory.mktemp("all")
    with walking(bank(folder, drafted(answered(watched(lively(folder))))), browser) as made:
        yield made


def violations(page: Page) -> list[Any]:
    """Return what axe finds grave on a page."""
    found = Axe().run(page).response["violations"]
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in GRAVE]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360), ("dark", 1280), ("light", 360)])
def test_no_page_shuts_anybody_out(walker: Walker, scheme: str, width: int) -> None:
    """No serious violation, and no page wider than its window."""
    context: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    grave, wide = [], []
    every = (*PLACES, *ALSO) if (scheme, width) in WHOLE else FEW
    for person, places in (("mira", every), ("ada", ADMIN), ("", ("/login",))):
        page = walker.as_(person, **context)
        for address in places:
            page.goto(address)
            grave += [(address, *v) for v in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(address)
    assert not grave
    assert not wide


def test_a_page_is_printed_without_its_furniture(walker: Walker) -> None:
    """On paper there is no navigation, no form and no button, and the text is black."""
    page = walker.as_("mira")
    page.emulate_media(media="print")
    for address in ("/", "/models/retail-pd", "/validations/V-2", "/policy/coverage"):
        page.goto(address)
        for furniture in ("nav.main", "nav.acts", ".filters", ".search"):
            assert not any(one.is_visible() for one in page.locator(furniture).all()), (address, furniture)
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
