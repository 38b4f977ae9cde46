"""The embedded log: killed, torn, full, shared by threads and processes, and cleaned up."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from secondline.events.embedded.log import EmbeddedLog
from secondline.events.embedded.packing import EVENTS, pack, runs, unpack
from secondline.events.log import Damaged, Full, Log, LogError, OutOfRange, Reader

KILLS = int(os.environ.get("SECONDLINE_KILLS", "8"))
WRITER = """
import sys
from secondline.events.log import Log
log = Log.open(sys.argv[1])
writer = log.writer("t")
n = int(sys.argv[2])
while True:
    group = [(b"k%d" % (i % 7), b"%d" % i + b"." * 200) for i in range(n, n + 40)]
    writer.write(group)
    n += 40
    sys.stdout.write("%d\\n" % n)
    sys.stdout.flush()
"""


def opened(path: Path, query: str = "") -> EmbeddedLog:
    return EmbeddedLog.at(f"sqlite:///{path}{query}")


def all_of(reader: Reader) -> list[bytes]:
    found: list[bytes] = []
    while batches := reader.poll(10_000, 0):
        found += [payload for batch in batches for payload in batch.payloads]
    return found


def writer_process(url: str, start: int) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", WRITER, url, str(start)]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    """Killed at any moment, again and again, what was acknowledged is there once, and groups are there whole or not."""
    url, acknowledged, chance = f"sqlite:///{tmp_path / 'log'}", 0, random.Random(7)
    for _ in range(KILLS):
        process = writer_process(url, acknowledged)
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 6)):
            acknowledged = int(process.stdout.readline())
        time.sleep(chance.random() / 100)  # anywhere within the next group
        process.send_signal(signal.SIGKILL)
        rest = process.communicate()[0].split()
        acknowledged = int(rest[-1]) if rest else acknowledged
        log = opened(tmp_path / "log")
        reader = log.reader("t", "g", at=dict.fromkeys(range(4), 0))
        counted = Counter(int(payload.split(b".")[0]) for payload in all_of(reader))
        reader.close()
        assert log.check() == []
        log.close()
        assert set(range(acknowledged)) <= counted.keys()
        assert len(counted) % 40 == 0  # a group is whole or not there
        acknowledged = max(counted) + 1
        assert set(counted.values()) == {1}


def test_threads_share_a_commit(tmp_path: Path) -> None:
    """What threads append at once is all there, each thread's in order, in far fewer transactions than appends."""
    log = opened(tmp_path / "log", "?partitions=1")
    writer = log.writer("t")

    def work(name: int) -> None:
        for i in range(30):
            writer.write([(b"", b"%d %d" % (name, i))])

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = log.reader("t", "g")
    found = [tuple(map(int, payload.split())) for payload in all_of(reader)]
    rows = sqlite3.connect(tmp_path / "log").execute("SELECT count(*) FROM batch").fetchone()[0]
    assert len(found) == 240
    assert all([i for n, i in found if n == name] == list(range(30)) for name in range(8))
    assert rows < 240
    reader.close()
    writer.close()
    log.close()


