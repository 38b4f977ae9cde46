"""The gate: whatever is missing, altered, ended or stopped closes it, and it says which, by which proof."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from govern.signing_house import BYTES, DIGEST, LIMITS, Bank
from secondline.core.errors import OutOfTurn, SpecError
from secondline.ledger.keys import Signer
from secondline.ledger.passes import NotGenuine, as_file, opened, read_keys, sealed
from secondline.workflow.approving import adopt_policy, propose_policy
from secondline.workflow.gate import Artefact, ask, check_file, gate, gate_offline, read_once
from secondline.workflow.passes import issue, pass_file, revocations, stop_model, trusted_key
from secondline.workflow.verdict import Verdict, junit

MODEL = Artefact(BYTES, DIGEST)


def key(seed: bytes) -> Signer:
    """Return a key of one's own making."""
    private = Ed25519PrivateKey.from_private_bytes(seed * 32)
    return Signer(private.public_key().public_bytes_raw().hex(), private)


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """A bank with a passed version of tier 2."""
    made = Bank(tmp_path / "runs")
    made.passed()
    return made


def verdict(bank: Bank, use: str = "origination", artefact: Artefact | None = MODEL, **more: object) -> Verdict:
    """Ask the gate."""
    return gate(bank.ledger, "pd@1.0", use, artefact=artefact, **more)  # type: ignore[arg-type]  # asked by name


def closed_by(found: Verdict) -> set[str]:
    """Return the names of what closes."""
    return {reason.name for reason in found.reasons if reason.holds == "no"}


def test_an_approved_version_passes(bank: Bank) -> None:
    """With every reason proved by a record, and the ledger's head beside it."""
    found = verdict(bank)
    assert (found.word, found.line) == ("open", "open until 2026-12-31")
    assert {r.holds for r in found.reasons} == {"yes"}
    assert found.head["seq"] == bank.ledger.records.events(limit=1, newest_first=True)[0].seq
    assert found.digest == DIGEST
    assert verdict(bank, "U-1").word == "open"


def unregistered(bank: Bank) -> Verdict:
    """A version nobody knows."""
    return gate(bank.ledger, "pd@9.9", "U-1", artefact=MODEL)


def unknown_model(bank: Bank) -> Verdict:
    """A model nobody knows."""
    return gate(bank.ledger, "other@1.0", "U-1", artefact=MODEL)


def hash_changed(bank: Bank) -> Verdict:
    """The file is another."""
    return verdict(bank, artefact=Artefact(b"x", sha256(b"x").hexdigest()))


def digest_replaced(bank: Bank) -> Verdict:
    """The registered digest was replaced after the approval, and the file with it."""
    new = sha256(b"x").hexdigest()
    bank.plant("version", "pd@1.0", "version.changed", "dan", digest=new)
    return verdict(bank, artefact=Artefact(b"x", new))


def other_use(bank: Bank) -> Verdict:
    """Approved for one use, asked for another."""
    return verdict(bank, "limits")


def ended(bank: Bank) -> Verdict:
    """The last day has passed."""
    bank.day = "2027-01-01"
    return verdict(bank)


def clock_set_back(bank: Bank) -> Verdict:
    """The approval ended, something happened since, and somebody set the clock back."""
    bank.day = "2027-01-01"
    bank.ledger.act("use.proposed", "olga", "", {"model": "pd", "name": "later"})
    bank.day = "2026-06-01"
    return verdict(bank)


def suspended(bank: Bank) -> Verdict:
    """The pass is suspended."""
    bank.ledger.act("pass.suspended", "vera", "P-1", reason="drift")
    return verdict(bank)


def revoked(bank: Bank) -> Verdict:
    """The pass is revoked."""
    bank.ledger.act("pass.revoked", "hal", "P-1", reason="fraud")
    return verdict(bank)


def version_suspended(bank: Bank) -> Verdict:
    """The version is suspended, the pass is not."""
    bank.ledger.act("version.suspended", "vera", "pd@1.0", reason="drift")
    return verdict(bank)


