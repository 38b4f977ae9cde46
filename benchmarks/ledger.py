"""Measure a big ledger: lists, counts, pages, views of the past, verification, beside a bare scan of the same rows.

    python benchmarks/ledger.py [--models 100000] [--events 5000000] [--folder FOLDER]

Events are written in bulk with the ledger's own seals; documents and lists by the ledger's own rebuild; checkpoints by
its own signing. A test holds that a rebuild gives exactly the rows that acts write.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy

import secondline
from secondline.core.canonical import canonical
from secondline.govern.record import RECORDS
from secondline.ledger.database import FILE, Database
from secondline.ledger.events import Event
from secondline.ledger.keeping import rebuild_derived
from secondline.ledger.proof.seals import FIELDS, GENESIS
from secondline.ledger.sql import insert
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify
from secondline.ledger.writing import Order

START = datetime(2019, 1, 1, tzinfo=UTC)
DAYS = 2_500
FAMILIES = ["credit", "fraud", "aml", "market", "treasury"]


def acts(models: int, events: int, at: random.Random) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield kind, subject and changes: every model registered, then corrections, a third of which move a list."""
    fields = {"owner": "ann", "description": "A model of the benchmark. " * 4, "tier": 0}
    registered = min(models, events)
    per = max(events // max(registered, 1), 1)
    done = 0
    for n in range(registered):
        here = {"name": f"Model {n}", "family": FAMILIES[n % 5], "entity": f"E{n % 40}", "state": "proposed"}
        yield "model.registered", f"model/m{n}", {**fields, **here}
        done += 1
        for _ in range(min(per - 1, events - done)):
            known = at.randrange(n + 1)
            if at.random() < 0.33:
                changes: dict[str, Any] = {"tier": at.randrange(1, 5), "entity": f"E{at.randrange(40)}"}
            else:
                changes = {
                    "description": f"Corrected for the {at.randrange(10**9)}th time, with a sentence of some length."
                }
            yield "model.changed", f"model/m{known}", changes
            done += 1


def fill(folder: Path, models: int, events: int) -> None:
    """Write the events in bulk."""
    Database(folder / FILE)
    db = sqlite3.connect(folder / FILE)
    db.execute("PRAGMA synchronous = OFF")
    previous, rows = GENESIS, []
    step = timedelta(days=DAYS) / (events + 1)
    for seq, (kind, subject, changes) in enumerate(acts(models, events, random.Random(1)), 1):
        when = (START + seq * step).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = Event(seq, when, "ann", kind, subject, canonical({"set": changes}), "benchmark", "bulk", "", previous)
        seal = event.expected_seal()
        rows.append((*event.row()[:10], seal))
        previous = seal
        if len(rows) == 50_000:
            db.executemany(insert("events", FIELDS), rows)
            db.commit()
            rows.clear()
    db.executemany(insert("events", FIELDS), rows)
    db.commit()
    db.close()


def timed(work: Callable[[int], object], times: int) -> dict[str, float]:
    """Return the median and the 95th percentile of so many calls, in milliseconds."""
    found = []
    for i in range(times):
        start = time.perf_counter()
        work(i)
        found.append((time.perf_counter() - start) * 1000)
    return {"p50_ms": round(statistics.median(found), 2), "p95_ms": round(sorted(found)[int(0.95 * (times - 1))], 2)}


def floor(folder: Path) -> float:
    """Return how many events a second a bare scan with SHA-256 of the same fields takes."""
    db, n, start = sqlite3.connect(folder / FILE), 0, time.perf_counter()
    for row in db.execute(f"SELECT {', '.join(FIELDS)} FROM events ORDER BY seq"):
        sha256("".join(map(str, row)).encode()).digest()
        n += 1
    db.close()
    return n / (time.perf_counter() - start)


def measure(ledger: Ledger, models: int, events: int, times: int) -> dict[str, Any]:
    """Return the timings of what pages ask."""
    at, now = random.Random(2), ledger.records
    days = [(START + timedelta(days=at.randrange(DAYS))).date().isoformat() for _ in range(times)]
    some = [f"m{at.randrange(models)}" for _ in range(times)]

    def model_page(i: int) -> None:
        now.need("model", some[i])
        now.events(subject=f"model/{some[i]}", newest_first=True, limit=50)
        for other in (name for name, kind in RECORDS.items() if "model" in kind.facets):
            now.find(other, model=some[i])

    return {
        "list page": timed(lambda _: now.page("model", limit=50), times),
        "filtered, sorted list page": timed(
            lambda i: now.page("model", {"family": FAMILIES[i % 5], "tier": 1 + i % 4}, order="entity", limit=50), times
        ),
        "search by name": timed(lambda i: now.page("model", {"name__like": some[i]}, limit=50), times),
        "count by facet": timed(lambda _: now.count("model", ["tier"]), times),
        "count by two facets": timed(lambda _: now.count("model", ["family", "tier"]), times),
        "model page": timed(model_page, times),
        "audit trail page": timed(lambda i: now.events(after=events * i // times, limit=100), times),
        "list as of a day": timed(lambda i: ledger.as_of(days[i]).page("model", {"tier": 1}, limit=50), times),
        "count as of a day": timed(lambda i: ledger.as_of(days[i]).count("model", ["tier"]), times),
        "model as of a day": timed(lambda i: ledger.as_of(days[i]).get("model", some[i]), times),
    }


def acting(folder: Path) -> dict[str, float]:
    """Return what an act costs, alone and in a batch, in milliseconds."""
    ledger = Ledger.open(folder)
    ledger.act("person.added", "ann", "ann", {"name": "Ann", "roles": ["admin", "owner"]})
    one = timed(lambda i: ledger.act("model.registered", "ann", f"a{i}", {"name": "A"}), 200)
    orders = [Order("model.changed", "ann", f"a{i % 200}", {"entity": f"E{i}"}) for i in range(2_000)]
    start = time.perf_counter()
    ledger.acts(orders)
    return {"act_p50_ms": one["p50_ms"], "batch_ms_per_act": round((time.perf_counter() - start) / 2, 4)}


def main() -> None:
    """Build, measure, print and write the results."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--models", type=int, default=100_000)
    asked.add_argument("--events", type=int, default=5_000_000)
    asked.add_argument("--times", type=int, default=40)
    asked.add_argument("--folder", type=Path)
    asked.add_argument("--to", type=Path, default=Path(__file__).with_name("results-ledger.json"))
    given = asked.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="ledger"))
    folder.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}

    def spent(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        found = work()
        seconds[name] = round(time.perf_counter() - start, 1)
        return found

    if not (folder / FILE).exists():
        spent("write events", lambda: fill(folder, given.models, given.events))
    ledger = Ledger.open(folder)
    spent("rebuild documents and lists", lambda: rebuild_derived(ledger))
    from secondline.ledger.checkpoints import keep_up

    with ledger.database.writing() as connection:
        spent("sign checkpoints", lambda: keep_up(connection, ledger.keys))
    with sqlite3.connect(folder / FILE) as db:
        db.execute("ANALYZE")
    pages = measure(ledger, given.models, given.events, given.times)
    bare = floor(folder)
    found = spent("verify", lambda: verify(folder))
    rate = found.events / max(seconds["verify"], 0.05)
    versions = {"secondline": secondline.__version__, "python": platform.python_version(),
                "sqlite": sqlite3.sqlite_version, "sqlalchemy": sqlalchemy.__version__}  # fmt: skip
    results = {
        "models": given.models, "events": found.events, "file_mb": round((folder / FILE).stat().st_size / 1e6),
        "seconds": seconds, "pages": pages, "acts": acting(Path(tempfile.mkdtemp(prefix="acts"))),
        "verify_events_per_second": round(rate), "scan_and_sha256_events_per_second": round(bare),
        "problems": len(found.problems), "checkpoints": found.checkpoints, "versions": versions,
    }  # fmt: skip
    text = json.dumps(results, indent=2)
    print(text)
    given.to.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
