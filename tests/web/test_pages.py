"""Pages: everything can be reached, sorted, narrowed, exported and done, also in the past; errors say what is wrong."""

from __future__ import annotations

import csv
import io
from pathlib import Path

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
