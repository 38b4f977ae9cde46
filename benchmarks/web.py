"""Measure every page of a big bank: server time by route, statements asked of the database, memory, beside bare SQL.

    python benchmarks/web.py [--models 100000] [--events 5000000] [--folder FOLDER] [--times 30] [--only PART]

The bank is made once in FOLDER and used again. Pages are asked in-process, through the whole application, as signed-in
people of every role; then once more by a real server on this machine. Exports, which are files, are told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import bigbank
import sqlalchemy
import starlette

import secondline
from secondline.govern.record import RECORDS
from secondline.ledger.database import FILE
from secondline.ledger.store import Ledger
from secondline.web.app import create_app
from secondline.web.routes import PAGES
from secondline.web.server import get_ready
from secondline.web.settings import Settings
from secondline.web.visitor import new_secret

AIM, AIM_PAST = 200, 500
LEFT_OUT = ("/login", "/welcome/{secret}", "/runs/{id}", "/runs/{id}/report/{format}", "/runs/{id}/{key}",
            "/audit/verify", "/reviews/{id}")  # fmt: skip
"""Public pages and those that open an artefact: their cost does not depend on the size of the ledger."""


class Watched:
    """The application with a clock around it: server time from the first byte asked to the last one sent."""

    def __init__(self, app: Any, ledger: Ledger, person_sessions: dict[str, str], cookie: str) -> None:
        """Watch *app* and count the statements that *ledger* is asked."""
        self.app, self.sessions, self.cookie, self.asked = app, person_sessions, cookie, 0
        self.loop = asyncio.new_event_loop()

        @sqlalchemy.event.listens_for(ledger.database.engine, "connect")
        def count(connection: Any, _record: Any) -> None:
            connection.set_trace_callback(self._count)

        ledger.database.engine.dispose()

    def _count(self, statement: str) -> None:
        self.asked += not statement.startswith(("BEGIN", "ROLLBACK", "COMMIT", "PRAGMA"))

    def get(self, address: str, person: str) -> tuple[int, float, int, int, float]:
        """Return status, milliseconds, statements, bytes and processor milliseconds of one request."""
        path, _, query = address.partition("?")
        sent = [(b"host", b"127.0.0.1"), (b"cookie", f"{self.cookie}={self.sessions[person]}".encode())]
        scope = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
            "headers": sent,
                 "raw_path": quote(path).encode(), "query_string": query.encode(), "root_path": "",
                 "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1)}  # fmt: skip
        found: dict[str, Any] = {"status": 0, "bytes": 0}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            found["status"] = message.get("status", found["status"])
            found["bytes"] += len(message.get("body", b""))

        before, start, worked = self.asked, time.perf_counter(), time.process_time()
        self.loop.run_until_complete(self.app(scope, receive, send))
        took, worked = (time.perf_counter() - start) * 1000, (time.process_time() - worked) * 1000
        return found["status"], took, self.asked - before, found["bytes"], worked


def addresses(models: int, ledger: Ledger, times: int) -> Iterator[tuple[str, list[str]]]:
    """Yield every page with addresses of it: other records, filters, orders and places in the list each time."""
    at = random.Random(7)

    def some(record: str) -> str:
        head, size = RECORDS[record].prefix, SIZES.get(record, 1)
        return f"{head}-{1 + at.randrange(size)}" if head else f"m{at.randrange(models)}"

    global SIZES  # noqa: PLW0603 - asked once
    SIZES = {name: ledger.records.count(name).get((), 0) for name in RECORDS}
    ids: dict[str, Callable[[], str]] = {
        "/models/{id}": lambda: some("model"), "/models/{id}/card": lambda: some("model"),
        "/models/{id}/policy": lambda: some("model"), "/approvals/{id}": lambda: some("approval"),
        "/findings/{id}": lambda: some("finding"), "/validations/{id}": lambda: some("validation"),
        "/validations/{id}/live": lambda: some("validation"), "/policy/controls/{id}": lambda: "MRM-VAL-01",
    }  # fmt: skip
    for path in [p for p in PAGES if p not in LEFT_OUT]:
        if path == "/do/{act}":
            yield path, [f"/do/finding.issued?id={some('finding')}" for _ in range(times)]
        elif path == "/records/{record}":
            for name in RECORDS:
                yield f"/records/{name}", _narrowed(f"/records/{name}", GENERIC.get(name, ("", "state=active")), 6)
        elif path == "/records/{record}/{id:path}":
            yield (
                path,
                [f"/records/{r}/{some(r)}" for r in ("model", "finding", "evidence", "use", "link") * times][:times],
            )
        elif path == "/audit/{seq}":
            yield path, [f"/audit/{1 + at.randrange(SIZES['model'] * 40)}" for _ in range(times)]
        elif path in ids:
            yield path, [path.replace("{id}", ids[path]()) for _ in range(times)]
        else:
            yield path, _narrowed(path, ASKED.get(path, ("",)), times)


SIZES: dict[str, int] = {}
GENERIC = {
    "model": ("", "order=name", "order=next_validation&dir=desc", "state=in-use&order=owner", "id__like=m77",
        "name=fraud"),
    "evidence": ("", "order=valid_until", "kind=minutes", "title=m77", "order=title&dir=desc"),
    "finding": ("", "order=due&dir=desc", "severity=critical", "state=issued&order=due"),
}  # fmt: skip
ASKED: dict[str, tuple[str, ...]] = {
    "/models": (
        "", "tier=1", "family=credit", "state=in-use&order=next_validation", "owner=owner7", "name=model 77",
        "business_line=Line 3&tier=2", "order=name&dir=desc", "family=fraud&tier=1&order=owner", "vendor=vendor-3",
        "machine_learning=yes", 'after=["m5","m5"]', 'order=name&after=["Credit model 9","m9"]', "method=rules",
    ),
    "/findings": ("", "severity=critical", "state=closed", "state=closed&order=owner", "late=1", "owner=owner7",
        "all=1",
                  "model=m77", "order=severity", "severity=major&order=model"),
    "/approvals": ("", "state=approved", "all=1&order=expires", "tier=1&all=1", "model=m77&all=1"),
    "/passes": ("", "state=active&order=expires", "model=m77", "order=version"),
    "/validations": ("", "state=planned", "lead=validator3", "order=due", "kind=initial"),
    "/runs": ("", "order=finished_at&dir=desc", "model=m77"),
    "/calendar": ("", "ahead=today", "ahead=365", "what=finding", "what=validation&ahead=365", "model=m77",
                  'after=["2026-08-20","finding","F-1"]'),
    "/audit": ("", "kind=model.changed", "actor=vera", "subject=model/m77", "kind=finding.closed&actor=owner3",
        "after=1000",
               "actor=nobody", "kind=act.refused"),
    "/search": ("q=model 77", "q=F-12", "q=fraud", "q=nothing at all", "q=m999", "q=Paper of m77"),
    "/policy/coverage": ("", "family=credit", "tier=1", "family=aml&tier=2", 'after=["m5","m5"]'),
    "/policy/controls": ("", "pack=us-sr26-2"),
    "/policy/impact": ("", "adopt=ca-osfi-e23"),
    "/gate": ("", "version=m77@1.0&use=U-116"),
}  # fmt: skip


def _narrowed(path: str, ways: Sequence[str], times: int) -> list[str]:
    made = [f"{path}?{way}" if way else path for way in ways]
    made = [a.replace(" ", "%20").replace('"', "%22").replace("[", "%5B").replace("]", "%5D") for a in made]
    return (made * (times // len(made) + 1))[: max(times, len(made))]


def api(models: int, times: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the lists and records of the HTTP API."""
    at = random.Random(9)
    root = "/api/v1"
    yield f"{root}/records", [f"{root}/records"] * 3
    yield (
        f"{root}/records/model list",
        _narrowed(f"{root}/records/model", ("", "tier=1", "order=owner", "family=aml"), times),
    )
    yield f"{root}/records/finding list", _narrowed(f"{root}/records/finding", ("", "state=issued&order=due"), times)
    yield f"{root}/records/model one", [f"{root}/records/model/m{at.randrange(models)}" for _ in range(times)]
    yield f"{root}/events", _narrowed(f"{root}/events", ("", "actor=vera", "kind=model.changed"), times)


