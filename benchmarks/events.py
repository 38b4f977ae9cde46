"""What the event log costs, beside the least that any log could do.

    python benchmarks/events.py [--small]

Floors: the same bytes inserted into SQLite as blobs of the same size with the same durability, and appended to a plain
file with one fsync a group. Kafka is a broker from a package (noida-db) on this machine, producer and broker sharing
its cores. Results go to `results-events.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "events"))

import brokers

from secondline.events.log import DECISIONS, Keyed, Log, key_of
from secondline.events.reading import decode_many, encode
from secondline.events.shapes import Decision

GROUP = 2000
AT = 1_750_000_000_000_000


def decisions(count: int) -> list[Decision]:
    chance = random.Random(1)
    return [
        Decision(
            id=f"d{i:012d}", at=AT + i, model="card-fraud", version="1.0", use="card-authorisation", caller="switch",
            entity=f"card-{i % 50_000}", inputs={f"f{k}": chance.random() for k in range(20)}, score=chance.random(),
            decision="approve", threshold="t-1", reasons=("R1", "R2"), path=("limits", "score"), amount=12.5,
            segments={"channel": "web"}, latency=900, digest="ab" * 32, pass_id="P-1", request=f"r{i}", decided=AT + i,
        )
        for i in range(count)
    ]  # fmt: skip


def groups(records: list[Keyed]) -> Iterator[list[Keyed]]:
    for start in range(0, len(records), GROUP):
        yield records[start : start + GROUP]


def rate(count: int, work: Callable[[], object], times: int = 3) -> float:
    """Return the best rate of a few runs, in events a second: other work on the machine only slows."""
    best = 0.0
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = max(best, count / (time.perf_counter() - start))
    return round(best)


def floors(folder: Path, records: list[Keyed]) -> dict[str, float]:
    def blobs() -> None:
        base = sqlite3.connect(folder / f"floor-{time.monotonic_ns()}", isolation_level=None)
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("CREATE TABLE blob (id INTEGER PRIMARY KEY, body BLOB)")
        for group in groups(records):
            base.execute("BEGIN IMMEDIATE")
            for part in range(4):
                base.execute("INSERT INTO blob (body) VALUES (?)", (b"".join(p for _, p in group[part::4]),))
            base.execute("COMMIT")
        base.close()

    def plain() -> None:
        with (folder / f"floor-{time.monotonic_ns()}").open("ab", buffering=0) as file:
            for group in groups(records):
                file.write(b"".join(payload for _, payload in group))
                os.fsync(file.fileno())

    return {"SQLite blobs": rate(len(records), blobs), "file and fsync": rate(len(records), plain)}


def measured(url: str, records: list[Keyed], events: list[Decision], times: int = 3) -> dict[str, float]:
    log = Log.open(url)
    names = iter(f"{DECISIONS}.{i}" for i in range(100))

    def write() -> None:
        writer = log.writer(next(names))
        for group in groups(records):
            writer.write(group)
        writer.close()

    def append() -> None:
        writer = log.writer(next(names))
        for start in range(0, len(events), GROUP):
            writer.append(events[start : start + GROUP])
        writer.close()

    def one_by_one() -> None:
        writer = log.writer(next(names))
        for record in records[:300]:
            writer.write([record])
        writer.close()

    found = {"write bytes": rate(len(records), write, times), "append events": rate(len(events), append, times)}
    found["write one at a time"] = rate(300, one_by_one, 1)
    found["poll bytes"] = poll(log, len(records), len)
    found["poll and decode"] = poll(log, len(records), decode_many)
    log.close()
    return found


def poll(log: Log, count: int, use: Callable[[list[bytes]], object]) -> float:
    reader = log.reader(f"{DECISIONS}.0", f"g{time.monotonic_ns()}")
    first = reader.poll(1, 30)  # joining a group is not reading
    start, seen = time.perf_counter(), sum(len(batch.payloads) for batch in first)
    begun = seen
    while seen < count:
        for batch in reader.poll(10_000, 5):
            use(batch.payloads)
            seen += len(batch.payloads)
    took = time.perf_counter() - start
    reader.close()
    return round((seen - begun) / took)


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    with brokers.running(brokers.noida(folder)) as running:
        yield f"{running.url}?create=4&session=10"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--small", action="store_true")
    # Six times as many as this go through the broker, which answers a fetch with all that it holds.
    count = 5_000 if arguments.parse_args().small else 20_000
    events = decisions(count)
    payloads = [encode(event) for event in events]
    records = [(key_of(event), payload) for event, payload in zip(events, payloads, strict=True)]
    found: dict[str, object] = {"events": count, "bytes an event": len(payloads[0])}
    found["encode"] = rate(count, lambda: [encode(event) for event in events])
    found["decode"] = rate(count, lambda: decode_many(payloads))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        floor = floors(folder, records)
        embedded = measured(f"sqlite:///{folder / 'log'}", records, events)
        # Peak of this process, which holds every event and its bytes; the log itself holds one row at a time.
        found["peak MB before Kafka"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        (folder / "broker").mkdir()
        with broker(folder / "broker") as url:
            kafka = measured(url, records, events, 1)
    found |= {"floor": floor, "embedded": embedded, "kafka (noida-db)": kafka}
    found["embedded write / SQLite blobs"] = round(embedded["write bytes"] / floor["SQLite blobs"], 2)
    found["embedded write / file and fsync"] = round(embedded["write bytes"] / floor["file and fsync"], 2)
    found["versions"] = {
        "python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "cores": os.cpu_count(),
        **{name: version(name) for name in ("msgspec", "confluent-kafka", "noida-db")},
    }  # fmt: skip
    text = json.dumps(found, indent=1)
    (Path(__file__).parent / "results-events.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
