"""Access: who may use which route, by the golden matrix; how people sign in and out; what no stranger can forge."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from secondline.core.errors import SpecError
from secondline.govern.act import ACTS
from secondline.web import passwords
from secondline.web import routes as web_routes
from secondline.web.app import create_app
from secondline.web.guard import HEADERS
from secondline.web.passwords import FREE_TRIES, hashed
from secondline.web.routes import PAGES, Page
from secondline.web.settings import Settings
from secondline.web.tokens import invitation, make_token
from secondline.web.views import View
from web.matrix import ACTS as ACT_PATHS
from web.matrix import GOLDEN, answer, matrix, visitors
from web.site import PEOPLE, Bank, bank, filled

SECRET = "a sentence that is long enough"


class Clock:
    """A clock that stands until it is moved."""

    now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash cheaply: what passwords cost is not what these tests are about."""
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", lambda: cheap)
    passwords._nobody.cache_clear()


def test_passwords_are_costly_to_guess() -> None:
    """What is kept is argon2id, at a cost of at least 19 MiB and two passes (OWASP's floor)."""
    kept = PasswordHasher().hash(SECRET)
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+)", kept)
    assert found
    assert (int(found[1]) >= 19_456, int(found[2]) >= 2) == (True, True)


@pytest.fixture
def served(tmp_path: Path) -> Bank:
    """A bank of one's own, whose clock stands still."""
    return bank(tmp_path, clock=Clock())


def move(served: Bank, seconds: float) -> None:
    """Let time pass."""
    clock = served.site.settings.clock
    assert isinstance(clock, Clock)
    clock.now += seconds


def sign_in(served: Bank, person: str, password: str, **settings: Any) -> tuple[Any, Any]:
    """Return a browser and the answer to its attempt to sign in."""
    client = served.as_("", **settings)
    client.get("/login")
    typed = {"person": person, "password": password, "csrf": served.csrf(client), "then": "/records/model"}
    return client, client.post("/login", data=typed)


def with_password(served: Bank, person: str = "vera") -> Bank:
    """Give somebody a password."""
    served.site.access.set_password(person, hashed(SECRET), served.site.now())
    return served


@pytest.mark.slow
def test_the_matrix_is_the_golden_one(tmp_path: Path) -> None:
    """Every route, every kind of visitor: a new route without a row fails, and so does a door left open."""
    assert matrix(bank(tmp_path)) == GOLDEN.read_text(), "Write it anew with `python -m web.matrix`, and read it."


@pytest.mark.slow
def test_acts_are_open_to_their_roles_only(tmp_path: Path) -> None:
    """Each act's route answers 403 to whoever has none of its roles, before anything they state is read."""
    served = bank(tmp_path)
    coming = visitors(served)
    for act in (a for a in ACTS.values() if not a.made):
        for person, roles in PEOPLE.items():
            word = answer(served, person, "POST", ACT_PATHS + act.name, coming[person])
            assert word == ("ok" if set(roles) & act.roles else "403"), (act.name, person)
        assert answer(served, "reader", "POST", ACT_PATHS + act.name, coming["reader"]) == "403"
        for nobody in ("anonymous", "expired", "revoked", "left"):
            assert answer(served, nobody, "POST", ACT_PATHS + act.name, coming[nobody]) == "401"


def test_a_route_that_does_not_say_who_stops_the_start(tmp_path: Path) -> None:
    """An endpoint without its `may` refuses to be served."""
    from secondline.web.app import must_be_closed

    app = create_app(filled(tmp_path))
    app.add_api_route("/open", lambda: "hello")
    with pytest.raises(SpecError, match="/open"):
        must_be_closed(app)


def test_serving_in_the_clear_beyond_this_machine_is_refused(tmp_path: Path) -> None:
    """Another address than loopback needs https."""
    with pytest.raises(SpecError, match="without https"):
        create_app(filled(tmp_path), Settings(host="0.0.0.0"))
    create_app(filled(tmp_path / "b"), Settings(host="0.0.0.0", secure=True))


