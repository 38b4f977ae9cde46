"""The whole HTTP API under generated questions, in-process: nothing asked of it is ever a failure of ours."""

from __future__ import annotations

import json
import logging
import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from secondline.web.tokens import make_token
from web.site import Bank, bank

SOME = settings(
    max_examples=int(os.environ.get("SECONDLINE_FUZZ", "2")), deadline=None, database=None, derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A bank to be asked anything."""
    return bank(tmp_path_factory.mktemp("bank"))


def operations(served: Bank) -> list[Any]:
    """Return every operation that the API describes."""
    schema = schemathesis.openapi.from_dict(served.app.openapi())
    schema.app = served.app
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


@pytest.mark.slow
@pytest.mark.parametrize("person", ["olga", "mira"])
def test_nothing_asked_is_a_failure_of_ours(served: Bank, person: str, caplog: pytest.LogCaptureFixture) -> None:
    """Every route under generated questions, right and wrong: no 5xx, and errors are problem documents."""
    caplog.set_level(logging.ERROR, "secondline.web")
    token = make_token(served.ledger, served.site.access, person, served.site.now(), name="fuzz")
    client = served.as_("", raise_server_exceptions=False)
    headers = {"authorization": f"Bearer {token}"}
    worst = dict[str, int]()

    def ask(case: Any) -> None:
        answered = client.request(case.method, case.formatted_path, **sent(case, headers))
        worst[case.operation.label] = max(worst.get(case.operation.label, 0), answered.status_code)
        assert answered.status_code < 500, (case, answered.text, caplog.text[-3000:])
        if answered.status_code >= 400:
            assert answered.headers["content-type"] == "application/problem+json", answered.text

    for operation in operations(served):
        for mode in schemathesis.GenerationMode:
            if mode.is_negative and not (operation.body or operation.query):
                continue
            SOME(given(case=operation.as_strategy(generation_mode=mode))(ask))()
    assert len(worst) >= 150


def sent(case: Any, headers: dict[str, str]) -> dict[str, Any]:
    """Return what a generated question sends, by the token of our choice."""
    own = {k: str(v) for k, v in (case.headers or {}).items() if k.lower() != "authorization"}
    own = {k: v for k, v in own.items() if v.isascii() and v.isprintable() and k.isascii()}
    body = {} if isinstance(case.body, NotSet) else {"content": json.dumps(case.body, default=str)}
    query = {k: v for k, v in (case.query or {}).items() if isinstance(v, (str, int, float, bool, list))}
    kind = {"content-type": "application/json"} if body else {}
    return {"params": query, "headers": {**own, **kind, **headers}, **body}
