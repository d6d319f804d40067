"""A real server under a real load of a second: what is counted is what has happened."""

import os
import shutil
from pathlib import Path

import av
import pytest

from bench.load import clip
from bench.media import why_no_janus
from bench.ours import Ours
from bench.scenario import PAIR, Load, Measured
from bench.server import open_files, resident_mib

pytestmark = pytest.mark.rim

FASTEST = 132 * 1.5  # packets a second of one publisher, with room for an early clock


async def measured(folder: Path, loss: float) -> tuple[Measured, Load]:
    async with Ours.running(folder) as server:
        load = Load(server, clip(), loss)
        await load.check_ins(1)
        result = await load.run(1.0)
        assert resident_mib(server.pid) > 10
        assert open_files(server.pid) > 3
        await load.close()
    return result, load


async def test_a_check_in_without_loss_forwards_all_that_is_sent_and_keeps_it(tmp_path: Path) -> None:
    result, load = await measured(tmp_path, 0.0)
    assert (result.dropped, result.recovered) == (0, 0)
    assert 0 < result.forwarded <= 2 * FASTEST * result.seconds
    assert len(result.latencies_s) >= result.forwarded
    assert min(result.latencies_s) > 0
    assert result.cpu_s > 0
    assert len(result.joins_s) == 2
    packets = 0
    for side in PAIR:
        with av.open(tmp_path / f"room0-{side}" / "recording.webm") as recording:
            packets += sum(1 for packet in recording.demux(audio=0) if packet.size)
    assert packets == load.audio_sent()


async def test_what_is_dropped_is_counted_and_so_is_what_comes_all_the_same(tmp_path: Path) -> None:
    result, _ = await measured(tmp_path, 0.1)
    assert result.dropped > 0
    assert 0 < result.recovered <= result.dropped


async def test_a_lecture_reaches_each_viewer(tmp_path: Path) -> None:
    async with Ours.running(tmp_path) as server:
        load = Load(server, clip(), 0.0)
        await load.lecture(3)
        result = await load.run(1.0)
        await load.close()
    assert result.forwarded > 2 * result.sent
    assert len(result.joins_s) == 4


async def test_many_join_at_the_same_moment(tmp_path: Path) -> None:
    async with Ours.running(tmp_path) as server:
        load = Load(server, clip(), 0.0)
        assert await load.join_at_once(6) > 0
        await load.close()


def test_janus_is_left_out_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "not installed" in str(why_no_janus())
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "only root" in str(why_no_janus())