def killed(bank: Bank) -> Verdict:
    """The model was stopped."""
    stop_model(bank.ledger, "olga", "pd", "incident")
    return verdict(bank)


def use_ended(bank: Bank) -> Verdict:
    """The use was ended."""
    bank.ledger.act("use.ended", "olga", "U-1", reason="product closed")
    return verdict(bank)


def withdrawn(bank: Bank) -> Verdict:
    """The approval was withdrawn; the pass still lies about."""
    bank.ledger.act("approval.withdrawn", "hal", "AP-1", reason="error")
    return verdict(bank)


def finding(bank: Bank) -> Verdict:
    """A critical finding is open."""
    bank.finding("critical")
    return verdict(bank)


def lapsed_acceptance(bank: Bank) -> Verdict:
    """A critical finding was accepted until yesterday."""
    bank.finding("critical", "accepted", acceptance={"expires": "2026-04-30"})
    return verdict(bank)


def objection(bank: Bank) -> Verdict:
    """A stakeholder disagrees on the objective."""
    bank.ledger.act("approval.objected", "dan", "AP-1", {"statement": "Not what it is for"})
    return verdict(bank)


def became_developer(bank: Bank) -> Verdict:
    """A signatory turns out to have built it."""
    bank.plant("version", "pd@1.0", "version.changed", "olga", developers=["dan", "bea"])
    return verdict(bank)


def tier_raised(bank: Bank) -> Verdict:
    """The tier was raised since: a committee must sign."""
    bank.plant("model", "pd", "model.rated", "vera", tier=1)
    return verdict(bank)


def unwatched(bank: Bank) -> Verdict:
    """The monitoring plan ended."""
    bank.plant("monitoring", "MP-pd", "monitoring.ended", "vera", state="ended")
    return verdict(bank)


def waiver_over(bank: Bank) -> Verdict:
    """A waiver it leans on ended."""
    bank.plant("waiver", "W-1", "waiver.granted", "hal", control="MRM-DEP-04", model="pd", expires="2026-04-30",
               state="granted")  # fmt: skip
    return verdict(bank)


def envelope_altered(bank: Bank) -> Verdict:
    """The envelope on record says something it was not signed for."""
    envelope = bank.get("pass", "P-1")["envelope"]
    bank.plant("pass", "P-1", "pass.issued", "eve", envelope={"payload": {**envelope["payload"], "residual": "none"}})
    return verdict(bank)


def other_key(bank: Bank) -> Verdict:
    """The envelope on record is signed by somebody else's key."""
    forged = sealed(bank.get("pass", "P-1")["envelope"]["payload"], key(b"7"), "secondline-pass-1")
    bank.plant("pass", "P-1", "pass.issued", "eve", envelope=forged)
    return verdict(bank)


def foreign_file(bank: Bank) -> Verdict:
    """A pass file signed by another key is shown."""
    payload = bank.get("pass", "P-1")["envelope"]["payload"]
    return verdict(bank, shown=as_file(sealed(payload, key(b"7"), "secondline-pass-1")))


CLOSED: dict[Callable[[Bank], Verdict], str] = {
    unregistered: "registered", unknown_model: "registered", hash_changed: "same bytes", digest_replaced: "same bytes",
    other_use: "approved for this use", ended: "not expired", clock_set_back: "not expired",
    suspended: "not suspended", revoked: "not suspended", version_suspended: "not suspended", killed: "not suspended",
    use_ended: "not suspended", withdrawn: "approved for this use", finding: "no blocking finding",
    lapsed_acceptance: "no blocking finding", objection: "objective agreed", became_developer: "independence",
    tier_raised: "approver level", unwatched: "monitoring plan", waiver_over: "exceptions in time",
    envelope_altered: "signed pass", other_key: "signed pass", foreign_file: "pass file",
}  # fmt: skip


