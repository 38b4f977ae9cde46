"""The gateway beside bare servers, in one run: `python benchmarks/gateway.py`, kept in results-gateway.json.

A LightGBM model of 200 trees on 20 numbers, as ONNX; single-row requests in JSON at 16 and 64 connections. Ours is
the whole gateway: it serves by a signed pass, checks a token, the inputs and the conditions, decides, and has every
decision durable in the embedded log before it replies. The floor is a
FastAPI server with the same model and no log. Rounds are interleaved, each server alone on the machine in its turn;
processor time is of the server's whole process tree, which other work on the machine disturbs least. The load is made
by wrk. Peers run where GATEWAY_LITSERVE, GATEWAY_MLSERVER or GATEWAY_BENTOML name the Python of an environment that
has them. `--small` makes one short round.
Each round begins with another server, and the order of the connections alternates, so that a machine that gets busier
or warmer favours none. Read `cpu_us_to_...` first where other work runs on the machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

HERE = Path(__file__).parent
PEERS = HERE / "peers"
COLUMNS = 20
CONNECTIONS = (16, 64)
RESULTS = HERE / "results-gateway.json"


Runs = dict[str, dict[int, dict[int, dict[str, float]]]]
"""Figures by server, connections and round."""


def serve_ours(port: int, folder: Path) -> None:
    """Serve the model behind the whole gateway: its pass, tokens, checks, and the embedded log."""
    from gateway_bank import configure

    from secondline.gateway.running import run
    from secondline.gateway.settings import read_settings

    run(read_settings(configure(folder, port)), folder)


def serve_fastapi(model: str, port: int) -> None:
    """Serve the model with FastAPI and Pydantic as anybody would write it, and no log."""
    import numpy as np
    import onnxruntime
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    class Tensor(BaseModel):
        name: str
        shape: list[int]
        datatype: str
        data: list[float]

    class Body(BaseModel):
        id: str | None = None
        inputs: list[Tensor]

    class Out(BaseModel):
        model_name: str
        model_version: str
        outputs: list[Tensor]

    Body.model_rebuild(_types_namespace={"Tensor": Tensor})
    Out.model_rebuild(_types_namespace={"Tensor": Tensor})
    app = FastAPI()

    async def infer(body: Any) -> Any:
        tensor = body.inputs[0]
        x = np.array(tensor.data, dtype=np.float32).reshape(tensor.shape)
        scores = session.run(["probabilities"], {"input": x})[0][:, 1]
        out = Tensor(name="score", shape=[len(scores)], datatype="FP64", data=scores.tolist())
        return Out(model_name="bench", model_version="1", outputs=[out])

    infer.__annotations__ = {"body": Body, "return": Out}
    app.post("/v2/models/bench/infer")(infer)
    app.get("/v2/health/live")(lambda: {"live": True})
    uvicorn.run(app, port=port, log_level="error", access_log=False)


def body() -> bytes:
    """Return the request, the same for every server."""
    data = [round(0.1 * i - 1, 3) for i in range(COLUMNS)]
    tensor = {"name": "input", "shape": [1, COLUMNS], "datatype": "FP32", "data": data}
    return json.dumps({"inputs": [tensor]}).encode()


class Server:
    """One server in its own process group."""

    def __init__(self, name: str, command: list[str], path: str, headers: dict[str, str], env: dict[str, str]) -> None:
        self.name, self.command, self.path, self.env = name, command, path, env
        self.headers = {"content-type": "application/json"} | headers
        self.port = 0

    def start(self) -> None:
        """Start and wait until one request is answered."""
        self.port = free_port()
        command = [part.replace("{port}", str(self.port)) for part in self.command]
        self.mark = f"GATEWAY_MARK={uuid4().hex}"
        env = os.environ | {name: value.replace("{port}", str(self.port)) for name, value in self.env.items()}
        env |= dict([self.mark.split("=")])
        self.process = subprocess.Popen(
            command, env=env, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        until = time.monotonic() + 180
        while time.monotonic() < until:
            try:
                answer = httpx.post(f"http://127.0.0.1:{self.port}{self.path}", content=body(), headers=self.headers)
                if answer.status_code == 200:
                    return
                last = f"{answer.status_code} {answer.text[:200]}"
            except httpx.HTTPError as error:
                last = str(error)
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"{self.name} does not answer: {last}")

    def stop(self) -> None:
        """Stop the whole group."""
        every = tree(self.process.pid, self.mark)
        for how in (signal.SIGTERM, signal.SIGKILL):
            for pid in every:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)

    def usage(self) -> tuple[float, float]:
        """Return the processor seconds and proportional MiB of the process tree."""
        seconds = memory = 0.0
        for pid in tree(self.process.pid, self.mark):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            memory += int(re.search(r"Pss:\s+(\d+)", rollup)[1]) / 1024  # type: ignore[index]
        return seconds, memory


def tree(root: int, mark: str) -> set[int]:
    """Return a process, all that descend from it, and those left alone that still bear its mark; peers do both."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = {root} | {pid for pid in parents if marked(pid, mark)}
    more = set(found)
    while more := {pid for pid, parent in parents.items() if parent in more} - found:
        found |= more
    return found


