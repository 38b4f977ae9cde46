"""Every kind of tampering is detected and located, by our verification and by the script that knows nothing of us."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ledger.estates import change, grown, register
from reports.sample_run import sample_run
from secondline.ledger.database import FILE
from secondline.ledger.events import Event
from secondline.ledger.keeping import anchor_to, export, rebuild_derived
from secondline.ledger.keys import Keys, make_key
from secondline.ledger.proof import script
from secondline.ledger.proof.seals import FIELDS, GENESIS
from secondline.ledger.signing import signed_text
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify

Db = sqlite3.Connection


@dataclass(frozen=True)
class Case:
    """A ledger to spoil, what was noted of it elsewhere, and the script of the auditor."""

    folder: Path
    anchor: Path
    script: Path


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Build 600 events with people, models, an object, signed acts and two checkpoints; note them elsewhere."""
    folder = tmp_path_factory.mktemp("tamper")
    ledger = Ledger.open(folder / "runs")
    grown(ledger, 20, 500)
    ledger.record_run(sample_run().model_copy(update={"previous": None}), "vera")  # event 523
    signer = make_key(folder / "vera.key")
    ledger.act("key.registered", "vera", "vera", {"key": signer.public}, signer=signer)  # event 524
    run = sample_run().model_copy(update={"id": "second"})
    facts = ledger.records.need("run", sample_run().id)
    form = {k: v for k, v in facts.items() if k not in {"id", "seq", "state"}}
    ledger.act("run.finished", "vera", run.id, form, signer=signer)  # event 525, signed
    ledger.acts([change("m1", description=f"late {i}") for i in range(75)])  # to 600
    anchor_to(ledger, folder / "anchors.jsonl")
    (folder / "verify.py").write_text(script(), encoding="utf-8")
    return Case(folder / "runs", folder / "anchors.jsonl", folder / "verify.py")


@pytest.fixture
def case(intact: Case, tmp_path: Path) -> Case:
    """Return a copy to spoil."""
    return replace(intact, folder=Path(shutil.copytree(intact.folder, tmp_path / "runs")))


def spoil(case: Case, *steps: tuple[str, tuple[object, ...]]) -> None:
    """Change the database as somebody who may do anything with its file would: guards first."""
    with sqlite3.connect(case.folder / FILE) as db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {trigger}")
        for statement, values in steps:
            db.execute(statement, values)
    db.close()


def event(case: Case, seq: int) -> Event:
    """Return one event."""
    with sqlite3.connect(case.folder / FILE) as db:
        row = db.execute(f"SELECT {', '.join(FIELDS)} FROM events WHERE seq = ?", (seq,)).fetchone()
    db.close()
    return Event(*row)


def reseal(case: Case, start: int, edit: Callable[[Event], Event | None] = lambda event: event) -> None:
    """Rewrite the chain from an event on, with true seals and links, and fold it again: the cleverest forger."""
    with sqlite3.connect(case.folder / FILE) as db:
        rows = db.execute(f"SELECT {', '.join(FIELDS)} FROM events ORDER BY seq").fetchall()
    db.close()
    previous, steps, seq = GENESIS, [("DELETE FROM events WHERE seq >= ?", (start,))], 0
    for found in (Event(*row) for row in rows):
        made = edit(found) if found.seq >= start else found
        if made is None:
            continue
        seq += 1
        if found.seq >= start:
            made = replace(made, seq=seq, previous=previous).sealed()
            steps.append((f"INSERT INTO events VALUES ({', '.join('?' * 11)})", made.row()))
        previous = made.seal
    spoil(case, *steps)
    rebuild_derived(Ledger.open(case.folder))


def standalone(place: Path, case: Case, *more: str) -> str:
    """Run the auditor's script, isolated so that nothing of ours can be imported; returns what it prints."""
    words = [sys.executable, "-I", "-S", "-c", RUNNER, str(case.script), str(place), *more]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}
    assert not done.stderr, done.stderr
    assert (done.returncode == 0) == done.stdout.endswith("Intact.\n"), done.stdout
    return done.stdout