def test_signing_in_begins_a_new_session(served: Bank) -> None:
    """The right password opens a session under a new secret, in a cookie scripts cannot read, and leads on."""
    client, answered = sign_in(with_password(served), "vera", SECRET)
    assert (answered.status_code, answered.headers["location"]) == (303, "/records/model")
    cookie = next(c for c in answered.headers.get_list("set-cookie") if c.startswith("secondline="))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert client.get("/account").status_code == 200


def test_a_planted_session_is_worth_nothing(served: Bank) -> None:
    """A secret that somebody put into the browser before signing in does not become a session."""
    client = with_password(served).as_("")
    client.cookies.set("secondline", "planted")
    client.get("/login")
    client.post("/login", data={"person": "vera", "password": SECRET, "csrf": served.csrf(client)})
    assert served.site.access.session("planted") is None


def test_https_binds_the_cookie_to_the_host(tmp_path: Path) -> None:
    """Behind https the cookie is `__Host-`, Secure, and browsers are told to stay with https."""
    served = with_password(bank(tmp_path, secure=True))
    client = served.as_("")
    client.base_url = client.base_url.copy_with(scheme="https")
    client.get("/login")
    answered = client.post("/login", data={"person": "vera", "password": SECRET, "csrf": served.csrf(client)})
    cookie = next(c for c in answered.headers.get_list("set-cookie") if c.startswith("__Host-secondline="))
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "max-age" in answered.headers["strict-transport-security"]


def test_sessions_end(served: Bank) -> None:
    """After half an hour unused, after twelve hours, at signing out, when the person leaves."""
    client = served.as_("vera")
    move(served, 29 * 60)
    assert client.get("/account").status_code == 200
    move(served, 31 * 60)
    assert client.get("/account").status_code == 303
    client = served.as_("vera")
    for _ in range(25):
        move(served, 29 * 60)
        client.get("/account")
    assert client.get("/account").status_code == 303
    client = served.as_("vera")
    secret = client.cookies["secondline"]
    assert client.post("/logout", data={"csrf": served.csrf(client)}).status_code == 303
    assert served.site.access.session(secret) is None
    client = served.as_("vera")
    served.ledger.act("person.left", "ada", "vera", reason="Retired.")
    assert client.get("/account").status_code == 303


def test_wrong_passwords_close_the_door_for_a_while(served: Bank) -> None:
    """Failures in a row make one wait, longer each time; a name that does not exist is answered alike."""
    with_password(served)
    answers = {name: [sign_in(served, name, "wrong wrong wrong")[1].text for _ in range(FREE_TRIES + 1)]
               for name in ("vera", "nobody")}  # fmt: skip
    assert "do not fit" in answers["vera"][0]
    assert "Try again in 2 seconds" in answers["vera"][-1]
    plain = [[re.sub(r'value="[^"]*"', "", text) for text in found] for found in answers.values()]
    assert plain[0] == plain[1]
    assert sign_in(served, "vera", SECRET)[1].status_code == 401
    move(served, 3)
    assert sign_in(served, "vera", SECRET)[1].status_code == 303


def test_leaving_by_the_address_is_not_possible(served: Bank) -> None:
    """Signing in never leads to another site."""
    client = with_password(served).as_("")
    client.get("/login")
    for then in ("https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil", "/a\r\nX: y"):
        typed = {"person": "vera", "password": SECRET, "csrf": served.csrf(client), "then": then}
        answered = client.post("/login", data=typed)
        assert answered.headers["location"] == "/"
        client.cookies.delete("secondline")
        client.get("/login")


def test_an_invitation_works_once(served: Bank) -> None:
    """A one-time link sets a password, signs in, and is used up; it ends after three days."""
    path = invitation(served.ledger, served.site.access, "abe", served.site.now())
    client = served.as_("")
    assert "Welcome, abe" in client.get(path).text
    typed = {"secret": path.rpartition("/")[2], "csrf": served.csrf(client), "password": "short", "again": "short"}
    assert client.post("/welcome", data=typed).status_code == 422
    assert client.post("/welcome", data=typed | {"password": SECRET, "again": SECRET + "x"}).status_code == 422
    assert client.post("/welcome", data=typed | {"password": SECRET, "again": SECRET}).status_code == 303
    assert client.get("/account").status_code == 200
    assert served.as_("").get(path).status_code == 410
    late = invitation(served.ledger, served.site.access, "abe", served.site.now())
    move(served, 4 * 86_400)
    assert served.as_("").get(late).status_code == 410


