import asyncio
import itertools
import struct
import time
from pathlib import Path

import pytest
import uvloop

from media import webm
from media.contract import SeatState
from media.frames import EncodedFrame, Kind
from media.negotiation import BadOffer, Way
from media.plane import MediaPlane
from media.rtcp import (
    Block,
    KeyframeRequest,
    Nack,
    ReceiverReport,
    Remb,
    SenderReport,
    nack,
    picture_loss,
    receiver_report,
    sender_report,
)
from media.rtcp import remb as remb_packet
from media.rtp import HEADER_SIZE
from media.sampler import Pause, Still
from tests.support.encoded_clip import encoded_clip, vp8_packets
from tests.support.two_peers import (
    AUDIO,
    DELTA,
    KEYFRAME,
    RTX,
    VIDEO,
    WAIT_S,
    Browser,
    Stage,
    StockClient,
    browser,
    stage,
    vp8,
)

pytestmark = pytest.mark.rim

FRAME = 3000


def publish(caller: Browser, frames: str, first: int = 0, picture: int = 0) -> None:
    """Frames of one packet each: K a keyframe, d a delta, - one that is not sent."""
    for index, frame in enumerate(frames):
        if frame != "-":
            data = vp8(picture + index, KEYFRAME if frame == "K" else DELTA)
            caller.send(VIDEO, first + index, (first + index) * FRAME, data)


async def a_call(on: Stage, subject: Browser, officer: Browser) -> None:
    await subject.join(on, "subject")
    await officer.join(on, "officer")
    publish(subject, "K")
    await officer.until(lambda: officer.of(VIDEO))


async def test_two_stock_clients_decode_each_other() -> None:
    async with stage() as on, StockClient() as subject, StockClient() as officer:
        await subject.join(on, "subject")
        await officer.join(on, "officer")
        await subject.decodes(20)
        await officer.decodes(20)
        traffic = await on.room.traffic("subject")
        assert traffic.packets > 20
        assert traffic.lost == 0
        assert traffic.bytes > traffic.packets * HEADER_SIZE


def test_the_plane_works_on_uvloop_too() -> None:
    async def call() -> None:
        async with stage() as on, browser() as subject, browser() as officer:
            await a_call(on, subject, officer)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(call())


async def test_nothing_is_left_running() -> None:
    before = asyncio.all_tasks()
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        await subject.leave()
    assert asyncio.all_tasks() == before


async def test_sound_and_picture_come_on_the_streams_that_the_answer_promised() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        subject.send(AUDIO, 7, 960, b"opus")
        await officer.until(lambda: officer.of(AUDIO))
        assert officer.of(AUDIO)[0].payload == b"opus"
        for kind in (AUDIO, VIDEO):
            assert f"a=ssrc:{officer.of(kind)[0].ssrc} " in officer.answer
            assert officer.of(kind)[0].ssrc != subject.ssrcs[kind]


async def test_a_bad_offer_changes_nothing() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        with pytest.raises(BadOffer):
            await on.room.connect("subject", "v=0\r\nm=application")
        publish(subject, "d", first=1)
        await officer.until(lambda: len(officer.of(VIDEO)) == 2)
        assert on.seats == [("subject", SeatState.CONNECTED), ("officer", SeatState.CONNECTED)]


async def test_a_camera_without_a_microphone_is_watched_by_one_who_sends_nothing() -> None:
    async with stage(seats=3) as on, browser() as camera, browser() as viewer, browser() as other:
        await other.join(on, "officer")
        on.room.watch("viewer", "subject")
        for device in (camera, viewer):
            await device.gather()
        picture_only = camera.offer().replace("BUNDLE a v", "BUNDLE v")
        picture_only = picture_only[: picture_only.index("m=audio")] + picture_only[picture_only.index("m=video") :]
        camera.answer = await on.room.connect("subject", picture_only, Way.IN)
        viewer.answer = await on.room.connect("viewer", viewer.offer().replace("sendrecv", "recvonly"), Way.OUT)
        assert "m=audio" not in camera.answer
        assert (camera.answer.count("a=recvonly"), viewer.answer.count("a=sendonly")) == (1, 2)
        await camera.connect()
        await viewer.connect()
        await on.reached("viewer", SeatState.CONNECTED)
        await on.reached("subject", SeatState.CONNECTED)
        publish(other, "K")
        publish(viewer, "K")  # to us: we never said that we listen
        publish(camera, "Kd")
        await viewer.until(lambda: len(viewer.of(VIDEO)) == 2)
        assert (await on.room.traffic("viewer")).packets == 0
        assert camera.heard == []


