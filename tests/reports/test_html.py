"""The HTML report: one offline file, the same bytes, links that resolve, and data that stay data."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from reports.sample_draft import HOSTILE, hostile_draft, sample_draft
from reports.sample_run import hostile_run, sample_run
from secondline.reports import html, layout
from secondline.reports.blocks import Draft
from secondline.reports.draft import draft

OUTSIDE = re.compile(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//|fetch\(""")


class Page(HTMLParser):
    """Collects ids, links, scripts and text of a page."""

    def __init__(self, source: str) -> None:
        """Read *source*."""
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.external: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag names and where it leads."""
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name == "href" and value and value.startswith("#"):
                self.links.append(value[1:])
            if name.startswith("on"):
                self.handlers.append(name)
            if name in {"src", "href"} and value and not value.startswith(("#", "data:")):
                self.external.append(value)


@pytest.fixture(scope="module")
def whole() -> str:
    """Render a whole run once."""
    return html.render(draft(sample_run()))


def test_one_offline_file(whole: str) -> None:
    """Nothing is loaded from anywhere, and no element carries a handler."""
    page = Page(whole)
    assert not page.external
    assert not page.handlers
    assert not OUTSIDE.search(re.sub(r"<script.*?</script>", "", whole, flags=re.DOTALL))


def test_the_same_run_gives_the_same_bytes(whole: str) -> None:
    """And nothing of the clock is in it."""
    assert html.render(draft(sample_run())) == whole


def test_links_resolve_and_ids_are_unique(whole: str) -> None:
    """Every link within the page has its target."""
    page = Page(whole)
    assert page.links
    assert set(page.links) <= {*page.ids, ""}
    assert len(page.ids) == len(set(page.ids))


def test_every_number_has_its_evidence(whole: str) -> None:
    """Each record of the draft is in the page, with the SQL it rests on."""
    made = draft(sample_run())
    assert all(f'"{note.id}"' in whole or f'id="{note.id}"' in whole for note in made.evidence)
    sql = next(iter(layout.queries(made).values()))
    assert sql.split("\n")[0][:20].replace('"', "") in whole.replace("&#34;", "").replace("&quot;", "").replace(
        '\\"', ""
    )


@pytest.mark.parametrize("make", [hostile_draft, lambda: draft(hostile_run())], ids=["draft", "run"])
def test_hostile_text_stays_text(make: Callable[[], Draft]) -> None:
    """Names that hold tags and scripts open none."""
    clean, spoilt = html.render(sample_draft()), html.render(make())
    assert spoilt.count("<script") == clean.count("<script")
    assert not Page(spoilt).handlers
    assert not Page(spoilt).external
    assert "</script> &amp;" not in spoilt
    assert HOSTILE
