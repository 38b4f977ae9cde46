"""Kafka itself: restarts, errors, security options, and what is particular to its client."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from events import brokers
from events.brokers import Broker
from secondline.core.errors import SpecError
from secondline.events.kafka.log import KafkaLog
from secondline.events.kafka.settings import settings
from secondline.events.log import Log, LogError, OutOfRange, Reader


def take(reader: Reader, count: int, state: dict[int, int] | None = None) -> list[bytes]:
    """Poll until *count* events have come, and note in *state* where to go on."""
    found: list[bytes] = []
    for _ in range(200):
        for batch in reader.poll(1000, 0.2):
            found += batch.payloads
            if state is not None:
                state[batch.partition] = batch.next
        if len(found) >= count:
            return found
    return pytest.fail(f"only {len(found)} of {count} came")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Broker]:
    """A broker of the test's own, that it may kill."""
    with brokers.running(brokers.noida(tmp_path)) as broker:
        yield broker


@pytest.mark.slow
def test_a_broker_that_starts_again_loses_nothing(own: Broker) -> None:
    """Writer and reader outlive a restart of the broker; with the offsets kept, everything acknowledged counts once."""
    log = Log.open(f"{own.url}?create=2&session=6&wait=30")
    state: dict[int, int] = {}
    writer, reader = log.writer("t"), log.reader("t", "g", at=lambda _: state)
    writer.write([(b"k%d" % i, b"%d" % i) for i in range(500)])
    found = take(reader, 500, state)
    own.stop()
    own.start()
    writer.write([(b"k%d" % i, b"%d" % i) for i in range(500, 1000)])
    fresh = Log.open(f"{own.url}?wait=30").reader("t", "other")
    assert Counter(take(fresh, 1000)) == Counter(b"%d" % i for i in range(1000))
    found += take(reader, 500, state)
    assert Counter(found) == Counter(b"%d" % i for i in range(1000))
    for closing in (writer, reader, fresh):
        closing.close()


@pytest.mark.slow
def test_a_writer_outlives_a_broker_that_forgot_its_producers(own: Broker) -> None:
    """A killed broker no longer knows the writer's sequence; the writer goes on, and all it wrote is there."""
    log = Log.open(f"{own.url}?create=2&wait=30")
    writer = log.writer("t")
    writer.write([(b"k%d" % i, b"before") for i in range(50)])
    own.stop(signal.SIGKILL)
    own.start()
    for number in range(2):
        writer.write([(b"k%d" % i, b"%d" % number) for i in range(50)])
    reader = log.reader("t", "g")
    found = Counter(take(reader, 100))
    while found.total() < 150 and (more := [p for batch in reader.poll(1000, 1.0) for p in batch.payloads]):
        found.update(more)
    assert min(found[b"0"], found[b"1"]) >= 50
    writer.close()
    reader.close()


def test_a_broker_that_is_gone_is_told(tmp_path: Path) -> None:
    """A writer whose broker was killed raises within its time, and acknowledges nothing."""
    with brokers.running(brokers.noida(tmp_path)) as broker:
        log = Log.open(f"{broker.url}?create=1&wait=1.5")
        writer = log.writer("t")
        writer.write([(b"k", b"v")])
        broker.stop(signal.SIGKILL)
        with pytest.raises(LogError, match=r"No broker at 127.0.0.1:\d+ took the events within 1.5 seconds"):
            writer.write([(b"k", b"lost")])
        with pytest.raises(LogError, match=r"No broker answers at 127\.0\.0\.1"):
            log.lag("t", "g")
        writer.close()


def test_nobody_there_is_told() -> None:
    """An address where nothing listens is told with the reason, within its time."""
    with pytest.raises(LogError, match=r"No broker answers at 127\.0\.0\.1:\d+: .* Is it running"):
        Log.open(f"kafka://127.0.0.1:{brokers.free_port()}?wait=0.5")