def past(times: int) -> Iterator[tuple[str, list[str]]]:
    """Yield lists, pages and the first page as of days in the past."""
    at = random.Random(8)
    days = [bigbank.a_day(at.uniform(0.3, 0.99)) for _ in range(times)]
    for path in ("/models", "/models?tier=1", "/models?state=in-use&order=next_validation", "/findings",
        "/findings?all=1",
                 "/validations", "/approvals?all=1", "/calendar", "/", "/records/evidence", "/models/m77", "/inbox",
                 "/policy/coverage", "/search?q=m77"):  # fmt: skip
        mark = "&" if "?" in path else "?"
        yield path, [f"{path}{mark}as_of={day}" for day in days]


def asked(app: Watched, cases: Iterator[tuple[str, list[str]]], aim: float) -> dict[str, dict[str, Any]]:
    """Return the figures of every case; the first request of each, which may fill a cache, counts with the rest."""
    found: dict[str, dict[str, Any]] = {}
    people = list(app.sessions)
    for name, todo in cases:
        got = [app.get(address, people[i % len(people)]) for i, address in enumerate(todo)]
        bad = sorted({f"{status} {address}" for (status, *_), address in zip(got, todo, strict=True) if status >= 400})
        got = [g for g in got if g[0] < 400] or got
        times = sorted(g[1] for g in got)
        cpu = sorted(g[4] for g in got)
        worst = max(zip(got, todo, strict=False), key=lambda pair: pair[0][1])
        found[name] = {
            "requests": len(got), "p50_ms": round(statistics.median(times), 1),
            "p95_ms": round(times[min(int(0.95 * len(times)), len(times) - 1)], 1), "max_ms": round(times[-1], 1),
            "cpu_p95_ms": round(cpu[min(int(0.95 * len(cpu)), len(cpu) - 1)], 1),
            "statements": round(statistics.median(g[2] for g in got)), "kilobytes": round(worst[0][3] / 1000),
        }  # fmt: skip
        if found[name]["p95_ms"] > aim:
            found[name]["slowest"] = worst[1]
        if bad:
            found[name]["failed"] = bad[:3]
        print(f"{name:45} {found[name]}", flush=True)
    return found


