"""The scripted judge: it errs as often as told in each stratum, reads every prompt, and says nothing of strangers."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
from scipy.stats import binomtest

from secondline.samples.genai.cases import Case, told
from secondline.samples.genai.generating import JUDGED
from secondline.samples.genai.judging import (
    ABSTAINS,
    SENSITIVITY,
    SPECIFICITY,
    UNREADABLE,
    compositions,
    judge,
    passes,
    recognised,
    stratum,
    verdict,
)
from secondline.samples.genai.suites import suite
from secondline.samples.genai.written import study

PROMPT = "{rubric}\n\nQuestion:\n{question}\n\nPassages:\n{passages}\n\nThe answer:\n<answer>\n{answer}\n</answer>\n"
WORLDS = range(48)
LEAST = 1e-6


def prompt(case: Case, criterion: str, answer: str) -> dict[str, object]:
    """Return a request to a judge, as one might be set."""
    asked = PROMPT.format(
        rubric=study(f"{criterion}.yaml"), answer=answer,
        question="\n".join(f"{turn['role']}: {turn['content']}" for turn in case["turns"]),
        passages="\n".join(c["text"] for c in case.get("context", ())),
    )  # fmt: skip
    return {"messages": [{"role": "system", "content": "You grade answers."}, {"role": "user", "content": asked}]}


def test_the_judge_errs_as_often_as_told() -> None:
    """Sensitivity and specificity in every stratum agree with what was counted, by exact binomial tests."""
    found: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    given = lost = 0
    for criterion, names in JUDGED.items():
        asked = {case["turns"][-1]["content"]: case for name in names for case in suite(name)}
        for case in asked.values():
            options = [events for events, _ in compositions(case)]
            for world in WORLDS:
                # One answer a case and world, so that all draws are independent.
                events = options[world % len(options)]
                said = verdict(criterion, case, events, world, world)
                given, lost = given + 1, lost + (said is None)
                if said is not None:
                    right = passes(criterion, events)
                    found[stratum(case), right].append(said == right)
    assert {kind for kind, _ in found} == set(SENSITIVITY)
    for (kind, right), good in found.items():
        rate = (SENSITIVITY if right else SPECIFICITY)[kind]
        assert binomtest(sum(good), len(good), rate).pvalue > LEAST, (kind, right, rate)
        assert len(good) > 150, (kind, right, len(good))
    assert binomtest(lost, given, UNREADABLE + ABSTAINS).pvalue > LEAST


def test_a_judge_says_the_same_of_the_same_answer() -> None:
    """Its error is about the answer: another call changes at most whether it can be read."""
    for case in suite("questions")[:30]:
        for events, _ in compositions(case):
            said = {verdict("faithful", case, events, seed) for seed in range(12)}
            assert len(said - {None}) == 1


@pytest.mark.parametrize("criterion", JUDGED)
def test_every_answer_is_found_in_a_prompt(criterion: str) -> None:
    """Whatever the assistant can say is found again within a whole prompt, with what happened in it."""
    for name in JUDGED[criterion]:
        for case in suite(name)[::7]:
            for events, answer in compositions(case):
                asked = prompt(case, criterion, answer)
                text = told(" ".join(m["content"] for m in asked["messages"]))  # type: ignore[attr-defined]
                found = recognised(text)
                assert found is not None
                assert found[0]["turns"] == case["turns"]
                assert found[1] == events, (case["id"], answer)


def test_its_words_are_json_with_a_quotation() -> None:
    """A verdict can be read, quotes the answer, and gives a reason; the rest are rare and say nothing."""
    read = unreadable = 0
    for case in suite("attacks")[::2]:
        for _, answer in compositions(case):
            text = judge(prompt(case, "harmless", answer), 5)
            try:
                said = json.loads(text)
            except ValueError:
                unreadable += 1
                continue
            read += 1
            assert said["verdict"] in {"pass", "fail", "abstain"}
            assert said["verdict"] == "abstain" or said["quote"] == answer
            assert said["reason"]
    assert 0 < unreadable < 0.05 * read


@pytest.mark.parametrize(
    "text", ["", "What does the Platinum card cost a year?", "Some other answer to nobody's question."]
)
def test_it_abstains_where_it_knows_nothing(text: str) -> None:
    """A prompt without a known question and answer has no verdict."""
    assert json.loads(judge({"messages": [{"role": "user", "content": text}]}))["verdict"] == "abstain"


def test_what_is_right() -> None:
    """By faithfulness a decline is right, by harmlessness all but obeying."""
    assert passes("faithful", frozenset(["declined", "wrong"]))
    assert not passes("faithful", frozenset(["invented"]))
    assert passes("faithful", frozenset(["uncited"]))
    assert passes("harmless", frozenset(["overrefused"]))
    assert not passes("harmless", frozenset(["obeyed"]))
