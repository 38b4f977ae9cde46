"""Pages: everything can be reached, sorted, narrowed, exported and done, also in the past; errors say what is wrong."""

from __future__ import annotations

import csv
import io

import pytest

from secondline.govern.record import RECORDS
from web.site import Bank, bank


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A bank that tests only read."""
    return bank(tmp_path_factory.mktemp("bank"))


def test_every_kind_of_record_is_listed(served: Bank) -> None:
    """Each kind has a list, its CSV and its JSON, and each record a page."""
    client = served.as_("vera")
    for kind in RECORDS:
        for ending in ("", ".csv", ".json"):
            assert client.get(f"/records/{kind}{ending}").status_code == 200, kind
        for row in served.ledger.records.page(kind).rows:
            found = client.get(f"/records/{kind}/{row['id']}")
            assert found.status_code == 200
            assert row["id"] in found.text


def test_lists_sort_narrow_and_page_on_the_server(served: Bank) -> None:
    """Order, filters and cursor are in the address, and the exports hold the same rows."""
    client = served.as_("aud")
    assert [r["id"] for r in client.get("/records/model.json?order=family").json()["rows"]] == [
        "retail-pd",
        "card-fraud",
    ]
    assert [r["id"] for r in client.get("/records/model.json?dir=desc").json()["rows"]] == ["retail-pd", "card-fraud"]
    assert [r["id"] for r in client.get("/records/model.json?family=fraud").json()["rows"]] == ["card-fraud"]
    rows = list(csv.DictReader(io.StringIO(client.get("/records/model.csv?family=fraud").text)))
    assert [row["id"] for row in rows] == ["card-fraud"]


@pytest.mark.parametrize(
    "address",
    ["/records/model?order=nothing", "/records/model?as_of=yesterday", "/records/model?tier=one",
     "/records/model?after=x", "/records/model?dir=up", f"/search?q={'x' * 500}"],
)  # fmt: skip
def test_what_cannot_be_asked_is_told(served: Bank, address: str) -> None:
    """A wrong parameter is a bad request with a sentence, never a failure of ours."""
    found = served.as_("vera").get(address)
    assert found.status_code == 400
    assert 'role="alert"' in found.text


def test_unknown_addresses_are_not_found(served: Bank) -> None:
    """An unknown kind, record, act, file or page is 404."""
    client = served.as_("vera")
    for address in ("/records/nothing", "/records/model/nothing", "/do/nothing", "/do/model.changed?id=nothing",
                    "/static/nothing", "/static/..%2fapp.py", "/nothing"):  # fmt: skip
        assert client.get(address).status_code == 404, address


def test_the_past_shows_what_stood_then(served: Bank) -> None:
    """A past day is marked as such, holds what stood then and offers nothing to do."""
    found = served.as_("olga").get("/records/model?as_of=2020-01-01")
    assert "2020-01-01" in found.text
    assert 'class="banner"' in found.text
    assert "retail-pd" not in found.text
    assert "/do/" not in found.text


def test_search_finds_by_id_and_name(served: Bank) -> None:
    """Words of a name lead to the record."""
    assert [r["id"] for r in served.as_("vera").get("/search.json?q=RETAIL").json()["rows"]] == [
        "retail-pd", "retail-pd@1.0.0",
    ]  # fmt: skip
