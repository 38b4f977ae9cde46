"""Ingestion: events a second from a log into windows, lag under load, memory as events add up, and 200 kills.

    python benchmarks/ingest.py [--small] [--events 1000000] [--processes 2] [--kafka] [--chaos 200]

Each figure stands beside a floor taken right before and after it: the same events read from memory, decoded and written
as Parquet, without a log, a commit, a state or a window. ``live`` is the whole: all processes take events in, the first
refreshes the windows every few seconds as it goes, and the clock stops when the windows are up to date. ``--kafka``
starts a broker of its own and takes 800,000 events through it at most, compressed: it answers a fetch with all that it
holds, whatever was asked, and clients refuse an answer beyond 100 MB.
``--chaos N`` runs the test of killed consumers with N kills. Results go to results-ingest.json.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing as mp
import os
import platform
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from secondline import Study
from secondline.events.log import DECISIONS, LABELS, Log, LogError
from secondline.events.reading import decode_many, encode
from secondline.events.shapes import Decision, Label
from secondline.monitor import parts
from secondline.monitor.ingest import Consumer
from secondline.monitor.measuring import measure
from secondline.monitor.parts import DAY, Placed
from secondline.monitor.readings import Window
from secondline.monitor.state import State
from secondline.monitor.watched import Absent, watch
from secondline.monitor.windows import refresh

MODEL = "card-fraud"
FIRST = 20_000
NUMBERS = [f"n{i:02d}" for i in range(14)]
TEXTS = {
    "channel": ["web", "pos", "atm"],
    "country": ["DE", "FR", "GB", "US", "NL"],
    "mcc": [str(5000 + i) for i in range(40)],
}
TEMPLATES = 20_000
GROUP = 20_000
THROUGH_A_BROKER = 800_000
"""Events of the run through Kafka: noida answers a fetch with all it holds, and clients refuse more than 100 MB."""
WARM = 1_000
ID = b"I0000000000"
MEMORY = (100_000, 1_000_000, 5_000_000, 10_000_000)
FLOOR = 150_000
CADENCE = 5.0
"""Seconds between two refreshes of the windows while events come in."""
RESULTS = Path(__file__).with_name("results-ingest.json")


def made(count: int, seed: int = 1) -> list[Decision]:
    """Return decisions of one day with 14 numbers and 3 texts each."""
    rng = np.random.default_rng(seed)
    numbers = np.round(rng.normal(0, 1, (count, len(NUMBERS))), 4)
    texts = {name: rng.choice(values, count) for name, values in TEXTS.items()}
    score = 1 / (1 + np.exp(4 - numbers[:, 0]))
    return [
        Decision(
            id=ID.decode(), at=FIRST * DAY, decided=FIRST * DAY + 1, model=MODEL, version="1",
            entity=f"card-{i % 5000}",
            inputs={
                **{name: float(v) for name, v in zip(NUMBERS, numbers[i], strict=True)},
                **{name: str(values[i]) for name, values in texts.items()},
            },
            score=float(score[i]), decision="approve", threshold="t1", reasons=("R1", "R7"), path=("score",),
            amount=float(round(abs(numbers[i, 1]) * 50, 2)), latency=900, digest="0" * 64, pass_id="PASS-1",
            use="card-authorisation", caller="switch",
        )
        for i in range(count)
    ]  # fmt: skip


def payloads(total: int, days: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and payloads: each template again and again, under an id and at a time of its own."""
    held = [encode(one) for one in made(TEMPLATES)]
    at = str(FIRST * DAY).encode()
    step = days * DAY // total
    for i in range(total):
        body = held[i % TEMPLATES].replace(ID, b"I%010d" % i, 1)
        yield b"card-%d" % (i % 5000), body.replace(at, b"%d" % (FIRST * DAY + i * step), 1)


