"""OIDC: who a provider vouches for is the person with that address; nothing forged, replayed or foreign gets in."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from secondline.web.settings import Oidc
from web.site import Bank, bank, listening

KEY, FOREIGN = RSAKey.generate_key(2048, {"kid": "a"}), RSAKey.generate_key(2048, {"kid": "a"})
GOOD = {"email": "Vera@bank.example", "email_verified": True}


class Provider:
    """A small provider: remembers what was asked for, and says what a test wants it to say."""

    def __init__(self) -> None:
        self.issuer, self.asked = "", dict[str, str]()
        self.claims, self.key, self.secret = dict[str, Any](GOOD), KEY, "s3cret"
        self.app = Starlette(routes=[
            Route("/.well-known/openid-configuration", self.facts), Route("/keys", self.keys),
            Route("/token", self.token, methods=["POST"]),
        ])  # fmt: skip

    def facts(self, _: Request) -> JSONResponse:
        own = self.issuer
        return JSONResponse({"issuer": own, "authorization_endpoint": f"{own}/authorize",
                             "token_endpoint": f"{own}/token", "jwks_uri": f"{own}/keys"})  # fmt: skip

    def keys(self, _: Request) -> JSONResponse:
        return JSONResponse(KeySet([KEY]).as_dict(private=False))

    async def token(self, request: Request) -> JSONResponse:
        async with request.form() as form:
            verifier = str(form["code_verifier"])
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        sent = base64.b64decode(request.headers["authorization"].partition(" ")[2]).decode()
        if challenge != self.asked["code_challenge"] or sent != f"bank:{self.secret}":
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "bank",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked["nonce"],
            **self.claims,
        }
        return JSONResponse({"id_token": jwt.encode({"alg": "RS256", "kid": "a"}, claims, self.key)})


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """The provider, listening on this machine."""
    made = Provider()
    with listening(made.app) as url:  # type: ignore[arg-type]  # any ASGI application is served
        made.issuer = url
        yield made


@pytest.fixture
def served(provider: Provider, tmp_path: Path) -> Bank:
    """A bank whose people sign on at the provider."""
    provider.claims, provider.key = dict(GOOD), KEY
    return bank(tmp_path, oidc=Oidc(provider.issuer, "bank", provider.secret))


def sign_on(served: Bank, provider: Provider, then: str = "/records/model") -> tuple[Any, Any]:
    """Return a browser and the answer to its coming back from the provider."""
    client = served.as_("")
    assert "/oidc/start" in client.get(f"/login?{urlencode({'then': then})}").text
    led = client.get(f"/oidc/start?{urlencode({'then': then})}").headers["location"]
    assert led.startswith(f"{provider.issuer}/authorize?")
    provider.asked = {k: v[0] for k, v in parse_qs(urlsplit(led).query).items()}
    assert provider.asked["code_challenge_method"] == "S256"
    return client, client.get(f"/oidc/back?{urlencode({'code': 'c', 'state': provider.asked['state']})}")


def test_whoever_the_provider_vouches_for_is_signed_in(served: Bank, provider: Provider) -> None:
    """A verified address of one active person opens that person's session and leads on."""
    client, answered = sign_on(served, provider)
    assert (answered.status_code, answered.headers["location"]) == (303, "/records/model")
    assert "Vera Example" in client.get("/account").text


@pytest.mark.parametrize(
    "claims",
    [{"email_verified": False}, {"email": "nobody@bank.example"}, {"email": ""}, {"aud": "another"}, {"nonce": "old"},
     {"exp": 1}, {"iss": "https://evil.example"}],
    ids=str,
)  # fmt: skip
def test_what_does_not_hold_is_refused(served: Bank, provider: Provider, claims: dict[str, Any]) -> None:
    """A foreign issuer, audience, nonce, a late token, an unknown or unverified address: nobody is signed in."""
    provider.claims |= claims
    client, answered = sign_on(served, provider)
    assert answered.status_code == 403
    assert client.get("/account").status_code == 303


def test_a_forged_signature_is_refused(served: Bank, provider: Provider) -> None:
    """A token signed by another key than the provider's is worth nothing."""
    provider.key = FOREIGN
    assert sign_on(served, provider)[1].status_code == 403


def test_a_sign_on_of_another_browser_is_refused(served: Bank, provider: Provider) -> None:
    """The state is bound to the browser that began."""
    sign_on(served, provider)
    other = served.as_("")
    other.get("/login")
    back = f"/oidc/back?{urlencode({'code': 'c', 'state': provider.asked['state']})}"
    assert other.get(back).status_code == 403
    assert other.get("/oidc/back?state=x.y&code=c").status_code == 403


def test_two_people_with_one_address_are_nobody(served: Bank, provider: Provider) -> None:
    """An address that two people share signs in neither."""
    served.ledger.act("person.added", "ada", "vera2", {"name": "V", "email": "vera@bank.example", "roles": ["owner"]})
    assert sign_on(served, provider)[1].status_code == 403


def test_without_a_provider_there_is_no_sign_on(tmp_path: Path) -> None:
    """Where none is set up, the address is not found; one that is not reached by https is refused."""
    assert bank(tmp_path).as_("").get("/oidc/start").status_code == 404
    far = bank(tmp_path / "b", oidc=Oidc("http://idp.example", "bank", "x"))
    assert far.as_("").get("/oidc/start").status_code == 422
