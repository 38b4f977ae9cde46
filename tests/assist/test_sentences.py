"""The parser of sentences and predicates: it reads what it writes, and refuses the rest with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assist.shelf import shelf
from secondline.assist.prompts import read
from secondline.assist.rendering import text_of
from secondline.assist.sentences import ARGUMENTS, Sentence, predicate, sentence
from secondline.assist.verify import verify
from secondline.core.errors import SpecError

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)
SLOTS = st.sampled_from(
    ["{{E1.auc}}", "{{E2.about}}", "{{E2.auc|.3f}}", "{{E9.x}}", "{{", "}}", "{{E1.auc|}}", "{{E1}}"]
)
WORDS = st.sampled_from(["the auc is ", " above ", " rows", "twelve ", "limit of ", " [", ", ", "] ", "not ", "5"])


@given(st.lists(TEXT | SLOTS | WORDS, max_size=12).map("".join))
def test_slots_and_free_text_make_up_the_text(text: str) -> None:
    """Whatever is written, slots and pieces put together again are the text, and the verifier gives a verdict."""
    one = Sentence(text)
    again = "".join(
        piece + (text[slot.start : slot.end] if slot else "")
        for piece, slot in zip(one.between, (*one.slots, None), strict=True)
    )
    assert again == text
    assert isinstance(verify(one, shelf()), tuple)


@given(st.lists(SLOTS | WORDS, min_size=1, max_size=8).map("".join))
def test_what_stands_can_be_rendered(text: str) -> None:
    """A sentence without a problem renders, holds no slot any more, and every digit of it comes from a slot."""
    one = Sentence(text)
    if not verify(one, shelf()):
        assert "{{" not in text_of(one, shelf())
        assert not any(c.isdigit() for piece in one.between for c in piece)


@given(st.sampled_from(sorted(set(ARGUMENTS) - {"is"})), st.lists(st.sampled_from(["E1.auc", "C2.count"]), max_size=4))
def test_predicates_read_what_they_write(op: str, args: list[str]) -> None:
    """A predicate with the right number of fields is read and written the same; any other number is refused."""
    text = f"{op}({', '.join(args)})"
    if len(args) == ARGUMENTS[op]:
        assert str(predicate(text)) == text
    else:
        with pytest.raises(SpecError):
            predicate(text)


@pytest.mark.parametrize(
    "text",
    ["", "gt", "gt(E1.auc)", "gt(E1.auc, 0.7)", "over(E1.auc, E1.limit)", "is(E1.outcome, 5)", "gt(E1.auc, E2)",
     "gt(E1.auc, E1.limit) and x", "__import__(E1.auc, E1.auc)"],
)  # fmt: skip
def test_wrong_predicates_are_refused(text: str) -> None:
    """Unknown operators, numbers, and anything that is no predicate."""
    with pytest.raises(SpecError):
        predicate(text)


@pytest.mark.parametrize(
    "given_",
    [{}, {"text": ""}, {"text": 5}, {"text": "x" * 2000}, {"text": "a", "kind": "poem"}, {"text": "a", "rule": 1},
     {"text": "a", "predicates": "gt"}, {"text": "a", "predicates": [1]}, {"text": "a", "numbers": [1]},
     {"text": "a", "predicates": ["gt(E1.a, E1.b)"] * 9}],
)  # fmt: skip
def test_wrong_sentences_are_refused(given_: dict[str, Any]) -> None:
    """A missing text, a wrong type, an unknown key or kind, too many predicates."""
    with pytest.raises(SpecError):
        sentence(given_, "model")


def test_a_sentence_survives_its_plain_form() -> None:
    """What the ledger keeps reads back as the same sentence."""
    one = Sentence("On {{E1.about}} the auc is {{E1.auc}}.", "fact", (predicate("is(E1.outcome, passed)"),), "", "m")
    assert sentence({k: v for k, v in one.plain().items() if k != "origin"}, "m") == one
    assert (one.evidence, one.cites) == (("E1.about", "E1.auc"), ("E1",))


@pytest.mark.parametrize(
    "reply",
    ["", "no json", "[]", "{}", '{"sentences": []}', '{"sentences": "x"}', '{"sentences": [1]}', '{"sentences": [{}',
     '{"sentences": [{"text": "a"}], "note": "b"}', '{"sentences": [' + '{"text": "a"},' * 90 + '{"text": "a"}]}',
     "{" * 3000 + "}" * 3000],
)  # fmt: skip
def test_replies_that_are_not_the_json_asked_for(reply: str) -> None:
    """Prose, other JSON, too much of it, and deep nesting are refused, never half read."""
    with pytest.raises(SpecError):
        read(reply, "model")


def test_a_fenced_reply_is_read() -> None:
    """Words and a fence around the JSON do no harm; the origin is the writer's, whatever the reply claims."""
    reply = 'Here:\n```json\n{"sentences": [{"text": "On {{E1.about}}.", "origin": "template"}]}\n```'
    assert [one.origin for one in read(reply, "model")] == ["model"]
