"""Story: a card-fraud model from development to a breach in use, day by day, on everything that runs for real.

The gateway and the pages are processes of their own; this one plays the payment systems (`feed`), takes events in and
watches. Events carry the stream's time, and so does the clock of the ledger here: the last day of the story is today.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from secondline.core.errors import SpecError
from secondline.core.spec import ModelSpec
from secondline.frames.collect import Progress
from secondline.ledger.store import Ledger
from secondline.operate.live import approved
from secondline.operate.live.feed import Day, Feed
from secondline.operate.live.plan import monitoring_form
from secondline.operate.processes import Program, Together
from secondline.operate.whole import answers
from secondline.policy.documents import read_spec
from secondline.samples.cardholders import DAY
from secondline.samples.fraud import prepare_fraud
from secondline.samples.fraud.data import CALENDAR, SCENE
from secondline.samples.fraud.declared import CHAMPION
from secondline.workflow.retold import carry
from secondline.workflow.validate import Request, validate

if TYPE_CHECKING:
    from secondline.monitor.steady import Days
    from secondline.monitor.watching import Watched
    from secondline.samples.cardstream import Drawn, Scene

MODEL, USE, EYE, CALLER = "card-fraud", "card-authorisation", "eye", "payments"
PREPARED = timedelta(days=40)
"""Before it goes live the model is registered, validated and approved."""
LOG = "sqlite:///events.sqlite"
MARK = "live.json"
REFERENCE = 200
"""Rows that reasons are held against."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how the story is told: its folder, how many days, and after how many of them the monitor looks."""

    folder: Path
    days: int = 100
    look_every: int = 1
    scene: Scene = SCENE
    gateway_port: int = 8500
    pages_port: int = 8400
    pages: bool = True
    checks: tuple[str, ...] | None = None
    """The checks of the validation; all when left out."""

    @property
    def start(self) -> int:
        """The instant at which the model goes live, in microseconds."""
        return self.scene.zero + CALENDAR.live * DAY

    @property
    def study(self) -> Path:
        """The folder of the study."""
        return self.folder / "study"

    @property
    def records(self) -> Path:
        """The folder of the ledger."""
        return self.folder / "records"


@dataclass(slots=True)
class Clock:
    """The clock of the story: it goes on by itself a little with each look, and is set forward day by day."""

    now: datetime

    def __call__(self) -> str:
        """Return the present instant."""
        self.now += timedelta(milliseconds=200)
        return self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def forward(self, instant: int) -> None:
        """Go on to an instant (microseconds), unless it is past."""
        self.now = max(self.now, datetime.fromtimestamp(instant / 1e6, UTC))


