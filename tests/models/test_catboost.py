"""CatBoost's own files: scores as the library gives them, categories by name, and damage that hurts nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import catboost
import numpy as np
import pandas as pd
import pytest

from secondline.core.errors import MissingExtra, ModelError
from secondline.models import loaders
from secondline.models.sandbox import opened as sandboxed

QUIET = {"iterations": 15, "depth": 3, "verbose": 0, "allow_writing_files": False, "thread_count": 1, "random_seed": 1}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    draw = np.random.default_rng(4)
    n = 800
    made = pd.DataFrame({
        "income": draw.normal(size=n),
        "region": draw.choice(["north", "south", "west"], n),
        "balance": np.where(np.arange(n) % 9, draw.normal(size=n), np.nan),
        "products": draw.integers(0, 4, n),
    })  # fmt: skip
    made["bad"] = (made["income"] + (made["region"] == "west") + draw.normal(size=n) > 0.6).astype(int)
    return made


@pytest.fixture(scope="module")
def fitted(frame: pd.DataFrame) -> Any:
    return catboost.CatBoostClassifier(cat_features=["region", "products"], **QUIET).fit(
        frame.drop(columns="bad"), frame["bad"]
    )


def columns(frame: pd.DataFrame) -> dict[str, Any]:
    names = ("income", "region", "balance", "products")
    return {name: frame[name].to_numpy(dtype=object if name == "region" else float) for name in names}


@pytest.mark.parametrize("kind", ["cbm", "json"])
def test_both_formats_score_as_the_library(
    tmp_path: Path, frame: pd.DataFrame, fitted: Any, opened: Any, kind: str
) -> None:
    """Missing numbers, categories of text and of whole numbers; names and trees come from the file."""
    pool = catboost.Pool(frame.drop(columns="bad"), cat_features=["region", "products"])
    fitted.save_model(tmp_path / f"m.{kind}", format=kind, pool=pool)
    model = opened(tmp_path, path=f"m.{kind}")
    assert model.format == "catboost"
    assert model.features == ("income", "region", "balance", "products")
    wanted = fitted.predict_proba(frame.drop(columns="bad"))[:, 1]
    assert np.allclose(model.score(columns(frame)), wanted, atol=1e-12, rtol=0)
    assert model.facts["trees"] == 15
    assert model.facts["categories"] == ["region", "products"]


def test_categories_that_are_new_or_missing(tmp_path: Path, frame: pd.DataFrame, fitted: Any, opened: Any) -> None:
    """A new category scores as the library scores it; a missing one has no score; half a product is refused."""
    fitted.save_model(tmp_path / "m.cbm")
    model = opened(tmp_path, path="m.cbm")
    few = frame.drop(columns="bad").head(4)
    given = columns(few) | {"region": np.array(["north", "atlantis", None, "west"], dtype=object)}
    found = model.score(given)
    known = few.assign(region=["north", "atlantis", "", "west"])
    assert np.array_equal(np.isnan(found), [False, False, True, False])
    assert np.allclose(found[[0, 1, 3]], fitted.predict_proba(known)[[0, 1, 3], 1], atol=1e-12)
    with pytest.raises(ModelError, match="'products' is a category to it, and holds numbers that are not whole"):
        model.score(given | {"products": np.full(4, 0.5)})
    with pytest.raises(ModelError, match="'income' holds text"):
        model.score(given | {"income": given["region"]})


def test_regressions_and_many_classes(tmp_path: Path, frame: pd.DataFrame, opened: Any) -> None:
    """A number is given as predicted, a rate as its exponent, and more than one output is refused."""
    x = frame[["income", "balance"]]
    for loss in ("RMSE", "Poisson"):
        model = catboost.CatBoostRegressor(loss_function=loss, **QUIET).fit(x, frame["products"])
        model.save_model(tmp_path / "r.cbm")
        found = opened(tmp_path, path="r.cbm").score(columns(frame))
        assert np.allclose(found, model.predict(x), atol=1e-12)
    many = catboost.CatBoostClassifier(loss_function="MultiClass", **QUIET).fit(x, frame["products"])
    many.save_model(tmp_path / "many.cbm")
    with pytest.raises(ModelError, match="more than one output a row"):
        opened(tmp_path, path="many.cbm")


@pytest.mark.slow
def test_damaged_files_hurt_nobody(tmp_path: Path, fitted: Any) -> None:
    """Twenty mutations are each opened or refused with a message, and this process lives on.

    A fault that one mutation in seven brings about is found with 95 %.
    """
    fitted.save_model(tmp_path / "m.cbm")
    whole = (tmp_path / "m.cbm").read_bytes()
    draw = np.random.default_rng(8)
    refused = 0
    for _ in range(20):
        content = bytearray(whole)
        for place in draw.integers(4, len(content), 12):
            content[place] = draw.integers(0, 256)
        try:
            model = sandboxed("m.cbm", "catboost", bytes(content), {}, load_seconds=60, seconds=60)
            try:
                model.score({name: np.array(["a", "b"], dtype=object) if name == "region" else np.zeros(2)
                             for name in model.features})  # fmt: skip
            finally:
                model.close()
        except ModelError:
            refused += 1
    assert refused > 2


def test_truncated_and_empty_files_are_refused(tmp_path: Path, fitted: Any) -> None:
    """Half a file is not a model, in either format."""
    fitted.save_model(tmp_path / "m.cbm")
    half = (tmp_path / "m.cbm").read_bytes()
    for content in (half[: len(half) // 2], b"CBM1", b"", b'{"oblivious_trees": [', b"[" * 100_000):
        with pytest.raises(ModelError, match="could not be opened as catboost"):
            sandboxed("m", "catboost", content, {"features": ["a"]})


@pytest.mark.parametrize(("library", "extra"), [("catboost", "boosting"), ("xgboost", "boosting"), ("skops", "models")])
def test_a_missing_library_names_its_extra(monkeypatch: pytest.MonkeyPatch, library: str, extra: str) -> None:
    """The way out installs the library that is missing."""

    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(loaders, "import_module", absent)
    with pytest.raises(MissingExtra, match=rf"secondline\[{extra}\]"):
        loaders.library(library, "Opening it")
