"""One viewer turned from track to track: what reaches it is one stream."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.frames import Codec, Kind
from media.publication import Track
from media.rtcp import SenderReport
from media.timeline import SenderClock
from tests.support.h264 import aggregate, fragments, sps
from tests.support.two_peers import DELTA, KEYFRAME, vp8
from tests.support.viewers import FRAME, Viewer, publication, publish

pytestmark = pytest.mark.unit

numbers = st.integers(0, 0xFFFF)


def turned(viewer: Viewer, before: Track | None, after: Track | None) -> None:
    if before is not None:
        before.remove(viewer.forward)
    if after is not None:
        after.add(viewer.forward)


@given(
    sources=st.lists(st.tuples(numbers, st.integers(0, 0xFFFF_FFFF), numbers), min_size=3, max_size=3),
    turns=st.lists(st.tuples(st.sampled_from([None, 0, 1, 2]), st.sampled_from(["dK", "Kdd", "dd", "ddKdKd"]))),
)
def test_however_often_it_is_turned_numbers_pictures_and_time_go_on(
    sources: list[tuple[int, int, int]], turns: list[tuple[int | None, str]]
) -> None:
    viewer = Viewer()
    tracks = [publication().tracks[Kind.VIDEO] for _ in sources]
    sent = [0 for _ in sources]
    watched: int | None = None
    for turn, (other, frames) in enumerate(turns):
        if other != watched:
            turned(viewer, *(None if index is None else tracks[index] for index in (watched, other)))
        watched = other
        for index, (first, rtp_time, picture) in enumerate(sources):
            had = sent[index]
            publish(
                tracks[index],
                frames,
                first=first + had,
                rtp_time=(rtp_time + had * FRAME) & 0xFFFF_FFFF,
                picture=picture + had,
                at=float(turn),
            )
            sent[index] = had + len(frames)
    steps = [(after - before) & 0xFFFF for before, after in itertools.pairwise(viewer.numbers)]
    assert set(steps) <= {1}
    pictures = [(after - before) & 0x7FFF for before, after in itertools.pairwise(viewer.pictures)]
    assert set(pictures) <= {1}
    times = [(after - before) & 0xFFFF_FFFF for before, after in itertools.pairwise(viewer.rtp_times)]
    assert all(0 < step < 90_000 * (len(turns) + 1) for step in times)


def two_tracks(rtx: int | None = 97) -> tuple[Viewer, Track, Track]:
    """A viewer that has seen the first of them, which is three packets, and is turned to the second."""
    viewer = Viewer(rtx=rtx)
    first, second = (publication().tracks[Kind.VIDEO] for _ in range(2))
    first.add(viewer.forward)
    publish(first, "Kdd")
    turned(viewer, first, second)
    return viewer, first, second


def test_it_is_shown_nothing_of_the_one_before_and_nothing_of_the_other_before_a_keyframe() -> None:
    viewer, first, second = two_tracks()
    publish(first, "dK", first=3)
    publish(second, "dd", first=700)
    assert viewer.numbers == [0, 1, 2]
    publish(second, "Kd", first=702, picture=9)
    assert viewer.numbers == [0, 1, 2, 3, 4]
    assert viewer.pictures == [0, 1, 2, 3, 4]


def test_the_same_track_goes_on_without_a_hole_after_a_while_of_nothing() -> None:
    viewer = Viewer()
    track = publication().tracks[Kind.VIDEO]
    track.add(viewer.forward)
    publish(track, "Kd")
    track.remove(viewer.forward)
    publish(track, "ddKd", first=2, at=1.0)
    track.add(viewer.forward)
    publish(track, "dKd", first=6, at=2.0)
    assert viewer.numbers == [0, 1, 2, 3]


def test_a_late_packet_of_before_the_turn_takes_nobody_s_number() -> None:
    viewer, _, second = two_tracks()
    publish(second, "K", first=700)
    publish(second, "d", first=699)
    assert viewer.numbers == [0, 1, 2, 3]


@pytest.mark.parametrize("rtx", [97, None])
def test_what_it_lacks_is_sent_again_by_the_numbers_that_it_knows(rtx: int | None) -> None:
    viewer, _, second = two_tracks(rtx)
    publish(second, "Kd", first=700, picture=70)
    seen = viewer.packets[-1]
    viewer.packets.clear()
    viewer.forward.repair(second.ring, (4,), 0.0)
    [again] = viewer.packets
    assert again[2] == seen[2]
    assert again[4].endswith(seen[4])


def test_what_it_lacks_of_the_one_before_is_never_made_up_from_the_other() -> None:
    viewer, _, second = two_tracks()
    publish(second, "Kdddd")
    shown = len(viewer.packets)
    viewer.forward.repair(second.ring, (0, 1, 2), 0.0)
    assert len(viewer.packets) == shown
    turned(viewer, second, None)
    viewer.forward.repair(second.ring, (3, 4), 0.0)
    assert len(viewer.packets) == shown


def test_a_report_says_the_other_s_clock_at_the_time_that_the_viewer_knows() -> None:
    viewer, _, second = two_tracks()
    second.begin_source(SenderClock())
    publish(second, "K", first=700, rtp_time=123_456, at=2 / 30 + 1.0)
    second.report(SenderReport(1, 6 << 32, 123_456 + 900, 0, 0), 2.0)
    [report] = viewer.reports
    assert isinstance(report, SenderReport)
    assert report.rtp_time == viewer.rtp_times[-1] + 900
    assert report.packets == 4


def test_sound_goes_on_with_the_next_packet() -> None:
    viewer = Viewer(kind=Kind.AUDIO)
    first, second = (publication().tracks[Kind.AUDIO] for _ in range(2))
    first.add(viewer.forward)
    first.publish(65_535, 5, marker=False, payload=b"one", heard_at=1.0)
    turned(viewer, first, second)
    first.publish(65_536, 965, marker=False, payload=b"one", heard_at=1.02)
    second.publish(7, 77_777, marker=False, payload=b"two", heard_at=1.5)
    second.publish(8, 77_777 + 960, marker=False, payload=b"two", heard_at=1.52)
    assert [(number, rtp_time, payload) for _, number, rtp_time, _, payload in viewer.packets] == [
        (65_535, 5, b"one"),
        (0, 5 + 24_000, b"two"),
        (1, 5 + 24_960, b"two"),
    ]


def test_publishers_without_picture_ids_are_shown_as_they_are() -> None:
    viewer, _, second = two_tracks()
    for number, frame in enumerate((KEYFRAME, DELTA)):
        second.publish(number, number * FRAME, marker=True, payload=b"\x10" + frame, heard_at=1.0)
    assert [payload for *_, payload in viewer.packets[3:]] == [b"\x10" + KEYFRAME, b"\x10" + DELTA]
    assert viewer.packets[2][4] == vp8(2, DELTA)


SEQUENCE, IDR, SLICE = sps(40, 30), b"\x65idr", b"\x61slice"
BOTH = (Codec.VP8, Codec.H264)


def publish_h264(track: Track, *payloads: bytes, first: int = 0, picture: int = 0) -> None:
    """Packets of one picture."""
    for number, payload in enumerate(payloads, first):
        track.publish(number, picture * FRAME, number == first + len(payloads) - 1, payload, picture / 30)


def h264_track(*viewers: Viewer) -> Track:
    track = publication().tracks[Kind.VIDEO]
    track.carry(Codec.H264)
    track.begin_source(SenderClock())
    for viewer in viewers:
        track.add(viewer.forward)
    return track


def test_a_late_viewer_begins_with_the_parameters_of_a_keyframe() -> None:
    early, late = Viewer(codecs=BOTH), Viewer(codecs=BOTH)
    track = h264_track(early)
    publish_h264(track, SLICE)
    publish_h264(track, SEQUENCE, b"\x68pps", IDR, first=1, picture=1)
    track.add(late.forward)
    publish_h264(track, SLICE, first=4, picture=2)
    publish_h264(track, IDR, first=5, picture=3)  # without parameters it says nothing to who has not got them
    publish_h264(track, aggregate([SEQUENCE, b"\x68pps"]), IDR, first=6, picture=4)
    assert early.numbers == [1, 2, 3, 4, 5, 6, 7]
    assert late.numbers == [6, 7]
    assert {number for number, *_ in early.packets + late.packets} == {98}


def test_what_it_lacks_of_h264_is_sent_again_under_its_own_number() -> None:
    viewer = Viewer(codecs=BOTH)
    track = h264_track(viewer)
    publish_h264(track, SEQUENCE, IDR)
    viewer.forward.repair(track.ring, (1,), 0.0)
    assert viewer.packets[-1] == (99, 0, 0, 11, b"\x00\x01" + IDR)


@pytest.mark.parametrize("bomb", [sps(257, 30), fragments(SEQUENCE, 4)[0], b"\x67\x42"])
def test_a_picture_that_is_too_large_or_hides_its_size_is_shown_to_nobody(bomb: bytes) -> None:
    viewer = Viewer(codecs=BOTH)
    track = h264_track(viewer)
    publish_h264(track, SEQUENCE, IDR)
    publish_h264(track, bomb, IDR, first=2, picture=1)
    publish_h264(track, SLICE, first=4, picture=2)
    assert viewer.numbers == [0, 1]
    publish_h264(track, SEQUENCE, IDR, first=5, picture=3)
    assert viewer.numbers == [0, 1, 2, 3]


def test_another_codec_goes_on_in_the_same_numbers_and_nothing_of_before_is_sent_again() -> None:
    viewer = Viewer(codecs=BOTH)
    track = publication().tracks[Kind.VIDEO]
    track.add(viewer.forward)
    publish(track, "Kd", first=65_534)
    track.carry(Codec.H264)
    track.begin_source(SenderClock())
    publish_h264(track, SEQUENCE, IDR, first=7, picture=90)
    assert viewer.numbers == [65_534, 65_535, 0, 1]
    assert [number for number, *_ in viewer.packets] == [96, 96, 98, 98]
    shown = len(viewer.packets)
    viewer.forward.repair(track.ring, (65_534, 65_535), 0.0)
    assert len(viewer.packets) == shown


def test_a_viewer_who_cannot_show_what_comes_gets_none_of_it_and_waits_for_what_it_can() -> None:
    viewer = Viewer(codecs=(Codec.VP8,))
    track = h264_track(viewer)
    publish_h264(track, SEQUENCE, IDR)
    viewer.forward.repair(track.ring, (0, 1), 0.0)
    assert viewer.packets == []
    track.carry(Codec.VP8)
    track.begin_source(SenderClock())
    publish(track, "Kd", first=500, at=1.0)
    assert [number for number, *_ in viewer.packets] == [96, 96]
