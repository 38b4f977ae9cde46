"""OpenAI's dialect against the stub: what is sent, what is kept, what is read, and that the key is nowhere."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from evals.asking import case, declared
from secondline.core.errors import ModelError, SpecError
from secondline.evals.cache import Answer, Journal
from secondline.evals.nouns import Case, Chunk, Message, Trace
from secondline.evals.stub import Faults, Stub, echo
from secondline.evals.targets.openai import OpenAI
from secondline.evals.targets.opening import Way, opened
from secondline.evals.wire import Reply, Secret, Unreadable, Used

KEY = "sk-very-secret-123"


def target(url: str, **more: Any) -> Any:
    return declared({"kind": "openai", "url": url, "model": "m", **more}).target


def way(folder: Path, **more: Any) -> Way:
    given: dict[str, Any] = {"config": "cfg"} | more
    return Way(folder, folder / "kept.sqlite", **given)


async def at_once(_: float) -> None:
    """Wait for nothing: what pauses are is tested elsewhere."""
    await asyncio.sleep(0)


def asked(stub: Stub, folder: Path, *cases: Case, replicate: int = 0, system: str = "", **more: Any) -> list[Trace]:
    """Return the traces of cases asked of a stub."""

    async def story() -> list[Trace]:
        async with stub, opened(target(stub.url, **more), way(folder, system=system, sleep=at_once)) as open_:
            return [await open_.target.respond(one, replicate) for one in cases]

    return asyncio.run(story())


def test_a_case_becomes_a_trace_with_all_that_was_told(tmp_path: Path) -> None:
    """Text, usage, model, fingerprint, times and the raw bytes of both sides are in the trace or behind its digests."""
    stub = Stub(echo)
    (trace,) = asked(stub, tmp_path, case(1), system="Be exact.", decoding={"temperature": 0.2, "max_tokens": 50})
    (body,) = stub.bodies.values()
    assert body == {
        "model": "m", "temperature": 0.2, "max_tokens": 50,
        "messages": [{"role": "system", "content": "Be exact."},
                     {"role": "user", "content": "What is the fee of account 1?"}],
    }  # fmt: skip
    assert trace.text.startswith("You said: What is the fee of account 1?")
    assert (trace.case, trace.config, trace.status, trace.source) == ("c1", "cfg", "ok", "live")
    assert (trace.returned_model, trace.fingerprint) == ("stub-1", "fp_stub")
    assert trace.tokens_in == 9
    assert trace.latency_ms is not None
    assert [turn.role for turn in trace.messages] == ["user", "assistant"]
    journal = Journal(tmp_path / "kept.sqlite")
    assert json.loads(journal.raw(trace.request)) == body
    assert json.loads(journal.raw(trace.response))["choices"][0]["message"]["content"] == trace.text
    journal.close()


def test_a_conversation_asks_turn_by_turn(tmp_path: Path) -> None:
    """Each question is asked with the answers before it; given answers are taken as they are; sums are of all calls."""
    turns = (
        Message(role="user", content="One?"), Message(role="user", content="Two?"),
        Message(role="assistant", content="Given."), Message(role="user", content="Three?"),
    )  # fmt: skip
    stub = Stub(lambda request, _: f"{len(request['messages'])} turns")
    (trace,) = asked(stub, tmp_path, Case(id="talk", turns=turns))
    assert [turn.content for turn in trace.messages] == ["One?", "1 turns", "Two?", "Given.", "Three?", "5 turns"]
    assert trace.text == "5 turns"
    assert trace.tokens_out == 4
    assert len(trace.details["calls"]) == 2


def test_a_case_that_asks_nothing_is_an_error(tmp_path: Path) -> None:
    """A case without a question to the system is told, and never an empty answer that passes."""
    (trace,) = asked(Stub(echo), tmp_path, Case(id="odd", turns=(Message(role="system", content="x"),)))
    assert (trace.status, trace.error[:21]) == ("error", "the case asks nothing")


def test_passages_stand_behind_the_question_and_tools_behind_their_call(tmp_path: Path) -> None:
    """Passages handed over are in the request with their ids, and a tool's result follows a call, as vendors ask."""
    turns = (Message(role="user", content="Fee?"), Message(role="tool", name="lookup", content="12 euros"))
    stub = Stub(echo)
    asked(stub, tmp_path, Case(id="x", turns=turns, context=(Chunk(id="d1#3", text="The fee is 12."),)))
    (body,) = stub.bodies.values()
    user, call, result = body["messages"]
    assert user["content"] == "Fee?\n\nPassages:\n[d1#3] The fee is 12."
    assert call["tool_calls"][0]["function"]["name"] == "lookup"
    assert result["tool_call_id"] == call["tool_calls"][0]["id"]


