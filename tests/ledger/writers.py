"""Writers: processes that write to one ledger at once, or are killed while they do."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from secondline.ledger.store import Ledger

# Each says on stdout what it has written, after the commit; BEFORE=1 says so before it, which the test must notice.
WRITER = """
import os, sys
from pathlib import Path
from secondline.ledger.store import Ledger
folder, url, name, number = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
ledger = Ledger.open(folder, database=url)
print("ready", flush=True)
for i in range(number):
    if os.environ.get("BEFORE"):
        print(f"{name}-{i}", flush=True)
    ledger.act("model.registered", "ann", f"{name}-{i}", {"name": name})
    if not os.environ.get("BEFORE"):
        print(f"{name}-{i}", flush=True)
"""


def start(folder: Path, url: str, name: str, number: int, *, before: bool = False) -> subprocess.Popen[str]:
    """Start a writer."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | ({"BEFORE": "1"} if before else {})
    words = [sys.executable, "-c", WRITER, str(folder), url, name, str(number)]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)


def killed(folder: Path, url: str, name: str, at: random.Random, *, before: bool = False) -> list[str]:
    """Start a writer, kill it (-9) after a random number of lines and a random while; return what it acknowledged."""
    writer = start(folder, url, name, 100_000, before=before)
    assert writer.stdout is not None
    said = [writer.stdout.readline() for _ in range(2 + at.randrange(12))]
    spun = at.randrange(40_000)
    while spun:  # a random instant inside an act, without a clock
        spun -= 1
    writer.kill()
    said += writer.stdout.readlines()
    writer.communicate()  # waits, and closes the pipe
    return [line.strip() for line in said[1:] if line.endswith("\n")]  # a line cut short was not said


def survivors(folder: Path, url: str = "") -> set[str]:
    """Return the models the ledger holds."""
    return {row["id"] for row in Ledger.open(folder, database=url).records.find("model")}
