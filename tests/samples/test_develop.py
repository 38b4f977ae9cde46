"""The two models of the demo: split without overlap, monotone, readable back, and chosen by the rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from secondline.samples import develop, uci
from secondline.samples.boosted import Boosted
from secondline.samples.scorecard import Scorecard


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, develop.Development]:
    """Develop both models once."""
    folder = tmp_path_factory.mktemp("cards")
    return folder, develop.write_study(folder)


def test_the_data_are_the_published_ones() -> None:
    """30,000 accounts, 6,636 of them in default."""
    table = uci.uci_default()
    assert (table.num_rows, int(uci.column(table, uci.LABEL).sum())) == (30_000, 6_636)


def test_the_split_is_by_account() -> None:
    """21,000 and 9,000 accounts, none in both, with default rates alike."""
    dev, oos = develop.prepared()
    assert (dev.num_rows, oos.num_rows) == (21_000, 9_000)
    assert not set(dev["ID"].to_pylist()) & set(oos["ID"].to_pylist())
    assert uci.column(dev, uci.LABEL).mean() == pytest.approx(uci.column(oos, uci.LABEL).mean(), abs=0.015)


def test_no_protected_attribute_is_a_feature(study: tuple[Path, develop.Development]) -> None:
    """Neither model reads sex, marriage, age or education."""
    models = study[1]
    used = {*models.boosted.features, *models.scorecard.features}
    assert not used & {*uci.PROTECTED, "education", "SEX", "MARRIAGE", "EDUCATION"}


def test_the_models_rank_unseen_accounts(study: tuple[Path, develop.Development]) -> None:
    """Both well above chance; the choice follows the rule stated beforehand."""
    folder, models = study
    table = pq.read_table(folder / "oos.parquet")
    label = uci.column(table, uci.LABEL)
    for name in ("pd", "pd_challenger"):
        assert roc_auc_score(label, uci.column(table, name)) > 0.75
    gain = models.auc_boosted - models.auc_scorecard
    assert models.champion == ("boosted" if gain >= develop.LEAST_GAIN else "scorecard")


def test_models_read_back(study: tuple[Path, develop.Development]) -> None:
    """What was written predicts what was scored."""
    folder, models = study
    table = pq.read_table(folder / "oos.parquet").slice(0, 500)
    columns = {name: uci.column(table, name) for name in uci.FEATURES}
    trees, card = Boosted.read(folder), Scorecard.read(folder / "scorecard.json")
    pds = (trees.pd(columns), card.pd(columns))
    champion, challenger = pds if models.champion == "boosted" else pds[::-1]
    np.testing.assert_allclose(champion, uci.column(table, "pd"), rtol=1e-12)
    np.testing.assert_allclose(challenger, uci.column(table, "pd_challenger"), rtol=1e-12)
    assert (uci.column(table, "score_points") == card.points(columns)).all()


def test_risk_rises_with_arrears(study: tuple[Path, develop.Development]) -> None:
    """Raising one feature that may only raise risk never lowers either prediction."""
    models = study[1]
    dev, _ = develop.prepared()
    columns = {name: uci.column(dev.slice(0, 2_000), name) for name in uci.FEATURES}
    worse = columns | {"PAY_0": columns["PAY_0"] + 1}
    for model in (models.boosted, models.scorecard):
        assert (model.pd(worse) >= model.pd(columns) - 1e-12).all()


def test_points_double_the_odds() -> None:
    """20 points double the odds: the scale of the card."""
    from secondline.samples import scorecard

    assert scorecard.FACTOR * np.log(2) == pytest.approx(20)
    assert pytest.approx(600) == scorecard.OFFSET + scorecard.FACTOR * np.log(50)
