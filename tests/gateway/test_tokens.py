"""Tokens: deny by default, on every route."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from desks import Rig
from secondline.core.errors import SpecError
from secondline.gateway import tokens
from secondline.gateway.asked import Turned
from secondline.gateway.server import Serving
from secondline.gateway.tokens import Tokens

PUBLIC = {"/v2/health/live", "/v2/health/ready", "/livez", "/healthz", "/readyz", "/ping"}


def _statuses(rig: Rig, headers: dict[str, str]) -> dict[tuple[str, str], int]:
    async def each() -> dict[tuple[str, str], int]:
        found = {}
        for route in rig.app.map.routes:
            path = route.path.replace("{model}", "cards").replace("{version}", "1")
            found[route.method, route.path] = (await rig.ask(route.method, path, b"{}", headers)).status
        return found

    return asyncio.run(each())


def test_every_route_needs_a_token_or_is_declared_public(tmp_path: Path) -> None:
    """Without a token every route but health is 401; a new public route has to be added here."""
    tokens.add(tmp_path / "tokens.json", "someone")
    rig = Rig(tmp_path, tokens=tmp_path / "tokens.json")
    nobody = _statuses(rig, {})
    wrong = _statuses(rig, {"authorization": "Bearer sg_000000000000.guess"})
    rig.close()
    assert {path for (_, path), status in nobody.items() if status != 401} == PUBLIC
    assert wrong == nobody
    assert {route.path for route in rig.app.map.routes if route.right == "public"} == PUBLIC


@pytest.mark.parametrize("right", sorted(tokens.RIGHTS))
def test_a_right_opens_its_own_routes_alone(tmp_path: Path, right: str) -> None:
    """A token with one right gets 403 on every route that needs another."""
    token = tokens.add(tmp_path / "tokens.json", "someone", rights=[right])
    rig = Rig(tmp_path, tokens=tmp_path / "tokens.json")
    statuses = _statuses(rig, {"authorization": f"Bearer {token}"})
    rights = {(route.method, route.path): route.right for route in rig.app.map.routes}
    rig.close()
    assert all((status == 403) == (rights[key] not in {right, "public"}) for key, status in statuses.items())


def test_a_token_reaches_its_models_alone(tmp_path: Path) -> None:
    """A model outside the token is 403 on every route, is not listed, and takes no events."""
    token = tokens.add(tmp_path / "tokens.json", "someone", rights=["read", "score", "events"], models=["mixed"])
    rig = Rig(tmp_path, tokens=tmp_path / "tokens.json")
    head = {"authorization": f"Bearer {token}"}

    async def ask() -> list[int]:
        event = {"id": "1", "at": 1, "model": "cards", "decision": "d", "value": 1, "known": 2}
        found = [
            await rig.ask("GET", "/v2/models/cards", headers=head),
            await rig.ask("POST", "/v2/models/cards/infer", {}, head),
            await rig.ask("POST", "/v1/score/cards", {}, head),
            await rig.ask("POST", "/invocations", {"dataframe_records": [{"x1": 1}], "model": "cards"}, head),
            await rig.ask("POST", "/v1/labels", event, head),
        ]
        index = await rig.ask("POST", "/v2/repository/index", headers=head)
        assert [one["name"] for one in index.json] == ["mixed"]
        return [one.status for one in found]

    statuses = asyncio.run(ask())
    rig.close()
    assert statuses == [403] * 5


def test_the_caller_and_the_uses_come_from_the_token(tmp_path: Path) -> None:
    """The desk is told who calls and for which uses, whatever the body says."""
    token = tokens.add(tmp_path / "tokens.json", "till", uses=["card-authorisation"])
    rig = Rig(tmp_path, tokens=tmp_path / "tokens.json")
    body = {"inputs": {"x1": 1, "x2": 1, "x3": 1}, "use": "marketing"}
    asyncio.run(rig.ask("POST", "/v1/score/cards", body, {"authorization": f"Bearer {token}"}))
    rig.close()
    (asked,) = rig.desk.asked
    assert (asked.caller, asked.uses, asked.use) == ("till", frozenset({"card-authorisation"}), "marketing")


def test_an_open_gateway_lets_everybody_have_the_uses_served(tmp_path: Path) -> None:
    """Behind an open door a caller has the uses stated, or else those that the model is served for."""
    for uses, has in (((), {"U-1", "U-2"}), (("U-2",), {"U-2"})):
        rig = Rig(tmp_path / "-".join(("x", *uses)), uses=uses)
        rig.desk.documents = [one | {"uses": ["U-1", "U-2"]} for one in rig.desk.documents]
        body = {"inputs": {"x1": 1, "x2": 1, "x3": 1}}
        asyncio.run(rig.ask("POST", "/v1/score/cards", body))
        matrix = {"inputs": [{"name": "m", "shape": [1, 3], "datatype": "FP64", "data": [1, 2, 3]}]}
        asyncio.run(rig.ask("POST", "/v2/models/cards/infer", matrix))
        rig.close()
        assert [asked.uses for asked in rig.desk.asked] == [has, has]


def test_a_token_lapses_and_is_taken_back_without_a_restart(tmp_path: Path) -> None:
    """After its day a token is no more, and a removed one is out within a second; a broken file lets nobody in."""
    path, now = tmp_path / "tokens.json", [1000.0]
    first = tokens.add(path, "a", days=1, now=1000.0)
    second = tokens.add(path, "b", days=2, now=1000.0)
    door = Tokens(path, clock=lambda: now[0])

    def status(token: str) -> int:
        try:
            door.caller({b"authorization": b"Bearer " + token.encode()}, "score")
        except Turned as turned:
            return turned.status
        return 200

    assert (status(first), status(second)) == (200, 200)
    now[0] += tokens.DAY
    assert (status(first), status(second)) == (401, 200)
    tokens.remove(path, second)
    now[0] += 2
    assert status(second) == 401
    third = tokens.add(path, "c", now=now[0])
    now[0] += 2
    assert status(third) == 200
    path.write_text("{")
    now[0] += 2
    assert status(third) == 401


def test_the_file_holds_no_secret(tmp_path: Path) -> None:
    """Only a hash is kept, and the file is its owner's alone."""
    path = tmp_path / "tokens.json"
    token = tokens.add(path, "someone")
    assert token.partition(".")[2] not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"caller": " "}, "Name the caller"),
        ({"rights": ["all"]}, "no right 'all'"),
        ({"days": 0}, "1 to 366 days"),
        ({"days": 367}, "1 to 366"),
    ],
)
def test_a_token_that_cannot_be_is_refused(tmp_path: Path, given: dict[str, object], said: str) -> None:
    """A nameless caller, an unknown right and an endless token are not made."""
    with pytest.raises(SpecError, match=said):
        tokens.add(tmp_path / "tokens.json", **({"caller": "someone"} | given))  # type: ignore[arg-type]


