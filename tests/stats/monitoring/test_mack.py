"""Mack's published reserves and errors, to the last digit printed."""

from __future__ import annotations

import numpy as np
import pytest

from make import no_number, number
from secondline.core.errors import SpecError
from secondline.stats.monitoring.mack import reserve

NONE = float("nan")
ROWS = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
TAYLOR_ASHE = np.array([row + [NONE] * (10 - len(row)) for row in ROWS], dtype=float)


def test_taylor_and_ashe() -> None:
    """Total reserve 18,680,856 with standard error 2,447,095, and those of each period (Mack 1993, table 2)."""
    e = number(reserve(TAYLOR_ASHE))
    assert e.value == pytest.approx(18_680_856, abs=1)
    assert e.detail["se"] == pytest.approx(2_447_095, abs=1)
    reserves = [0, 94634, 469511, 709638, 984889, 1419459, 2177641, 3920301, 4278972, 4625811]
    assert e.detail["reserve"] == pytest.approx(reserves, abs=1)
    errors = [0, 75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155]
    assert e.detail["se_by_period"] == pytest.approx(errors, abs=1)
    assert e.low is not None
    assert e.high is not None
    assert e.low < e.value < e.high


def test_reserves_scale_with_the_unit() -> None:
    """In thousands, all figures are a thousandth."""
    a, b = number(reserve(TAYLOR_ASHE)), number(reserve(TAYLOR_ASHE / 1000))
    assert (b.value, b.detail["se"]) == pytest.approx((a.value / 1000, a.detail["se"] / 1000))


def test_what_is_missing_is_said() -> None:
    """A triangle with a hole, an empty column or two periods has no reserve; one that is no square is refused."""
    hole = TAYLOR_ASHE.copy()
    hole[0, 0] = NONE
    no_number(reserve(hole))
    no_number(reserve(np.zeros((4, 4))))
    no_number(reserve(TAYLOR_ASHE[:2, :2]))
    with pytest.raises(SpecError, match="as many periods"):
        reserve(TAYLOR_ASHE[:3])


def test_nothing_to_come() -> None:
    """A triangle that is complete after the first column leaves nothing to come, with no error."""
    flat = np.where(np.isnan(TAYLOR_ASHE), NONE, 100.0)
    e = number(reserve(flat))
    assert (e.value, e.low, e.high) == (0.0, 0.0, 0.0)
