"""Settings: what the person who starts the pages decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from secondline.core.errors import SpecError

MINUTE, HOUR = 60, 3600
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


@dataclass(frozen=True, slots=True)
class Oidc:
    """A provider of identity: who signs on there with a registered e-mail address is that person here."""

    issuer: str
    client: str
    secret: str
    title: str = "Single sign-on"


@dataclass(frozen=True, slots=True)
class Settings:
    """How the pages are served. ``secure`` says that people reach them by https."""

    host: str = "127.0.0.1"
    port: int = 8400
    secure: bool = False
    hosts: tuple[str, ...] = LOOPBACK
    max_body: int = 10_000_000
    idle: float = 30 * MINUTE
    absolute: float = 12 * HOUR
    confirmed: float = 10 * MINUTE
    """How long after giving the password an act that needs it may be done."""
    per_minute: int = 600
    """How often one caller may ask a minute; an export counts for ten; 0: no limit."""
    studies: str = ""
    """Folder whose model.yaml files may be run from the pages; empty: none."""
    oidc: Oidc | None = None
    clock: Callable[[], float] | None = None
    """For tests: seconds since 1970."""

    @property
    def cookie(self) -> str:
        """The name of the session's cookie: bound to host and https wherever https is used."""
        return "__Host-secondline" if self.secure else "secondline"

    def must_be_safe(self) -> None:
        """Refuse to serve people's sessions in the clear beyond this machine.

        Raises:
            SpecError: the address is not this machine's own and people do not come by https.
        """
        if not (_loopback(self.host) or self.secure):
            raise SpecError(
                f"Refusing to serve on {self.host!r} without https: passwords would cross the network in the clear. "
                "Put a proxy with TLS in front and say --secure, or serve on 127.0.0.1."
            )


def _loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
