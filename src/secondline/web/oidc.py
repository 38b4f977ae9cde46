"""OIDC: signing on at the bank's identity provider, by authorisation code with PKCE and a nonce.

The provider says who somebody is; what they may do here is said by the ledger. Who signs on with a verified e-mail
address that exactly one active person has, is that person.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from secondline.core.errors import LedgerError, MissingExtra, Refused, SpecError, UnknownRecord
from secondline.web.answers import local
from secondline.web.pages.signing import begin

if TYPE_CHECKING:
    from secondline.web.seen import Seen
    from secondline.web.settings import Oidc

BACK = "/oidc/back"
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
LEEWAY, TIMEOUT = 60, 10.0


def start(seen: Seen) -> Response:
    """Lead to the provider, with a state that only this browser can bring back."""
    provider = _provider(seen)
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    state = _state(seen.visitor.secret, local(seen.text("then")))
    address = prepare_grant_uri(
        _facts(provider)["authorization_endpoint"], provider.client, "code", _redirect(seen), "openid email profile",
        state, nonce=_derived(seen.visitor.secret, state, "nonce"), code_challenge_method="S256",
        code_challenge=create_s256_code_challenge(_derived(seen.visitor.secret, state, "verifier")),
    )  # fmt: skip
    return RedirectResponse(address, 303)


def back(seen: Seen) -> Response:
    """Take what the provider says, make sure of it, and begin the session of whoever it is."""
    provider, state = _provider(seen), seen.text("state", longest=4_000)
    then = _then(seen.visitor.secret, state)
    if said := seen.text("error"):
        raise Refused(f"The identity provider refused: {said}.")
    facts = _facts(provider)
    claims = _claims(provider, facts, _exchanged(seen, provider, facts, state), seen, state)
    return begin(seen.site, _person(seen, claims), then)


def _provider(seen: Seen) -> Oidc:
    found = seen.site.settings.oidc
    if found is None:
        raise UnknownRecord("Single sign-on is not set up here.")
    return found


def _redirect(seen: Seen) -> str:
    return f"{seen.base}{BACK}"


def _state(secret: str, then: str) -> str:
    text = base64.urlsafe_b64encode(json.dumps([token_urlsafe(16), then]).encode()).decode()
    return f"{text}.{_derived(secret, text, 'state')}"


def _derived(secret: str, text: str, what: str) -> str:
    return hmac.new(secret.encode(), f"{what}:{text}".encode(), sha256).hexdigest()


def _then(secret: str, state: str) -> str:
    text, _, seal = state.partition(".")
    if not secret or not hmac.compare_digest(seal.encode(), _derived(secret, text, "state").encode()):
        raise Refused("This sign-on was not begun in this browser. Begin again at the sign-in page.")
    return str(json.loads(base64.urlsafe_b64decode(text))[1])


def _facts(provider: Oidc) -> dict[str, Any]:
    """Return what the provider says of itself, having checked that it is the one configured."""
    found = _fetched("GET", f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise SpecError(f"The identity provider calls itself {found.get('issuer')!r}, not {provider.issuer!r}.")
    return found


def _fetched(method: str, address: str, **more: Any) -> dict[str, Any]:
    """Return an answer of the provider; only https, or this machine, and no redirects."""
    try:
        import httpx
    except ImportError as error:
        raise MissingExtra.needs("Single sign-on", "oidc") from error
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise SpecError(f"The identity provider must be reached by https; got {address!r}.")
    try:
        found = httpx.request(method, address, timeout=TIMEOUT, follow_redirects=False, **more)
        found.raise_for_status()
        values = found.json()
    except (httpx.HTTPError, ValueError) as error:
        raise LedgerError(f"The identity provider could not be asked: {type(error).__name__}.") from error
    if not isinstance(values, dict):
        raise LedgerError("The identity provider's answer is not what the protocol says.")
    return values


def _exchanged(seen: Seen, provider: Oidc, facts: Mapping[str, Any], state: str) -> str:
    """Return the identity token that the code is good for."""
    form = {
        "grant_type": "authorization_code", "code": seen.text("code", longest=4_000), "redirect_uri": _redirect(seen),
        "client_id": provider.client, "code_verifier": _derived(seen.visitor.secret, state, "verifier"),
    }  # fmt: skip
    secret = {"auth": (provider.client, provider.secret)} if provider.secret else {}
    token = _fetched("POST", str(facts["token_endpoint"]), data=form, **secret).get("id_token")
    if not isinstance(token, str):
        raise Refused("The identity provider gave no identity.")
    return token


def _claims(provider: Oidc, facts: Mapping[str, Any], token: str, seen: Seen, state: str) -> dict[str, Any]:
    """Return what the identity token says, its signature, issuer, audience, times and nonce checked."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    keys = KeySet.import_key_set(_fetched("GET", str(facts["jwks_uri"])))  # type: ignore[arg-type]  # a JWK set as JSON
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY, iss={"essential": True, "value": provider.issuer}, exp={"essential": True},
        aud={"essential": True, "value": provider.client}, iat={"essential": True},
        nonce={"essential": True, "value": _derived(seen.visitor.secret, state, "nonce")},
    )  # fmt: skip
    try:
        found = jwt.decode(token, keys, algorithms=ALGORITHMS)
        registry.validate(found.claims)
    except (JoseError, ValueError) as error:
        raise Refused(f"The identity provider's word does not hold: {error}.") from error
    return dict(found.claims)


def _person(seen: Seen, claims: Mapping[str, Any]) -> str:
    email = str(claims.get("email", "")).strip().casefold()
    if not email or claims.get("email_verified") is not True:
        raise Refused("The identity provider vouches for no e-mail address, so nobody here can be found by it.")
    people = seen.ledger.records.find("person", state="active", kind="person")
    found = [p["id"] for p in people if str(p.get("email", "")).casefold() == email]
    if len(found) != 1:
        raise Refused(f"No one person here has the e-mail address {email}. An admin adds it to yours.")
    return str(found[0])