@dataclass(slots=True)
class Told:
    """What happened: the days, the looks, and what the watching did, as it happened."""

    days: list[Day] = field(default_factory=list)
    looks: list[tuple[int, Watched]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """What could not be read."""


def today_is_last(days: int) -> Scene:
    """Return the study's scene, moved by whole weeks so that the days played end before today and not a week ago."""
    from dataclasses import replace

    end = SCENE.zero + (CALENDAR.live + days) * DAY
    return replace(SCENE, moved=int((datetime.now(UTC).timestamp() * 1e6 - end) // (7 * DAY)))


def begin(setting: Setting, progress: Progress) -> tuple[ModelSpec, Ledger, Clock]:
    """Develop, validate, approve and put under watch; everything that a gateway and a monitor need is then in place.

    Raises:
        SpecError: the folder holds something already.
    """
    if setting.folder.exists() and any(setting.folder.iterdir()):
        raise SpecError(f"{str(setting.folder)!r} is not empty. Name a new folder, or tell it again with --fresh.")
    setting.folder.mkdir(parents=True, exist_ok=True)
    (setting.folder / MARK).write_text(json.dumps({"days": setting.days}) + "\n", encoding="utf-8")
    prepare_fraud(setting.study, progress, scene=setting.scene)
    spec = read_spec(setting.study / "model.yaml")
    clock = Clock(datetime.fromtimestamp(setting.start / 1e6, UTC) - PREPARED)
    ledger = Ledger.open(setting.records, clock=clock)
    approved.people(ledger)
    service = {"name": "Monitor", "kind": "service", "roles": ["monitor"]}
    ledger.act("person.added", "ada", EYE, service, reason="It watches.", via=approved.VIA)
    scratch = setting.folder / "validation"
    told = spec.model_copy(update={"as_of": ledger.today, "checks": setting.checks})
    progress("validating", 0, 0)
    run = validate(Request(told, setting.study, scratch, actor="vera", progress=progress))
    carried = carry(run, Ledger.open(scratch), ledger, "vera", clock)
    clock.forward(setting.start - 10 * DAY)
    progress("approving", 0, 0)
    days = _watched(setting, spec)
    decided = approved.bring_into_use(
        ledger, spec, setting.study, carried, lambda: monitoring_form(ledger, spec.model, carried.id, days)
    )
    write_settings(setting, decided.use)
    clock.forward(setting.start)
    return spec, ledger, clock


def _watched(setting: Setting, spec: ModelSpec) -> Days | None:
    """Put the model under watch, and return its reference by day."""
    from secondline.monitor.state import State
    from secondline.monitor.steady import days_of
    from secondline.monitor.watched import Absent, watch

    state = State.open(setting.folder / "state")
    days = days_of(state, watch(state, spec, setting.study, absent=Absent("good")))
    state.close()
    return days


def write_settings(setting: Setting, use: str) -> None:
    """Write gateway.yaml, secondline.yaml, the key of the control arm and the token of the payment systems."""
    from secrets import token_bytes

    from secondline.gateway.tokens import add

    folder = setting.folder
    key = folder / "arm.key"
    key.write_bytes(token_bytes(32))
    key.chmod(0o600)
    rights = ("read", "score", "events", "metrics")
    token = add(folder / "tokens.json", CALLER, rights=rights, uses=(use, USE), models=(MODEL,), days=30)
    secret = folder / "payments.token"
    secret.touch(0o600)
    secret.write_text(token + "\n", encoding="utf-8")
    _reference(setting.study)
    (folder / "gateway.yaml").write_text(GATEWAY.format(port=setting.gateway_port), encoding="utf-8")
    text = SETTINGS.format(port=setting.pages_port, model=MODEL)
    (folder / "secondline.yaml").write_text(text, encoding="utf-8")


def _reference(study: Path) -> None:
    """Write the rows of development that reasons are held against."""
    import pyarrow.parquet as pq

    table = pq.read_table(study / "development.parquet", columns=list(CHAMPION))
    rows = table.take(list(range(0, table.num_rows, max(table.num_rows // REFERENCE, 1)))[:REFERENCE])
    columns = {name: [None if x != x else x for x in rows[name].cast("float64").to_pylist()] for name in CHAMPION}  # noqa: PLR0124 - NaN alone differs from itself
    (study / "reference.json").write_text(json.dumps({"columns": columns}, allow_nan=False), encoding="utf-8")


GATEWAY = """\
# The gateway of the live example: one champion, a challenger that looks on, a small control arm, rules to fall back on.
name: live
listen: 127.0.0.1:{port}
ledger: records
log: sqlite:///events.sqlite
tokens: tokens.json
models:
  card-fraud:
    study: study/model.yaml
    time-out: 2
    shadows: [{{study: study/sequence.yaml, time-out: 1}}]
    control: {{share: 0.01, key: arm.key, most: 500}}
    reasons: {{when: declines, reference: study/reference.json}}
    fallback:
      rules:
        - {{name: large on the web, when: [{{column: amount, op: ">", value: 250}}], then: review}}
      otherwise: approve
"""
SETTINGS = """\
# Everything of the live example. `secondline run` starts it without the story; other addresses make it larger.
records: {{folder: records}}
events: sqlite:///events.sqlite
state: state
gateways: [gateway.yaml]
pages: {{port: {port}}}
monitor: {{studies: {{{model}: study/model.yaml}}, absent: good, every: 60, actor: eye}}
"""


@contextmanager
def running(setting: Setting, tell: Callable[[str], None]) -> Iterator[httpx.Client]:
    """Run the gateway and the pages, and yield a client that sends as the payment systems do."""
    address = f"http://127.0.0.1:{setting.gateway_port}"
    token = (setting.folder / "payments.token").read_text(encoding="utf-8").strip()
    programs = [
        Program("gateway", ("gateway", "serve", "--config", "gateway.yaml"), lambda: answers(f"{address}/readyz"))
    ]
    if setting.pages:
        pages = f"http://127.0.0.1:{setting.pages_port}/login"
        words = ("up", "--store", "records", "--port", str(setting.pages_port))
        programs.append(Program("pages", words, lambda: answers(pages)))
    together = Together(programs, setting.folder / "logs", tell, folder=setting.folder)
    together.start(120.0)
    try:
        with httpx.Client(base_url=address, headers={"authorization": f"Bearer {token}"}, timeout=30.0) as client:
            yield client
    finally:
        together.stop()


def play(
    setting: Setting, spec: ModelSpec, ledger: Ledger, clock: Clock, drawn: Drawn, client: httpx.Client,
    tell: Callable[[Day, Watched | None], None],
) -> Told:  # fmt: skip
    """Play the days: send them, take them in, look; *tell* hears of each day and of each look."""
    from secondline.events.log import TOPICS, Log
    from secondline.monitor.ingest import Consumer
    from secondline.monitor.once import look_once
    from secondline.monitor.state import State

    state = State.open(setting.folder / "state")
    log = Log.open(f"sqlite:///{setting.folder / 'events.sqlite'}")
    feed, told = Feed(drawn, setting.scene.zero, spec.model, client), Told()
    feed.warm(setting.start)
    consumers = [Consumer(state, log, topic, wait=0.0) for topic in TOPICS]
    for number, day in enumerate(feed.days(setting.start, setting.days), 1):
        while sum([consumer.step(0.02) for consumer in consumers]):
            pass
        clock.forward(day.until)
        found = None
        if number % setting.look_every == 0 or number == setting.days:
            found, troubles = look_once(ledger, state, spec.model, EYE, day.until)
            told.troubles += troubles
            told.looks.append((day.until, found))
        told.days.append(day)
        tell(day, found)
    for consumer in consumers:
        consumer.close()
    state.close()
    return told


def seen(ledger: Ledger) -> dict[str, Any]:
    """Return what the records of the story hold at its end: alarms, findings drafted by them, passes as they stand."""
    look = ledger.records
    return {
        "alarms": look.find("alarm", model=MODEL),
        "findings": [f for f in look.find("finding", model=MODEL) if f.get("source") == "monitoring"],
        "passes": look.find("pass", model=MODEL),
    }
