"""What is on the disk after a call, as its entry says it; that nothing is lost on the way there is in test_live.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cases.entries import Drop, Gap, Mute, NoteFiled, PicturePause, WeakStretch
from checkins.checkin import CheckInId
from checkins.ending import MOST_STRETCHES, drops_in, ended_entry, mutes_in, weak_in
from checkins.folders import files_of, left_over, marks_folder, recording_folder, tidy
from checkins.marks import BrokeOff, CallEnded, Mark, Marks, MediaFlow, MuteTurned, PictureTurned, SignalTurned
from checkins.news import Seat
from checkins.quality import Quality
from media.frames import EncodedFrame
from media.recorder import Recorder
from storage.files import FileStore
from tests.support.check_ins import Desk
from tests.support.encoded_clip import encoded_clip, moved

pytestmark = pytest.mark.rim

SUBJECT, OFFICER = Seat.SUBJECT, Seat.OFFICER
CLIP = encoded_clip(3.0)


def comes(seat: Seat, at_s: float) -> MediaFlow:
    return MediaFlow(seat, at_s, flows=True)


def leaves(seat: Seat, at_s: float) -> MediaFlow:
    return MediaFlow(seat, at_s, flows=False, cause="left")


def goes(seat: Seat, at_s: float) -> MediaFlow:
    return MediaFlow(seat, at_s, flows=False)


def failed(seat: Seat, at_s: float) -> MediaFlow:
    return MediaFlow(seat, at_s, flows=False, cause="server")


@pytest.mark.parametrize(
    ("flows", "drops"),
    [
        ([], ()),
        ([comes(SUBJECT, 1), comes(OFFICER, 2)], ()),
        ([comes(SUBJECT, 1), goes(SUBJECT, 5), comes(SUBJECT, 8)], (Drop("subject", 5, 8),)),
        ([comes(SUBJECT, 1), goes(SUBJECT, 5)], (Drop("subject", 5, 20),)),  # away until the end
        ([comes(OFFICER, 1), leaves(OFFICER, 5)], (Drop("officer", 5, 20, "left"),)),
        ([comes(OFFICER, 1), goes(OFFICER, 4.5), leaves(OFFICER, 5)], (Drop("officer", 4.5, 20, "left"),)),
        (
            [comes(OFFICER, 1), goes(OFFICER, 4), leaves(OFFICER, 14), comes(OFFICER, 16)],
            (Drop("officer", 4, 14), Drop("officer", 14, 16, "left")),
        ),
        ([comes(SUBJECT, 1), failed(SUBJECT, 5), comes(SUBJECT, 8)], (Drop("subject", 5, 8, "server"),)),
        ([comes(SUBJECT, 1), failed(SUBJECT, 5)], (Drop("subject", 5, 20, "server"),)),
        (
            [comes(OFFICER, 1), failed(OFFICER, 4), leaves(OFFICER, 5)],  # what we lost ourselves, no goodbye excuses
            (Drop("officer", 4, 5, "server"), Drop("officer", 5, 20, "left")),
        ),
        (
            [goes(OFFICER, 3), goes(SUBJECT, 4), comes(SUBJECT, 6), goes(SUBJECT, 9), comes(SUBJECT, 10)],
            (Drop("officer", 3, 20), Drop("subject", 4, 6), Drop("subject", 9, 10)),
        ),
    ],
)
def test_a_drop_lasts_until_media_is_back_or_the_call_is_over(flows: list[MediaFlow], drops: tuple[Drop, ...]) -> None:
    assert drops_in(flows, 20) == drops


def turns(seat: Seat, at_s: float, *, weak: bool, loss: float = 0.2) -> SignalTurned:
    return SignalTurned(seat, at_s, weak, Quality(loss, 90, 400))


def test_a_connection_was_weak_until_it_was_not_any_more_or_the_call_was_over() -> None:
    marks = [
        turns(SUBJECT, 3, weak=True),
        turns(OFFICER, 6, weak=True),
        turns(SUBJECT, 12, weak=False, loss=0.4),
        turns(SUBJECT, 15, weak=False),
    ]
    assert weak_in(marks, 20) == (
        WeakStretch("subject", 3, 12, 0.4, 90, 400),
        WeakStretch("officer", 6, 20, 0.2, 90, 400),
    )


def test_of_very_many_weak_stretches_the_longest_are_on_file_in_their_order() -> None:
    marks = []
    for n in range(MOST_STRETCHES + 50):
        marks += [turns(SUBJECT, 10 * n, weak=True), turns(SUBJECT, 10 * n + (1 if n < 50 else 5), weak=False)]
    stretches = weak_in(marks, 1e6)
    assert [stretch.from_s for stretch in stretches] == [10 * n for n in range(50, MOST_STRETCHES + 50)]


def test_a_microphone_and_a_camera_are_put_out_apart_from_each_other_and_at_the_latest_until_the_end() -> None:
    marks = [
        MuteTurned(SUBJECT, 3, sound=True, picture=False),
        MuteTurned(OFFICER, 4, sound=True, picture=True),
        MuteTurned(SUBJECT, 5, sound=True, picture=True),
        MuteTurned(SUBJECT, 9, sound=False, picture=True),
        MuteTurned(SUBJECT, 11, sound=False, picture=False),
        MuteTurned(SUBJECT, 15, sound=True, picture=False),
    ]
    assert mutes_in(marks, 20) == (
        Mute("subject", "audio", 3, 9),
        Mute("officer", "audio", 4, 20),
        Mute("officer", "video", 4, 20),
        Mute("subject", "video", 5, 11),
        Mute("subject", "audio", 15, 20),
    )


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


async def record(files: FileStore, check_in: CheckInId, *frames: EncodedFrame) -> None:
    """The subject's recording, finished."""
    recorder = Recorder(recording_folder(files, check_in, SUBJECT), 0.0, lambda: None)
    for frame in sorted(frames, key=lambda frame: frame.at):
        recorder.offer(frame)
    await recorder.finish()


