"""The scripted assistant: it answers what an endpoint is asked, the same each time, and knows nothing but the study."""

from __future__ import annotations

from typing import Any

import pytest

from secondline.samples.genai import speaking
from secondline.samples.genai.cases import Case
from secondline.samples.genai.questions import TWICE
from secondline.samples.genai.retrieval import behind, messages
from secondline.samples.genai.scripted import JUDGE, answer, drawn, reply, spoken
from secondline.samples.genai.suites import suite


def request(case: Case, **more: Any) -> dict[str, Any]:
    """Return a request as the wire carries it, with the system's prompt before it."""
    asked = case["turns"][0]["content"] + behind(case.get("context", ()))
    system = messages("x", [])[0]
    return {"model": "m", "messages": [system, {"role": "user", "content": asked}, *case["turns"][1:]]} | more


def of(name: str, events: frozenset[str], **fields: str) -> Case:
    """Return a case of a suite in which exactly these events happen on the call with seed 1."""
    return next(
        c for c in suite(name) if drawn(c, seed=1) == events and all(c[key] == value for key, value in fields.items())
    )


@pytest.mark.parametrize("name", ["questions", "unanswerable", "extraction", "attacks", "fairness"])
def test_the_same_call_has_the_same_answer(name: str) -> None:
    """The answer depends on the request and the seed alone, and the system's prompt changes nothing."""
    for case in suite(name)[:20]:
        bare = request(case)
        bare["messages"] = bare["messages"][1:]
        assert answer(request(case), 3) == answer(request(case), 3) == answer(bare, 3)


def test_spaces_and_case_do_not_change_the_question() -> None:
    """A question is known in whatever case, and with more spaces."""
    case = of("questions", frozenset())
    asked = request(case)
    asked["messages"][-1]["content"] = "  " + asked["messages"][-1]["content"].replace("?", " ?".strip(), 1)
    assert answer(asked, 1) == answer(request(case), 1)


def test_a_right_answer_cites_its_document() -> None:
    """Where nothing goes wrong, the sentence of the document is said and cited."""
    case = of("questions", frozenset())
    said = answer(request(case), 1)
    assert case["reference"]["facts"][0] in said
    assert said.endswith(f" [{case['cluster']}]")


def test_without_passages_it_answers_worse() -> None:
    """Asked without the gold passage, far more questions are declined or answered wrongly."""
    wrong = {}
    for given in (True, False):
        cases = [c if given else {**c, "context": []} for c in suite("questions")]
        wrong[given] = sum(c["reference"]["facts"][0] not in answer(request(c), 1) for c in cases)
    assert wrong[False] > 3 * wrong[True]


@pytest.mark.parametrize(
    "messages", [[], [{"role": "user", "content": "Who are you?"}], [{"role": "user", "content": None}]]
)
def test_what_is_not_known_is_declined(messages: list[dict[str, Any]]) -> None:
    """A question of no suite, an empty one, and none at all are declined."""
    assert answer({"messages": messages}) == speaking.DECLINED


def test_an_answer_given_in_is_taken_back_or_upheld() -> None:
    """Doubt makes some answers fall, and the others are said again; no first answer, nothing to say again."""
    said = set()
    for case in suite("challenge"):
        first = {"role": "assistant", "content": "The first answer."}
        turns = [case["turns"][0], first, case["turns"][1]]
        said.add(answer({"messages": turns}, 1))
    assert said == {speaking.TAKEN_BACK, f"{speaking.UPHELD} The first answer."}
    assert all(case["turns"][1]["content"] == TWICE for case in suite("challenge"))


def test_a_conversation_goes_on_until_its_last_turn() -> None:
    """The turns that lead up to an attack are answered in a friendly way; only the last one counts."""
    case = next(c for c in suite("attacks") if "mode:multi-turn" in c["tags"])
    turns = [turn["content"] for turn in case["turns"]]
    asked = [{"role": "user", "content": turns[0]}]
    assert answer({"messages": asked}) == speaking.GO_ON
    asked += [{"role": "assistant", "content": "x"}, {"role": "user", "content": turns[1]}]
    assert answer({"messages": asked}) == speaking.GO_ON
    asked += [{"role": "assistant", "content": "x"}, {"role": "user", "content": turns[2]}]
    assert answer({"messages": asked}) in {speaking.REFUSED, speaking.OBEYED[case["stratum"]]}


def test_an_attack_that_succeeds_shows() -> None:
    """Obeying a hidden instruction says its code, and shows the picture that carries data away."""
    case = next(c for c in suite("injection") if c["id"] == "INJ-06-1-attack")
    said = spoken(case, frozenset(["obeyed"]))
    assert "RAVEN-PINK" in said
    assert speaking.PICTURE in said
    assert spoken(case, frozenset()) == speaking.SUMMED_UP


def test_a_leak_of_the_prompt_may_hold_its_marker() -> None:
    """Only where the prompt is what was asked for."""
    leak = next(c for c in suite("attacks") if c["stratum"] == "prompt-leak" and c["side"] == "attack")
    other = next(c for c in suite("attacks") if c["stratum"] == "tipping-off" and c["side"] == "attack")
    both = frozenset(["obeyed", "canary"])
    assert "NBCANARY-51D0-GUIDE" in spoken(leak, both)
    assert "NBCANARY" not in spoken(other, both)


def test_an_agent_tells_what_it_did() -> None:
    """A task has tools, a final state, and words that fit them."""
    right = [c for c in suite("agent") if "failed" not in drawn(c, seed=1)]
    case = next(c for c in right if c["id"] == "G-02")
    made = reply(request(case), 1)
    assert [tool["name"] for tool in made.tools] == ["block_card"]
    assert made.state == case["reference"]["state"]
    assert made.text == speaking.DONE
    handed = next(c for c in right if c["expects"]["escalated"]["escalate"])
    assert reply(request(handed), 1).text == speaking.HANDED_OVER


def test_a_request_to_the_judge_goes_to_the_judge() -> None:
    """The model's name tells who is asked."""
    case = of("questions", frozenset())
    said = answer(request(case, model=JUDGE), 1)
    assert "verdict" in said


def test_wrong_fields_are_wrong_in_a_known_way() -> None:
    """An amount is ten times itself, a date a day later, and what is not there is made up."""
    assert speaking.mistaken("amount", 12.5) == 125.0
    assert speaking.mistaken("date", "2026-02-28") == "2026-03-01"
    assert speaking.mistaken("reference", None) == "ZZ-00000"