def marked(pid: int, mark: str) -> bool:
    """Whether a process has this in its environment."""
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def free_port() -> int:
    """Return a port nobody listens on."""
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def script(headers: dict[str, str], folder: Path) -> Path:
    """Write wrk's request."""
    path = folder / "post.lua"
    lines = ["wrk.method = 'POST'", f"wrk.body = [==[{body().decode()}]==]"]
    lines += [f"wrk.headers['{name}'] = '{value}'" for name, value in headers.items()]
    path.write_text("\n".join(lines))
    return path


def load(server: Server, connections: int, seconds: float, folder: Path) -> dict[str, float]:
    """Load a server and return what came of it."""
    before, _ = server.usage()
    url = f"http://127.0.0.1:{server.port}{server.path}"
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--latency",
        "-s",
        str(script(server.headers, folder)),
        url,
    ]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after, memory = server.usage()
    count = int(re.search(r"(\d+) requests in", out)[1])  # type: ignore[index]
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {
        "req_s": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),  # type: ignore[index]
        "p50_ms": millis(out, "50"),
        "p99_ms": millis(out, "99"),
        "cpu_us": 1e6 * (after - before) / max(count, 1),
        "memory_mib": memory,
        "not_2xx": int(bad[1]) if bad else 0,
    }


def millis(out: str, percent: str) -> float:
    """Return a percentile of wrk's in milliseconds."""
    value, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)\b", out).groups()  # type: ignore[union-attr]
    return float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def servers(folder: Path) -> list[Server]:
    """Return the servers that are there."""
    from gateway_bank import make_bank, make_model

    make_model(folder)
    model, token = str(folder / "model.onnx"), make_bank(folder)
    me = [sys.executable, str(Path(__file__))]
    path = "/v2/models/bench/infer"
    found = [
        Server("secondline", [*me, "ours", "{port}", str(folder)], path, {"Authorization": f"Bearer {token}"}, {}),
        Server("fastapi", [*me, "fastapi", model, "{port}"], path, {}, {}),
    ]
    common = {"GATEWAY_MODEL": model, "GATEWAY_PORT": "{port}"}
    if python := os.environ.get("GATEWAY_LITSERVE"):
        found.append(Server("litserve", [python, str(PEERS / "litserve_gateway.py")], "/predict", {}, common))
    if python := os.environ.get("GATEWAY_MLSERVER"):
        command = [python, str(PEERS / "mlserver_gateway.py")]
        found.append(Server("mlserver", command, path, {}, common))
    if python := os.environ.get("GATEWAY_BENTOML"):
        command = [str(Path(python).parent / "bentoml"), "serve", "bentoml_gateway:Bench", "--port", "{port}"]
        found.append(Server("bentoml", [*command, "--working-dir", str(PEERS)], "/infer", {}, common))
    return found


def turn(server: Server, folder: Path, each: tuple[int, ...], seconds: float) -> dict[int, dict[str, float]]:
    """Start a server, warm it up, load it with each number of connections, and stop it."""
    server.start()
    try:
        load(server, max(each), 1, folder)
        return {connections: load(server, connections, seconds, folder) for connections in each}
    finally:
        server.stop()


def main(*, small: bool) -> None:
    """Run and write the figures."""
    if not shutil.which("wrk"):
        raise SystemExit("This needs wrk: apt-get install wrk")
    rounds, seconds = (1, 2.0) if small else (5, 3.0)
    runs: Runs = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        every = servers(folder)
        for number in range(rounds):
            start = number % len(every)
            for server in every[start:] + every[:start]:
                try:
                    found = turn(server, folder, CONNECTIONS[:: -1 if number % 2 else 1], seconds)
                except RuntimeError as error:
                    print(error, file=sys.stderr)
                    continue
                for connections, one in found.items():
                    runs.setdefault(server.name, {}).setdefault(connections, {})[number] = one
                    print(server.name, connections, {k: round(v, 2) for k, v in one.items()}, flush=True)
    result = {
        "made": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "rounds": rounds,
    }
    result |= {
        "versions": {
            name: version(name) for name in ("uvicorn", "msgspec", "onnxruntime", "fastapi", "lightgbm", "uvloop")
        }
    }
    result["servers"] = {name: {str(c): summary(runs, name, c) for c in CONNECTIONS} for name in runs}
    print(json.dumps(result["servers"], indent=2))
    if not small:
        RESULTS.write_text(json.dumps(result, indent=2) + "\n")


def summary(runs: Runs, name: str, connections: int) -> dict[str, Any]:
    """Return medians over the rounds, and the ratios to every other server in the same round."""
    mine = runs[name][connections]
    found: dict[str, Any] = {
        key: round(statistics.median(one[key] for one in mine.values()), 2) for key in next(iter(mine.values()))
    }
    for other, theirs in runs.items():
        if other == name or name not in {"secondline", "fastapi"}:
            continue
        floor = theirs.get(connections, {})
        both = sorted(mine.keys() & floor.keys())
        for key in ("req_s", "cpu_us", "p99_ms"):
            found[f"{key}_to_{other}"] = spread([mine[i][key] / floor[i][key] for i in both if floor[i][key]])
    return found


def spread(ratios: list[float]) -> dict[str, float]:
    """Return the median and the range of ratios."""
    if not ratios:
        return {}
    return {
        "median": round(statistics.median(ratios), 2), "low": round(min(ratios), 2), "high": round(max(ratios), 2)
    }  # fmt: skip


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["ours", port, folder]:
            serve_ours(int(port), Path(folder))
        case ["fastapi", model, port]:
            serve_fastapi(model, int(port))
        case rest:
            main(small="--small" in rest)
