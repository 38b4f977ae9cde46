"""Callable: a developer's function runs only where allowed, in a process of its own, and cannot disturb ours."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from evals.asking import case, declared
from secondline.core.errors import ModelError, Refused, SpecError
from secondline.evals.nouns import Case, Trace
from secondline.evals.targets.opening import Way, opened

CODE = """
import os, sys, time

print("loading prints")

def answer(request):
    print("so does asking")
    question = request["messages"][-1]["content"]
    return f"{question} {request['system']} {request['seed'] >= 0}"

def whole(request):
    return {"text": "ok", "retrieved": [{"id": "d1"}], "tools": [{"name": "pay", "writes": True}],
            "state": {"pid": os.getpid()}, "tokens_in": 3, "tokens_out": 4, "cost": 0.5, "status": "refused",
            "model": "m"}

def fails(request):
    raise ValueError("no fee known")

def odd(request):
    return 12

def dies(request):
    os._exit(3)

def hangs(request):
    time.sleep(60)

def keys(request):
    return " ".join(sorted(k for k in os.environ if "KEY" in k)) + " " + os.environ.get("BANK_KEY", "")

def unsaid(request):
    return {"text": "x", "status": "perhaps"}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "assistant.py").write_text(CODE)
    return tmp_path


def respond(base: Path, function: str, *cases: Case, allowed: bool = True, **more: Any) -> list[Trace]:
    declaration = {"kind": "callable", "function": function, "limits": {"retries": 0, **more.pop("limits", {})}, **more}
    target = declared(declaration).target
    way = Way(base, base / "kept.sqlite", "cfg", system="Sys.", allow_code=allowed)

    async def story() -> list[Trace]:
        async with opened(target, way) as open_:
            return list(await asyncio.gather(*(open_.target.respond(one, 0) for one in cases)))

    return asyncio.run(story())


def test_without_permission_nothing_runs(base: Path) -> None:
    """The developer's code is refused unless the person allows it; the refusal says how."""
    (base / "assistant.py").write_text("open('ran', 'w')")
    with pytest.raises(Refused, match="--allow-code"):
        respond(base, "assistant.py:answer", case(1), allowed=False)
    assert not (base / "ran").exists()


def test_text_is_the_answer_and_prints_are_not(base: Path) -> None:
    """What the function prints is never taken for an answer."""
    (trace,) = respond(base, "assistant.py:answer", case(1, "Fee?"))
    assert (trace.text, trace.status, trace.error) == ("Fee? Sys. True", "ok", "")


def test_nothing_is_left_beside_the_code(base: Path) -> None:
    """Compiled files in the folder would change its digest, and with it the configuration, by running it."""
    (base / "helper.py").write_text("WORD = 'helped'")
    (base / "assistant.py").write_text("import helper\n\ndef answer(request):\n    return helper.WORD\n")
    assert respond(base, "assistant.py:answer", case(1))[0].text == "helped"
    assert not (base / "__pycache__").exists()


def test_a_dictionary_says_more(base: Path) -> None:
    """Passages, tools, state, usage and status come from the dictionary; the process is not ours."""
    (trace,) = respond(base, "assistant.py:whole", case(1))
    assert (trace.status, trace.tokens_in, trace.cost, trace.returned_model) == ("refused", 3, 0.5, "m")
    assert trace.retrieved[0].id == "d1"
    assert trace.tools[0].writes
    assert trace.state["pid"] != os.getpid()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("fails", "ValueError: no fee known"),
        ("odd", "neither text nor a dictionary"),
        ("dies", "process of the function ended"),
        ("unsaid", "a status that is none of"),
    ],
)
def test_what_goes_wrong_inside_is_told(base: Path, name: str, says: str) -> None:
    """An error, an odd result or a death of the process is an error of the case, with its reason."""
    for trace in respond(base, f"assistant.py:{name}", case(1), case(2)):
        assert trace.status == "error"
        assert says in trace.error


def test_a_function_that_hangs_is_ended(base: Path) -> None:
    """It is given up after its seconds, and its process with it."""
    (trace,) = respond(base, "assistant.py:hangs", case(1), limits={"seconds-a-call": 2.0})
    assert trace.status == "timeout"


def test_only_the_declared_key_is_handed_on(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other keys of the environment are not the function's, and the declared one is scrubbed from answers."""
    monkeypatch.setenv("BANK_KEY", "s3cret")
    monkeypatch.setenv("OTHER_KEY", "x")
    (trace,) = respond(base, "assistant.py:keys", case(1), key="BANK_KEY")
    assert trace.text == "BANK_KEY ***"


@pytest.mark.parametrize("function", ["assistant.py", "missing.py:answer", "assistant.py:", "assistant.py:a-b", ":x"])
def test_a_function_that_is_not_there_is_refused(base: Path, function: str) -> None:
    """The declaration is wrong, and it is said which form it should have."""
    with pytest.raises(SpecError, match=r"file\.py:answer"):
        respond(base, function, case(1))


@pytest.mark.parametrize(
    ("code", "says"), [("1/0", "ZeroDivisionError"), ("x = 1", "no attribute 'answer'"), ("answer = (", "SyntaxError")]
)
def test_a_file_that_cannot_be_loaded_ends_the_run(base: Path, code: str, says: str) -> None:
    """It is one error of the whole run, not one of every case."""
    (base / "assistant.py").write_text(code)
    with pytest.raises(ModelError, match=says):
        respond(base, "assistant.py:answer", case(1))


def test_other_code_is_asked_again(base: Path) -> None:
    """Kept answers are of the code that gave them."""
    first = respond(base, "assistant.py:answer", case(1, "Fee?"))
    (base / "assistant.py").write_text(CODE.replace("{question}", "New: {question}"))
    second = respond(base, "assistant.py:answer", case(1, "Fee?"))
    assert (first[0].text, second[0].text) == ("Fee? Sys. True", "New: Fee? Sys. True")
