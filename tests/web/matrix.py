"""The authorisation matrix: every route against everybody who could come; ``python -m web.matrix`` writes it anew."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from secondline.web.app import every_route
from secondline.web.tokens import make_token
from secondline.web.visitor import ANONYMOUS_COOKIE
from web.site import PEOPLE, Bank

GOLDEN = Path(__file__).with_name("matrix.txt")
KNOWN = {"record": "model", "id": "retail-pd", "act": "model.registered", "name": "app.css", "secret": "unknown",
         "digest": "0" * 64}  # fmt: skip
ACTS = "/api/v1/acts/"
"""Their rows follow from the law itself, and are checked against it."""
VISITORS = ("anonymous", *PEOPLE, "expired", "revoked", "left", "reader")


def routes(bank: Bank) -> list[tuple[str, str]]:
    """Return every method and path there is."""
    found = [(m, r.path) for r in every_route(bank.app.routes) for m in sorted(r.methods - {"HEAD"})]
    return sorted((pair for pair in found if pair[0] == "GET" or not pair[1].startswith(ACTS)), key=lambda p: p[::-1])


def visitors(bank: Bank) -> dict[str, dict[str, str]]:
    """Return the headers by which everybody comes."""
    site, cookie = bank.site, bank.site.settings.cookie
    headers = {person: {"cookie": f"{cookie}={bank.session(person)}"} for person in PEOPLE}
    old = bank.session("vera")
    session = site.access.session(old)
    assert session
    site.access.touch(replace(session), site.now() - site.settings.idle - 1)
    bank.ledger.act("person.added", "ada", "gone", {"name": "Gone", "roles": ["admin", "owner"]})
    left = bank.session("gone")
    bank.ledger.act("person.left", "ada", "gone", reason="Left the bank.")

    def token(**more: Any) -> str:
        return make_token(bank.ledger, site.access, "olga", site.now(), name="matrix", **more)

    dead = token()
    site.access.revoke_token(dead.removeprefix("sl_").partition(".")[0], site.now())
    return {
        "anonymous": {"cookie": f"{ANONYMOUS_COOKIE}=x"}, **headers,
        "expired": {"cookie": f"{cookie}={old}"}, "left": {"cookie": f"{cookie}={left}"},
        "revoked": {"authorization": f"Bearer {dead}"}, "reader": {"authorization": f"Bearer {token(read_only=True)}"},
    }  # fmt: skip


def answer(bank: Bank, who: str, method: str, path: str, headers: dict[str, str]) -> str:
    """Return what a visitor gets, in a word: ok, sign-in, 401, 403 or another status.

    Statements are sent empty and with the form's token, so that nothing but the visitor's rights decides.
    """
    client = bank.as_("")
    if address_ends_sessions(path):
        headers = (
            {**headers, "cookie": f"{bank.site.settings.cookie}={bank.session(who)}"} if who in PEOPLE else headers
        )
    address = re.sub(r"\{(\w+)(:\w+)?\}", lambda m: KNOWN.get(m[1], "1"), path)
    if method != "POST":
        response = client.get(address, headers=headers)
    elif address.startswith("/api/"):
        response = client.post(address, json={}, headers={**headers, "x-csrf-token": _csrf(bank, headers)})
    else:
        response = client.post(address, data={"csrf": _csrf(bank, headers)}, headers=headers)
    return _word(response.status_code, response.headers.get("location", ""), method)


def address_ends_sessions(path: str) -> bool:
    """Whether a form's address ends the session it is sent in."""
    return path in {"/logout", "/admin/access/close"}


def _csrf(bank: Bank, headers: dict[str, str]) -> str:
    from secondline.web.visitor import Visitor

    return Visitor(secret=headers.get("cookie", "").partition("=")[2]).csrf


def _word(status: int, location: str, method: str) -> str:
    if status == 303 and location.startswith("/login?"):
        return "sign-in"
    # What was let in and failed for want of a statement was let in.
    return "ok" if status in {200, 201, 303} or (method == "POST" and status in {400, 404, 409, 422}) else str(status)


def matrix(bank: Bank) -> str:
    """Return the whole matrix as text, one line for each route."""
    coming = visitors(bank)
    lines = [
        "# method path -> what each visitor gets; written by `python -m web.matrix`, to be read before it is committed"
    ]
    for method, path in routes(bank):
        words: dict[str, list[str]] = {}
        for name in VISITORS:
            words.setdefault(answer(bank, name, method, path, coming[name]), []).append(name)
        told = "; ".join(f"{word}: {' '.join(names)}" for word, names in sorted(words.items()))
        lines.append(f"{method} {path} -> {told}")
    return "\n".join(lines) + "\n"


def write() -> None:
    """Write the matrix anew, to be read before it is committed."""
    import tempfile

    from web.site import bank

    with tempfile.TemporaryDirectory() as folder:
        GOLDEN.write_text(matrix(bank(Path(folder))))


if __name__ == "__main__":
    write()
