"""Watching: what is stopped, ended, restricted or replaced takes effect at once and on record, without a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.desk_house import House, Time, asked, decided, graph, turned
from govern import signing_house
from govern.signing_house import Bank
from secondline.core.canonical import digest_bytes
from secondline.core.errors import OutOfTurn
from secondline.gateway.settings import read_settings
from secondline.gateway.watching import Watch
from secondline.ledger.passes import as_file, sealed
from secondline.workflow.passes import stop_model

pytestmark = pytest.mark.usefixtures("quick")
SECOND = 1.0


def suspended(house: House) -> None:
    """The pass is on the list of stopped ones."""
    house.listed({"pass": "P-1", "state": "suspended"})


def revoked(house: House) -> None:
    """The pass is revoked."""
    house.listed({"pass": "P-1", "state": "revoked"})


def expired(house: House) -> None:
    """The last day is over, and the list is fresh."""
    house.time.on(300 * 86_400)
    house.listed(issued="2027-02-25T00:00:00Z")


def stale(house: House) -> None:
    """Nothing was heard for longer than the pass allows."""
    house.time.on(25 * 3_600)


def withdrawn(house: House) -> None:
    """The file of the pass is taken away."""
    (house.folder / "passes" / "P-1.json").unlink()


def forged(house: House) -> None:
    """One byte of the pass is altered."""
    path = house.folder / "passes" / "P-1.json"
    path.write_bytes(path.read_bytes().replace(b'"low"', b'"LOW"'))


def until(house: House) -> None:
    """The list adds a last day that is over."""
    house.listed({"pass": "P-1", "state": "restricted", "limits": [{"kind": "until", "day": "2026-04-30"}]})


STOPS = [suspended, revoked, expired, stale, withdrawn, forged, until]


@pytest.mark.parametrize("stop", STOPS, ids=lambda f: f.__name__)
def test_a_pass_that_stops_carrying_stops_the_model_at_once(house: House, stop: Callable[[House], None]) -> None:
    """The running gateway refuses within one second of the change, says why, and keeps the refusal on record."""
    house.issue(house.study())
    watch = house.watch()
    watch.start()
    assert decided(watch, asked(-3.0))[0].decision == "approve"
    stop(house)
    began = time.monotonic()
    while (one := decided(watch, asked(-3.0))[0]).decision != "refused" and time.monotonic() < began + 10 * SECOND:
        time.sleep(0.02)
    assert one.decision == "refused"
    assert one.arm == "refused"
    assert one.path[0].startswith("stopped: ")
    assert one.inputs == {"limit": -3.0, "age": 30.0}
    assert not watch.desk.ready()


def test_a_look_is_due_within_half_a_second(house: House) -> None:
    """No setting lets a change wait for longer than half a second, so that one second is kept with room."""
    assert read_settings(house.settings()).look_every <= 0.5
    with pytest.raises(Exception, match="look-every"):
        read_settings(house.settings(top={"look-every": 2.0}))


def test_what_is_lifted_carries_again(house: House) -> None:
    """A suspension that is lifted takes effect as it came, and the fallback steps in between."""
    house.issue(house.study())
    watch = house.watch(fallback={"otherwise": "review"})
    suspended(house)
    watch.look()
    (one,) = decided(watch, asked(-3.0))
    assert (one.decision, one.arm, one.path) == ("review", "fallback", ("stopped: pass P-1 is suspended",
                                                                        "fallback:otherwise"))  # fmt: skip
    house.listed()
    watch.look()
    assert decided(watch, asked(-3.0))[0].decision == "approve"


def test_a_fallback_may_be_kept_from_stopped_models(house: House) -> None:
    """Where `covers` leaves out stopped passes, a stopped model is refused."""
    house.issue(house.study())
    watch = house.watch(fallback={"otherwise": "review", "covers": ["failure"]})
    suspended(house)
    watch.look()
    assert decided(watch, asked(-3.0))[0].decision == "refused"


def test_a_restriction_narrows_at_once(house: House) -> None:
    """Limits added to a pass are conditions like those it was signed with, and the rest goes on."""
    house.issue(house.study())
    watch = house.watch()
    limits = [{"kind": "population", "column": "limit", "high": 0.0}]
    house.listed({"pass": "P-1", "state": "restricted", "limits": limits})
    watch.look()
    found = decided(watch, asked([-3.0, 3.0]))
    assert [one.decision for one in found] == ["approve", "refused"]
    assert found[1].path == ("outside: only limit up to 0",)


def test_an_older_list_does_not_lift_what_a_newer_one_stopped(house: House) -> None:
    """A list that is put back is not believed, and what was known stays known."""
    house.issue(house.study())
    watch = house.watch()
    house.listed({"pass": "P-1", "state": "suspended"}, issued="2026-05-01T12:00:05Z")
    watch.look()
    house.listed(issued="2026-05-01T11:00:00Z")
    watch.look()
    assert decided(watch, asked(-3.0))[0].decision == "refused"
    assert any("older" in line for line in house.told)


def test_a_clock_set_back_extends_nothing(house: House) -> None:
    """After the last day, setting the clock back brings no pass back, while it runs or after a restart."""
    house.issue(house.study(), stale_hours=100_000)
    watch = house.watch()
    house.time.on(300 * 86_400)
    watch.look()
    assert decided(watch, asked(-3.0))[0].decision == "refused"
    house.time.wall -= 300 * 86_400
    watch.look()
    assert decided(watch, asked(-3.0))[0].decision == "refused"
    watch.close()
    house.watches.remove(watch)
    again = house.watch()
    assert decided(again, asked(-3.0))[0].decision == "refused"


def test_the_desk_itself_ends_what_nobody_confirms(house: House) -> None:
    """Even where looking hangs, the desk stops when what is known is over."""
    house.issue(house.study())
    watch = house.watch()
    house.time.on(25 * 3_600)
    (one,) = decided(watch, asked(-3.0))
    assert one.path == ("stopped: its pass ended, or is too long unconfirmed",)


def test_a_new_version_takes_over_under_load_without_a_failed_request(house: House) -> None:
    """While requests come, a version approved later replaces the old: none fails, each names exactly one version."""
    first = house.study()
    second = house.study("2.0", graph(2.0))
    house.issue(first)
    watch = house.watch()
    watch.start()
    seen: list[tuple[str, str, float | None, str]] = []
    end = threading.Event()

    def load() -> None:
        while not end.is_set():
            one = decided(watch, asked(1.0))[0]
            seen.append((one.version, one.digest, one.score, one.decision))

    thread = threading.Thread(target=load)
    thread.start()
    try:
        house.issue(second, "P-2", "2.0", issued="2026-05-01T01:00:00Z")
        last = time.monotonic() + 20
        while (not seen or seen[-1][0] != "2.0") and time.monotonic() < last:
            time.sleep(0.01)
    finally:
        end.set()
        thread.join()
    assert {(version, digest) for version, digest, _, _ in seen} == {("1.0", first), ("2.0", second)}
    assert len({(version, score) for version, _, score, _ in seen}) == 2
    assert "refused" not in {decision for _, _, _, decision in seen}
    versions = [version for version, _, _, _ in seen]
    assert versions == sorted(versions)


def test_a_new_version_that_cannot_be_loaded_leaves_the_old_one(house: House) -> None:
    """The old version goes on under its own pass, and the reason is told."""
    house.issue(house.study())
    watch = house.watch()
    house.study("2.0", graph(2.0))
    house.issue("f" * 64, "P-2", "2.0", issued="2026-05-01T01:00:00Z")
    watch.settle()
    (one,) = decided(watch, asked(-3.0))
    assert (one.version, one.pass_id, one.decision) == ("1.0", "P-1", "approve")
    assert "not what was approved" in watch.desk.models()[0]["trouble"]


def test_a_newer_version_that_is_stopped_does_not_bring_the_older_back(house: House) -> None:
    """Going back is a decision of people, made by naming the version, not a side effect of a suspension."""
    house.issue(house.study())
    house.issue(house.study("2.0", graph(2.0)), "P-2", "2.0", issued="2026-05-01T01:00:00Z")
    watch = house.watch()
    house.listed({"pass": "P-2", "state": "suspended"})
    watch.look()
    assert decided(watch, asked(-3.0))[0].decision == "refused"
    assert decided(house.watch(version="1.0"), asked(-3.0))[0].decision == "approve"


def test_an_unlisted_condition_kind_lets_nothing_through(house: House) -> None:
    """A gateway that does not know a condition cannot keep it, and refuses."""
    house.issue(house.study(), conditions=[{"kind": "moon", "phase": "full"}])
    (one,) = decided(house.watch(), asked(-3.0))
    assert one.decision == "refused"
    assert "'moon'" in one.path[0]


class LedgerHouse:
    """A bank whose ledger holds the pass."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        content = graph()
        monkeypatch.setattr(signing_house, "DIGEST", digest_bytes(content))
        self.house = House(folder / "house")
        self.house.study("1.0", content)
        self.bank = Bank(folder / "runs")
        self.time = Time("2026-05-01T10:00:00Z")
        self.folder = folder

    def watch(self, *, top: Mapping[str, Any] | None = None) -> Watch:
        """Return a desk that goes by the ledger."""
        path = self.house.folder / "gateway.yaml"
        models = {"pd": {"study": "{version}/model.yaml"}}
        path.write_text(yaml.safe_dump({"ledger": "../runs", "models": models, **(top or {})}))
        made = Watch(read_settings(path), self.house.folder, self.time.clock(), self.house.told.append)
        self.house.watches.append(made)
        made.settle()
        return made


