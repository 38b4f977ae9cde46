"""How challengers are declared: short or long, strict about what they may hold, and the same after a round trip."""

from __future__ import annotations

from typing import Any

import pytest

from secondline.core.declared.challengers import SEED, SETTINGS, read_settings
from secondline.core.errors import SpecError
from secondline.core.spec import ModelSpec
from secondline.policy.documents import parse_spec

STUDY: dict[str, Any] = {
    "model": "m",
    "version": 1,
    "populations": {"a": {"data": "a.parquet"}},
    "columns": {"score": "s"},
}


def declared(challengers: Any) -> ModelSpec:
    return parse_spec(STUDY | {"challengers": challengers}, "model.yaml")


def test_a_list_of_kinds_names_challengers_for_their_kind() -> None:
    """Short and long form are one declaration."""
    short = declared(["scorecard", "ebm"])
    assert short.challengers == declared({"scorecard": {"kind": "scorecard"}, "ebm": "ebm"}).challengers
    assert list(short.challengers) == ["scorecard", "ebm"]
    assert declared("logistic").challengers["logistic"].seed == SEED


def test_the_long_form_is_kept() -> None:
    """Features, seed, settings and directions are read, and a plan's JSON gives the same study back."""
    spec = declared({
        "simple": {"kind": "scorecard", "features": ["x"], "seed": 7, "settings": {"bins": 4}, "monotone": "claimed"},
        "trees": {"kind": "boosting", "monotone": {"x": "increasing"}},
    })  # fmt: skip
    assert spec.challengers["simple"].features == ("x",)
    assert ModelSpec.model_validate(spec.model_dump(mode="json", by_alias=True)) == spec


@pytest.mark.parametrize("kind", SETTINGS)
def test_every_kind_has_defaults(kind: str) -> None:
    """A kind without settings is complete, and its defaults written out are accepted."""
    found = read_settings(kind, {})
    assert read_settings(kind, found.model_dump(by_alias=True)) == found


@pytest.mark.parametrize(
    ("challengers", "said"),
    [
        (["forest"], "`challengers.forest.kind`.* 'logistic', 'scorecard', 'ebm', 'boosting' or 'network'.*'forest'"),
        (["ebm", "ebm"], "'ebm' is listed twice; name the two: `first: {kind: ebm}`"),
        ([{"kind": "ebm"}], "a list of challengers holds kinds"),
        ({"a": {"features": ["x"]}}, "`challengers.a.kind` is missing"),
        ({"a": {"kind": "ebm", "setings": {}}}, "`challengers.a.setings` is not a known key.*Did you mean 'settings'"),
        ({"a": {"kind": "ebm", "settings": {"bag": 3}}}, "a ebm challenger has no setting 'bag'. Did you mean 'bags'"),
        ({"a": {"kind": "ebm", "settings": {"bags": 0}}}, "setting 'bags' .* greater than or equal to 1; got 0"),
        ({"a": {"kind": "ebm", "settings": {"rate": "fast"}}}, "setting 'rate' .* valid number.*; got 'fast'"),
        ({"a": {"kind": "network", "monotone": "claimed"}}, "a network challenger cannot be held to directions"),
        ({"a": {"kind": "ebm", "monotone": {"x": "up"}}}, "monotone"),
        ({"a": {"kind": "ebm", "seed": -1}}, "seed"),
        ({"a": {"kind": "ebm", "features": []}}, "features"),
        (3, "`challengers`.*must hold keys and values; got 3"),
    ],
)
def test_what_is_wrong_is_named(challengers: Any, said: str) -> None:
    """Each mistake names the key and what would be right."""
    with pytest.raises(SpecError, match=said):
        declared(challengers)


def test_money_is_shares_of_the_exposure() -> None:
    """A loss above the whole exposure is a mistake; the margin may be left out."""
    money = parse_spec(STUDY | {"money": {"loss-given-default": 0.4}}, "model.yaml").money
    assert money is not None
    assert (money.loss_given_default, money.margin) == (0.4, 0)
    with pytest.raises(SpecError, match=r"`money.loss-given-default`.*got 45"):
        parse_spec(STUDY | {"money": {"loss-given-default": 45}}, "model.yaml")
