"""Formats: what an artefact is, told from its name and first bytes; what could run code is refused with a way out."""

from __future__ import annotations

from pathlib import PurePath

from secondline.core.errors import ModelError
from secondline.models.loaders import LOADERS

BY_SUFFIX = {
    ".onnx": "onnx",
    ".skops": "skops",
    ".txt": "lightgbm",
    ".lgb": "lightgbm",
    ".ubj": "xgboost",
    ".cbm": "catboost",
    ".safetensors": "network",
    ".json": "json",
}
_EXPORT = "Export the model from the environment it was trained in, where the file is trusted:"
_WAYS_OUT = {
    "scikit-learn": "skops.io.dump(model, 'model.skops') for scikit-learn",
    "boosting": "model.save_model('model.txt') for LightGBM, 'model.ubj' for XGBoost, 'model.cbm' for CatBoost",
    "torch": "torch.onnx.export(...) for PyTorch, or safetensors.torch.save_file(model.state_dict(), ...) with a "
    "declared architecture",
}
PICKLES = frozenset({".pkl", ".pickle", ".joblib", ".sav", ".dill", ".cloudpickle", ".npy", ".npz"})
TORCH = frozenset({".pt", ".pth", ".ckpt", ".bin"})
_ZLIB, _GZIP, _ZIP, _PICKLE = b"\x78", b"\x1f\x8b", b"PK\x03\x04", b"\x80"


def recognise(name: str, content: bytes, declared: str | None = None) -> str:
    """Return the format of an artefact.

    Raises:
        ModelError: it is, or may hide, a pickle; or its format is not known.
    """
    suffix = PurePath(name).suffix.lower()
    # A .safetensors file begins with a length, which may look like anything; its reader knows numbers only.
    weights = suffix == ".safetensors" or declared == "network"
    if suffix in PICKLES or (not weights and _pickled(suffix, content)):
        raise _refused(name, "is a pickle, and opening a pickle runs whatever code it holds")
    if suffix in TORCH:
        raise _refused(name, "holds weights or a pickle, and not a model that can be run as it is")
    found = declared or BY_SUFFIX.get(suffix)
    if found is None:
        raise ModelError(
            f"The format of artefact {name!r} is not known from its name. Set `format:` to one of {', '.join(LOADERS)}."
        )
    return _json_kind(content) if found == "json" else found


def _pickled(suffix: str, content: bytes) -> bool:
    """Whether the first bytes are those of a pickle, or of a compressed one as joblib and torch write them."""
    if content[:1] == _PICKLE and content[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}:
        return True
    packed = content[:2] == _GZIP or (content[:1] == _ZLIB and content[1:2] in {b"\x01", b"\x5e", b"\x9c", b"\xda"})
    return packed or (content[:4] == _ZIP and suffix != ".skops")


def _json_kind(content: bytes) -> str:
    """Tell a scorecard, a table of coefficients, XGBoost's JSON and CatBoost's apart by their keys."""
    head = content[:200_000]
    if b'"learner"' in head:
        return "xgboost"
    if b'"oblivious_trees"' in head or b'"ctr_data"' in head or b'"features_info"' in head:
        return "catboost"
    return "scorecard" if b'"attributes"' in head else "linear"


def _refused(name: str, why: str) -> ModelError:
    return ModelError(f"Artefact {name!r} {why}. {_EXPORT} {'; '.join(_WAYS_OUT.values())}.")
