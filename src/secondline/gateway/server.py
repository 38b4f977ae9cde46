"""Server: the gateway on an address, one process, until it is told to stop; then what is under way is finished."""

from __future__ import annotations

import gc
import ipaddress
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.errors import SpecError
from secondline.gateway.app import Bodies, Gateway
from secondline.gateway.asked import Desk
from secondline.gateway.batching import Batcher
from secondline.gateway.catalogue import Catalogue
from secondline.gateway.journal import LogJournal
from secondline.gateway.limits import Limit
from secondline.gateway.metrics import Metrics
from secondline.gateway.mlflow import Mlflow
from secondline.gateway.once import Once
from secondline.gateway.protocol import Protocol
from secondline.gateway.routes import table
from secondline.gateway.scoring import Scoring
from secondline.gateway.taking import Taking
from secondline.gateway.tokens import Door, Open, Tokens
from secondline.gateway.tracing import Quiet, tracing

if TYPE_CHECKING:
    import uvicorn

SWITCH = 0.0005
"""Seconds after which Python hands over between threads: short, so that the journal's thread is not kept waiting."""
KEPT_ALIVE = 30
COLLECTED = 10_000
"""New objects after which cycles are looked for: a request makes hundreds, and next to none of them in a cycle."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How the gateway is reached and what it lets through. Sizes are bytes, times seconds, limits cases."""

    host: str = "127.0.0.1"
    port: int = 8500
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    """Clients come by TLS to a proxy that alone can reach this address."""
    tokens: Path | None = None
    open: bool = False
    """Anybody may do anything: for trying out on this machine."""
    uses: tuple[str, ...] = ()
    """The uses that an open gateway lets everybody have."""
    deadline: float = 2.0
    limit: int = 1024
    target: float = 0.0
    """Time to answer that the adaptive limit aims for; 0 keeps the limit fixed."""
    most_cases: int = 10_000
    most_events: int = 10_000
    longest_body: int = 8 << 20
    patience: float = 10.0
    budget: int = 256 << 20
    drain: int = 30
    trace: bool | None = None

    def must_be_safe(self) -> None:
        """Refuse what would let strangers in or secrets out.

        Raises:
            SpecError: no tokens, or an address beyond this machine without TLS.
        """
        here = loopback(self.host)
        if bool(self.tokens) == self.open:
            raise SpecError(
                "Name a token file (`tokens`), or say `open` to let everybody on this machine in; one of them."
            )
        if self.open and not here:
            raise SpecError(
                f"An open gateway on {self.host} would let every machine in. Make tokens, or listen on 127.0.0.1."
            )
        if bool(self.certificate) != bool(self.key):
            raise SpecError("TLS needs both files, `certificate` and `key`.")
        if not here and not self.certificate and not self.behind_proxy:
            raise SpecError(
                f"Beyond this machine ({self.host}) tokens would travel in the clear. Give `certificate` and `key`, "
                "or say `behind_proxy` if only a proxy with TLS can reach this address."
            )

    def door(self) -> Door:
        """Return what finds out who calls.

        Raises:
            SpecError: the token file is not as it must be.
        """
        return Tokens(self.tokens) if self.tokens else Open(self.uses)


def loopback(host: str) -> bool:
    """Whether an address is of this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def application(desk: Desk, journal: LogJournal, serving: Serving, traces: Quiet | None = None) -> Gateway:
    """Return the gateway around a desk and a journal, as an ASGI application."""
    metrics, limit, catalogue = Metrics(), Limit(serving.limit, serving.target), Catalogue(desk)
    batcher = Batcher(desk, journal, limit, deadline=serving.deadline)
    once = Once(batcher, journal, serving.deadline)
    most = serving.most_cases
    routes = table(
        Protocol(desk, catalogue, once.decide, most, journal.ready),
        Scoring(catalogue, once.decide, most),
        Taking(journal, serving.most_events),
        Mlflow(catalogue, once.decide, most),
    )
    bodies = Bodies(serving.longest_body, serving.patience, serving.budget)
    app = Gateway(routes, serving.door(), bodies, journal, metrics, traces or tracing(on=serving.trace))
    once.told, batcher.told, journal.told = metrics.decided, metrics.took_turn, metrics.wrote

    def before_page() -> None:
        metrics.under_way.set(limit.under_way)
        metrics.limit.set(limit.now)
        metrics.spooled.set(journal.waiting())

    app.before_page, app.closing = before_page, _closing(batcher, journal, app)
    return app


def _closing(batcher: Batcher, journal: LogJournal, app: Gateway) -> Callable[[], None]:
    def close() -> None:
        batcher.close()
        journal.close()
        app.traces.close()

    return close


def server(app: Gateway, serving: Serving) -> uvicorn.Server:
    """Return the server of an application, not yet started.

    Raises:
        SpecError: it would not be safe, or the certificate cannot be read.
    """
    import uvicorn

    serving.must_be_safe()
    extra: dict[str, Any] = (
        {"ssl_certfile": serving.certificate, "ssl_keyfile": serving.key} if serving.certificate else {}
    )
    config = uvicorn.Config(
        app, host=serving.host, port=serving.port, log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_keep_alive=KEPT_ALIVE, timeout_graceful_shutdown=serving.drain,
        ws="none", lifespan="on",        http=_listener(), **extra,
    )  # fmt: skip
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise SpecError(f"The certificate or its key cannot be used: {error}") from error
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return uvicorn.Server(config)


def _listener() -> Any:
    try:
        from secondline.gateway.listening import Patient
    except ImportError:
        return "h11"
    return Patient


def serve(desk: Desk, journal: LogJournal, serving: Serving) -> None:
    """Serve until interrupted or terminated; what is under way is finished and kept first.

    Raises:
        SpecError: it would not be safe to serve so.
    """
    from secondline.gateway.logs import tell_in_json

    tell_in_json()
    sys.setswitchinterval(SWITCH)
    # What is loaded stays: the collector of cycles need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED, 20, 50)
    server(application(desk, journal, serving), serving).run()
