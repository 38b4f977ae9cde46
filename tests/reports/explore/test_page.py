"""The page of a look: one offline file without scripts, the same bytes, anchors that resolve, names that stay names."""

from __future__ import annotations

import re
from functools import cache
from html import unescape

import numpy as np
import pyarrow as pa
import pytest

from reports.test_html import OUTSIDE, Page
from secondline.core.explored import Amount, Exploration
from secondline.reports.explore import card, render
from secondline.reports.explore.marks import drawn
from secondline.reports.explore.parts import Bar, Bars, Heat, Point, Series, Share, Span, Spark, Trend
from secondline.reports.explore.pictures import pictured, ticks
from secondline.reports.explore.words import amount, instant, plain, quoted, share
from secondline.workflow.explore import explore

HOSTILE = "<img src=x onerror=alert(1)>\"'&`{{ 7*7 }}"


@cache
def found() -> Exploration:
    """Return a look with every section, at hostile names and values."""
    rng = np.random.default_rng(0)
    n = 600
    days = np.datetime64("2025-01-01") + rng.integers(0, 300, n)
    table = pa.table({
        HOSTILE: rng.normal(size=n), "x": rng.lognormal(size=n), "text": rng.choice(np.array([HOSTILE, "b"]), n),
        "y": rng.integers(0, 2, n), "at_date": days, "nested": [[1]] * n,
    })  # fmt: skip
    return explore(table, by="text", against={HOSTILE: table.slice(0, 300)}).found


def test_nothing_comes_from_outside_and_nothing_runs() -> None:
    """No address is fetched, no script and no handler is in the page, and its policy allows the one style only."""
    text = render(found())
    page = Page(text)
    assert not OUTSIDE.search(text.replace("onerror=alert(1)", ""))
    assert "<script" not in text
    assert not page.handlers
    assert "default-src 'none'; style-src 'sha256-" in unescape(text)
    assert 'style="' not in text


def test_names_and_values_stay_text() -> None:
    """A column, a level and a population named like markup are shown as they are, here and on the card."""
    for text in (render(found()), card(found())):
        assert "<img" not in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text
        assert "{{ 7*7 }}" in text


def test_every_link_leads_to_a_section() -> None:
    """Each anchor of the contents and of the tables is there once, and each column has its own."""
    page = Page(render(found()))
    sections = [name for name in page.ids if re.fullmatch(r"c-\d+", name)]
    assert set(page.links) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert len(sections) == len(found().columns)


def test_the_page_says_what_it_is() -> None:
    """It is called an exploration that judges nothing, every chapter is there, and n and intervals are given."""
    text = render(found())
    assert "An exploration, not a validation: it fixes no plan" in text
    for title in ("Overview", "Against the label", "Over time", "Between populations", "By segment",
                  "Columns that go together", "How these numbers were made"):  # fmt: skip
        assert f">{title}<" in text
    assert "guessed from name and values" in text
    assert "is counted as missing or not, and no more" in text


def test_the_same_look_gives_the_same_bytes() -> None:
    """Rendering is a function of the look."""
    assert render(found()) == render(found())


def test_marks_keep_within_their_frame() -> None:
    """Every coordinate of a small drawing lies inside it, whatever the numbers."""
    marks = (
        Spark((1, 0, 10**9), "s", open_low=True, open_high=True), Spark(tuple(range(80)), "s"),
        Trend((1.0, None, -5.0, 3.0), "t"),
        Share(0.3, 0.2), Share(0.1, 0.4, before=0.9), Span(0.5, -9.0, 9.0, 0.0, 1.0, at=0.2), Span(None, 0, 0, 0, 0),
    )  # fmt: skip
    for mark in marks:
        text = str(drawn(mark))
        width = float(re.findall(r'viewBox="0 0 (\d+)', text)[0])
        for x, _, w in re.findall(r'<rect class="\w+" x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)"', text):
            assert float(x) >= -0.01
            assert float(x) + float(w) <= width + 0.01


def test_small_counts_are_seen() -> None:
    """One row beside a thousand million still has a bar; an empty step has none."""
    heights = re.findall(r'height="([\d.]+)"/>', str(drawn(Spark((1, 0, 10**9), "s"))))
    assert heights == ["1", "0", "22"]


def test_pictures_hold_their_data() -> None:
    """A bar, a point and a cell each say their numbers to the pointer and to a reader of titles."""
    bars = pictured(Bars((Bar(0, 1, 0.4, "zero"), Bar(1, 2, 0.6, "one")), ((0, "0"),), ((0.5, "median"),)), "says")
    series = pictured(Series((Point("a", 1.0, 0.5, 1.5, "first"), Point("b", None, None, None, "gap"))), "says")
    heat = pictured(Heat(("p", "q"), ((None, -0.8), (-0.8, None))), "says")
    assert all(f"<title>{word}</title>" in bars for word in ("zero", "one", "median"))
    assert "first" in series
    assert "gap" not in series
    assert heat.count("p and q: -0.800") == 1
    assert pictured(Series((Point("a", None, None, None, ""),)), "says") == ""


@pytest.mark.parametrize(("top", "expected"), [(1.0, [0, 0.25, 0.5, 0.75, 1.0]), (7, [0, 2, 4, 6]), (0, [0])])
def test_ticks_are_round(top: float, expected: list[float]) -> None:
    """Axes are marked at round values from zero."""
    assert ticks(top) == pytest.approx(expected)


def test_words() -> None:
    """Numbers, shares, dates and estimates as a reader wants them; a backtick cannot end a code span."""
    assert [plain(x) for x in (3.0, 0.12345, 12345.67, 1e9 + 0.5, 1e-7)] == [
        "3",
        "0.1235",
        "12,345.7",
        "1e+09",
        "1e-07",
    ]
    assert [share(x) for x in (0, 1e-7, 0.5)] == ["0", "< 0.01 %", "50.0 %"]
    assert [instant(0), instant(3_600), instant(1e18)] == ["1970-01-01", "1970-01-01 01:00", "1e+18 s"]
    assert amount(Amount(5)) == "5"
    assert amount(Amount(2e6, 2e4)) == "\N{ALMOST EQUAL TO} 2 million \N{PLUS-MINUS SIGN} 2.0 %"
    assert quoted("a`b") == "'a`b'"