@pytest.mark.parametrize(("stops", "cause"), [(goes, "connection"), (failed, "server")])
async def test_a_gap_has_the_cause_that_the_marks_know(
    desk: Desk, files: FileStore, stops: Callable[[Seat, float], MediaFlow], cause: str
) -> None:
    """Both kinds are away while the connection was; later the camera alone is dark."""
    live = await desk.admitted()
    later, last = ([moved(frame, by) for frame in CLIP.frames()] for by in (8.0, 20.0))
    sound = [moved(frame, by) for frame in CLIP.audio for by in (11.0, 14.0, 17.0)]
    await record(files, live.id, *CLIP.frames(), *later, *sound, *last)
    marks: list[Mark] = [stops(SUBJECT, 4.0), comes(SUBJECT, 7.9), CallEnded("officer", desk.now, 23.0)]
    ended = await ended_entry(files, live, await desk.progress.consent_of(live.id), marks)
    [gap, also, dark] = ended.recordings[0].gaps
    assert {gap.cause, also.cause} == {cause}
    assert {gap.kind, also.kind} == {"audio", "video"}
    assert (dark.kind, dark.cause) == ("video", "silent")
    assert isinstance(dark, Gap)


@pytest.mark.parametrize(
    ("began_s", "connected_s", "gap"), [(9.0, 1.0, (1.0, 9.0)), (9.0, 6.0, None), (9.0, None, None)]
)
async def test_from_a_connection_to_a_late_first_frame_nothing_was_opened_and_nobody_was_cut_off(
    desk: Desk, files: FileStore, *, began_s: float, connected_s: float | None, gap: tuple[float, float] | None
) -> None:
    """A camera that starts at once needs some seconds; who never connected has no such gap."""
    live = await desk.admitted()
    await record(files, live.id, *(moved(frame, began_s) for frame in CLIP.frames()))
    marks: list[Mark] = [] if connected_s is None else [comes(SUBJECT, connected_s)]
    marks += [comes(OFFICER, 0.1), CallEnded("officer", desk.now, began_s + 3)]
    ended = await ended_entry(files, live, await desk.progress.consent_of(live.id), marks)
    found = {(one.kind, round(one.from_s, 1), round(one.to_s, 1), one.cause) for one in ended.recordings[0].gaps}
    assert found == ({(kind, *gap, "not_opened") for kind in ("audio", "video")} if gap else set())


async def test_where_a_network_was_too_slow_for_a_picture_only_the_picture_is_missing_and_has_that_cause(
    desk: Desk, files: FileStore
) -> None:
    """The sound goes on through it; what is missing later is not explained by it."""
    live = await desk.admitted()
    later = [moved(frame, 12.0) for frame in CLIP.frames()]
    sound = [moved(frame, by) for frame in CLIP.audio for by in (3.0, 6.0, 9.0, 15.0)]
    await record(files, live.id, *CLIP.frames(), *later, *sound)
    measured = Quality(0.3, 700, 60)
    marks: list[Mark] = [
        PictureTurned(SUBJECT, 4.0, paused=True, measured=measured),
        PictureTurned(SUBJECT, 11.5, paused=False, measured=None),
        PictureTurned(OFFICER, 15.0, paused=True, measured=None),
        CallEnded("officer", desk.now, 18.0),
    ]
    ended = await ended_entry(files, live, await desk.progress.consent_of(live.id), marks)
    assert ended.pauses == (
        PicturePause("subject", 4.0, 11.5, 0.3, 700, 60),
        PicturePause("officer", 15.0, 18.0, None, None, None),
    )
    assert [(gap.kind, gap.cause) for gap in ended.recordings[0].gaps if gap.to_s < 13] == [("video", "sound_only")]
    assert "sound_only" not in {gap.cause for gap in ended.recordings[0].gaps if gap.to_s > 13}
    assert ended.verdicts == {}


