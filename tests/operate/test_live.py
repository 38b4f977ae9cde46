"""The live story, small: every deed is real, from development to decisions, late labels and looks."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from events.brokers import free_port
from secondline.cli.app import app
from secondline.core.errors import SpecError
from secondline.events.log import Log
from secondline.events.reading import decode_many
from secondline.events.shapes import Decision, Label
from secondline.ledger.verify import verify
from secondline.monitor.state import State
from secondline.operate.live import story
from secondline.operate.live.summary import restated
from secondline.samples.cardholders import DAY
from secondline.samples.cardstream import draw
from secondline.samples.fraud.data import SCENE

CHECKS = ("discrimination.auc", "calibration.actual_expected", "stability.score_psi", "stability.psi")


@pytest.mark.slow
def test_a_small_story_from_development_to_use(tmp_path: Path) -> None:
    """Four days of 400 cards: each payment is decided once and kept, labels join later, looks are on record."""
    pytest.importorskip("lightgbm")
    scene = replace(story.today_is_last(4), cards=400)
    setting = story.Setting(
        tmp_path / "live", days=4, look_every=2, scene=scene, gateway_port=free_port(), pages=False, checks=CHECKS
    )
    spec, ledger, clock = story.begin(setting, lambda *_: None)
    drawn = draw(setting.scene)
    with story.running(setting, lambda _: None) as client:
        told = story.play(setting, spec, ledger, clock, drawn, client, lambda *_: None)
    sent = sum(day.sent for day in told.days)
    first, last = (int(drawn.at.searchsorted(setting.start + days * DAY)) for days in (0, 4))
    assert sent == last - first > 500
    decisions, labels = _kept(tmp_path / "live" / "events.sqlite")
    assert {d.request for d in decisions} == {f"tx-{row}" for row in drawn.transactions["id"][first:last].to_pylist()}
    assert len(decisions) == sent
    assert {d.version for d in decisions} == {"1.0"}
    assert all(d.known > d.at or d.kind for d in labels)
    assert len(told.looks) == 2
    assert not told.troubles
    state = State.open(tmp_path / "live" / "state")
    assert {r.metric for r in state.readings("card-fraud")} >= {"stability.score_psi"}
    state.close()
    assert ledger.records.find("monitoring", model="card-fraud")[0]["last_check"]
    assert not verify(setting.records).problems
    assert list(restated(tmp_path / "live" / "state")) is not None


def _kept(path: Path) -> tuple[list[Decision], list[Label]]:
    log = Log.open(f"sqlite:///{path}")
    decisions, labels = list[Decision](), list[Label]()
    for topic in ("secondline.decisions", "secondline.labels"):
        reader = log.reader(topic, f"test-{os.getpid()}", at=lambda partitions: dict.fromkeys(partitions, 0))
        quiet = 0
        while quiet < 3:
            batches = reader.poll(10_000, 0.2)
            quiet = 0 if batches else quiet + 1
            for event in decode_many([p for batch in batches for p in batch.payloads]):
                decisions += [event] if isinstance(event, Decision) else []
                labels += [event] if isinstance(event, Label) else []
        reader.close()
    return decisions, labels


def test_the_stream_is_moved_by_whole_weeks() -> None:
    """The last day played is within a week before now, and weekdays stay what they were."""
    scene = story.today_is_last(100)
    setting = story.Setting(Path("x"), days=100, scene=scene)
    end = setting.start + 100 * DAY
    now = datetime.now(UTC).timestamp() * 1e6
    assert 0 <= now - end < 8 * DAY
    assert (scene.zero - SCENE.zero) % (7 * DAY) == 0


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder with other things, and a story told before, are refused with what to do."""
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(SpecError, match="not empty"):
        story.begin(story.Setting(tmp_path), lambda *_: None)
    done = CliRunner().invoke(app, ["demo", "live", str(tmp_path)])
    assert done.exit_code == 2
    assert "no live demo" in done.output.replace("\n", " ")
    (tmp_path / story.MARK).write_text(json.dumps({"days": 1}))
    done = CliRunner().invoke(app, ["demo", "live", str(tmp_path)])
    assert "--fresh" in done.output
    assert (tmp_path / "mine").read_text() == "keep"