@pytest.mark.parametrize("make", CLOSED, ids=lambda make: make.__name__)
def test_no_way_round(bank: Bank, make: Callable[[Bank], Verdict]) -> None:
    """Each way round the gate closes it, for the reason expected, with what to do next."""
    found = make(bank)
    assert found.word == "closed"
    assert CLOSED[make] in closed_by(found)
    assert all(r.next for r in found.reasons if r.holds in {"no", "unknown"})


def test_unapproved_and_unissued(tmp_path: Path) -> None:
    """Registered is not approved, approved is not passed."""
    bank = Bank(tmp_path)
    assert closed_by(verdict(bank)) == {"approved for this use", "validated", "monitoring plan"}
    bank.ask()
    assert {"approved for this use", "signed pass", "independence"} <= closed_by(verdict(bank))
    bank.ledger.act("approval.withdrawn", "olga", "AP-1", reason="again")
    bank.approved()
    assert closed_by(verdict(bank)) == {"signed pass"}
    issue(bank.ledger, "hal", "AP-2")
    assert verdict(bank).word == "open"


def test_without_the_file_it_says_so(bank: Bank) -> None:
    """No artefact shown: open by the records, and a note that the bytes were not looked at."""
    found = verdict(bank, artefact=None)
    assert found.word == "open"
    assert [r.name for r in found.reasons if r.holds == "warn"] == ["same bytes"]


def test_warnings_never_close(bank: Bank) -> None:
    """Open findings that do not block, failed checks, an overdue validation and a near end are said, and no more."""
    bank.finding("major")
    bank.finding("critical", "draft")
    run = {"object": "o", "digest": "d", "model": "pd", "version": "1.0", "finished_at": "2026-05-01", "failed": 9}
    bank.plant("run", "r1", "run.finished", "vera", **run)
    bank.plant("model", "pd", "model.changed", "vera", next_validation="2026-04-01")
    bank.day = "2026-12-20"
    found = verdict(bank)
    names = {r.name for r in found.reasons if r.holds == "warn"}
    assert names == {"open finding", "failed checks", "validation due", "ends soon"}
    assert found.word == "open"


def test_as_of_a_past_day(bank: Bank) -> None:
    """What the gate would have said before and after a suspension is a query."""
    bank.day = "2026-06-01"
    suspended(bank)
    assert verdict(bank, as_of="2026-05-20").word == "open"
    assert verdict(bank, as_of="2026-04-01").word == "closed"
    assert verdict(bank, as_of="2026-06-01").word == "closed"


def test_lifted_suspension_opens(bank: Bank) -> None:
    """Somebody independent lifts it; an open blocking finding keeps it closed."""
    suspended(bank)
    id_ = bank.finding("critical")
    with pytest.raises(OutOfTurn):
        bank.ledger.act("pass.resumed", "hal", "P-1", reason="mended")
    bank.plant("finding", id_, "finding.closed", "vera", state="closed")
    bank.ledger.act("pass.resumed", "hal", "P-1", reason="mended")
    assert verdict(bank).word == "open"


def test_no_policy_is_undecided(bank: Bank) -> None:
    """When the policy of approvals was ended, the gate cannot know whose signatures were needed."""
    bank.ledger.act("delegation.ended", "hal", "approvals@2026.1", reason="replaced")
    found = verdict(bank)
    assert found.word == "undecided"
    assert "approver level" in {r.name for r in found.reasons if r.holds == "unknown"}


# Offline


def offline(bank: Bank, use: str = "origination", **more: object) -> Verdict:
    """Ask by the pass file alone."""
    facts = {"artefact": MODEL, "now": "2026-05-01T01:00:00Z", **more}
    return gate_offline("pd@1.0", use, pass_file(bank.ledger, "P-1"), (trusted_key(bank.ledger),), **facts)  # type: ignore[arg-type]


def test_offline_it_says_what_it_did_not_look_at(bank: Bank) -> None:
    """A fresh pass opens by the public key alone, with fewer proofs, and by name of the use too."""
    found = offline(bank)
    assert found.word == "open"
    assert "fewer proofs" in {r.name for r in found.reasons if r.holds == "warn"}
    assert offline(bank, "U-1").word == "open"
    assert closed_by(offline(bank, "limits")) == {"approved for this use"}
    assert closed_by(offline(bank, artefact=Artefact(b"x", "0" * 64))) == {"same bytes"}
    assert closed_by(offline(bank, now="2027-02-01T00:00:00Z")) == {"not expired"}


