"""The drawn card stream is what it says: realistic, repeatable, in order, with late labels and a mix that drifts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from secondline.samples.cardcrime import MORE, NAMES, PATTERNS, RAMP, mix
from secondline.samples.cardholders import DAY
from secondline.samples.cardstream import FIRST, HOUR, Drawn, Scene, draw, labelled, steps, stream

SCENE = Scene(cards=700, days=200, drift=140, seed=5)
DRAWN = draw(SCENE)
ROWS = DRAWN.transactions.num_rows
FRAUD = DRAWN.truth["fraud"].to_numpy() == 1
PATTERN = np.array(DRAWN.truth["pattern"].to_pylist())
AMOUNT = DRAWN.transactions["amount"].to_numpy()
DAYS = (DRAWN.at - SCENE.zero) // DAY


def test_the_same_scene_gives_the_same_stream() -> None:
    """And another seed another one."""
    small = Scene(cards=40, days=20, seed=3)
    assert same(draw(small), draw(small))
    assert not same(draw(small), draw(Scene(cards=40, days=20, seed=4)))


def same(a: Drawn, b: Drawn) -> bool:
    """Whether two streams are one."""
    pairs = ((a.transactions, b.transactions), (a.truth, b.truth), (a.labels, b.labels))
    return all(one.equals(other) for one, other in pairs)


def test_rates_are_those_of_cards() -> None:
    """Two purchases a card and day, half a per cent of fraud by number and two by value, amounts skewed.

    The open fraud handbook's simulation has 1.9 a day, 0.8 % by number and a mean amount of 54.
    """
    before = DAYS < 140
    assert 1.4 < ROWS / (SCENE.cards * SCENE.days) < 2.4
    assert 0.004 < FRAUD[before].mean() < 0.008
    share = AMOUNT[before & FRAUD].sum() / AMOUNT[before].sum()
    assert 0.012 < share < 0.03
    assert 40 < AMOUNT.mean() < 65
    assert 1.4 < AMOUNT.mean() / np.median(AMOUNT) < 2.2
    assert 0.2 < DRAWN.transactions["online"].to_numpy().mean() < 0.35
    assert 0.01 < DRAWN.transactions["abroad"].to_numpy().mean() < 0.06
    assert AMOUNT.min() >= 0.3


def test_the_model_sees_no_truth() -> None:
    """What a model may see holds neither pattern nor label, and its ids say nothing but the order."""
    assert not {"fraud", "pattern", "episode", "trap", "known"} & set(DRAWN.transactions.column_names)
    assert DRAWN.transactions["id"].to_pylist() == list(range(FIRST, FIRST + ROWS))
    assert (np.diff(DRAWN.at) >= 0).all()


def test_every_pattern_occurs_as_often_as_stated() -> None:
    """Before the drift the patterns have the shares they should, and the one that rises does not exist."""
    before = FRAUD & (DAYS < 140)
    for pattern in PATTERNS:
        share = (PATTERN[before] == pattern.name).mean()
        assert share == pytest.approx(pattern.before, abs=0.08)
    assert set(PATTERN) == set(NAMES)


def test_the_mix_drifts_on_its_day() -> None:
    """From the stated day the new pattern rises and all fraud grows; without a drift nothing changes."""
    last = PATTERNS[-1].name
    assert not (PATTERN[DAYS < 140] == last).any()
    assert (PATTERN[FRAUD & (DAYS >= 140 + RAMP)] == last).mean() > 0.35
    moved, still = mix(200, 140), mix(200, None)
    assert moved[:140].sum(axis=1) == pytest.approx(1)
    assert moved[-1].sum() == pytest.approx(MORE)
    assert np.ptp(still, axis=0) == pytest.approx(0)


def test_holiday_spenders_look_like_thieves_and_are_none() -> None:
    """Abroad, genuine holders spend more than at home: the trap is there, and is never fraud."""
    trap = DRAWN.truth["trap"].to_numpy() == 1
    assert trap.sum() > 1_000
    assert not FRAUD[trap].any()
    assert np.median(AMOUNT[trap]) > 1.3 * np.median(AMOUNT[~trap & ~FRAUD])


def test_labels_come_as_late_as_stated() -> None:
    """The median delay of each pattern is the stated one, its kind is the stated one, and some never come."""
    rows = DRAWN.labels["transaction"].to_numpy() - FIRST
    days, kinds = (DRAWN.known - DRAWN.at[rows]) / DAY, np.array(DRAWN.labels["kind"].to_pylist())
    assert (days > 0).all()
    assert (np.diff(DRAWN.known) >= 0).all()
    for pattern in PATTERNS:
        mine = np.asarray(PATTERN[rows] == pattern.name)
        assert np.median(days[mine]) == pytest.approx(pattern.lag + 0.5, rel=0.35)
        assert set(kinds[mine]) == {pattern.kind}
        told = np.count_nonzero(mine) / np.count_nonzero(np.isin(PATTERN, [pattern.name]))
        assert 0.35 < told < 1.0


def test_some_disputes_are_friendly_and_most_are_withdrawn() -> None:
    """Labels that are wrong exist: genuine purchases reported as fraud, and revisions that take it back later."""
    rows = DRAWN.labels["transaction"].to_numpy() - FIRST
    revision, value = DRAWN.labels["revision"].to_numpy(), DRAWN.labels["value"].to_numpy()
    wrong = ~FRAUD[rows] & (revision == 0)
    assert wrong.sum() > 5
    assert (value[revision == 1] == 0).all()
    assert not FRAUD[rows[revision == 1]].any()
    first = dict(zip(rows[wrong], DRAWN.known[wrong], strict=True))
    later = zip(rows[revision == 1], DRAWN.known[revision == 1], strict=True)
    assert all(known > first[row] for row, known in later)


def test_a_label_reads_as_it_was_known() -> None:
    """As of the start nothing is reported; a report shows from its moment on, and a withdrawal takes it back."""
    assert not labelled(DRAWN, SCENE.zero).to_numpy().any()
    ever = labelled(DRAWN).to_numpy()
    withdrawn = DRAWN.labels.filter(pa.array(DRAWN.labels["revision"].to_numpy() == 1))
    row = withdrawn["transaction"][0].as_py() - FIRST
    known = int(withdrawn["known"].cast(pa.int64())[0].as_py())
    assert (ever[row], labelled(DRAWN, known - 1).to_numpy()[row], labelled(DRAWN, known).to_numpy()[row]) == (0, 1, 0)


def test_the_stream_is_the_table_cut_by_time() -> None:
    """Every transaction and every label from the start on comes once, in the step in which it happened."""
    start = SCENE.zero + 150 * DAY
    made = list(steps(DRAWN, start, 6 * HOUR))
    assert all(b.until - a.until == 6 * HOUR for a, b in pairwise(made))
    transactions = pa.concat_tables(step.transactions for step in made)
    assert transactions.equals(DRAWN.transactions.slice(int(np.searchsorted(DRAWN.at, start))).combine_chunks())
    assert sum(step.labels.num_rows for step in made) == (DRAWN.known >= start).sum()
    for step in made[:40]:
        known = step.labels["known"].cast(pa.int64()).to_numpy()
        assert ((known >= step.until - 6 * HOUR) & (known < step.until)).all()


def test_a_stream_by_seed_begins_at_its_start() -> None:
    """Without a scene the seed alone says which stream; the first step is the first hour."""
    first = next(stream(scene=Scene(cards=30, days=5, drift=None, seed=9)))
    assert first.until == Scene().zero + HOUR
    assert first.transactions.num_rows < 30


def test_a_stream_without_fraud_days_is_whole() -> None:
    """A scene so small that no fraud occurs is drawn all the same."""
    tiny = draw(Scene(cards=3, days=2, fraud=1e-9))
    assert not tiny.truth["fraud"].to_numpy().any()
    assert list(steps(tiny, Scene().zero))
