"""The tree and its proofs: published roots, every path of every small tree, and nothing else passes."""

from __future__ import annotations

import base64
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.estates import grown
from secondline.core.errors import SpecError
from secondline.ledger.keeping import checkpoint, export_log, prove, prove_growth, tile_name
from secondline.ledger.proof.tree import Edge, leaf, node, read_note, signed_by
from secondline.ledger.proofs import consistency, consistent, empty_root, included, inclusion
from secondline.ledger.store import Ledger

# Inputs and roots of the reference tests of Certificate Transparency, which RFC 6962 describes.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHED = [sha256(b"\0" + bytes.fromhex(text)).digest() for text in LEAVES]


def root(low: int, high: int) -> bytes:
    """Return the root over some of the published leaves, by the definition's own recursion."""
    if high - low == 1:
        return HASHED[low]
    k = 1
    while k * 2 < high - low:
        k *= 2
    return node(root(low, low + k), root(low + k, high))


def test_the_published_roots() -> None:
    """The growing edge and the recursive definition both give the roots of the reference tests."""
    edge = Edge()
    assert edge.root() == empty_root()
    for size, hashed in enumerate(HASHED, 1):
        edge.push(hashed)
        assert edge.root().hex() == root(0, size).hex() == ROOTS[size - 1]


@given(st.integers(1, 8), st.data())
def test_inclusion(size: int, data: st.DataObject) -> None:
    """A path proves its leaf at its place and size, and no other leaf, place, size or root."""
    index = data.draw(st.integers(0, size - 1))
    path = inclusion(index, size, root)
    whole = root(0, size)
    assert included(HASHED[index], index, size, path, whole)
    assert not included(HASHED[index], size, size, path, whole)
    assert not included(HASHED[(index + 1) % 8], index, size, path, whole)
    assert not included(HASHED[index], index, size, path, b"x" * 32)
    assert not included(HASHED[index], index, size, [*path, whole], whole)
    if path:
        assert not included(HASHED[index], index, size, path[:-1], whole)


@given(st.integers(1, 8), st.integers(1, 8))
def test_consistency(a: int, b: int) -> None:
    """A path proves that the smaller tree is the beginning of the larger, and not of another."""
    old, size = min(a, b), max(a, b)
    path = consistency(old, size, root)
    assert consistent(old, size, root(0, old), root(0, size), path)
    assert not consistent(old, size, b"x" * 32, root(0, size), path)
    assert not consistent(old, size, root(0, old), b"x" * 32, path)
    assert not consistent(old, size, root(0, old), root(0, size), [*path, root(0, 1)])
    assert not consistent(0, size, root(0, old), root(0, size), path)


def test_one_event_is_proved_without_the_others(ledger: Ledger) -> None:
    """Proof, event and signed checkpoint are enough; the service's key vouches for the root."""
    grown(ledger, 5, 300)
    for seq in (1, 256, 257, 307):
        proof = prove(ledger, seq)
        note = read_note(proof["checkpoint"])
        path = [bytes.fromhex(step) for step in proof["path"]]
        assert signed_by(note, ledger.keys.known())
        assert included(leaf(proof["event"][10]), seq - 1, note.size, path, bytes.fromhex(note.root))
    with pytest.raises(SpecError, match="There is no event 308; the ledger has 1 to 307"):
        prove(ledger, 308)


def test_growth_is_proved(ledger: Ledger) -> None:
    """An older checkpoint is shown to be the beginning of the newest."""
    grown(ledger, 5, 300)
    proof = prove_growth(ledger, 256)
    note = read_note(proof["checkpoint"])
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert consistent(256, note.size, bytes.fromhex(proof["old_root"]), bytes.fromhex(note.root), path)
    with pytest.raises(SpecError, match="never had 0 events"):
        prove_growth(ledger, 0)


def test_an_empty_ledger_signs_nothing(ledger: Ledger) -> None:
    """There is nothing to sign."""
    with pytest.raises(SpecError, match="no events"):
        checkpoint(ledger)


def test_the_log_of_tiles_holds_the_tree(tmp_path: Path) -> None:
    """From the tiles alone the root of the signed checkpoint is computed again."""
    ledger = grown(Ledger.open(tmp_path / "runs"), 5, 300)
    size = export_log(ledger, tmp_path / "log")
    note = read_note((tmp_path / "log/checkpoint").read_text(encoding="utf-8"))
    assert size == note.size == 307
    full = (tmp_path / "log/tile/0/000").read_bytes()
    part = (tmp_path / "log/tile/0/001.p/51").read_bytes()
    edge = Edge()
    for content in (full, part):
        for i in range(0, len(content), 32):
            edge.push(content[i : i + 32])
    assert edge.root().hex() == note.root
    left = Edge()
    for i in range(0, len(full), 32):
        left.push(full[i : i + 32])
    assert (tmp_path / "log/tile/1/000.p/1").read_bytes() == left.root()
    entry = (tmp_path / "log/tile/entries/000").read_bytes()[:34]
    assert leaf(entry[2:].hex()) == full[:32]
    assert tile_name(1234067) == "x001/x234/067"


@pytest.mark.parametrize("text", ["", "a\nb\nc", "o\n1\nAAAA\n\nno signature", "o\nx\nAAAA\n\n\u2014 s AAAA"])
def test_what_is_no_note_is_refused(text: str) -> None:
    """Anything that is not a signed checkpoint is a ValueError, never a guess."""
    with pytest.raises(ValueError, match=r".*"):
        read_note(text)


def test_a_note_is_a_checkpoint_in_the_common_format(ledger: Ledger) -> None:
    """Origin, size, root, an extension line with the time, an empty line, and the signature line."""
    grown(ledger, 1)
    lines = checkpoint(ledger).split("\n")
    assert lines[0].startswith("secondline/")
    assert lines[1] == "3"
    assert len(base64.b64decode(lines[2])) == 32
    assert lines[4] == ""
    assert lines[5].startswith("\u2014 secondline ")
