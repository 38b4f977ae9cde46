"""Kafka behind TLS and passwords: what the options of the address do to real connections."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from events.brokers import Broker
from events.front import Authority, Front, fronted
from secondline.events.log import Log, LogError, Reader

PASSWORD = "hunter2, says nobody"
MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(PASSWORD + "\n")
    return path


def passed(front: Front, topic: str, options: str) -> None:
    """Write and read events through a front, in a group."""
    log = Log.open(f"kafka://127.0.0.1:{front.port}?create=2&session=6&wait=20&{options}")
    writer, reader = log.writer(topic), log.reader(topic, "g")
    writer.write([(b"k%d" % i, b"%d" % i) for i in range(20)])
    found: list[bytes] = []
    for _ in range(100):
        found += [payload for batch in reader.poll(100, 0.2) for payload in batch.payloads]
        if len(found) == 20:
            break
    assert sorted(found, key=int) == [b"%d" % i for i in range(20)]
    for one in (writer, reader, log):
        one.close()


def refused(front: Front, options: str, caplog: pytest.LogCaptureFixture) -> str:
    """Open a log that must not open; return what is said, in which no secret may be."""
    with caplog.at_level(logging.DEBUG), pytest.raises(LogError) as told:
        Log.open(f"kafka://127.0.0.1:{front.port}?wait=1&{options}")
    assert PASSWORD not in str(told.value) + repr(told.value) + caplog.text
    return str(told.value)


def test_events_pass_through_tls(noida: Broker, authority: Authority, topic: str) -> None:
    """With protocol SSL and the authority's file, writers and readers go through TLS, and only through it."""
    with fronted(noida.port, authority.issue("broker", "127.0.0.1")) as front:
        passed(front, topic, f"protocol=SSL&ca={authority.file}")
        assert len(front.asked) > 20


def test_a_broker_that_is_not_who_it_should_be_is_left(
    noida: Broker, authority: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A certificate of another authority, or for another host, ends the connection before anything is asked."""
    other = Authority(tmp_path, "other")
    with fronted(noida.port, other.issue("stranger", "127.0.0.1")) as front:
        assert "do not let us in" in refused(front, f"protocol=SSL&ca={authority.file}", caplog)
        assert front.asked == []
    with fronted(noida.port, authority.issue("elsewhere", "127.0.0.9")) as front:
        assert "do not let us in" in refused(front, f"protocol=SSL&ca={authority.file}", caplog)
        assert front.asked == []


def test_a_client_shows_its_certificate(
    noida: Broker, authority: Authority, secret: Path, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With certificate and key, the key locked by a password of a file, a client gets in where others do not."""
    client = authority.issue("client", password=PASSWORD)
    papers, known = authority.issue("broker", "127.0.0.1"), f"protocol=SSL&ca={authority.file}"
    shown = f"{known}&certificate={client.certificate}&key={client.key}&key-password-file={secret}"
    with fronted(noida.port, papers, clients=authority.file) as front:
        passed(front, topic, shown)
    with fronted(noida.port, papers, clients=authority.file) as front:
        refused(front, known, caplog)
        secret.write_text("not this\n")
        refused(front, shown, caplog)
        assert front.asked == []


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_password_is_shown_within_tls(
    noida: Broker, authority: Authority, secret: Path, topic: str, mechanism: str
) -> None:
    """Over SASL_SSL the user gets in by the password of the file; SCRAM never sends it."""
    papers = authority.issue("broker", "127.0.0.1")
    with fronted(noida.port, papers, user="ana", password=PASSWORD) as front:
        options = f"protocol=SASL_SSL&mechanism={mechanism}&user=ana&password-file={secret}&ca={authority.file}"
        passed(front, topic, options)
        assert any(PASSWORD.encode() in frame for frame in front.asked) == (mechanism == "PLAIN")


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password_is_told_and_not_shown(
    noida: Broker, authority: Authority, secret: Path, mechanism: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Who is refused is told so, not that nobody answers; neither the message nor the log shows what was tried."""
    papers = authority.issue("broker", "127.0.0.1")
    with fronted(noida.port, papers, user="ana", password="another") as front:
        options = f"protocol=SASL_SSL&mechanism={mechanism}&user=ana&password-file={secret}&ca={authority.file}"
        told = refused(front, options, caplog)
    assert "do not let us in" in told
    assert "not so" in told
    assert "Check the security options" in told


def polled(reader: Reader) -> None:
    """Poll for long."""
    for _ in range(100):
        reader.poll(10, 0.2)


def test_a_password_that_no_longer_holds_is_told_to_readers(
    noida: Broker, authority: Authority, secret: Path, topic: str
) -> None:
    """A reader whose password was changed raises, rather than wait for ever; let in again it goes on."""
    papers = authority.issue("broker", "127.0.0.1")
    with fronted(noida.port, papers, user="ana", password=PASSWORD) as front:
        options = f"protocol=SASL_SSL&mechanism=PLAIN&user=ana&password-file={secret}&ca={authority.file}"
        url = f"kafka://127.0.0.1:{front.port}?create=1&session=6&{options}"
        log, patient = Log.open(f"{url}&wait=1"), Log.open(f"{url}&wait=20")
        reader = log.reader(topic, "g")
        assert reader.poll(10, 0.1) == []
        front.password = "changed"
        with pytest.raises(LogError, match="do not let us in") as told:
            polled(reader)
        assert PASSWORD not in str(told.value)
        front.password = PASSWORD
        writer = patient.writer(topic)
        writer.write([(b"k", b"after")])
        until = time.monotonic() + 60
        while not (found := reader.poll(10, 0.2)):
            assert time.monotonic() < until
        assert found[0].payloads == [b"after"]
        for one in (writer, reader, log, patient):
            one.close()
