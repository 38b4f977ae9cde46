"""Doing: every act by a plain form; what is wrong is shown in place, and the ledger's rules hold as everywhere."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from secondline.govern.act import ACTS
from secondline.web import forms
from web.site import MODEL, Bank, bank


@pytest.fixture
def served(tmp_path: Path) -> Bank:
    """A bank of one's own."""
    return bank(tmp_path)


def test_every_act_has_a_form(served: Bank) -> None:
    """Each act of the law shows its form with every question of it; what the product computes has none."""
    client = served.as_("olga")
    for act in ACTS.values():
        if not act.creates:
            continue
        found = client.get(f"/do/{act.name}")
        if act.made:
            assert found.status_code == 404, act.name
            continue
        assert found.status_code == 200, act.name
        assert set(re.findall(r'name="f\.(\w+)"', found.text)) == set(act.form.model_fields), act.name


def test_an_act_is_done_and_told(served: Bank) -> None:
    """A form that is right leads to the record, with a message that shows once."""
    client = served.as_("olga")
    answer = served.do(client, "model.registered", "new-one", **{k: str(v) for k, v in MODEL.items()}, users="a\nb",
                       machine_learning="yes", production_date="2026-01-02",
                       components="base = 1.0\nprompt = 7")  # fmt: skip
    assert (answer.status_code, answer.headers["location"].rpartition("/")[2]) == (303, "new-one")
    doc = served.ledger.records.need("model", "new-one")
    assert (doc["users"], doc["machine_learning"], doc["components"]) == (
        ["a", "b"],
        True,
        {"base": "1.0", "prompt": "7"},
    )
    assert "Register a model: done (new-one)." in client.get(answer.headers["location"]).text
    assert "Register a model: done" not in client.get(answer.headers["location"]).text
    (event,) = served.ledger.records.events(subject="model/new-one")
    assert event.via.startswith("web session ")


def test_what_was_typed_is_not_lost(served: Bank) -> None:
    """A wrong answer is shown beside its question, with everything else as it was typed."""
    answer = served.do(served.as_("olga"), "model.registered", "m", "Because <b>.", name="", description="Kept & shown",
                       family="astrology", autonomy="9", production_date="soon")  # fmt: skip
    assert answer.status_code == 422
    assert answer.text.count('class="error"') == 4
    for kept in ("Kept & shown", "Because <b>.", 'value="soon"', 'value="9"', 'name="id" value="m"'):
        assert kept in unescape(answer.text)
    assert not served.ledger.records.get("model", "m")


def test_rules_of_the_law_are_told_in_the_form(served: Bank) -> None:
    """An id the rules refuse comes back with the rule's own words."""
    answer = served.do(served.as_("olga"), "model.registered", "Bad Name", **{k: str(v) for k, v in MODEL.items()})
    assert answer.status_code == 422
    assert "is no id" in unescape(answer.text)


def test_a_correction_states_only_what_differs(served: Bank) -> None:
    """The form begins with what stands, and only the change is written."""
    client = served.as_("olga")
    page = client.get("/do/model.changed?id=retail-pd").text
    assert "Probability of default of cards." in page
    served.do(client, "model.changed", "retail-pd", **{k: str(v) for k, v in MODEL.items()} | {"family": "market"})
    assert served.ledger.records.events(subject="model/retail-pd")[-1].changes == {"family": "market"}


def test_a_missing_role_is_refused_and_on_record(served: Bank) -> None:
    """Whoever lacks the role gets 403 with the reason; the attempt is an event."""
    answer = served.do(served.as_("aud"), "model.registered", "m", **{k: str(v) for k, v in MODEL.items()})
    assert answer.status_code == 403
    assert "needs developer or mrm-head or owner" in answer.text
    assert served.ledger.records.events(kind="act.refused")[-1].actor == "aud"


def test_somebody_elses_change_is_shown(served: Bank) -> None:
    """A form decided on an old state of the record does nothing, and shows what changed."""
    client, seen = served.as_("olga"), served.ledger.records.need("model", "retail-pd")["seq"]
    served.ledger.act("model.changed", "mira", "retail-pd", {"family": "market"}, reason="Moved to trading.")
    typed = {"csrf": served.csrf(client), "id": "retail-pd", "seen": str(seen), "f.family": "aml"}
    answer = client.post("/do/model.changed", data=typed)
    assert answer.status_code == 409
    assert "Moved to trading." in answer.text


def test_an_act_out_of_turn_is_told(served: Bank) -> None:
    """An act the state does not allow is 409 with the state it needs."""
    served.ledger.act("use.ended", "olga", "U-1", reason="Over.")
    assert served.do(served.as_("olga"), "use.changed", "U-1", name="x").status_code == 409


def test_rights_need_the_password_again(served: Bank) -> None:
    """An old session grants nothing until its person gives the password again."""
    from secondline.web.passwords import hashed

    served.site.access.set_password("ada", hashed("a long enough secret"), served.site.now())
    client = served.as_("ada")
    secret = client.cookies["secondline"]
    session = served.site.access.session(secret)
    assert session
    served.site.access.touch(session, served.site.now() - 3600, confirmed=True)
    served.site.access.touch(session, served.site.now())
    assert "Your password again" in client.get("/do/role.granted?id=dev").text
    typed = {"csrf": served.csrf(client), "id": "dev", "reason": "Promoted.", "f.role": "owner"}
    assert client.post("/do/role.granted", data=typed).status_code == 422
    assert client.post("/do/role.granted", data=typed | {"password": "wrong"}).status_code == 422
    assert client.post("/do/role.granted", data=typed | {"password": "a long enough secret"}).status_code == 303
    assert "owner" in served.ledger.records.need("person", "dev")["roles"]


def test_values_survive_the_form() -> None:
    """What a form shows of a value is read back as that value, for every kind of question."""
    act = ACTS["use.proposed"]
    values = {"model": "m", "name": "n", "products": ["a", "b"], "decisions_per_year": 5, "adverse": True,
              "amount_per_year": 2.5,
              "bounds": [{"column": "x", "low": 0.5, "high": None, "values": ["p"]}]}  # fmt: skip
    typed = {f.input: f.value for f in forms.fields(act, values)}
    read, wrong = forms.read(act, typed, {})
    assert not wrong
    found = act.form.model_validate(read).model_dump(mode="json")
    assert {k: found[k] for k in values} == values
