"""Alerting: alarms to the systems that wake people: pushed to an Alertmanager, or posted in its webhook's form.

Alarms only go out; no address takes any in. What could not be sent is sent again by the next round: an Alertmanager is
told of every open alarm each time, as it expects, and a webhook of each alarm that changed since it last took one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from secondline.core.canonical import canonical
from secondline.core.errors import SpecError
from secondline.govern.watching import OPEN
from secondline.web.webhooks import Resolve, Webhook, posted, resolved

if TYPE_CHECKING:
    from secondline.ledger.access import Access
    from secondline.ledger.records import Records
    from secondline.ledger.store import Ledger

STALE = 300.0
"""Seconds after which an Alertmanager that hears nothing more takes an alarm for over."""
RESOLVED = 900.0
"""Seconds for which the end of an alarm is told again and again, in case it was missed."""
MOST, BATCH = 200, 500
SEVERITY = {"amber": "warning", "red": "critical", "stop": "critical"}
Labels = dict[str, str]


def labels_of(alarm: Mapping[str, Any]) -> Labels:
    """Return what identifies an alarm elsewhere: nothing that changes while it is open but its level."""
    named = {name: str(alarm.get(name) or "") for name in ("model", "version", "metric", "slice", "basis")}
    return {"alertname": "SecondlineAlarm", "alarm": str(alarm["id"]), **{k: v for k, v in named.items() if v},
            "level": str(alarm["level"]), "severity": SEVERITY[str(alarm["level"])],
            **({"owner": str(alarm["owner"])} if alarm.get("owner") else {})}  # fmt: skip


def annotations_of(alarm: Mapping[str, Any], base: str = "") -> Labels:
    """Return what an alarm says to whoever reads it elsewhere."""
    found = {"summary": f"{alarm['metric']} of {alarm['model']} is {alarm['level']}",
             "description": str(alarm.get("note", "")), "state": str(alarm["state"]),
             "finding": str(alarm.get("finding", "")), "decide_by": str(alarm.get("due") or "")}  # fmt: skip
    return {k: v for k, v in found.items() if v} | ({"runbook": f"{base}/alarms/{alarm['id']}"} if base else {})


@dataclass(frozen=True, slots=True)
class Alert:
    """An alarm as other systems take it; ``ends`` is empty while it is open."""

    alarm: Mapping[str, Any]
    starts: str
    ends: str = ""

    def values(self, base: str, ends: str = "") -> dict[str, Any]:
        """Return it as an Alertmanager takes it."""
        return {
            "labels": labels_of(self.alarm), "annotations": annotations_of(self.alarm, base), "startsAt": self.starts,
            **({"endsAt": self.ends or ends} if self.ends or ends else {}),
            "generatorURL": f"{base}/alarms/{self.alarm['id']}" if base else "",
        }  # fmt: skip


class Sink(Protocol):
    """A system that alarms go to."""

    @property
    def name(self) -> str:
        """What it is called in the marks: how far it has come."""
        ...

    def send(self, current: Sequence[Alert], changed: Sequence[Alert], now: float) -> None:
        """Tell of what is current and what has changed; raises OSError or SpecError when it cannot be told now."""
        ...


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """An Alertmanager, by its second API: every open alarm each round, and those that ended a while ago."""

    url: str
    token: str = ""
    base: str = ""
    private: bool = False
    resolve: Resolve = resolved

    @property
    def name(self) -> str:
        """What it is called in the marks."""
        return f"alerts:{sha256(self.url.encode()).hexdigest()[:12]}"

    def send(self, current: Sequence[Alert], changed: Sequence[Alert], now: float) -> None:
        """Push what is current; each says until when it holds if nothing more is heard."""
        del changed
        if not current:
            return
        body = canonical([one.values(self.base, _iso(now + STALE)) for one in current]).encode()
        bearer = {"authorization": f"Bearer {self.token}"} if self.token else {}
        place = f"{self.url.rstrip('/')}/api/v2/alerts"
        posted(place, body, bearer, private=self.private, resolve=self.resolve)


@dataclass(frozen=True, slots=True)
class AlertHook:
    """A webhook that takes what an Alertmanager posts (version 4), signed with the time as notices are."""

    hook: Webhook
    base: str = ""

    @property
    def name(self) -> str:
        """What it is called in the marks."""
        return f"alerts:{sha256(self.hook.url.encode()).hexdigest()[:12]}"

    def send(self, current: Sequence[Alert], changed: Sequence[Alert], now: float) -> None:
        """Post what has changed, a group for each model."""
        del current, now
        models = dict.fromkeys(str(one.alarm["model"]) for one in changed)
        for model in models:
            self.hook.post(json.dumps(self.payload(model, [c for c in changed if c.alarm["model"] == model])).encode())

    def payload(self, model: str, alerts: Sequence[Alert]) -> dict[str, Any]:
        """Return the group of a model as an Alertmanager posts it."""
        told = [one.values(self.base) for one in alerts]
        common = dict(set.intersection(*(set(one["labels"].items()) for one in told)))
        said = dict(set.intersection(*(set(one["annotations"].items()) for one in told)))
        return {
            "version": "4", "groupKey": f'{{}}:{{model="{model}"}}', "truncatedAlerts": 0, "receiver": "secondline",
            "status": "firing" if any(not one.ends for one in alerts) else "resolved", "groupLabels": {"model": model},
            "commonLabels": common, "commonAnnotations": said, "externalURL": self.base,
            "alerts": [
                {**one, "status": "resolved" if alert.ends else "firing", "endsAt": alert.ends or NEVER,
                 "fingerprint": fingerprint(one["labels"])} for one, alert in zip(told, alerts, strict=True)
            ],
        }  # fmt: skip


NEVER = "0001-01-01T00:00:00Z"


def fingerprint(labels: Labels) -> str:
    """Return what tells alerts apart: their labels, in sixteen hexadecimal digits."""
    return sha256(canonical(labels).encode()).hexdigest()[:16]


def _iso(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def alert_of(look: Records, id_: str) -> Alert:
    """Return an alarm as an alert: begun when it was raised, ended when it was closed."""
    alarm, past = look.need("alarm", id_), look.past("alarm", id_)
    ends = past[-1].at if alarm["state"] not in OPEN else ""
    return Alert(alarm, past[0].at, ends)


def _current(look: Records, now: float) -> Iterator[Alert]:
    """Yield the open alarms, and those that were closed a while ago."""
    for state in sorted(OPEN):
        for row in look.page("alarm", {"state": state}, limit=MOST).rows:
            yield alert_of(look, row["id"])
    for row in look.page("alarm", {"state": "closed"}, order="opened", descending=True, limit=MOST).rows:
        found = alert_of(look, row["id"])
        if found.ends >= _iso(now - RESOLVED):
            yield found


def send_alarms(ledger: Ledger, access: Access, sinks: Sequence[Sink], now: float) -> list[str]:
    """Tell every sink; what one took is marked, so that the next round goes on from there. Returns the troubles."""
    troubles: list[str] = []
    for sink in sinks:
        place, changed = _changed(ledger, access.mark(sink.name))
        try:
            sink.send(list(_current(ledger.records, now)), [alert_of(ledger.records, id_) for id_ in changed], now)
        except (OSError, SpecError) as error:
            troubles.append(f"{type(error).__name__}: {error}")
        else:
            access.post((), sink.name, place, now)
    return troubles


def _changed(ledger: Ledger, place: int) -> tuple[int, list[str]]:
    """Return the place of the chain's end, and the alarms that changed since *place*: once each.

    A sink that is new hears of what is open, not of the years before.
    """
    if place == 0:
        newest = ledger.records.events(limit=1, newest_first=True)
        open_ = [r["id"] for s in sorted(OPEN) for r in ledger.records.page("alarm", {"state": s}, limit=MOST).rows]
        return (newest[0].seq if newest else 1), open_
    found: dict[str, None] = {}
    while events := ledger.records.events(after=place, limit=BATCH):
        place = events[-1].seq
        found |= {e.id: None for e in events if e.record == "alarm" and e.kind.startswith("alarm.")}
    return place, list(found)
