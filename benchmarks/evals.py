"""The runner of evaluations beside Inspect's, in one run: `python benchmarks/evals.py`, kept in results-evals.json.

A stub endpoint in a process of its own answers `/chat/completions` and turns one call in ten away with 429. Ours asks
10,000 cases at 64 calls at once, each call journalled and each answer durable before the next; then it asks again from
what is kept. Inspect asks fewer of the same cases of the same stub at 64 connections, with and without its realtime
log, where EVALS_INSPECT names the Python of an environment that has inspect-ai and openai. Processor seconds are of the
asking process alone, imports and the making of cases not counted, and are told per call that was answered, since other
work on the machine disturbs them least. Since Inspect asks fewer, what an evaluation costs it before the first call is
taken off by asking a quarter as many too (`marginal`), and the ratios are of that. Rounds alternate. `--small` asks
1,000 and 100 in one round.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results-evals.json"
CONCURRENCY, LIMITED, AIM = 64, 0.1, 5.0
WAYS = {"inspect": True, "inspect, log_realtime=False": False}
QUESTION = "What does the fee schedule say of account {}? " + "Answer from the policy alone. " * 6

INSPECT = """
import json, os, resource, sys, time
n, url, realtime, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "1", sys.argv[4]
os.environ.update(STUB_BASE_URL=url, STUB_API_KEY="none")
begin = time.process_time()
from importlib.metadata import version
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate
imported = time.process_time() - begin
question = sys.argv[5]
samples = [Sample(id=f"c{i}", input=question.format(i), target="said") for i in range(n)]
task = Task(dataset=MemoryDataset(samples), solver=generate(), scorer=includes())
cpu, wall = time.process_time(), time.perf_counter()
(log,) = eval(task, model="openai-api/stub/stub-1", max_connections=64, log_dir=folder, display="none",
              log_realtime=realtime)
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
done = sum(1 for sample in log.samples or [] if sample.output.completion)
print(json.dumps({"status": log.status, "answered": done, "cpu": cpu, "wall": wall, "import_cpu": imported,
                  "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                  "versions": {name: version(name) for name in ("inspect-ai", "openai", "httpx")}}))
"""


class Served:
    """The stub in a process of its own."""

    def __enter__(self) -> str:
        command = [sys.executable, "-m", "secondline.evals.stub", "--limited", str(LIMITED)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        return str(json.loads(self._process.stdout.readline())["url"])

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


def ours(n: int) -> dict[str, Any]:
    """Ask n cases in a process of its own, and again from what is kept."""
    with Served() as url, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE / "evals.py"), "--ask", str(n), url, folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def asked(n: int, url: str, folder: str) -> None:
    """Ask, in this process, and print what it took."""
    begin = time.process_time()
    from secondline.core.declared.genai import GenAI
    from secondline.evals.nouns import Case, Message
    from secondline.evals.runner import ask
    from secondline.evals.targets.posting import library

    library()
    imported = time.process_time() - begin
    genai = GenAI.model_validate(
        {
            "autonomy": "draft", "components": [{"kind": "model", "name": "stub-1"}],
            "target": {"kind": "openai", "url": url, "model": "stub-1",
                       "limits": {"concurrency": CONCURRENCY, "retries": 20}},
            "suites": {"s": {"cases": "-"}}, "criteria": {"c": {"scorer": "contains"}},
        }
    )  # fmt: skip
    cases = {"s": [Case(id=f"c{i}", turns=(Message(role="user", content=QUESTION.format(i)),)) for i in range(n)]}
    kept, said = Path(folder) / "kept.sqlite", {}
    for name in ("asked", "kept"):
        cpu, wall = time.process_time(), time.perf_counter()
        ran = ask(genai, cases, Path(folder), kept)
        said[name] = {
            "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall,
            "answered": sum(trace.status == "ok" for trace in ran.traces), "state": ran.state,
            "calls": ran.tally.asked, "limited": ran.tally.limited,
        }  # fmt: skip
    size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 2**20
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(said["asked"] | {"import_cpu": imported, "rss_mb": rss, "kept_mb": size, "again": said["kept"]}))


def inspect(python: str, n: int, *, realtime: bool) -> dict[str, Any]:
    """Let Inspect ask n of the cases."""
    with Served() as url, tempfile.TemporaryDirectory() as folder:
        command = [python, "-c", INSPECT, str(n), url, str(int(realtime)), folder, QUESTION]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def per_call(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of several rounds, per call that was answered."""
    each = [1000.0 * one["cpu"] / one["answered"] for one in rounds]
    return {
        "answered": [one["answered"] for one in rounds], "cpu_ms_a_call": round(statistics.median(each), 3),
        "cpu_ms_a_call_each": [round(value, 3) for value in each],
        "calls_a_second": round(statistics.median(one["answered"] / one["wall"] for one in rounds), 1),
        "import_cpu_s": round(statistics.median(one["import_cpu"] for one in rounds), 2),
        "rss_mb": round(max(one["rss_mb"] for one in rounds)),
    }  # fmt: skip


def main() -> None:
    """Run the rounds, print the figures and keep them."""
    if "--ask" in sys.argv:
        asked(int(sys.argv[-3]), sys.argv[-2], sys.argv[-1])
        return
    small = "--small" in sys.argv
    n, fewer, times = (1000, 100, 1) if small else (10_000, 400, 2)
    python = os.environ.get("EVALS_INSPECT", "")
    mine: list[dict[str, Any]] = []
    theirs: dict[str, list[list[dict[str, Any]]]] = {name: [] for name in WAYS}
    for _ in range(times):
        mine.append(ours(n))
        for name, realtime in WAYS.items() if python else ():
            theirs[name].append([inspect(python, m, realtime=realtime) for m in (fewer, fewer // 4)])
    result: dict[str, Any] = {
        "small": small, "concurrency": CONCURRENCY, "turned_away": LIMITED, "cpus": os.cpu_count(),
        "load": os.getloadavg(), "python": platform.python_version(),
        "versions": {"httpx": version("httpx"), "httpcore": version("httpcore")},
        "ours": per_call(mine) | {
            "calls": [one["calls"] for one in mine], "limited": [one["limited"] for one in mine],
            "kept_mb": round(max(one["kept_mb"] for one in mine), 1),
            "again_from_kept_cpu_ms_a_case": round(
                statistics.median(1000.0 * one["again"]["cpu"] / one["again"]["answered"] for one in mine), 3),
        },
    }  # fmt: skip
    for name, rounds in theirs.items():
        if rounds:
            result[name] = per_call([most for most, _ in rounds])
            result["versions"] |= rounds[0][0]["versions"] | {"httpx": version("httpx")}
            marginal = [1000.0 * (a["cpu"] - b["cpu"]) / (a["answered"] - b["answered"]) for a, b in rounds]
            result[name]["marginal_cpu_ms_a_call"] = round(statistics.median(marginal), 3)
            result[name]["times_ours"] = round(statistics.median(marginal) / result["ours"]["cpu_ms_a_call"], 1)
    if python:
        result["aim"] = {"times": AIM, "reached": min(result[name]["times_ours"] for name in WAYS) >= AIM}
    print(json.dumps(result, indent=1))
    if not small:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