# Only the folder that holds `cryptography` is on the path, and secondline is made impossible to import.
RUNNER = f"""
import runpy, sys, site
for folder in {[p for p in sys.path if "site-packages" in p]!r}: site.addsitedir(folder)
sys.modules["secondline"] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_the_intact_ledger_verifies_both_ways(intact: Case) -> None:
    """Without a problem, with and without anchor, from the folder and from an export."""
    assert verify(intact.folder).problems == ()
    assert verify(intact.folder, anchor=intact.anchor).problems == ()
    assert "600 events" in standalone(intact.folder, intact, "--anchor", str(intact.anchor))
    exported = intact.folder.parent / "export.jsonl"
    exported.write_text("".join(line + "\n" for line in export(Ledger.open(intact.folder))), encoding="utf-8")
    assert "Intact" in standalone(exported, intact, "--objects", str(intact.folder / "objects"))


Spoil = Callable[[Case], None]


def field(name: str, value: object, seq: int = 300) -> Spoil:
    return lambda case: spoil(case, (f"UPDATE events SET {name} = ? WHERE seq = ?", (value, seq)))


def _swap_places(case: Case) -> None:
    steps = [("UPDATE events SET seq = ? WHERE seq = ?", pair) for pair in ((9999, 300), (300, 301), (301, 9999))]
    spoil(case, *steps)


def _swap_bodies(case: Case) -> None:
    a, b = event(case, 300).body, event(case, 301).body
    spoil(case, *(("UPDATE events SET body = ? WHERE seq = ?", pair) for pair in ((b, 300), (a, 301))))


def _insert(case: Case) -> None:
    forged = replace(event(case, 600), seq=601, previous="f" * 64).sealed()
    spoil(case, (f"INSERT INTO events VALUES ({', '.join('?' * 11)})", forged.row()))


def _fork(case: Case) -> None:
    """Two histories from event 550 on, the second written over the first."""
    for old in range(551, 601):
        forged = replace(event(case, old), previous=event(case, 549).seal if old == 551 else event(case, old - 1).seal)
        spoil(case, ("DELETE FROM events WHERE seq = ?", (old,)),
              (f"INSERT INTO events VALUES ({', '.join('?' * 11)})", forged.sealed().row()))  # fmt: skip


def _first_object(case: Case) -> Path:
    return min((case.folder / "objects").glob("??/*"))


def _spoil_object(case: Case) -> None:
    _first_object(case).write_bytes(b"x")


def _note(case: Case, **changed: str) -> str:
    with sqlite3.connect(case.folder / FILE) as db:
        note = str(db.execute("SELECT note FROM checkpoints WHERE size = 256").fetchone()[0])
    db.close()
    for old, new in changed.items():
        note = note.replace(old, new)
    return note


def _forged_checkpoint(case: Case) -> None:
    spoil(case, ("UPDATE checkpoints SET note = ? WHERE size = 256", (_note(case).replace("2026", "2025"),)))


def _foreign_key(case: Case) -> None:
    text = _note(case).partition("\n\n")[0] + "\n"
    forged = Keys(case.folder.parent / "attacker").note(text)
    spoil(case, ("UPDATE checkpoints SET note = ? WHERE size = 256", (forged,)))


def _stripped(case: Case) -> None:
    reseal(case, 525, lambda e: replace(e, signature="") if e.seq == 525 else e)


def _replayed(case: Case) -> None:
    signature = event(case, 525).signature
    reseal(case, 526, lambda e: replace(e, actor="vera", signature=signature) if e.seq == 530 else e)


def _signed_by_another(case: Case) -> None:
    signer = make_key(case.folder.parent / "eve.key")

    def edit(e: Event) -> Event:
        return replace(e, signature=signer.sign(signed_text(e)).hex()) if e.seq == 525 else e

    reseal(case, 525, edit)


SEEN: dict[str, tuple[Spoil, str]] = {
    "time altered": (field("at", "2020-01-01T00:00:00.000Z"), "event 300"),
    "actor altered": (field("actor", "eve"), "event 300"),
    "kind altered": (field("kind", "model.registered"), "event 300"),
    "subject altered": (field("subject", "model/m2"), "event 300"),
    "body altered": (field("body", '{"set":{"entity":"X"}}'), "event 300"),
    "body no JSON": (field("body", "{"), "event 300"),
    "body no text": (field("body", b"\xff\xfe"), "event 300"),
    "reason altered": (field("reason", "because"), "event 300"),
    "door altered": (field("via", "web"), "event 300"),
    "signature added": (field("signature", "00"), "event 300"),
    "signature removed": (field("signature", "", 525), "event 525"),
    "link altered": (field("previous", "f" * 64), "event 300"),
    "seal altered": (field("seal", "f" * 64), "event 300"),
    "seal no digest": (field("seal", "x"), "event 300"),
    "event deleted": (lambda c: spoil(c, ("DELETE FROM events WHERE seq = 300", ())), "event 300"),
    "events deleted": (lambda c: spoil(c, ("DELETE FROM events WHERE seq BETWEEN 300 AND 310", ())), "events 300 to 310"),  # noqa: E501 - one row of a table
    "first event deleted": (lambda c: spoil(c, ("DELETE FROM events WHERE seq = 1", ())), "event 1"),
    "event inserted": (_insert, "event 601"),
    "events reordered": (_swap_places, "event 300"),
    "two bodies swapped": (_swap_bodies, "event 301"),
    "history forked": (_fork, "event 551"),
    "tail cut below a checkpoint": (lambda c: spoil(c, ("DELETE FROM events WHERE seq > 500", ())), "events 501 to 600"),  # noqa: E501 - one row of a table
    "chain rewritten with true seals": (lambda c: reseal(c, 300, lambda e: replace(e, reason="x")), "events 257 to 512"),  # noqa: E501 - one row of a table
    "event dropped, chain resealed": (lambda c: reseal(c, 300, lambda e: None if e.seq == 300 else e), "events 257 to 512"),  # noqa: E501 - one row of a table
    "checkpoint altered": (_forged_checkpoint, "checkpoint 256"),
    "checkpoint by a foreign key": (_foreign_key, "checkpoint 256"),
    "checkpoint no note": (lambda c: spoil(c, ("UPDATE checkpoints SET note = 'x' WHERE size = 512", ())), "checkpoint 512"),  # noqa: E501 - one row of a table
    "checkpoint deleted": (lambda c: spoil(c, ("DELETE FROM checkpoints WHERE size = 256", ())), "checkpoint 256"),
    "person's signature stripped, resealed": (_stripped, "event 525"),
    "person's signature replayed, resealed": (_replayed, "event 530"),
    "signed by another key, resealed": (_signed_by_another, "event 525"),
    "object altered": (_spoil_object, "object"),
    "object deleted": (lambda c: _first_object(c).unlink(), "object"),
    "document altered": (lambda c: spoil(c, ("UPDATE docs SET body = '{}' WHERE id = 'm3'", ())), "document model/m3"),
    "document deleted": (lambda c: spoil(c, ("DELETE FROM docs WHERE id = 'm3'", ())), "document model/m3"),
    "document added": (lambda c: spoil(c, ("INSERT INTO docs VALUES ('model', 'new', 99, 1, '{}')", ())), "document model/new"),  # noqa: E501 - one row of a table
    "list entry altered": (lambda c: spoil(c, ("UPDATE now_model SET family = 'aml' WHERE id = 'm3'", ())), "list entry model/m3"),  # noqa: E501 - one row of a table
    "list entry deleted": (lambda c: spoil(c, ("DELETE FROM now_model WHERE id = 'm3'", ())), "list entry model/m3"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SEEN)
def test_tampering_is_detected_and_located(case: Case, kind: str) -> None:
    """Both verifications name the place."""
    spoiling, where = SEEN[kind]
    spoiling(case)
    ours = verify(case.folder).problems
    assert [p for p in ours if where in p.what or where in p.detail], ours
    theirs = standalone(case.folder, case)
    assert where in theirs
    lists = ("past of", "list entry", "document")  # ours knows more of these
    same = {f"{p.kind}: {p.what}: {p.detail}" for p in ours if not p.what.startswith(lists)}
    assert same <= set(theirs.splitlines())


def _rolled_back(case: Case) -> None:
    reseal(case, 560, lambda e: None)
    spoil(case, ("DELETE FROM checkpoints WHERE size > 559", ()))


def _rewritten_whole(case: Case) -> None:
    """Everything from the first event, with a service key of the forger's own put in place of ours."""
    reseal(case, 1, lambda e: replace(e, reason="forged", signature="", via="web"))
    shutil.rmtree(case.folder / "keys")
    spoil(case, ("DELETE FROM checkpoints", ()))
    ledger = Ledger.open(case.folder)
    from secondline.ledger.checkpoints import keep_up

    with ledger.database.writing() as connection:
        keep_up(connection, ledger.keys)


