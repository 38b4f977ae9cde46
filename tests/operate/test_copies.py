"""Copies: whole or not there, taken while records are written, and checked byte by byte before they are put back."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from secondline.core.errors import SpecError
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify
from secondline.operate.copies import CopyError, back_up, checked, put_back
from secondline.operate.settings import Records, Settings


def kept(folder: Path) -> Settings:
    """Return the settings of a place of work with a ledger, a log and a state."""
    settings = Settings(base=folder)
    ledger = Ledger.open(settings.folder)
    ledger.act("person.added", "ada", "ada", {"name": "Ada", "roles": ["admin"]})
    ledger.objects.put(b"evidence")
    state = folder / "state" / "parts"
    state.mkdir(parents=True)
    (state / "one.parquet").write_bytes(b"rows")
    return settings


def test_a_copy_comes_back_and_verifies(tmp_path: Path) -> None:
    """What is restored elsewhere is the same chain to the last event, with its objects and parts."""
    settings = kept(tmp_path / "here")
    made = back_up(settings, tmp_path / "copy")
    there = Settings(base=tmp_path / "there")
    put_back(there, made.folder)
    assert Ledger.open(there.folder).head() == Ledger.open(settings.folder).head()
    assert not verify(there.folder).problems
    assert (tmp_path / "there" / "state" / "parts" / "one.parquet").read_bytes() == b"rows"


def test_a_copy_taken_while_acts_are_written_is_one_moment(tmp_path: Path) -> None:
    """Writers go on during the copy; what was copied is a whole chain that ends at one of their events."""
    settings = kept(tmp_path / "here")
    stop = threading.Event()

    def write() -> None:
        ledger, number = Ledger.open(settings.folder), 0
        while not stop.is_set() and number < 2_000:
            number += 1
            ledger.act("person.added", "ada", f"p{number}", {"name": f"Person {number}", "roles": []})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            back_up(settings, tmp_path / f"copy{number}")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        there = Settings(base=tmp_path / f"there{number}")
        put_back(there, tmp_path / f"copy{number}")
        assert not verify(there.folder).problems


def test_private_keys_stay_at_home_when_asked(tmp_path: Path) -> None:
    """With keys=False no private key is in the copy, and the public ones are."""
    settings = kept(tmp_path / "here")
    Ledger.open(settings.folder).keys.signer()
    with_keys, without = back_up(settings, tmp_path / "a"), back_up(settings, tmp_path / "b", keys=False)
    private = [p for p in with_keys.folder.rglob("*") if p.is_file() and b"PRIVATE KEY" in p.read_bytes()]
    assert private
    assert not [p for p in without.folder.rglob("*") if p.is_file() and b"PRIVATE KEY" in p.read_bytes()]
    assert private[0].stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("harm", ["altered", "missing", "added"])
def test_a_damaged_copy_is_refused(tmp_path: Path, harm: str) -> None:
    """One byte changed, one file gone or one too many: nothing is put back."""
    settings = kept(tmp_path / "here")
    copy = back_up(settings, tmp_path / "copy").folder
    file = copy / "state" / "parts" / "one.parquet"
    if harm == "altered":
        file.write_bytes(b"rowz")
    elif harm == "missing":
        file.unlink()
    else:
        (copy / "state" / "two").write_bytes(b"")
    there = Settings(base=tmp_path / "there")
    with pytest.raises(CopyError, match="not whole: 1 files differ"):
        put_back(there, copy)
    assert not (tmp_path / "there").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Neither an existing copy nor a place in use is written over."""
    settings = kept(tmp_path / "here")
    copy = back_up(settings, tmp_path / "copy").folder
    with pytest.raises(CopyError, match="Name a new folder"):
        back_up(settings, copy)
    with pytest.raises(CopyError, match="where records should go"):
        put_back(settings, copy)


def test_a_failed_copy_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails in the middle leaves no folder under the copy's name, nor a partial one."""
    settings = kept(tmp_path / "here")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copy2", fails)
    with pytest.raises(CopyError, match="No space left"):
        back_up(settings, tmp_path / "copies" / "one")
    assert not list((tmp_path / "copies").iterdir())


def test_what_is_no_copy_is_said(tmp_path: Path) -> None:
    """A folder without a manifest, or with a foreign one, is refused."""
    with pytest.raises(CopyError, match="no copy of ours"):
        checked(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"format": "other"}))
    with pytest.raises(CopyError, match="no copy of this form"):
        checked(tmp_path)


def test_a_database_without_its_program_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PostgreSQL database cannot be copied where pg_dump is not installed, and the message names it."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    settings = Settings(base=tmp_path, records=Records(database="postgresql://ada:secret@127.0.0.1/none"))
    with pytest.raises(SpecError, match="pg_dump is needed"):
        back_up(settings, tmp_path / "copy")
