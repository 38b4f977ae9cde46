"""Coverage: statuses, levels, dates and waivers, by five controls of a bank's own."""

from __future__ import annotations

from typing import Any

import pytest

from policed import DAY, PACK, facts, pack
from secondline.policy.coverage import (
    BANK,
    STATUSES,
    Held,
    Verdict,
    assess,
    demands,
    standing,
    tallies,
    whole_catalogue,
)


def judged(day: str = DAY, held: Held | None = None, **changes: Any) -> dict[str, Verdict]:
    """Return where the model stands."""
    return assess(demands([held or Held(pack(), "2026-01-01")], day), facts(**{"today": day, **changes}), day)


def test_in_order() -> None:
    """What the records show is met, with the records named; what begins later is shown and does not count."""
    found = judged()
    assert {i: v.status for i, v in found.items() if v.counts} == {
        "OWN-OWNER": "met", "OWN-REVIEW": "met", "OWN-VERSION": "met",
    }  # fmt: skip
    assert found["OWN-REVIEW"].records == ("pd", "V-1")
    assert found["OWN-LATER"].begins == "2027-05-01"
    assert not found["OWN-LATER"].counts
    assert found["OWN-OWNER"].regimes == ("HOUSE",)
    assert standing(found.values()) == "in order"


@pytest.mark.parametrize(
    ("changes", "control", "status", "because"),
    [
        ({"model": {"owner": ""}}, "OWN-OWNER", "not_met", "not on record: The owner is named"),
        ({"model": {"last_validated": ""}}, "OWN-REVIEW", "undecided", "a date is blank"),
        ({"model": {"last_validated": "2025-11-25"}}, "OWN-REVIEW", "not_met", "not on record"),
        ({"model": {"tier": 3}}, "OWN-REVIEW", "not_applicable", "does not arise"),
        ({"versions": []}, "OWN-VERSION", "not_applicable", "there is no version"),
        ({"versions": [{"id": "a", "state": "retired"}]}, "OWN-VERSION", "not_applicable", "does not arise"),
        (
            {"versions": [{"id": "a", "state": "in-use", "digest": "x"}, {"id": "b", "state": "in-use", "digest": ""}]},
            "OWN-VERSION", "not_met", "b: not on record",
        ),
        ({"versions": [{"id": "a"}]}, "OWN-VERSION", "undecided", "a: whether it applies: state is not on record"),
    ],
)  # fmt: skip
def test_statuses(changes: dict[str, Any], control: str, status: str, because: str) -> None:
    """Each status of the closed set arises where it should, and says why; the worst version decides."""
    found = judged(**changes)[control]
    assert found.status == status
    assert found.status in STATUSES
    assert because in found.because


def test_the_bank() -> None:
    """A control about the bank is asked of the bank alone."""
    wanted = demands([Held(pack(), "2026-01-01")], DAY)
    found = assess(wanted, {"bank": {"evidence": [{"kind": "board-report"}]}, "today": DAY}, DAY, BANK)
    assert {i: v.status for i, v in found.items()} == {"OWN-BANK": "met"}
    assert "OWN-BANK" not in assess(wanted, facts(), DAY)


@pytest.mark.parametrize(
    ("waiver", "day", "status"),
    [
        ({"state": "granted", "expires": "2026-12-31"}, DAY, "waived"),
        ({"state": "granted", "expires": "2026-11-25"}, DAY, "waived"),
        ({"state": "granted", "expires": "2026-11-24"}, DAY, "not_met"),
        ({"state": "granted", "expires": "2026-12-31"}, "2027-01-01", "not_met"),
        ({"state": "granted", "expires": ""}, DAY, "not_met"),
        ({"state": "requested", "expires": "2026-12-31"}, DAY, "not_met"),
        ({"state": "ended", "expires": "2026-12-31"}, DAY, "not_met"),
    ],
)
def test_waivers(waiver: dict[str, str], day: str, status: str) -> None:
    """Only a waiver that is granted and not past its last day counts, on the day that is asked about."""
    waivers = [{"id": "W-1", "control": "OWN-OWNER", **waiver}]
    found = judged(day, model={"owner": ""}, waivers=waivers)["OWN-OWNER"]
    assert found.status == status
    assert found.waiver == ("W-1" if status == "waived" else "")
    if waiver["expires"] and waiver["expires"] < day:
        assert f"W-1 expired on {waiver['expires']}" in found.because


def test_a_waiver_of_another_control_or_of_what_is_met_changes_nothing() -> None:
    """A waiver speaks about its own control only, and only where something is missing."""
    waiver = {"id": "W-1", "control": "OWN-REVIEW", "state": "granted", "expires": "2027-12-31"}
    assert judged(model={"owner": ""}, waivers=[waiver])["OWN-OWNER"].status == "not_met"
    assert judged(waivers=[waiver])["OWN-REVIEW"].status == "met"


@pytest.mark.parametrize(
    ("day", "held", "asked"),
    [
        ("2025-12-31", {}, False),
        ("2026-01-01", {}, True),
        (DAY, {"since": "2026-12-01"}, False),
        (DAY, {"until": "2026-11-24"}, None),
        (DAY, {"until": "2026-11-25"}, True),
        ("2025-06-01", {"since": "2025-01-01", "voluntary": True}, True),
    ],
)
def test_dates_of_pack_and_adoption(day: str, held: dict[str, Any], asked: bool | None) -> None:
    """A pack counts from the later of its own day and its adoption to its end; of one's own choice also before."""
    demand = demands([Held(pack(), **{"since": "2026-01-01", **held})], day).get("OWN-OWNER")
    assert (demand.now if demand else None) is asked


def test_parameters_of_the_bank() -> None:
    """The bank's own numbers take the place of the pack's."""
    old: dict[str, Any] = {"model": {"last_validated": "2025-11-25"}}
    held = Held(pack(), "2026-01-01", parameters={"OWN-REVIEW": {"months": 24}})
    assert judged(**old)["OWN-REVIEW"].status == "not_met"
    assert judged(held=held, **old)["OWN-REVIEW"].status == "met"


def test_two_packs_ask_with_different_numbers() -> None:
    """A control must satisfy everyone who asks: the stricter number decides, and is named."""
    other = pack(PACK.replace("id: mine", "id: other").replace("months: 12", "months: 6"))
    wanted = demands([Held(pack(), "2026-01-01"), Held(other, "2026-01-01")], DAY)
    found = assess(wanted, facts(model={"last_validated": "2026-04-01"}), DAY)["OWN-REVIEW"]
    assert found.status == "not_met"
    assert "as pack other asks" in found.because
    assert [a.pack for a in found.by] == ["mine", "other"]


def test_guidance_never_blocks() -> None:
    """A control that may block warns when nothing more than guidance asks for it."""
    wanted = demands([whole_catalogue()], DAY)
    blocking = [demand for demand in wanted.values() if demand.level == "block"]
    assert blocking
    for demand in blocking:
        voices = [a for a in demand.by if a.now] or demand.by
        assert {c.force for a in voices for c in a.clauses} & {"binding", "supervisory"}


def test_standing_and_tallies() -> None:
    """A missing control that warns is a gap; the tally counts each status, and apart what is to come."""
    found = judged(model={"owner": ""})
    assert standing(found.values()) == "gaps"
    (tally,) = tallies(found.values(), ["mine"])
    assert (tally.counts["met"], tally.counts["not_met"], tally.upcoming) == (2, 1, 1)
    assert (tally.asked, tally.begins) == (3, "2027-05-01")
