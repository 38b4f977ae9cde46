"""Settings: which brokers, and how to reach them safely, from the log's address and the files it names.

Only the options listed here exist, and each means one thing; nothing else reaches the client library. A secret is never
in an address, which ends in logs and process lists: it is the first line of a file, and no message repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from secondline.core.errors import SpecError
from secondline.events.address import options, seconds, whole

HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
COMPRESSIONS = ("none", "gzip", "snappy", "lz4", "zstd")
LONGEST_SECRET = 10_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach the brokers. ``shared`` goes to every client; it may hold secrets, so it is left out of the text.

    ``create`` is the number of partitions of topics that are made where they are missing (0: none is made), ``copies``
    their replication factor. ``wait`` is how long a broker may take to take or answer; ``session`` after how many
    silent seconds a reader has left its group.
    """

    brokers: str
    shared: Mapping[str, Any] = field(repr=False)
    create: int = 0
    copies: int = 1
    wait: float = 30.0
    session: float = 45.0
    compression: str = "none"


def among(known: tuple[str, ...]) -> Callable[[str], str]:
    """Return a reader of one word of several."""

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return text

    return read


def existing(text: str) -> str:
    """Return the path of a file that is there."""
    if not Path(text).is_file():
        raise ValueError(f"there is no file '{text}'")
    return text


def secret(text: str) -> str:
    """Return the first line of a file."""
    lines = Path(existing(text)).read_text(encoding="utf-8")[:LONGEST_SECRET].splitlines()
    if not lines or not lines[0]:
        raise ValueError(f"the file '{text}' holds no secret on its first line")
    return lines[0]


def never(_: str) -> str:
    """Refuse a secret that stands in the address."""
    raise ValueError("must not stand in the address. Write it to a file and give password-file=FILE")


PLAIN: dict[str, Callable[[str], Any]] = {
    "create": whole(1, 1024),
    "copies": whole(1, 16),
    "wait": seconds(0.1, 600),
    "session": seconds(1, 1800),
    "compression": among(COMPRESSIONS),
}
SHARED: dict[str, tuple[str, Callable[[str], Any]]] = {
    "protocol": ("security.protocol", among(PROTOCOLS)),
    "mechanism": ("sasl.mechanism", among(MECHANISMS)),
    "user": ("sasl.username", str),
    "password-file": ("sasl.password", secret),
    "ca": ("ssl.ca.location", existing),
    "certificate": ("ssl.certificate.location", existing),
    "key": ("ssl.key.location", existing),
    "key-password-file": ("ssl.key.password", secret),
    "client": ("client.id", str),
}
REFUSED = {"password": never, "key-password": never}


def settings(url: str) -> Settings:
    """Read ``kafka://host:port,host:port?option=value``.

    Raises:
        SpecError: a host, an option or a file is wrong, or a password would travel or stand in the open.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise SpecError(
            "The address of a Kafka log must not hold a user or password. Use user=NAME&password-file=FILE."
        )
    if parts.path.strip("/"):
        raise SpecError("The address of a Kafka log has no path; topics are named where they are used.")
    hosts = parts.netloc.split(",")
    wrong = [host for host in hosts if not (m := HOST.fullmatch(host)) or not 0 < int(m[2]) < 65536]  # noqa: PLR2004 - ports
    if wrong:
        raise SpecError(f"{wrong[0]!r} is no broker. Write kafka://HOST:PORT,HOST:PORT.")
    readers = PLAIN | {name: read for name, (_, read) in SHARED.items()} | REFUSED
    stated = options(url, readers)
    shared = {SHARED[name][0]: value for name, value in stated.items() if name in SHARED}
    _check(shared)
    plain = {name: value for name, value in stated.items() if name in PLAIN}
    return Settings(parts.netloc, {"bootstrap.servers": parts.netloc} | shared, **plain)


def _check(shared: Mapping[str, Any]) -> None:
    protocol = shared.get("security.protocol", "PLAINTEXT")
    if protocol.startswith("SASL") and not {"sasl.mechanism", "sasl.username", "sasl.password"} <= shared.keys():
        raise SpecError(f"Protocol {protocol} needs mechanism, user and password-file.")
    if protocol == "SASL_PLAINTEXT" and shared["sasl.mechanism"] == "PLAIN":
        raise SpecError("PLAIN over SASL_PLAINTEXT shows the password to the network. Use SASL_SSL, or SCRAM.")
    strays = [name for name in shared if name.startswith(("sasl", "ssl"))]
    if protocol == "PLAINTEXT" and strays:
        raise SpecError("TLS or SASL options are given, and protocol is PLAINTEXT. Add protocol=SSL or SASL_SSL.")
    if ("ssl.certificate.location" in shared) != ("ssl.key.location" in shared):
        raise SpecError("A client certificate needs both certificate=FILE and key=FILE.")
