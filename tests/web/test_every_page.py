"""Every page: it answers, its siblings say the same, its links lead somewhere, and in the past nothing can be done."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from secondline.ledger.store import Ledger
from secondline.web.routes import PAGES
from web.lively import TODAY
from web.places import ADMIN, EMPTY, PLACES
from web.site import PEOPLE, Bank, bank

WALKED = ("/", "/inbox", "/models/card-fraud", "/validations/V-2", "/findings/F-1", "/approvals/AP-2", "/audit")
LINK = re.compile(r'href="(/[^"#]*)')
FORM = re.compile(r'<form[^>]* method="post" action="([^"]*)"')


def sibling(address: str, ending: str) -> str:
    """Return the address of the same page in another format."""
    path, _, query = address.partition("?")
    return f"{'/index' if path == '/' else path}.{ending}{'?' + query if query else ''}"


@pytest.mark.parametrize("address", [*PLACES, *ADMIN])
def test_a_page_answers_and_holds_no_markup_of_its_own(town: Bank, address: str) -> None:
    """It is there for whoever may see it, titled, with one heading and nothing inline."""
    found = town.as_("ada" if address in ADMIN else "mira").get(address)
    assert found.status_code == 200, address
    assert len(re.findall(r"<h1[ >]", found.text)) == 1
    assert " style=" not in found.text
    assert "<script>" not in found.text
    ids = re.findall(r' id="([^"]+)"', found.text)
    assert len(ids) == len(set(ids)), sorted({i for i in ids if ids.count(i) > 1})


def test_every_page_is_on_the_list() -> None:
    """No page is left out of what these tests look at; those of signing in have tests of their own."""
    own = {
        "/login",
        "/welcome/{secret}",
        "/do/{act}",
        "/records/{record}",
        "/runs/{id}/report/{format}",
        "/evaluations/{id}/labels/{plan}/sheet",
    }
    kinds = {re.sub(r"\{(\w+)(:\w+)?\}", r"[^/?]+", p.path) for p in PAGES.values() if p.path not in own}
    listed = [a.partition("?")[0] for a in (*PLACES, *ADMIN)]
    missing = [k for k in kinds if not any(re.fullmatch(k.replace("/records/[^/?]+/[^/?]+", "/records/.*"), a)
                                           for a in listed)]  # fmt: skip
    assert not missing


@pytest.mark.parametrize("address", [a for a in (*PLACES, *ADMIN) if not a.startswith(("/do", "/account"))])
def test_siblings_hold_the_same_rows(town: Bank, address: str) -> None:
    """CSV and JSON, where a page has them, answer; where both hold rows they are the same rows."""
    client = town.as_("ada" if address in ADMIN else "mira")
    text = client.get(address).text
    answers: dict[str, Any] = {}
    for ending in ("csv", "json"):
        offered = f">{ending.upper()}</a>" in text
        found = client.get(sibling(address, ending))
        assert found.status_code == 200 or not offered, (address, ending)
        answers[ending] = found if offered else None
    if not answers["csv"] or not answers["json"] or "rows" not in answers["json"].json():
        return
    rows = list(csv.DictReader(io.StringIO(answers["csv"].text)))
    told = answers["json"].json()["rows"]
    assert len(rows) == len(told)
    for row, other in zip(rows, told, strict=True):
        assert set(row) == set(other)
        for name, value in other.items():
            if isinstance(value, str) and not value.startswith(("=", "+", "-", "@")):
                assert row[name] == value


def test_no_link_leads_nowhere(town: Bank) -> None:
    """Each link of each page, for a head and for an admin, answers with a page or a file."""
    for person, places in (("mira", PLACES), ("ada", ADMIN), ("dev", WALKED)):
        client = town.as_(person)
        seen = {a for place in places for a in LINK.findall(client.get(place).text)}
        clean = [unescape(a) for a in sorted(seen) if "/report/" not in a]
        assert not [(person, a) for a in clean if client.get(a).status_code != 200]


@pytest.mark.parametrize("address", [a for a in PLACES if not a.startswith(("/do", "/account", "/audit/verify"))])
def test_the_past_offers_nothing_to_do(town: Bank, address: str) -> None:
    """On a past day there is a banner, no act and no form but the ones that ask; what came later is not there."""
    client = town.as_("mira")
    found = client.get(f"{address}{'&' if '?' in address else '?'}as_of=2026-06-30")
    assert found.status_code in {200, 404}, address
    if found.status_code == 404:
        return
    assert 'class="banner"' in found.text
    assert "/do/" not in found.text
    assert set(FORM.findall(found.text)) <= {"/logout"}
    assert "AP-2" not in found.text


@pytest.mark.parametrize("address", EMPTY)
def test_an_empty_bank_is_told_what_to_do(tmp_path: Path, address: str) -> None:
    """With nobody's work on record, each page answers and says so."""
    ledger = Ledger.open(tmp_path)
    for person, roles in PEOPLE.items():
        ledger.act("person.added", "ada", person, {"name": person, "roles": roles})
    found = bank(tmp_path, ledger).as_("mira").get(address)
    assert found.status_code == 200
    assert len(found.text) > 1_000


def test_the_day_is_the_ledgers(town: Bank) -> None:
    """Pages count from the ledger's day, not from the machine's."""
    assert f"live models on {TODAY}" in town.as_("mira").get("/").text