def test_the_key_is_sent_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key goes into its header; it is in no trace, no kept byte and no error, even when the endpoint repeats it."""
    monkeypatch.setenv("BANK_KEY", KEY)
    stub = Stub(lambda _, __: f"Your key is {KEY}.")
    (trace,) = asked(stub, tmp_path, case(1), key="BANK_KEY")
    assert stub.headers[0]["authorization"] == f"Bearer {KEY}"
    asked(stub, tmp_path, case(2), key="BANK_KEY", header="api-key")
    assert stub.headers[1]["api-key"] == KEY
    assert "authorization" not in stub.headers[1]
    assert trace.text == "Your key is ***."
    assert KEY not in repr(trace)
    for file in tmp_path.iterdir():
        assert KEY.encode() not in file.read_bytes()
    dialect = OpenAI(target("http://here", key="BANK_KEY"), "cfg", "")
    assert KEY not in dialect.endpoint + repr(dialect._poster._secret)


def test_another_key_is_the_same_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is exchanged does not ask again."""
    stub = Stub(echo)
    monkeypatch.setenv("BANK_KEY", KEY)
    asked(stub, tmp_path, case(1), key="BANK_KEY")
    monkeypatch.setenv("BANK_KEY", "another")
    asked(stub, tmp_path, case(1), key="BANK_KEY")
    assert sum(stub.seen.values()) == 1


def test_a_missing_key_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable nothing is called, and the message says which one to set."""
    monkeypatch.delenv("BANK_KEY", raising=False)
    with pytest.raises(SpecError, match="'BANK_KEY', which is not set"):
        opened(target("http://127.0.0.1:9", key="BANK_KEY"), way(tmp_path))


@pytest.mark.parametrize("value", ["sk-1\r\nx-evil: 1", "schlüssel"])
def test_a_key_that_is_none_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """What no header can carry is told by the variable's name, never by its value; a newline at the end is forgiven."""
    monkeypatch.setenv("BANK_KEY", value)
    with pytest.raises(SpecError, match="'BANK_KEY' holds") as refused:
        Secret("BANK_KEY")
    assert value not in str(refused.value)
    monkeypatch.setenv("BANK_KEY", "sk-1\n")
    assert Secret("BANK_KEY").header("") == {"Authorization": "Bearer sk-1"}
    assert Secret("").header("") == {}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"url": "ftp://bank"}, "not an http"),
        ({"url": "bank.example/v1"}, "not an http"),
        ({"url": "https://me:pw@bank.example/v1"}, "name or password"),
        ({"decoding": {"stream": True}}, "'stream', which is not decoding"),
        ({"limits": {"budget": 5.0}}, "needs prices"),
    ],
)
def test_declarations_that_cannot_be_asked_are_refused(tmp_path: Path, more: dict[str, Any], says: str) -> None:
    """What is wrong is said before anything is called."""
    with pytest.raises(SpecError, match=says):
        opened(target(**({"url": "http://127.0.0.1:9"} | more)), way(tmp_path))


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://bank/v1", "https://bank/v1/chat/completions"),
        ("https://bank/v1/", "https://bank/v1/chat/completions"),
        ("https://bank/v1/chat/completions", "https://bank/v1/chat/completions"),
        ("https://bank/openai?api-version=1", "https://bank/openai/chat/completions?api-version=1"),
    ],
)
def test_the_path_is_added_once(url: str, called: str) -> None:
    """The address may be given with or without the path, and with a query."""
    assert OpenAI(target(url), "", "").url == called


def reply(message: dict[str, Any] | None = None, finish: str = "stop", status: int = 200, **more: Any) -> Reply:
    content: dict[str, Any] = {"model": "m-2", **more}
    if message is not None:
        content["choices"] = [{"message": message, "finish_reason": finish}]
    return Reply(status, json.dumps(content).encode())


