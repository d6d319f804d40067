"""Viewing copies of real recordings, read back with libavformat, and the line in which they are made."""

import asyncio
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from media.frames import EncodedFrame
from media.recorder import Recorder
from media.viewing_copies import KEPT_S, MOST_WAITING, CopyNews, CopyState, ViewingCopies
from media.viewing_copy import make
from tests.support.encoded_clip import encoded_clip, moved
from tests.support.h264 import h264_clip

pytestmark = pytest.mark.rim

CLIP = encoded_clip(3.0)
LARGER = encoded_clip(3.0, 320, 240)
WAIT_S = 60.0
NEVER_ENDS = ("-c", "import time\nwhile True: time.sleep(1)")


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 (compared with the times of files)


async def recording(folder: Path, *parts: Iterable[EncodedFrame]) -> Path:
    await asyncio.to_thread(folder.mkdir)
    recorder = Recorder(folder, 0.0, ask_keyframe=lambda: None)
    for frame in sorted((frame for part in parts for frame in part), key=lambda frame: frame.at):
        recorder.offer(frame)
    recorded = await recorder.finish()
    assert recorded.path is not None
    return recorded.path


def later(seconds: float, frames: Iterable[EncodedFrame] = CLIP.frames()) -> list[EncodedFrame]:
    return [moved(frame, seconds) for frame in frames]


def brightness(path: Path) -> dict[int, float]:
    """Of each picture, by its millisecond."""
    with av.open(str(path)) as opened:
        return {
            round((frame.pts or 0) * float(frame.time_base or 0) * 1000): float(
                np.mean(frame.to_ndarray(format="gray"))
            )
            for frame in opened.decode(video=0)
        }


