"""Recordings on a real disk, read back with libavformat: whole, killed, with a full disk, and with one that stalls."""

import asyncio
import errno
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import pytest

from media import webm
from media.drop_rule import VIDEO_BACKLOG
from media.frames import Codec, EncodedFrame, Kind
from media.recorder import RECORDING, Recorder, RecordingCue, RecordingState, salvage
from media.recording import MOST_SIZES, WHOLE, WHOLE_WITH_H264, ClusterFiles, Gap, PictureSize, Recorded, read_back
from statetable import IllegalCue, final_states, step
from tests.support.encoded_clip import Clip, encoded_clip, moved
from tests.support.h264 import h264_clip

pytestmark = pytest.mark.rim

AUDIO, VIDEO = Kind.AUDIO, Kind.VIDEO


@dataclass(frozen=True, slots=True)
class Played:
    """What a player finds: (ms, keyframe) of each frame, the sizes of the pictures, all decoded."""

    duration_s: float
    video: list[tuple[int, bool]]
    audio_ms: list[int]
    sizes: list[tuple[int, int]]


def played(path: Path) -> Played:
    video: list[tuple[int, bool]] = []
    audio_ms: list[int] = []
    sizes: list[tuple[int, int]] = []
    with av.open(str(path), "r") as opened:
        assert opened.duration is not None
        duration_s = opened.duration / 1e6
        for packet in opened.demux():
            if packet.pts is None:
                continue
            if packet.stream.type == "video":
                video.append((packet.pts, packet.is_keyframe))
            else:
                audio_ms.append(packet.pts)
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    sizes.append((frame.width, frame.height))
    return Played(duration_s, video, audio_ms, sizes)


async def recorded(folder: Path, frames: Iterable[EncodedFrame], zero: float = 0.0) -> Recorded:
    recorder = Recorder(folder, zero, ask_keyframe=lambda: None)
    for frame in frames:
        recorder.offer(frame)
    return await recorder.finish()


def in_time(*parts: Iterable[EncodedFrame]) -> list[EncodedFrame]:
    return sorted((frame for part in parts for frame in part), key=lambda frame: frame.at)


def later(frames: Iterable[EncodedFrame], seconds: float) -> list[EncodedFrame]:
    return [moved(frame, seconds) for frame in frames]


def ms_of(frames: Iterable[EncodedFrame], zero: float = 0.0) -> list[int]:
    return [round((frame.at - zero) * 1000) for frame in frames]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


CLIP = encoded_clip(3.0)
LARGER = encoded_clip(3.0, 320, 240)
H264 = Clip(h264_clip(3.0), CLIP.audio)  # as a phone sends that knows no VP8
H264_LARGER = Clip(h264_clip(3.0, 320, 240), CLIP.audio)


async def check(
    folder: Path,
    sent: Sequence[EncodedFrame],
    *,
    kept: Sequence[EncodedFrame] | None = None,
    gaps: tuple[Gap, ...] = (),
    zero: float = 0.0,
) -> Played:
    """What is sent is kept (all of it, if nothing else is said), every frame at its time, and every picture decodes."""
    expected = sent if kept is None else kept
    result = await recorded(folder, sent, zero)
    assert result.path is not None
    found = played(result.path)
    video = [frame for frame in expected if frame.kind is VIDEO]
    assert [ms for ms, _ in found.video] == ms_of(video, zero)
    assert [keyframe for _, keyframe in found.video] == [frame.keyframe for frame in video]
    assert found.audio_ms == ms_of((frame for frame in expected if frame.kind is AUDIO), zero)
    assert len(found.sizes) == len(video)
    assert not result.broken
    assert result.gaps == gaps
    assert result.starts_at_s == pytest.approx(min(frame.at for frame in expected) - zero)
    assert result.seconds == pytest.approx(max(frame.at for frame in expected) - zero + 0.02 - result.starts_at_s)
    assert found.duration_s == pytest.approx(result.starts_at_s + result.seconds)
    assert names_in(folder) == [result.path.name]
    assert read_back(result.path, broken=False) == result
    return found