async def test_a_sender_that_stops_while_its_browser_says_mute_was_muted_and_the_other_kind_was_not(
    desk: Desk, files: FileStore
) -> None:
    live = await desk.admitted()
    later = [moved(frame, 12.0) for frame in CLIP.frames()]
    sound = [moved(frame, by) for frame in CLIP.audio for by in (3.0, 9.0, 15.0)]
    await record(files, live.id, *CLIP.frames(), *later, *sound)
    marks: list[Mark] = [
        MuteTurned(SUBJECT, 4.0, sound=False, picture=True),
        MuteTurned(SUBJECT, 11.5, sound=False, picture=False),
        MuteTurned(OFFICER, 4.0, sound=True, picture=False),
        CallEnded("officer", desk.now, 18.0),
    ]
    ended = await ended_entry(files, live, await desk.progress.consent_of(live.id), marks)
    causes = {(gap.kind, gap.cause) for gap in ended.recordings[0].gaps if gap.to_s < 13}
    assert causes == {("video", "muted"), ("audio", "silent")}
    assert {gap.cause for gap in ended.recordings[0].gaps if gap.to_s > 13} == {"silent"}


@pytest.mark.parametrize("marks", [[], [BrokeOff(SUBJECT)], [goes(SUBJECT, 4.0)]])
async def test_a_recording_that_stops_before_the_call_is_not_all_of_it(
    desk: Desk, files: FileStore, marks: list[Mark]
) -> None:
    """A full disk, a network that is gone, or a browser that offers again and again and never comes."""
    live = await desk.admitted()
    await record(files, live.id, *CLIP.frames())
    marks = [*marks, CallEnded("officer", desk.now, 30.0)]
    ended = await ended_entry(files, live, await desk.progress.consent_of(live.id), marks)
    gaps = ended.recordings[0].gaps
    assert {gap.kind for gap in gaps} == {"audio", "video"}
    assert {(round(gap.from_s), gap.to_s) for gap in gaps} == {(3, 30.0)}
    assert {gap.cause for gap in gaps} == {"connection" if ended.drops else "silent"}


@pytest.mark.parametrize(
    ("stopped", "broke", "state"),
    [
        (True, None, "sealed"),
        (True, SUBJECT, "sealed_with_gap"),
        (True, OFFICER, "sealed"),
        (False, None, "sealed_with_gap"),  # nobody ended it: we did not live to
    ],
)
async def test_a_recording_is_whole_only_if_it_was_stopped(
    desk: Desk, files: FileStore, *, stopped: bool, broke: Seat | None, state: str
) -> None:
    live = await desk.admitted()
    await record(files, live.id, *CLIP.frames())
    marks: list[Mark] = [CallEnded("officer", desk.now, 3.0)] if stopped else []
    marks += [BrokeOff(broke)] if broke is not None else []
    ended = await ended_entry(files, live, await desk.progress.consent_of(live.id), marks)
    assert ended.recordings[0].state == state
    assert ended == await ended_entry(files, live, await desk.progress.consent_of(live.id), marks)  # and again


@pytest.mark.parametrize(("recorded", "marked", "lasted_s"), [(True, 1.0, 2.98), (True, 7.5, 7.5), (False, 7.5, 7.5)])
async def test_a_call_that_was_cut_off_lasted_until_the_last_that_was_heard_of_it(
    desk: Desk, files: FileStore, *, recorded: bool, marked: float, lasted_s: float
) -> None:
    live = await desk.admitted()
    if recorded:
        await record(files, live.id, *CLIP.frames())
    await Marks(marks_folder(files, live.id)).add(NoteFiled(marked, "x"))
    ended = await ended_entry(files, live, await desk.progress.consent_of(live.id), None)
    assert live.check_in.admitted_at is not None
    lasted = ended.ended_at - live.check_in.admitted_at
    assert lasted.total_seconds() == pytest.approx(lasted_s, abs=0.05)
    assert ended.ended_by == "restart"


async def test_nothing_is_said_about_a_call_that_nobody_was_admitted_to(desk: Desk, files: FileStore) -> None:
    waiting = await desk.arrived()
    with pytest.raises(LookupError):
        await ended_entry(files, waiting, await desk.progress.consent_of(waiting.id), None)


async def test_only_what_is_sealed_is_tidied_away(desk: Desk, files: FileStore) -> None:
    live = await desk.admitted()
    await Marks(marks_folder(files, live.id)).add(NoteFiled(1.0, "x"))
    part = recording_folder(files, live.id, OFFICER) / "000001.cluster"
    part.touch()
    assert left_over(files) == [live.id]
    assert not tidy(files, live.id)
    part.unlink()
    assert tidy(files, live.id)
    assert tidy(files, live.id)  # also where nothing is
    assert left_over(files) == []
    assert files_of(live.id) not in files.unfinished()
