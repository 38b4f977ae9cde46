"""Anchors: files elsewhere, and time stamps by an authority made on the spot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ledger.estates import change, grown
from secondline.core.errors import LedgerError, MissingExtra, SpecError
from secondline.ledger import anchors
from secondline.ledger.keeping import anchor_to, checkpoint
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify

CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Test authority
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[stamp]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = stamp.pem
signer_key = stamp.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a time stamping authority with openssl; returns its folder."""
    if not shutil.which("openssl"):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("openssl is not installed here.")
    folder = tmp_path_factory.mktemp("authority")
    (folder / "tsa.cnf").write_text(CONFIGURATION)
    (folder / "serial").write_text("01\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf"]
    for words in (
        ["req", "-x509", *key, "-keyout", "root.key", "-out", "root.pem", "-days", "2", "-extensions", "root"],
        ["req", *key, "-keyout", "stamp.key", "-out", "stamp.csr", "-subj", "/CN=Test stamp"],
        ["x509", "-req", "-in", "stamp.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out",
         "stamp.pem", "-days", "2", "-extfile", "tsa.cnf", "-extensions", "stamp"],
    ):  # fmt: skip
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    return folder


def answer(authority: Path, query: Path) -> Path:
    """Let the authority answer a request."""
    to = query.with_suffix(".tsr")
    words = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", str(query), "-out", str(to)]
    subprocess.run(words, cwd=authority, check=True, capture_output=True)
    return to


def test_a_time_stamp_travels_by_file(tmp_path: Path, authority: Path) -> None:
    """Request, answer, keep, check; and the chain is verified to pass through the stamped checkpoint."""
    folder, roots = tmp_path / "runs", authority / "root.pem"
    ledger = grown(Ledger.open(folder), 3, 10)
    anchors.request(folder, checkpoint(ledger), tmp_path / "a.tsq")
    stamp = answer(authority, tmp_path / "a.tsq").read_bytes()
    assert anchors.keep(folder, stamp, roots).startswith("20")
    assert [size for size, at in anchors.check(folder, roots) if at] == [15]
    assert verify(folder).problems == ()
    (folder / "anchors" / "15.note").write_text("other", encoding="utf-8")
    assert anchors.check(folder, roots) == [(15, "")]


def test_a_stamped_rewrite_is_seen(tmp_path: Path, authority: Path) -> None:
    """The stamped checkpoint put beside another ledger contradicts it."""
    for name in ("one", "two"):
        grown(Ledger.open(tmp_path / name), 3, 10)
    anchors.request(tmp_path / "one", checkpoint(Ledger.open(tmp_path / "one")), tmp_path / "a.tsq")
    anchors.keep(tmp_path / "one", answer(authority, tmp_path / "a.tsq").read_bytes(), authority / "root.pem")
    shutil.copytree(tmp_path / "one" / "anchors", tmp_path / "two" / "anchors")
    assert {"anchored checkpoint 15"} == {p.what for p in verify(tmp_path / "two").problems}


def test_stamps_that_do_not_fit_are_refused(tmp_path: Path, authority: Path) -> None:
    """Nonsense, an answer about something else, and one by an authority that the roots do not vouch for."""
    folder, roots = tmp_path / "runs", authority / "root.pem"
    ledger = grown(Ledger.open(folder), 1)
    anchors.request(folder, checkpoint(ledger), tmp_path / "a.tsq")
    stamp = answer(authority, tmp_path / "a.tsq").read_bytes()
    with pytest.raises(SpecError, match="fits no checkpoint"):
        anchors.keep(folder, b"nonsense", roots)
    with pytest.raises(SpecError, match="fits no checkpoint"):
        anchors.keep(folder, stamp, authority / "stamp.pem")
    ledger.acts([change("m0", description="more")])
    anchors.request(tmp_path / "other", checkpoint(ledger), tmp_path / "b.tsq")
    with pytest.raises(SpecError, match="fits no checkpoint"):
        anchors.keep(tmp_path / "other", stamp, roots)


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, the message says which extra to install."""
    import sys

    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    note = checkpoint(grown(Ledger.open(tmp_path), 1))
    with pytest.raises(MissingExtra, match=r"secondline\[timestamp\]"):
        anchors.request(tmp_path, note, tmp_path / "a.tsq")


def test_anchors_only_grow(tmp_path: Path, ledger: Ledger, url: str) -> None:
    """Each anchoring adds a line; all of them lie on the chain; a changed one is reported."""
    file = tmp_path / "anchors.jsonl"
    grown(ledger, 2)
    assert anchor_to(ledger, file) == 4
    ledger.acts([change("m0", description="x")])
    assert anchor_to(ledger, file) == 5
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["size"] for line in lines] == [4, 5]
    assert verify(ledger.folder, anchor=file, database=url).problems == ()
    file.write_text(lines[0].replace('"seal": "', '"seal": "f'), encoding="utf-8")
    found = verify(ledger.folder, anchor=file, database=url).problems
    assert [(p.kind, p.what) for p in found] == [("rewritten or cut", "events 1 to 4")]


def test_an_anchor_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The place is named."""
    ledger = grown(Ledger.open(tmp_path / "runs"), 1)
    with pytest.raises(LedgerError, match="cannot be written"):
        anchor_to(ledger, tmp_path / "none" / "anchors")


@pytest.mark.parametrize("text", ["hello", "[]", '{"seal": "x"}', "\\xff"])
def test_what_is_no_file_of_anchors_is_refused(tmp_path: Path, text: str) -> None:
    """Nonsense in place of anchors is told, and never counts as having been checked."""
    grown(Ledger.open(tmp_path / "runs"), 1)
    (tmp_path / "anchors").write_text(text, encoding="utf-8")
    with pytest.raises(LedgerError, match="is no file of anchors"):
        verify(tmp_path / "runs", anchor=tmp_path / "anchors")