def fill(url: str, total: int, days: int, rate: float = 0.0) -> None:
    """Write events to the log in groups, at most *rate* a second."""
    log = Log.open(url)
    writer = log.writer(DECISIONS)
    group: list[tuple[bytes, bytes]] = []
    began, sent = time.monotonic(), 0
    size = GROUP if not rate else max(int(rate / 20), 1)
    for one in payloads(total, days):
        group.append(one)
        if len(group) == size:
            writer.write(group)
            sent += len(group)
            group = []
            if rate and (ahead := sent / rate - (time.monotonic() - began)) > 0:
                time.sleep(ahead)
    if group:
        writer.write(group)
    writer.close()
    log.close()


def study() -> Study:
    """Return the study whose reference the windows are cut by."""
    rows = made(5000, seed=2)
    table: dict[str, list[object]] = {name: [one.inputs[name] for one in rows] for name in (*NUMBERS, *TEXTS)}
    score = [one.score or 0.0 for one in rows]
    chance = random.Random(1)
    table |= {"p_fraud": list(score), "fraud": [int(chance.random() < p) for p in score]}
    return Study.of(
        {"development": pa.table(table)}, model=MODEL, version="1", score="p_fraud", label="fraud",
        segments=["channel"], features=[*NUMBERS, *TEXTS],
    )  # fmt: skip