def test_the_ledger_starts_and_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Approved in the ledger it decides; suspended there it stops at the next look; resumed it decides again."""
    made = LedgerHouse(tmp_path, monkeypatch)
    pass_id = made.bank.passed()
    watch = made.watch()
    request = asked(-3.0, use="origination", uses=frozenset({"U-1"}))
    assert decided(watch, request)[0].pass_id == pass_id
    made.bank.ledger.act("pass.suspended", "hal", pass_id, reason="drift")
    watch.look()
    assert decided(watch, request)[0].path == (f"stopped: pass {pass_id} is suspended",)
    made.bank.ledger.act("pass.resumed", "hal", pass_id, reason="mended")
    watch.look()
    assert decided(watch, request)[0].decision == "approve"
    stop_model(made.bank.ledger, "hal", "pd", "attack")
    watch.look()
    assert decided(watch, request)[0].decision == "refused"
    made.house.close()


def test_an_unreachable_ledger_is_borne_for_as_long_as_the_pass_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was last known holds for `stale_hours`, then nothing is decided; the reason is told once."""
    made = LedgerHouse(tmp_path, monkeypatch)
    made.bank.passed()
    watch = made.watch()
    request = asked(-3.0, use="U-1")

    def gone(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(made.bank.ledger.database.__class__, "reading", gone)
    for hours in (1, 20):
        made.time.on(hours * 3_600)
        watch.look()
        assert decided(watch, request)[0].decision == "approve"
    made.time.on(24 * 3_600)
    watch.look()
    assert "last known valid" in decided(watch, request)[0].path[0]
    assert sum("disk is gone" in line for line in made.house.told) == 1
    made.house.close()


def test_a_pass_record_that_was_rewritten_is_not_genuine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An envelope in the ledger's table that another key signed, or of another pass, carries nothing."""
    made = LedgerHouse(tmp_path, monkeypatch)
    pass_id = made.bank.passed()
    payload = dict(made.bank.get("pass", pass_id)["envelope"]["payload"]) | {"expires": "2099-12-31"}
    forged_one = sealed(payload, made.house.signer, "secondline-pass-1")
    made.bank.plant("pass", pass_id, "pass.resumed", "hal", envelope=forged_one)
    watch = made.watch()
    (one,) = decided(watch, asked(-3.0))
    assert one.decision == "refused"
    assert as_file(forged_one)
    made.house.close()


def test_no_source_at_all_serves_nothing(house: House) -> None:
    """Without a readable list of stopped passes nothing is decided, and asking a model is no error of the server."""
    house.issue(house.study())
    (house.folder / "stopped.json").write_bytes(b"{}")
    watch = house.watch()
    assert decided(watch, asked(1.0))[0].decision == "refused"
    assert turned(watch, asked(1.0, model="none")).status == 404
    assert any("not genuine" in line for line in house.told)


def test_what_is_served_is_on_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway reports version, digest and pass to the ledger, and that it stopped; a stranger's report is told."""
    made = LedgerHouse(tmp_path, monkeypatch)
    pass_id = made.bank.passed()
    watch = made.watch(top={"reports-as": "olga", "name": "eu-1"})
    watch.look()
    made.bank.ledger.act("pass.suspended", "hal", pass_id, reason="drift")
    watch.look()
    watch.close()
    made.house.watches.remove(watch)
    (doc,) = made.bank.ledger.records.find("deployment", gateway="eu-1")
    assert (doc["model"], doc["version"], doc["pass_id"], doc["state"]) == ("pd", "1.0", pass_id, "stopped")
    acts = [done.act for done in made.bank.ledger.records.past("deployment", doc["id"])]
    assert acts[0] == "deployment.reported"
    assert set(acts[1:]) == {"deployment.changed"}
    stranger = made.watch(top={"reports-as": "dan", "name": "eu-2"})
    stranger.close()
    made.house.watches.remove(stranger)
    assert any("could not be reported" in line for line in made.house.told)
    with pytest.raises(OutOfTurn, match="already"):
        made.bank.ledger.act("deployment.reported", "olga", "", {"gateway": "eu-1", "model": "pd"})
