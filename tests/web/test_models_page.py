"""Models: the inventory narrowed by the address, one model whole, its rating in two lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bank import BAD, GOOD
from web.lively import lively
from web.site import Bank, bank


def ids(town: Bank, query: str) -> list[str]:
    """Return the models a list shows."""
    return [r["id"] for r in town.as_("aud").get(f"/models.json?{query}").json()["rows"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [("tier=1", ["ifrs-ecl", "retail-pd"]), ("name=FRAUD", ["card-fraud"]), ("owner=otto", ["ifrs-ecl"]),
     ("machine_learning=yes", ["card-fraud", "retail-pd"]), ("state=in-use", ["card-fraud"]),
     ("family=fraud&tier=1", []), ("tier=0&order=id&dir=desc", ["tiering-method", "churn"])],
)  # fmt: skip
def test_the_inventory_is_narrowed_by_the_address(town: Bank, query: str, found: list[str]) -> None:
    """A view is an address: whoever opens it sees the same rows in the same order."""
    assert ids(town, query) == found


def test_a_long_inventory_is_paged_by_its_cursor(tmp_path: Path) -> None:
    """120 models come on three pages, each once, whatever they are sorted by; the CSV holds them all."""
    ledger = lively(tmp_path)
    for n in range(115):
        ledger.act("model.registered", "olga", f"many-{n:03}", {"name": f"Model {n % 7}", "owner": "olga"})
    client = bank(tmp_path, ledger).as_("olga")
    import re
    from html import unescape

    address, seen, pages = "/models?order=name&dir=desc", list[str](), 0
    while address:
        text = client.get(address).text
        seen += re.findall(r'<td data-label="Model"><a href="/models/([^"]+)">', text)
        pages += 1
        more = re.search(r'rel="next" href="([^"]+)"', text)
        address = unescape(more[1]) if more else ""
    assert (pages, len(seen), len(set(seen))) == (3, 120, 120)
    assert len(client.get("/models.csv?order=name").text.splitlines()) == 121


def test_a_model_is_shown_whole(town: Bank) -> None:
    """Versions, uses, validation, findings, ratings, limits, dependencies and history are on one page."""
    text = town.as_("olga").get("/models/retail-pd").text
    for part in ("retail-pd@2.3.0", "Card origination", "/validations/V-2", "/findings/F-1", "/records/rating/R-2",
                 "Thin files are few.", 'aria-label="source Credit bureau"', "The validator&#39;s view of opacity",
                 "Rate it"):  # fmt: skip
        assert part in text, part
    told = town.as_("olga").get("/models/retail-pd.json").json()
    assert {f["id"] for f in told["finding"]} == {f"F-{n}" for n in range(1, 7)}
    assert told["model"]["tier"] == 1


def test_a_model_of_the_past_has_the_tier_of_the_past(town: Bank) -> None:
    """Before the ratings it had none, and there was no finding on it."""
    told = town.as_("olga").get("/models/retail-pd.json?as_of=2026-01-31").json()
    assert (told["model"].get("tier", 0), told.get("finding", [])) == (0, [])


def test_late_findings_stand_at_the_top(town: Bank) -> None:
    """A model with a late finding says so, with the finding."""
    assert "1 finding late:" in town.as_("olga").get("/models/card-fraud").text


def test_the_card_is_markdown(town: Bank) -> None:
    """The model card names model, tier and owner."""
    text = town.as_("olga").get("/models/card-fraud/card.json").json()["markdown"]
    assert "Card fraud score" in text
    assert "olga" in text


def typed(served: Bank, client: Any, line: str, answers: dict[str, Any]) -> dict[str, str]:
    """Return what a browser would send of these answers."""
    flat = {k: str(v) for k, v in answers.items() if not isinstance(v, (bool, list))}
    flags = {k: "yes" for k, v in answers.items() if v is True}
    return {"csrf": served.csrf(client), "line": line, **flat, **flags,
            **{f"purposes-{p}": "yes" for p in answers["purposes"]}}  # fmt: skip


def test_two_lines_rate_and_the_head_resolves(tmp_path: Path) -> None:
    """The stricter rating counts, the page says that the lines differ, and only the head settles it."""
    served = bank(tmp_path, lively(tmp_path))
    owner, validator, head = (served.as_(p) for p in ("olga", "vera", "mira"))
    assert owner.post("/models/churn/rating", data=typed(served, owner, "first", GOOD)).status_code == 303
    assert validator.post("/models/churn/rating", data=typed(served, validator, "second", BAD)).status_code == 303
    text = head.get("/models/churn/rating").text
    assert "The lines differ: the first line says tier 3, the validator tier 1." in text
    assert "Decide the tier" in text
    assert "Decide the tier" not in validator.get("/models/churn/rating").text
    wanted = {"tier": "1", "reason": "Opacity."}
    refused = validator.post("/models/churn/tier", data={"csrf": served.csrf(validator), **wanted})
    assert refused.status_code == 403
    assert head.post("/models/churn/tier", data={"csrf": served.csrf(head), **wanted}).status_code == 303
    assert "The lines differ" not in head.get("/models/churn/rating").text
    assert served.ledger.records.need("model", "churn")["tier"] == 1


def test_a_rating_that_is_not_whole_is_told(tmp_path: Path) -> None:
    """A missing answer, a line that is none and a tier that is none come back with a sentence; nothing is recorded."""
    served = bank(tmp_path, lively(tmp_path))
    client, head = served.as_("olga"), served.as_("mira")
    whole = typed(served, client, "first", GOOD)
    for change in ({"complexity": ""}, {"value_per_year": "much"}, {"line": "third"}):
        assert client.post("/models/churn/rating", data=whole | change).status_code == 422
    assert head.post("/models/churn/tier", data={"csrf": served.csrf(head), "tier": "9"}).status_code == 422
    assert not served.ledger.records.find("rating", model="churn")
