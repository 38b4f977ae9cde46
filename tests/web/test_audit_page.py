"""Audit and admin: every event is found, one event proves itself, the chain is recomputed; people are told apart."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from secondline.govern.act import ACTS
from secondline.govern.roles import ROLES
from web.lively import lively
from web.site import Bank, bank


def test_the_audit_holds_every_event(town: Bank) -> None:
    """The CSV has each event of the chain once, newest first, with its seal."""
    text = town.as_("aud").get("/audit.csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    events = town.ledger.records.events(limit=1_000)
    assert [int(r["seq"]) for r in rows] == [e.seq for e in reversed(events)]
    assert rows[0]["seal"] == events[-1].seal[:12]


def test_the_audit_is_narrowed(town: Bank) -> None:
    """By who, by what and by which record; a page of a hundred leads to the older ones."""
    client = town.as_("aud")
    assert {r["actor"] for r in client.get("/audit.json?actor=olga").json()["rows"]} == {"olga"}
    assert len(client.get("/audit.json?kind=pass.issued").json()["rows"]) == 1
    rows = client.get("/audit.json?subject=finding/F-1").json()["rows"]
    assert [r["act"] for r in rows] == ["Agree to the finding", "Issue the finding", "Raise a finding"]
    assert 'rel="next"' in client.get("/audit").text
    assert client.get("/audit?kind=nothing").status_code == 400


def test_one_event_shows_what_it_changed_and_its_seal(town: Bank) -> None:
    """Before and after, the seal that its content gives, its neighbours; no event is 404."""
    event = town.ledger.records.events(kind="finding.issued", limit=1)[0]
    client = town.as_("aud")
    text = client.get(f"/audit/{event.seq}").text
    assert "Its content matches its seal." in text
    assert event.seal in text
    assert f"/audit/{event.seq - 1}" in text
    changes = {c["field"]: (c["before"], c["after"]) for c in _changes(client.get(f"/audit/{event.seq}.csv").text)}
    assert changes["state"] == ("draft", "issued")
    for wrong in ("0", "999999", "x", "9" * 30):
        assert client.get(f"/audit/{wrong}").status_code == 404


def _changes(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_past_ends_where_it_ended(town: Bank) -> None:
    """On a past day no later event is listed."""
    rows = town.as_("aud").get("/audit.json?as_of=2026-01-31").json()["rows"]
    assert max(r["at"] for r in rows) < "2026-02-01"


def test_the_chain_is_recomputed_on_demand(tmp_path: Path) -> None:
    """An auditor asks, and reads that nothing is wrong; a tampered record is named; a developer may not ask."""
    served = bank(tmp_path, lively(tmp_path))
    client, developer = served.as_("aud"), served.as_("dev")
    assert developer.post("/audit/verify", data={"csrf": served.csrf(developer)}).status_code == 403
    assert _verified(served, client).startswith("0 problems")
    import sqlite3

    with sqlite3.connect(served.ledger.folder / "ledger.sqlite") as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        raw.execute("UPDATE events SET reason = 'nicer' WHERE seq = 16")
    assert not _verified(served, client).startswith("0 problems")


def _verified(served: Bank, client: object) -> str:
    """Ask for the recomputation, wait for its end, and return what it says."""
    import re

    from secondline.web.pages.audit import _CHECKS

    client.post("/audit/verify", data={"csrf": served.csrf(client)})  # type: ignore[attr-defined,arg-type]
    check = _CHECKS[str(served.ledger.folder)]
    assert check.done.wait(60)
    text = client.get("/audit/verify").text  # type: ignore[attr-defined]
    found = re.search(r"<b>(\d+ problems?)</b>", text)
    assert found
    return found[1]


@pytest.mark.parametrize(("person", "status"), [("ada", 200), ("aud", 200), ("mira", 200), ("vera", 403), ("olga", 403),
                                                ("dev", 403), ("abe", 403)])  # fmt: skip
def test_admin_is_for_keepers(town: Bank, person: str, status: int) -> None:
    """People, rules and the law are shown to admins, auditors and the head, and to nobody else."""
    for address in ("/admin", "/admin.csv", "/admin/law", "/admin/law.json"):
        assert town.as_(person).get(address).status_code == status


def test_admin_shows_people_and_rules(town: Bank) -> None:
    """Each person with their roles; the policy of approvals, the method and the packs in force; the ledger's state."""
    rows = {r["id"]: r for r in town.as_("aud").get("/admin.json").json()["rows"]}
    people = {p["id"]: p for p in town.ledger.records.find("person")}
    assert {i: r["roles"] for i, r in rows.items()} == {i: ", ".join(p["roles"]) for i, p in people.items()}
    text = town.as_("aud").get("/admin").text
    for part in ("approvals@2026.1", "tiering@2026.1", "us-sr26-2", town.ledger.head()[:16]):
        assert part in text
    assert "Add a person" not in text
    assert "Add a person" in town.as_("ada").get("/admin").text


def test_a_sign_in_is_noted(tmp_path: Path) -> None:
    """Who signed in, and when, stands on the admin page and in the access log."""
    from secondline.web.passwords import hashed

    served = bank(tmp_path, lively(tmp_path))
    served.site.access.set_password("vera", hashed("a sentence that is long"), served.site.now())
    client = served.as_("")
    client.get("/login")
    typed = {"person": "vera", "password": "a sentence that is long", "csrf": served.csrf(client)}
    assert client.post("/login", data=typed).status_code == 303
    rows = {r["id"]: r["signed_in"] for r in served.as_("ada").get("/admin.json").json()["rows"]}
    assert rows["vera"].startswith("2026-08-10 ")
    assert not rows["vito"]
    assert served.as_("aud").get("/admin/reads.json").json()["rows"][0]["record"] == "sign-in"


def test_the_law_is_shown_as_it_is(town: Bank) -> None:
    """Every act is there with exactly the roles that may do it; narrowed by record and by role."""
    client = town.as_("aud")
    rows = {r["name"]: r for r in client.get("/admin/law.json").json()["rows"]}
    assert set(rows) == set(ACTS)
    for name, act in ACTS.items():
        assert {role for role in ROLES if rows[name][role]} == set(act.roles), name
    assert {r["record"] for r in client.get("/admin/law.json?record=pass").json()["rows"]} == {"pass"}
    assert all(r["auditor"] for r in client.get("/admin/law.json?role=auditor").json()["rows"])