def test_processes_share_the_file(tmp_path: Path) -> None:
    """Two processes that begin at once on a new file each find what they wrote, offsets dense."""
    url = f"sqlite:///{tmp_path / 'log'}"
    processes = [writer_process(url, start) for start in (0, 1_000_000)]
    ends = []
    for process in processes:
        assert process.stdout is not None
        ends.append([int(process.stdout.readline()) for _ in range(5)][-1])
    for process in processes:
        process.kill()
        process.communicate()
    log = Log.open(url)
    reader = log.reader("t", "g")
    found = {int(payload.split(b".")[0]) for payload in all_of(reader)}
    assert set(range(ends[0])) | set(range(1_000_000, ends[1])) <= found
    assert sum(lag.next for lag in log.lag("t", "g")) == len(found)
    reader.close()
    log.close()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("UPDATE batch SET body = zeroblob(length(body)) WHERE first = 20", "not as they were written"),
        ("UPDATE batch SET body = substr(body, 1, 9) WHERE first = 20", "not as they were written"),
        ("UPDATE batch SET at = at + 1 WHERE first = 20", "not as they were written"),
        ("DELETE FROM batch WHERE first = 20", "are missing"),
        ("DELETE FROM batch WHERE first >= 20", "are missing"),
        (
            "UPDATE batch SET (body, seal) = (SELECT body, seal FROM batch WHERE first = 0) WHERE first = 20",
            "not as they were written",
        ),
    ],
)
def test_damage_is_told_and_never_skipped(tmp_path: Path, harm: str, said: str) -> None:
    """A torn, altered, moved or missing row stops the reader with its place; going on without it is a decision."""
    log = opened(tmp_path / "log", "?partitions=1")
    writer = log.writer("t")
    for i in range(0, 60, 20):
        writer.write([(b"", b"%d" % j) for j in range(i, i + 20)])
    base = sqlite3.connect(tmp_path / "log")
    base.execute(harm)
    base.commit()
    reader = log.reader("t", "g")
    assert len(reader.poll(1000, 0)[0].payloads) == 20
    with pytest.raises(Damaged, match=said):
        reader.poll(1000, 0)
    with pytest.raises(Damaged, match=said) as told:  # as often as it is asked
        reader.poll(1000, 0)
    assert (told.value.topic, told.value.partition, told.value.first) == ("t", 0, 20)
    reader.seek({0: told.value.next})
    assert len(all_of(reader)) in {0, 20}
    reader.close()
    writer.close()
    log.close()


def test_damage_in_one_partition_leaves_the_others(tmp_path: Path) -> None:
    """What was read of other partitions before the damage was met is handed out, and then the damage is told."""
    log = opened(tmp_path / "log", "?partitions=2")
    writer = log.writer("t")
    writer.write([(b"k%d" % i, b"%d" % i) for i in range(40)])
    base = sqlite3.connect(tmp_path / "log")
    base.execute("UPDATE batch SET at = 0 WHERE partition = 0")
    base.commit()
    reader = log.reader("t", "g")
    seen, wrong = [], 0
    for _ in range(4):
        try:
            seen += reader.poll(1000, 0)
        except Damaged:
            wrong += 1
    assert [batch.partition for batch in seen] == [1]
    assert wrong >= 2
    reader.close()


@pytest.mark.parametrize("at", [{0: 100}, {0: 10**12}])
def test_an_offset_the_log_does_not_hold_is_told(tmp_path: Path, at: dict[int, int]) -> None:
    """A state ahead of the log, as after an older copy was put back, is told and not read past."""
    log = opened(tmp_path / "log", "?partitions=1")
    log.writer("t").write([(b"", b"x")] * 5)
    reader = log.reader("t", "g", at=at)
    for _ in range(2):
        with pytest.raises(OutOfRange, match="older copy"):
            reader.poll(10, 0)
    reader.seek({0: 3})
    assert len(all_of(reader)) == 2


def test_what_is_old_and_read_is_dropped(tmp_path: Path) -> None:
    """Retention drops whole rows that are old and that every group has read, and tells a reader that comes too late."""
    log = opened(tmp_path / "log", "?partitions=1")
    writer = log.writer("t")
    for i in range(0, 60, 20):
        writer.write([(b"", b"%d" % j) for j in range(i, i + 20)])
    slow, quick = log.reader("t", "slow"), log.reader("t", "quick")
    slow.poll(25, 0)
    slow.mark({0: 25})
    quick.poll(60, 0)
    quick.mark({0: 60})
    assert log.retain("t", days=1) == 0
    assert log.retain("t", days=-1) == 20
    assert [lag.behind for lag in log.lag("t", "slow")] == [35]
    assert log.groups("t") == ["quick", "slow"]
    late = log.reader("t", "late", at={0: 3})
    with pytest.raises(OutOfRange, match="were dropped unread"):
        late.poll(1, 0)
    late.close()
    assert log.retain("t", days=-1) == 0
    slow.close()
    log.forget("t", "slow")
    log.forget("t", "late")
    assert log.retain("t", days=-1) == 40
    writer.write([(b"", b"new")])
    fresh = log.reader("t", "fresh")
    assert all_of(fresh) == [b"new"]
    fresh.close()
    log.forget("t", "fresh")
    log.forget("t", "quick")
    assert log.retain("t", days=-1, unread=True) == 1
    assert log.topics() == ["t"]


