"""The suites: every line is a case, names are unique, gold passages hold the facts, pairs are pairs."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict

import pytest

from secondline.core.declared.genai import RISKS
from secondline.evals.nouns import Case
from secondline.samples.genai.archive import archive, former
from secondline.samples.genai.cases import chance, told
from secondline.samples.genai.complaints import LABELS
from secondline.samples.genai.corpus import documents, passages, superseded
from secondline.samples.genai.questions import ABLATIONS, TWICE, noisy
from secondline.samples.genai.rates import ASKED
from secondline.samples.genai.suites import MAKERS, lines, suite

SIZES = {
    "questions": 189, "staleness": 60, "unanswerable": 40, "access": 60, "paraphrase": 80, "noise": 100,
    "consistency": 40, "challenge": 24, "ablation": 120, "extraction": 60, "classification": 80, "attacks": 520,
    "injection": 128, "fairness": 1280, "agent": 30, "oversight": 40,
}  # fmt: skip
READABLE = {**documents(), **archive()}
PAIRED = {"paraphrase": {"a", "b"}, "noise": {"a", "b"}, "attacks": {"attack", "twin"}, "injection": {"attack", "twin"},
          "fairness": {"a", "b"}, "ablation": set(ABLATIONS)}  # fmt: skip


def parsed(name: str) -> list[Case]:
    """Return a suite as the runner reads it."""
    return [Case.model_validate_json(line) for line in lines(name).splitlines()]


@pytest.mark.parametrize("name", MAKERS)
def test_every_line_is_a_case_and_comes_back_the_same(name: str) -> None:
    """A line parses, and what it parses to says the same again; ids and digests are unique."""
    found = parsed(name)
    for line, one in zip(lines(name).splitlines(), found, strict=True):
        said = one.model_dump(mode="json")
        assert {key: said[key] for key in json.loads(line) if key not in {"turns", "context"}} == {
            key: value for key, value in json.loads(line).items() if key not in {"turns", "context"}
        }
        assert Case.model_validate(said).digest == one.digest
        assert one.suite == name
        assert one.licence == "Apache-2.0"
    assert len({one.id for one in found}) == len({one.digest for one in found}) == len(found) == SIZES[name]


@pytest.mark.parametrize("name", MAKERS)
def test_tags_are_valid(name: str) -> None:
    """Risks are of NIST AI 600-1, entries of OWASP's ten; attacks name family and mode."""
    known = {f"nist:{risk}" for risk in RISKS} | {f"owasp:LLM{n:02d}" for n in range(1, 11)}
    for one in parsed(name):
        rest = set(one.tags) - known
        assert all(re.fullmatch(r"(family|mode|superseded):[A-Za-z0-9-]+", tag) for tag in rest), rest
        assert any(tag.startswith("nist:") for tag in one.tags)
        if name in {"attacks", "injection"}:
            assert {tag.split(":")[0] for tag in one.tags} == {"family", "mode", "nist", "owasp"}


@pytest.mark.parametrize("name", [name for name in MAKERS if name not in PAIRED])
def test_no_question_is_asked_twice_in_a_suite(name: str) -> None:
    """But for case and spaces, all questions of a suite differ."""
    said = Counter(told("\n".join(turn.content for turn in one.turns)) for one in parsed(name))
    assert max(said.values()) == 1


@pytest.mark.parametrize("name", PAIRED)
def test_pairs_are_whole_and_differ(name: str) -> None:
    """Each pair has each of its sides once, in one cluster and stratum, and its sides are not the same case."""
    pairs: dict[str, list[Case]] = defaultdict(list)
    for one in parsed(name):
        pairs[one.pair].append(one)
    for sides in pairs.values():
        assert {one.side for one in sides} == PAIRED[name]
        assert len(sides) == len(PAIRED[name])
        assert len({one.cluster for one in sides}) == len({one.stratum for one in sides}) == 1
        shown = {(tuple(t.content for t in one.turns), tuple(c.text for c in one.context)) for one in sides}
        assert len(shown) == len(sides)


@pytest.mark.parametrize("name", ASKED)
def test_gold_passages_hold_the_facts(name: str) -> None:
    """Each question names gold passages of its document, and the fact of a right answer stands in each."""
    text = {p.id: p.text for p in passages()}
    for one in parsed(name):
        assert one.gold
        for found in one.gold:
            assert found.startswith(f"{one.cluster}#")
            assert all(fact in text[found] for fact in one.reference["facts"])
        assert one.stratum.split("/")[0] == documents()[one.cluster].product


def test_contexts_are_of_documents_the_persona_may_read() -> None:
    """Only the suite on access holds passages that the persona may not see: fifteen of sixty, on purpose."""
    barred = Counter[str]()
    for name in (*ASKED, "unanswerable", "access", "fairness"):
        for one in parsed(name):
            classes = {READABLE[c.document].acl for c in one.context}
            barred[name] += "restricted" in classes
            if one.persona == "customer" and name not in {"access", "fairness"}:
                assert classes <= {"public"}
            assert [c.rank for c in one.context] == list(range(1, len(one.context) + 1))
    assert {name: n for name, n in barred.items() if n} == {"access": 15}
    leaky = [one for one in parsed("access") if any(READABLE[c.document].acl == "restricted" for c in one.context)]
    assert Counter(one.persona for one in leaky).keys() == {"customer", "staff"}
    assert len({one.cluster for one in leaky}) >= 10


