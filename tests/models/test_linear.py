"""Parameters of statsmodels load as they are, and score as statsmodels predicts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from secondline.core.errors import ModelError
from secondline.models.loaders.linear import load


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    draw = np.random.default_rng(11)
    n = 1_500
    x, z = draw.normal(size=n), draw.normal(size=n)
    region = draw.choice(["north", "south", "west"], n)
    p = 1 / (1 + np.exp(-(-1 + 0.8 * x - 0.4 * z + 0.5 * (region == "west"))))
    years = draw.uniform(0.5, 3, n)
    return pd.DataFrame(
        {"x": x, "z": z, "region": region, "bad": draw.random(n) < p, "years": years, "k": draw.poisson(p * years)}
    ).astype({"bad": int})


def columns(frame: pd.DataFrame) -> dict[str, Any]:
    return {str(n): frame[n].to_numpy(dtype=object if n == "region" else float) for n in frame}


def exported(fit: Any, **more: Any) -> bytes:
    """What the documentation says to write."""
    return json.dumps({"params": dict(fit.params)} | more).encode()


@pytest.mark.parametrize("name", ["Logit", "Probit", "CLogLog", "Identity", "Log"])
def test_every_link_predicts_as_statsmodels(frame: pd.DataFrame, name: str) -> None:
    """A GLM with each link, its name taken from the fit, to the last digits."""
    x = sm.add_constant(frame[["x", "z"]])
    binary = name in {"Logit", "Probit", "CLogLog"}
    family = sm.families.Binomial if binary else sm.families.Gaussian if name == "Identity" else sm.families.Poisson
    fit = sm.GLM(frame["bad"], x, family=family(getattr(sm.families.links, name)())).fit()
    loaded = load(exported(fit, link=type(fit.family.link).__name__), {})
    assert loaded.features == ("x", "z")
    assert loaded.predict(columns(frame)) == pytest.approx(fit.predict(x).to_numpy(), rel=1e-12)


def test_formulas_with_categories(frame: pd.DataFrame) -> None:
    """Intercept, and a category written as C(region)[T.west] or region[T.west]."""
    for formula in ("bad ~ x + C(region)", "bad ~ x + region"):
        fit = smf.logit(formula, frame).fit(disp=False)
        loaded = load(exported(fit), {})
        assert set(loaded.features) == {"x", "region"}
        assert loaded.predict(columns(frame)) == pytest.approx(fit.predict(frame).to_numpy(), rel=1e-12)


def test_offset_and_exposure(frame: pd.DataFrame) -> None:
    """A Poisson rate with the logarithm of years as offset, or years as exposure."""
    x = sm.add_constant(frame[["x"]])
    logs = np.log(frame["years"])
    fit = sm.GLM(frame["k"], x, family=sm.families.Poisson(), offset=logs).fit()
    wanted = np.asarray(fit.predict(x, offset=logs))
    found = load(exported(fit, link="log", offset="log_years"), {}).predict(
        columns(frame) | {"log_years": np.log(frame["years"].to_numpy())}
    )
    assert found == pytest.approx(wanted, rel=1e-12)
    loaded = load(exported(fit, link="log", exposure="years"), {})
    assert loaded.features == ("x", "years")
    assert loaded.predict(columns(frame)) == pytest.approx(wanted, rel=1e-12)
    both = load(exported(fit, link="log", exposure="years", offset="z"), {}).predict(columns(frame))
    assert both == pytest.approx(wanted * np.exp(frame["z"].to_numpy()), rel=1e-12)


def test_missing_and_unlisted_values() -> None:
    """A missing value has no score; a category nobody lists is the baseline, unless the levels are given."""
    table: dict[str, Any] = {"params": {"Intercept": 0.0, "x": 1.0, "C(r)[T.b]": 2.0}, "link": "identity"}
    given = {"x": np.array([1.0, np.nan, 1.0, 1.0, 1.0]), "r": np.array(["b", "b", None, "a", "new"], dtype=object)}
    found = load(json.dumps(table).encode(), {}).predict(given)
    assert np.array_equal(found, [3.0, np.nan, np.nan, 1.0, 1.0], equal_nan=True)
    found = load(json.dumps(table | {"levels": {"r": ["a", "b"]}}).encode(), {}).predict(given)
    assert np.array_equal(found, [3.0, np.nan, np.nan, 1.0, np.nan], equal_nan=True)


def test_numbers_may_be_categories() -> None:
    """C(grade)[T.2] is 1 where the number is 2."""
    content = json.dumps({"params": {"C(grade)[T.2]": 1.0, "const": 0.5}, "link": "identity"}).encode()
    found = load(content, {}).predict({"grade": np.array([2.0, 1.0, np.nan])})
    assert np.array_equal(found, [1.5, 0.5, np.nan], equal_nan=True)


def test_coefficients_are_plain_columns() -> None:
    """Under `coefficients` no name has a meaning of its own, so that a column may be called const."""
    content = b'{"intercept": 1, "coefficients": {"const": 2.0, "a[T.b]": 3.0}, "link": "identity"}'
    loaded = load(content, {})
    assert loaded.features == ("const", "a[T.b]")
    assert list(loaded.predict({"const": np.array([1.0]), "a[T.b]": np.array([1.0])})) == [6.0]
    renamed = load(content, {"features": ["p", "q"]})
    assert list(renamed.predict({"p": np.array([1.0]), "q": np.array([1.0])})) == [6.0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "holds no `coefficients`"),
        (b'{"params": {}}', "holds no `coefficients`"),
        (b'{"params": {"x": NaN}}', "a finite number is needed"),
        (b'{"params": {"x": "1"}}', "a finite number is needed"),
        (b'{"params": {"x": true}}', "a finite number is needed"),
        (b'{"params": {"x": 1}, "link": "cauchit"}', "its link is 'cauchit'; known are logit, probit"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, said: str) -> None:
    """No coefficients, one that is not a finite number, and a link that is not known."""
    with pytest.raises(ModelError, match=said):
        load(content, {})


def test_text_where_a_number_belongs() -> None:
    """A number cannot be made of text."""
    loaded = load(b'{"params": {"x": 1}}', {})
    with pytest.raises(ModelError, match="'x' holds text"):
        loaded.predict({"x": np.array(["a"], dtype=object)})