def test_a_topic_that_is_missing_is_told(noida: Broker, topic: str) -> None:
    """Nothing is made by mistake: a topic is made only where the address says so."""
    log = Log.open(noida.url)
    with pytest.raises(LogError, match=f"has no topic '{topic}'. Have it made, or add create=PARTITIONS"):
        log.writer(topic)
    with pytest.raises(LogError, match="has no topic"):
        log.reader(topic, "g")
    made = KafkaLog.at(f"{noida.url}?create=3")
    assert made.topic(topic) == 3
    assert len(log.lag(topic, "g")) == 3


def test_an_offset_the_topic_does_not_hold_is_told(noida: Broker, topic: str) -> None:
    """A state ahead of the topic is told as often as it is asked, until somebody decides where to go on."""
    log = Log.open(f"{noida.url}?create=1&session=6")
    writer = log.writer(topic)
    writer.write([(b"k", b"%d" % i) for i in range(5)])
    reader = log.reader(topic, "g", at={0: 10**9})
    for _ in range(2):
        with pytest.raises(OutOfRange, match="does not hold offset 1000000000"):
            take(reader, 1)
    reader.seek({0: 3})
    assert take(reader, 2) == [b"3", b"4"]
    reader.mark({0: 5, 7: 1})
    reader.close()
    writer.close()


def test_a_state_that_cannot_be_asked_is_asked_again(noida: Broker, topic: str) -> None:
    """When the state fails to say where to begin, the poll fails and the next one asks again; nothing is skipped."""
    log = Log.open(f"{noida.url}?create=1&session=6")
    writer = log.writer(topic)
    writer.write([(b"k", b"%d" % i) for i in range(5)])
    answers: list[dict[int, int] | Exception] = [RuntimeError("no database"), {0: 2}]

    def at(_: frozenset[int]) -> dict[int, int]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    reader = log.reader(topic, "g", at=at)
    with pytest.raises(RuntimeError, match="no database"):
        take(reader, 1)
    assert take(reader, 3) == [b"2", b"3", b"4"]
    reader.close()
    writer.close()


def held(reader: Reader, partitions: int) -> None:
    """Poll until the reader holds so many partitions."""
    until = time.monotonic() + 60
    while len(reader.assigned()) != partitions:
        assert time.monotonic() < until, f"it holds {sorted(reader.assigned())}"
        reader.poll(100, 0.1)


def test_readers_of_different_topics_do_not_wait_for_each_other(noida: Broker, topic: str) -> None:
    """While one reader is busy, another that joins by the same name for another topic is given its partitions."""
    log = Log.open(f"{noida.url}?create=2&session=6")
    busy, other = log.reader(topic, "g"), log.reader(f"{topic}-2", "g")
    held(busy, 2)
    held(other, 2)
    more = log.reader(f"{topic}-2", "g")
    until = time.monotonic() + 60
    while not (len(other.assigned()) == len(more.assigned()) == 1):
        assert time.monotonic() < until
        other.poll(100, 0.1)
        more.poll(100, 0.1)
    assert busy.assigned() == {0, 1}
    for reader in (busy, other, more):
        reader.close()


MEMBER = """
import sys
from secondline.events.log import Log
reader = Log.open(sys.argv[1]).reader(sys.argv[2], "g")
while True:
    reader.poll(100, 0.1)
"""


@pytest.mark.slow
def test_a_member_that_is_killed_is_missed(mock: brokers.Mock, topic: str) -> None:
    """What a killed process held goes to who stays once its session has run out."""
    mock.make(topic)
    url = f"{mock.url}?session=6&wait=20"
    reader = Log.open(url).reader(topic, "g")
    held(reader, 4)
    with subprocess.Popen([sys.executable, "-c", MEMBER, url, topic]) as process:
        try:
            held(reader, 2)
        finally:
            process.kill()
    held(reader, 4)
    reader.close()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("hunter2\nmore\n")
    return path


