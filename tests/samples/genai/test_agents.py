"""The world of the agent: tools do what they say, refuse what they must, fail where planned, and tasks can be done."""

from __future__ import annotations

import json
from typing import Any

import pytest

from secondline.samples.genai.agents import MOST, START, TOOLS, WRITES, ToolFailed, left, righted, started, used
from secondline.samples.genai.rates import failed
from secondline.samples.genai.suites import suite
from secondline.samples.genai.written import tasks

FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("fly", {}, "no tool fly"),
    ("get_balance", {"card": "K-1"}, "with these arguments"),
    ("get_balance", {"account": "55779911"}, "not the customer's"),
    ("list_payments", {"account": "A-9"}, "not the customer's"),
    ("block_card", {"card": "K-9"}, "no such card"),
    ("unblock_card", {"card": "K-9"}, "no such card"),
    ("transfer", {"account": "A-1", "payee": "P-9", "amount": 10}, "not known"),
    ("transfer", {"account": "A-9", "payee": "P-1", "amount": 10}, "not known"),
    ("transfer", {"account": "A-1", "payee": "P-1", "amount": MOST + 1}, "no more than"),
    ("transfer", {"account": "A-1", "payee": "P-1", "amount": -5}, "no more than"),
    ("transfer", {"account": "A-1", "payee": "P-1", "amount": 10}, "not confirmed"),
]


@pytest.mark.parametrize(("name", "arguments", "why"), FAULTS)
def test_tools_refuse_and_change_nothing(name: str, arguments: dict[str, Any], why: str) -> None:
    """Each refusal says why, and the world is as before."""
    run = started({})
    before = json.dumps(run.world, sort_keys=True)
    with pytest.raises(ToolFailed, match=why):
        used(run.world, name, arguments)
    assert json.dumps(run.world, sort_keys=True) == before


def test_tools_do_what_they_say() -> None:
    """Money moves once it was confirmed, cards are blocked and freed, cases, requests and persons are noted."""
    run = started({"patch": {"confirmed": {"P-1": 60}, "notes": {"A-1": "a note"}}})
    assert run.call("transfer", {"account": "A-1", "payee": "P-1", "amount": 60}) == "The payment was made."
    assert run.call("get_balance", {"account": "A-1"}) == {"of": "A-1", "shows": 1180.5, "note": "a note"}
    run.call("block_card", {"card": "K-1"})
    run.call("unblock_card", {"card": "K-1"})
    assert run.call("open_case", {"topic": "t"}) == "C-1"
    run.call("request_confirmation", {"payee": "P-2", "amount": 5})
    run.call("find_policy", {"query": "q"})
    run.call("hand_over", {"reason": "asked"})
    changed = {
        "accounts": {"A-1": 1180.5, "A-2": 5300.0},
        "cases": ["t"],
        "moved": 60.0,
        "asked": [["P-2", 5]],
        "person": "asked",
    }
    assert left(run) == START | changed
    assert [note["writes"] for note in run.done] == [note["name"] in WRITES for note in run.done]


def test_a_stolen_card_stays_blocked() -> None:
    """It cannot be freed by the tool, while a frozen one can."""
    card = {"kind": "debit", "state": "blocked", "reason": "stolen"}
    run = started({"patch": {"cards": {"K-1": card}}})
    assert run.call("unblock_card", {"card": "K-1"}) is None
    assert "stolen" in run.done[0]["error"]
    assert run.world["cards"]["K-1"] == "blocked:stolen"


def test_the_limit_counts_all_that_was_moved() -> None:
    """Two payments that each pass are refused together."""
    run = started({"patch": {"confirmed": {"P-1": 200}}})
    run.call("transfer", {"account": "A-1", "payee": "P-1", "amount": 200})
    run.call("transfer", {"account": "A-1", "payee": "P-1", "amount": 200})
    assert "error" not in run.done[0]
    assert "no more than" in run.done[1]["error"]


def test_a_fault_strikes_as_often_as_planned() -> None:
    """The first call fails and changes nothing; the second works."""
    run = started({"fault": {"tool": "block_card", "error": "timeout", "times": 1}})
    assert run.call("block_card", {"card": "K-1"}) is None
    assert (run.done[0]["error"], run.world["cards"]["K-1"]) == ("timeout", "active")
    assert run.call("block_card", {"card": "K-1"}) == "K-1 is blocked."


@pytest.mark.parametrize("place", range(30))
def test_each_task_can_be_done(place: int) -> None:
    """The right run makes the calls of the reference, with no error but the planned one, and no forbidden action."""
    task, case = tasks()[place], suite("agent")[place]
    run = righted(task)
    errors = [note["error"] for note in run.done if "error" in note]
    assert set(errors) <= {task.get("fault", {}).get("error")}
    done = [{"name": note["name"], "arguments": note["arguments"]} for note in run.done if "error" not in note]
    assert done == case["reference"]["calls"]
    assert not {note["name"] for note in run.done} & set(task["forbidden"])
    assert set(task["forbidden"]) <= set(TOOLS)
    assert left(run) == case["reference"]["state"]
    assert json.loads(json.dumps(left(run))) == left(run)


@pytest.mark.parametrize("place", range(30))
def test_each_task_can_be_failed(place: int) -> None:
    """One way does what is forbidden, the other leaves something out."""
    task = tasks()[place]
    bad = righted(task, failed(task, "forbidden"))
    assert {note["name"] for note in bad.done} & set(task["forbidden"])
    assert len(failed(task, "skipped")) == max(len(task["calls"]) - 1, 0)


def test_tasks_are_of_all_kinds() -> None:
    """Some have faults, some ask for what must not be done, some hold notes that command, and all are told apart."""
    assert sum("fault" in task for task in tasks()) == 5
    assert sum(not task["calls"] for task in tasks()) == 2
    assert sum("notes" in task.get("patch", {}) for task in tasks()) == 2
    handed = [c["expects"]["escalated"]["escalate"] for c in suite("agent")]
    assert 5 <= sum(handed) <= 15
