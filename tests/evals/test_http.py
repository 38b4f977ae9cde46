"""HTTP's dialect: templates are filled once, paths find what is there, and what is missing is no answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.asking import case, declared
from secondline.core.errors import SpecError
from secondline.evals.cache import Answer
from secondline.evals.nouns import Case, Chunk, Message
from secondline.evals.targets.http import Http, chunks_of
from secondline.evals.targets.paths import MISSING, at, filled, steps
from secondline.evals.wire import Reply, Unreadable, Used


def http(**more: Any) -> Http:
    return Http(declared({"kind": "http", "url": "http://here/ask", **more}).target, "cfg", "Be exact.")


def body(dialect: Http, of: Case, replicate: int = 0) -> Any:
    return json.loads(dialect.request(of, of.turns, replicate).body)


def test_a_template_is_filled_with_what_is_asked() -> None:
    """Texts, lists and names stand where the template has a place for them."""
    template = {
        "q": "{question}", "talk": {"turns": "{messages}"}, "docs": "{context}", "sys": "[{system}]",
        "as text": "Given: {passages}", "session": "{session}", "n": "{replicate}", "case": "{case}", "k": 3,
    }  # fmt: skip
    of = case(1, "Fee?").model_copy(update={"context": (Chunk(id="a", text="12 euros"),)})
    found = body(http(body=template), of, 2)
    assert found["q"] == "Fee?"
    assert found["talk"]["turns"][0]["content"] == "Fee?\n\nPassages:\n[a] 12 euros"
    assert found["docs"] == [{"id": "a", "document": "", "text": "12 euros"}]
    assert found["sys"] == "[Be exact.]"
    assert found["as text"] == "Given: [a] 12 euros"
    assert (found["n"], found["case"], found["k"]) == (2, "c1", 3)
    assert len(found["session"]) == 32


def test_sessions_differ_by_case_and_replicate_and_not_by_turn() -> None:
    """A system that remembers sees one conversation a replicate."""
    dialect = http(body={"s": "{session}", "q": "{question}"})
    of = case(1)
    longer = [*of.turns, Message(role="assistant", content="x"), Message(role="user", content="y")]
    sessions = {body(dialect, one, r)["s"] for one in (of, case(2)) for r in (0, 1)}
    assert len(sessions) == 4
    assert json.loads(dialect.request(of, longer, 0).body)["s"] == body(dialect, of, 0)["s"]


@given(st.text(alphabet="{}question messages$", max_size=40))
def test_a_question_is_never_taken_for_a_place(question: str) -> None:
    """What an attack writes in braces is sent as it is written."""
    assert filled({"q": "{question}"}, {"messages": [1]}, {"question": question, "system": "SECRET"}) == {"q": question}


def test_paths_find_what_is_there() -> None:
    """Names, numbers, quoted names and stars lead through a document; what is not there is missing; null is there."""
    document = {"a": [{"b c": 1}, {"b c": None}], "n": None}
    assert at(document, steps("$.a[0]['b c']")) == 1
    assert at(document, steps("a.0['b c']")) == 1
    assert at(document, steps("a[*]['b c']")) == [1, None]
    assert at(document, steps("n")) is None
    for path in ("a[2]", "a.x", "n.x", "x[*].y", "a[*].z[0]"):
        assert at(document, steps(path)) in (MISSING, [])
    assert at([1], steps("$[0]")) == 1


@pytest.mark.parametrize("path", ["a..b", "a[", "a[x]", "[-1]", "a b"])
def test_what_is_no_path_is_refused(path: str) -> None:
    """A path with a slip is told, not followed as far as it goes."""
    with pytest.raises(SpecError, match="is not a path"):
        steps(path)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"body": {"q": "{qestion}"}}, "Did you mean 'question'"),
        ({"body": {"q": "fixed"}}, "no place for the question"),
        ({"reads": {"citations": "x"}}, "what can be read"),
        ({"answer": "a..b"}, "is not a path"),
    ],
)
def test_templates_that_cannot_work_are_refused(more: dict[str, Any], says: str) -> None:
    """What is wrong is said before anything is called."""
    with pytest.raises(SpecError, match=says):
        http(**more)


READS = {
    "retrieved": "sources", "tools": "actions", "state": "world", "model": "meta.model", "tokens-in": "meta.in",
    "tokens-out": "meta.out", "cost": "meta.cost", "refusal": "refused", "fingerprint": "meta.fp",
}  # fmt: skip


def said(content: Any, **more: Any) -> Any:
    dialect = http(answer="reply.text", **more)
    reply = Reply(200, json.dumps(content).encode())
    used = dialect.used(reply)
    return used, dialect.read(Answer(200, reply.body, "", "", "", 0.0, Used()))


def test_more_is_read_where_paths_say_so() -> None:
    """Passages, tools, the state of the world, usage and the model come from their paths."""
    content = {
        "reply": {"text": "12 euros"}, "sources": [{"id": "a", "text": "t", "score": 0.5}, "b"],
        "actions": [{"name": "pay", "arguments": {"to": "x"}, "writes": True, "error": None}, "odd"],
        "world": {"paid": 1}, "meta": {"model": "m", "in": 3, "out": 4, "cost": 0.25, "fp": "f"}, "refused": False,
    }  # fmt: skip
    used, read = said(content, reads=READS)
    assert used == Used(3, 4, 0.25)
    assert [(c.id, c.rank, c.score) for c in read.retrieved] == [("a", 1, 0.5), ("b", 2, None)]
    assert [(t.name, t.arguments, t.writes, t.error) for t in read.tools] == [("pay", {"to": "x"}, True, "")]
    assert (read.text, read.status, read.state, read.model, read.fingerprint) == (
        "12 euros",
        "ok",
        {"paid": 1},
        "m",
        "f",
    )
    _, refused = said({"reply": {"text": None}, "refused": "policy"}, reads=READS)
    assert (refused.status, refused.text) == ("refused", "")


@pytest.mark.parametrize(
    "content", [{}, {"reply": {}}, {"reply": {"text": None}}, {"reply": {"text": 3}}, {"reply": []}]
)
def test_a_reply_without_the_text_is_no_answer(content: Any) -> None:
    """A path that leads nowhere is not an empty answer."""
    with pytest.raises(Unreadable, match="no text at the path"):
        said(content)


def test_another_template_is_another_endpoint() -> None:
    """Answers to one template are not taken for answers to another."""
    assert http(body={"q": "{question}"}).endpoint != http(body={"p": "{question}"}).endpoint
    assert not http().answers(Reply(400, b""))


def test_a_text_is_a_passage_and_a_word_its_id() -> None:
    """Passages given as texts can be read by rules; a bare id stays an id, and nothing is taken for the other."""
    texts = chunks_of(["The fee is 12 euros a month.", "NB-CARD-02#1", {"id": "d", "text": "x"}])
    assert [(c.id, c.text) for c in texts] == [("1", "The fee is 12 euros a month."), ("NB-CARD-02#1", ""), ("d", "x")]
    assert chunks_of(None) == ()
