import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feedback import KEYFRAME_PAUSE_S
from media.frames import EncodedFrame, Kind
from media.publication import Track
from media.rtcp import Block, SenderReport
from media.timeline import SenderClock
from tests.support.two_peers import DELTA, KEYFRAME, vp8
from tests.support.viewers import FRAME, Viewer, publication, publish

pytestmark = pytest.mark.unit


class Camera:
    """A publisher that counts how often it is asked for a keyframe, if it has video already."""

    def __init__(self, *, has_video: bool = True) -> None:
        self.has_video = has_video
        self.asked = 0

    def request_keyframe(self) -> bool:
        self.asked += self.has_video
        return self.has_video


class Collector:
    def __init__(self) -> None:
        self.frames: list[EncodedFrame] = []

    def offer(self, frame: EncodedFrame) -> None:
        self.frames.append(frame)


def video(*viewers: Viewer, frames: str = "") -> Track:
    track = publication().tracks[Kind.VIDEO]
    track.begin_source(SenderClock())
    publish(track, frames)
    for viewer in viewers:
        track.add(viewer.forward)
    return track


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        ("", "Kdd", [0, 1, 2]),
        ("", "ddKd", [2, 3]),
        ("Kdd", "ddKdd", [5, 6, 7]),  # a late viewer starts at a keyframe
        ("Kdd", "dddd", []),
        ("", "K-d", [0, 2]),  # a gap stays a gap: the viewer asks for it by its number
    ],
)
def test_a_viewer_s_video_starts_at_a_keyframe_and_keeps_the_numbers(before: str, after: str, seen: list[int]) -> None:
    viewer = Viewer()
    track = video(viewer, frames=before)
    publish(track, after, first=len(before), rtp_time=len(before) * FRAME)
    assert viewer.numbers == seen
    assert viewer.rtp_times == [number * FRAME for number in seen]


def test_a_late_viewer_has_a_keyframe_asked_for_and_many_have_one() -> None:
    clock = [0.0]
    camera, published = Camera(), publication(clock)
    published.come_from(camera)
    for _ in range(3):
        published.add(Viewer().forward)
    assert camera.asked == 1
    clock[0] = KEYFRAME_PAUSE_S
    published.tick(clock[0])
    assert camera.asked == 2
    publish(published.tracks[Kind.VIDEO], "K")
    published.tick(100.0)
    assert camera.asked == 2


def test_a_keyframe_is_asked_for_as_soon_as_there_is_video_to_ask_for() -> None:
    camera, published = Camera(has_video=False), publication()
    published.ask_keyframe()
    published.come_from(camera)
    published.tick(0.0)
    camera.has_video = True
    published.tick(0.1)
    assert camera.asked == 1


def test_the_header_is_the_viewer_s_own() -> None:
    viewer = Viewer(extension=b"\xbe\xde\x00\x01\x40v\0\0")
    track = video(viewer)
    publish(track, "K", first=70_000, rtp_time=5)
    assert viewer.packets == [(96, 70_000 & 0xFFFF, 5, 10, vp8(0, KEYFRAME))]


def test_sound_starts_with_any_packet() -> None:
    viewer = Viewer(kind=Kind.AUDIO)
    track = publication().tracks[Kind.AUDIO]
    track.add(viewer.forward)
    track.publish(5, 960, False, b"opus", 0.0)  # noqa: FBT003 (the marker)
    assert viewer.packets == [(96, 5, 960, 10, b"opus")]


@given(
    first=st.integers(0, 0xFFFF),
    rtp_time=st.integers(0, 0xFFFFFFFF),
    picture=st.integers(0, 0x7FFF),
    away_s=st.floats(0.0, 60.0),
)
def test_when_a_publisher_comes_back_everything_counts_on(
    first: int, rtp_time: int, picture: int, away_s: float
) -> None:
    viewer = Viewer()
    track = video(viewer)
    publish(track, "Kdd", first=65_534, rtp_time=0xFFFFFFFF, picture=0x7FFF)
    track.begin_source(SenderClock())
    publish(track, "ddKdd", first=first, rtp_time=rtp_time, picture=picture, at=2 / 30 + away_s)
    assert viewer.numbers == [65534, 65535, 0, 1, 2, 3]
    assert viewer.pictures == [0x7FFF, 0, 1, 2, 3, 4]
    steps = [(after - before) & 0xFFFFFFFF for before, after in itertools.pairwise(viewer.rtp_times)]
    assert steps == pytest.approx([FRAME, FRAME, away_s * 90_000 + 2 * FRAME, FRAME, FRAME], abs=2)


def test_packets_of_before_the_keyframe_that_come_late_are_not_the_former_publisher_s() -> None:
    viewer = Viewer()
    track = video(viewer)
    publish(track, "Kdd")
    track.begin_source(SenderClock())
    publish(track, "K", first=500)
    publish(track, "d", first=499)
    assert viewer.numbers == [0, 1, 2, 3]


def test_padding_is_forwarded_so_that_numbers_have_no_hole() -> None:
    viewer = Viewer()
    track = video(viewer)
    publish(track, "K")
    track.publish(1, 0, False, b"", 0.0)  # noqa: FBT003 (the marker)
    track.begin_source(SenderClock())
    publish(track, "K", first=900, picture=77, at=1.0)
    assert viewer.numbers == [0, 1, 2]
    assert viewer.pictures == [0, 1]


