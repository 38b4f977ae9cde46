"""The jail holds what it says it holds: each wall is tried from inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from secondline.models.jail import filters
from secondline.models.sandbox import opened

PROBE = """
import ctypes, json, os, sys, threading
from secondline.models.jail import confine
held = confine()
import socket
seen = {}
def tried(name, act):
    try:
        act()
        seen[name] = "done"
    except OSError as refusal:
        seen[name] = "refused"
tried("socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
tried("unix", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
tried("fork", lambda: os._exit(0) if os.fork() == 0 else None)
tried("program", lambda: os.execv(sys.executable, [sys.executable, "-c", ""]))
seen["shell"] = "refused" if os.system("true") else "done"
tried("signal", lambda: os.kill(os.getppid(), 0))
tried("own signal", lambda: os.kill(os.getpid(), 0))
import resource
tried("limits of another", lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE))
tried("read", lambda: open(sys.argv[1]).read())
tried("list", lambda: os.listdir(os.path.dirname(sys.argv[1])))
tried("write", lambda: open(sys.argv[1] + ".new", "w"))
tried("remove", lambda: os.unlink(sys.argv[1]))
tried("environment of another", lambda: open(f"/proc/{os.getppid()}/environ", "rb").read())
tried("own folder", lambda: open("inside", "w").close())
tried("library", lambda: __import__("colorsys"))
tried("randomness", lambda: os.urandom(8))
started = threading.Thread(target=lambda: None)
started.start()
started.join()
seen["namespaces"] = "refused" if ctypes.CDLL(None).unshare(0x10000000) else "done"
print(json.dumps({"held": held, "seen": seen}))
"""


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process that raised the walls could still do."""
    outside, folder = tmp_path_factory.mktemp("outside"), tmp_path_factory.mktemp("inside")
    (outside / "secret").write_text("secret")
    command = [sys.executable, "-I", "-c", PROBE, str(outside / "secret")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, Any] = json.loads(done.stdout)
    found["left"] = (outside / "secret").exists() and not (outside / "secret.new").exists()
    return found


def held(inside: dict[str, Any], wall: str) -> dict[str, str]:
    """Return what was seen, where the kernel of this machine lets an ordinary user raise the wall."""
    if not inside["held"][wall]:
        pytest.skip(f"the kernel of this machine does not give the wall {wall!r}")
    seen: dict[str, str] = inside["seen"]
    return seen


def test_no_socket_can_be_opened(inside: dict[str, Any]) -> None:
    """Neither to the network nor to a neighbour on the machine."""
    seen = held(inside, "network")
    assert (seen["socket"], seen["unix"]) == ("refused", "refused") or not inside["held"]["processes"]


def test_no_file_outside_is_reached(inside: dict[str, Any]) -> None:
    """Not read, listed, written, or removed; its own folder and the libraries stay open to it."""
    seen = held(inside, "files")
    assert {seen[act] for act in ("read", "list", "write", "remove", "environment of another")} == {"refused"}
    assert {seen[act] for act in ("own folder", "library", "randomness")} == {"done"}
    assert inside["left"]


def test_no_other_process_is_started_or_touched(inside: dict[str, Any]) -> None:
    """No fork, no program, no shell, no signal, no limit, no new namespace; threads and its own signals go on."""
    seen = held(inside, "processes")
    acts = ("fork", "program", "shell", "signal", "limits of another", "namespaces")
    assert {seen[act] for act in acts} == {"refused"}
    assert seen["own signal"] == "done"


def test_without_walls_the_probe_succeeds(tmp_path: Path) -> None:
    """The probe bites: without the walls the same acts are done, so that a refusal is the wall's."""
    (tmp_path / "secret").write_text("secret")
    probe = PROBE.replace("held = confine()", "held = {}").replace('tried("program"', '(lambda *_: None)("program"')
    command = [sys.executable, "-I", "-c", probe, str(tmp_path / "secret")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    seen = json.loads(done.stdout.splitlines()[-1])["seen"]
    assert {seen[act] for act in ("socket", "unix", "fork", "shell", "read", "list", "write", "remove")} == {"done"}


def test_a_model_says_which_walls_hold(inside: dict[str, Any]) -> None:
    """The facts of an opened model name them, with what the process is limited in and what it was opened with."""
    model = opened("m.json", "linear", b'{"coefficients": {"x": 1}}', {})
    model.close()
    assert model.facts["jail"] == {"memory": True, "cpu": True} | inside["held"]
    assert set(model.facts["versions"]) >= {"python", "numpy"}


@pytest.mark.skipif(os.uname().machine not in filters.AUDIT, reason="the filter knows x86-64 and 64-bit ARM only")
def test_the_filter_is_whole() -> None:
    """Every instruction is eight bytes, no jump leaves the program, and the last one answers."""
    for name in filters.AUDIT:
        lines = filters.program(name, 7)
        assert len(lines) % 8 == 0
        decoded = [(lines[i] + 256 * lines[i + 1], lines[i + 2], lines[i + 3]) for i in range(0, len(lines), 8)]
        assert all(i + 1 + max(yes, no) < len(decoded) for i, (code, yes, no) in enumerate(decoded) if code & 7 == 5)
        assert decoded[-1][0] == filters.ANSWER
