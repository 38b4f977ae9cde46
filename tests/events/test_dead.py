"""Dead letters: kept whole, once, within bounds, and tried again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from secondline.core.errors import UnknownRecord
from secondline.events.dead import DeadLetters, Origin, of_batch
from secondline.events.limits import LARGEST
from secondline.events.log import DECISIONS, LABELS, Batch, Log
from secondline.events.reading import BadEvent, decode_many, encode
from secondline.events.shapes import Decision, Event, Label

AT = 1_750_000_000_000_000
GOOD = encode(Decision(id="d", at=AT, model="m"))
LABEL = encode(Label(id="l", at=AT, model="m", decision="d", value=1, known=AT))


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[DeadLetters]:
    letters = DeadLetters(tmp_path / "dead", most=5)
    yield letters
    letters.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    opened = Log.open(f"sqlite:///{tmp_path / 'log'}")
    yield opened
    opened.close()


def events_in(log: Log, topic: str) -> list[Event]:
    reader = log.reader(topic, "g")
    found = decode_many(payload for batch in reader.poll(1000, 0) for payload in batch.payloads)
    reader.close()
    return [event for event in found if isinstance(event, Event)]


def put(dead: DeadLetters, *payloads: bytes) -> int:
    bad = BadEvent("invalid", "The field is wrong.", "at")
    return dead.put([(Origin(DECISIONS, 1, i), payload, bad) for i, payload in enumerate(payloads)])


def test_poison_in_a_batch_costs_only_itself(log: Log, dead: DeadLetters) -> None:
    """Bad bytes between good events become letters with their place and reason, and reading goes on behind them."""
    writer = log.writer(DECISIONS)
    writer.write([(b"k", GOOD), (b"k", b"poison"), (b"k", b'{"type":"decision","v":7}'), (b"k", GOOD)])
    writer.close()
    reader = log.reader(DECISIONS, "g")
    (batch,) = reader.poll(10, 0)
    found = decode_many(batch.payloads)
    assert dead.put(of_batch(DECISIONS, batch, [(i, e) for i, e in enumerate(found) if isinstance(e, BadEvent)])) == 2
    assert reader.poll(10, 0) == []
    reader.close()
    first, second = dead.list()
    assert (first.reason, first.payload, first.place, first.whole) == ("malformed", b"poison", batch.first + 1, True)
    assert (second.reason, second.field, second.source, second.partition) == (
        "unknown-version", "v", DECISIONS, batch.partition,
    )  # fmt: skip
    assert dead.counts() == {"malformed": 1, "unknown-version": 1}


def test_a_letter_is_kept_once(dead: DeadLetters) -> None:
    """The same bytes of the same place, delivered again, are not a second letter; other bytes there are."""
    assert put(dead, b"a", b"b") == 2
    assert put(dead, b"a", b"b") == 0
    assert put(dead, b"a", b"c") == 1
    assert [letter.payload for letter in dead.list()] == [b"a", b"b", b"c"]


def test_letters_stay_within_bounds(dead: DeadLetters) -> None:
    """When the file is full the oldest go and are counted; a payload beyond the largest event is cut and says so."""
    assert put(dead, *(b"%d" % i for i in range(9))) == 9
    assert [letter.payload for letter in dead.list()] == [b"4", b"5", b"6", b"7", b"8"]
    assert dead.lost() == 4
    put(dead, b"x" * (LARGEST + 5))
    letter = dead.list(after=9)[0]
    assert (len(letter.payload), letter.size, letter.whole) == (LARGEST, LARGEST + 5, False)


def test_mended_letters_are_taken(log: Log, dead: DeadLetters) -> None:
    """A letter that can be read now goes to the topic of its kind and is no longer listed; the others say why not."""
    put(dead, b"broken", LABEL, b"still broken")
    done = dead.replay(log, [1, 2, 3], {1: GOOD})
    assert done.taken == (1, 2)
    assert list(done.still) == [3]
    assert "not JSON" in done.still[3]
    assert [event.id for event in events_in(log, DECISIONS)] == ["d"]
    assert [event.id for event in events_in(log, LABELS)] == ["l"]
    assert [letter.id for letter in dead.list()] == [3]
    assert [letter.id for letter in dead.list(replayed=True)] == [1, 2, 3]
    put(dead, *(b"%d" % i for i in range(4)))  # replayed letters make room first
    assert dead.lost() == 0


def test_a_letter_that_is_not_there(dead: DeadLetters, log: Log) -> None:
    """A number that no letter has is told."""
    with pytest.raises(UnknownRecord, match="no dead letter '7'"):
        dead.show(7)
    with pytest.raises(UnknownRecord):
        dead.replay(log, [7])


def test_letters_outlive_a_restart(tmp_path: Path) -> None:
    """What was put is there for who opens the file next."""
    first = DeadLetters(tmp_path / "dead")
    put(first, b"a")
    first.close()
    assert [letter.payload for letter in DeadLetters(tmp_path / "dead").list()] == [b"a"]


def test_an_empty_batch_has_no_letters() -> None:
    """Nothing bad, no letters."""
    assert of_batch("t", Batch(0, 0, 1, [GOOD], [0]), []) == []