def test_a_file_that_others_may_write_is_refused(tmp_path: Path) -> None:
    """Whoever could add a token could let themselves in; a missing file and a strange one are told of too."""
    path = tmp_path / "tokens.json"
    with pytest.raises(SpecError, match="cannot be read"):
        Tokens(path)
    tokens.add(path, "someone")
    with pytest.raises(SpecError, match="has no token 'nix'"):
        tokens.remove(path, "nix")
    path.chmod(0o666)
    with pytest.raises(SpecError, match="written by others"):
        Tokens(path)
    path.chmod(0o600)
    path.write_text("[1]")
    with pytest.raises(SpecError, match="is not a token file"):
        Tokens(path)


TOKENS = Path("tokens.json")


@pytest.mark.parametrize(
    ("serving", "said"),
    [
        (Serving(), "one of them"),
        (Serving(open=True, tokens=TOKENS), "one of them"),
        (Serving(open=True, host="0.0.0.0"), "every machine"),
        (Serving(open=True, host="10.0.0.1", behind_proxy=True), "every machine"),
        (Serving(tokens=TOKENS, host="0.0.0.0"), "in the clear"),
        (Serving(tokens=TOKENS, host="gateway.bank"), "in the clear"),
        (Serving(tokens=TOKENS, certificate=Path("c.pem")), "both files"),
    ],
)
def test_serving_that_is_not_safe_is_refused(serving: Serving, said: str) -> None:
    """No tokens, an open gateway beyond loopback, and tokens in the clear are all refused before anything listens."""
    with pytest.raises(SpecError, match=said):
        serving.must_be_safe()


@pytest.mark.parametrize(
    "serving",
    [
        Serving(open=True),
        Serving(tokens=TOKENS, host="::1"),
        Serving(tokens=TOKENS, host="0.0.0.0", behind_proxy=True),
        Serving(tokens=TOKENS, host="0.0.0.0", certificate=Path("c.pem"), key=Path("k.pem")),
    ],
)
def test_serving_that_is_safe_is_let_be(serving: Serving) -> None:
    """Loopback, TLS and a stated proxy are each enough."""
    serving.must_be_safe()
