"""Running: a gateway as its gateway.yaml says, from the passes to the address it listens on."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from secondline.core.errors import SpecError
from secondline.gateway.journal import LogJournal
from secondline.gateway.server import Serving, serve
from secondline.gateway.settings import Settings, place
from secondline.gateway.watching import Watch

FILE_URL = "sqlite:///"
log = logging.getLogger("secondline.gateway")


def serving_of(settings: Settings, base: Path) -> Serving:
    """Return how a gateway.yaml in the folder *base* says the gateway is reached.

    Raises:
        SpecError: the address has no port that can be.
    """
    host, _, port = settings.listen.rpartition(":")
    if not 0 <= int(port) <= 65_535:  # noqa: PLR2004 - the ports there are
        raise SpecError(f"`listen: {settings.listen}` has no such port; ports are 1 to 65535.")
    serving = Serving(
        host=host.strip("[]"),
        port=int(port),
        tokens=place(base, settings.tokens) if settings.tokens else None,
        open=settings.open,
        uses=tuple(sorted({use for served in settings.models.values() for use in served.uses})),
        behind_proxy=settings.behind_proxy,
        limit=settings.limits.waiting,
        deadline=settings.limits.deadline,
        target=settings.limits.aim,
        most_cases=settings.limits.rows,
        longest_body=settings.limits.bytes,
    )
    if settings.tls is None:
        return serving
    return replace(serving, certificate=place(base, settings.tls.certificate), key=place(base, settings.tls.key))


def log_of(settings: Settings, base: Path) -> str:
    """Return the address of the log; a file without a leading slash is in the folder of gateway.yaml."""
    if not settings.log.startswith(FILE_URL):
        return settings.log
    return FILE_URL + str(place(base, settings.log.removeprefix(FILE_URL)))


def run(settings: Settings, base: Path) -> None:
    """Serve what is approved until interrupted or terminated.

    Raises:
        SecondlineError: it would not be safe, or the log, the state, the tokens or a key cannot be used.
    """
    serving = serving_of(settings, base)
    serving.must_be_safe()
    serving.door()
    journal = LogJournal.at(log_of(settings, base), place(base, settings.state), policy=settings.log_unavailable)
    watch = Watch(settings, base, told=lambda what: log.info("%s", what))
    try:
        watch.start()
        serve(watch.desk, journal, serving)
    finally:
        watch.close()