def read(got: Reply) -> Any:
    dialect = OpenAI(target("http://here"), "", "")
    dialect.used(got)
    return dialect.read(Answer(got.status, got.body, "", "", "", 0.0, Used()))


def test_refusals_filters_and_tools_are_read() -> None:
    """A refusal, a blocked answer, text in parts, calls of tools and citations each have their place."""
    assert (read(reply({"content": None, "refusal": "I cannot."})).status) == "refused"
    assert read(reply({"content": None, "refusal": "I cannot."})).text == "I cannot."
    assert read(reply({"content": "half"}, "content_filter")).status == "blocked-out"
    assert read(reply({"content": "half"}, "length")).details == {"finish": "length"}
    assert read(reply({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]})).text == "ab"
    functions = [{"function": {"name": "pay", "arguments": a}} for a in ('{"to": "x"}', "{broken", "[1]", "")]
    tools = read(reply({"content": None, "tool_calls": functions})).tools
    assert [t.name for t in tools] == ["pay"] * 4
    assert tools[0].arguments == {"to": "x"}
    assert tools[1].error == "the arguments are not JSON"
    assert tools[2].error == "the arguments are no object"
    assert tools[3].arguments == {}
    cited = {"citations": [{"content": "text", "filepath": "fees.md", "chunk_id": "3"}]}
    (chunk,) = read(reply({"content": "x", "context": cited})).retrieved
    assert (chunk.id, chunk.document, chunk.text, chunk.rank) == ("3", "fees.md", "text", 1)


def test_a_blocked_prompt_is_an_answer_of_the_system() -> None:
    """A filter before the model answers for the system: blocked, not an error of the call."""
    blocked = reply(status=400, error={"code": "content_filter", "message": "filtered"})
    dialect = OpenAI(target("http://here"), "", "")
    assert dialect.answers(blocked)
    assert read(blocked).status == "blocked-in"
    assert not dialect.answers(reply(status=400, error={"code": "context_length_exceeded"}))
    assert not dialect.answers(Reply(400, b"<html>"))


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b"{}", b'{"choices": []}', b'{"choices": [{"message": 1}]}', b"[" * 100_000]
)
def test_what_is_no_answer_is_unreadable(body: bytes) -> None:
    """A body that is no completion is never read as an empty answer."""
    with pytest.raises(Unreadable):
        OpenAI(target("http://here"), "", "").used(Reply(200, body))


def test_faults_of_an_endpoint_are_survived(tmp_path: Path) -> None:
    """Through 429s, broken JSON, dropped connections and errors of the server each case gets its answer, once paid."""
    faults = Faults(limited=0.2, malformed=0.1, dropped=0.1, broken=0.1)
    stub = Stub(echo, faults, seed=3)
    traces = asked(stub, tmp_path, *(case(i) for i in range(25)), limits={"retries": 20})
    assert {t.status for t in traces} == {"ok"}
    assert set(stub.paid.values()) == {1}
    assert sum(stub.seen.values()) > 25


def test_a_case_that_gets_no_answer_is_told_with_its_reason(tmp_path: Path) -> None:
    """A case is never left out: its trace says error or timeout and why."""
    (trace,) = asked(Stub(echo, Faults(broken=1.0)), tmp_path, case(1), limits={"retries": 0})
    assert (trace.status, trace.text) == ("error", "")
    assert "500" in trace.error
    (trace,) = asked(Stub(echo, Faults(seconds=5.0)), tmp_path, case(1), limits={"retries": 0, "seconds-a-call": 0.05})
    assert trace.status == "timeout"


def test_an_address_where_nobody_listens_is_an_error_of_the_case(tmp_path: Path) -> None:
    """A refused connection is told as such."""

    async def story() -> Trace:
        async with Stub(echo) as gone:
            pass
        there = target(gone.url, limits={"retries": 0})
        async with opened(there, way(tmp_path)) as open_:
            return await open_.target.respond(case(1), 0)

    assert "nothing listens there" in asyncio.run(story()).error


def test_a_wrong_path_ends_the_run(tmp_path: Path) -> None:
    """An address that serves something else is an error of the declaration, said once."""

    async def story() -> None:
        async with Stub(echo) as stub, opened(target(stub.url + "/nothing"), way(tmp_path)) as open_:
            await open_.target.respond(case(1), 0)

    with pytest.raises(ModelError, match="no such address or model"):
        asyncio.run(story())