def test_forms_of_other_sites_do_nothing(served: Bank) -> None:
    """Without the token, with somebody else's, or from another origin, no form is carried out."""
    client, other = served.as_("olga"), served.as_("mira")
    typed = {"id": "retail-pd", "f.family": "aml"}
    for csrf, headers in (
        ("", {}), ("0" * 64, {}), (served.csrf(other), {}), (served.csrf(client), {"origin": "https://evil.example"}),
        (served.csrf(client), {"origin": "null"}), (served.csrf(client), {"sec-fetch-site": "cross-site"}),
    ):  # fmt: skip
        answered = client.post("/do/model.changed", data=typed | {"csrf": csrf}, headers=headers)
        assert answered.status_code == 403
    assert client.post("/api/v1/acts/model.changed", json={"id": "retail-pd"}).status_code == 403
    assert served.ledger.records.need("model", "retail-pd")["family"] == "credit"
    good = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
    answered = client.post("/do/model.changed", data=typed | {"csrf": served.csrf(client)}, headers=good)
    assert answered.status_code == 303


def test_every_answer_carries_its_guards(served: Bank) -> None:
    """Pages, files, data, refusals and errors all carry the policy, which allows nothing inline."""
    client = served.as_("vera")
    for address in ("/records", "/static/app.css", "/api/v1/me", "/nothing", "/records/model?as_of=x", "/admin/access"):
        headers = client.get(address).headers
        assert set(HEADERS) <= set(headers), address
        assert "unsafe" not in headers["content-security-policy"]
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_foreign_hosts_are_refused(served: Bank) -> None:
    """A request under a name that is not ours is not answered."""
    assert served.as_("vera").get("/records", headers={"host": "evil.example"}).status_code == 400


def test_large_bodies_are_refused_early(tmp_path: Path) -> None:
    """A body beyond the limit is 413, declared or not."""
    served = bank(tmp_path, max_body=10_000)
    client = served.as_("olga")
    form = {"csrf": served.csrf(client), "id": "x", "reason": "y" * 20_000}
    assert client.post("/do/model.registered", data=form).status_code == 413
    chunks = (b"x" * 1_000 for _ in range(100))
    headers = {"x-csrf-token": served.csrf(client), "content-type": "application/json"}
    assert client.post("/api/v1/acts/model.changed", content=chunks, headers=headers).status_code == 413


def test_tokens_have_at_most_their_persons_roles(served: Bank) -> None:
    """A token of part of the roles acts in those only; it dies with its date, its revocation and its person."""
    served.ledger.act("role.granted", "ada", "olga", {"role": "validator"}, reason="Both, for the test.")
    access, client = served.site.access, served.as_("")

    def make(**more: object) -> dict[str, str]:
        token = make_token(served.ledger, access, "olga", served.site.now(), name="t", **more)  # type: ignore[arg-type]  # passed on
        return {"authorization": f"Bearer {token}"}

    narrow, wide = make(roles=["validator"]), make(days=1)
    statement = {"id": "retail-pd", "form": {"family": "aml"}}
    assert client.post("/api/v1/acts/model.changed", json=statement, headers=narrow).status_code == 403
    assert client.post("/api/v1/acts/model.changed", json=statement, headers=wide).status_code == 200
    assert access.tokens("olga")[0].hash not in wide["authorization"]
    move(served, 86_401)
    assert client.get("/api/v1/me", headers=wide).status_code == 401
    assert client.get("/api/v1/me", headers=narrow).status_code == 200
    served.ledger.act("person.left", "ada", "olga", reason="Left.")
    assert client.get("/api/v1/me", headers=narrow).status_code == 401
    for wrong in ("Bearer", "Bearer sl_", "Bearer sl_x.y", "Basic b2xnYTp4", "Bearer " + "x" * 5000):
        assert client.get("/api/v1/me", headers={"authorization": wrong}).status_code == 401