def test_passages_handed_over_are_those_of_the_corpus() -> None:
    """But for the material of indirect attacks, each chunk is exactly a passage of the corpus."""
    text = {p.id: p.text for p in passages()} | {p.id: p.text for d in archive().values() for p in passages(d)}
    for name in MAKERS:
        for one in parsed(name):
            ours = [c for c in one.context if c.id.startswith("NB-")]
            assert name == "injection" or len(ours) == len(one.context)
            assert all(c.text == text[c.id] and (c.end or 0) - (c.start or 0) == len(c.text) for c in ours)


def test_a_payload_stands_on_the_side_of_the_attack_only() -> None:
    """The code that tells obedience is in the material of the attack, in nothing that the user says, and in no twin."""
    for one in parsed("injection"):
        (mark,) = one.reference["marks"]
        material = " ".join([c.text for c in one.context] + [t.content for t in one.turns if t.role == "tool"])
        assert (mark in material) == (one.side == "attack")
        assert not any(mark in turn.content for turn in one.turns if turn.role == "user")


def test_results_of_tools_are_json() -> None:
    """The payload is within the JSON that a tool gives, which stays JSON."""
    said = [t for one in parsed("injection") for t in one.turns if t.role == "tool"]
    assert len(said) == 20
    assert all(isinstance(json.loads(turn.content), dict) and turn.name == "lookup" for turn in said)


def test_severities_and_kinds_of_attacks() -> None:
    """Attacks are adversarial and of severity 3 to 5; twins are benign and a nuisance when refused."""
    for name in ("attacks", "injection"):
        for one in parsed(name):
            attack = one.side == "attack"
            assert (one.kind, one.severity >= 3) == ("adversarial" if attack else "benign", attack)


def test_stale_questions_know_the_old_answer() -> None:
    """Each question on a superseded rule knows what the old version said, and both versions are within reach."""
    found = parsed("staleness")
    assert {one.cluster for one in found} == {*superseded().values(), *(name[:-1] for name in archive())}
    assert all(one.reference["stale"] and one.kind == "edge" for one in found)
    old = {one.id: former(one.cluster) for one in found}
    both = [{c.document for c in one.context} >= {one.cluster, getattr(old[one.id], "id", "")} for one in found]
    assert sum(both) >= 50
    assert len({one.cluster for one in found}) == 26


def test_ablation_gives_nothing_the_right_or_the_wrong_passages() -> None:
    """The three sides hold no passages, the gold ones, and only others."""
    for one in parsed("ablation"):
        given, right = {c.id for c in one.context}, set(one.gold)
        wanted = {"none": not given, "gold": given == right, "distractor": bool(given) and not given & right}
        assert wanted[one.side]


def test_a_challenge_doubts_the_answer() -> None:
    """The second turn of the user is the doubt."""
    assert all(one.turns[-1].content == TWICE and len(one.turns) == 2 for one in parsed("challenge"))


def test_noise_leaves_numbers_and_length() -> None:
    """Typing faults change letters of long words only, always something, and the same by the same seed."""
    text = "How much is the early repayment charge of 4 percent on £25,000?"
    made = noisy(text, chance(1))
    assert made == noisy(text, chance(1)) != text
    assert re.findall(r"[\d£,]+", made) == re.findall(r"[\d£,]+", text)
    assert abs(len(made) - len(text)) <= 3
    assert noisy("ab cd", chance(1)) == "ab cd"


def test_letters_say_their_fields() -> None:
    """What the reference holds can be read in the text, and where it is null the text does not say it."""
    nulls = Counter[str]()
    for one in parsed("extraction"):
        text = one.turns[0].content.replace(",", "")
        said, reference = text.replace(" ", ""), one.reference
        assert (f"£{reference['amount']:.2f}" in text) if reference["amount"] is not None else "£" not in text
        for key in ("name", "iban", "reference"):
            value = reference[key]
            assert value is None or value.replace(" ", "") in said
        assert reference["iban"] is not None or "NBKX" not in said
        assert reference["date"][:4] in text
        nulls.update(key for key, value in reference.items() if value is None)
    assert nulls.keys() == {"amount", "iban", "reference"}


def test_labels_are_told_in_the_question() -> None:
    """A complaint is asked with all classes, and its own is one of them."""
    for one in parsed("classification"):
        assert one.reference in LABELS
        assert all(label in one.turns[0].content for label in LABELS)


def test_fairness_swaps_nothing_but_the_person() -> None:
    """Both sides share the request and the passages; 32 templates with 20 swaps each."""
    pairs: dict[str, list[Case]] = defaultdict(list)
    for one in parsed("fairness"):
        pairs[one.pair].append(one)
    swaps = Counter(sides[0].cluster for sides in pairs.values())
    assert (len(swaps), set(swaps.values())) == (32, {20})
    for a, b in pairs.values():
        assert a.context == b.context
        assert a.turns[0].content.split(". ")[-1] == b.turns[0].content.split(". ")[-1]


def test_an_unknown_suite_is_an_error() -> None:
    """There is no suite by another name."""
    with pytest.raises(KeyError):
        suite("no-such-suite")
