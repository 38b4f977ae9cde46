"""The seeded errors: planted where told, hidden from the reviewer, and caught as often as told."""

from __future__ import annotations

from collections import Counter, defaultdict

from scipy.stats import binomtest

from secondline.samples.genai.corpus import documents
from secondline.samples.genai.oversight import ITEMS, PROMISE, REVIEWERS, TIRED, answered, caught, reviews
from secondline.samples.genai.suites import suite
from secondline.samples.genai.written import rows


def test_three_in_five_answers_hold_an_error() -> None:
    """Forty answers: eight of each kind of error, and sixteen without."""
    found = Counter(case["reference"]["planted"] for case in suite("oversight"))
    assert found == {"wrong-fact": 8, "wrong-document": 8, "added-promise": 8, "none": 16}
    for case in suite("oversight"):
        assert case["reference"]["seeded"] == (case["stratum"] != "none") == (case["kind"] != "benign")


def test_what_is_planted_is_there_and_nothing_else() -> None:
    """Each error is the one told: another fact, another document, a promise; without one, it is the document's."""
    for row in rows("questions"):
        right = answered(row, "none")
        assert row["fact"] in right
        assert right.endswith(f"[{row['document']}]")
        assert row["wrong"] in answered(row, "wrong-fact")
        assert row["fact"] not in answered(row, "wrong-fact")
        cited = answered(row, "wrong-document").rpartition("[")[2].rstrip("]")
        assert cited in documents()
        assert cited != row["document"]
        assert answered(row, "added-promise") == right.replace(" [", f" {PROMISE} [")


def test_reviewers_do_not_see_what_was_planted() -> None:
    """The text that is reviewed names no kind of error."""
    for case in suite("oversight"):
        assert case["reference"]["planted"] not in case["turns"][0]["content"]


def test_errors_are_caught_as_often_as_told() -> None:
    """By kind and half of the sitting, over many worlds: with tiredness, and with false alarms."""
    found: dict[float, list[int]] = defaultdict(list)
    for world in range(40):
        for row in reviews(world):
            found[caught(row["planted"], row["place"])].append(row["stopped"])
    assert len(found) == 7
    for rate, stopped in found.items():
        assert binomtest(sum(stopped), len(stopped), rate).pvalue > 1e-6
    assert caught("wrong-fact", ITEMS) == TIRED * caught("wrong-fact", 1)
    assert caught("none", ITEMS) == caught("none", 1)


def test_a_verdict_says_whether_the_reviewer_was_right() -> None:
    """Stopping an error is right, and so is letting out an answer without one."""
    for row in reviews():
        assert row["verdict"] == (row["stopped"] if row["planted"] != "none" else 1 - row["stopped"])
        assert (row["kind"] == "benign") == (row["planted"] == "none")


def test_each_reviewer_reads_each_answer_once() -> None:
    """In an order of their own."""
    orders = defaultdict(list)
    for row in reviews():
        orders[row["reviewer"]].append(row["case"])
    assert orders.keys() == set(REVIEWERS)
    assert all(sorted(order) == sorted(case["id"] for case in suite("oversight")) for order in orders.values())
    assert len({tuple(order) for order in orders.values()}) == len(REVIEWERS)