@pytest.mark.parametrize(
    ("sent", "gaps"),
    [
        (CLIP.frames(), ()),
        (CLIP.audio, (Gap(VIDEO, 0.0, 2.98),)),
        (CLIP.video, (Gap(AUDIO, 0.0, 2.96),)),
        (in_time(CLIP.audio, later(CLIP.frames(), 3)), (Gap(VIDEO, 0.0, 3.0),)),  # the camera was allowed later
        (in_time(CLIP.video, later(CLIP.frames(), 3)), (Gap(AUDIO, 0.0, 3.0),)),
        (in_time(CLIP.frames(), later(CLIP.audio, 3), later(CLIP.frames(), 6)), (Gap(VIDEO, 2.96, 6.0),)),  # camera off
        (in_time(CLIP.frames(), later(CLIP.frames(), 60)), (Gap(VIDEO, 2.96, 60.0), Gap(AUDIO, 2.98, 60.0))),
        (later(CLIP.frames(), 3600), ()),
        (H264.frames(), ()),
        (in_time(H264.audio, later(H264.video, 3), later(H264.audio, 3)), (Gap(VIDEO, 0.0, 3.0),)),
        (in_time(H264.frames(), later(H264.frames(), 60)), (Gap(VIDEO, 2.96, 60.0), Gap(AUDIO, 2.98, 60.0))),
    ],
    ids=["both", "sound only", "picture only", "late picture", "late sound", "camera off", "away", "an hour late"]
    + ["both in H.264", "a late picture in H.264", "away in H.264"],
)
async def test_what_came_is_kept_and_what_did_not_is_listed(
    tmp_path: Path, sent: Sequence[EncodedFrame], gaps: tuple[Gap, ...]
) -> None:
    await check(tmp_path, sent, gaps=gaps)


async def test_a_picture_may_change_its_size(tmp_path: Path) -> None:
    found = await check(tmp_path, in_time(CLIP.frames(), later(LARGER.frames(), 3)))
    assert found.sizes == [(160, 120)] * 75 + [(320, 240)] * 75
    assert read_back(tmp_path / WHOLE, broken=False).sizes == (PictureSize(0.0, 160, 120), PictureSize(3.0, 320, 240))


async def test_a_picture_in_h264_may_change_its_size(tmp_path: Path) -> None:
    found = await check(tmp_path, in_time(H264.frames(), later(H264_LARGER.frames(), 3)))
    assert found.sizes == [(160, 120)] * 75 + [(320, 240)] * 75
    sizes = read_back(tmp_path / WHOLE_WITH_H264, broken=False).sizes
    assert sizes == (PictureSize(0.0, 160, 120), PictureSize(3.0, 320, 240))


async def test_who_comes_back_with_another_codec_is_in_the_same_file_on_a_track_of_its_own(tmp_path: Path) -> None:
    await check(tmp_path, in_time(CLIP.frames(), later(H264.frames(), 3), later(CLIP.frames(), 6)))
    with av.open(str(tmp_path / WHOLE_WITH_H264)) as opened:
        assert [stream.codec_context.name for stream in opened.streams] == ["h264", "vp8", "opus"]


@pytest.mark.parametrize(("clip", "doc_type"), [(CLIP, b"webm"), (H264, b"matroska")])
async def test_a_recording_says_what_it_is(tmp_path: Path, clip: Clip, doc_type: bytes) -> None:
    result = await recorded(tmp_path, clip.frames())
    assert result.path is not None
    assert doc_type in result.path.read_bytes()[:40]
    assert result.path.suffix == {b"webm": ".webm", b"matroska": ".mkv"}[doc_type]


async def test_a_browser_that_changes_the_picture_all_the_time_fills_no_entry(tmp_path: Path) -> None:
    larger, smaller = LARGER.video[0], CLIP.video[0]
    result = await recorded(tmp_path, [moved((larger, smaller)[n % 2], n / 10) for n in range(3 * MOST_SIZES)])
    assert len(result.sizes) == MOST_SIZES


async def test_video_begins_at_its_first_keyframe(tmp_path: Path) -> None:
    first = [frame for frame in CLIP.frames() if frame.kind is AUDIO or frame.at >= 1.0]
    await check(tmp_path, [frame for frame in CLIP.frames() if frame.at >= 0.5], kept=[f for f in first if f.at >= 0.5])


async def test_nothing_from_before_admission_is_kept(tmp_path: Path) -> None:
    kept = [frame for frame in CLIP.frames() if frame.at >= (1.5 if frame.kind is AUDIO else 2.0)]
    await check(tmp_path, CLIP.frames(), kept=kept, zero=1.5)