async def test_a_device_that_only_wants_to_watch_is_not_taken_for_one_that_sends() -> None:
    async with stage() as on, browser() as device:
        await device.gather()
        with pytest.raises(BadOffer, match="must send"):
            await on.room.connect("subject", device.offer().replace("sendrecv", "recvonly"), Way.IN)


async def test_whoever_watches_another_sees_nobody_else_from_then_on() -> None:
    async with stage(seats=3) as on, browser() as subject, browser() as officer, browser() as visitor:
        await a_call(on, subject, officer)
        await visitor.join(on, "visitor")
        publish(visitor, "K", first=900)
        on.room.watch("officer", "visitor")
        publish(visitor, "K", first=901, picture=1)
        await officer.until(lambda: len(officer.of(VIDEO)) == 2)
        publish(subject, "dK", first=1)
        publish(visitor, "d", first=902, picture=2)
        await officer.until(lambda: len(officer.of(VIDEO)) == 3)
        assert visitor.of(VIDEO) == []


async def test_a_third_seat_is_the_caller_s_mistake() -> None:
    async with stage() as on, browser() as third:
        with pytest.raises(ValueError, match="2 seats"):
            await third.ask(on, "visitor")


async def test_a_subject_who_joins_again_goes_on_in_the_same_stream() -> None:
    async with stage() as on, browser() as subject, browser() as officer, browser() as again:
        await a_call(on, subject, officer)
        publish(subject, "dd", first=1)
        await officer.until(lambda: len(officer.of(VIDEO)) == 3)
        await again.join(on, "subject")
        publish(again, "dKd", first=500, picture=9)
        await officer.until(lambda: len(officer.of(VIDEO)) == 5)
        seen = officer.of(VIDEO)
        assert [packet.sequence_number for packet in seen] == [0, 1, 2, 3, 4]
        assert len({packet.ssrc for packet in seen}) == 1
        assert all(after.rtp_time > before.rtp_time for before, after in itertools.pairwise(seen))
        publish(officer, "K")
        await again.until(lambda: again.of(VIDEO))
        assert SeatState.CLOSED not in {state for _, state in on.seats}


async def test_a_seat_whose_connection_is_replaced_is_lost_until_the_new_one_is_up() -> None:
    async with stage() as on, browser() as subject, browser() as officer, browser() as again:
        await a_call(on, subject, officer)
        on.seats.clear()
        await again.ask(on, "subject")
        assert on.seats == [("subject", SeatState.LOST)]
        await again.connect()
        await on.reached("subject", SeatState.CONNECTED)
        assert on.seats == [("subject", SeatState.LOST), ("subject", SeatState.CONNECTED)]


async def test_offer_after_offer_does_not_keep_a_seat_connected() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        on.seats.clear()
        for _ in range(5):
            await on.room.connect("subject", subject.offer())
        assert on.seats == [("subject", SeatState.LOST)]


async def test_a_seat_that_was_silent_is_not_lost_a_second_time_by_an_offer() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        on.seats.clear()
        on.room.tick(time.monotonic() + 3)
        await on.room.connect("subject", subject.offer())
        assert on.seats == [("subject", SeatState.LOST)]


async def test_an_officer_who_joins_again_starts_at_a_keyframe() -> None:
    async with stage() as on, browser() as subject, browser() as officer, browser() as again:
        await a_call(on, subject, officer)
        await again.join(on, "officer")
        await subject.until(lambda: any(isinstance(report, KeyframeRequest) for report in subject.reports))
        publish(subject, "dKd", first=1)
        await again.until(lambda: len(again.of(VIDEO)) == 2)
        assert [packet.sequence_number for packet in again.of(VIDEO)] == [2, 3]


async def test_a_viewer_who_has_lost_a_packet_gets_it_again() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        publish(subject, "dd", first=1)
        await officer.until(lambda: len(officer.of(VIDEO)) == 3)
        officer.send_control(nack(1, officer.of(VIDEO)[0].ssrc, [1]))
        await officer.until(lambda: officer.of(RTX))
        (again,) = officer.of(RTX)
        assert again.payload == b"\x00\x01" + vp8(0, DELTA)
        assert f"a=ssrc:{again.ssrc} " in officer.answer


