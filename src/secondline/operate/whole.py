"""Whole: what an installation runs by its settings: pages, gateways, ingestion, watching; one of them or all."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import httpx

from secondline.core.errors import SecondlineError, SpecError
from secondline.ledger.store import Ledger
from secondline.operate.processes import Program
from secondline.operate.settings import Settings
from secondline.policy.documents import load, read_spec, typed

if TYPE_CHECKING:
    from secondline.gateway.settings import Settings as GatewaySettings

Part = Literal["pages", "gateway", "ingest", "watch"]
PARTS: tuple[Part, ...] = ("pages", "gateway", "ingest", "watch")
DATABASE = "SECONDLINE_DATABASE"
Told = Callable[[str], None]


def programs(settings: Settings, config: Path) -> list[Program]:
    """Return every program that the settings name, in the order in which they start."""
    found = []
    words = ("--config", str(config))
    if settings.pages is not None:
        address = f"http://{settings.pages.host}:{settings.pages.port}/login"
        found.append(Program("pages", ("run", "pages", *words), lambda: answers(address)))
    for number, name in enumerate(settings.gateways, 1):
        label = "gateway" if len(settings.gateways) == 1 else f"gateway-{number}"
        found.append(Program(label, ("run", "gateway", "--gateway", name, *words), _listens(settings, name)))
    if settings.monitor is not None:
        found.append(Program("ingest", ("run", "ingest", *words)))
        if settings.monitor.studies:
            found.append(Program("watch", ("run", "watch", *words)))
    if not found:
        raise SpecError("The settings name nothing to run: no pages, no gateways, no monitor.")
    return found


def _listens(settings: Settings, name: str) -> Callable[[], bool]:
    gateway = gateway_settings(settings, name)
    scheme = "https" if gateway.tls else "http"
    # A gateway that may serve nothing is up as well: it says so to whoever asks.
    return lambda: answers(f"{scheme}://{gateway.listen}/livez")


def answers(address: str) -> bool:
    """Whether an address of this machine answers that all is well."""
    with suppress(httpx.TransportError):
        return httpx.get(address, timeout=2.0, verify=False).is_success  # noqa: S501 - whether it is up, nothing else
    return False


def gateway_settings(settings: Settings, name: str = "") -> GatewaySettings:
    """Return a gateway.yaml; where it names no ledger and no log, those of the whole.

    Raises:
        SpecError: the settings name no such gateway, or its file is not valid.
    """
    from secondline.gateway.settings import Settings as GatewaySettings

    if not settings.gateways or (name and name not in settings.gateways):
        known = ", ".join(settings.gateways) or "none"
        raise SpecError(f"The settings name no gateway {name!r}. Under `gateways` there is: {known}.")
    path = settings.path(name or settings.gateways[0])
    content, lines = load(path)
    if isinstance(content, Mapping):
        content = dict(content)
        if "passes" not in content:
            content.setdefault("ledger", str(settings.folder.resolve()))
        content.setdefault("log", settings.events_url)
    return typed(GatewaySettings, content, str(path), lines)


def in_place(settings: Settings) -> None:
    """Let whatever opens the ledger in this process find its database."""
    if settings.records.database:
        os.environ[DATABASE] = settings.records.database


def serve_gateway(settings: Settings, name: str = "") -> None:
    """Serve one gateway until told to end."""
    from secondline.gateway.running import run

    chosen = gateway_settings(settings, name)
    run(chosen, settings.path(name or settings.gateways[0]).parent.resolve())


def keep_watching(settings: Settings, stop: threading.Event, tell: Told) -> None:
    """Look at every watched model again and again until *stop* is set; what fails is told and tried again.

    Raises:
        SpecError: the settings name no study to watch.
    """
    from secondline.monitor.once import look_once
    from secondline.monitor.state import State
    from secondline.monitor.watched import Absent, watch

    monitor = settings.monitor
    if monitor is None or not monitor.studies:
        raise SpecError("The settings name no study under `monitor: studies:`, so there is nothing to watch.")
    state = State.open(settings.state_url)
    ledger = Ledger.open(settings.folder, database=settings.records.database)
    for path in monitor.studies.values():
        spec = read_spec(settings.path(path))
        watch(state, spec, settings.path(path).parent, absent=Absent(monitor.absent))
    while not stop.is_set():
        for model in monitor.models or tuple(monitor.studies):
            try:
                found, troubles = look_once(ledger, state, model, monitor.actor)
                tell(f"{model} is {found.status}")
                for trouble in troubles:
                    tell(f"{model}: not read: {trouble}")
            except SecondlineError as error:
                tell(f"{model}: {error}")
        stop.wait(monitor.every)
    state.close()
