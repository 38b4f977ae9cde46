"""Telling: the thread that sends notices while the pages are up, by the ways the environment names."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence

from secondline.core.errors import SecondlineError, SpecError
from secondline.ledger.access import Access
from secondline.ledger.store import Ledger
from secondline.web.alerting import AlertHook, Alertmanager, Sink, send_alarms
from secondline.web.webhooks import Webhook
from secondline.workflow.notices import Channel, Mail, gather, send_due

LOG = logging.getLogger("secondline.notices")
EVERY = 60.0


def channels(given: Mapping[str, str]) -> list[Channel]:
    """Return the ways to reach people that an environment names.

    Raises:
        SpecError: one is named by half.
    """
    found: list[Channel] = []
    if mail := given.get("SECONDLINE_SMTP"):
        sender = given.get("SECONDLINE_MAIL_FROM", "")
        if not sender:
            raise SpecError("SECONDLINE_SMTP needs SECONDLINE_MAIL_FROM, the sender's address.")
        found.append(Mail(mail, sender, given.get("SECONDLINE_URL", "").rstrip("/")))
    if hook := given.get("SECONDLINE_WEBHOOK"):
        secret = given.get("SECONDLINE_WEBHOOK_SECRET", "")
        if not secret:
            raise SpecError("SECONDLINE_WEBHOOK needs SECONDLINE_WEBHOOK_SECRET, which signs what is sent.")
        found.append(Webhook(hook, secret, private=given.get("SECONDLINE_WEBHOOK_PRIVATE") == "1"))
    return found


def sinks(given: Mapping[str, str]) -> list[Sink]:
    """Return the systems that alarms go to, as an environment names them.

    Raises:
        SpecError: one is named by half.
    """
    base = given.get("SECONDLINE_URL", "").rstrip("/")
    found: list[Sink] = []
    if url := given.get("SECONDLINE_ALERTMANAGER"):
        inside = given.get("SECONDLINE_ALERTMANAGER_PRIVATE") == "1"
        found.append(Alertmanager(url, given.get("SECONDLINE_ALERTMANAGER_TOKEN", ""), base, private=inside))
    if hook := given.get("SECONDLINE_ALERT_WEBHOOK"):
        secret = given.get("SECONDLINE_ALERT_WEBHOOK_SECRET", "")
        if not secret:
            raise SpecError("SECONDLINE_ALERT_WEBHOOK needs SECONDLINE_ALERT_WEBHOOK_SECRET, which signs what is sent.")
        inside = given.get("SECONDLINE_ALERT_WEBHOOK_PRIVATE") == "1"
        found.append(AlertHook(Webhook(hook, secret, private=inside), base))
    return found


def tell(ledger: Ledger, ways: Sequence[Channel], alarmed: Sequence[Sink] = ()) -> threading.Thread | None:
    """Begin to send notices and alarms in the background; nothing is begun where there is no way to send any."""
    if not ways and not alarmed:
        return None
    thread = threading.Thread(target=_on, args=(ledger, ways, alarmed), name="notices", daemon=True)
    thread.start()
    return thread


def _on(ledger: Ledger, ways: Sequence[Channel], alarmed: Sequence[Sink]) -> None:
    access = Access.of(ledger)
    while True:
        try:
            if ways:
                gather(ledger, access, time.time())
                send_due(ledger, access, ways, time.time())
            for trouble in send_alarms(ledger, access, alarmed, time.time()):
                LOG.warning("Alarms wait: %s", trouble)
        except SecondlineError as error:
            LOG.warning("Notices wait: %s", error)
        except Exception:
            LOG.exception("Notices wait for a defect of ours")
        time.sleep(EVERY)