async def test_what_a_publisher_has_lost_is_asked_for_and_its_repair_is_forwarded() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        publish(subject, "-dd", first=1)
        lost = Nack(sender=0, media=subject.ssrcs[VIDEO], lost=(1,))
        await subject.until(
            lambda: any(
                isinstance(report, Nack) and (report.media, report.lost) == (lost.media, lost.lost)
                for report in subject.reports
            )
        )
        subject.send(RTX, 0, FRAME, b"\x00\x01" + vp8(1, DELTA))
        await officer.until(lambda: len(officer.of(VIDEO)) == 4)
        assert [packet.sequence_number for packet in officer.of(VIDEO)] == [0, 2, 3, 1]


async def test_retransmissions_that_nobody_asked_for_and_padding_are_not_forwarded() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        subject.send(RTX, 0, 0, b"\x00\x00" + vp8(0, KEYFRAME))
        subject.send(RTX, 1, 0, b"")
        publish(subject, "d", first=1)
        await officer.until(lambda: len(officer.of(VIDEO)) == 2)
        assert [packet.sequence_number for packet in officer.of(VIDEO)] == [0, 1]


async def test_a_viewer_s_request_for_a_keyframe_reaches_the_publisher() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        subject.reports.clear()
        officer.send_control(picture_loss(1, officer.of(VIDEO)[0].ssrc))
        await subject.until(lambda: any(isinstance(report, KeyframeRequest) for report in subject.reports))
        (request,) = (report for report in subject.reports if isinstance(report, KeyframeRequest))
        assert request.media == subject.ssrcs[VIDEO]


async def test_a_publisher_hears_how_it_arrives_and_how_much_it_may_send() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        await subject.until(lambda: any(isinstance(report, Remb) for report in subject.reports))
        (remb, *_) = (report for report in subject.reports if isinstance(report, Remb))
        assert remb.bitrate == pytest.approx(1_500_000, rel=1e-4)
        assert remb.media == (subject.ssrcs[VIDEO],)
        blocks = [b for report in subject.reports if isinstance(report, ReceiverReport) for b in report.blocks]
        assert {block.ssrc for block in blocks} == {subject.ssrcs[VIDEO]}


async def test_a_viewer_s_limit_is_passed_on() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        officer.send_control(remb_packet(1, 400_000, [officer.of(VIDEO)[0].ssrc]))
        await subject.until(
            lambda: any(
                isinstance(report, Remb) and report.bitrate == pytest.approx(400_000, rel=1e-4)
                for report in subject.reports
            )
        )


async def test_sender_reports_arrive_with_the_viewer_s_ssrc_and_are_answered_with_a_round_trip() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        ours = officer.of(VIDEO)[0].ssrc
        subject.send_control(sender_report(SenderReport(subject.ssrcs[VIDEO], 9 << 32, 4500, 1, 10)))
        await officer.until(lambda: any(isinstance(report, SenderReport) for report in officer.reports))
        (report,) = (report for report in officer.reports if isinstance(report, SenderReport))
        assert (report.ssrc, report.ntp, report.rtp_time, report.packets) == (ours, 9 << 32, 4500, 1)
        assert (await on.room.traffic("officer")).rtt_ms is None
        officer.send_control(receiver_report(1, [Block(ours, 0, 0, 0, 0, 9 << 16, 0)]))
        publish(officer, "K")
        await subject.until(lambda: subject.of(VIDEO))
        rtt_ms = (await on.room.traffic("officer")).rtt_ms
        assert rtt_ms is not None
        assert 0 <= rtt_ms < 1000


async def test_a_source_that_said_goodbye_makes_room_for_another() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        former, subject.ssrcs[VIDEO] = subject.ssrcs[VIDEO], 4711
        publish(subject, "K", first=40)  # a second SSRC beside the first: not taken
        subject.send_control(struct.pack("!BBHI", 0x81, 203, 1, former))
        publish(subject, "Kd", first=50, picture=5)
        await officer.until(lambda: len(officer.of(VIDEO)) == 3)
        assert [packet.sequence_number for packet in officer.of(VIDEO)] == [0, 1, 2]


async def test_silence_is_lost_and_media_is_back() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)
        on.seats.clear()
        on.room.tick(time.monotonic() + 3)
        assert on.seats == [("subject", SeatState.LOST)]
        publish(subject, "d", first=1)
        await officer.until(lambda: len(officer.of(VIDEO)) == 2)
        on.room.tick(time.monotonic())
        assert ("subject", SeatState.CONNECTED) in on.seats


async def test_a_person_without_camera_and_microphone_is_not_lost() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await a_call(on, subject, officer)  # the officer sends nothing
        on.seats.clear()
        on.room.tick(time.monotonic() + 60)
        assert "officer" not in dict(on.seats)


