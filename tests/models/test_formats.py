"""What could run code when it is opened is refused before it is opened."""

from __future__ import annotations

import bz2
import gzip
import pickle
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from secondline.core.errors import ModelError
from secondline.core.spec import Artefact
from secondline.models.formats import recognise
from secondline.models.opening import open_artefact


class Bomb:
    """Unpickling this writes a file: proof that something ran."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (f"open({str(self.witness)!r}, 'w').write('ran')",)


def zipped(content: bytes) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    return held.getvalue()


@pytest.mark.parametrize("name", ["m.pkl", "m.joblib", "m.onnx", "m.txt", "m.ubj", "m.json", "m", "m.pt", "m.skops"])
@pytest.mark.parametrize(
    "packed",
    [bytes, gzip.compress, zlib.compress, zipped, bz2.compress],
    ids=["plain", "gzip", "zlib", "zip", "bz2"],
)
def test_a_pickle_bomb_never_runs(tmp_path: Path, name: str, packed: object) -> None:
    """Whatever it is called and however it is packed, a pickle is refused and its code does not run."""
    witness = tmp_path / "ran"
    (tmp_path / name).write_bytes(packed(pickle.dumps(Bomb(witness))))  # type: ignore[operator]
    with pytest.raises(ModelError):
        open_artefact(Artefact(path=name), tmp_path)
    assert not witness.exists()


@pytest.mark.parametrize("name", ["champion.pkl", "champion.joblib", "champion.pt", "champion.ckpt"])
def test_a_refusal_says_the_way_out(name: str) -> None:
    """The message names the file and how to export the model instead."""
    with pytest.raises(ModelError, match=rf"{name}.*skops\.io\.dump.*save_model.*torch\.onnx\.export"):
        recognise(name, b"anything")


def test_json_is_told_by_its_keys() -> None:
    """One suffix holds four formats."""
    assert recognise("m.json", b'{"ctr_data": {}, "features_info": {}}') == "catboost"
    assert recognise("m.json", b'{"learner": {}}') == "xgboost"
    assert recognise("m.json", b'{"attributes": []}') == "scorecard"
    assert recognise("m.json", b'{"coefficients": {}}') == "linear"


def test_formats_with_a_suffix_of_their_own() -> None:
    """CatBoost's file and safetensors are told by name; a length that looks like a pickle is no pickle."""
    assert recognise("m.cbm", b"CBM1") == "catboost"
    assert recognise("m.safetensors", b"\x80\x04\0\0\0\0\0\0{") == "network"
    with pytest.raises(ModelError, match="is a pickle"):
        recognise("m.cbm", b"\x80\x04\0\0\0\0\0\0{")


def test_an_unknown_name_asks_for_the_format() -> None:
    """A file without a known suffix needs `format:`."""
    with pytest.raises(ModelError, match="Set `format:` to one of catboost, lightgbm, linear"):
        recognise("champion.model", b"x")
    assert recognise("champion.model", b"x", "lightgbm") == "lightgbm"


def test_a_missing_file_and_a_wrong_digest_are_refused(tmp_path: Path) -> None:
    """An artefact must be there and be the one declared."""
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        open_artefact(Artefact(path="none.txt"), tmp_path)
    (tmp_path / "m.json").write_text('{"coefficients": {"x": 1}}')
    with pytest.raises(ModelError, match=r"is not the file model.yaml names"):
        open_artefact(Artefact(path="m.json", digest="0" * 64), tmp_path)