async def test_two_recorders_share_one_clock(tmp_path: Path) -> None:
    (tmp_path / "subject").mkdir()
    (tmp_path / "officer").mkdir()
    subject, officer = await asyncio.gather(
        recorded(tmp_path / "subject", later(CLIP.frames(), 107.25), zero=100.0),
        recorded(tmp_path / "officer", later(CLIP.frames(), 103.5), zero=100.0),
    )
    assert (subject.starts_at_s, officer.starts_at_s) == (7.25, 3.5)
    assert subject.path is not None
    assert officer.path is not None
    apart = {a - b for a, b in zip(played(subject.path).audio_ms, played(officer.path).audio_ms, strict=True)}
    assert apart == {3750}


async def test_a_participant_who_came_back_never_goes_back_in_time(tmp_path: Path) -> None:
    again = later(CLIP.frames(), 2.0)  # another timeline, that overlaps the first by a second
    result = await recorded(tmp_path, [*CLIP.frames(), *again])
    assert result.path is not None
    found = played(result.path)
    assert found.audio_ms == sorted(found.audio_ms)
    assert found.video == sorted(found.video, key=lambda frame: frame[0])
    assert len(found.sizes) == 150
    assert result.seconds == 5.0


@pytest.mark.parametrize("clip", [CLIP, H264])
async def test_a_player_can_seek(tmp_path: Path, clip: Clip) -> None:
    result = await recorded(tmp_path, in_time(*(later(clip.frames(), 3 * n) for n in range(20))))
    with av.open(str(result.path), "r") as opened:
        for wanted_s in (59.5, 7.1, 30.0):
            opened.seek(int(wanted_s * 1e6), backward=True)
            packet = next(packet for packet in opened.demux(video=0))
            assert packet.is_keyframe
            assert packet.pts == int(wanted_s) * 1000


async def test_clusters_last_a_second_and_begin_with_a_keyframe_where_there_is_one(tmp_path: Path) -> None:
    result = await recorded(tmp_path, in_time(later(CLIP.frames(), 0.6), later(CLIP.audio, 3.6)))
    assert result.path is not None
    clusters = [cluster.blocks for cluster in webm.clusters(result.path.read_bytes())]
    assert [blocks[0].ms for blocks in clusters] == [600, 1600, 2600, 3600, 4600, 5600]
    assert [[block.keyframe for block in blocks if block.kind is VIDEO].index(True) for blocks in clusters[:3]] == [
        0
    ] * 3


async def test_nothing_offered_is_nothing_recorded(tmp_path: Path) -> None:
    assert await recorded(tmp_path, []) == Recorded(None, 0.0, 0.0, (), broken=False)
    assert names_in(tmp_path) == []


async def test_finishing_twice_gives_the_same_and_takes_no_more(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, 0.0, ask_keyframe=lambda: None)
    for frame in CLIP.frames():
        recorder.offer(frame)
    first = await recorder.finish()
    recorder.offer(moved(CLIP.audio[0], 9.0))
    assert await recorder.finish() == first


async def test_giving_up_the_wait_does_not_stop_the_writer(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, 0.0, ask_keyframe=lambda: None)
    for frame in CLIP.frames():
        recorder.offer(frame)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(recorder.finish())
        await asyncio.sleep(0)
        waiting.cancel()
    assert (await recorder.finish()).seconds == 3.0


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_what_kill_9_leaves_is_playable_and_lacks_less_than_a_second(tmp_path: Path, codec: str) -> None:
    program = [sys.executable, "-m", "tests.support.record_until_killed", str(tmp_path), codec]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        offered = 0.0
        for line in child.stdout:
            offered = float(line)
            if offered > 2.5 and child.returncode is None:
                child.send_signal(signal.SIGKILL)
                break
        offered = max([offered, *(float(line) for line in child.stdout if line.endswith("\n"))])
    assert child.returncode == -signal.SIGKILL
    result = salvage(tmp_path)
    assert result.broken
    assert result.path is not None
    found = played(result.path)
    assert offered - found.video[-1][0] / 1000 < 1.0
    assert offered - found.audio_ms[-1] / 1000 < 1.0
    assert len(found.sizes) == len(found.video)
    assert result.seconds == found.duration_s
    assert salvage(tmp_path).seconds == result.seconds


