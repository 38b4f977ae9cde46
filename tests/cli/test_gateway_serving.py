"""The commands of the gateway's callers: make a token, list, take back; and what serving refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from secondline.cli.app import app

run = CliRunner()


def _invoke(*args: str) -> tuple[int, str]:
    result = run.invoke(app, ["gateway", *args])
    return result.exit_code, result.output


def test_a_token_is_made_listed_and_taken_back(tmp_path: Path) -> None:
    """It is shown once; the list says what it may and never the secret; revoked, it is gone."""
    file = str(tmp_path / "tokens.json")
    code, token = _invoke("token", "till", "--file", file, "--use", "pos", "--model", "cards", "--days", "30")
    assert code == 0
    code, listed = _invoke("tokens", "--file", file, "--json")
    (one,) = json.loads(listed)
    assert (one["caller"], one["uses"], one["models"], one["rights"]) == ("till", ["pos"], ["cards"], ["read", "score"])
    assert token.strip().partition(".")[2] not in listed
    assert "till: read, score; pos; cards; until" in _invoke("tokens", "--file", file)[1].replace("\n", " ")
    assert _invoke("revoke", one["id"], "--file", file)[0] == 0
    assert json.loads(_invoke("tokens", "--file", file, "--json")[1]) == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["token", " "], "Name the caller"),
        (["token", "till", "--right", "all"], "no right 'all'"),
        (["token", "till", "--days", "9999"], "1 to 366 days"),
        (["tokens"], "cannot be read"),
        (["revoke", "nix"], "cannot be read"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, args: list[str], said: str) -> None:
    """Each refusal is one message and exit code 2."""
    code, output = _invoke(*args, "--file", str(tmp_path / "tokens.json"))
    assert code == 2
    assert said in output.replace("\n", " ")


def test_serving_needs_its_file_and_a_safe_address(tmp_path: Path) -> None:
    """A missing gateway.yaml, and one that would let every machine in, stop before anything is loaded."""
    code, output = _invoke("serve", "--config", str(tmp_path / "gateway.yaml"))
    assert code == 2
    assert "gateway.yaml" in output.replace("\n", "")
    config = tmp_path / "gateway.yaml"
    config.write_text("ledger: runs\nopen: true\nlisten: 0.0.0.0:8500\nmodels: {pd: {study: model.yaml}}\n")
    code, output = _invoke("serve", "--config", str(config))
    assert code == 2
    assert "every machine" in output.replace("\n", " ")
