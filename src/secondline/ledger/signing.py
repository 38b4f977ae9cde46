"""Signing: a person who has registered a key signs the acts they make in Python and at the terminal."""

from __future__ import annotations

from collections.abc import Callable

from secondline.core.errors import Refused
from secondline.ledger.events import Event
from secondline.ledger.keys import Signer, own_key
from secondline.ledger.proof.seals import DOORS, SIGNED, sealed_text

REGISTERED = "key.registered"


def signed_text(event: Event) -> bytes:
    """Return what a signature covers: every field but itself and the seal, so that no act can be moved or repeated."""
    row = event.row()
    return sealed_text(SIGNED, (*row[:8], row[9]))


def pen(event: Event, key: str, signer: Signer | None) -> Callable[[Event], str] | None:
    """Return how *event* is signed once it has its place, or None where it needs no signature.

    *key* is the public key its actor has registered, or ''. Whoever registers a first key signs with that key, if it
    is at hand; a later key is vouched for by the one before it.

    Raises:
        Refused: the act must be signed, and the key is not at hand or is another one.
    """
    registering = event.kind == REGISTERED and not key
    if event.via not in DOORS or not (key or registering):
        return None
    found = signer or own_key(event.actor)
    wanted = str(event.changes.get("key", "")) if registering else key
    if found is None or found.public != wanted:
        if registering and found is None:
            return None
        raise Refused(
            f"{event.actor!r} signs their acts, and this one is not signed by the registered key {wanted[:16]}. "
            "Act from the machine that holds the key, or through the web page."
        )
    return lambda placed: found.sign(signed_text(placed)).hex()