def test_a_full_log_holds_its_writer_back(tmp_path: Path) -> None:
    """Beyond the bound of what may be unread the writer waits, then is told when to come back; reading makes room."""
    log = opened(tmp_path / "log", "?partitions=1&backlog=10&wait=0.1")
    writer, reader = log.writer("t"), log.reader("t", "g")
    reader.poll(1, 0)
    writer.write([(b"", b"x")] * 10)
    with pytest.raises(Full, match="10 events of 't' are unread and 10 may be") as told:
        writer.write([(b"", b"y")])
    assert told.value.retry_after >= 0.1
    reader.poll(10, 0)
    reader.mark({0: 10})
    writer.write([(b"", b"z")])
    assert all_of(reader) == [b"z"]


def test_a_reader_that_is_missed_loses_its_partitions(tmp_path: Path) -> None:
    """A member that stops polling is passed over after its lease, and reads nothing more of what others took."""
    log = opened(tmp_path / "log", "?lease=0.3")
    log.writer("t").write([(b"k%d" % i, b"x") for i in range(50)])
    stopped, other = log.reader("t", "g"), log.reader("t", "g")
    assert sum(len(b.payloads) for b in stopped.poll(10, 0)) == 10
    end = time.monotonic() + 20
    while len(other.assigned()) < 4:
        assert time.monotonic() < end
        other.poll(1, 0.05)
    stopped.poll(100, 0)
    assert not stopped.assigned() & other.assigned()
    stopped.mark({0: 99})
    assert [lag.marked for lag in log.lag("t", "g")] == [None] * 4


def test_files_that_are_no_log(tmp_path: Path) -> None:
    """Another program's database, a text file, a folder and a later format are refused by name and left alone."""
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as base:
        base.execute("CREATE TABLE x (y)")
    later = tmp_path / "later.db"
    opened(later).close()
    with sqlite3.connect(later) as base:
        base.execute("PRAGMA user_version = 9")
    note = tmp_path / "note.txt"
    note.write_text("not a database at all " * 100)
    for path, said in (
        (other, "is another database, not the event log"),
        (later, "is of format 9; this version of secondline reads 1"),
        (note, "cannot be used: file is not a database"),
        (tmp_path, "cannot be used: unable to open database file"),
        (tmp_path / "nowhere" / "log", "cannot be opened: No such file"),
    ):
        with pytest.raises(LogError, match=said):
            opened(path)
    assert note.read_text().startswith("not a database")


def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    """Decisions are personal data: the file is for its owner alone."""
    opened(tmp_path / "log").close()
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_a_disk_that_fails_is_told(tmp_path: Path) -> None:
    """When the file cannot grow nothing is acknowledged, and what was there stays readable."""
    log = opened(tmp_path / "log", "?partitions=1")
    writer = log.writer("t")
    writer.write([(b"", b"kept")])
    writer._base.execute("PRAGMA max_page_count = 1")
    with pytest.raises(LogError, match="full"):
        writer.write([(b"", b"x" * 900_000)])
    writer._base.execute("PRAGMA max_page_count = 100000")
    reader = log.reader("t", "g")
    assert all_of(reader) == [b"kept"]


def test_rows_stay_small() -> None:
    """A run of events is cut by number and by size, loses none, and is taken apart as it was put together."""
    many = [b"%d" % i for i in range(2 * EVENTS + 1)]
    assert [len(run) for run in runs(many)] == [EVENTS, EVENTS, 1]
    large = [b"x" * 900_000] * 9
    assert [len(run) for run in runs(large)] == [4, 4, 1]
    assert unpack(pack(many), len(many)) == many
    assert unpack(pack([]), 0) == []
    for body, count in ((b"", 1), (pack([b"abc"]) + b"x", 1), (pack([b"abc"])[:-1], 1)):
        with pytest.raises(ValueError, match=r"requires|add up"):
            unpack(body, count)