def test_tokens_ask_for_no_more_than_there_is(served: Bank) -> None:
    """Roles the person has not, more than ninety days, no name and nobody are refused."""
    from secondline.core.errors import UnknownRecord

    def make(person: str = "olga", **more: Any) -> str:
        return make_token(served.ledger, served.site.access, person, 0.0, **{"name": "t", **more})

    wrong: list[dict[str, Any]] = [{"roles": ["admin"]}, {"days": 91}, {"days": 0}, {"name": " "}]
    for more in wrong:
        with pytest.raises(SpecError):
            make(**more)
    with pytest.raises(UnknownRecord):
        make("nobody")


def test_tokens_are_made_and_revoked_on_the_page(served: Bank) -> None:
    """A person makes a token with their password, sees it once, and revokes it; nobody revokes another's."""
    client = with_password(served, "olga").as_("olga")
    typed = {"csrf": served.csrf(client), "name": "import", "days": "10", "role-owner": "yes", "read_only": "yes"}
    assert client.post("/account/tokens", data=typed).status_code == 422
    shown = client.post("/account/tokens", data=typed | {"old": SECRET}).text
    token = re.search(r"sl_\w+\.[\w-]+", shown)
    assert token
    assert token[0] not in client.get("/account").text
    me = served.as_("").get("/api/v1/me", headers={"authorization": f"Bearer {token[0]}"}).json()
    assert me == {"id": "olga", "name": "Olga Example", "roles": ["owner"], "read_only": True}
    (kept,) = served.site.access.tokens("olga")
    other = served.as_("mira")
    revoke = {"token": kept.id, "csrf": served.csrf(other)}
    assert other.post("/account/tokens/revoke", data=revoke).status_code == 403
    assert client.post("/account/tokens/revoke", data=revoke | {"csrf": served.csrf(client)}).status_code == 303
    assert served.as_("").get("/api/v1/me", headers={"authorization": f"Bearer {token[0]}"}).status_code == 401


def test_reads_of_sensitive_records_are_noted(served: Bank) -> None:
    """Who read a person's record is listed for auditors; one's own record and lists are no such reads."""
    served.as_("vera").get("/records/person/olga")
    served.as_("vera").get("/records/person/vera")
    served.as_("mira").get("/api/v1/records/person/olga")
    rows = served.as_("aud").get("/admin/reads.json").json()["rows"]
    assert [(r["person"], r["record"], r["id"]) for r in rows] == [
        ("mira", "person", "olga"),
        ("vera", "person", "olga"),
    ]


def test_changing_the_password_ends_every_session(served: Bank) -> None:
    """After a change, other browsers have to sign in again."""
    client, elsewhere = with_password(served).as_("vera"), served.as_("vera")
    typed = {"csrf": served.csrf(client), "old": SECRET, "password": SECRET + " new", "again": SECRET + " new"}
    assert client.post("/account/password", data=typed | {"old": "wrong"}).status_code == 422
    assert client.post("/account/password", data=typed).status_code == 303
    assert elsewhere.get("/account").status_code == 303
    assert sign_in(served, "vera", SECRET + " new")[1].status_code == 303


def test_secrets_are_not_in_the_ledger(served: Bank) -> None:
    """Neither passwords, sessions nor tokens are in the ledger's file, and what is kept of them is not them."""
    client = with_password(served).as_("vera")
    token = make_token(served.ledger, served.site.access, "vera", served.site.now(), name="t")
    kept = b"".join(p.read_bytes() for p in served.ledger.folder.rglob("*") if p.is_file())
    for secret in (SECRET, client.cookies["secondline"], token.partition(".")[2]):
        assert secret.encode() not in kept
    assert (served.ledger.folder / "access.sqlite").stat().st_mode & 0o077 == 0


def test_two_pages_cannot_claim_one_address() -> None:
    """A second page under a path is a mistake found at once."""
    path = next(iter(PAGES))
    with pytest.raises(ValueError, match="Two pages"):
        web_routes.page(path, may="public")(lambda _: View("x"))
    assert isinstance(PAGES[path], Page)