def test_offline_a_stale_list_is_undecided(bank: Bank) -> None:
    """What is not known to be running is not open: a new list decides, and a suspension on it closes."""
    late = "2026-05-03T00:00:00Z"
    assert offline(bank, now=late).word == "undecided"
    bank.day = "2026-05-03"
    fresh = revocations(bank.ledger)
    assert offline(bank, now=late, stopped=fresh).word == "open"
    suspended(bank)
    assert closed_by(offline(bank, now=late, stopped=revocations(bank.ledger))) == {"not suspended"}
    assert offline(bank, now=late, stopped=fresh.replace(b"[]", b"[ ]")).word == "undecided"


def test_offline_a_clock_set_back_gains_nothing(bank: Bank) -> None:
    """The date of the list is the floor of time."""
    bank.day = "2027-03-01"
    assert "not expired" in closed_by(offline(bank, now="2026-05-02T00:00:00Z", stopped=revocations(bank.ledger)))


ENVELOPE = as_file(
    sealed({"pass": "P-1", "model": "pd", "uses": ["U-1"], "n": 1.5, "text": "é"}, key(b"1"),
           "secondline-pass-1")
)  # fmt: skip
PUBLIC = (key(b"1").public,)


def test_a_genuine_envelope_opens() -> None:
    """The file as it was written gives its payload."""
    assert opened(ENVELOPE, PUBLIC, "secondline-pass-1")["text"] == "é"


@settings(max_examples=400)
@given(place=st.integers(0, len(ENVELOPE) - 1), byte=st.integers(0, 255))
def test_any_altered_byte_is_refused(place: int, byte: int) -> None:
    """Whichever byte becomes whichever other, the envelope is refused."""
    if ENVELOPE[place] == byte:
        return
    altered = ENVELOPE[:place] + bytes([byte]) + ENVELOPE[place + 1 :]
    with pytest.raises(NotGenuine):
        opened(altered, PUBLIC, "secondline-pass-1")


@given(junk=st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
    lambda v: json.dumps(v).encode()))  # fmt: skip
def test_junk_is_refused(junk: bytes) -> None:
    """Bytes that are no envelope are refused in plain words, never with a crash."""
    with pytest.raises(NotGenuine):
        opened(junk, PUBLIC, "secondline-pass-1")


def test_a_list_is_no_pass() -> None:
    """A signed list of revocations does not open as a pass, nor cut, nor doubled, nor by another key."""
    listed = as_file(sealed({"passes": []}, key(b"1"), "secondline-revocations-1"))
    for content in (listed, ENVELOPE[:-1], ENVELOPE + b"\n", b"", b"{}", ENVELOPE + ENVELOPE):
        with pytest.raises(NotGenuine):
            opened(content, PUBLIC, "secondline-pass-1")
    with pytest.raises(NotGenuine, match="trusted is"):
        opened(ENVELOPE, (key(b"2").public,), "secondline-pass-1")


# The door


def test_ask_reads_the_file_once(bank: Bank, tmp_path: Path) -> None:
    """The digest is of bytes read once: a file swapped afterwards does not change what was judged or loaded."""
    path = tmp_path / "model.onnx"
    path.write_bytes(BYTES)
    held = read_once(path)
    path.write_bytes(b"swapped")
    assert verdict(bank, artefact=held).word == "open"
    assert held.content == BYTES
    assert ask(bank.ledger.folder, "pd@1.0", "U-1", artefact=path).word == "closed"


