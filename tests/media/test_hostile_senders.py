"""A browser that has joined and sends too much of something: it is dropped and counted, and others see no less."""

from collections.abc import Callable
from pathlib import Path

import pytest

from media import rtcp
from media.allowance import BURST_S
from media.contract import SeatState
from media.frames import Kind
from media.guard import Discard
from media.incoming import MOST_SSRCS
from media.negotiation import BadOffer
from media.peer import REPORT_BYTES_PER_S, SMALLEST_REPORT
from media.plane import BITRATE_CEILING
from media.publication import SMALLEST, TOLERANCE
from media.room import OFFERS_AT_ONCE, OFFERS_PER_S
from tests.support.attacks import FRAMES_PER_S, KEYFRAME_EVERY, Scene, a_scene, spoken
from tests.support.two_peers import AUDIO, DELTA, KEYFRAME, VIDEO, browser, vp8

pytestmark = pytest.mark.rim

FLOOD = 50_000_000  # bits a second
PACKET = 1200  # bytes
FRAMES = 50
SHARE = 0.95
AT_ONCE = 50  # packets that the system's buffer has room for, however small it is


async def nothing(frame: int) -> None:
    pass


def bomb(picture: int, width: int = 16383, height: int = 16383) -> bytes:
    return vp8(picture, KEYFRAME[:6] + width.to_bytes(2, "little") + height.to_bytes(2, "little") + bytes(100))


async def in_turns(scene: Scene, packets: int, send: Callable[[], object]) -> None:
    """Send so many, and let the server read them."""
    for number in range(packets):
        send()
        if number % AT_ONCE == AT_ONCE - 1:
            await scene.fence()
    await scene.fence()


async def test_fifty_megabits_a_second_of_one_sender_cost_the_others_no_frame_and_no_recording(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_scene() as scene:
        recorder = scene.far.room.record("subject", tmp_path, scene.clock.clock())
        before = await scene.play(FRAMES, nothing)
        floods = FLOOD // 8 // PACKET // FRAMES_PER_S

        def send() -> None:
            number = scene.own.skip()
            scene.hostile.send(VIDEO, number, number * 10, vp8(number, DELTA + bytes(PACKET)))

        async def flood(frame: int) -> None:
            await in_turns(scene, floods, send)

        during = await scene.play(FRAMES, flood)
        recorded = await recorder.finish()
        assert min(before) == 1
        assert min(during[:-1]) >= SHARE  # all but the picture of whoever floods
        assert (
            scene.dropped(Discard.FLOOD) > SHARE * FRAMES * floods * (1 - TOLERANCE * BITRATE_CEILING / FLOOD) - PACKET
        )
        assert scene.closed() == []
        assert len(spoken(caplog)) <= FRAMES / FRAMES_PER_S
        assert (recorded.broken, recorded.gaps) == (False, ())
        assert recorded.seconds >= SHARE * 2 * FRAMES / FRAMES_PER_S


async def test_packets_of_no_size_are_dropped_as_a_flood_too() -> None:
    async with a_scene() as scene:
        taken = int(BURST_S * TOLERANCE * BITRATE_CEILING / 8 / SMALLEST[Kind.VIDEO])

        def send() -> None:
            scene.hostile.send(VIDEO, scene.own.skip(), 0, b"\x80")

        await in_turns(scene, taken + 200, send)
        assert scene.dropped(Discard.FLOOD) == 199  # the one that goes beyond is taken, and then it is shut
        assert await scene.play(5, nothing) == [1, 1, 1, 0]


async def test_reports_beyond_what_a_browser_has_to_say_are_dropped() -> None:
    async with a_scene() as scene:
        scene.clock.advance(1)
        taken = int(BURST_S * REPORT_BYTES_PER_S / SMALLEST_REPORT)

        def send() -> None:
            scene.hostile.send_control(rtcp.receiver_report(7, ()))

        await in_turns(scene, taken + 100, send)
        assert scene.dropped(Discard.FLOOD) == 99
        assert await scene.play(5, nothing) == [1, 1, 1, 1]


async def test_to_ask_for_everything_again_and_again_gets_one_second_s_worth() -> None:
    async with a_scene() as scene:
        await scene.play(10, nothing)
        shown = scene.hostile.of(VIDEO)
        scene.hostile.heard.clear()
        everything = rtcp.nack(7, shown[0].ssrc, [packet.sequence_number for packet in shown])

        await in_turns(scene, 500, lambda: scene.hostile.send_control(everything))
        before = len(scene.hostile.heard)
        assert min(await scene.play(5, nothing)) == 1
        assert before <= 300
        assert scene.dropped(Discard.FLOOD) > 0


async def test_reports_come_from_a_few_sources_and_each_has_one_place() -> None:
    async with a_scene() as scene:
        for ssrc in range(1, 4 * MOST_SSRCS):
            scene.hostile.send_control(rtcp.receiver_report(ssrc, ()))
        await scene.fence()
        assert scene.dropped(Discard.UNKNOWN_STREAM) == 3 * MOST_SSRCS - 1
        assert min(await scene.play(5, nothing)) == 1


async def test_a_picture_too_large_for_any_screen_reaches_no_viewer_and_the_next_that_fits_does() -> None:
    async with a_scene() as scene:
        await scene.play(5, nothing)
        number = scene.own.skip(3)
        scene.hostile.send(VIDEO, number, 90_000, bomb(number))
        scene.hostile.send(VIDEO, number + 1, 93_000, vp8(number + 1, DELTA + bytes(4)))
        scene.hostile.send(VIDEO, number + 2, 93_000, bomb(number + 2)[:9])  # it hides its size
        shares = await scene.play(2 * KEYFRAME_EVERY, nothing)
        assert scene.dropped(Discard.TOO_LARGE) == 2
        assert shares[:-1] == [1, 1, 1]
        assert 0 < shares[-1] < 1
        sizes = {packet.payload[-14:-4] for packet in scene.officer.of(VIDEO) if KEYFRAME[:6] in packet.payload}
        assert sizes == {KEYFRAME}


async def test_pictures_too_large_in_every_frame_stop_that_picture_alone(caplog: pytest.LogCaptureFixture) -> None:
    async with a_scene() as scene:

        async def bombs(frame: int) -> None:
            for _ in range(10):
                number = scene.own.skip()
                scene.hostile.send(VIDEO, number, number * 10, bomb(number))

        assert (await scene.play(FRAMES, bombs))[:-1] == [1, 1, 1]
        assert len(scene.officer.of(AUDIO)) >= FRAMES
        assert scene.dropped(Discard.TOO_LARGE) > 0
        assert spoken(caplog) == []
        assert scene.closed() == []


async def test_offers_that_follow_each_other_too_fast_are_refused_and_the_last_connection_stays() -> None:
    async with a_scene() as scene, browser() as again:
        for _ in range(OFFERS_AT_ONCE - 2):
            await scene.near.room.connect("subject", again.offer())
        await again.join(scene.near, "subject")
        with pytest.raises(BadOffer, match="too fast"):
            await scene.near.room.connect("subject", scene.hostile.offer())
        assert scene.near.seats[-1] == ("subject", SeatState.CONNECTED)
        again.send(VIDEO, 0, 0, vp8(0, KEYFRAME + b"still"))
        await scene.officer.until(lambda: any(seen.payload.endswith(b"still") for seen in scene.officer.of(VIDEO)))
        scene.clock.advance(1 / OFFERS_PER_S)
        await scene.near.room.connect("subject", scene.hostile.offer())