def test_security_options_reach_the_client_and_stay_out_of_sight(tmp_path: Path, secret: Path) -> None:
    """A secret comes from a file, goes to the client only, and is in no text that could be logged."""
    (tmp_path / "ca.pem").write_text("-")
    stated = settings(
        f"kafka://a:9093,b:9093?protocol=SASL_SSL&mechanism=SCRAM-SHA-512&user=ana&password-file={secret}"
        f"&ca={tmp_path / 'ca.pem'}&compression=lz4&create=4&copies=3"
    )
    assert stated.shared == {
        "bootstrap.servers": "a:9093,b:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "ana",
        "sasl.password": "hunter2",
        "ssl.ca.location": str(tmp_path / "ca.pem"),
    }
    assert (stated.compression, stated.create, stated.copies) == ("lz4", 4, 3)
    assert "hunter2" not in repr(stated)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("kafka://ana:hunter2@a:9092", "must not hold a user or password"),
        ("kafka://a:9092?password=hunter2", "must not stand in the address"),
        ("kafka://a:9092?key-password=hunter2", "must not stand in the address"),
        ("kafka://a:9092?sasl.password=hunter2", "no option 'sasl.password'"),
        ("kafka://a:9092?debug=all", "no option 'debug'"),
        ("kafka://a:9092?plugin.library.paths=x", "no option 'plugin.library.paths'"),
        ("kafka://a:9092/topic", "has no path"),
        ("kafka://a", "'a' is no broker"),
        ("kafka://a:0", "'a:0' is no broker"),
        ("kafka://a:99999", "is no broker"),
        ("kafka://", "'' is no broker"),
        ("kafka://a:9092,b", "'b' is no broker"),
        ("kafka://a:9092?protocol=TLS", "must be one of PLAINTEXT, SSL"),
        ("kafka://a:9092?protocol=SASL_SSL&mechanism=PLAIN&user=ana", "needs mechanism, user and password-file"),
        ("kafka://a:9092?ca=nowhere", "there is no file 'nowhere'"),
        ("kafka://a:9092?password-file=SECRET&user=ana&mechanism=PLAIN&protocol=SASL_PLAINTEXT", "shows the password"),
        ("kafka://a:9092?password-file=SECRET", "protocol is PLAINTEXT"),
        ("kafka://a:9092?password-file=EMPTY&protocol=SSL", "holds no secret"),
        ("kafka://a:9092?protocol=SSL&certificate=SECRET", "needs both certificate"),
    ],
)
def test_unsafe_or_unknown_options_are_refused(url: str, said: str, secret: Path, tmp_path: Path) -> None:
    """What is not on the list, or would show a password, is refused without repeating the value."""
    (tmp_path / "empty").write_text("\n")
    url = url.replace("SECRET", str(secret)).replace("EMPTY", str(tmp_path / "empty"))
    with pytest.raises(SpecError) as told:
        settings(url)
    assert said in str(told.value)
    assert "hunter2" not in str(told.value)


def test_brokers_by_address() -> None:
    """Hosts may be names, numbers and IPv6 addresses in brackets."""
    assert settings("kafka://a.b-c_d:1,127.0.0.1:2,[::1]:3").brokers == "a.b-c_d:1,127.0.0.1:2,[::1]:3"


def test_a_broker_without_tls_is_not_spoken_to_in_the_open(noida: Broker) -> None:
    """Where TLS is asked for and the broker has none, nothing is sent in the open: the log does not open."""
    with pytest.raises(LogError, match=r"at 127\.0\.0\.1:\d+"):
        Log.open(f"{noida.url}?protocol=SSL&wait=1.5")


def test_a_broken_authority_file_is_told(noida: Broker, secret: Path) -> None:
    """A file of authorities that holds none is told at once, without its content."""
    with pytest.raises(LogError, match=r"ssl\.ca\.location") as told:
        Log.open(f"{noida.url}?protocol=SSL&ca={secret}&wait=1.5")
    assert "hunter2" not in str(told.value)