def loudness(path: Path) -> dict[int, float]:
    """Of each tenth of a second, by its number."""
    with av.open(str(path)) as opened:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in opened.decode(audio=0)])
    tenth = 4800
    return {n: float(np.abs(samples[n * tenth : (n + 1) * tenth]).mean()) for n in range(len(samples) // tenth)}


async def test_the_copy_is_what_every_phone_plays_and_can_be_played_while_it_loads(tmp_path: Path) -> None:
    source = await recording(tmp_path / "made", CLIP.frames())
    heard: list[int] = []
    make(source, tmp_path / "copy.mp4", heard.append)
    with av.open(str(tmp_path / "copy.mp4")) as opened:
        assert [stream.codec_context.name for stream in opened.streams] == ["h264", "aac"]
        assert opened.streams.video[0].codec_context.pix_fmt == "yuv420p"
    data = (tmp_path / "copy.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    assert heard == sorted(set(heard))
    assert len(brightness(tmp_path / "copy.mp4")) == len(CLIP.video)


async def test_the_copy_keeps_the_recording_s_clock_and_shows_nothing_where_nothing_is(tmp_path: Path) -> None:
    source = await recording(tmp_path / "made", later(2.5), later(8.0))
    make(source, tmp_path / "copy.mp4", lambda _: None)
    pictures, sound = brightness(tmp_path / "copy.mp4"), loudness(tmp_path / "copy.mp4")
    times = sorted(pictures)
    assert times[:2] == [0, 2500]
    assert pictures[0] < 20 < pictures[2500]
    assert 8000 in times
    assert not [ms for ms in times if 5460 < ms < 8000]
    assert max(sound[n] for n in range(24)) < 0.001 < min(sound[n] for n in range(26, 54))
    assert max(sound[n] for n in range(56, 79)) < 0.001 < min(sound[n] for n in range(81, 108))


async def test_a_picture_that_changes_its_size_is_fitted(tmp_path: Path) -> None:
    upright = encoded_clip(1.0, 120, 160)
    source = await recording(tmp_path / "made", LARGER.frames(), later(3.0), later(6.0, upright.frames()))
    make(source, tmp_path / "copy.mp4", lambda _: None)
    with av.open(str(tmp_path / "copy.mp4")) as opened:
        shown = {(frame.width, frame.height) for frame in opened.decode(video=0)}
    assert shown == {(320, 240)}


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_a_recording_of_one_kind_has_a_copy(tmp_path: Path, kind: str) -> None:
    source = await recording(tmp_path / "made", CLIP.audio if kind == "audio" else CLIP.video)
    make(source, tmp_path / "copy.mp4", lambda _: None)
    with av.open(str(tmp_path / "copy.mp4")) as opened:
        assert [stream.type for stream in opened.streams] == [kind]


async def until(copies: ViewingCopies, name: str, path: Path, done: Callable[[CopyNews], bool]) -> CopyNews:
    async with asyncio.timeout(WAIT_S):
        while not done(news := copies.want(name, path)):  # noqa: ASYNC110 (a process has no event)
            await asyncio.sleep(0.02)
    return news


async def test_a_copy_is_made_once_in_a_process_of_its_own(tmp_path: Path) -> None:
    source = await recording(tmp_path / "made", CLIP.frames())
    before = source.read_bytes()
    async with ViewingCopies(tmp_path / "copies", now) as copies:
        assert copies.is_new("aa")
        assert copies.want("aa", source).state is CopyState.MAKING
        assert not copies.is_new("aa")
        await until(copies, "aa", source, lambda news: news.state is CopyState.READY)
        path = copies.path("aa")
        assert path is not None
        assert len(brightness(path)) == len(CLIP.video)
        assert path.stat().st_mode & 0o077 == 0
    assert source.read_bytes() == before
    assert list((tmp_path / "copies").iterdir()) == [path]


async def test_what_is_no_recording_fails_alone_and_may_be_tried_again(tmp_path: Path) -> None:
    broken, source = tmp_path / "broken", await recording(tmp_path / "made", CLIP.frames())
    broken.write_bytes(bytes(range(256)) * 16)
    async with ViewingCopies(tmp_path / "copies", now) as copies:
        copies.want("aa", broken)
        copies.want("bb", source)
        await until(copies, "bb", source, lambda news: news.state is CopyState.READY)
        assert copies.want("aa", broken).state is CopyState.FAILED
        assert copies.want("aa", source).state is CopyState.MAKING
        await until(copies, "aa", source, lambda news: news.state is CopyState.READY)


async def test_one_is_made_at_a_time_and_the_line_is_short(tmp_path: Path) -> None:
    async with ViewingCopies(tmp_path / "copies", now, NEVER_ENDS) as copies:
        states = [copies.want(str(n), tmp_path).state for n in range(MOST_WAITING + 3)]
    assert states == [CopyState.MAKING, *[CopyState.WAITING] * MOST_WAITING, *[CopyState.BUSY] * 2]


async def test_stopping_ends_the_maker_and_leaves_nothing_unfinished(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = f"import sys, time, os\nopen(sys.argv[2], 'w').close()\nopen({str(started)!r}, 'w').write(str(os.getpid()))"
    async with ViewingCopies(tmp_path / "copies", now, ("-c", code + "\nwhile True: time.sleep(1)")) as copies:
        copies.want("aa", tmp_path)
        async with asyncio.timeout(WAIT_S):
            while not (started.exists() and started.read_text()):  # noqa: ASYNC110 (a process has no event)
                await asyncio.sleep(0.02)
    assert list((tmp_path / "copies").iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


async def test_the_maker_is_told_no_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWATCH_DATABASE_URL", "postgresql://somebody:secret@somewhere/base")
    code = "import os, sys\nopen(sys.argv[2], 'w').write(' '.join(os.environ))"
    async with ViewingCopies(tmp_path / "copies", now, ("-c", code)) as copies:
        await until(copies, "aa", tmp_path, lambda news: news.state is CopyState.READY)
        path = copies.path("aa")
    assert path is not None
    assert "FAIRWATCH" not in path.read_text()


async def test_copies_go_after_a_week_and_what_a_killed_server_left_goes_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "aa.mp4").write_bytes(b"a copy")
    (folder / "bb.part").write_bytes(b"half a copy")
    async with ViewingCopies(folder, now):
        assert [path.name for path in folder.iterdir()] == ["aa.mp4"]
    async with ViewingCopies(folder, lambda: now() + timedelta(seconds=KEPT_S + 60)):
        assert list(folder.iterdir()) == []


async def test_h264_of_one_size_is_copied_as_it_is_on_the_recording_s_clock(tmp_path: Path) -> None:
    pictures = h264_clip(3.0)
    source = await recording(tmp_path / "made", later(2.5, pictures), CLIP.audio)
    make(source, tmp_path / "copy.mp4", lambda _: None)
    with av.open(str(source)) as opened, av.open(str(tmp_path / "copy.mp4")) as copied:
        assert [stream.codec_context.name for stream in copied.streams] == ["h264", "aac"]
        packets = [bytes(packet) for packet in opened.demux(video=0) if packet.pts is not None]
        assert [bytes(packet) for packet in copied.demux(video=0) if packet.pts is not None] == packets
    assert list(brightness(tmp_path / "copy.mp4")) == [2500 + 40 * n for n in range(75)]


async def test_h264_that_changes_its_size_and_vp8_beside_it_are_shown_in_one_frame(tmp_path: Path) -> None:
    parts = h264_clip(1.0), later(1.0, h264_clip(1.0, 320, 240)), later(2.0, encoded_clip(1.0).video)
    make(await recording(tmp_path / "made", *parts), tmp_path / "copy.mp4", lambda _: None)
    assert len(brightness(tmp_path / "copy.mp4")) == 75
