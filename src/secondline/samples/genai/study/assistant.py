"""The scripted assistant and judge as functions that a callable target names, such as `assistant.py:answer`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from secondline.samples.genai.retrieval import index, messages
from secondline.samples.genai.scripted import JUDGE, reply
from secondline.samples.genai.scripted import answer as said


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Answer a conversation: with the passages that were handed over, or those that the retriever finds itself."""
    turns, given = list(request["messages"]), request.get("context") or []
    asked, who = turns[0]["content"], request.get("persona") or "customer"
    found = [] if given else index().search(asked, persona=who)
    given = given or [one.record() for one in found]
    turns[0] = messages(asked, given)[-1]
    made = asdict(reply({"messages": turns}, int(request.get("seed", 0))))
    return {key: value for key, value in made.items() if value is not None} | {
        "retrieved": [one.record() for one in found],
        "tools": list(made["tools"]),
    }


def judge(request: dict[str, Any]) -> str:
    """Grade an answer."""
    return said({**request, "model": JUDGE}, int(request.get("seed", 0)))