@pytest.mark.parametrize(
    ("spoiling", "where"),
    [(_rolled_back, "events 560 to 600"), (_rewritten_whole, "to 600")],
    ids=["rollback", "rewrite"],
)
def test_what_only_the_anchor_shows(case: Case, spoiling: Spoil, where: str) -> None:
    """An old backup put back, and a whole rewrite with new keys: consistent in themselves, exposed by the anchor."""
    spoiling(case)
    assert verify(case.folder).problems == ()
    assert "Intact" in standalone(case.folder, case)
    found = verify(case.folder, anchor=case.anchor).problems
    assert [p for p in found if p.kind == "rewritten or cut" and where in p.what], found
    assert where in standalone(case.folder, case, "--anchor", str(case.anchor))


def test_a_known_key_exposes_a_new_one(case: Case, intact: Case, tmp_path: Path) -> None:
    """A whole rewrite signed by a new service key fails against the key the auditor noted."""
    _rewritten_whole(case)
    key = str(intact.folder / "keys" / "service.pub")
    assert "checkpoint 256" in {p.what for p in verify(case.folder, key=key).problems}
    assert "forged: checkpoint 256" in standalone(case.folder, case, "--key", key)


def test_a_noted_head_exposes_a_rollback(case: Case, intact: Case) -> None:
    """One digest on paper is an anchor too."""
    _rolled_back(case)
    head = verify(intact.folder).head
    assert [p.kind for p in verify(case.folder, expected_head=head).problems] == ["rewritten or cut"]
    assert "noted head is not in this ledger" in standalone(case.folder, case, "--head", head)


