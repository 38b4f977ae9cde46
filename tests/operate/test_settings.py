"""Settings: the file, the environment over it, secrets from files, and errors that say which and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondline.core.errors import SpecError
from secondline.operate.settings import read_settings, without_secret


def written(folder: Path, text: str) -> Path:
    """Write a settings file."""
    path = folder / "secondline.yaml"
    path.write_text(text)
    return path


def test_defaults_need_no_file() -> None:
    """Without a file everything is embedded, on this machine and in this folder."""
    settings = read_settings(None, {})
    assert settings.pages is not None
    assert settings.pages.host == "127.0.0.1"
    assert settings.events_url.startswith("sqlite:///")
    assert settings.folder == Path.cwd() / "runs"


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """The folder of the file is the base of every path, wherever the command runs."""
    settings = read_settings(written(tmp_path, "records: {folder: books}\nstate: live/state\n"), {})
    assert settings.folder == tmp_path / "books"
    assert settings.state_url == str(tmp_path / "live/state")
    assert settings.events_url == f"sqlite:///{tmp_path / 'events.sqlite'}"


def test_addresses_of_servers_stay_as_they_are(tmp_path: Path) -> None:
    """Only file paths are made whole."""
    given = "events: kafka://broker:9092\nstate: postgresql://db/state\n"
    settings = read_settings(written(tmp_path, given), {})
    assert (settings.events_url, settings.state_url) == ("kafka://broker:9092", "postgresql://db/state")


def test_the_environment_overrules_the_file(tmp_path: Path) -> None:
    """A variable replaces one value and leaves its neighbours."""
    path = written(tmp_path, "pages: {port: 9000, names: [a.example]}\n")
    settings = read_settings(
        path, {"SECONDLINE__PAGES__PORT": "9001", "SECONDLINE__PAGES__NAMES": "b.example, c.example"}
    )
    assert settings.pages is not None
    assert (settings.pages.port, settings.pages.names) == (9001, ("b.example", "c.example"))


def test_secrets_come_from_files(tmp_path: Path) -> None:
    """A variable that ends in _FILE gives the content of a file, without its line end."""
    secret = tmp_path / "db"
    secret.write_text("postgresql://ada:secret@db/records\n")
    settings = read_settings(None, {"SECONDLINE__RECORDS__DATABASE_FILE": str(secret)})
    assert settings.records.database == "postgresql://ada:secret@db/records"
    assert without_secret(settings.records.database) == "postgresql://ada:***@db/records"


@pytest.mark.parametrize(
    ("text", "environment", "said"),
    [
        ("record: {folder: x}\n", {}, "`record` is not a known key (line 1). Did you mean 'records'"),
        ("pages:\n  port: 70000\n", {}, "`pages.port` (line 2)"),
        ("- a\n", {}, "must be a mapping"),
        ("base: /\n", {}, "`base` cannot be given"),
        ("events: x\n", {"SECONDLINE__EVENTS__URL": "y"}, "`events` holds a value and no keys"),
        ("", {"SECONDLINE__EVENT": "y"}, "is empty"),
        ("events: x\n", {"SECONDLINE__EVENT": "y"}, "SECONDLINE__EVENT"),
        ("events: x\n", {"SECONDLINE__STATE_FILE": "/no/such/file"}, "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, environment: dict[str, str], said: str) -> None:
    """An unknown key, a wrong value and an unreadable secret name themselves."""
    with pytest.raises(SpecError) as error:
        read_settings(written(tmp_path, text), environment)
    assert said in str(error.value)