def siblings(times: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the data of pages: JSON comes in pages, CSV is the whole list narrowed."""
    for path in ("/models", "/findings", "/approvals", "/validations", "/audit", "/calendar", "/inbox", "/records",
                 "/policy/coverage"):  # fmt: skip
        yield f"{path}.json", [f"{path}.json"] * times
    yield "/models.csv?owner=owner7", ["/models.csv?owner=owner7"] * times
    yield "/index.json", ["/index.json"] * times


def floor(folder: Path, times: int) -> dict[str, float]:
    """Return what SQLite alone takes for the rows of some pages, in milliseconds."""
    db = sqlite3.connect(folder / FILE)
    cases = {
        "50 models": "SELECT * FROM now_model ORDER BY id LIMIT 50",
        "50 open findings by day": "SELECT * FROM now_finding WHERE state = 'issued' ORDER BY due LIMIT 50",
        "100 events": "SELECT * FROM events ORDER BY seq DESC LIMIT 100",
        "models by state, tier, family": "SELECT state, tier, family, count(*) FROM now_model GROUP BY 1, 2, 3",
    }
    found = {}
    for name, statement in cases.items():
        start = time.perf_counter()
        for _ in range(times):
            db.execute(statement).fetchall()
        found[name] = round((time.perf_counter() - start) * 1000 / times, 2)
    db.close()
    return found


def served(
    app: Any, ledger_sessions: dict[str, str], cookie: str, paths: Sequence[str], times: int
) -> dict[str, float]:
    """Return the 95th percentile of some pages by a real server on this machine, whole round trip."""
    import threading

    import httpx
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port, found = server.servers[0].sockets[0].getsockname()[1], {}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", cookies={cookie: ledger_sessions["mira"]}) as client:
        for path in paths:
            took = []
            for _ in range(times):
                start = time.perf_counter()
                client.get(path).raise_for_status()
                took.append((time.perf_counter() - start) * 1000)
            found[path] = round(sorted(took)[int(0.95 * (times - 1))], 1)
    server.should_exit = True
    thread.join(10)
    return found


def main() -> None:
    """Make the bank when it is not there, ask every page, print and write the results."""
    words = argparse.ArgumentParser()
    words.add_argument("--models", type=int, default=100_000)
    words.add_argument("--events", type=int, default=5_000_000)
    words.add_argument("--times", type=int, default=30)
    words.add_argument("--folder", type=Path)
    words.add_argument("--only", default="", help="measure only addresses that hold this")
    words.add_argument("--to", type=Path, default=Path(__file__).with_name("results-web.json"))
    given = words.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="bank"))
    _, seconds = bigbank.open_big(folder, given.models, given.events)
    noon = f"{bigbank.present().isoformat()}T12:00:00.000Z"
    ledger = Ledger.open(folder, clock=lambda: noon)
    settings = replace(Settings(), per_minute=0, clock=lambda: 1_800_000_000.0)
    app = create_app(ledger, settings)
    site, sessions = app.state.site, dict[str, str]()
    for person in (*bigbank.HOUSE, "owner7", "validator3"):
        sessions[person] = new_secret()
        site.access.open_session(sessions[person], person, site.now(), settings.absolute)
    watched = Watched(app, ledger, sessions, settings.cookie)
    get_ready(ledger)
    watched.get("/models", "mira")  # what is imported and compiled once

    def only(cases: Iterator[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
        return (case for case in cases if given.only in case[0])

    results: dict[str, Any] = {
        "models": given.models, "events": ledger.records.events(newest_first=True, limit=1)[0].seq,
        "records": sum(ledger.records.count(name).get((), 0) for name in RECORDS),
        "file_mb": round((folder / FILE).stat().st_size / 1e6), "seconds": seconds,
    }  # fmt: skip
    results["pages"] = asked(watched, only(addresses(given.models, ledger, given.times)), AIM)
    results["siblings"] = asked(watched, only(siblings(5)), AIM)
    results["api"] = asked(watched, only(api(given.models, given.times)), AIM)
    results["as of a day"] = asked(watched, only(past(given.times // 2)), AIM_PAST)
    results["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
    if not given.only:
        results["bare SQL, ms"] = floor(folder, 10)
        some = ("/", "/models", "/models/m77", "/findings", "/calendar", "/inbox")
        results["by a server, p95_ms"] = served(app, sessions, settings.cookie, some, 20)
    over = [n for part, aim in (("pages", AIM), ("siblings", AIM), ("api", AIM), ("as of a day", AIM_PAST))
            for n, f in results[part].items() if f["p95_ms"] > aim]  # fmt: skip
    results["over the aim"] = over
    results["machine"] = {"cpu": platform.processor() or platform.machine(), "system": platform.system()}
    results["versions"] = {"secondline": secondline.__version__, "python": platform.python_version(),
                           "sqlite": sqlite3.sqlite_version, "sqlalchemy": sqlalchemy.__version__,
                           "starlette": starlette.__version__}  # fmt: skip
    if not given.only:
        given.to.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(f"over the aim: {over}; peak {results['peak_mb']} MB; {seconds}")


if __name__ == "__main__":
    main()
