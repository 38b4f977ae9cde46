"""Suites as files, drawn by plan, and held against what the system was shown."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders import asked
from secondline.core.errors import DataError, SecondlineError, SpecError
from secondline.evals.cases.leaking import between, leaks
from secondline.evals.cases.reading import case_set, lines, read, write
from secondline.evals.cases.sampling import allocated, drawn, replicated
from secondline.evals.nouns import Case


def cases(n: int, strata: int = 3) -> list[Case]:
    return [asked(f"Question {i}?", id=f"c{i}", stratum=f"s{i % strata}", severity=1 + i % strata) for i in range(n)]


def test_round_trip(tmp_path: Path) -> None:
    """A suite written and read is the same, byte for byte and digest for digest; again the same is no change."""
    path = tmp_path / "fees.jsonl"
    made = [c.model_copy(update={"suite": "fees"}) for c in cases(5)]
    digest = write(path, made)
    found = read(path)
    assert (found.cases, found.digest, found.name) == (tuple(made), digest, "fees")
    assert write(path, made) == digest
    assert lines(found.cases) == path.read_text()


def test_suites_are_never_changed(tmp_path: Path) -> None:
    """Other cases under the same file name are refused, and nothing is written."""
    path = tmp_path / "fees.jsonl"
    write(path, cases(2))
    before = path.read_text()
    with pytest.raises(DataError, match="Suites are not changed"):
        write(path, cases(3))
    assert path.read_text() == before


def test_yaml(tmp_path: Path) -> None:
    """YAML gives defaults to all cases, and a question for one turn."""
    path = tmp_path / "s.yaml"
    path.write_text(
        "suite: fees\ndefaults: {stratum: cards, severity: 4}\ncases:\n"
        '- {id: a, question: "How much?"}\n- {id: b, question: "When?", severity: 1}\n'
    )
    found = read(path)
    assert [(c.id, c.suite, c.stratum, c.severity) for c in found.cases] == [
        ("a", "fees", "cards", 4),
        ("b", "fees", "cards", 1),
    ]
    path.write_text('- {id: a, question: "How much?"}\n')
    assert read(path, "other").cases[0].suite == "other"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("s.jsonl", "", "holds no case"),
        ("s.jsonl", "{", "line 1 is not JSON"),
        ("s.jsonl", '\n{"id": "a"}', "line 2"),
        ("s.jsonl", "[1]", "line 1"),
        ("s.jsonl", '{"question": "x", "severity": 9}', "severity"),
        ("s.jsonl", '{"question": "x", "colour": 1}', "colour"),
        ("s.jsonl", '{"id": "a", "question": "x"}\n{"id": "a", "question": "y"}', "for two different cases"),
        ("s.jsonl", '{"id": "a", "question": "x"}\n{"id": "a", "question": "x"}', "'a' twice"),
        ("s.yaml", "case: 1", "the key 'case'"),
        ("s.yaml", "cases: 3", "must be a list"),
        ("s.yaml", "- 3", "case 1"),
        ("s.jsonl", "[" * 5000, "too deep"),
        ("s.jsonl", '{"turns": []}', "turns"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, name: str, content: str, words: str) -> None:
    """Each mistake of a file says where it is."""
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(SecondlineError, match=words):
        read(path)


def test_unreadable(tmp_path: Path) -> None:
    """A missing file and one that is no text are errors of the data."""
    with pytest.raises(DataError, match="Cannot read"):
        read(tmp_path / "none.jsonl")
    (tmp_path / "x.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="not UTF-8"):
        read(tmp_path / "x.jsonl")


def test_duplicates_are_told() -> None:
    """Cases that ask the same but for case and spaces are told under both names; context makes another question."""
    same = [
        asked("How much?", id="a"),
        asked("HOW  much?", id="b"),
        asked("How much?", id="c", context=[{"id": "x", "text": "t"}]),
    ]
    assert case_set("s", same).twice == (("a", "b"),)


def test_digest_is_blind_to_order_and_names() -> None:
    """The digest of a suite is of what its cases say."""
    made = cases(4)
    named = [c.model_copy(update={"id": f"other-{i}"}) for i, c in enumerate(made)]
    assert case_set("s", made).digest == case_set("s", made[::-1]).digest == case_set("s", named).digest
    assert case_set("s", made).digest != case_set("s", made[:3]).digest


@given(st.integers(3, 60), st.integers(0, 2**32), st.sampled_from(["proportional", "equal", "severity", "root"]))
def test_plans_record_what_they_did(n: int, seed: int, allocation: str) -> None:
    """As many as asked for, by stratum as told, each with the chance its stratum had; the same by seed."""
    frame = cases(60)
    plan = drawn(frame, n, seed=seed, allocation=allocation)  # type: ignore[arg-type]  # one of them
    assert len(plan.cases) == n == sum(plan.taken.values())
    assert Counter(c.stratum for c in plan.cases) == Counter(plan.taken)
    assert all(c.chance == plan.taken[c.stratum] / plan.frame[c.stratum] for c in plan.cases)
    assert plan.digest == drawn(frame[::-1], n, seed=seed, allocation=allocation).digest  # type: ignore[arg-type]  # one of them


def test_weights_of_a_sample_add_up_to_its_frame() -> None:
    """The sum of one over chance is the size of the frame: what makes estimates from a sample unbiased."""
    plan = drawn(cases(97), 20, seed=7, allocation="severity")
    assert sum(1 / (c.chance or 0) for c in plan.cases) == pytest.approx(97)
    again = drawn(plan.cases, 10, seed=8)
    assert all((c.chance or 0) < 1 for c in again.cases)


def test_severe_strata_get_more() -> None:
    """By severity, a stratum thrice as severe gets thrice the cases of another of its size."""
    plan = drawn(cases(60, 2), 18, seed=1, allocation="severity")
    assert dict(plan.taken) == {"s0": 6, "s1": 12}


def test_a_new_case_moves_no_other() -> None:
    """A case added to the frame may be drawn, but changes the order of none."""
    frame = cases(30, 1)
    before = {c.name for c in drawn(frame, 10, seed=3).cases}
    after = {c.name for c in drawn([*frame, asked("New?", id="new", stratum="s0")], 10, seed=3).cases}
    assert len(before - after) <= 1


@pytest.mark.parametrize("n", [0, 2, 31])
def test_impossible_samples_are_refused(n: int) -> None:
    """Fewer than the strata need, or more than there are."""
    with pytest.raises(SpecError, match="needs 3 to 30"):
        drawn(cases(30), n, seed=1)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(1, 40), st.floats(0.01, 50)), min_size=1),
    st.data(),
)
def test_allocation_is_exact(strata: dict[str, tuple[int, float]], data: st.DataObject) -> None:
    """Shares add up to what was asked for, within the bounds of each stratum, whatever the weights."""
    sizes = {k: v[0] for k, v in strata.items()}
    n = data.draw(st.integers(len(sizes), sum(sizes.values())))
    taken = allocated(n, {k: v[1] for k, v in strata.items()}, sizes)
    assert sum(taken.values()) == n
    assert all(1 <= taken[k] <= sizes[k] for k in sizes)


def test_replicates_are_a_share_of_each_stratum() -> None:
    """A share of every stratum is asked again, the same by seed."""
    chosen = replicated(cases(60), 0.2, seed=5)
    assert Counter(int(name[1:]) % 3 for name in chosen) == {0: 4, 1: 4, 2: 4}
    assert chosen == replicated(cases(60)[::-1], 0.2, seed=5)


QUESTION = "What is the highest amount that may be transferred abroad in one day?"


def test_leaks_into_a_prompt() -> None:
    """A question or reference that the prompt holds is told with where and how much; an own question is not."""
    prompt = f"Examples. Q: {QUESTION} A: up to EUR 5,000 a day for private customers of the bank."
    found = leaks(
        [asked(QUESTION, reference="Up to EUR 5,000 a day for private customers")], {"prompt": prompt, "rag": "none"}
    )
    assert [(x.where, x.what, x.share) for x in found] == [("prompt", "question", 1.0), ("prompt", "reference", 1.0)]
    assert leaks([asked("Who signs the annual report of the bank?")], {"prompt": prompt}) == []
    assert leaks([asked("Why?")], {"prompt": "why? " * 9}) == []


def test_leaks_between_suites() -> None:
    """A question of a held-out suite that stands in the developer's is found, with a word more or less too."""
    other = [
        asked(f"Please tell me: {QUESTION} Thanks.", id="dev"),
        asked("Something else entirely about the cards of children.", id="x"),
    ]
    assert [(x.case, x.where) for x in between([asked(QUESTION)], other)] == [("c1", "dev")]
    assert between([asked("How old must a customer be to open an account on their own?")], other) == []