def test_what_a_viewer_lacks_is_sent_again_on_the_repair_stream() -> None:
    viewer = Viewer()
    track = video(viewer)
    publish(track, "Kddd")
    viewer.packets.clear()
    viewer.forward.repair(track.ring, (1, 3, 77), at=0.0)
    assert viewer.packets == [
        (97, 0, 1 * FRAME, 11, b"\x00\x01" + vp8(1, DELTA)),
        (97, 1, 3 * FRAME, 11, b"\x00\x03" + vp8(3, DELTA)),
    ]


def test_without_a_repair_stream_the_same_packet_is_sent_again() -> None:
    viewer = Viewer(rtx=None)
    track = video(viewer)
    publish(track, "Kd")
    viewer.forward.repair(track.ring, (1,), at=0.0)
    assert viewer.packets[2] == viewer.packets[1]


def test_a_viewer_cannot_ask_for_more_than_a_track() -> None:
    viewer = Viewer()
    track = video(viewer)
    publish(track, "K")
    viewer.packets.clear()
    for _ in range(1000):
        viewer.forward.repair(track.ring, (0,), at=0.0)
    assert len(viewer.packets) == 200


def test_sender_reports_keep_the_publisher_s_clock_in_our_numbers() -> None:
    viewer = Viewer()
    track = video(viewer)
    publish(track, "Kd")
    track.begin_source(SenderClock())
    track.report(SenderReport(1, 5 << 32, 40_000, 0, 0), 0.5)
    assert viewer.reports == []  # of a source of which nothing has been seen
    publish(track, "K", first=9, rtp_time=40_000, at=1 / 30 + 1.0)
    track.report(SenderReport(1, 6 << 32, 41_000, 0, 0), 1.5)
    assert viewer.reports == [
        SenderReport(10, 6 << 32, FRAME + 90_000 + 1_000, 3, 2 * len(vp8(0, KEYFRAME)) + len(vp8(0, DELTA)))
    ]


def test_a_viewer_s_answer_to_a_report_gives_the_round_trip() -> None:
    viewer = Viewer()
    track = video(viewer)
    publish(track, "K")
    track.report(SenderReport(1, 6 << 32 | 7 << 16, 0, 0, 0), 1.0)
    answer = Block(10, 0, 0, 0, 0, last_report=6 << 16 | 7, since_last_report=65536 // 4)
    assert viewer.forward.round_trip_s(answer, 1.3) == pytest.approx(0.05)
    other = Block(10, 0, 0, 0, 0, last_report=1, since_last_report=0)
    assert viewer.forward.round_trip_s(other, 1.3) is None


def test_frames_are_put_together_only_for_a_sink() -> None:
    published, collector = publication(), Collector()
    track = published.tracks[Kind.VIDEO]
    publish(track, "Kd")
    published.attach(collector)
    publish(track, "dKd", first=2, rtp_time=2 * FRAME, picture=2)
    assert [(frame.kind, frame.rtp_time, frame.keyframe) for frame in collector.frames] == [
        (Kind.VIDEO, 3 * FRAME, True),
        (Kind.VIDEO, 4 * FRAME, False),
    ]


def test_a_sink_goes_on_when_the_publisher_comes_back() -> None:
    published, collector = publication(), Collector()
    published.attach(collector)
    track = published.tracks[Kind.VIDEO]
    publish(track, "Kd")
    track.begin_source(SenderClock())
    publish(track, "dKd", first=9000, rtp_time=777, picture=3, at=5.0)
    assert [frame.keyframe for frame in collector.frames] == [True, False, True, False]
    assert [frame.at for frame in collector.frames] == sorted(frame.at for frame in collector.frames)
    assert [frame.rtp_time for frame in collector.frames] == sorted(frame.rtp_time for frame in collector.frames)


def test_a_viewer_s_limit_counts_while_it_is_fresh_and_there() -> None:
    published, viewer = publication(), Viewer()
    published.add(viewer.forward)
    published.viewer_takes(10, 300_000, 0.0)
    assert published.advise(0.0, 5.0) == 300_000
    assert published.advise(0.0, 20.0) == 1_500_000
    published.viewer_takes(10, 300_000, 20.0)
    published.remove(viewer.forward)
    assert published.advise(0.0, 21.0) == 1_500_000


@pytest.mark.parametrize("end", ["the sink goes", "the publisher comes back"])
def test_what_waits_for_a_lost_packet_is_handed_out_at_the_end(end: str) -> None:
    published, collector = publication(), Collector()
    published.attach(collector)
    track = published.tracks[Kind.AUDIO]
    for number in (0, 2, 3):
        track.publish(number, number * 960, marker=False, payload=bytes([number]), heard_at=1.0)
    assert [frame.data[0] for frame in collector.frames] == [0]
    if end == "the sink goes":
        published.detach(collector)
        track.publish(4, 4 * 960, marker=False, payload=b"4", heard_at=1.1)
    else:
        track.begin_source(SenderClock())
    assert [frame.data[0] for frame in collector.frames] == [0, 2, 3]