def test_there_is_nothing_to_salvage_where_nothing_was_begun(tmp_path: Path) -> None:
    assert salvage(tmp_path) == Recorded(None, 0.0, 0.0, (), broken=False)
    (tmp_path / "init.webm").write_bytes(webm.live_head())
    assert salvage(tmp_path) == Recorded(None, 0.0, 0.0, (), broken=True)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file may grow beyond `size`: writes fail as they do on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [100, 4_000, 12_000])
async def test_a_full_disk_breaks_the_recording_and_nothing_else(
    tmp_path: Path, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    # A second of the clip takes about 7,000 bytes: not even the init file fits, half a cluster, all but the whole.
    recorder = Recorder(tmp_path, 0.0, ask_keyframe=lambda: None)
    with files_of_at_most(size):
        for frame in CLIP.frames():
            recorder.offer(frame)
        result = await recorder.finish()
        recorder.offer(CLIP.video[0])
    assert result == Recorded(None, 0.0, 0.0, (), broken=True)
    assert any(tmp_path.name in message for message in caplog.messages)
    assert not any(name.endswith(".part") for name in names_in(tmp_path))
    found = salvage(tmp_path)
    assert found.broken
    assert found.seconds == {100: 0.0, 4_000: pytest.approx(0.7, abs=0.3), 12_000: 3.0}[size]
    if found.path is not None:
        assert len(played(found.path).sizes) == len(played(found.path).video)


@pytest.mark.parametrize("size", [4_000, 1 << 20], ids=["after a write has failed", "while all writes succeed"])
async def test_a_disk_that_does_not_sync_breaks_the_recording(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as disk, files_of_at_most(size):
        disk.setattr(os, "fsync", fails)
        assert await recorded(tmp_path, [CLIP.video[0], *CLIP.audio]) == Recorded(None, 0.0, 0.0, (), broken=True)


async def test_a_mistake_of_ours_in_the_writer_comes_to_light_at_the_end(tmp_path: Path) -> None:
    frame = CLIP.audio[0]
    never = EncodedFrame(Codec.OPUS, frame.data, frame.rtp_time, keyframe=True, heard_at=0.0, at=float("inf"))
    with pytest.raises(OverflowError):
        await recorded(tmp_path, [never])


async def test_behind_a_stalled_disk_video_waits_for_a_keyframe_and_sound_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk_answers = threading.Event()
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (disk_answers.wait(), fsync(file)))
    asked: list[float] = []
    large = [padded(frame, 100_000) if frame.kind is VIDEO else frame for frame in CLIP.frames()]
    recorder = Recorder(tmp_path, 0.0, ask_keyframe=lambda: asked.append(now))
    for frame in large:  # 7.5 MB
        now = frame.heard_at
        recorder.offer(frame)
    disk_answers.set()
    result = await recorder.finish()
    assert result.path is not None
    found = played(result.path)
    assert found.audio_ms == ms_of(CLIP.audio)
    kept = len(found.video)
    assert VIDEO_BACKLOG <= kept * 100_000 < VIDEO_BACKLOG + 300_000
    assert found.video == [(round(frame.at * 1000), frame.keyframe) for frame in CLIP.video[:kept]]
    assert asked == [pytest.approx(CLIP.video[kept].at), pytest.approx(CLIP.video[kept].at + 1.0)][: len(asked)]
    assert asked


def padded(frame: EncodedFrame, size: int) -> EncodedFrame:
    """The same picture in more bytes: a VP8 decoder stops reading where its last partition ends."""
    data = frame.data.ljust(size, b"\0")
    return EncodedFrame(frame.codec, data, frame.rtp_time, frame.keyframe, frame.heard_at, frame.at)


@pytest.mark.parametrize("state", RecordingState)
@pytest.mark.parametrize("cue", RecordingCue)
def test_a_recording_changes_only_as_its_table_says(state: RecordingState, cue: RecordingCue) -> None:
    expected = RECORDING.get((state, cue))
    if expected is None:
        with pytest.raises(IllegalCue, match=f"{cue.value} is not possible while {state.value}"):
            step(RECORDING, state, cue)
    else:
        assert step(RECORDING, state, cue) is expected


def test_every_recording_can_come_to_an_end() -> None:
    assert final_states(RECORDING) == {RecordingState.FINISHED, RecordingState.EMPTY, RecordingState.BROKEN}


def test_ten_minutes_are_joined_whole(tmp_path: Path) -> None:
    # 600 kbit/s of video and 32 of audio, 45 MB in 600 clusters, as a killed server leaves them.
    files = ClusterFiles(tmp_path)
    files.open()
    picture, delta, sound = bytes(CLIP.video[0].data.ljust(9_000, b"\0")), b"\x01" + bytes(2_749), bytes(80)
    for second in range(600):
        files.begin(webm.cluster_head(second * 1000))
        for ms in range(0, 1000, 40):
            files.append(webm.block(Codec.VP8, ms, delta if ms else picture, keyframe=ms == 0))
            files.append(webm.block(Codec.OPUS, ms, sound, keyframe=True))
            files.append(webm.block(Codec.OPUS, ms + 20, sound, keyframe=True))
        files.flush()
    files.close()
    result = salvage(tmp_path)
    assert result.seconds == 600.0
    assert result.gaps == ()
    with av.open(str(result.path), "r") as opened:
        assert opened.duration == 600_000_000
        opened.seek(599_500_000)
        assert next(packet.pts for packet in opened.demux(video=0)) == 599_000


async def left_by_one_who_was_killed(folder: Path, frames: Sequence[EncodedFrame], cut: int = 0) -> None:
    """What `frames` came to on the disk, `cut` bytes short."""
    whole = folder.with_name("whole")
    whole.mkdir()
    recorder = Recorder(whole, 0.0, ask_keyframe=lambda: None)
    for frame in frames:
        recorder.offer(frame)
    parts: list[Path] = []
    while sum(webm_frames(path) for path in parts) < len(frames):
        await asyncio.sleep(0)  # the writer is another thread
        parts = sorted(whole.glob("*.cluster"))
    for path in (*parts, whole / "init.webm"):
        (folder / path.name).write_bytes(path.read_bytes())
    last = folder / parts[-1].name
    last.write_bytes(last.read_bytes()[: -cut or None])
    await recorder.finish()


def webm_frames(path: Path) -> int:
    return sum(len(cluster.blocks) for cluster in webm.clusters(path.read_bytes()))


@pytest.mark.parametrize("cut", [0, 3, 90])
@pytest.mark.parametrize("clip", [CLIP, H264])
async def test_what_a_process_that_died_has_left_is_gone_on_with(tmp_path: Path, cut: int, clip: Clip) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    await left_by_one_who_was_killed(folder, clip.frames(), cut)
    before = {path.name: path.read_bytes() for path in folder.glob("*.cluster")}
    recorder = Recorder(folder, 0.0, ask_keyframe=lambda: None)
    for frame in later(clip.frames(), 5.0):
        recorder.offer(frame)
    result = await recorder.finish()
    assert len(before) == 3
    assert result.path is not None
    found = played(result.path)
    lost = 150 + 75 - sum(len(c.blocks) for data in before.values() for c in webm.clusters(data))
    assert len(found.video) + len(found.audio_ms) == 2 * (150 + 75) - lost
    assert lost == (0 if cut == 0 else 1)
    assert len(found.sizes) == len(found.video)
    assert (result.seconds, result.broken) == (8.0, False)
    assert {gap.kind for gap in result.gaps} == {AUDIO, VIDEO}
    assert all((round(gap.from_s, 1), gap.to_s) == (3.0, 5.0) for gap in result.gaps)


async def test_who_goes_on_never_goes_back_in_time(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    await left_by_one_who_was_killed(folder, CLIP.frames())
    result = await recorded(folder, later(CLIP.frames(), 2.5))
    assert result.path is not None
    found = played(result.path)
    assert found.audio_ms == sorted(found.audio_ms)
    assert found.video == sorted(found.video, key=lambda frame: frame[0])


async def test_who_goes_on_and_hears_nothing_more_makes_whole_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    await left_by_one_who_was_killed(folder, CLIP.frames())
    result = await recorded(folder, [])
    assert (result.seconds, result.broken) == (3.0, False)


async def test_what_was_left_and_cannot_be_read_breaks_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_files: ClusterFiles) -> dict[Kind, int]:
        raise OSError(errno.EIO, "Input/output error")

    folder = tmp_path / "folder"
    folder.mkdir()
    await left_by_one_who_was_killed(folder, CLIP.frames())
    monkeypatch.setattr(ClusterFiles, "go_on", fails)
    result = await recorded(folder, later(CLIP.frames(), 5.0))
    assert (result.seconds, result.broken) == (3.0, True)
