"""Where we stand: each figure is the count of the records it leads to."""

from __future__ import annotations

import re
from html import unescape

from secondline.workflow.calendar import LIVE, OPEN_FINDINGS
from web.lively import TODAY
from web.site import Bank

FIGURE = re.compile(r'<dt>([^<]+)</dt><dd[^>]*><a href="([^"]+)">([\d,]+)</a>')


def figures(town: Bank, query: str = "") -> dict[str, tuple[str, int]]:
    """Return each figure with the address it leads to."""
    text = town.as_("mira").get(f"/{query}").text
    return {name: (unescape(href), int(n.replace(",", ""))) for name, href, n in FIGURE.findall(text)}


def test_each_figure_counts_what_it_leads_to(town: Bank) -> None:
    """The list behind a figure has exactly as many rows as the figure says."""
    client, found = town.as_("mira"), figures(town)
    assert len(found) == 8
    for name, (href, n) in found.items():
        path, _, query = href.partition("?")
        rows = client.get(f"{path}.json?{query}").json()["rows"]
        if path == "/calendar" and name == "Due in 90 days":
            rows = [r for r in rows if not r["days_late"]]
        assert len(rows) == n, name


def test_figures_equal_the_records(town: Bank) -> None:
    """Live and unrated models, open and late findings, waiting approvals are as the records say."""
    look, found = town.ledger.records, figures(town)
    models = [m for m in look.find("model") if m["state"] in LIVE]
    open_ = [f for f in look.find("finding") if f["state"] in OPEN_FINDINGS]
    assert found["Live models"][1] == len(models)
    assert found["Not rated"][1] == sum(not m.get("tier") for m in models)
    assert found["Open findings"][1] == len(open_)
    assert found["Findings late"][1] == sum(str(f["due"]) < TODAY for f in open_) == 1
    assert found["Approvals waiting"][1] == 1


def test_the_heat_map_adds_up(town: Bank) -> None:
    """Fields by tiers hold every live model once, and each cell leads to its models."""
    rows = town.as_("mira").get("/index.json").json()["rows"]
    names = [n for n in rows[0] if n != "family"]
    assert sum(r[n] for r in rows for n in names) == figures(town)["Live models"][1]
    for r in rows:
        for name in names:
            tier = name.rpartition("_")[2] if name != "unrated" else "0"
            listed = town.as_("mira").get(f"/models.json?family={r['family']}&tier={tier}").json()["rows"]
            assert len(listed) == r[name]


def test_the_past_is_counted_as_it_was(town: Bank) -> None:
    """In May there was no finding, and in January no tier."""
    assert figures(town, "?as_of=2026-05-01")["Open findings"][1] == 0
    assert figures(town, "?as_of=2026-01-31")["Not rated"][1] == 5


def test_what_many_models_share_is_named(town: Bank) -> None:
    """The bureau and the method that two models stand on are shown with their number."""
    text = town.as_("mira").get("/").text
    assert re.search(r"bureau</a></td><td>data source</td><td class=\"num\">2<", text)
    assert re.search(r"gradient boosting</a></td><td>method</td><td class=\"num\">2<", text)


def test_the_inbox_is_of_ones_own(town: Bank) -> None:
    """Each sees what waits for them: the owner a finding, the developer a request, the head a dispute."""

    def asks(person: str) -> set[tuple[str, str]]:
        return {(r["ask"], r["id"]) for r in town.as_(person).get("/inbox.json").json()["rows"]}

    assert ("Answer the finding", "F-3") in asks("olga")
    assert ("Provide what was requested", "RQ-1") in asks("dev")
    assert ("Decide the dispute", "F-2") in asks("mira")
    assert ("Issue or withdraw the draft", "F-4") in asks("vera")
    assert not asks("aud")


def test_the_calendar_is_in_order_and_says_why(town: Bank) -> None:
    """Soonest first, each line with its rule; narrowed by what and by how far ahead."""
    client = town.as_("mira")
    rows = client.get("/calendar.json?ahead=365").json()["rows"]
    assert [r["due"] for r in rows] == sorted(r["due"] for r in rows)
    assert all(r["source"] for r in rows)
    assert {r["what"] for r in client.get("/calendar.json?what=finding&ahead=365").json()["rows"]} == {"finding"}
    late = client.get("/calendar.json?ahead=today").json()["rows"]
    assert {(r["model"], r["days_late"]) for r in late} >= {("card-fraud", 40), ("card-fraud", 26), ("retail-pd", 10)}
    assert client.get("/calendar?after=x").status_code == 400
