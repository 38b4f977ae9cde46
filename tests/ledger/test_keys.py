"""Keys: made for one reader only, refused when others can read them, rotated without losing the past; signed acts."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.estates import change, grown, peopled, register
from secondline.core.errors import LedgerError, Refused, SpecError
from secondline.ledger.keeping import checkpoint, rotate
from secondline.ledger.keys import Keys, key_line, make_key, own_file, own_key, read_key
from secondline.ledger.proof.tree import read_note, signed_by
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify


def test_a_key_is_for_its_owner_only(tmp_path: Path) -> None:
    """A new file has mode 0600; one that others can read signs nothing; one that is there is not overwritten."""
    file = tmp_path / "k.key"
    made = make_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_key(file).public == made.public
    with pytest.raises(SpecError, match="not overwritten"):
        make_key(file)
    for mode in (0o640, 0o604, 0o644):
        file.chmod(mode)
        with pytest.raises(LedgerError, match=f"can be read by others .mode 0{mode:o}."):
            read_key(file)


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    """A file with other content, and no file."""
    file = tmp_path / "k.key"
    file.write_text("hello")
    file.chmod(0o600)
    with pytest.raises(LedgerError, match="holds no Ed25519 key"):
        read_key(file)
    with pytest.raises(LedgerError, match="cannot be read"):
        read_key(tmp_path / "none")


def test_a_wide_service_key_stops_checkpoints(ledger: Ledger) -> None:
    """The 256th event is not written when its checkpoint cannot be signed safely; after chmod it is."""
    grown(ledger, 2, 200)
    ledger.keys.signer()
    ledger.keys.private.chmod(0o644)
    before = len(ledger.database.read())
    with pytest.raises(LedgerError, match="chmod 600"):
        ledger.acts([change("m0", description=f"d{i}") for i in range(100)])
    assert len(ledger.database.read()) == before
    ledger.keys.private.chmod(0o600)
    ledger.acts([change("m0", description=f"d{i}") for i in range(100)])
    assert len(ledger.database.read()) == before + 100


def test_rotation_keeps_the_past_verifiable(ledger: Ledger, url: str) -> None:
    """Checkpoints of the old key still verify, new ones are by the new key, and the change is on the chain."""
    grown(ledger, 2, 300)
    old = read_note(checkpoint(ledger))
    first = ledger.keys.signer().public
    second = rotate(ledger, "ann")
    assert first != second == ledger.keys.signer().public
    assert signed_by(old, [key_line(first)])
    assert not signed_by(old, [key_line(second)])
    ledger.acts([change("m0", description=f"e{i}") for i in range(300)])
    assert signed_by(read_note(checkpoint(ledger)), [key_line(second)])
    assert verify(ledger.folder, database=url).problems == ()
    assert [e.payload for e in ledger.database.read(kind="service-key.rotated")] == [{"from": first, "to": second}]


def test_keys_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SECONDLINE_KEYS names their folder."""
    monkeypatch.setenv("SECONDLINE_KEYS", str(tmp_path / "vault"))
    grown(Ledger.open(tmp_path / "runs"), 1, 300)
    assert (tmp_path / "vault" / "service.key").exists()
    assert not (tmp_path / "runs" / "keys").exists()
    assert verify(tmp_path / "runs").problems == ()
    assert Keys.of(tmp_path / "runs").folder == tmp_path / "vault"


def registered(ledger: Ledger) -> Ledger:
    """Give ann a key of her own, in her configuration folder."""
    peopled(ledger)
    signer = make_key(own_file("ann"))
    ledger.act("key.registered", "ann", "ann", {"key": signer.public}, signer=signer)
    return ledger


def test_a_person_with_a_key_signs(ledger: Ledger, url: str) -> None:
    """From registration on, acts in Python and at the terminal bear her signature; those of the page need none."""
    registered(ledger)
    ledger.acts([register("m")])
    ledger.act("model.changed", "ann", "m", {"entity": "A"}, via="cli")
    ledger.act("model.changed", "ann", "m", {"entity": "B"}, via="web:session")
    signed = {event.seq: bool(event.signature) for event in ledger.database.read()}
    assert signed == {1: False, 2: False, 3: True, 4: True, 5: True, 6: False}
    assert verify(ledger.folder, database=url).problems == ()


def test_without_the_key_she_cannot_act_here(ledger: Ledger) -> None:
    """The key gone, or another key: refused, on record, and nothing written."""
    registered(ledger)
    own_file("ann").unlink()
    with pytest.raises(Refused, match="not signed by the registered key"):
        ledger.acts([register("m")])
    with pytest.raises(Refused, match="signs their acts"):
        ledger.act("model.registered", "ann", "m", {"name": "M"}, signer=make_key(own_file("bob")))
    assert ledger.records.get("model", "m") is None
    assert [event.kind for event in ledger.database.read()][-2:] == ["act.refused", "act.refused"]


def test_a_new_key_is_vouched_for_by_the_old(ledger: Ledger, url: str) -> None:
    """Whoever has the terminal but not the old key cannot put a key of their own in its place."""
    registered(ledger)
    old = own_key("ann")
    own_file("ann").unlink()
    new = make_key(own_file("ann"))
    with pytest.raises(Refused):
        ledger.act("key.registered", "ann", "ann", {"key": new.public})
    ledger.act("key.registered", "ann", "ann", {"key": new.public}, signer=old)
    ledger.acts([register("m")])
    assert ledger.records.need("person", "ann")["key"] == new.public
    assert verify(ledger.folder, database=url).problems == ()


def test_a_name_cannot_lead_elsewhere() -> None:
    """The name of a person is never a path."""
    for name in ("../x", "a/b", "", ".hidden"):
        assert own_key(name) is None
        with pytest.raises(SpecError, match="cannot be the name of a key"):
            own_file(name)
