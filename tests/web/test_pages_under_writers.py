"""Pages while others write: no error, no page that contradicts itself, and no reader that waits for a writer."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from secondline.core.errors import SecondlineError
from web.site import MODEL, Bank, bank

WRITERS, ROUNDS = 8, 12
PAGES = ("/", "/models", "/models.json", "/models?family=fraud", "/findings", "/inbox", "/calendar", "/records",
    "/audit",
         "/models/retail-pd", "/search?q=new", "/models?as_of=2020-01-01", "/policy/coverage",
         "/api/v1/records/model?family=aml")  # fmt: skip


@pytest.fixture
def served(tmp_path: Path) -> Bank:
    """A bank with two models."""
    return bank(tmp_path / "runs", per_minute=0)


def write(served: Bank, number: int) -> None:
    """Register models and change them, as one of several people at once."""
    for n in range(ROUNDS):
        served.ledger.act("model.registered", "olga", f"new-{number}-{n}", {**MODEL, "name": f"New {number} {n}"})
        served.ledger.act("model.changed", "olga", f"new-{number}-{n}", {"family": ("aml", "fraud")[n % 2]})
        served.ledger.act("finding.raised", "vera", "", {"model": f"new-{number}-{n}", "statement": "Stale."})


@contextmanager
def writing(served: Bank) -> Iterator[list[BaseException]]:
    """Let eight people write until they are done; yields what went wrong with them."""
    trouble: list[BaseException] = []

    def one(number: int) -> None:
        try:
            write(served, number)
        except SecondlineError as error:
            trouble.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield trouble
    finally:
        for thread in threads:
            thread.join()


@pytest.mark.slow
def test_pages_hold_together_while_eight_people_write(served: Bank) -> None:
    """Every page answers, a list says how many rows it has and has as many, and at the end nothing is missing."""
    client, totals = served.as_("mira"), list[int]()
    with writing(served) as trouble:
        while len(served.ledger.records.events(kind="finding.raised", limit=1_000)) < WRITERS * ROUNDS and not trouble:
            for page in PAGES:
                found = client.get(page)
                assert found.status_code == 200, (page, found.text[:300])
            some = client.get("/models?name=New%201%20").text
            shown = len(set(re.findall(r'href="/models/(new-1-\d+)"', some)))
            totals.append(shown)
            said = re.search(r'class="count">([\d,]+)<', some)
            assert shown == (int(said[1]) if said else 0)
    assert trouble == []
    assert totals == sorted(totals)
    assert served.ledger.records.count("model") == {(): 2 + WRITERS * ROUNDS}
    assert served.ledger.records.count("model", ["family"])["aml"] == WRITERS * ROUNDS // 2
    assert len(client.get("/models.json?name=New").json()["rows"]) == WRITERS * ROUNDS


def test_a_reader_does_not_wait_for_a_writer(served: Bank) -> None:
    """While somebody holds the write lock, pages show what was committed before."""
    client = served.as_("mira")
    with served.ledger.database.writing() as connection:
        connection.exec_driver_sql("UPDATE now_model SET family = 'aml' WHERE id = 'retail-pd'")
        assert client.get("/models.json").json()["rows"][1]["family"] == "credit"
        assert client.get("/").status_code == 200
        connection.exec_driver_sql("UPDATE now_model SET family = 'credit' WHERE id = 'retail-pd'")
