"""The journal: what is kept is durable, whole, and of one run at a time."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from secondline.core.errors import LedgerError
from secondline.evals.cache import Answer, Journal, key_of
from secondline.evals.wire import Used

REQUEST, RESPONSE = b'{"q": 1}', b'{"a": 2}'


def answer() -> Answer:
    digests = key_digest(REQUEST), key_digest(RESPONSE)
    return Answer(200, RESPONSE, *digests, "2026-11-26T10:00:00.000+00:00", 12.5, Used(3, 4, 0.5))


def key_digest(content: bytes) -> str:
    from secondline.core.canonical import digest_bytes

    return digest_bytes(content)


async def _kept(journal: Journal, key: str, cost: float = 0.5) -> None:
    number = await journal.begin("here", key, "now", 0.7)
    await journal.keep(number, key, REQUEST, answer(), cost)


def test_what_is_kept_comes_back_the_same(tmp_path: Path) -> None:
    """An answer is found again by another opening, with the bytes of both sides."""
    key = key_of("here", REQUEST, 0)
    journal = Journal(tmp_path / "deep" / "kept.sqlite")
    assert journal.find(key) is None
    asyncio.run(_kept(journal, key))
    journal.close()
    again = Journal(tmp_path / "deep" / "kept.sqlite")
    found = again.find(key)
    assert found is not None
    assert found.kept
    assert (found.body, found.latency_ms, found.used) == (RESPONSE, 12.5, Used(3, 4, 0.5))
    assert again.raw(found.request) == REQUEST
    assert again.raw(found.response) == RESPONSE
    with pytest.raises(LedgerError, match="are not in"):
        again.raw("0" * 64)
    again.close()


def test_keys_differ_by_every_part() -> None:
    """The endpoint, the request and the replicate each name another answer."""
    keys = {key_of(e, b, r) for e in ("a", "b") for b in (b"x", b"y") for r in (0, 1)}
    assert len(keys) == 8


def test_calls_that_never_ended_are_in_doubt_and_count_as_spent(tmp_path: Path) -> None:
    """A call that was begun and not ended counts with its estimate; one that failed with what it may have cost."""
    journal = Journal(tmp_path / "kept.sqlite")

    async def story() -> None:
        await _kept(journal, "a")
        await journal.begin("here", "b", "now", 0.7)
        number = await journal.begin("here", "c", "now", 0.7)
        await journal.end(number, "429", 0.0)
        await journal.begin("elsewhere", "d", "now", 9.0)

    asyncio.run(story())
    past = journal.past("here")
    assert (past.calls, past.doubtful) == (3, 1)
    assert past.cost == pytest.approx(1.2)
    assert journal.doubtful("here") == ("b",)
    assert journal.past("nowhere").cost == 0.0
    journal.close()


def test_many_writers_share_transactions(tmp_path: Path) -> None:
    """Calls that wait together are all written, and numbers are not used twice."""
    journal = Journal(tmp_path / "kept.sqlite")

    async def story() -> list[int]:
        return await asyncio.gather(*(journal.begin("here", str(i), "now", 0.0) for i in range(200)))

    assert sorted(asyncio.run(story())) == list(range(1, 201))
    assert journal.past("here").doubtful == 200
    journal.close()
    again = Journal(tmp_path / "kept.sqlite")
    assert asyncio.run(again.begin("here", "x", "now", 0.0)) == 201
    again.close()


def test_a_second_run_is_refused_while_one_holds_the_file(tmp_path: Path) -> None:
    """Two processes never ask with one file, so that neither pays what the other paid."""
    journal = Journal(tmp_path / "kept.sqlite")
    code = (
        "import sys; from pathlib import Path; from secondline.evals.cache import Journal; Journal(Path(sys.argv[1]))"
    )
    said = subprocess.run([sys.executable, "-c", code, str(journal.path)], capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "Another run holds" in said.stderr
    with pytest.raises(LedgerError, match="Another run holds"):
        Journal(journal.path)
    journal.close()
    Journal(journal.path).close()


def test_an_altered_answer_is_found_out(tmp_path: Path) -> None:
    """Bytes that were changed after they were kept are refused, not graded."""
    path = tmp_path / "kept.sqlite"
    journal = Journal(path)
    asyncio.run(_kept(journal, "a"))
    journal.close()
    with closing(sqlite3.connect(path)) as base:
        base.execute("UPDATE raw SET content = ? WHERE content = ?", (b'{"a": 3}', RESPONSE))
        base.commit()
    journal = Journal(path)
    with pytest.raises(LedgerError, match="was altered"):
        journal.find("a")
    journal.close()


@pytest.mark.parametrize("content", [b"not a database at all, but text", b"SQLite format 3\0" + b"\xff" * 200])
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file of something else is left as it is, and the error names it."""
    path = tmp_path / "kept.sqlite"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"kept\.sqlite"):
        Journal(path)
    assert path.read_bytes() == content


def test_a_folder_in_the_way_is_refused(tmp_path: Path) -> None:
    """A path that cannot be opened gives a reason."""
    with pytest.raises(LedgerError, match="cannot be opened"):
        Journal(tmp_path)


def test_what_cannot_be_written_is_not_acknowledged(tmp_path: Path) -> None:
    """When the file refuses a write, whoever waits for it is told, and the next write can still succeed."""
    journal = Journal(tmp_path / "kept.sqlite")

    async def story() -> None:
        with pytest.raises(LedgerError, match="Asking stops"):
            await journal._write(("INSERT INTO nothing VALUES (1)", ()))
        assert await journal.begin("here", "a", "now", 0.0) == 1

    asyncio.run(story())
    journal.close()


def test_a_cancelled_writer_does_not_take_others_with_it(tmp_path: Path) -> None:
    """A caller that is cancelled while it waits leaves the writing of others whole."""
    journal = Journal(tmp_path / "kept.sqlite")

    async def story() -> None:
        tasks = [asyncio.create_task(journal.begin("here", str(i), "now", 0.0)) for i in range(10)]
        await asyncio.sleep(0)
        tasks[3].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(one, int) for one in done) == 9
        await journal.settle()

    asyncio.run(story())
    assert journal.past("here").calls == 10
    journal.close()
