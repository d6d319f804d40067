"""A publisher that sends more than it was told it may: what is above is dropped, and the rest of the call goes on."""

import pytest

from media.guard import Discard
from media.rtcp import KeyframeRequest, Nack
from media.rtp import HEADER
from tests.support.clocks import ManualClock
from tests.support.two_peers import AUDIO, DELTA, KEYFRAME, RTX, VIDEO, Browser, Stage, browser, stage, vp8

pytestmark = pytest.mark.rim

# Bits a second. Two seconds of twice as much are 10,000 bytes: nine of the packets below and the one that shuts it.
CEILING = 20_000
LARGE = DELTA + bytes(1000)
TAKEN = 10


def send(caller: Browser, number: int, frame: bytes) -> None:
    caller.send(VIDEO, number, number * 3000, vp8(number, frame))


async def flood(on: Stage, subject: Browser, officer: Browser) -> None:
    """A call that stands still; the subject has sent much more video than it may, beginning with a keyframe."""
    await subject.join(on, "subject")
    await officer.join(on, "officer")
    send(subject, 0, KEYFRAME + bytes(1000))
    await officer.until(lambda: officer.of(VIDEO))
    for number in range(1, 3 * TAKEN):
        send(subject, number, LARGE)
    subject.send(AUDIO, 0, 0, b"opus")
    await officer.until(lambda: officer.of(AUDIO))


async def test_video_beyond_twice_the_ceiling_is_dropped_and_counted_and_sound_goes_on() -> None:
    clock = ManualClock()
    async with stage(clock.clock, CEILING) as on, browser() as subject, browser() as officer:
        await flood(on, subject, officer)
        assert [packet.sequence_number for packet in officer.of(VIDEO)] == list(range(TAKEN))
        assert on.plane.counters == {Discard.FLOOD: 2 * TAKEN}


async def test_after_a_flood_the_picture_goes_on_at_a_keyframe_that_is_asked_for() -> None:
    clock = ManualClock()
    async with stage(clock.clock, CEILING) as on, browser() as subject, browser() as officer:
        await flood(on, subject, officer)
        subject.reports.clear()
        clock.advance(2)
        send(subject, 3 * TAKEN, DELTA)
        await subject.until(lambda: any(isinstance(report, KeyframeRequest) for report in subject.reports))
        send(subject, 3 * TAKEN + 1, KEYFRAME)
        send(subject, 3 * TAKEN + 2, DELTA)
        await officer.until(lambda: len(officer.of(VIDEO)) == TAKEN + 2)
        seen = officer.of(VIDEO)
        assert [packet.sequence_number for packet in seen] == list(range(TAKEN + 2))  # nothing to ask us for again
        assert seen[TAKEN].payload[-len(KEYFRAME) :] == KEYFRAME


async def test_what_was_dropped_is_not_asked_for_again() -> None:
    clock = ManualClock()
    async with stage(clock.clock, CEILING) as on, browser() as subject, browser() as officer:
        await flood(on, subject, officer)
        clock.advance(2)
        send(subject, 3 * TAKEN, KEYFRAME)
        send(subject, 3 * TAKEN + 2, DELTA)  # one is lost on its way: that one is asked for
        await officer.until(lambda: len(officer.of(VIDEO)) == TAKEN + 2)
        clock.advance(0.05)
        await subject.until(lambda: any(isinstance(report, Nack) for report in subject.reports))
        lost = [report.lost for report in subject.reports if isinstance(report, Nack)]
        assert set(lost) == {(3 * TAKEN + 1,)}


async def test_repairs_count_as_well() -> None:
    clock = ManualClock()
    async with stage(clock.clock, CEILING) as on, browser() as subject, browser() as officer:
        await flood(on, subject, officer)
        subject.send(RTX, 0, 0, b"\x00\x05" + vp8(5, LARGE))
        subject.send(AUDIO, 1, 960, b"opus")
        await officer.until(lambda: len(officer.of(AUDIO)) == 2)
        assert on.plane.counters == {Discard.FLOOD: 2 * TAKEN + 1}


async def test_to_join_again_does_not_buy_another_burst() -> None:
    clock = ManualClock()
    async with stage(clock.clock, CEILING) as on, browser() as subject, browser() as officer, browser() as again:
        await flood(on, subject, officer)
        await again.join(on, "subject")
        send(again, 0, KEYFRAME)
        again.send(AUDIO, 0, 0, b"opus")
        await officer.until(lambda: len(officer.of(AUDIO)) == 2)
        assert len(officer.of(VIDEO)) == TAKEN
        assert on.plane.counters == {Discard.FLOOD: 2 * TAKEN + 1}


async def test_a_flood_of_sound_is_dropped_too() -> None:
    clock = ManualClock()
    async with stage(clock.clock, CEILING) as on, browser() as subject, browser() as officer:
        await subject.join(on, "subject")
        await officer.join(on, "officer")
        for number in range(80):  # 128,000 bits a second, twice, for two seconds
            subject.send(AUDIO, number, number * 960, bytes(1000))
        send(subject, 0, KEYFRAME)
        await officer.until(lambda: officer.of(VIDEO))
        assert len(officer.of(AUDIO)) == 63
        assert on.plane.counters == {Discard.FLOOD: 17}


async def test_a_flood_of_forged_packets_takes_nothing_from_the_browser_s_own() -> None:
    clock = ManualClock()
    async with stage(clock.clock, CEILING) as on, browser() as subject, browser() as officer:
        await subject.join(on, "subject")
        await officer.join(on, "officer")
        send(subject, 0, KEYFRAME)
        await officer.until(lambda: officer.of(VIDEO))
        for number in range(3 * TAKEN):
            subject.send_raw(HEADER.pack(0x80, VIDEO, number, 0, subject.ssrcs[VIDEO]) + bytes(1000))
        send(subject, 1, DELTA)
        await officer.until(lambda: len(officer.of(VIDEO)) == 2)
        assert Discard.FLOOD not in on.plane.counters