def rss() -> tuple[float, float]:
    """Return the resident memory of this process and its highest, in MiB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return tuple(int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]  # two


def drain(url: str, folder: str, until: int, marks: list[int], every: float, out: Any) -> None:
    """Take events in until the state has *until*, refreshing windows *every* so many seconds and at the end.

    Tells the memory at each of *marks* events of this process.
    """
    log, state = Log.open(url), State.open(folder)
    consumer = Consumer(state, log, DECISIONS)
    left, memory = sorted(marks), []
    began = fresh = time.monotonic()
    used = time.process_time()
    while sum(state.offsets(DECISIONS).values()) < until:
        consumer.step(0.05)
        if every and time.monotonic() - fresh > every:
            refresh(state)
            fresh = time.monotonic()
        while left and consumer.done.events >= left[0]:
            memory.append({"events": left.pop(0), "rss_mib": round(rss()[0], 1), "peak_mib": round(rss()[1], 1)})
    taken = time.monotonic() - began
    if every:
        refresh(state)
    consumer.close()
    used = time.process_time() - used
    out.put({"events": consumer.done.events, "seconds": time.monotonic() - began, "taken": taken, "memory": memory,
             "commits": consumer.done.commits, "lost": consumer.done.lost, "cpu": used})  # fmt: skip


def drained(url: str, folder: str, total: int, processes: int, marks: list[int], every: float = 0.0) -> dict[str, Any]:
    """Return how fast some processes take a filled log in; starting them is not counted."""
    context = mp.get_context("spawn")
    out = context.Queue()
    workers = [
        context.Process(target=drain, args=(url, folder, total, marks, 0.0 if i else every, out))
        for i in range(processes)
    ]
    began = time.monotonic()
    for worker in workers:
        worker.start()
    found = [out.get(timeout=3600) for _ in workers]
    for worker in workers:
        worker.join()
    seconds = max(one["seconds"] for one in found)
    return {
        "processes": processes, "events": total, "seconds": round(seconds, 2), "refreshed_every_s": every,
        "events_per_second": round(total / seconds), "cpu_seconds": round(sum(one["cpu"] for one in found), 1),
        "with_start_seconds": round(time.monotonic() - began, 2),
        "memory": [mark for one in found for mark in one["memory"]], "lost": sum(one["lost"] for one in found),
        "commits": sum(one["commits"] for one in found), "share": [one["events"] for one in found],
    }  # fmt: skip


def beside(measured: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return figures with the floor before and after them, and the ratio to their mean."""
    before = floor(FLOOR)["events_per_second"]
    found = measured()
    after = floor(FLOOR)["events_per_second"]
    ratio = round(2 * found["events_per_second"] / (before + after), 2)
    return {**found, "floor_before": before, "floor_after": after, "to_floor": ratio}


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Yield the address of a broker from a package, ended afterwards."""
    spec = find_spec("noida_db")
    if spec is None or spec.origin is None:
        sys.exit("--kafka needs the broker of the package noida-db.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = [str(Path(spec.origin).with_name("noida-db")), "start", "--only", "kafka", "--kafka-port", str(port)]
    process = subprocess.Popen([*words, "--data-dir", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    url = f"kafka://127.0.0.1:{port}?create=4&wait=30&compression=zstd"
    until = time.monotonic() + 30
    try:
        while True:
            try:
                Log.open(f"kafka://127.0.0.1:{port}?wait=1").close()
                break
            except LogError:
                if process.poll() is not None or time.monotonic() > until:
                    sys.exit("The broker does not start.")
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def chaos(kills: int, events: int) -> dict[str, Any]:
    """Return whether the state equals a batch recomputation after so many kills; by the test of it."""
    root = Path(__file__).parents[1]
    env = os.environ | {"SECONDLINE_KILLS": str(kills), "SECONDLINE_CHAOS_EVENTS": str(events)}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(root / "tests/monitor/test_chaos.py")]
    began = time.monotonic()
    done = subprocess.run(words, env=env, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout[-3000:])
    return {"kills": kills, "events": events, "identical": done.returncode == 0,
            "seconds": round(time.monotonic() - began, 1)}  # fmt: skip


def floor(total: int) -> dict[str, Any]:
    """Return how fast the same events are decoded and written as Parquet, and no more."""
    held = [payload for _, payload in payloads(total, 1)]
    gc.collect()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        for i in range(0, total, 100_000):
            events = decode_many(held[i : i + 100_000])
            table = parts.columns("decision", [Placed(e, "t", 0, n) for n, e in enumerate(events)])  # type: ignore[arg-type]  # none is bad
            pq.write_table(table, Path(folder) / f"{i}.parquet", compression="zstd", compression_level=1)
        seconds = time.monotonic() - began
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return {
        "events": total, "seconds": round(seconds, 2), "events_per_second": round(total / seconds),
        "bytes_an_event_json": round(sum(map(len, held)) / total), "bytes_an_event_parquet": round(size / total),
    }  # fmt: skip


def windows(folder: str, days: int) -> dict[str, Any]:
    """Return what it takes to make the windows of what was taken in, then after one late label, then to read them."""
    state = State.open(folder)
    began = time.monotonic()
    first = refresh(state)
    made_in = time.monotonic() - began
    url = f"sqlite:///{folder}/labels.sqlite"
    log = Log.open(url)
    writer = log.writer(LABELS)
    at = FIRST * DAY + 1
    writer.append([Label(id="l1", at=at, known=at + DAY, model=MODEL, decision="I0000000001", value=1.0)])
    consumer = Consumer(state, log, LABELS)
    while not consumer.step(0.1):
        pass
    consumer.close()
    began = time.monotonic()
    second = refresh(state)
    late = time.monotonic() - began
    whole = Window(MODEL, "", FIRST * DAY, (FIRST + days) * DAY)
    began = time.monotonic()
    readings = measure(state, MODEL, whole, ["stability.psi", "stability.score_psi", "discrimination.auc"])
    return {
        "cells": first.cells, "seconds": round(made_in, 2), "cells_after_a_late_label": second.cells,
        "seconds_after_a_late_label": round(late, 2), "readings": len(readings),
        "seconds_to_measure": round(time.monotonic() - began, 3), "rss_mib": round(rss()[0], 1),
        "rows": sum(mark.rows for mark in _marks(state)),
    }  # fmt: skip


def _marks(state: State) -> list[Any]:
    from secondline.monitor.cells import marks

    return marks(state, MODEL)


def load(url: str, folder: str, rate: float, seconds: float) -> dict[str, Any]:
    """Return how far behind the state is while events come at a steady rate."""
    total = int(rate * seconds)
    context = mp.get_context("spawn")
    out = context.Queue()
    writer = context.Process(target=fill, args=(url, total, 1, rate))
    reader = context.Process(target=drain, args=(url, folder, total + WARM, [], 0.0, out))
    log, state = Log.open(url), State.open(folder)
    fill(url, WARM, 1)
    reader.start()
    while sum(state.offsets(DECISIONS).values()) < WARM:  # the reader is up
        time.sleep(0.05)
    writer.start()
    behind: list[float] = []
    while reader.is_alive():
        ends = sum(lag.next for lag in log.lag(DECISIONS, "x"))
        if ends > WARM:
            behind.append((ends - sum(state.offsets(DECISIONS).values())) / rate)
        time.sleep(0.05)
    out.get(timeout=60)
    writer.join()
    reader.join()
    steady = sorted(behind[len(behind) // 4 :]) or [0.0]
    return {
        "rate": rate, "seconds": seconds, "lag_p50_s": round(steady[len(steady) // 2], 2),
        "lag_p99_s": round(steady[int(len(steady) * 0.99)], 2), "lag_max_s": round(steady[-1], 2),
    }  # fmt: skip


def started(folder: str) -> None:
    """Begin to watch the model in a new state."""
    state = State.open(folder)
    watch(state, study().spec, Path(), given=study().tables, absent=Absent("good"))
    state.close()


def told(name: str, figures: dict[str, Any]) -> dict[str, Any]:
    """Say figures as they come."""
    sys.stderr.write(f"{name}: {json.dumps(figures)}\n")
    return figures


def of_log(name: str, url: str, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return the figures of one kind of log: writing, taking in by one and by several processes, and the whole."""
    total, days = options.events, options.days
    began = time.monotonic()
    fill(url, total, days)
    found = {f"{name}_write": {"events_per_second": round(total / (time.monotonic() - began))}}
    runs = [(f"{name}_{n}", n, 0.0) for n in sorted({1, options.processes})]
    for title, processes, every in [*runs, (f"{name}_live", options.processes, CADENCE)]:
        target = str(folder / title)
        started(target)
        marks = [mark for mark in MEMORY if mark <= total]
        found[title] = told(
            title, beside(lambda t=target, p=processes, m=marks, e=every: drained(url, t, total, p, m, e))
        )  # type: ignore[misc]  # defaults
    return found


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return all figures."""
    found: dict[str, Any] = {"floor": floor(FLOOR)}
    found |= of_log("embedded", f"sqlite:///{folder / 'log.sqlite'}", options, folder)
    found["windows"] = windows(str(folder / "embedded_1"), options.days)
    if options.kafka:
        with broker(folder / "broker") as url:
            few = argparse.Namespace(**{**vars(options), "events": min(options.events, THROUGH_A_BROKER)})
            found |= of_log("kafka", url, few, folder)
    rate, seconds = (5_000.0, 4.0) if options.small else (20_000.0, 15.0)
    started(str(folder / "load"))
    found["load"] = told("load", load(f"sqlite:///{folder / 'load.sqlite'}", str(folder / "load"), rate, seconds))
    if options.chaos:
        found["chaos"] = told("chaos", chaos(options.chaos, max(900, 50 * options.chaos)))
    return found


def main() -> None:
    """Run and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="100,000 events of two days; writes no results")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--kafka", action="store_true", help="through Kafka too, on a broker that is started here")
    parser.add_argument("--chaos", type=int, default=0, help="how many kills")
    options = parser.parse_args()
    if options.small:
        options.events, options.days = 100_000, 2
    with tempfile.TemporaryDirectory(prefix="secondline-ingest-") as folder:
        found = run(options, Path(folder))
    packages = ("pyarrow", "msgspec", "duckdb", "sqlalchemy", "confluent-kafka")
    found["versions"] = {name: version(name) for name in packages}
    found["machine"] = {"python": platform.python_version(), "cores": os.cpu_count()}
    text = json.dumps(found, indent=1)
    sys.stdout.write(text + "\n")
    if not options.small:
        RESULTS.write_text(text + "\n")


if __name__ == "__main__":
    main()