def test_ask_without_a_ledger(bank: Bank, tmp_path: Path) -> None:
    """No ledger and no pass is undecided; with a pass it needs the key one trusts; junk in the store is undecided."""
    nowhere = tmp_path / "nowhere"
    assert ask(nowhere, "pd@1.0", "U-1").word == "undecided"
    path = tmp_path / "p.json"
    path.write_bytes(pass_file(bank.ledger, "P-1"))
    with pytest.raises(SpecError, match="--key"):
        ask(nowhere, "pd@1.0", "U-1", pass_path=path)
    key = trusted_key(bank.ledger)
    assert ask(nowhere, "pd@1.0", "U-1", pass_path=path, key=key, as_of="2026-05-01").word == "open"
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "ledger.sqlite").write_bytes(b"junk" * 1000)
    assert ask(broken, "pd@1.0", "U-1").word == "undecided"


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("pd", {}, "MODEL@VERSION"), ("pd@", {}, "MODEL@VERSION"),
        ("pd@1.0", {"artefact": Path("none.onnx")}, "none.onnx"),
        ("pd@1.0", {"pass_path": Path("none.json")}, "none.json"), ("pd@1.0", {"key": "zz"}, "public key"),
        ("pd@1.0", {"as_of": "May"}, "no date"),
    ],
)  # fmt: skip
def test_bad_questions(bank: Bank, name: str, more: dict[str, object], message: str) -> None:
    """A wrong question is a usage error that names what is wrong."""
    with pytest.raises(SpecError, match=message):
        ask(bank.ledger.folder, name, "U-1", **more)  # type: ignore[arg-type]


def test_an_unknown_use_is_a_usage_error(bank: Bank) -> None:
    """A use that the model does not have is named, with the ones it has."""
    with pytest.raises(SpecError, match="origination"):
        verdict(bank, "orignation")


def test_keys_are_read_from_files_too(bank: Bank, tmp_path: Path) -> None:
    """Hexadecimal or a file that holds it; a pass file is checked by it."""
    key = trusted_key(bank.ledger)
    assert read_keys(str(bank.ledger.keys.public)) == (key,) == read_keys(bank.ledger.keys.known()[0])
    path = tmp_path / "p.json"
    path.write_bytes(pass_file(bank.ledger, "P-1"))
    assert check_file(path, key)[0]
    assert not check_file(path, "0" * 64)[0]


def test_junit_has_a_case_for_each_reason(bank: Bank) -> None:
    """Failures are failures, what cannot be known is an error, notes pass; control characters do not break the XML."""
    bank.ledger.act("approval.objected", "dan", "AP-1", {"statement": "No \x0b<b>&"})
    found = verdict(bank)
    suite = ET.fromstring(junit([found]))[0]
    assert int(suite.attrib["tests"]) == len(suite) == len(found.reasons)
    assert [case.attrib["name"] for case in suite if case.find("failure") is not None] == ["objective agreed"]


def test_an_emergency_is_visible(tmp_path: Path) -> None:
    """The gate says that it is open by emergency, and until when; it closes when the day has passed."""
    bank = Bank(tmp_path)
    bank.planned()
    id_ = bank.emergency()
    bank.sign(id_, "hal")
    bank.decide(id_, "hal", "restricted")
    issue(bank.ledger, "hal", id_)
    found = verdict(bank)
    assert found.line == "open (emergency, until 2026-06-15)"
    assert [c["kind"] for c in found.conditions] == [c["kind"] for c in LIMITS]
    assert "MRM-VAL-02" in {r.control for r in found.reasons}
    bank.day = "2026-06-16"
    assert closed_by(verdict(bank)) == {"emergency use in time"}


def test_a_second_policy_counts_at_once(bank: Bank, tmp_path: Path) -> None:
    """When two people adopt a policy that asks for more signatures, what was approved with fewer closes."""
    import yaml

    from secondline.policy.approving import read_policy

    facts: dict[str, Any] = {**read_policy().model_dump(mode="json"), "version": "2026.2"}
    facts["levels"]["2"] = deepcopy(facts["levels"]["1"])
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(facts))
    propose_policy(bank.ledger, "hal", path, reason="stricter")
    assert verdict(bank).word == "open"
    adopt_policy(bank.ledger, "bea", "2026.2", reason="stricter")
    assert closed_by(verdict(bank)) == {"approver level"}
