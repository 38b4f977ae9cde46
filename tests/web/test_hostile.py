"""Hostile text: whatever people write is shown as text, exported as text, and runs nowhere."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from secondline.govern.record import RECORDS
from secondline.web.views import Column, Table, View, as_csv, as_json
from web.site import MODEL, Bank, bank, listening

SCRIPTS = (
    "<script>window.hit=1</script>", '"><img src=x onerror="window.hit=1">', "javascript:window.hit=1",
    "'--><svg onload=window.hit=1>", "{{ 7*7 }}", "</textarea><script>window.hit=1</script>",
)  # fmt: skip
ALL = " ".join(SCRIPTS)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A bank in which every text is an attack."""
    made = bank(tmp_path_factory.mktemp("<b>hostile"))
    act = made.ledger.act
    act("person.added", "ada", '<i>"x', {"name": ALL[:200], "roles": ["owner"], "email": ALL[:200]}, reason=ALL)
    act("model.registered", '<i>"x', "hostile",
        {**MODEL, "name": ALL[:200], "description": ALL, "method": ALL[:200], "tags": list(SCRIPTS), "owner": '<i>"x',
         "components": {s: s for s in SCRIPTS}, "business_line": ALL[:120]}, reason=ALL)  # fmt: skip
    act("version.registered", "dev", "hostile@<b>1", {"model": "hostile", "version": "<b>1", "description": ALL})
    act("use.proposed", "olga", "", {"model": "hostile", "name": ALL[:200], "purpose": ALL})
    return made


def pages(served: Bank) -> list[str]:
    """Return the addresses at which hostile text shows."""
    client = served.as_("mira")
    found = [
        "/records",
        "/search?q=%3Cscript%3E",
        "/account",
        "/do/model.changed?id=hostile",
        "/records/model?name=%22%3E",
    ]
    for kind in RECORDS:
        found.append(f"/records/{kind}")
        rows = client.get(f"/records/{kind}.json").json()["rows"]
        from urllib.parse import quote

        found += [f"/records/{kind}/{quote(row['id'], safe='@:')}" for row in rows]
    return found


def test_no_page_holds_what_was_written_as_markup(served: Bank) -> None:
    """None of the attacks is in any page unescaped, and no page has anything inline for the policy to forbid."""
    client, seen = served.as_("mira"), 0
    for address in pages(served):
        text = client.get(address).text
        for attack in ("<script>window", "<img src=x", "<svg onload", "</textarea><script", ">49<"):
            assert attack not in text, (address, attack)
        assert " style=" not in text
        assert "onclick" not in text
        seen += "window.hit" in text
    assert seen >= 5


@pytest.mark.browser
def test_nothing_runs_in_a_browser(served: Bank, browser: Browser) -> None:
    """In Chromium no attack runs, nothing breaks the policy, and nothing is fetched from elsewhere."""
    with listening(served.app) as url:
        context = browser.new_context()
        context.add_cookies([{"name": "secondline", "value": served.session("mira"), "url": url}])
        page, said, asked = context.new_page(), list[str](), list[str]()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: asked.append(request.url))
        for address in pages(served):
            page.goto(url + address)
            assert page.evaluate("window.hit") is None, address
        context.close()
    assert not said
    assert not [a for a in asked if not a.startswith((url, "data:"))]


@given(st.text(min_size=1, max_size=30))
def test_no_cell_of_a_csv_is_a_formula(text: str) -> None:
    """Whatever a cell holds, a spreadsheet takes it for text; everything else is kept as it was."""
    written = as_csv(Table("t", (Column("a"),), [{"a": text}]))
    (row,) = list(csv.DictReader(io.StringIO(written, newline="")))
    assert not row["a"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["a"].removeprefix("'") == text.removeprefix("'") or row["a"] == text


def test_exports_keep_numbers_and_order() -> None:
    """Numbers stay numbers (a negative one too), blanks stay blank, and markup made for the page is left out."""
    table = Table("t", (Column("n"), Column("b"), Column("x"), Column("h", kind="html")),
                  [{"n": -1.5, "b": True, "x": None, "h": "<b>"}])  # fmt: skip
    assert as_csv(table) == "n,b,x\r\n-1.5,true,\r\n"
    assert '"rows": [' in as_json(View("x", {}, table))


@pytest.mark.browser
def test_pages_are_accessible(served: Bank, browser: Browser) -> None:
    """axe finds no serious violation on the shell's own pages, light and dark, wide and narrow."""
    from axe_playwright_python.sync_playwright import Axe

    with listening(served.app) as url:
        for scheme, width in (("light", 1280), ("dark", 360)):
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]  # a literal
            page = context.new_page()
            page.goto(f"{url}/login")
            found = [("/login", v) for v in Axe().run(page).response["violations"]]
            context.add_cookies([{"name": "secondline", "value": served.session("ada"), "url": url}])
            for address in ("/records", "/records/model", "/records/model/hostile", "/do/person.added", "/account",
                            "/admin/access", "/records/model?as_of=2020-01-01", "/records/nothing"):  # fmt: skip
                page.goto(url + address)
                found += [(address, v) for v in Axe().run(page).response["violations"]]
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
            grave = [(a, v["id"], v["nodes"][0]["html"]) for a, v in found if v["impact"] in {"serious", "critical"}]
            assert not grave
            context.close()