@pytest.mark.parametrize("table", ["now_model", "was_model"])
def test_facets_no_document_states_are_checked_by_the_law(case: Case, table: str) -> None:
    """A default that a list shows, and the past of a list, are checked by ours, which knows the law."""
    spoil(case, (f"UPDATE {table} SET vendor = 'eve' WHERE id = 'm3'", ()))
    assert [p for p in verify(case.folder).problems if "list entry model/m3" in p.what]


def test_a_tampered_export_is_seen(intact: Case, tmp_path: Path) -> None:
    """An export that was changed on its way fails too, event and document."""
    lines = list(export(Ledger.open(intact.folder)))
    at = next(i for i, line in enumerate(lines) if line.startswith('{"event":[300,'))
    found = json.loads(lines[at])
    found["event"][2] = "eve"
    lines[at] = json.dumps(found, separators=(",", ":"))
    lines = [line.replace("late 74", "late 99") if line.startswith('{"doc":["model","m1"') else line for line in lines]
    (tmp_path / "export.jsonl").write_text("\n".join(lines), encoding="utf-8")
    told = standalone(tmp_path / "export.jsonl", intact, "--objects", str(intact.folder / "objects"))
    assert "altered: event 300" in told
    assert "altered: document model/m1" in told


def test_the_server_is_verified_too(tmp_path: Path, fresh_url: str) -> None:
    """A row changed on PostgreSQL, behind the ledger's back, is named."""
    from secondline.ledger.sql import run

    ledger = Ledger.open(tmp_path, database=fresh_url)
    grown(ledger, 5, 300)
    ledger.acts([register("last")])
    assert verify(tmp_path, database=fresh_url).problems == ()
    with ledger.database.writing() as connection:
        run(connection, "ALTER TABLE events DISABLE TRIGGER ALL")
        run(connection, "UPDATE events SET actor = 'eve' WHERE seq = 30")
        run(connection, "UPDATE docs SET body = '{}' WHERE id = 'm3'")
    whats = {p.what for p in verify(tmp_path, database=fresh_url).problems}
    assert {"document model/m3"} < whats
    assert any(what.startswith("event 30 ") for what in whats)