async def test_a_browser_that_closes_its_connection_is_closed_at_once_and_the_other_goes_on() -> None:
    async with stage() as on, browser() as subject, browser() as officer, browser() as again:
        await a_call(on, subject, officer)
        await subject.leave()
        await on.reached("subject", SeatState.CLOSED)
        await again.join(on, "subject")
        publish(again, "K", first=9)
        await officer.until(lambda: len(officer.of(VIDEO)) == 2)


async def test_a_browser_that_never_comes_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.peer.JOIN_LIMIT_S", 0.05)
    async with stage() as on, browser() as subject:
        await subject.ask(on, "subject")
        await on.reached("subject", SeatState.CLOSED)


async def test_a_seat_can_be_disconnected_while_it_still_connects() -> None:
    async with stage() as on, browser() as subject:
        await subject.ask(on, "subject")
        await on.room.disconnect("subject")
        assert on.seats == [("subject", SeatState.CLOSED)]
        await on.room.disconnect("subject")


async def test_sinks_get_whole_frames_and_stay_when_the_browser_comes_back() -> None:
    frames: list[EncodedFrame] = []

    class Sink:
        def offer(self, frame: EncodedFrame) -> None:
            frames.append(frame)

    async with stage() as on, browser() as subject, browser() as officer, browser() as again:
        sink = Sink()
        on.room.attach("subject", sink)
        await a_call(on, subject, officer)
        await again.join(on, "subject")
        publish(again, "Kd", first=70)
        again.send(AUDIO, 1, 0, b"opus")
        await officer.until(lambda: officer.of(AUDIO))
        assert [(frame.kind, frame.keyframe) for frame in frames] == [
            (Kind.VIDEO, True),
            (Kind.VIDEO, True),
            (Kind.VIDEO, False),
            (Kind.AUDIO, True),
        ]


PICTURE, TURN = encoded_clip(1.0).video[0].data, 100  # packets: more than one picture has


def show(caller: Browser, turn: int) -> None:
    """A whole picture that can be decoded."""
    for n, (payload, last) in enumerate(vp8_packets(PICTURE)):
        caller.send(VIDEO, turn * TURN + n, turn * FRAME, payload, marker=last)


async def test_a_room_takes_stills_and_says_at_its_end_which_pictures_made_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stills: asyncio.Queue[Still] = asyncio.Queue()
    async with stage() as on, browser() as subject:
        on.room.sample("subject", Pause(0.0, 0.0), stills.put_nowait)
        await subject.join(on, "subject")
        publish(subject, "K")  # it has no picture in it
        turns = itertools.count(1)
        async with asyncio.timeout(WAIT_S):
            while stills.empty():  # one is decoded at a time, and what comes meanwhile is not looked at
                show(subject, next(turns))
                await asyncio.sleep(0)
        await on.room.close()
        handed_out = stills.qsize()
        show(subject, next(turns))
    assert stills.get_nowait().pixels.shape == (120, 160, 3)
    assert stills.qsize() == handed_out - 1
    assert "1 keyframes of test were due and made no still" in caplog.messages


async def test_a_room_records_a_seat_whatever_connections_it_comes_on(tmp_path: Path) -> None:
    async with stage() as on, browser() as subject, browser() as officer, browser() as again:
        recording = on.room.record("subject", tmp_path, time.monotonic())
        await a_call(on, subject, officer)
        await again.join(on, "subject")
        publish(again, "Kd", first=70)
        await officer.until(lambda: len(officer.of(VIDEO)) == 3)
        await on.room.close()
        recorded = await recording.finish()
    assert recorded.path is not None
    clusters = webm.clusters(recorded.path.read_bytes())
    assert [block.keyframe for cluster in clusters for block in cluster.blocks] == [True, True, False]


@pytest.mark.parametrize("announced", [[], ["video.example"], ["127.0.0.1\r\na=x"]])
async def test_a_plane_without_an_ip_address_to_announce_is_refused(announced: list[str]) -> None:
    with pytest.raises(ValueError, match="address"):
        await MediaPlane.open("127.0.0.1", 0, announced, time.monotonic)


async def test_a_port_that_is_taken_is_an_os_error_and_leaves_nothing_open() -> None:
    before = asyncio.all_tasks()
    async with stage() as on:
        with pytest.raises(OSError):  # noqa: PT011 (the number is the system's)
            await MediaPlane.open("127.0.0.1", on.plane.port, ["127.0.0.1"], time.monotonic)
    assert asyncio.all_tasks() == before
